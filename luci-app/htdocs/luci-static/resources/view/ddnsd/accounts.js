'use strict';
'require view';
'require dom';
'require form';
'require poll';
'require uci';
'require ddnsd.actions as actions';
'require ddnsd.bus as bus';
'require ddnsd.parts as parts';
'require ddnsd.validate as validate';
'require ddnsd.words as words';

/**
 * Services → Dynamic DNS (ddnsd) → Accounts: the configuration.
 *
 * Three things make an account: the service, the credentials, the hosts. The rest has defaults that
 * are right for nearly everybody. The daemon's own complaints are shown at the field they are about.
 */

const POLL_SECONDS = 5;

/* What the address says behind its `#` to begin with a new account; no account can be called that. */
const NEW_ACCOUNT = '+';

/* Where the daemon is not there to ask, an account can be written all the same. */
const FALLBACK_SERVICES = [ { name: 'noip', title: 'No-IP' } ];

/* The first complaint about any value of a list. */
const each = (check) => (value) => [].concat(value).map(check).find((result) => result !== true) ?? true;

/* What stands in another field of the same account. */
const sibling = (option, name, section_id) =>
	option.section.children.find((other) => other.option == name)?.formvalue(section_id);

/**
 * Shows under a field why it cannot be saved as it is, or takes that away.
 *
 * @param {form.Value} option The option.
 * @param {string} section_id Its section.
 * @param {?string} text What is wrong, or null.
 */
function complain(option, section_id, text) {
	const field = option.map.findElement('data-field', option.cbid(section_id));
	const place = field?.querySelector('.cbi-value-field') ?? field;

	if (!place)
		return;

	place.querySelectorAll('.ddnsd-refused').forEach((node) => node.remove());

	if (text == null)
		return;

	const node = parts.root([ parts.note('error', [ E('p', { role: 'alert' }, [ parts.said(text) ]) ]) ]);

	node.classList.add('ddnsd-refused');
	place.appendChild(node);
}

/**
 * Gives an option its rule. LuCI checks a field when it is touched; a rule about several fields, or
 * about an empty one, has to be checked once more when the form is saved. What stops the saving is
 * then said under the field: LuCI's own mark is a tooltip, and a list of values has none.
 *
 * @param {form.Value} option The option.
 * @param {function(string, form.Value, string): (true|string)} check The rule: the text, the option, the section.
 */
function rule(option, check) {
	const { parse } = option.constructor.prototype;

	option.validate = function(section_id, value) {
		const result = check(value ?? '', this, section_id);

		if (result === true)
			complain(this, section_id, null);

		return result;
	};

	option.parse = async function(section_id) {
		this.triggerValidation(section_id);
		complain(this, section_id, null);

		try {
			return await parse.call(this, section_id);
		}
		catch (error) {
			const wrong = [ ...L.toArray(this.formvalue(section_id)), '' ].map((value) => check(value, this, section_id))
				.find((result) => result !== true);

			complain(this, section_id, wrong ?? error.message);

			throw error;
		}
	};
}

/**
 * Leaves an option out of the configuration where it says what holds anyway.
 *
 * @param {form.Value} option The option.
 * @param {string} value The default.
 */
function initially(option, value) {
	const { write } = option.constructor.prototype;

	option.default = value;

	option.write = function(section_id, chosen) {
		return (chosen === value) ? this.remove(section_id) : write.call(this, section_id, chosen);
	};
}

/** The accounts' grid, the dialog, and what the daemon says of both. */
class Accounts {
	/**
	 * @param {Object[]} services The table of services.
	 * @param {Object[]} interfaces netifd's interfaces.
	 */
	constructor(services, interfaces) {
		this.services = services.length ? services : FALLBACK_SERVICES;
		this.interfaces = interfaces.filter((item) => item.interface != 'loopback').map((item) => ({
			name: item.interface,
			title: [
				item.interface,
				...[ ...(item['ipv4-address'] ?? []), ...(item['ipv6-address'] ?? []) ].slice(0, 2).map((address) => address.address)
			].join(' · ')
		}));
		/* A name that is configured but not in the table must survive being looked at. */
		this.names = [ ...new Set([
			...this.services.map((service) => service.name).filter((name) => name != 'custom'),
			...uci.sections('ddnsd', 'account').map((account) => account.service).filter((name) => name && name != 'custom'),
			'custom'
		]) ];
		this.status = null;
		this.labels = new Map();
		this.testing = new Set();
		this.poll = this.poll.bind(this);
	}

