/**
 * What the browser tests share: a router, a site, a browser, and what every page is held to
 * (no error in the console, no request to anywhere else).
 *
 * `DDNSD_BIN_DIR` has the binaries (ddnsd, and the tests' bus and simulated service), target/debug
 * where it is not given. `LUCI_DIR` has a checkout of LuCI, whose own scripts are then used.
 */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { print } from '../server/uci.mjs';
import { Router } from '../server/router.mjs';
import { Site } from '../server/site.mjs';
import { World } from '../server/world.mjs';

const HERE = path.dirname(fileURLToPath(import.meta.url));

export const REPO = path.join(HERE, '../../..');
export const LUCI = process.env.LUCI_DIR || null;
export const SHOTS = process.env.LUCI_SCREENSHOTS || null;
const ACL = path.join(REPO, 'luci-app/root/usr/share/rpcd/acl.d/luci-app-ddnsd.json');

/** A condition that a test waits for, with a deadline. */
export async function eventually(check, what, seconds = 20) {
	for (const deadline = Date.now() + seconds * 1000; ;) {
		const result = await check();

		if (result)
			return result;

		if (Date.now() > deadline)
			assert.fail(`did not happen within ${seconds} s: ${what}`);

		await new Promise((resolve) => setTimeout(resolve, 50));
	}
}

/** One browser for a file of tests. */
export async function browser() {
	return chromium.launch({
		executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
		args: [ '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync' ]
	});
}

/** A router with its world (bus, service) and its site; `close` ends all of it. */
export async function router({ world: withWorld = true } = {}) {
	const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'ddnsd-luci-'));
	const world = withWorld ? await World.start(directory) : null;
	const made = new Router({ directory, acls: [ ACL ], socket: world?.socket ?? null, binary: world?.binary ?? null, environment: world?.environment });
	const site = new Site(made, LUCI);

	await site.listen();

	return Object.assign(made, {
		site, world,

		/** A page, logged in. `options`: user, lang, theme, viewport. */
		async open(chrome, where, options = {}) {
			const { user = 'root', lang = 'en', theme = 'light', viewport = { width: 1200, height: 900 }, reducedMotion = 'reduce' } = options;
			const context = await chrome.newContext({ viewport, locale: options.locale ?? lang, reducedMotion, colorScheme: theme, timezoneId: 'UTC', baseURL: site.url });
			const url = new URL(site.url);

			await context.addCookies(Object.entries({ session: made.sessions.login(user), lang, theme })
				.map(([ name, value ]) => ({ name, value, domain: url.hostname, path: '/' })));

			const page = await context.newPage();

			page.setDefaultTimeout(20_000);
			page.errors = [];
			page.on('pageerror', (error) => page.errors.push(String(error)));
			page.on('console', (message) => {
				if (message.type() == 'error' && !/Failed to load resource/.test(message.text()))
					page.errors.push(message.text());
			});
			page.on('request', (request) => {
				if (!request.url().startsWith(site.url) && !request.url().startsWith('data:'))
					page.errors.push(`a request to ${request.url()}`);
			});
			await page.goto(`/cgi-bin/luci/admin/${where}`);

			return page;
		},

		async end() {
			await site.close();
			await made.close();
			await world?.stop();
			fs.rmSync(directory, { recursive: true, force: true });
		}
	});
}

/** Closes a page, and fails where it complained. */
export async function done(page) {
	const { errors } = page;

	await page.context().close();
	assert.deepEqual(errors, []);
}

/** Keeps a picture where pictures are wanted. */
export async function shot(page, name, options = {}) {
	if (SHOTS) {
		fs.mkdirSync(SHOTS, { recursive: true });
		await page.screenshot({ path: path.join(SHOTS, `${name}.png`), animations: 'disabled', fullPage: true, ...options });
	}
}

export const STATUS = 'services/ddnsd/status';
export const ACCOUNTS = 'services/ddnsd/accounts';
export const OVERVIEW = 'status/overview';

/** An account's card on the status page. */
export const card = (page, name) => page.locator(`.ddnsd-card[data-account="${name}"]`);

/** An account's configuration as text, with others beside it. */
export function configuration(accounts) {
	return print([
		{ type: 'global', name: 'global', options: {} },
		...Object.entries(accounts).map(([ name, options ]) => ({ type: 'account', name, options }))
	]);
}

/** A router with accounts at its service, running; the service knows their hosts, but for the unknown ones. */
export async function running(accounts, unknown = []) {
	const made = await router();

	for (const options of Object.values(accounts))
		options.hostname?.filter((name) => !unknown.includes(name)).forEach((name) => made.world.service.hosts.set(name, null));

	made.configure(configuration(Object.fromEntries(Object.entries(accounts).map(([ name, options ]) =>
		[ name, made.world.account(options.hostname, options) ]))));
	assert.ok(await made.start(), 'ddnsd runs');

	return made;
}

/** The account, once it is in this state. */
export function inState(made, name, state) {
	return eventually(async () => {
		const { data } = await made.invoke('ddnsd', 'status', {});
		const account = data?.accounts.find((item) => item.name == name);

		return account?.state == state ? account : null;
	}, `${name} is ${state}`);
}

/** Presses "Save & Apply" and waits for the page that follows. */
export async function saveAndApply(page) {
	const loaded = page.waitForEvent('load');

	await page.locator('.cbi-page-actions').getByText('Save & Apply').first().click();
	await loaded;
	await page.locator('.cbi-page-actions').waitFor();
}

/** The open dialog of an account. */
export const dialog = (page) => page.locator('#modal_overlay');

/** A field of the open dialog. */
export const field = (page, name) => dialog(page).locator(`.cbi-value[data-name="${name}"]`);

/** Adds a value to a list in the open dialog. */
export async function addItem(page, name, value) {
	const input = field(page, name).locator('input[type="text"]:visible').last();

	await input.fill(value);
	await input.press('Enter');
}

/** Saves the open dialog. */
export async function saveDialog(page) {
	await dialog(page).getByRole('button', { name: 'Save', exact: true }).click();
	await page.locator('body:not(.modal-overlay-active)').waitFor();
}
