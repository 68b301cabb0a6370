'use strict';
'require view';
'require dom';
'require poll';
'require ddnsd.actions as actions';
'require ddnsd.bus as bus';
'require ddnsd.parts as parts';
'require ddnsd.words as words';

/**
 * Services → Dynamic DNS (ddnsd) → Status: a card for each account, the history, everything live.
 *
 * One call a poll; the history only when the status says that something happened. A card is drawn
 * anew only when its account changed, so that the focus stays where it is.
 */

const ACCOUNTS = 'admin/services/ddnsd/accounts';

/* What the accounts page understands as the wish for a new account. */
const NEW_ACCOUNT = '+';
const POLL_SECONDS = 5;
const HOSTS_SHOWN = 5;
const EVENTS_SHOWN = 15;

const facts = (rows) => E('dl', { 'class': 'ddnsd-facts' }, rows
	.filter((row) => row != null)
	.flatMap(([ title, value ]) => [ E('dt', {}, [ title ]), E('dd', {}, [].concat(value)) ]));

const addresses = (item) => [ item.ipv4, item.ipv6 ]
	.filter((address) => address != null)
	.flatMap((address) => [ parts.name(address, 'code'), ' ' ]);

/** One account's card. */
class Card {
	/**
	 * @param {Page} page The page that it is on.
	 * @param {string} name The account's name.
	 */
	constructor(page, name) {
		const id = 'ddnsd-account-%s'.format(name);

		this.page = page;
		this.refresh = page.refresh;
		this.drawn = null;
		this.busy = false;
		this.body = E('div', {});
		this.result = E('div', { role: 'status' }, []);
		this.buttons = E('div', { 'class': 'ddnsd-buttons' }, []);
		this.state = E('span', {}, []);
		this.service = E('span', { 'class': 'ddnsd-muted' }, []);
		this.node = E('section', { 'class': 'ddnsd-card', 'data-account': name, 'aria-labelledby': id }, [
			E('div', { 'class': 'ddnsd-head' }, [ E('h3', { id }, [ parts.name(name) ]), this.state, this.service ]),
			this.body, this.result, this.buttons
		]);
	}

	/**
	 * Shows the account, where it changed.
	 *
	 * @param {Object} account The account as the status has it.
	 */
	show(account) {
		const key = JSON.stringify([ account, this.busy, this.page.mayAct, this.page.gone(), this.page.services.size ]);

		if (this.drawn === key)
			return;

		const state = words.accountBadge(account);
		const focus = this.focused();

		this.drawn = key;
		this.account = account;
		this.node.dataset.tone = words.halts(account).length ? 'error' : state.tone;
		dom.content(this.state, [ parts.badge(state), ' ', ...this.stoppedHosts(account) ]);
		dom.content(this.service, [ this.page.services.get(account.service)?.title ?? account.service ]);
		dom.content(this.body, [ ...this.notes(account), this.facts(account), this.hosts(account) ]);
		this.drawButtons(account);
		this.focus(focus);
	}

	/**
	 * @param {Object} account The account.
	 * @returns {Node[]} That some of its hosts are stopped, where the account itself is not.
	 */
	stoppedHosts(account) {
		const count = account.hosts.filter((host) => host.state == 'halted').length;

		return (count && account.state != 'halted')
			? [ parts.badge({ tone: 'error', shape: words.hostState('halted').shape, text: _('Hosts stopped') }, count) ]
			: [];
	}

	/** @returns {?string} Which of the card's buttons has the focus. */
	focused() {
		return this.node.contains(document.activeElement) ? document.activeElement.dataset.action : null;
	}

	/**
	 * Gives the focus back to a button that was drawn anew; to the card's first one, where it has gone.
	 *
	 * @param {?string} action What {@link Card#focused} returned.
	 */
	focus(action) {
		if (action == null || this.node.contains(document.activeElement))
			return;

		const buttons = Array.from(this.node.querySelectorAll('button:enabled'));

		(buttons.find((button) => button.dataset.action == action) ?? buttons[0])?.focus();
	}

