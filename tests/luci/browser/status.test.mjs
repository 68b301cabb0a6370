/** The status page in front of the real daemon: what is shown, and what a person can do. */
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { STATUS, browser, card, dialog, done, eventually, inState, running, shot } from './harness.mjs';

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

/** A running router with these accounts, and its status page. */
async function open(accounts, options) {
	made = await running(accounts);
	page = await made.open(chrome, STATUS, options);
	await page.locator('.ddnsd-card').first().waitFor();

	return made.world.service;
}

const button = (name, text) => card(page, name).locator('.ddnsd-buttons').getByRole('button', { name: text, exact: true });

test('an account that is up to date: state, address and its source, host, answer, times, history', async () => {
	await open({ home: { hostname: [ 'home.ddns.net' ], ipv6: 'auto' } });

	const home = card(page, 'home');

	await home.locator('.ddnsd-head').getByText('Up to date').waitFor();
	await home.locator('dd', { hasText: '192.0.2.25 from the interface wan' }).waitFor();
	await home.locator('dd', { hasText: '2001:db8:77::1234 from the interface wan6' }).waitFor();
	await home.locator('li', { hasText: 'home.ddns.net' }).getByText('good').waitFor();
	await home.locator('dt:text("Last success") + dd time').waitFor();
	await page.locator('.ddnsd-history li', { hasText: 'home' }).locator('.ddnsd-badge', { hasText: 'Updated' }).waitFor();
	assert.equal(await home.getAttribute('data-tone'), 'ok');
});

test('relative times tick without any request', async () => {
	await open({ home: { hostname: [ 'home.ddns.net' ] } });
	await inState(made, 'home', 'current');

	const time = card(page, 'home').locator('dt:text("Last success") + dd time');
	const first = await time.textContent();

	made.faults.set('ddnsd.status', 7);
	await eventually(async () => await time.textContent() !== first, 'the time ticks');
	assert.match(await time.textContent(), /seconds? ago$/);
	assert.match(await time.getAttribute('title'), /\d{4}/);
});

test('a new address shows by itself, without a reload', async () => {
	const service = await open({ home: { hostname: [ 'home.ddns.net' ] } });

	await inState(made, 'home', 'current');
	await page.evaluate(() => { window.sameDocument = true; });
	await made.world.address('192.0.2.99');
	await eventually(() => service.hosts.get('home.ddns.net') == '192.0.2.99', 'the service knows');
	await card(page, 'home').locator('li', { hasText: '192.0.2.99' }).waitFor();
	assert.equal(await page.evaluate(() => window.sameDocument), true);
});

test('a state that changes is told to screen readers, a time that ticks is not', async () => {
	await open({ home: { hostname: [ 'home.ddns.net' ] } });
	await inState(made, 'home', 'current');
	await card(page, 'home').locator('.ddnsd-head').getByText('Up to date').waitFor();
	await made.world.address(null);
	await page.locator('[aria-live="polite"]', { hasText: 'home: Waiting for an address.' }).waitFor();
	assert.equal(await page.locator('[aria-live] time, [role="alert"] time').count(), 0);
});

test('"Update now" with nothing to send says so, and forcing it asks first', async () => {
	const service = await open({ home: { hostname: [ 'home.ddns.net' ] } });

	await inState(made, 'home', 'current');
	await button('home', 'Update now').click();
	await card(page, 'home').getByText('Nothing was sent: the service already has the current address.').waitFor();
	assert.equal(service.requests.length, 1);

	const force = card(page, 'home').getByRole('button', { name: 'Send anyway…' });

	await force.click();
	await dialog(page).getByText('block clients').waitFor();
	await dialog(page).getByRole('button', { name: 'Cancel' }).click();
	await page.locator('body:not(.modal-overlay-active)').waitFor();
	assert.equal(service.requests.length, 1);

	/* Last success and now lie in different seconds: what follows is told apart by them. */
	await force.click();
	await dialog(page).getByRole('button', { name: 'Send anyway' }).click();
	await card(page, 'home').getByText('The service answered that it already had 192.0.2.25.').waitFor();
	assert.equal(service.requests.length, 2);
});

test('while an update is under way every button of the card is disabled, and only then', async () => {
	const service = await open({ home: { hostname: [ 'home.ddns.net' ] } });

	await inState(made, 'home', 'current');
	service.hold();
	await made.world.address('192.0.2.30');
	await inState(made, 'home', 'updating');
	await card(page, 'home').locator('.ddnsd-head').getByText('Updating').waitFor();
	await eventually(async () => await card(page, 'home').locator('button:enabled').count() == 0, 'all are disabled');
	service.release();
	await card(page, 'home').locator('.ddnsd-head').getByText('Up to date').waitFor();
	await eventually(() => button('home', 'Update now').isEnabled(), 'they are enabled again');
});

