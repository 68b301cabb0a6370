/**
 * A stand-in for LuCI's browser environment, for tests: as much of L, E, dom, view, poll and the
 * loader of modules as ddnsd's pages use, written from LuCI's documented interface.
 *
 * It is stricter than LuCI in one thing: a string where children are expected is an error, since
 * LuCI would read it as HTML.
 */
(() => {
	'use strict';

	const env = JSON.parse(document.getElementById('env').textContent);
	const instances = new WeakMap();
	const modules = new Map();

	String.prototype.format = function(...values) {
		let next = 0;

		return this.replace(/%(%|[sd])/g, (all, kind) => {
			if (kind == '%')
				return '%';

			const value = values[next++];

			return (kind == 'd') ? String(Math.trunc(Number(value) || 0)) : String(value);
		});
	};

	const dom = {
		elem: (thing) => thing instanceof Node,

		append(node, children) {
			if (children == null)
				return;

			if (typeof children == 'string')
				throw new TypeError('children as a string would be read as HTML: ' + children);

			for (const child of Array.isArray(children) ? children : [ children ])
				node.appendChild(child instanceof Node ? child : document.createTextNode(`${child}`));
		},

		content(node, children) {
			node.replaceChildren();
			dom.append(node, children);

			return node;
		},

		create(tag, attributes, children) {
			const node = document.createElement(tag);

			for (const [ name, value ] of Object.entries(attributes ?? {}))
				if (typeof value == 'function')
					node.addEventListener(name, value);
				else if (value != null)
					node.setAttribute(name, typeof value == 'object' ? JSON.stringify(value) : value);

			dom.append(node, children);

			return node;
		},

		bindClassInstance(node, instance) {
			instances.set(node, instance);
		},

		findClassInstance(node) {
			for (let at = node; at; at = at.parentNode)
				if (instances.has(at))
					return instances.get(at);

			return null;
		},

		callClassMethod(node, method, ...args) {
			return instances.get(node)?.[method]?.(...args);
		}
	};

	class Base {
		static extend(properties) {
			const Derived = class extends this {};

			Object.defineProperties(Derived.prototype, Object.getOwnPropertyDescriptors(properties));

			return Derived;
		}
	}

	const poll = {
		queue: [],
		tick: 0,

		add(fn, interval) {
			poll.queue.push({ fn, interval: interval || env.pollinterval, ready: true });
		},

		step() {
			for (const entry of poll.queue)
				if (entry.ready && poll.tick % entry.interval == 0) {
					entry.ready = false;
					Promise.resolve(entry.fn()).finally(() => { entry.ready = true; });
				}

			poll.tick++;
		}
	};

	class View extends Base {
		constructor() {
			super();

			const place = document.getElementById('view');

			dom.content(place, [ dom.create('div', { 'class': 'spinning' }, [ _('Loading view…') ]) ]);
			Promise.resolve(this.load()).then((loaded) => this.render(loaded)).then((node) => {
				dom.content(place, [ node ]);
				this.footer(place);
				window.setInterval(poll.step, 1000);
			}).catch(L.error);
		}

		load() {}
		render() {}

		#maps() {
			return Array.from(document.querySelectorAll('#view .cbi-map'), (node) => dom.findClassInstance(node));
		}

		handleSave() {
			return Promise.all(this.#maps().map((map) => map.save()));
		}

		handleReset() {
			return Promise.all(this.#maps().map((map) => map.reset()));
		}

		async handleSaveApply() {
			await this.handleSave();
			(await L.require('ui')).changes.apply();
		}

		footer(place) {
			const button = (handler, kind, label) => handler ? [ dom.create('button', {
				type: 'button',
				'class': `cbi-button cbi-button-${kind}`,
				click: () => handler.call(this).catch(() => null)
			}, [ label ]), ' ' ] : [];
			const buttons = [
				...button(this.handleSaveApply, 'apply', _('Save & Apply')),
				...button(this.handleSave, 'save', _('Save')),
				...button(this.handleReset, 'reset', _('Reset'))
			];

			if (buttons.length)
				place.appendChild(dom.create('div', { 'class': 'cbi-page-actions' }, buttons));
		}
	}

	const builtin = { baseclass: Base, dom, poll, view: View };

	async function load(name) {
		if (Object.hasOwn(builtin, name))
			return builtin[name];

		const answer = await fetch(L.resource(name.replaceAll('.', '/') + '.js'));

		if (!answer.ok)
			throw new Error(`no module ${name}: HTTP ${answer.status}`);

		const source = await answer.text();
		const wanted = Array.from(source.matchAll(/^'require (\S+?)(?: as (\w+))?';$/gm), (found) => ({
			name: found[1], as: found[2] ?? found[1].replace(/\W/g, '_')
		}));
		const values = await Promise.all(wanted.map((dependency) => L.require(dependency.name)));
		const Module = new Function(...wanted.map((dependency) => dependency.as), `${source}\n//# sourceURL=${name}.js`)(...values);

		return new Module();
	}

	window._ = (text) => env.translations[text] ?? text;
	window.E = dom.create;
	window.L = {
		env,
		bind: (fn, self, ...args) => fn.bind(self, ...args),
		error(error) {
			console.error(error);
			document.getElementById('view').prepend(dom.create('p', { 'class': 'alert-message error' }, [ String(error?.stack ?? error) ]));
		},
		isObject: (value) => value != null && typeof value == 'object',
		raise(type, text, ...args) {
			throw Object.assign(new Error(text.format(...args)), { name: type });
		},
		require(name) {
			if (!modules.has(name))
				modules.set(name, load(name));

			return modules.get(name);
		},
		resolveDefault: (promise, value) => Promise.resolve(promise).catch(() => value),
		resource: (path) => `/luci-static/resources/${path}`,
		toArray: (value) => value == null ? [] : Array.isArray(value) ? value : String(value).split(/\s+/).filter((item) => item != ''),
		url: (...parts) => [ '/cgi-bin/luci', ...parts ].join('/')
	};

	window.addEventListener('DOMContentLoaded', () => L.require(`view.${env.view.replaceAll('/', '.')}`).catch(L.error));
})();