	/**
	 * @param {Object} account The account.
	 * @returns {Node[]} What is wrong, and what to do.
	 */
	notes(account) {
		const notes = [];

		if (account.halt)
			notes.push(this.halt(account, account.halt));

		if (account.error && !account.halt)
			notes.push(parts.note('warn', [
				E('p', {}, [ E('strong', {}, [ _('The last attempt failed.') ]), ' ', parts.said(account.error.message) ]),
				E('p', {}, [ parts.time(account.error.at) ])
			]));

		return [ ...notes, ...parts.waiting(account), ...parts.missing(account) ];
	}

	/**
	 * @param {Object} account The account.
	 * @param {Object} halt A halt of it, or of one of its hosts.
	 * @returns {Node} What happened, and what to do.
	 */
	halt(account, halt) {
		const advice = words.advice(halt, account.service);

		return parts.note('error', [
			E('p', {}, [ E('strong', {}, [ _('What happened:') ]), ' ', ...this.reason(halt) ]),
			advice ? E('p', {}, [
				E('strong', {}, [ _('What to do:') ]), ' ', parts.said(advice), ' ', ...parts.website(this.page.services.get(account.service))
			]) : '',
			E('p', {}, [ parts.time(halt.since) ])
		]);
	}

	/**
	 * @param {Object} halt A halt.
	 * @returns {Array<Node|string>} Why: the daemon's sentence, and the page's own words where it speaks another language.
	 */
	reason(halt) {
		const message = parts.said(halt.message);

		return parts.translated ? [ words.code(halt.reason), ' – ', message ] : [ message ];
	}

	/**
	 * @param {Object} account The account.
	 * @returns {Node} Addresses and times.
	 */
	facts(account) {
		const address = (title, value) => value ? [ title, [
			parts.name(value.address, 'code'), ' ',
			E('span', { 'class': 'ddnsd-muted' }, [ words.source(value) ])
		] ] : null;

		return facts([
			address(_('IPv4'), account.ipv4),
			address(_('IPv6'), account.ipv6),
			(account.ipv4 || account.ipv6 || account.ipv4_missing || account.ipv6_missing) ? null : [ _('Address'), _('none known') ],
			[ _('Last success'), account.last_success != null ? parts.time(account.last_success) : _('never') ],
			account.next_attempt != null ? [ _('Next attempt'), parts.time(account.next_attempt) ] : null,
			account.failures > 0 ? [ _('Failures in a row'), account.failures.toLocaleString(parts.locale) ] : null
		]);
	}

	/**
	 * @param {Object} account The account.
	 * @returns {Node} Its hosts; folded where there are many and none needs a person.
	 */
	hosts(account) {
		const list = E('ul', { 'class': 'ddnsd-hosts' }, account.hosts.map((host) => this.host(account, host)));

		if (account.hosts.length <= HOSTS_SHOWN)
			return list;

		const open = this.details?.open ?? account.hosts.some((host) => host.state == 'halted');

		this.details = E('details', { open: open ? '' : null }, [
			E('summary', {}, [
				_('Hosts'), ' ',
				...words.tally(account.hosts, (state) => words.hostBadge(account, { state })).flatMap((tally) => [ parts.badge(tally, tally.count), ' ' ])
			]),
			list
		]);

		return this.details;
	}

	/**
	 * @param {Object} account The account.
	 * @param {Object} host One of its hosts.
	 * @returns {Node} Its row.
	 */
	host(account, host) {
		const row = E('li', { 'data-host': host.hostname }, [
			parts.badge(words.hostBadge(account, host)),
			parts.name(host.hostname, 'strong'),
			words.stale(account, host) ? E('span', { 'class': 'ddnsd-muted' }, [ parts.said(words.stale(account, host)) ]) : '',
			...addresses(host),
			host.code ? E('span', { 'class': 'ddnsd-muted' }, [ parts.name(host.code, 'code'), ' ', words.code(host.code) ]) : '',
			host.updated != null ? E('span', { 'class': 'ddnsd-muted' }, [ parts.time(host.updated) ]) : ''
		]);

		if (this.page.mayAct && !this.page.gone() && account.hosts.length > 1) {
			const button = (label, verb, work) => row.appendChild(parts.button(label, 'neutral', () => this.act(work), {
				'class': 'btn cbi-button ddnsd-push',
				'aria-label': '%s: %s'.format(host.hostname, label),
				'data-action': '%s %s'.format(verb, host.hostname),
				disabled: (this.busy || account.state == 'updating') ? '' : null
			}));

			if (host.halt)
				button(_('Resume'), 'resume', () => actions.resume(this.account, host.hostname, this));
			else if (host.state == 'offline')
				button(_('Bring online'), 'online', () => actions.offline(this.account, host.hostname, false, this));
			else if (host.state != 'halted' && this.page.canOffline(account))
				button(_('Take offline'), 'offline', () => actions.offline(this.account, host.hostname, true, this));
		}

		if (host.halt)
			row.appendChild(this.halt(account, host.halt));

		return row;
	}

