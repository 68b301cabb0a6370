'use strict';
'require baseclass';

/**
 * ddnsd's values in a person's words. Pure: it asks no clock, no router and no page, so that it
 * can be tested without any of them. It draws nothing and it never returns HTML.
 */

/* A state's shape differs too: colour alone tells nothing to many people. */
const ACCOUNT_STATES = {
	current:         { tone: 'ok',    shape: '✓', text: () => _('Up to date') },
	pending:         { tone: 'busy',  shape: '◷', text: () => _('Update due') },
	updating:        { tone: 'busy',  shape: '↻', text: () => _('Updating') },
	waiting_address: { tone: 'warn',  shape: '▲', text: () => _('Waiting for an address') },
	waiting_clock:   { tone: 'warn',  shape: '▲', text: () => _('Waiting for the clock') },
	backoff:         { tone: 'warn',  shape: '▲', text: () => _('Trying again later') },
	halted:          { tone: 'error', shape: '✕', text: () => _('Stopped, needs you') },
	disabled:        { tone: 'off',   shape: '–', text: () => _('Disabled') }
};

const HOST_STATES = {
	current: { tone: 'ok',    shape: '✓', text: () => _('Up to date') },
	stale:   { tone: 'warn',  shape: '▲', text: () => _('Not updated yet') },
	offline: { tone: 'off',   shape: '–', text: () => _('Offline') },
	halted:  { tone: 'error', shape: '✕', text: () => _('Stopped, needs you') }
};

const EVENT_KINDS = {
	updated: { tone: 'ok',    shape: '✓', text: () => _('Updated') },
	failed:  { tone: 'warn',  shape: '▲', text: () => _('Failed') },
	halted:  { tone: 'error', shape: '✕', text: () => _('Stopped') },
	resumed: { tone: 'busy',  shape: '↻', text: () => _('Resumed') },
	offline: { tone: 'off',   shape: '–', text: () => _('Offline') }
};

const SOURCES = {
	'interface': (name) => name ? _('from the interface %s').format(name) : _('from the interface'),
	web:    () => _('seen from the web'),
	server: () => _('seen by the service'),
	option: () => _('given by hand')
};

const CODES = {
	good:       () => _('updated'),
	nochg:      () => _('the service had this address already'),
	nohost:     () => _('no such host in this account'),
	notfqdn:    () => _('not a valid host name'),
	numhost:    () => _('too many hosts'),
	'!yours':   () => _('the host belongs to another account'),
	badauth:    () => _('wrong username or password'),
	badsys:     () => _('wrong parameter'),
	badagent:   () => _('the service blocks this client'),
	'!donator': () => _('a paid feature'),
	abuse:      () => _('blocked for abuse'),
	'911':      () => _('the service has a problem'),
	interval:   () => _('the service was asked too often'),
	ambiguous:  () => _('several records of the zone could be meant'),
	rejected:   () => _('the service refused to change this record'),
	dnserr:     () => _("the service's DNS has a problem"),
	'nochg-loop': () => _('something else updates this host, too'),
	'address-mismatch': () => _('the service set another address than the one sent')
};

/* The daemon's own advice is for the command line, and in English. */
const ADVICE = {
	badauth:    () => _('Check the username and the password at the website of the service, and correct them under Accounts. Saving and applying ends the stop by itself.'),
	nohost:     () => _('Check the spelling of the host name, and that it exists in this very account at the service. Correct it under Accounts, or press “Resume”.'),
	notfqdn:    () => _('Write the whole name, such as home.ddns.net, under Accounts.'),
	numhost:    () => _('Spread the hosts over several accounts, or use a group.'),
	'!yours':   () => _('Use the account that the host belongs to, or take the host out of this one, under Accounts.'),
	badsys:     () => _('Check the service, the server and the path of this account, under Accounts.'),
	badagent:   () => _('Enter your e-mail address as the contact under Accounts: the service may want to know whom to write to. Install the latest ddnsd, or ask the support of the service. Then press “Resume”.'),
	ambiguous:  () => _('Leave one record of this type at the name, or give the router a name of its own. Then press “Resume”.'),
	rejected:   () => _('Correct what the message names at the service, or under Accounts. Then press “Resume”.'),
	'!donator': () => _('Upgrade the account at the service, or do without the paid feature: bring the hosts online. Then resume.'),
	abuse:      () => _('Ask the support of the service to lift the block, and resume only after they did: each further update makes it worse.'),
	'nochg-loop': () => _('Another device or program updates this host, too: find it and switch it off. Then resume.'),
	'address-mismatch': () => _('Look at the settings of this host at the service (a fixed address?), or let the service detect the address: under Accounts, IPv4. Then resume.')
};