	/** @returns {Promise<Node>} The form. */
	render() {
		this.map = new form.Map('ddnsd', _('Dynamic DNS (ddnsd)'),
			_('Each account keeps its hosts on the address of this router. A new or changed account is tried once as soon as it is applied.'));
		this.grid();
		this.global();

		return this.map.render();
	}

	/** The accounts. */
	grid() {
		const section = this.map.section(form.GridSection, 'account', _('Accounts'));
		const { renderSectionAdd, renderMoreOptionsModal, renderRowActions } = form.GridSection.prototype;

		section.anonymous = false;
		section.addremove = true;
		section.sortable = false;
		section.nodescriptions = true;
		section.addbtntitle = _('Add an account');
		section.modaltitle = (section_id) => _('Account %s').format(section_id);
		section.tab('account', _('Account'));
		section.tab('address', _('Addresses'));
		section.tab('connection', _('Connection'));

		/* A name that is free, so that nobody has to think of one. */
		section.renderSectionAdd = function(...args) {
			const node = renderSectionAdd.apply(this, args);
			const input = node.querySelector('input');

			if (input) {
				input.value = Accounts.freeName();
				input.setAttribute('aria-label', _('Name of the new account'));
				Accounts.watchName(input, node.querySelector('.cbi-button-add'), this.map.readonly === true);
			}

			return node;
		};

		section.renderMoreOptionsModal = (section_id, ev) =>
			renderMoreOptionsModal.call(section, section_id, ev).then((result) => {
				this.decorate(section_id);

				return result;
			});

		section.renderRowActions = (section_id) => {
			const cell = renderRowActions.call(section, section_id);
			const test = parts.button(_('Test'), 'action', () => this.test(section_id), {
				title: _('Sends a real update, if one is due'),
				'aria-label': '%s: %s'.format(_('Test'), section_id)
			});

			(cell.firstElementChild ?? cell).prepend(test);

			for (const button of cell.querySelectorAll('button:not([aria-label])'))
				button.setAttribute('aria-label', '%s: %s'.format(button.textContent, section_id));

			return cell;
		};

		this.columns(section);
		this.accountTab(section);
		this.addressTab(section);
		this.connectionTab(section);
	}

	/**
	 * What the grid shows.
	 *
	 * @param {form.GridSection} section The grid.
	 */
	columns(section) {
		let option = section.option(form.Flag, 'enabled', _('Enabled'));

		option.default = option.enabled;
		option.rmempty = false;
		option.editable = true;
		option.modalonly = false;

		option = section.option(form.DummyValue, '_service', _('Service'));
		option.modalonly = false;
		option.textvalue = (section_id) => {
			const name = uci.get('ddnsd', section_id, 'service') ?? 'noip';

			return E('span', {}, [ this.service(name)?.title ?? name ]);
		};

		option = section.option(form.DummyValue, '_hosts', _('Hosts'));
		option.modalonly = false;
		option.textvalue = (section_id) => {
			const hosts = L.toArray(uci.get('ddnsd', section_id, 'hostname'));

			return E('span', {}, [
				...hosts.slice(0, 3).flatMap((host) => [ parts.name(host), ' ' ]),
				hosts.length > 3 ? _('and %d more').format(hosts.length - 3) : ''
			]);
		};

		option = section.option(form.DummyValue, '_state', _('State'));
		option.modalonly = false;
		option.textvalue = (section_id) => {
			const node = E('div', { 'data-ddnsd-state': section_id }, []);

			this.showState(node);

			return node;
		};
	}