test('a refused password: what happened, what to do, and no "Update now" that would do nothing', async () => {
	made = await running({ home: { hostname: [ 'home.ddns.net' ], password: 'wrong' } });
	await inState(made, 'home', 'halted');
	page = await made.open(chrome, STATUS);

	const home = card(page, 'home');

	await home.locator('.ddnsd-head').getByText('Stopped, needs you').waitFor();
	await home.getByText('the service refused the username or the password (badauth)').first().waitFor();
	await home.getByText('What to do: Check the username and the password').waitFor();
	assert.equal(await button('home', 'Update now').count(), 0);
	assert.equal(await home.getAttribute('data-tone'), 'error');
	assert.ok(!(await page.content()).includes('wrong'), 'the password is nowhere on the page');

	/* Resuming it without a change is an honest try: the same answer again. */
	await button('home', 'Resume').click();
	await eventually(() => made.world.service.requests.length == 2, 'it was tried again');
	await home.locator('[role="status"]').getByText('the service refused the username or the password').waitFor();

	made.world.service.password = 'wrong';
	await button('home', 'Resume').click();
	await home.locator('[role="status"]').getByText('The service confirmed 192.0.2.25.').waitFor();
	await home.locator('.ddnsd-head').getByText('Up to date').waitFor();
});

test('resuming after abuse asks first; Escape means no, and gives the focus back', async () => {
	made = await running({ home: { hostname: [ 'home.ddns.net' ] } });
	await inState(made, 'home', 'current');
	made.world.service.answer = 'abuse';
	await made.world.address('192.0.2.31');
	await inState(made, 'home', 'halted');
	page = await made.open(chrome, STATUS);

	const { service } = made.world;
	const sent = service.requests.length;

	await button('home', 'Resume').focus();
	await page.keyboard.press('Enter');
	await dialog(page).getByText('make the block longer or permanent').waitFor();
	assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Cancel', 'the harmless button has the focus');
	await page.keyboard.press('Escape');
	await page.locator('body:not(.modal-overlay-active)').waitFor();
	await eventually(() => page.evaluate(() => document.activeElement.textContent == 'Resume'), 'the focus is back');
	assert.equal(service.requests.length, sent);

	service.answer = null;
	await page.keyboard.press('Enter');
	await dialog(page).getByRole('button', { name: 'Resume' }).click();
	await card(page, 'home').getByText('The service confirmed 192.0.2.31.').waitFor();
});

test('offline asks, since it costs money; then offline, and online again', async () => {
	const service = await open({ home: { hostname: [ 'home.ddns.net' ] } });

	await inState(made, 'home', 'current');
	await button('home', 'Take offline').click();
	await dialog(page).getByText('This is a paid feature at most services.').waitFor();
	await dialog(page).getByRole('button', { name: 'Cancel' }).click();
	await page.locator('body:not(.modal-overlay-active)').waitFor();
	assert.equal(service.requests.filter((request) => request.offline).length, 0);

	await button('home', 'Take offline').click();
	await dialog(page).getByRole('button', { name: 'Take offline' }).click();
	await card(page, 'home').locator('li', { hasText: 'home.ddns.net' }).getByText('Offline').waitFor();
	assert.equal(service.requests.at(-1).offline, 'YES');

	await button('home', 'Bring online').click();
	await card(page, 'home').locator('li', { hasText: 'home.ddns.net' }).getByText('Up to date').waitFor();
	assert.notEqual(service.requests.at(-1).offline, 'YES');
});

test('offline without having paid: the refusal is shown as it is', async () => {
	const service = await open({ home: { hostname: [ 'home.ddns.net' ] } });

	await inState(made, 'home', 'current');
	service.paid = false;
	await button('home', 'Take offline').click();
	await dialog(page).getByRole('button', { name: 'Take offline' }).click();
	await card(page, 'home').locator('.ddnsd-head').getByText('Stopped, needs you').waitFor();
	await card(page, 'home').locator('[role="status"]').getByText('paying customers').waitFor();
	await card(page, 'home').getByText('What to do: Upgrade the account').waitFor();
});

test('one of several hosts: it alone is stopped, resumed, taken offline', async () => {
	made = await running({ home: { hostname: [ 'a.ddns.net', 'b.ddns.net' ] } }, [ 'b.ddns.net' ]);

	const { service } = made.world;

	await eventually(async () => (await made.invoke('ddnsd', 'status', {})).data.accounts[0].hosts[1].halt, 'b is halted');
	page = await made.open(chrome, STATUS);

	const row = (name) => card(page, 'home').locator(`li[data-host="${name}"]`);

	await row('b.ddns.net').getByText('the service knows no such host').waitFor();
	await row('a.ddns.net').getByText('Up to date').waitFor();
	await card(page, 'home').locator('.ddnsd-head').getByText('Hosts stopped: 1').waitFor();
	service.hosts.set('b.ddns.net', null);
	await row('b.ddns.net').getByRole('button', { name: 'b.ddns.net: Resume' }).click();
	await row('b.ddns.net').getByText('Up to date').waitFor();
	await row('a.ddns.net').getByRole('button', { name: 'a.ddns.net: Take offline' }).click();
	await dialog(page).getByRole('button', { name: 'Take offline' }).click();
	await row('a.ddns.net').locator('.ddnsd-badge', { hasText: 'Offline' }).waitFor();
	assert.equal(service.requests.at(-1).hostname, 'a.ddns.net');
	await row('b.ddns.net').getByText('Up to date').waitFor();
});