/* What a user of No-IP should know besides. */
const NOIP_ADVICE = {
	badauth: () => _('With No-IP, use a DDNS key: its ID is the username.'),
	nohost:  () => _('With a DDNS key of No-IP, the host has to belong to the key; the host “all.ddnskey.com” stands for all that do.')
};

/* Why something that is to be sent has not been sent yet. */
const WAITS = {
	settling: () => _('the line has just changed, and a moment later more may be known'),
	boot:     () => _('the router has just started, and first updates are spread over half a minute'),
	interval: () => _('the service takes an update only once in a while'),
	budget:   () => _('several updates were sent just now, and more would annoy the service'),
	service:  () => _('the service asked to be left alone for a while'),
	clock:    () => _("the router's clock is not set yet"),
	workers:  () => _('other accounts are being updated right now')
};

/* These are over within seconds: nothing to draw attention to. */
const SHORT_WAITS = [ 'settling', 'boot', 'workers' ];

/* The last moment that a date can say, in seconds. */
const LAST_MOMENT = 8640000000000;

/* Resuming these without having cured the cause can cost the account at the service. */
const REPUTATION = [ 'abuse', 'badagent', 'nochg-loop' ];

const RTL = [ 'ar', 'dv', 'fa', 'he', 'iw', 'ku', 'ps', 'sd', 'ug', 'ur', 'yi' ];

const STEPS = [ [ 60, 1, 'second' ], [ 3600, 60, 'minute' ], [ 86400, 3600, 'hour' ], [ Infinity, 86400, 'day' ] ];

/* A sentence without its full stop, to be put into another one. */
const plain = (sentence) => String(sentence ?? '').replace(/\.$/, '');

const own = (table, key) => Object.prototype.hasOwnProperty.call(table, key) ? table[key] : null;

/**
 * @param {Object} table A table of words.
 * @param {string} key What to look up.
 * @returns {{tone: string, shape: string, text: string}} Its entry; an unknown one as it is.
 */
function describe(table, key) {
	const entry = own(table, key);

	return entry
		? { tone: entry.tone, shape: entry.shape, text: entry.text() }
		: { tone: 'off', shape: '?', text: String(key ?? '?') };
}

