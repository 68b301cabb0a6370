/** The accounts page: from three fields to an update, and every mistake at its field. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { ACCOUNTS, OVERVIEW, STATUS, addItem, browser, card, dialog, done, eventually, field, inState, running, saveAndApply, saveDialog, shot } from './harness.mjs';
import { parse } from '../server/uci.mjs';

let chrome;
let made;
let page;

before(async () => { chrome = await browser(); });
after(() => chrome.close());

afterEach(async () => {
	if (page)
		await done(page);

	await made?.end();
	page = made = null;
});

/** What is in the file now. */
const stored = (name) => parse(fs.readFileSync(path.join(made.directory, 'config/ddnsd'), 'utf8')).find((section) => section.name == name)?.options;

async function open(accounts, options) {
	made = await running(accounts);
	page = await made.open(chrome, ACCOUNTS, options);
	await page.locator('.cbi-page-actions').waitFor();
}

/** Presses "Save" in the dialog, which stays open, since something in it is wrong. */
async function refused(where) {
	const save = dialog(where).getByRole('button', { name: 'Save', exact: true });

	await save.click();
	await eventually(() => save.isEnabled(), 'the button is there again');
	assert.equal(await where.locator('body.modal-overlay-active').count(), 1, 'the dialog is still open');
}

const row = (name) => page.locator(`tr[data-section-id="${name}"]`);
const edit = async (name) => {
	await row(name).getByRole('button', { name: 'Edit' }).click();
	await field(page, 'service').waitFor();
};
const tab = (text) => dialog(page).locator('.cbi-tabmenu').getByText(text).click();

test('add an account, see it update, break the password, read the advice, correct it', async () => {
	await open({});
	made.world.service.hosts.set('home.ddns.net', null);
	await page.getByRole('button', { name: 'Add an account' }).click();
	await field(page, 'service').waitFor();
	assert.equal(await field(page, 'service').locator('select').inputValue(), 'noip');

	/* The service is on this machine, not at No-IP: that takes a little more than three fields. */
	const account = made.world.account([]);

	await field(page, 'service').locator('select').selectOption('custom');
	await field(page, '_server').locator('input').fill(account.server);
	await field(page, 'username').locator('input').fill('user@example.com');
	await field(page, 'password').locator('input').first().fill('secret');
	await addItem(page, 'hostname', 'home.ddns.net');
	await tab('Connection');
	await field(page, 'port').locator('input').fill(account.port);
	await field(page, 'tls').locator('input[type="checkbox"]').uncheck();
	await saveDialog(page);
	await row('home').getByText('home.ddns.net').waitFor();
	await row('home').getByText('not applied yet').waitFor();
	await saveAndApply(page);

	/* The page follows. */
	await row('home').getByText('Up to date').waitFor();
	await row('home').getByText('Last success').locator('time').waitFor();
	assert.deepEqual(stored('home').hostname, [ 'home.ddns.net' ]);
	assert.equal(stored('home').server, '127.0.0.1');
	assert.equal(made.world.service.hosts.get('home.ddns.net'), '192.0.2.25');

	/* Break the password. */
	await edit('home');
	await field(page, 'password').locator('input').first().fill('wrong');
	await saveDialog(page);
	await saveAndApply(page);
	await row('home').getByText('Stopped, needs you').waitFor();
	await row('home').getByText('the service refused the username or the password').waitFor();
	await page.goto(`/cgi-bin/luci/admin/${STATUS}`);
	await card(page, 'home').getByText('What to do: Check the username and the password').waitFor();

	/* "Edit" leads to the dialog; the right password ends the halt by itself. */
	await card(page, 'home').getByRole('link', { name: 'Edit' }).click();
	await field(page, 'password').locator('input').first().fill('secret');
	await saveDialog(page);
	await saveAndApply(page);
	await inState(made, 'home', 'current');
	await page.goto(`/cgi-bin/luci/admin/${STATUS}`);
	await card(page, 'home').locator('.ddnsd-head').getByText('Up to date').waitFor();

	/* A few more are still sent; then the next one waits, and the page says why and until when. */
	const held = card(page, 'home').getByText('Not sent now: several updates were sent just now, and more would annoy the service. Next attempt: in');

	for (let tries = 0; tries < 6 && !await held.isVisible(); tries++) {
		const offline = card(page, 'home').getByRole('button', { name: 'Take offline' });

		if (await offline.isVisible()) {
			await offline.click();
			await dialog(page).getByRole('button', { name: 'Take offline' }).click();
		}
		else {
			await card(page, 'home').getByRole('button', { name: 'Bring online' }).click();
		}

		await card(page, 'home').locator('[role="status"] .ddnsd-note:not([data-tone="busy"])').waitFor();
	}

	await held.waitFor();
	await card(page, 'home').locator('.ddnsd-head').getByText('Held back').waitFor();
	await card(page, 'home').getByText('Held back: several updates were sent just now').waitFor();
	await card(page, 'home').locator('.ddnsd-note', { hasText: 'Held back:' }).locator('time').waitFor();
	await page.goto(`/cgi-bin/luci/admin/${ACCOUNTS}`);
	await row('home').locator('.ddnsd-badge', { hasText: 'Held back' }).waitFor();
	await row('home').locator('.ddnsd-note', { hasText: 'several updates were sent' }).locator('time').waitFor();
	await page.goto(`/cgi-bin/luci/admin/${OVERVIEW}`);
	await page.locator('[data-account="home"]').getByText('Held back: several updates were sent just now').waitFor();
});

