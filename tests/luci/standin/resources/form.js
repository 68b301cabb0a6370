'use strict';
'require baseclass';
'require dom';
'require uci';
'require ui';

/*
 * The stand-in's forms: maps, a grid with a dialog, tabs, dependencies, validation. The elements'
 * classes and ids are LuCI's, so that the same tests find their way in both.
 */

class Option {
	constructor(map, section, option, title, description) {
		Object.assign(this, { map, section, option, title, description, deps: [], rmempty: true, choices: [] });
	}

	get name() {
		return this.ucioption ?? this.option;
	}

	id(section_id) {
		return 'widget.cbid.%s.%s.%s'.format(this.map.config, section_id, this.option);
	}

	value(key, title) {
		this.choices = [ ...this.choices.filter((choice) => choice[0] != key), [ key, title ?? key ] ];
	}

	depends(name, value) {
		this.deps.push(typeof name == 'object' ? name : { [name]: value });
	}

	validate() {
		return true;
	}

	cfgvalue(section_id) {
		return uci.get(this.map.config, section_id, this.name);
	}

	textvalue(section_id) {
		return E('span', {}, [ this.cfgvalue(section_id) ?? this.default ?? '' ]);
	}

	field(section_id) {
		return this.map.node?.querySelector('[data-field="cbid.%s.%s.%s"]'.format(this.map.config, section_id, this.option));
	}

	formvalue(section_id) {
		const control = this.field(section_id)?.querySelector('input, select');

		return control?.value ?? null;
	}

	active(section_id) {
		return !this.deps.length || this.deps.some((dependency) => {
			const right = Object.entries(dependency).filter((entry) => entry[0] != '!reverse').every(([ name, value ]) =>
				this.section.children.find((other) => other.option == name)?.formvalue(section_id) == value);

			return right != !!dependency['!reverse'];
		});
	}

	triggerValidation(section_id) {
		if (this.field(section_id)?.querySelector('input:not([type="hidden"]), select'))
			this.check(section_id);
	}

	/** What is wrong with what is in the field, or null. */
	mistake(section_id) {
		const value = this.formvalue(section_id);

		if ((value == null || value.length == 0) && !this.rmempty)
			return _('Option "%s" must not be empty.').format(this.title);

		const result = this.validate(section_id, value);

		return result === true ? null : result;
	}

	cbid(section_id) {
		return 'cbid.%s.%s.%s'.format(this.map.config, section_id, this.option);
	}

	async parse(section_id) {
		const field = this.field(section_id);

		if (!field || field.classList.contains('hidden'))
			return this.remove(section_id);

		const mistake = this.mistake(section_id);

		if (mistake)
			throw new TypeError('%s %s'.format(_('Option "%s" contains an invalid input value.').format(this.title), mistake));

		const value = this.formvalue(section_id);

		if (value == null || value.length == 0 || (this instanceof FlagOption && this.rmempty && value === this.default))
			this.remove(section_id);
		else if (JSON.stringify(value) !== JSON.stringify(this.cfgvalue(section_id)))
			this.write(section_id, value);
	}

	write(section_id, value) {
		uci.set(this.map.config, section_id, this.name, value);
	}

	remove(section_id) {
		const other = this.section.children.find((sibling) => sibling !== this && sibling.name == this.name);
		const field = other?.field(section_id);

		if (!field || field.classList.contains('hidden'))
			uci.unset(this.map.config, section_id, this.name);
	}

	/** Shows whether the field is right. */
	check(section_id) {
		const field = this.field(section_id);
		const mistake = this.mistake(section_id);
		const control = field.querySelector('input:not([type="hidden"]), select');

		control.classList.toggle('cbi-input-invalid', mistake != null);
		control.setAttribute('aria-invalid', mistake != null ? 'true' : 'false');

		if (mistake)
			field.dataset.tooltip = mistake;
		else
			delete field.dataset.tooltip;
	}