return baseclass.extend(/** @lends ddnsd.words.prototype */ {
	/**
	 * @param {string} state An account's state.
	 * @returns {{tone: string, shape: string, text: string}} Its colour, its shape and its words.
	 */
	accountState(state) {
		return describe(ACCOUNT_STATES, state);
	},

	/**
	 * What an account's badge says: its state, and that an update is held back where it is.
	 *
	 * @param {Object} account An account of the status.
	 * @returns {{tone: string, shape: string, text: string}} Its colour, its shape and its words.
	 */
	accountBadge(account) {
		return (account.state == 'pending' && account.waiting && !SHORT_WAITS.includes(account.waiting.reason))
			? { tone: 'warn', shape: '▲', text: _('Held back') }
			: describe(ACCOUNT_STATES, account.state);
	},

	/**
	 * @param {string} state A host's state.
	 * @returns {{tone: string, shape: string, text: string}} Its colour, its shape and its words.
	 */
	hostState(state) {
		return describe(HOST_STATES, state);
	},

	/**
	 * What a host's badge says. The hosts of a disabled account are nobody's concern.
	 *
	 * @param {Object} account An account of the status.
	 * @param {Object} host One of its hosts.
	 * @returns {{tone: string, shape: string, text: string}} Its colour, its shape and its words.
	 */
	hostBadge(account, host) {
		return (account.state == 'disabled') ? describe(ACCOUNT_STATES, 'disabled') : describe(HOST_STATES, host.state);
	},

	/**
	 * @param {?Object} waiting `{"reason", "until", "message"}` of the status.
	 * @returns {string} Why an update is held back; the daemon's words where the page knows no better.
	 */
	waiting(waiting) {
		return (waiting == null) ? '' : own(WAITS, waiting.reason)?.() ?? plain(waiting.message ?? waiting.reason);
	},

	/**
	 * Why a host is not up to date.
	 *
	 * @param {Object} account An account of the status.
	 * @param {Object} host One of its hosts.
	 * @returns {string} A few words; empty where there is nothing to say.
	 */
	stale(account, host) {
		if (host.state != 'stale' || account.state == 'disabled')
			return '';

		if (account.state == 'halted' || account.halt)
			return _('the account is stopped');

		if (account.state == 'updating')
			return _('being sent right now');

		if (account.error)
			return _('the last attempt failed');

		if (account.waiting)
			return this.waiting(account.waiting);

		if ((account.ipv4_missing && host.ipv4) || (account.ipv6_missing && host.ipv6))
			return _('nobody can tell whether this address is still right');

		if (account.state == 'waiting_address')
			return _('there is no usable address yet');

		return (account.state == 'waiting_clock') ? _("the router's clock is not set yet") : '';
	},

	/**
	 * @param {string} kind A kind of event of the history.
	 * @returns {{tone: string, shape: string, text: string}} Its colour, its shape and its words.
	 */
	eventKind(kind) {
		return describe(EVENT_KINDS, kind);
	},

	/**
	 * @param {Object} address `{"address", "source", "interface"}`
	 * @returns {string} Where an address comes from.
	 */
	source(address) {
		return own(SOURCES, address?.source)?.(address.interface) ?? String(address?.source ?? '');
	},

	/**
	 * @param {?string} code A service's answer.
	 * @returns {string} What it means; empty where there was none.
	 */
	code(code) {
		return (code == null) ? '' : own(CODES, code)?.() ?? String(code);
	},

	/**
	 * @param {Object} halt `{"reason", "message", "advice", "since"}`
	 * @param {string} [service] The account's service.
	 * @returns {string} What a person can do, here on the page; the daemon's words where the page
	 * knows no better.
	 */
	advice(halt, service) {
		const more = (service == 'noip') ? own(NOIP_ADVICE, halt.reason)?.() : null;

		return [ own(ADVICE, halt.reason)?.() ?? this.uncommanded(halt.advice), more ].filter((text) => text).join(' ');
	},

	/**
	 * A sentence of the daemon, with the page's button in the place of the command.
	 *
	 * @param {?string} message A sentence, such as an event's.
	 * @returns {string} The same without a command line.
	 */
	uncommanded(message) {
		return String(message ?? '').replace(/\bsay: ddnsd resume \S+( \S*[.@]\S*)?/g, 'press “Resume”');
	},

	/**
	 * @param {*} at Unix seconds, perhaps.
	 * @returns {?Date} The moment, or null where no calendar has it.
	 */
	moment(at) {
		return (Number.isFinite(at) && Math.abs(at) <= LAST_MOMENT) ? new Date(at * 1000) : null;
	},

	/**
	 * @param {Object} account An account of the status.
	 * @returns {Object[]} Its halts, `{"halt", "hostname"}`: its own first, then its hosts'.
	 */
	halts(account) {
		return [ { halt: account.halt, hostname: null } ]
			.concat((account.hosts ?? []).map((host) => ({ halt: host.halt, hostname: host.hostname })))
			.filter((entry) => entry.halt != null);
	},

	/**
	 * @param {Object[]} halts What {@link ddnsd.words#halts} returned.
	 * @returns {boolean} Whether resuming puts the account's reputation at stake.
	 */
	riskyResume(halts) {
		return halts.some((entry) => REPUTATION.includes(entry.halt.reason));
	},

	/**
	 * @param {Object} account An account of the status.
	 * @returns {boolean} Whether all its hosts are offline.
	 */
	isOffline(account) {
		return account.hosts?.length > 0 && account.hosts.every((host) => host.state == 'offline');
	},

	/**
	 * How often each state occurs, the worst first.
	 *
	 * @param {Object[]} items Accounts or hosts.
	 * @param {function(string): Object} words `accountState` or `hostState`.
	 * @returns {Object[]} `{"tone", "shape", "text", "count"}`
	 */
	tally(items, words) {
		const order = [ 'error', 'warn', 'busy', 'ok', 'off' ];
		const counts = new Map();

		for (const item of items)
			counts.set(item.state, (counts.get(item.state) ?? 0) + 1);

		return Array.from(counts, ([ state, count ]) => Object.assign({}, words(state), { count }))
			.sort((a, b) => order.indexOf(a.tone) - order.indexOf(b.tone));
	},

	/**
	 * A status without the trembling of its times. The daemon counts in fractions of a second and
	 * says whole ones, so that the same moment can come out one second earlier or later.
	 *
	 * @param {?Object} before The status before, or null.
	 * @param {Object} status The status now; it is changed.
	 * @returns {Object} The same status, with the times as they were where they moved by a second at most.
	 */
	steady(before, status) {
		const known = new Map((before?.accounts ?? []).map((account) => [ account.name, account ]));
		const keep = (old, now, name) => {
			if (old?.[name] != null && now?.[name] != null && Math.abs(old[name] - now[name]) <= 1)
				now[name] = old[name];
		};

		for (const account of status.accounts) {
			const old = known.get(account.name);

			keep(old, account, 'last_attempt');
			keep(old, account, 'next_attempt');
			keep(old?.error, account.error, 'at');
		}

		return status;
	},

	/**
	 * @param {Object} before The account earlier.
	 * @param {Object} after The account now.
	 * @returns {boolean} Whether the service was asked in between.
	 */
	attempted(before, after) {
		const traces = (account) => JSON.stringify([ account.last_attempt, account.last_success, account.failures, account.halt,
			(account.hosts ?? []).map((host) => [ host.code, host.updated, host.halt ]) ]);

		return traces(before) !== traces(after);
	},

	/**
	 * Whether an action's result is there, so that waiting for it can end.
	 *
	 * @param {Object} before The account when the action was asked for.
	 * @param {Object} after The account now.
	 * @param {number} now The router's time, Unix seconds.
	 * @param {number} waited Seconds since the action was asked for.
	 * @returns {boolean} Whether nothing more is to be expected soon.
	 */
	settled(before, after, now, waited) {
		if (after.state == 'updating')
			return false;

		if (this.attempted(before, after))
			return true;

		if (after.state == 'pending')
			return after.next_attempt != null && after.next_attempt > now + 3 && waited >= 2;

		return waited >= 2;
	},

	/**
	 * What an update came to, honestly.
	 *
	 * @param {Object} before The account when the action was asked for.
	 * @param {Object} after The account when it had settled.
	 * @param {function(number): string} when Words for a point in time.
	 * @returns {{tone: string, text: string, unsent: boolean}} `unsent`: nothing was sent because
	 * nothing changed, so that forcing it makes sense.
	 */
	outcome(before, after, when) {
		const tried = this.attempted(before, after);
		const result = (tone, text, unsent) => ({ tone, text, unsent: !!unsent });
		const halt = this.halts(after)[0]?.halt;

		if (after.state == 'halted' || (tried && halt))
			return result('error', halt?.message || this.accountState('halted').text);

		if (after.state == 'updating')
			return result('busy', _('Still waiting for the answer of the service. The card shows it when it comes.'));

		if (tried && after.last_success != null && after.last_success !== before.last_success)
			return result('ok', this.sent(after));

		if (after.state == 'disabled')
			return result('off', _('Nothing was sent: this account is disabled.'));

		if (after.state == 'waiting_address')
			return result('warn', _('Nothing was sent: there is no usable address yet. It is sent as soon as there is one.'));

		if (after.state == 'waiting_clock')
			return result('warn', _("Nothing could be sent: the router's clock is not set yet. It is tried again as soon as it is."));

		if (tried && after.error)
			return result('warn', after.next_attempt != null
				? _('It did not work: %s. Next attempt: %s.').format(plain(after.error.message), when(after.next_attempt))
				: _('It did not work: %s.').format(plain(after.error.message)));

		if (after.state == 'backoff' || after.state == 'pending') {
			const why = this.waiting(after.waiting) || _('so as not to annoy the service');
			const next = after.waiting?.until ?? after.next_attempt;

			return result('warn', next != null
				? _('Not sent now: %s. Next attempt: %s.').format(why, when(next))
				: _('Not sent now: %s.').format(why));
		}

		return tried
			? result('ok', this.sent(after))
			: result('ok', _('Nothing was sent: the service already has the current address.'), true);
	},

	/**
	 * @param {Object} account An account that was updated.
	 * @returns {string} What the service now says.
	 */
	sent(account) {
		const hosts = account.hosts ?? [];
		const addresses = [ account.ipv4?.address, account.ipv6?.address ].filter((address) => address != null).join(', ');

		if (hosts.length && hosts.every((host) => host.code == 'nochg'))
			return _('The service answered that it already had %s.').format(addresses);

		return addresses
			? _('The service confirmed %s.').format(addresses)
			: _('The service confirmed the update.');
	},

	/**
	 * @param {number} seconds Seconds from now; negative is past.
	 * @param {string} locale A BCP 47 tag.
	 * @returns {string} `in 5 minutes`, `2 hours ago`, in that language.
	 */
	relative(seconds, locale) {
		if (!Number.isFinite(seconds) || Math.abs(seconds) > LAST_MOMENT)
			return _('unknown');

		const [ , size, unit ] = STEPS.find((step) => Math.abs(seconds) < step[0]);
		const count = (seconds < 0) ? Math.ceil(seconds / size) : Math.ceil(seconds / size - 1e-9);

		return new Intl.RelativeTimeFormat(locale, { numeric: 'auto' }).format(count || 0, unit);
	},

	/**
	 * @param {number} at Unix seconds.
	 * @param {string} [locale] A BCP 47 tag; the browser's own where it is left out.
	 * @returns {string} Date and time, the browser's way.
	 */
	absolute(at, locale) {
		const moment = this.moment(at);

		return moment ? new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'medium' }).format(moment) : '';
	},

	/**
	 * @param {string} page The page's language.
	 * @param {string[]} languages The browser's languages.
	 * @returns {string} The browser's flavour of the page's language where it has one (`de-AT` for
	 * `de`), so that words and numbers go together.
	 */
	locale(page, languages) {
		const language = (page || 'en').replace(/_/g, '-').split('-')[0].toLowerCase();
		const found = languages.find((tag) => tag.split('-')[0].toLowerCase() == language);

		try {
			return Intl.getCanonicalLocales(found ?? page.replace(/_/g, '-'))[0] ?? 'en';
		}
		catch {
			return 'en';
		}
	},

	/**
	 * @param {string} locale A BCP 47 tag.
	 * @returns {string} `rtl` or `ltr`
	 */
	direction(locale) {
		return RTL.includes(locale.split('-')[0].toLowerCase()) ? 'rtl' : 'ltr';
	}
});