	/**
	 * The three things.
	 *
	 * @param {form.GridSection} section The grid.
	 */
	accountTab(section) {
		let option = section.taboption('account', form.ListValue, 'service', _('Service'));

		option.modalonly = true;
		option.default = 'noip';
		option.rmempty = false;

		for (const name of this.names)
			option.value(name, name == 'custom' ? _('Another one with the dyndns2 protocol') : this.service(name)?.title ?? name);

		option.onchange = (ev, section_id, value) => this.showHint(section_id, value);

		for (const [ alias, name, title, placeholder, check ] of [
			[ '_server', 'server', _('Server'), 'dyn.example.com', validate.server ],
			[ '_path', 'path', _('Path'), '/nic/update', validate.path ]
		]) {
			option = section.taboption('account', form.Value, alias, title);
			option.ucioption = name;
			option.modalonly = true;
			option.rmempty = (name != 'server');
			option.placeholder = placeholder;
			rule(option, check);
			option.depends('service', 'custom');

			/* Nobody but the owner of the zone knows its server. */
			if (name == 'server')
				option.depends('service', 'rfc2136');
		}

		option = section.taboption('account', form.Value, 'username', _('Username'));
		option.modalonly = true;
		option.placeholder = 'user@example.com';
		rule(option, (value, item, section_id) => {
			const service = sibling(item, 'service', section_id) || 'noip';

			return value === ''
				? this.service(service)?.username === false || _('A username')
				: validate.username(value, service);
		});

		/* Some services take the password, or a token, alone. */
		for (const name of this.names.filter((item) => this.service(item)?.username !== false))
			option.depends('service', name);

		option = section.taboption('account', form.Value, 'password', _('Password'));
		option.modalonly = true;
		option.password = true;
		rule(option, (value, item, section_id) => validate.password(value, sibling(item, 'password_file', section_id) ?? ''));

		option = section.taboption('account', form.DynamicList, 'hostname', _('Hosts'));
		option.modalonly = true;
		option.rmempty = false;
		option.placeholder = 'home.ddns.net';
		rule(option, (value, item, section_id) => {
			const result = each(validate.hostname)(value);

			if (result !== true || value !== '')
				return result;

			return L.toArray(item.formvalue(section_id)).length > 0 || _('One host at least');
		});

		this.recordFields(section);
	}

	/**
	 * What services take that set the records of a zone.
	 *
	 * @param {form.GridSection} section The grid.
	 */
	recordFields(section) {
		const setters = this.names.filter((name) => [ 'api', 'rfc2136' ].includes(this.service(name)?.kind));
		const add = (kind, name, title, services, description) => {
			const option = section.taboption('account', kind, name, title, description);

			option.modalonly = true;

			/* An option that depends on nothing would show everywhere. */
			for (const service of services.length ? services : [ '-' ])
				option.depends('service', service);

			return option;
		};

		let option = add(form.Value, 'zone', _('Zone'), setters, _('Empty: it is looked for.'));

		option.placeholder = 'example.com';
		rule(option, validate.zone);

		option = add(form.Flag, 'create', _('Make missing records'), setters.filter((name) => this.service(name).create),
			_('Without it, only the address of an existing record is changed.'));
		option.default = '0';

		option = add(form.Value, 'ttl', _('TTL of a new record, in seconds'), setters);
		option.placeholder = '300';
		rule(option, validate.ttl);

		option = add(form.ListValue, 'algorithm', _('Algorithm of the key'), setters.filter((name) => this.service(name).kind == 'rfc2136'));
		initially(option, 'hmac-sha256');

		for (const name of [ 'hmac-sha256', 'hmac-sha512', 'hmac-sha384', 'hmac-sha224', 'hmac-sha1' ])
			option.value(name, name);
	}