	control(section_id) {
		return E('input', {
			id: this.id(section_id),
			type: this.password ? 'password' : 'text',
			'class': 'cbi-input-text',
			placeholder: this.placeholder,
			autocomplete: this.password ? 'new-password' : 'off',
			value: this.cfgvalue(section_id) ?? this.default ?? ''
		});
	}

	/** The whole field, with its label. */
	render(section_id) {
		const control = this.control(section_id);
		const field = E('div', {
			'class': 'cbi-value',
			id: 'cbi-%s-%s-%s'.format(this.map.config, section_id, this.option),
			'data-field': 'cbid.%s.%s.%s'.format(this.map.config, section_id, this.option),
			'data-name': this.option
		}, [
			E('label', { 'class': 'cbi-value-title', for: this.id(section_id) }, [ this.title ]),
			E('div', { 'class': 'cbi-value-field' }, [
				control,
				this.description ? E('div', { 'class': 'cbi-value-description' }, [ this.description ]) : ''
			])
		]);

		for (const name of [ 'change', 'keyup', 'focusout' ])
			field.addEventListener(name, () => {
				this.check(section_id);

				if (name == 'change') {
					this.section.showActive(section_id);
					this.onchange?.({}, section_id, this.formvalue(section_id));
				}
			});

		return field;
	}
}

class ListOption extends Option {
	control(section_id) {
		const current = this.cfgvalue(section_id) ?? this.default ?? '';

		return E('select', { id: this.id(section_id), 'class': 'cbi-input-select' }, this.choices.map(([ key, title ]) =>
			E('option', { value: key, selected: key == current ? '' : null }, [ title ])));
	}
}

class FlagOption extends Option {
	control(section_id) {
		const current = this.cfgvalue(section_id) ?? this.default ?? '0';
		const box = E('input', { id: this.id(section_id), type: 'checkbox', checked: current == '1' ? '' : null });

		return E('div', { 'class': 'cbi-checkbox' }, [ box ]);
	}

	formvalue(section_id) {
		const box = this.field(section_id)?.querySelector('input');

		return box ? (box.checked ? '1' : '0') : null;
	}
}
FlagOption.prototype.enabled = '1';
FlagOption.prototype.disabled = '0';
FlagOption.prototype.default = '0';

class ListOfOptions extends Option {
	control(section_id) {
		const list = E('div', { 'class': 'cbi-dynlist' }, []);
		const input = E('input', {
			id: this.id(section_id), type: 'text', 'class': 'cbi-input-text', autocomplete: 'off',
			placeholder: this.placeholder, list: this.choices.length ? this.id(section_id) + '.choices' : null
		});
		const item = (value) => E('div', { 'class': 'item', 'data-value': value }, [
			E('span', {}, [ value ]),
			E('button', { type: 'button', 'class': 'btn', 'aria-label': _('Remove %s').format(value), click: (ev) => {
				ev.currentTarget.parentNode.remove();
				input.dispatchEvent(new Event('change', { bubbles: true }));
				input.focus();
			} }, [ '×' ])
		]);
		const add = () => {
			const value = input.value.trim();

			if (value != '' && this.validate(section_id, value) === true) {
				list.insertBefore(item(value), list.lastElementChild);
				input.value = '';
			}
		};

		input.addEventListener('keydown', (ev) => {
			if (ev.key == 'Enter') {
				ev.preventDefault();
				add();
			}
		});
		input.addEventListener('blur', add);
		list.append(
			...L.toArray(this.cfgvalue(section_id)).map(item),
			E('div', { 'class': 'add-item' }, [
				input,
				this.choices.length ? E('datalist', { id: this.id(section_id) + '.choices' }, this.choices.map(([ key, title ]) => E('option', { value: key }, [ title ]))) : '',
				E('button', { type: 'button', 'class': 'btn cbi-button cbi-button-add', 'aria-label': '%s: +'.format(this.title), click: add }, [ '+' ])
			])
		);

		return list;
	}

	formvalue(section_id) {
		const field = this.field(section_id);

		return field ? Array.from(field.querySelectorAll('.item'), (item) => item.dataset.value) : null;
	}