test('with No-IP three things are enough: service, credentials, hosts', async () => {
	await open({});
	await page.getByRole('button', { name: 'Add an account' }).click();
	await field(page, 'username').locator('input').fill('user@example.com');
	await field(page, 'password').locator('input').first().fill('secret');
	await addItem(page, 'hostname', 'home.ddns.net');
	await saveDialog(page);
	await made.stop();
	await saveAndApply(page);

	const { enabled, ...options } = stored('home');

	assert.ok([ undefined, '1' ].includes(enabled));
	assert.deepEqual(options, { service: 'noip', username: 'user@example.com', password: 'secret', hostname: [ 'home.ddns.net' ] });
});

test('mistakes are shown in the browser, in the same words for everybody, and cannot be saved', async () => {
	await open({ home: { hostname: [ 'home.ddns.net' ] } });
	await edit('home');

	const invalid = async (name, value) => {
		const input = field(page, name).locator('input[type="text"]:visible').last();

		await input.fill(value);
		await input.press('End');
		await input.blur();
		await field(page, name).locator('.cbi-input-invalid').waitFor();
	};

	await invalid('_server', 'http://example.com');
	await refused(page);
	assert.equal(stored('home').server, '127.0.0.1');
	await field(page, '_server').locator('input').fill('127.0.0.1');
	await tab('Connection');
	await invalid('port', '65536');
	await invalid('timeout', '0');
	await invalid('proxy', 'proxy.lan');
	await tab('Addresses');
	await invalid('ipv6_suffix', '2001:db8::1');
	await invalid('web_interval', '5');
	await dialog(page).getByRole('button', { name: 'Dismiss' }).click();
	await page.locator('body:not(.modal-overlay-active)').waitFor();
});

test('what is missing is found when the dialog is saved', async () => {
	await open({});
	await page.getByRole('button', { name: 'Add an account' }).click();
	await field(page, 'service').waitFor();

	await refused(page);
	await field(page, 'username').locator('.cbi-input-invalid').waitFor();

	/* All three say why, in words that can be seen, the list of hosts too. */
	for (const [ name, text ] of [ [ 'username', 'A username' ], [ 'password', 'A password' ], [ 'hostname', 'One host at least' ] ])
		await field(page, name).locator('.ddnsd-refused [role="alert"]', { hasText: text }).waitFor();

	await shot(page, 'nothing-filled-in', { fullPage: false });
	await field(page, 'username').locator('input').fill('user@example.com');
	await refused(page);
	await field(page, 'password').locator('.cbi-input-invalid').waitFor();
	await field(page, 'password').locator('input').first().fill('secret');
	await refused(page);
	await field(page, 'hostname').locator('.cbi-input-invalid').first().waitFor();
	assert.equal(await dialog(page).locator('.ddnsd-refused').count(), 1);
	await addItem(page, 'hostname', 'home.ddns.net');
	await field(page, 'hostname').locator('.ddnsd-refused').waitFor({ state: 'detached' });
	await dialog(page).getByRole('button', { name: 'Dismiss' }).click();
	await page.locator('body:not(.modal-overlay-active)').waitFor();
	await eventually(async () => await row('home').count() == 0, 'the new account is gone');
});

