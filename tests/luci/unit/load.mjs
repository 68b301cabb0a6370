/** Loads a module of the pages as LuCI does, without a browser: only those that are pure. */
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const REPO = path.join(path.dirname(fileURLToPath(import.meta.url)), '../../..');
export const APP = path.join(REPO, 'luci-app');

String.prototype.format = function(...values) {
	let next = 0;

	return this.replace(/%[sd]/g, () => String(values[next++]));
};

export function load(name, modules = {}, translate = (text) => text) {
	const source = fs.readFileSync(path.join(APP, 'htdocs/luci-static/resources', `${name}.js`), 'utf8');
	const baseclass = { extend: (properties) => properties };
	const names = Object.keys(modules);

	return new Function('_', 'baseclass', ...names, source)(translate, baseclass, ...names.map((key) => modules[key]));
}