	/**
	 * The account's buttons. They stay the same elements while they mean the same, for the focus.
	 *
	 * @param {Object} account The account.
	 */
	drawButtons(account) {
		const disabled = this.busy || account.state == 'updating';
		const wanted = [];

		/* What a daemon that has stopped cannot do is not offered. */
		if (this.page.mayAct && !this.page.gone() && account.state != 'disabled') {
			const halted = account.state == 'halted';

			/* While it is halted, nothing but a person's "resume" gets it going. */
			if (!halted)
				wanted.push([ 'update', _('Update now'), 'action', () => actions.update(this.account, false, this) ]);

			if (words.halts(account).length)
				wanted.push([ 'resume', _('Resume'), 'positive', () => actions.resume(this.account, null, this) ]);

			if (words.isOffline(account))
				wanted.push([ 'online', _('Bring online'), 'action', () => actions.offline(this.account, null, false, this) ]);
			else if (!halted && this.page.canOffline(account))
				wanted.push([ 'offline', _('Take offline'), 'neutral', () => actions.offline(this.account, null, true, this) ]);
		}

		const key = wanted.map((button) => button[0]).join();

		if (this.buttonKey !== key) {
			this.buttonKey = key;
			dom.content(this.buttons, wanted.map(([ action, label, kind, work ]) =>
				parts.button(label, kind, () => this.act(work), { 'data-action': action })));

			if (this.page.mayAct)
				this.buttons.appendChild(E('a', {
					'class': 'btn cbi-button cbi-button-neutral',
					href: '%s#%s'.format(L.url(ACCOUNTS), encodeURIComponent(account.name)),
					'aria-label': '%s: %s'.format(account.name, _('Edit'))
				}, [ _('Edit') ]));
		}

		for (const button of this.buttons.querySelectorAll('button'))
			button.disabled = disabled;
	}

	/**
	 * Runs an action, with every button of the card disabled while it is under way, and says what
	 * came of it.
	 *
	 * @param {function(): Promise<?Object>} work One of {@link ddnsd.actions}.
	 */
	async act(work) {
		const focus = this.focused();
		const outcome = await work();

		if (outcome) {
			await this.refresh().catch(() => null);
			dom.content(this.result, [ parts.note(outcome.tone, [
				parts.said(outcome.text), ' ',
				outcome.unsent
					? parts.button(_('Send anyway…'), 'neutral', () => this.act(() => actions.update(this.account, true, this)), { 'data-action': 'force' })
					: ''
			]) ]);
			this.setBusy(false);
		}

		this.focus(focus);
	}

	/** The action is under way. */
	begin() {
		dom.content(this.result, [ parts.note('busy', [ E('span', { 'class': 'ddnsd-waiting' }, [ _('Working…') ]) ]) ]);
		this.setBusy(true);
	}

	/** @param {boolean} busy Whether an action is under way. */
	setBusy(busy) {
		this.busy = busy;
		this.node.setAttribute('aria-busy', busy ? 'true' : 'false');
		this.show(this.account);
	}
}

/** The whole page. */
class Page {
	constructor() {
		this.cards = new Map();
		this.services = new Map();
		this.mayAct = false;
		this.known = null;
		this.happened = null;
		this.refresh = this.refresh.bind(this);
		this.poll = this.poll.bind(this);

		this.live = E('div', { 'class': 'ddnsd-unseen', role: 'status', 'aria-live': 'polite' }, []);
		this.trouble = E('div', {}, []);
		this.summary = E('div', { 'class': 'ddnsd-summary' }, []);
		this.list = E('div', {}, [ E('p', { 'class': 'ddnsd-waiting' }, [ _('Collecting data…') ]) ]);
		this.service = E('section', { 'aria-labelledby': 'ddnsd-service', hidden: '' }, []);
		this.history = E('section', { 'aria-labelledby': 'ddnsd-history', hidden: '' }, []);
		this.node = parts.root([
			E('h2', {}, [ _('Dynamic DNS (ddnsd)') ]),
			this.live, this.trouble, this.summary, this.list, this.history, this.service
		]);
	}

