'use strict';
'require baseclass';
'require ddnsd.bus as bus';
'require ddnsd.parts as parts';
'require ddnsd.words as words';

/**
 * What a person can do with an account: the question where money or reputation is at stake, the
 * call, and the wait for what really came of it.
 */

/* One exchange may take 30 seconds, and a service may be asked several times for many hosts. */
const PATIENCE = 90;

const sleep = (milliseconds) => new Promise((resolve) => window.setTimeout(resolve, milliseconds));

/**
 * Where an action is done.
 *
 * @typedef {Object} ddnsd.actions~Stage
 * @property {function(): void} begin Called when there is no more question, and it is under way.
 * @property {function(): Promise<Object>} refresh Fetches (and shows) the status.
 */

return baseclass.extend(/** @lends ddnsd.actions.prototype */ {
	/**
	 * Updates an account. Only a forced update asks first.
	 *
	 * @param {Object} account The account as the status has it.
	 * @param {boolean} force Whether to send though nothing changed.
	 * @param {ddnsd.actions~Stage} stage Where it is done.
	 * @returns {Promise<?Object>} The outcome ({@link ddnsd.words#outcome}), null where the person said no.
	 */
	async update(account, force, stage) {
		if (force && !await parts.ask(_('Send without a change?'), [
			_('The service already has the current address of the account “%s”.').format(account.name),
			_('Services count updates without a change, and block clients that send many of them.')
		], _('Send anyway')))
			return null;

		return this.follow(account, stage, () => bus.update(account.name, force || undefined));
	},

	/**
	 * Ends a halt; asks first where the service has blocked the account or the client.
	 *
	 * @param {Object} account The account as the status has it.
	 * @param {?string} hostname One host, or null for all of it.
	 * @param {ddnsd.actions~Stage} stage Where it is done.
	 * @returns {Promise<?Object>} The outcome, null where the person said no.
	 */
	async resume(account, hostname, stage) {
		const halts = words.halts(account).filter((entry) => hostname == null || entry.hostname == null || entry.hostname == hostname);

		if (words.riskyResume(halts) && !await parts.ask(_('Resume “%s”?').format(hostname ?? account.name), [
			...new Set(halts.map((entry) => entry.halt.message)),
			_('If the cause is still there, the next request can make the block longer or permanent.')
		], _('Resume')))
			return null;

		return this.follow(account, stage, () => bus.resume(account.name, hostname ?? undefined));
	},

	/**
	 * Takes hosts offline, after a question, or brings them back.
	 *
	 * @param {Object} account The account as the status has it.
	 * @param {?string} hostname One host, or null for all of it.
	 * @param {boolean} offline What is wanted.
	 * @param {ddnsd.actions~Stage} stage Where it is done.
	 * @returns {Promise<?Object>} The outcome, null where the person said no.
	 */
	async offline(account, hostname, offline, stage) {
		if (offline && !await parts.ask(_('Take “%s” offline?').format(hostname ?? account.name), [
			_('It stops being reachable under its name until you bring it online again.'),
			_('This is a paid feature at most services. Where the account does not have it, the service refuses, and ddnsd stops updating the account until you resume it.')
		], _('Take offline')))
			return null;

		return this.follow(account, stage, () => bus.offline(account.name, hostname ?? undefined, offline));
	},

	/**
	 * Does it, then watches the account until the result is there.
	 *
	 * @param {Object} account The account as the page knows it, which may be some seconds old.
	 * @param {ddnsd.actions~Stage} stage Where it is done.
	 * @param {function(): Promise} call The call.
	 * @returns {Promise<Object>} The outcome; a failed call is one too.
	 */
	async follow(account, stage, call) {
		const find = (status) => status.accounts.find((item) => item.name == account.name);

		stage.begin();

		try {
			/* What came of it is told by the difference: from the state right before. */
			const before = find(await stage.refresh()) ?? account;
			const started = Date.now();
			let after = before;

			await call();

			for (let waited = 0; waited < PATIENCE; waited = (Date.now() - started) / 1000) {
				const status = await stage.refresh();

				after = find(status);

				if (after == null)
					return { tone: 'warn', text: _('ddnsd does not know this account or host. Save and apply the configuration first.'), unsent: false };

				if (words.settled(before, after, status.now, waited))
					break;

				await sleep(waited < 5 ? 500 : 1000);
			}

			return words.outcome(before, after, (at) => parts.when(at));
		}
		catch (error) {
			return { tone: 'error', text: bus.explain(error), unsent: false };
		}
	}
});