test("the daemon's complaint is at the account and at the field it is about", async () => {
	await open({ home: { hostname: [ 'a,b' ] } });
	await row('home').locator('code', { hasText: 'hostname' }).waitFor();
	await edit('home');

	const note = field(page, 'hostname').locator('.ddnsd-note');

	await note.getByText('ddnsd says:').waitFor();
	await note.getByText('without spaces and commas').waitFor();
	await shot(page, 'complaint', { fullPage: false });
	assert.equal(await field(page, 'hostname').locator('[aria-describedby="ddnsd-complaint-hostname"]').count() > 0, true);
	assert.equal(await field(page, 'username').locator('.ddnsd-note').count(), 0);
});

test('the interfaces to choose from are those that exist', async () => {
	await open({ home: { hostname: [ 'home.ddns.net' ], interface: [ 'wwan' ] } });
	await edit('home');
	await tab('Addresses');

	const offered = await field(page, 'interface').evaluate((node) => Array.from(node.querySelectorAll('option, li[data-value]'), (item) => item.value || item.dataset.value));

	for (const name of [ 'auto', 'lan', 'wan', 'wan6', 'wwan' ])
		assert.ok(offered.includes(name), `${name} in ${offered}`);

	assert.ok(!offered.includes('loopback'));
	await field(page, 'interface').getByText('wwan').first().waitFor();
});

test('the password is masked, and nowhere else', async () => {
	const heard = [];

	await open({ home: { hostname: [ 'home.ddns.net' ], password: 'Sesame-42' } });
	page.on('console', (message) => heard.push(message.text()));
	await edit('home');
	assert.equal(await field(page, 'password').locator('input').first().getAttribute('type'), 'password');
	assert.equal(await field(page, 'password').locator('input').first().inputValue(), 'Sesame-42');
	assert.ok(!(await page.locator('body').innerText()).includes('Sesame'));
	assert.ok(!heard.join().includes('Sesame'));
	await page.goto(`/cgi-bin/luci/admin/${STATUS}`);
	await card(page, 'home').waitFor();
	assert.ok(!(await page.content()).includes('Sesame'));
});

test('another service has its hint, its website, its own fields', async () => {
	await open({ home: { hostname: [ 'home.ddns.net' ] } });

	/* What the table says is put in as text, whoever wrote the table. */
	made.answers.set('ddnsd.services', () => [ 0, { services: [
		{ name: 'noip', title: 'No-IP', server: 'dynupdate.no-ip.com', path: '/nic/update', ipv6: true, offline: true, groups: true, url: 'https://www.noip.com/', hint: 'Use a DDNS key.' },
		{ name: 'evil', title: '<b>Evil</b>', server: 'evil.example', path: '/', ipv6: false, offline: false, groups: false, url: 'javascript:window.attacked=1', hint: '<img src=x onerror="window.attacked=1">' }
	] } ]);
	await page.reload();
	await edit('home');
	await field(page, '_server').waitFor();
	await field(page, 'service').locator('select').selectOption('noip');
	await field(page, 'service').getByText('Use a DDNS key.').waitFor();
	await field(page, 'service').getByRole('link', { name: 'The website of No-IP' }).waitFor();
	await field(page, '_server').waitFor({ state: 'hidden' });
	await field(page, 'service').locator('select').selectOption('evil');
	await field(page, 'service').getByText('<img src=x').waitFor();
	assert.equal(await field(page, 'service').locator('a').count(), 0);
	assert.equal(await page.evaluate(() => window.attacked), undefined);
});