	/** The table of services, once the daemon answers. */
	async loadServices() {
		const list = await bus.services().catch(() => []);

		this.services = new Map(list.map((service) => [ service.name, service ]));
	}

	/** Whether the service starts with the router. */
	async loadScript() {
		const script = await bus.initScript().catch(() => null);

		this.enabled = script?.ddnsd?.enabled ?? null;
	}

	/** Asks what does not change while the page is open. */
	async start() {
		await Promise.all([
			this.loadServices(),
			bus.mayAct().then((may) => { this.mayAct = may; }).catch(() => null),
			this.loadScript(),
			this.poll()
		]);

		this.redraw();
	}

	/** @returns {boolean} Whether the daemon does not run, so that nothing can be asked of it. */
	gone() {
		return this.troubleKind == 'absent';
	}

	/** One round of the poll; it never rejects. A page that nobody sees asks nothing. */
	async poll() {
		if (this.polling || (document.hidden && this.status))
			return;

		this.polling = true;

		try {
			await this.refresh();
		}
		catch (error) {
			await this.showTrouble(error);
		}
		finally {
			this.polling = false;
		}
	}

	/**
	 * @param {Object} account An account.
	 * @returns {boolean} Whether its service can take hosts offline, as far as the table says.
	 */
	canOffline(account) {
		return this.services.get(account.service)?.offline ?? account.service == 'custom';
	}

	/**
	 * Fetches the status and shows it.
	 *
	 * @returns {Promise<Object>} The status.
	 */
	async refresh() {
		const status = words.steady(this.status, await bus.status());

		parts.setNow(status.now);

		if (this.gone())
			this.loadServices().then(() => this.redraw());

		this.status = status;
		this.reachable();
		this.redraw();
		this.announce(status);

		const happened = JSON.stringify([ status.started, status.accounts.map((account) =>
			Object.assign({}, account, { next_attempt: null, error: account.error?.message })) ]);

		if (happened !== this.happened) {
			const events = await bus.history(undefined, 100).catch(() => null);

			if (events) {
				this.happened = happened;
				this.drawHistory(events);
			}
		}

		return status;
	}

	/** Draws what changed. */
	redraw() {
		if (!this.status)
			return;

		const { accounts, errors } = this.status;
		const seen = new Set(accounts.map((account) => account.name));

		for (const [ name, card ] of this.cards)
			if (!seen.has(name)) {
				card.node.remove();
				this.cards.delete(name);
			}

		if (!this.cards.size)
			dom.content(this.list, []);

		this.drawSummary();
		this.drawErrors(errors);

		accounts.forEach((account, index) => {
			if (!this.cards.has(account.name))
				this.cards.set(account.name, new Card(this, account.name));

			const card = this.cards.get(account.name);

			if (this.list.children[index] !== card.node)
				this.list.insertBefore(card.node, this.list.children[index] ?? null);

			card.show(account);
		});

		if (!accounts.length)
			this.greet();

		this.drawService();
	}

	/** The one step that a fresh installation needs. */
	greet() {
		const focused = this.list.contains(document.activeElement);

		dom.content(this.list, [ parts.note('busy', [
			E('p', {}, [ E('strong', {}, [ _('There is no account yet.') ]) ]),
			E('p', {}, [ this.mayAct
				? _('Choose your service, and fill in three fields: username, password, and the host that shall lead to this router.')
				: _('A user with write access can add one.') ]),
			this.mayAct ? E('div', { 'class': 'ddnsd-buttons' }, [
				E('a', { 'class': 'btn cbi-button cbi-button-positive', href: '%s#%s'.format(L.url(ACCOUNTS), NEW_ACCOUNT) }, [ _('Add the first account') ])
			]) : ''
		]) ]);

		if (focused)
			this.list.querySelector('a')?.focus();
	}

