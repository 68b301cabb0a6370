import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { translations } from '../server/po.mjs';
import { APP } from './load.mjs';

const read = (name) => fs.readFileSync(path.join(APP, name), 'utf8');
const json = (name) => JSON.parse(read(name));
const files = (folder) => fs.readdirSync(path.join(APP, folder), { recursive: true }).filter((name) => /\.\w+$/.test(name)).map((name) => path.join(folder, name));

const acl = json('root/usr/share/rpcd/acl.d/luci-app-ddnsd.json');
const menu = json('root/usr/share/luci/menu.d/luci-app-ddnsd.json');

test('one group reads, one acts; neither may run programs or touch files', () => {
	assert.deepEqual(Object.keys(acl), [ 'luci-app-ddnsd-status', 'luci-app-ddnsd-config' ]);
	assert.deepEqual(Object.keys(acl['luci-app-ddnsd-status']), [ 'description', 'read' ]);
	assert.deepEqual(Object.keys(acl['luci-app-ddnsd-config']), [ 'description', 'write' ]);

	for (const group of Object.values(acl))
		for (const permission of [ 'read', 'write' ])
			for (const scope of Object.keys(group[permission] ?? {}))
				assert.ok([ 'ubus', 'uci' ].includes(scope), `a right over ${scope}`);
});

test('who may only read gets no configuration, since it holds the passwords', () => {
	assert.deepEqual(acl['luci-app-ddnsd-status'].read, { ubus: { ddnsd: [ 'status', 'history', 'services' ], luci: [ 'getInitList' ] } });
	assert.deepEqual(acl['luci-app-ddnsd-config'].write.uci, { ddnsd: [ 'read', 'write' ] });
});

test('the menu leads to views that exist, each with a group that exists', () => {
	for (const node of Object.values(menu)) {
		if (node.action.type == 'view')
			assert.ok(fs.existsSync(path.join(APP, 'htdocs/luci-static/resources/view', `${node.action.path}.js`)), node.action.path);

		node.depends.acl.forEach((group) => assert.ok(group in acl, group));
	}
});

test('every module is strict, and asks for modules that exist', () => {
	const modules = files('htdocs/luci-static/resources').filter((name) => name.endsWith('.js'));
	const luci = [ 'baseclass', 'dom', 'form', 'poll', 'rpc', 'uci', 'ui', 'view' ];

	assert.equal(modules.length, 8);

	for (const name of modules) {
		const source = read(name);

		assert.ok(source.startsWith("'use strict';\n"), name);

		for (const [ , wanted ] of source.matchAll(/^'require ([^\s']+)/gm))
			assert.ok(luci.includes(wanted) || fs.existsSync(path.join(APP, 'htdocs/luci-static/resources', `${wanted.replaceAll('.', '/')}.js`)), `${name}: ${wanted}`);

		for (const word of [ 'innerHTML', 'outerHTML', 'insertAdjacentHTML', 'document.write', 'eval(', 'javascript:', 'onclick' ])
			assert.ok(!source.includes(word), `${name}: ${word}`);
	}
});

for (const language of [ 'de', 'he' ])
	test(`${language} is complete, keeps every %s, and adds no markup`, () => {
		const messages = Object.keys(translations(path.join(APP, `po/${language}/ddnsd.po`)));
		const wanted = read('po/templates/ddnsd.pot').match(/^msgid "(?!")/gm).length;

		assert.equal(messages.length, wanted);

		for (const [ message, translation ] of Object.entries(translations(path.join(APP, `po/${language}/ddnsd.po`)))) {
			const slots = (text) => text.match(/%[sd]/g) ?? [];

			assert.deepEqual(slots(translation), slots(message), message);
			assert.ok(!/[<>]/.test(translation) || /[<>]/.test(message), translation);
		}
	});

test('the Makefile is that of a package of the LuCI feed', () => {
	const makefile = read('Makefile');

	for (const line of [ 'include $(TOPDIR)/rules.mk', '# call BuildPackage - OpenWrt buildroot signature', 'LUCI_DEPENDS:=+luci-base +ddnsd', 'PKG_LICENSE:=Apache-2.0' ])
		assert.ok(makefile.includes(line), line);
});