	/**
	 * Where the addresses come from.
	 *
	 * @param {form.GridSection} section The grid.
	 */
	addressTab(section) {
		let option = section.taboption('address', form.ListValue, 'ipv4', _('IPv4'));

		option.modalonly = true;
		initially(option, 'auto');
		option.value('auto', _("Automatic: the interface's, else the web's"));
		option.value('interface', _("The interface's address"));
		option.value('web', _('Seen from the web'));
		option.value('server', _('Seen by the service'));
		option.value('off', _('Off'));

		this.interfaceOption(section, 'interface', _('Interfaces for IPv4'));

		option = section.taboption('address', form.ListValue, 'ipv6', _('IPv6'));
		option.modalonly = true;
		initially(option, 'off');
		option.value('off', _('Off'));
		option.value('auto', _("Automatic: the interface's, else your page's"));
		option.value('interface', _("The interface's address"));
		option.value('web', _('Seen from the web'));

		rule(option, (value, item, section_id) => validate.families(sibling(item, 'ipv4', section_id) ?? 'auto', value || 'off',
			this.serviceOf(item, section_id)));

		this.interfaceOption(section, 'interface6', _('Interfaces for IPv6'));

		option = section.taboption('address', form.Value, 'ipv6_suffix', _('Host in the LAN'),
			_('The end of its IPv6 address, or its MAC address; empty for the router itself.'));
		option.modalonly = true;
		option.placeholder = '::1234:5678';
		rule(option, validate.ipv6Suffix);

		option = section.taboption('address', form.ListValue, 'lan', _('LAN of that host'));
		option.modalonly = true;
		initially(option, 'lan');
		this.interfaceValues(option, 'lan');

		for (const [ name, title, placeholder ] of [
			[ 'web_url', _('Web detection for IPv4'), 'http://ip1.dynupdate.no-ip.com/' ],
			[ 'web_url6', _('Web detection for IPv6'), 'http://ip1.dynupdate6.no-ip.com/' ]
		]) {
			option = section.taboption('address', form.DynamicList, name, title);
			option.modalonly = true;
			option.placeholder = placeholder;
			rule(option, each(validate.webUrl));
		}

		this.number(section, 'address', 'web_interval', _('Minutes between web detections'), '10', validate.webInterval);
	}

	/**
	 * How updates travel.
	 *
	 * @param {form.GridSection} section The grid.
	 */
	connectionTab(section) {
		let option;
		const text = (name, title, placeholder, check, description) => {
			option = section.taboption('connection', form.Value, name, title, description);
			option.modalonly = true;
			option.placeholder = placeholder;
			rule(option, check);
		};
		const flag = (name, title, initial, description) => {
			option = section.taboption('connection', form.Flag, name, title, description);
			option.modalonly = true;
			option.default = initial;
		};

		text('server', _('Server'), _('from the service'), validate.server);
		this.names.filter((name) => ![ 'custom', 'rfc2136' ].includes(name)).forEach((name) => option.depends('service', name));
		text('path', _('Path'), _('from the service'), validate.path);
		this.names.filter((name) => ![ 'custom', 'rfc2136' ].includes(name)).forEach((name) => option.depends('service', name));
		flag('tls', _('Encrypted (https)'), '1', _('Without it, everybody on the way can read the password.'));
		text('port', _('Port'), '443', validate.port);
		text('ca_file', _('File with certificates'), '/etc/ssl/certs/ca-certificates.crt', validate.file);
		text('password_file', _('File with the password'), '/etc/ddnsd/home.secret', validate.passwordFile, _('Instead of the password.'));
		option = section.taboption('connection', form.ListValue, 'bind', _('Send through the chosen interface'));
		option.modalonly = true;
		initially(option, 'auto');
		option.value('auto', _('Where it is needed'));
		option.value('1', _('Always'));
		option.value('0', _('Never'));
		text('proxy', _('HTTP proxy'), 'http://proxy.lan:3128', validate.proxy);
		this.number(section, 'connection', 'timeout', _('Seconds until an exchange is given up'), '30', validate.timeout);
		this.number(section, 'connection', 'force_interval', _('Days between updates without a change'), '0', validate.forceInterval,
			_('0 is never. Only for a service that deletes hosts which are not updated.'));
		flag('offline', _('Keep the hosts offline'), '0', _('A paid feature at most services.'));

		rule(option, (value, item, section_id) => validate.offline(item.formvalue(section_id) ?? value, this.serviceOf(item, section_id)));
	}

