'use strict';
'require baseclass';
'require rpc';

/* The stand-in's UCI: what was loaded, and what is to be written when it is saved. */

const call = (method, params, expect) => rpc.declare({ object: 'uci', method, params, expect, reject: true });
const callGet = call('get', [ 'config' ], { values: {} });
const callAdd = call('add', [ 'config', 'type', 'name', 'values' ]);
const callSet = call('set', [ 'config', 'section', 'values' ]);
const callDelete = call('delete', [ 'config', 'section', 'options' ]);

const packages = new Map();
const pending = [];

return baseclass.extend({
	async load(config) {
		if (!packages.has(config))
			packages.set(config, await callGet(config));
	},

	unload(config) {
		packages.delete(config);
		pending.length = 0;
	},

	sections(config, type, callback) {
		const found = Object.values(packages.get(config) ?? {})
			.filter((section) => type == null || section['.type'] == type)
			.sort((a, b) => a['.index'] - b['.index']);

		found.forEach((section) => callback?.(section, section['.name']));

		return found;
	},

	get(config, section, option) {
		const found = packages.get(config)?.[section];

		return option == null ? found ?? null : found?.[option] ?? null;
	},

	set(config, section, option, value) {
		const found = packages.get(config)?.[section];

		if (found) {
			found[option] = value;
			pending.push(() => callSet(config, section, { [option]: value }));
		}
	},

	unset(config, section, option) {
		const found = packages.get(config)?.[section];

		if (found && option in found) {
			delete found[option];
			pending.push(() => callDelete(config, section, [ option ]));
		}
	},

	add(config, type, name) {
		packages.get(config)[name] = { '.type': type, '.name': name, '.anonymous': false, '.index': 1e6 };
		pending.push(() => callAdd(config, type, name, {}));

		return name;
	},

	remove(config, section) {
		delete packages.get(config)?.[section];
		pending.push(() => callDelete(config, section).catch(() => null));
	},

	async save() {
		for (const write of pending.splice(0))
			await write();
	}
});
