/** When things are not as they should be: no daemon, no rights, errors of the bus, a router that is gone. */
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { ACCOUNTS, OVERVIEW, STATUS, browser, card, done, eventually, inState, running, shot } from './harness.mjs';

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

const one = () => running({ home: { hostname: [ 'home.ddns.net' ] } });

/** What the page's own session may do, asked as the page asks. */
const ask = (object, method, args) => page.evaluate(async ([ target, name, params ]) => {
	const session = document.cookie.match(/session=(\w+)/)[1];
	const answer = await fetch('/ubus/', { method: 'POST', body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'call', params: [ session, target, name, params ] }) });

	return answer.json();
}, [ object, method, args ]);

test('the daemon does not run: a clear message, a button that starts it, and the page follows', async () => {
	made = await one();
	await made.stop();
	page = await made.open(chrome, STATUS);
	await page.getByText('ddnsd is not running.').waitFor();
	await page.getByText('No address is updated until it runs.').waitFor();
	await shot(page, 'not-running');
	await page.getByRole('button', { name: 'Start ddnsd' }).click();
	await card(page, 'home').waitFor();
	await page.getByText('ddnsd is not running.').waitFor({ state: 'detached' });
	assert.ok(made.running);
});

test('the daemon stops while the page is open: said at once, the last state stays, it comes back by itself', async () => {
	made = await one();
	await inState(made, 'home', 'current');
	page = await made.open(chrome, STATUS);
	await card(page, 'home').locator('.ddnsd-head').getByText('Up to date').waitFor();
	await made.stop();
	await page.getByText('ddnsd is not running.').waitFor();
	await card(page, 'home').waitFor();
	await page.getByText('What you see below was true:').waitFor();

	/* A daemon that has stopped can be asked nothing. */
	await eventually(async () => await card(page, 'home').locator('button').count() == 0, 'no button is left');
	await made.start();
	await page.getByText('ddnsd is not running.').waitFor({ state: 'detached' });
	await card(page, 'home').getByRole('button', { name: 'Update now' }).waitFor();
});

test('a service that is not enabled is enabled too', async () => {
	made = await one();
	await made.stop();
	made.service.enabled = false;
	page = await made.open(chrome, STATUS);
	await page.getByText('It is not enabled to start with the router.').waitFor();
	await page.getByRole('button', { name: 'Enable and start ddnsd' }).click();
	await card(page, 'home').waitFor();
	assert.equal(made.service.enabled, true);
});

test('a start that fails is not called a success', async () => {
	made = await one();
	await made.stop();
	made.answers.set('luci.setInitAction', () => [ 0, { result: false } ]);
	page = await made.open(chrome, STATUS);
	await page.getByRole('button', { name: 'Start ddnsd' }).click();
	await page.getByText('It could not be started.').waitFor();
	await page.getByRole('link', { name: 'See the system log' }).waitFor();
});

test('a user who may only read sees the status, and can do nothing', async () => {
	made = await one();
	await inState(made, 'home', 'current');
	page = await made.open(chrome, STATUS, { user: 'guest' });
	await card(page, 'home').locator('.ddnsd-head').getByText('Up to date').waitFor();
	await page.locator('.ddnsd-history li').first().waitFor();
	assert.equal(await page.locator('.ddnsd button').count(), 0);
	assert.equal(await page.locator('.ddnsd a').count(), 0);

	/* Not for want of trying: the router refuses each of them. */
	for (const [ object, method, args ] of [
		[ 'ddnsd', 'update', { account: 'home', force: true } ], [ 'ddnsd', 'resume', { account: 'home' } ],
		[ 'ddnsd', 'offline', { account: 'home', offline: true } ], [ 'ddnsd', 'reload', {} ], [ 'ddnsd', 'trigger', { action: 'clock' } ],
		[ 'luci', 'setInitAction', { name: 'ddnsd', action: 'start' } ], [ 'uci', 'set', { config: 'ddnsd', section: 'home', values: { enabled: '0' } } ]
	])
		assert.deepEqual(await ask(object, method, args), { jsonrpc: '2.0', id: 1, error: { code: -32002, message: 'Access denied' } }, `${object}.${method}`);

	assert.deepEqual((await ask('uci', 'get', { config: 'ddnsd' })).result, [ 6 ], 'the configuration holds passwords');
	assert.equal(made.world.service.requests.length, 1);
});

test('a user who may only read is not shown the accounts, and cannot start the daemon', async () => {
	made = await one();
	await made.stop();
	page = await made.open(chrome, ACCOUNTS, { user: 'guest' });
	await page.getByRole('heading', { name: 'Forbidden' }).waitFor();
	await page.goto(`/cgi-bin/luci/admin/${STATUS}`);
	await page.getByText('A user with write access can start it.').waitFor();
	assert.equal(await page.locator('.ddnsd button').count(), 0);
});