	/** What holds for all accounts. */
	global() {
		const section = this.map.section(form.NamedSection, 'global', 'global', _('All accounts'));
		let option = section.option(form.Value, 'contact', _('Contact'),
			_('An e-mail address that the services get, so that they can reach you before they block you.'));

		option.placeholder = 'admin@example.com';
		rule(option, validate.contact);

		option = section.option(form.ListValue, 'log_level', _('Log'));
		initially(option, 'info');
		option.value('error', _('Errors'));
		option.value('warn', _('Errors and warnings'));
		option.value('info', _('What happens'));
		option.value('debug', _('Everything'));
	}

	/**
	 * @param {form.GridSection} section The grid.
	 * @param {string} tab The tab.
	 * @param {string} name The option.
	 * @param {string} title Its title.
	 * @param {string} placeholder The default.
	 * @param {function(string): (true|string)} check Its rule.
	 * @param {string} [description] More about it.
	 */
	number(section, tab, name, title, placeholder, check, description) {
		const option = section.taboption(tab, form.Value, name, title, description);

		option.modalonly = true;
		option.placeholder = placeholder;
		rule(option, check);
	}

	/**
	 * A list of interfaces in failover order.
	 *
	 * @param {form.GridSection} section The grid.
	 * @param {string} name The option.
	 * @param {string} title Its title.
	 */
	interfaceOption(section, name, title) {
		const option = section.taboption('address', form.DynamicList, name, title,
			_('Empty: whichever carries the default route. Several: the first that has a usable address.'));

		option.modalonly = true;
		option.placeholder = _('automatic');
		rule(option, (value, item, section_id) => {
			const result = each(validate.interface)(value);

			return (result === true) ? validate.interfaces(L.toArray(item.formvalue(section_id))) : result;
		});
		option.value('auto', _('automatic'));
		this.interfaceValues(option);
	}

	/**
	 * Offers the interfaces that exist, and what the configuration names already.
	 *
	 * @param {form.Value} option The option.
	 * @param {string} [least] A name to offer in any case.
	 */
	interfaceValues(option, least) {
		const titles = new Map(this.interfaces.map((item) => [ item.name, item.title ]));

		if (least)
			titles.set(least, titles.get(least) ?? least);

		uci.sections('ddnsd', 'account', (account) => {
			for (const name of L.toArray(account[option.option]))
				if (name != 'auto' && !titles.has(name))
					titles.set(name, name);
		});

		for (const [ name, title ] of titles)
			option.value(name, title);
	}

	/**
	 * @param {string} name A service's name.
	 * @returns {?Object} Its entry in the table.
	 */
	service(name) {
		return this.services.find((service) => service.name == name);
	}

	/**
	 * @param {form.Value} option An option of the account's form.
	 * @param {string} section_id The account.
	 * @returns {?Object} The table's entry of the service that is chosen there.
	 */
	serviceOf(option, section_id) {
		return this.service(sibling(option, 'service', section_id) || 'noip');
	}

	/** @returns {string} What the address asks for behind its `#`; empty where it cannot be read. */
	static wanted() {
		try {
			return decodeURIComponent(window.location.hash.slice(1));
		}
		catch {
			return '';
		}
	}

	/** @returns {string} A name that no account has yet. */
	static freeName() {
		const taken = new Set(uci.sections('ddnsd').map((section) => section['.name']));

		for (let number = 1; ; number++) {
			const name = number == 1 ? 'home' : 'home%d'.format(number);

			if (!taken.has(name))
				return name;
		}
	}