test('a service that sets records has its own fields, and none that it has no use for', async () => {
	await open({});
	await page.getByRole('button', { name: 'Add an account' }).click();
	await field(page, 'zone').waitFor({ state: 'hidden' });
	await field(page, 'service').locator('select').selectOption('rfc2136');

	for (const name of [ '_server', 'zone', 'create', 'ttl', 'algorithm' ])
		await field(page, name).waitFor();

	await field(page, 'username').getByText('key', { exact: false }).first().waitFor();
	await shot(page, 'dns-update', { fullPage: false });
	await field(page, '_server').locator('input').fill('127.0.0.1');
	await field(page, 'username').locator('input').fill('router');
	await field(page, 'password').locator('input').first().fill('c2VjcmV0c2VjcmV0c2VjcmV0');
	await field(page, 'zone').locator('input').fill('example.com');
	await field(page, 'create').locator('input[type="checkbox"]').check();
	await field(page, 'algorithm').locator('select').selectOption('hmac-sha512');
	await addItem(page, 'hostname', 'home.example.com');
	await saveDialog(page);
	await made.stop();
	await saveAndApply(page);

	const { enabled, ...options } = stored('home');

	assert.ok([ undefined, '1' ].includes(enabled));
	assert.deepEqual(options, {
		service: 'rfc2136', server: '127.0.0.1', username: 'router', password: 'c2VjcmV0c2VjcmV0c2VjcmV0', hostname: [ 'home.example.com' ],
		zone: 'example.com', create: '1', algorithm: 'hmac-sha512'
	});
});

test('a device is chosen where it is needed, always or never; what holds anyway is not written', async () => {
	await open({ home: { hostname: [ 'home.ddns.net' ] } });
	await edit('home');
	await tab('Connection');
	assert.equal(await field(page, 'bind').locator('select').inputValue(), 'auto');
	await field(page, 'bind').locator('select').selectOption('0');
	await saveDialog(page);
	await saveAndApply(page);
	assert.equal(stored('home').bind, '0');
	await edit('home');
	await tab('Connection');
	await field(page, 'bind').locator('select').selectOption('auto');
	await saveDialog(page);
	await saveAndApply(page);
	assert.equal(stored('home').bind, undefined);
});

test('"Test" is a real update, and says what came of it', async () => {
	await open({ home: { hostname: [ 'home.ddns.net' ] }, bad: { hostname: [ 'b.ddns.net' ], password: 'wrong' } });
	await inState(made, 'home', 'current');
	await row('home').getByText('Up to date').waitFor();
	await row('home').getByRole('button', { name: 'Test: home' }).click();
	await row('home').getByText('Nothing was sent: the service already has the current address.').waitFor();
	await inState(made, 'bad', 'halted');
	await row('bad').getByRole('button', { name: 'Test: bad' }).click();
	await row('bad').getByText('the service refused the username or the password').waitFor();
});

test('accounts can be switched off and deleted', async () => {
	await open({ home: { hostname: [ 'home.ddns.net' ] }, old: { hostname: [ 'old.ddns.net' ] } });
	await row('home').locator('input[type="checkbox"]').first().uncheck();
	await row('old').getByRole('button', { name: 'Delete' }).click();
	await eventually(async () => await row('old').count() == 0, 'the row is gone');
	await saveAndApply(page);
	await row('home').getByText('Disabled').waitFor();
	assert.equal(stored('home').enabled, '0');
	assert.equal(stored('old'), undefined);
});

test('a new account gets a name that is free', async () => {
	await open({ home: { hostname: [ 'home.ddns.net' ] }, home2: { hostname: [ 'b.ddns.net' ] } });
	assert.equal(await page.getByLabel('Name of the new account').inputValue(), 'home3');
});

test('a name that is taken, or that none may have, is said, and cannot be added', async () => {
	await open({ home: { hostname: [ 'home.ddns.net' ] } });

	const name = page.getByLabel('Name of the new account');
	const add = page.getByRole('button', { name: 'Add an account' });

	for (const [ text, why ] of [ [ 'home', 'There is a section of this name already.' ], [ 'my home', 'Letters, digits and _ only.' ] ]) {
		await name.fill(text);
		await name.press('End');
		await page.getByText(why).waitFor();
		assert.equal(await add.isDisabled(), true);
	}

	await name.fill('office');
	await name.press('End');
	await page.getByText('Letters, digits and _ only.').waitFor({ state: 'hidden' });
	assert.equal(await add.isEnabled(), true);
});

test('without the daemon the accounts can be written all the same', async () => {
	made = await running({ home: { hostname: [ 'home.ddns.net' ] } });
	await made.stop();
	page = await made.open(chrome, ACCOUNTS);
	await row('home').getByText('unknown: ddnsd does not answer').waitFor();
	await edit('home');
	assert.equal(await field(page, 'service').locator('select').inputValue(), 'custom');
	await field(page, 'username').locator('input').fill('other@example.com');
	await saveDialog(page);
	await saveAndApply(page);
	assert.equal(stored('home').username, 'other@example.com');
	assert.equal(stored('home').service, 'custom');
});
