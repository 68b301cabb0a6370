'use strict';
'require baseclass';
'require ddnsd.bus as bus';
'require ddnsd.parts as parts';
'require ddnsd.words as words';

/**
 * The box on the Overview page: a line for each account, from one call.
 */

return baseclass.extend(/** @lends view.status.include.ddnsd.prototype */ {
	title: _('Dynamic DNS (ddnsd)'),

	/**
	 * @returns {Promise<?Object>} The status, or null where the daemon does not answer.
	 */
	load() {
		return bus.status().catch(() => null);
	},

	/**
	 * @param {?Object} status What {@link view.status.include.ddnsd#load} found.
	 * @returns {Node} The box.
	 */
	render(status) {
		const link = E('a', { href: L.url('admin/services/ddnsd') }, [ _('Details') ]);

		if (status == null)
			return parts.root([ E('p', {}, [ _('ddnsd is not running.'), ' ', link ]) ]);

		parts.setNow(status.now);

		if (!status.accounts.length)
			return parts.root([ E('p', {}, [ _('There is no account yet.'), ' ', link ]) ]);

		return parts.root([
			E('ul', { 'class': 'ddnsd-hosts' }, status.accounts.map((account) => this.line(account))),
			E('p', {}, [ link ])
		]);
	},

	/**
	 * @param {Object} account An account of the status.
	 * @returns {Node} Its line.
	 */
	line(account) {
		const halt = words.halts(account)[0]?.halt;

		return E('li', { 'data-account': account.name }, [
			parts.badge(words.accountBadge(account)),
			parts.name(account.name, 'strong'),
			...[ account.ipv4, account.ipv6 ].filter((value) => value != null).map((value) => parts.name(value.address, 'code')),
			account.last_success != null ? E('span', { 'class': 'ddnsd-muted' }, [ parts.time(account.last_success) ]) : '',
			halt ? parts.note('error', [ parts.said(halt.message) ]) : '',
			...parts.waiting(account), ...parts.missing(account)
		]);
	}
});