	/**
	 * Says why a name cannot be that of a new account, beside its field.
	 *
	 * @param {HTMLInputElement} input The field.
	 * @param {HTMLButtonElement} button The button that adds the account.
	 * @param {boolean} readonly Whether nothing may be added at all.
	 */
	static watchName(input, button, readonly) {
		const why = parts.root([]);
		const check = () => {
			const name = input.value;
			const text = (name != '' && !validate.section(name))
				? _('Letters, digits and _ only.')
				: uci.get('ddnsd', name) != null && name != '' ? _('There is a section of this name already.') : '';

			button.disabled = readonly || name == '' || text != '';

			if (why.textContent !== text)
				dom.content(why, text ? [ parts.note('error', [ text ]) ] : []);
		};

		why.setAttribute('role', 'status');
		input.after(why);

		for (const event of [ 'input', 'keyup', 'blur' ])
			input.addEventListener(event, check);

		check();
	}

	/**
	 * Adds to the open dialog what a form cannot say: the service's hint, and the daemon's complaints.
	 *
	 * @param {string} section_id The account.
	 */
	decorate(section_id) {
		const fields = Array.from(document.querySelectorAll('#modal_overlay .cbi-value[data-name]'));
		const complaints = (this.status?.errors ?? []).filter((error) => error.section == section_id && error.option != null);
		const shown = new Set();

		for (const field of fields) {
			const name = field.dataset.name.replace(/^_/, '');
			const own = complaints.filter((error) => error.option == name);
			const place = field.querySelector('.cbi-value-field') ?? field;

			if (!own.length || shown.has(name) || field.classList.contains('hidden'))
				continue;

			const note = parts.root(own.map((error) => parts.note('error', [
				E('strong', {}, [ _('ddnsd says:') ]), ' ', parts.said(error.message)
			])));

			note.id = 'ddnsd-complaint-%s'.format(name);
			shown.add(name);
			place.appendChild(note);
			field.querySelectorAll('input:not([type="hidden"]), select').forEach((control) => control.setAttribute('aria-describedby', note.id));
		}

		const field = fields.find((item) => item.dataset.name == 'service');

		this.labels = new Map();

		for (const name of [ 'username', 'password', 'hostname' ]) {
			const place = fields.find((item) => item.dataset.name == name)?.querySelector('.cbi-value-field');

			if (place) {
				this.labels.set(name, parts.root([]));
				place.appendChild(this.labels.get(name));
			}
		}

		if (field) {
			this.hint = parts.root([]);
			this.hint.setAttribute('role', 'status');
			(field.querySelector('.cbi-value-field') ?? field).appendChild(this.hint);
			this.showHint(section_id, uci.get('ddnsd', section_id, 'service') ?? 'noip');
		}
	}

	/**
	 * What the table of services says about one, under the field.
	 *
	 * @param {string} section_id The account.
	 * @param {string} name The service's name.
	 */
	showHint(section_id, name) {
		const service = this.service(name);

		if (!this.hint)
			return;

		dom.content(this.hint, service ? [
			service.hint && !service.labels && name != 'custom' ? E('p', {}, [ parts.said(service.hint) ]) : '',
			E('p', {}, parts.website(service))
		] : []);

		/* What goes into each field, where the service calls it by another name. */
		for (const [ option, label ] of this.labels)
			dom.content(label, (name != 'custom' && service?.labels?.[option]) ? [ E('p', { 'class': 'ddnsd-muted' }, [ parts.said(service.labels[option]) ]) ] : []);
	}

	/**
	 * An honest test: a real update, if one is due, and what came of it. The result stays until the
	 * account's state changes.
	 *
	 * @param {string} section_id The account.
	 * @returns {Promise} When the result is shown.
	 */
	async test(section_id) {
		const account = this.status?.accounts.find((item) => item.name == section_id);
		const say = (tone, text) => {
			const place = this.statePlaces().find((node) => node.dataset.ddnsdState == section_id);

			if (place)
				dom.content(place, [ parts.root([ E('div', { role: 'status' }, [ parts.note(tone, [ parts.said(text) ]) ]) ]) ]);
		};

		if (!account)
			return say('warn', _('ddnsd does not know this account or host. Save and apply the configuration first.'));

		this.testing.add(section_id);

		const outcome = await actions.update(account, false, {
			begin: () => say('busy', _('Working…')),
			refresh: () => this.refresh()
		});

		this.testing.delete(section_id);

		return say(outcome.tone, outcome.text);
	}

