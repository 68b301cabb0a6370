/**
 * UCI as rpcd's `uci` object shows it: packages in a directory, changes that wait until they are
 * applied. What it leaves out: deltas of several sessions, sorting, anything but plain files.
 */
import fs from 'node:fs';
import path from 'node:path';

const NAME = /^[A-Za-z0-9_]+$/;

function words(line) {
	const found = [];

	for (const match of line.matchAll(/\s*(?:'([^']*)'|"((?:[^"\\]|\\.)*)"|(#.*$)|([^\s'"#]+))/g)) {
		if (match[3] !== undefined)
			break;

		found.push(match[1] ?? match[2]?.replace(/\\(.)/g, '$1') ?? match[4]);
	}

	return found;
}

/** Text to sections, in their order. */
export function parse(text) {
	const sections = [];

	for (const line of text.split('\n')) {
		const [ verb, key, value ] = words(line);
		const last = sections.at(-1);

		if (verb == 'config')
			sections.push({ type: key, name: value ?? 'cfg%s'.replace('%s', String(sections.length).padStart(6, '0')), anonymous: value === undefined, options: {} });
		else if (verb == 'option' && last)
			last.options[key] = value ?? '';
		else if (verb == 'list' && last)
			last.options[key] = [ ...(last.options[key] ?? []), value ?? '' ];
	}

	return sections;
}

const quoted = (value) => `'${String(value).replaceAll("'", "'\\''")}'`;

/** Sections to text. */
export function print(sections) {
	return sections.map((section) => [
		`config ${section.type}${section.anonymous ? '' : ` ${quoted(section.name)}`}`,
		...Object.entries(section.options).flatMap(([ name, value ]) => Array.isArray(value)
			? value.map((item) => `\tlist ${name} ${quoted(item)}`)
			: [ `\toption ${name} ${quoted(value)}` ])
	].join('\n')).join('\n\n') + '\n';
}

/** The packages of a directory. */
export class Uci {
	#directory;
	#staged = new Map();
	#changes = new Map();

	constructor(directory) {
		this.#directory = directory;
	}

	#package(name) {
		if (!NAME.test(name ?? ''))
			return null;

		if (!this.#staged.has(name)) {
			const file = path.join(this.#directory, name);

			if (!fs.existsSync(file))
				return null;

			this.#staged.set(name, parse(fs.readFileSync(file, 'utf8')));
		}

		return this.#staged.get(name);
	}

	#changed(config, change) {
		this.#changes.set(config, [ ...(this.#changes.get(config) ?? []), change ]);
	}

	/** One of rpcd's methods: `[status, data]`. */
	call(method, args) {
		const sections = args.config === undefined ? null : this.#package(args.config);

		if (method == 'changes')
			return [ 0, { changes: Object.fromEntries(this.#changes) } ];

		if (args.config === undefined)
			return [ 2 ];

		if (!sections)
			return [ 4 ];

		const section = sections.find((item) => item.name == args.section);

		switch (method) {
		case 'get':
			return this.#get(sections, section, args);

		case 'add': {
			const name = args.name ?? `new${Math.random().toString(16).slice(2, 8)}`;

			sections.push({ type: args.type, name, anonymous: args.name === undefined, options: { ...args.values } });
			this.#changed(args.config, [ 'add', name, args.type ]);

			return [ 0, { section: name } ];
		}

		case 'set':
			if (!section)
				return [ 4 ];

			for (const [ option, value ] of Object.entries(args.values ?? {})) {
				section.options[option] = Array.isArray(value) ? value.map(String) : String(value);
				this.#changed(args.config, [ 'set', section.name, option, String(value) ]);
			}

			return [ 0 ];

		case 'delete':
			if (!section)
				return [ 4 ];

			for (const option of args.options ?? (args.option != null ? [ args.option ] : []))
				delete section.options[option];

			if (args.options == null && args.option == null)
				sections.splice(sections.indexOf(section), 1);

			this.#changed(args.config, [ 'remove', args.section ]);

			return [ 0 ];

		case 'order':
			sections.sort((a, b) => args.sections.indexOf(a.name) - args.sections.indexOf(b.name));

			return [ 0 ];

		default:
			return [ 3 ];
		}
	}

	#get(sections, section, args) {
		const values = (item, index) => ({ '.anonymous': item.anonymous, '.type': item.type, '.name': item.name, '.index': index, ...item.options });

		if (args.section === undefined)
			return [ 0, { values: Object.fromEntries(sections.map((item, index) => [ item.name, values(item, index) ])) } ];

		if (!section)
			return [ 4 ];

		if (args.option === undefined)
			return [ 0, { values: values(section, sections.indexOf(section)) } ];

		return section.options[args.option] === undefined ? [ 4 ] : [ 0, { value: section.options[args.option] } ];
	}

	/** Writes what waits; returns the names of the packages that changed. */
	apply() {
		const names = [ ...this.#changes.keys() ];

		for (const name of names)
			fs.writeFileSync(path.join(this.#directory, name), print(this.#staged.get(name)));

		this.revert();

		return names;
	}

	/** Forgets what waits. */
	revert() {
		this.#staged.clear();
		this.#changes.clear();
	}
}