test('a service that cannot be reached: why, how often, when again', async () => {
	made = await running({ home: { hostname: [ 'home.ddns.net' ], port: '1' } });
	await inState(made, 'home', 'backoff');
	page = await made.open(chrome, STATUS);

	const home = card(page, 'home');

	await home.locator('.ddnsd-head').getByText('Trying again later').waitFor();
	await home.getByText('The last attempt failed.').waitFor();
	await home.locator('dt:text("Next attempt") + dd', { hasText: /in \d+ (seconds|minutes?)/ }).waitFor();
	await home.locator('dt:text("Failures in a row") + dd', { hasText: '1' }).waitFor();
	await page.locator('.ddnsd-history li').getByText('Failed').first().waitFor();
});

test('no address: the card says that it waits for one, an update says so too', async () => {
	made = await running({ home: { hostname: [ 'home.ddns.net' ], interface: [ 'nowhere' ], ipv4: 'interface' } });
	page = await made.open(chrome, STATUS);
	await card(page, 'home').locator('.ddnsd-head').getByText('Waiting for an address').waitFor();
	await card(page, 'home').getByText('No IPv4 address:').waitFor();
	await button('home', 'Update now').click();
	await card(page, 'home').getByText('there is no usable address yet').waitFor();
});

test('no account yet: an invitation', async () => {
	made = await running({});
	page = await made.open(chrome, STATUS);
	await page.getByText('There is no account yet.').waitFor();
	await page.getByText('Nothing has happened since ddnsd was started.').waitFor();
	await shot(page, 'first-step');
	await page.getByRole('link', { name: 'Add the first account' }).click();

	/* One click leads to the three fields. */
	await dialog(page).locator('.cbi-value[data-name="username"] input').waitFor();
});

test("the configuration's mistakes are on the page, with the way to correct them", async () => {
	made = await running({ home: { hostname: [ 'home.ddns.net' ] }, bad: { hostname: [ 'x,y' ] } });
	page = await made.open(chrome, STATUS);
	await page.getByText('The configuration has mistakes:').waitFor();
	await page.locator('li', { hasText: 'bad.hostname' }).waitFor();
	await page.getByRole('link', { name: 'Correct the accounts' }).waitFor();
	await card(page, 'home').waitFor();
	assert.equal(await card(page, 'bad').count(), 0);
});

test('a host that is called like a piece of HTML is shown as such', async () => {
	const name = '<img/src=x_onerror=window.attacked=1>'.replaceAll('/', ' ').replaceAll(' ', '_');

	await open({ home: { hostname: [ name, 'b.ddns.net' ] } });
	await card(page, 'home').locator('strong', { hasText: name }).waitFor();
	await page.locator('.ddnsd-history', { hasText: name }).waitFor({ timeout: 10_000 }).catch(() => null);
	assert.equal(await page.locator('#view img').count(), 0);
});

test('whatever the daemon might say, nothing of it is read as HTML', async () => {
	await open({ home: { hostname: [ 'home.ddns.net' ] } });

	const evil = '<img src=x onerror="window.attacked=1"><script>window.attacked=1</script>&lt;b&gt;';
	const halt = { reason: evil, message: evil, advice: evil, since: 1 };

	made.answers.set('ddnsd.status', () => [ 0, { version: evil, now: 1e9, started: 1e9, errors: [ { section: evil, option: evil, line: 1, message: evil } ], accounts: [ {
		name: 'home', service: evil, enabled: true, state: evil, ipv4: { address: evil, source: evil, interface: evil }, ipv6: { address: evil, source: 'interface', interface: evil },
		last_attempt: 1e9, last_success: 1e9, next_attempt: 1e9, failures: 3, halt, error: { kind: evil, message: evil, at: 1e9 },
		hosts: [ { hostname: evil, state: evil, ipv4: evil, ipv6: evil, code: evil, updated: 1e9, halt }, { hostname: 'b', state: 'current', ipv4: null, ipv6: null, code: null, updated: null, halt: null } ]
	} ] } ]);
	made.answers.set('ddnsd.history', () => [ 0, { events: [ { at: 1e9, account: evil, kind: evil, message: evil } ] } ]);
	await card(page, 'home').getByText(evil).first().waitFor();
	await page.locator('.ddnsd-history').getByText(evil).first().waitFor();

	/* Also in what is asked and said about it. */
	await card(page, 'home').getByRole('button', { name: 'Resume' }).first().click();
	await eventually(() => card(page, 'home').locator('[role="status"]').first().textContent(), 'the outcome');
	assert.equal(await page.locator('img[src="x"]').count(), 0);
	assert.equal(await page.evaluate(() => window.attacked), undefined);
	made.answers.clear();
});