	mistake(section_id) {
		const typed = this.field(section_id)?.querySelector('.add-item input').value.trim();
		const result = typed ? this.validate(section_id, typed) : true;

		return result === true ? super.mistake(section_id) : result;
	}
}

class DummyOption extends Option {
	parse() {}
}

class Section {
	constructor(map, type, title, description) {
		Object.assign(this, { map, sectiontype: type, title, description, children: [], tabs: [] });
	}

	tab(name, title) {
		this.tabs.push({ name, title });
	}

	option(Kind, ...args) {
		const option = new Kind(this.map, this, ...args);

		this.children.push(option);

		return option;
	}

	taboption(tab, ...args) {
		return Object.assign(this.option(...args), { tab });
	}

	/** Hides the fields whose dependencies are not met. */
	showActive(section_id) {
		for (const option of this.children) {
			const field = option.field(section_id);

			if (field?.classList.contains('cbi-value'))
				field.classList.toggle('hidden', !option.active(section_id));
		}
	}
}

class NamedSection extends Section {
	constructor(map, section_id, ...args) {
		super(map, ...args);
		this.section_id = section_id;
	}

	cfgsections() {
		return uci.get(this.map.config, this.section_id) ? [ this.section_id ] : [];
	}

	render() {
		return E('div', { 'class': 'cbi-section' }, [
			this.title ? E('h3', {}, [ this.title ]) : '',
			...this.cfgsections().flatMap((section_id) => this.tabs.length ? this.tabbed(section_id) : this.children.map((option) => option.render(section_id)))
		]);
	}

	tabbed(section_id) {
		const panes = this.tabs.map((tab) => E('div', { 'data-tab': tab.name, role: 'tabpanel', 'aria-label': tab.title },
			this.children.filter((option) => option.tab == tab.name).map((option) => option.render(section_id))));
		const buttons = this.tabs.map((tab) => E('button', { type: 'button', role: 'tab', click: () => show(tab.name) }, [ tab.title ]));
		const show = (name) => this.tabs.forEach((tab, index) => {
			panes[index].hidden = (tab.name != name);
			buttons[index].setAttribute('aria-selected', tab.name == name ? 'true' : 'false');
		});

		show(this.tabs[0].name);

		return [ E('div', { 'class': 'cbi-tabmenu', role: 'tablist' }, buttons), ...panes ];
	}
}

class GridSection extends Section {
	cfgsections() {
		return uci.sections(this.map.config, this.sectiontype).map((section) => section['.name']);
	}

	render() {
		const columns = this.children.filter((option) => !option.modalonly);
		const rows = this.cfgsections().map((section_id) => E('tr', { 'class': 'tr cbi-section-table-row', 'data-section-id': section_id }, [
			E('th', { 'class': 'td', scope: 'row' }, [ section_id ]),
			...columns.map((option) => E('td', { 'class': 'td', 'data-title': option.title }, [ option.editable ? this.cell(option, section_id) : option.textvalue(section_id) ])),
			this.renderRowActions(section_id)
		]));

		return E('div', { 'class': 'cbi-section' }, [
			this.title ? E('h3', {}, [ this.title ]) : '',
			rows.length ? E('table', { 'class': 'table cbi-section-table' }, [
				E('thead', {}, [ E('tr', { 'class': 'tr' }, [ _('Name'), ...columns.map((option) => option.title), _('Actions') ].map((title) => E('th', { 'class': 'th' }, [ title ]))) ]),
				E('tbody', {}, rows)
			]) : E('p', {}, [ E('em', {}, [ _('This section contains no values yet') ]) ]),
			this.renderSectionAdd()
		]);
	}

	cell(option, section_id) {
		const control = option.control(section_id);

		(control.querySelector('input') ?? control).setAttribute('aria-label', '%s: %s'.format(section_id, option.title));

		return E('div', { 'data-field': 'cbid.%s.%s.%s'.format(this.map.config, section_id, option.option) }, [ control ]);
	}