	/**
	 * Stop, restart, start with the router: for who may, while it runs.
	 *
	 * @returns {void}
	 */
	drawService() {
		const key = JSON.stringify([ this.mayAct, this.gone(), this.enabled ]);

		if (this.serviceKey === key)
			return;

		this.serviceKey = key;
		this.service.hidden = !this.mayAct || this.gone();

		if (this.service.hidden)
			return dom.content(this.service, []);

		const focus = this.service.contains(document.activeElement) ? document.activeElement.dataset.action : null;

		dom.content(this.service, [
			E('h3', { id: 'ddnsd-service' }, [ _('Service') ]),
			E('p', {}, [ this.enabled === false ? _('ddnsd does not start with the router.') : _('ddnsd starts with the router.') ]),
			E('div', { 'class': 'ddnsd-buttons' }, [
				parts.button(_('Restart'), 'action', () => this.control('restart'), { 'data-action': 'restart' }),
				parts.button(_('Stop'), 'negative', () => this.control('stop'), { 'data-action': 'stop' }),
				this.enabled === false
					? parts.button(_('Start with the router'), 'neutral', () => this.control('enable'), { 'data-action': 'boot' })
					: parts.button(_('Do not start with the router'), 'neutral', () => this.control('disable'), { 'data-action': 'boot' }),
				E('a', { 'class': 'btn cbi-button cbi-button-neutral', href: L.url('admin/status/logs') }, [ _('System log') ])
			])
		]);

		if (focus)
			this.service.querySelector('[data-action="%s"]'.format(focus))?.focus();

		return null;
	}

	/**
	 * Has the init script do something, and shows what came of it.
	 *
	 * @param {string} action `restart`, `stop`, `enable` or `disable`.
	 * @returns {Promise} When it is shown.
	 */
	async control(action) {
		this.service.querySelectorAll('.ddnsd-refused').forEach((node) => node.remove());

		const fail = (text) => {
			const note = parts.note('error', [ E('p', { role: 'alert' }, [ text ]) ]);

			note.classList.add('ddnsd-refused');
			this.service.appendChild(note);
		};

		try {
			if (!await bus.initAction(action))
				return fail(_('The router did not do it.'));
		}
		catch (error) {
			return fail(bus.explain(error));
		}

		await this.loadScript();
		await this.refresh().catch((error) => this.showTrouble(error));
		this.drawService();

		return null;
	}

	/** How many accounts are in which state, and which daemon says so. */
	drawSummary() {
		const { accounts, version, started } = this.status;
		const tallies = words.tally(accounts, words.accountState);
		const key = JSON.stringify([ tallies, version, started ]);

		if (this.summaryKey === key)
			return;

		this.summaryKey = key;
		dom.content(this.summary, [
			...tallies.map((tally) => parts.badge(tally, tally.count)),
			E('span', { 'class': 'ddnsd-muted' }, [ _('ddnsd %s, started').format(version), ' ', parts.time(started) ])
		]);
	}

	/**
	 * The configuration's mistakes.
	 *
	 * @param {Object[]} errors The status's errors.
	 */
	drawErrors(errors) {
		const key = JSON.stringify([ errors, this.mayAct ]);

		if (this.errorKey === key)
			return;

		this.errorKey = key;
		this.errors?.remove();
		this.errors = null;

		if (!errors?.length)
			return;

		this.errors = parts.note('error', [
			E('p', {}, [ E('strong', {}, [ _('The configuration has mistakes:') ]) ]),
			E('ul', {}, errors.map((error) => E('li', {}, [
				parts.name([ error.section, error.option ].filter((part) => part != null).join('.'), 'code'), ' ', parts.said(error.message)
			]))),
			this.mayAct ? E('p', {}, [ E('a', { href: L.url(ACCOUNTS) }, [ _('Correct the accounts') ]) ]) : ''
		]);
		this.list.before(this.errors);
	}

	/**
	 * Tells a screen reader which accounts changed their state.
	 *
	 * @param {Object} status The status.
	 */
	announce(status) {
		const states = new Map(status.accounts.map((account) => [ account.name, account.state ]));
		const changes = this.known ? status.accounts
			.filter((account) => this.known.get(account.name) !== account.state && account.state != 'updating')
			.map((account) => '%s: %s.'.format(account.name, words.accountBadge(account).text)) : [];

		this.known = states;

		if (changes.length)
			dom.content(this.live, [ changes.join(' ') ]);
	}