	/**
	 * Fetches the status and shows it in the grid.
	 *
	 * @returns {Promise<Object>} The status.
	 */
	async refresh() {
		const status = words.steady(this.status, await bus.status());

		parts.setNow(status.now);
		this.status = status;
		this.statePlaces().forEach((node) => this.showState(node));

		return status;
	}

	/** One round of the poll; it never rejects. */
	async poll() {
		if (document.hidden)
			return;

		try {
			await this.refresh();
		}
		catch {
			this.status = null;
			this.statePlaces().forEach((node) => this.showState(node));
		}
	}

	/** @returns {HTMLElement[]} Where the grid shows states. */
	statePlaces() {
		return Array.from(document.querySelectorAll('[data-ddnsd-state]'));
	}

	/**
	 * An account's state, in its row.
	 *
	 * @param {HTMLElement} node The place for it.
	 */
	showState(node) {
		const name = node.dataset.ddnsdState;
		const account = this.status?.accounts.find((item) => item.name == name);
		const errors = (this.status?.errors ?? []).filter((error) => error.section == name);
		const key = JSON.stringify([ this.status != null, account?.state, account?.halt, account?.error, account?.waiting, account?.ipv4_missing, account?.ipv6_missing,
			account?.last_success, account?.next_attempt, words.halts(account ?? {}).length, errors ]);

		if (node.dataset.key === key)
			return;

		node.dataset.key = key;

		if (this.testing.has(name))
			return;

		dom.content(node, [ parts.root([
			account
				? parts.badge(words.accountBadge(account))
				: errors.length ? '' : E('span', { 'class': 'ddnsd-muted' }, [ this.status ? _('not applied yet') : _('unknown: ddnsd does not answer') ]),
			...words.halts(account ?? {}).slice(0, 1).map((entry) => parts.note('error', [ parts.said(entry.halt.message) ])),
			...(account && account.state != 'disabled' ? [ [ _('Last success'), account.last_success ], [ _('Next attempt'), account.waiting ? null : account.next_attempt ] ]
				.filter((entry) => entry[1] != null)
				.map(([ title, at ]) => E('div', { 'class': 'ddnsd-muted' }, [ title, ' ', parts.time(at) ])) : []),
			...(account ? [ ...parts.waiting(account), ...parts.missing(account) ] : []),
			...errors.map((error) => parts.note('error', [ error.option ? parts.name(error.option, 'code') : '', ' ', parts.said(error.message) ]))
		]) ]);
	}
}

return view.extend(/** @lends view.ddnsd.accounts.prototype */ {
	/**
	 * @returns {Promise<Array>} The table of services, the interfaces, the configuration.
	 */
	load() {
		return Promise.all([
			bus.services().catch(() => []),
			bus.interfaces().catch(() => []),
			bus.status().catch(() => null),
			uci.load('ddnsd')
		]);
	},

	/**
	 * @param {Array} loaded What {@link view.ddnsd.accounts#load} found.
	 * @returns {Promise<Node>} The form.
	 */
	async render(loaded) {
		const [ services, interfaces, status ] = loaded;

		if (uci.get('ddnsd', 'global') == null)
			uci.add('ddnsd', 'global', 'global');

		const accounts = new Accounts(services, interfaces);

		accounts.status = status;

		const node = await accounts.render();
		const wanted = Accounts.wanted();

		poll.add(accounts.poll, POLL_SECONDS);

		/* The status page's first step leads here. */
		if (wanted == NEW_ACCOUNT && !uci.sections('ddnsd', 'account').length)
			window.setTimeout(() => accounts.map.children[0].handleAdd(null, Accounts.freeName()), 0);

		/* The status page's Edit leads here. */
		if (wanted && uci.get('ddnsd', wanted)?.['.type'] == 'account')
			window.setTimeout(() => accounts.map.children[0].renderMoreOptionsModal(wanted), 0);

		return node;
	}
});