	renderRowActions(section_id) {
		return E('td', { 'class': 'td cbi-section-actions' }, [ E('div', {}, [
			E('button', { type: 'button', 'class': 'btn cbi-button cbi-button-edit', click: () => this.renderMoreOptionsModal(section_id) }, [ _('Edit') ]),
			E('button', { type: 'button', 'class': 'btn cbi-button cbi-button-remove', click: async () => {
				uci.remove(this.map.config, section_id);
				await this.map.save(true);
			} }, [ _('Delete') ])
		]) ]);
	}

	renderSectionAdd() {
		const input = E('input', { type: 'text', 'class': 'cbi-section-create-name' }, []);
		const button = E('button', { type: 'button', 'class': 'cbi-button cbi-button-add', disabled: '', click: () => this.handleAdd(null, input.value) }, [ this.addbtntitle ]);

		const check = () => { button.disabled = !/^[A-Za-z0-9_]+$/.test(input.value); };

		[ 'keyup', 'blur' ].forEach((name) => input.addEventListener(name, check));

		return E('div', { 'class': 'cbi-section-create' }, [ input, ' ', button ]);
	}

	handleAdd(ev, name) {
		uci.add(this.map.config, this.sectiontype, name);
		this.added = name;

		return this.renderMoreOptionsModal(name);
	}

	async renderMoreOptionsModal(section_id) {
		const map = new Map_(this.map.config, null);
		const section = map.section(NamedSection, section_id, this.sectiontype);

		section.tabs = this.tabs;

		for (const option of this.children.filter((item) => item.modalonly !== false)) {
			const copy = section.option(option.constructor, option.option, option.title, option.description);

			Object.assign(copy, option, { map, section });
		}

		const close = async (saved) => {
			if (!saved && this.added)
				uci.remove(this.map.config, this.added);

			this.added = null;
			ui.hideModal();
			await this.map.redraw();
		};

		ui.showModal(this.modaltitle(section_id), [
			await map.render(),
			E('div', { 'class': 'button-row' }, [
				E('button', { type: 'button', 'class': 'btn cbi-button', click: () => close(false) }, [ _('Dismiss') ]), ' ',
				E('button', { type: 'button', 'class': 'btn cbi-button cbi-button-positive important', click: () => map.save().then(() => close(true)).catch(() => null) }, [ _('Save') ])
			])
		], 'cbi-modal');
		section.showActive(section_id);
	}
}

class Map_ {
	constructor(config, title, description) {
		Object.assign(this, { config, title, description, children: [] });
	}

	section(Kind, ...args) {
		const section = new Kind(this, ...args);

		this.children.push(section);

		return section;
	}

	async render() {
		await uci.load(this.config);
		this.node = E('div', { 'class': 'cbi-map', id: 'cbi-%s'.format(this.config) }, []);
		dom.bindClassInstance(this.node, this);
		await this.redraw();

		return this.node;
	}

	async redraw() {
		dom.content(this.node, [
			this.title ? E('h2', {}, [ this.title ]) : '',
			this.description ? E('div', { 'class': 'cbi-map-descr' }, [ this.description ]) : '',
			...this.children.map((section) => section.render())
		]);
	}

	async save(silent) {
		try {
			const tasks = [];

			/* As in LuCI: all of them, so that each mistake is shown. */
			for (const section of this.children)
				for (const section_id of section.cfgsections())
					for (const option of section.children)
						if (section instanceof NamedSection || option.editable)
							tasks.push(option.parse(section_id));

			await Promise.all(tasks);
		}
		catch (error) {
			ui.addNotification(_('Save error'), [ E('p', {}, [ error.message ]) ]);

			throw error;
		}

		await uci.save();

		if (silent)
			await this.redraw();
	}

	/** As LuCI's: the first element of the map with that attribute. */
	findElement(name, value) {
		return this.node?.querySelector('[%s="%s"]'.format(name, value)) ?? null;
	}

	async reset() {
		uci.unload(this.config);
		await uci.load(this.config);
		await this.redraw();
	}
}

return baseclass.extend({
	Map: Map_, NamedSection, GridSection,
	Value: Option, ListValue: ListOption, Flag: FlagOption, DynamicList: ListOfOptions, DummyValue: DummyOption
});