test('the focus and an opened list of hosts survive the poll', async () => {
	await open({ home: { hostname: Array.from({ length: 8 }, (_, index) => `h${index}.ddns.net`) } });
	await inState(made, 'home', 'current');
	await card(page, 'home').locator('summary', { hasText: 'Up to date: 8' }).click();
	await card(page, 'home').getByRole('button', { name: 'h3.ddns.net: Take offline' }).focus();

	/* Another address: the card is drawn anew. */
	await made.world.address('192.0.2.77');
	await card(page, 'home').locator('li', { hasText: 'h7.ddns.net' }).getByText('192.0.2.77').waitFor();
	assert.equal(await page.evaluate(() => document.activeElement.getAttribute('aria-label')), 'h3.ddns.net: Take offline');
	assert.equal(await card(page, 'home').locator('details').getAttribute('open'), '');
});

test('everything can be reached with the keyboard, in the order of the page', async () => {
	await open({ home: { hostname: [ 'home.ddns.net' ] } });
	await inState(made, 'home', 'current');
	await card(page, 'home').locator('.ddnsd-head').getByText('Up to date').waitFor();
	await button('home', 'Update now').focus();

	const order = [];

	for (let step = 0; step < 3; step++) {
		order.push(await page.evaluate(() => document.activeElement.textContent));
		await page.keyboard.press('Tab');
	}

	assert.deepEqual(order, [ 'Update now', 'Take offline', 'Edit' ]);
});

test('the history unfolds', async () => {
	await open({ home: { hostname: [ 'home.ddns.net' ] } });
	made.answers.set('ddnsd.history', () => [ 0, { events: Array.from({ length: 40 }, (_, index) => ({ at: 1e9 - index, account: 'home', kind: 'updated', message: `event ${index}` })) } ]);
	await made.world.address('192.0.2.50');
	await page.locator('.ddnsd-history li', { hasText: /event 14$/ }).waitFor();
	assert.equal(await page.locator('.ddnsd-history li').count(), 15);
	await page.getByRole('button', { name: 'Show all' }).click();
	assert.equal(await page.locator('.ddnsd-history li').count(), 40);
	await shot(page, 'history');
});

test('stop, start, restart, start with the router: as the old page had it', async () => {
	await open({ home: { hostname: [ 'home.ddns.net' ] } });
	await inState(made, 'home', 'current');

	const service = page.locator('section[aria-labelledby="ddnsd-service"]');
	const { data: before } = await made.invoke('ddnsd', 'status', {});

	await service.getByText('ddnsd starts with the router.').waitFor();
	await service.getByRole('button', { name: 'Do not start with the router' }).click();
	await service.getByText('ddnsd does not start with the router.').waitFor();
	assert.equal(made.service.enabled, false);
	await service.getByRole('button', { name: 'Start with the router', exact: true }).click();
	await service.getByText('ddnsd starts with the router.').waitFor();
	assert.equal(made.service.enabled, true);

	await eventually(() => Date.now() / 1000 > before.started + 1.5, 'another second has come');
	await service.getByRole('button', { name: 'Restart' }).click();
	await eventually(async () => (await made.invoke('ddnsd', 'status', {})).data?.started > before.started, 'another daemon runs');
	await service.getByRole('button', { name: 'Stop' }).click();
	await page.getByText('ddnsd is not running.').waitFor();
	assert.equal(await service.isVisible(), false);
	assert.equal(made.running, false);
	await page.getByRole('button', { name: 'Start ddnsd' }).click();
	await page.getByText('ddnsd is not running.').waitFor({ state: 'detached' });
	await service.getByRole('button', { name: 'Stop' }).waitFor();
});

test('a router that refuses to stop the service says so', async () => {
	await open({ home: { hostname: [ 'home.ddns.net' ] } });

	const service = page.locator('section[aria-labelledby="ddnsd-service"]');

	made.answers.set('luci.setInitAction', () => [ 0, { result: false } ]);
	await service.getByRole('button', { name: 'Stop' }).click();
	await service.getByText('The router did not do it.').waitFor();
	made.faults.set('luci.setInitAction', 6);
	await service.getByRole('button', { name: 'Stop' }).click();
	await service.getByText('This user may not do that.').waitFor();
	assert.ok(made.running);
});