for (const [ what, fault, text ] of [
	[ 'a time-out', 7, 'ddnsd did not answer in time.' ],
	[ 'a refusal', 6, 'This user may not do that.' ],
	[ 'another error', 9, 'The router answered with an error:' ],
	[ 'a bus that is gone', 10, 'ddnsd is not running.' ]
])
	test(`${what} of the bus: in words, with the last state, and over by itself`, async () => {
		made = await one();
		await inState(made, 'home', 'current');
		page = await made.open(chrome, STATUS);
		await card(page, 'home').locator('.ddnsd-head').getByText('Up to date').waitFor();
		made.faults.set('ddnsd.status', fault);
		await page.locator('[role="alert"]', { hasText: text }).waitFor();
		await card(page, 'home').waitFor();
		made.faults.clear();
		await page.locator('[role="alert"]', { hasText: text }).waitFor({ state: 'detached' });
	});

test('a date that no calendar has does not stop the page', async () => {
	made = await one();
	await inState(made, 'home', 'current');

	const { data } = await made.invoke('ddnsd', 'status', {});

	for (const name of [ 'last_success', 'next_attempt', 'last_attempt' ])
		data.accounts[0][name] = 2 ** 64;

	Object.assign(data, { started: 1e300 });
	data.accounts[0].waiting = { reason: 'service', until: 1e17, message: 'the service has asked to be left alone' };
	data.accounts[0].hosts[0].updated = -1e30;
	made.answers.set('ddnsd.status', () => [ 0, data ]).set('ddnsd.history', () => [ 0, { events: [ { at: 1e30, account: 'home', kind: 'updated', message: 'now' } ] } ]);

	for (const [ where, place ] of [ [ STATUS, '.ddnsd-card' ], [ ACCOUNTS, '[data-ddnsd-state="home"]' ], [ OVERVIEW, '[data-account="home"]' ] ]) {
		page = await made.open(chrome, where);
		await page.locator(place).getByText('the service asked to be left alone').waitFor();
		await done(page);
		page = null;
	}
});

test('a family that is wanted and missing says why, on the card and in the box; the host says so too', async () => {
	made = await running({ home: { hostname: [ 'home.ddns.net' ], ipv6: 'auto' } });
	await inState(made, 'home', 'current');

	const { data } = await made.invoke('ddnsd', 'status', {});

	Object.assign(data.accounts[0], { state: 'waiting_address', ipv6: null, ipv6_missing: 'no interface carries an IPv6 default route' });
	data.accounts[0].hosts[0].state = 'stale';
	made.answers.set('ddnsd.status', () => [ 0, data ]);
	page = await made.open(chrome, STATUS);
	await card(page, 'home').getByText('No IPv6 address: no interface carries an IPv6 default route').waitFor();
	await card(page, 'home').locator('li').getByText('nobody can tell whether this address is still right').waitFor();
	await page.goto(`/cgi-bin/luci/admin/${OVERVIEW}`);
	await page.locator('[data-account="home"]').getByText('No IPv6 address:').waitFor();
});

test('a router that does not answer', async () => {
	made = await one();
	await inState(made, 'home', 'current');
	page = await made.open(chrome, STATUS);
	await card(page, 'home').locator('.ddnsd-head').getByText('Up to date').waitFor();
	made.down = true;
	await page.getByText('The router does not answer.').waitFor();
	await page.getByText('What you see below was true:').waitFor();
	made.down = false;
	await page.getByText('The router does not answer.').waitFor({ state: 'detached' });
});

test('an action that the router refuses says so, and the buttons come back', async () => {
	made = await one();
	await inState(made, 'home', 'current');
	page = await made.open(chrome, STATUS);

	for (const [ fault, text ] of [ [ 4, 'ddnsd does not know this account or host.' ], [ 2, 'ddnsd did not understand the request.' ], [ 6, 'This user may not do that.' ] ]) {
		made.faults.set('ddnsd.update', fault);
		await card(page, 'home').getByRole('button', { name: 'Update now' }).click();
		await card(page, 'home').getByText(text).waitFor();
		await eventually(() => card(page, 'home').getByRole('button', { name: 'Update now' }).isEnabled(), 'the button comes back');
	}
});

test('a table of services that does not come does no harm', async () => {
	made = await one();
	await inState(made, 'home', 'current');
	made.faults.set('ddnsd.services', 7).set('ddnsd.history', 7);
	page = await made.open(chrome, STATUS);
	await card(page, 'home').locator('.ddnsd-head').getByText('Up to date').waitFor();
	made.faults.clear();
	await page.locator('.ddnsd-history li').first().waitFor();
});

test('the box on the overview page: one line for each account, one call a poll', async () => {
	made = await running({ home: { hostname: [ 'home.ddns.net' ] }, bad: { hostname: [ 'x.ddns.net' ], password: 'wrong' } });
	await inState(made, 'home', 'current');
	await inState(made, 'bad', 'halted');
	page = await made.open(chrome, OVERVIEW);

	const line = (name) => page.locator(`[data-account="${name}"]`);

	await line('home').getByText('Up to date').waitFor();
	await line('home').getByText('192.0.2.25').waitFor();
	await line('bad').getByText('the service refused the username or the password').waitFor();
	await page.getByRole('link', { name: 'Details' }).waitFor();
	await shot(page, 'overview');

	made.counts.calls.length = 0;
	await eventually(() => made.counts.calls.length > 0, 'the next poll');
	assert.deepEqual(made.counts.calls.filter((call) => call.startsWith('ddnsd.')), [ 'ddnsd.status' ]);
	await made.stop();
	await page.getByText('ddnsd is not running.').waitFor();
});