	/**
	 * The history as a timeline.
	 *
	 * @param {Object[]} events Newest first.
	 */
	drawHistory(events) {
		const item = (event) => E('li', {}, [
			parts.time(event.at),
			parts.badge(words.eventKind(event.kind)),
			E('span', {}, [ event.account ? parts.name(event.account, 'strong') : '', ' ', parts.said(words.uncommanded(event.message)) ])
		]);
		const list = (shown) => E('ol', { 'class': 'ddnsd-history' }, shown.map(item));

		this.history.hidden = false;
		this.allEvents = this.allEvents && events.length > EVENTS_SHOWN;
		dom.content(this.history, [
			E('h3', { id: 'ddnsd-history' }, [ _('History') ]),
			events.length ? list(this.allEvents ? events : events.slice(0, EVENTS_SHOWN)) : E('p', {}, [ _('Nothing has happened since ddnsd was started.') ]),
			(events.length > EVENTS_SHOWN && !this.allEvents)
				? E('div', { 'class': 'ddnsd-buttons' }, [ parts.button(_('Show all'), 'neutral', async () => {
					this.allEvents = true;
					this.drawHistory(events);
				}) ])
				: ''
		]);
	}

	/** The daemon answers: no trouble to show. */
	reachable() {
		if (this.troubleKind) {
			this.troubleKind = null;
			dom.content(this.trouble, []);
			this.list.classList.remove('ddnsd-stale');
		}
	}

	/**
	 * Why there is no current status, and what to do about it.
	 *
	 * @param {Error} error What the call was rejected with.
	 */
	async showTrouble(error) {
		const kind = bus.kind(error);

		if (!this.status)
			dom.content(this.list, []);

		this.list.classList.add('ddnsd-stale');

		if (kind != 'absent') {
			this.troubleKind = kind;
			dom.content(this.trouble, [ parts.note('warn', [
				E('p', { role: 'alert' }, [ bus.explain(error) ]),
				this.status ? E('p', {}, [ _('What you see below was true:'), ' ', parts.time(this.status.now) ]) : ''
			]) ]);

			return;
		}

		if (this.troubleKind == kind)
			return;

		this.troubleKind = kind;
		this.redraw();

		const script = await bus.initScript().catch(() => ({}));
		const enabled = script?.ddnsd?.enabled;

		if (this.troubleKind != kind)
			return;

		dom.content(this.trouble, [ parts.note('error', [
			E('p', { role: 'alert' }, [
				E('strong', {}, [ _('ddnsd is not running.') ]), ' ',
				_('No address is updated until it runs.'), ' ',
				(enabled === false) ? _('It is not enabled to start with the router.') : ''
			]),
			this.status ? E('p', {}, [ _('What you see below was true:'), ' ', parts.time(this.status.now) ]) : '',
			this.mayAct ? E('div', { 'class': 'ddnsd-buttons' }, [ parts.button(
				(enabled === false) ? _('Enable and start ddnsd') : _('Start ddnsd'), 'positive',
				() => this.startDaemon(enabled === false)
			) ]) : E('p', {}, [ _('A user with write access can start it.') ])
		]) ]);
	}

	/**
	 * Starts the daemon and waits until it answers.
	 *
	 * @param {boolean} enable Whether to start it with the router from now on, too.
	 * @returns {Promise} When it answers, or it is said why it does not.
	 */
	async startDaemon(enable) {
		const fail = (text) => this.trouble.firstElementChild?.appendChild(E('p', { role: 'alert' }, [
			text, ' ', E('a', { href: L.url('admin/status/logs') }, [ _('See the system log') ])
		]));

		try {
			if (enable && !await bus.initAction('enable'))
				return fail(_('It could not be enabled.'));

			if (!await bus.initAction('start'))
				return fail(_('It could not be started.'));

			for (let tries = 0; tries < 20; tries++) {
				if (await this.refresh().then(() => true, () => false))
					return null;

				await new Promise((resolve) => window.setTimeout(resolve, 500));
			}

			return fail(_('It was started, but does not answer.'));
		}
		catch (error) {
			return fail(bus.explain(error));
		}
	}
}

return view.extend(/** @lends view.ddnsd.status.prototype */ {
	/**
	 * @returns {Node} The page, with placeholders: the router is asked afterwards.
	 */
	render() {
		const page = new Page();

		page.start();
		poll.add(page.poll, POLL_SECONDS);

		return page.node;
	},

	handleSaveApply: null,
	handleSave: null,
	handleReset: null
});
