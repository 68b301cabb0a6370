/** How it looks and reads: narrow screens, both themes, other languages, accessibility, many accounts. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { ACCOUNTS, LUCI, OVERVIEW, REPO, STATUS, browser, card, done, eventually, field, inState, running, shot } from './harness.mjs';
import { translations } from '../server/po.mjs';

const AXE = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

let chrome;
let made;

before(async () => {
	chrome = await browser();
	made = await running({
		home: { hostname: [ 'home.ddns.net', 'nas.ddns.net' ], ipv6: 'auto' },
		cabin: { hostname: [ 'cabin.ddns.net' ], password: 'wrong' },
		office: { hostname: Array.from({ length: 8 }, (_, index) => `desk-${index}.office.example.com`), port: '1' },
		van: { hostname: [ 'van.ddns.net' ], interface: [ 'wwan' ], ipv4: 'interface' },
		bad: { hostname: [ 'a,b' ] }
	});
	await inState(made, 'home', 'current');
	await inState(made, 'cabin', 'halted');
	await inState(made, 'office', 'backoff');
});

after(async () => {
	await made.end();
	await chrome.close();
});

const ready = {
	[STATUS]: async (page) => {
		await card(page, 'home').locator('.ddnsd-badge').first().waitFor();
		await page.locator('.ddnsd-history li').first().waitFor();
		await card(page, 'home').locator('.ddnsd-buttons button').first().waitFor();
	},
	[ACCOUNTS]: (page) => page.locator('.cbi-page-actions').waitFor(),
	[OVERVIEW]: (page) => page.locator('[data-account="home"]').waitFor()
};

async function open(where, options) {
	const page = await made.open(chrome, where, options);

	await ready[where](page);

	return page;
}

/** axe's verdict; of LuCI's own markup only what is ours is judged. */
async function violations(page, scope) {
	await page.evaluate(() => Promise.all(document.getAnimations().filter((animation) => animation.effect.getComputedTiming().iterations == 1).map((animation) => animation.finished)));
	await page.evaluate(AXE);

	const result = await page.evaluate((selector) => window.axe.run(selector ? { include: [ selector ] } : document, {
		runOnly: [ 'wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice' ]
	}), scope);

	return result.violations.map((violation) => `${violation.id}: ${violation.nodes.map((node) => `${node.html.slice(0, 160)} (${node.any[0]?.message ?? ''})`).join(' | ')}`);
}

for (const theme of [ 'light', 'dark' ])
	for (const lang of [ 'en', 'he' ])
		test(`accessible: the status page, ${theme}, ${lang}`, async () => {
			const page = await open(STATUS, { theme, lang });

			assert.deepEqual(await violations(page, LUCI ? '#view' : null), []);
			await shot(page, `status-${theme}${lang == 'en' ? '' : `-${lang}`}`);
			await done(page);
		});

for (const theme of [ 'light', 'dark' ]) {
	test(`accessible: the box of the overview, ${theme}`, async () => {
		const page = await open(OVERVIEW, { theme });

		assert.deepEqual(await violations(page, LUCI ? '#view' : null), []);
		await done(page);
	});

	test(`accessible: the question before something costly, ${theme}`, async () => {
		const page = await open(STATUS, { theme });

		await card(page, 'home').locator('.ddnsd-buttons').getByRole('button', { name: 'Take offline' }).click();
		await page.locator('body.modal-overlay-active').waitFor();
		assert.deepEqual(LUCI ? [] : await violations(page, '#modal_overlay'), []);
		await shot(page, `question-${theme}`, { fullPage: false });
		await done(page);
	});

	test(`accessible: the accounts and their dialog, ${theme}`, async () => {
		const page = await open(ACCOUNTS, { theme });

		assert.deepEqual(await violations(page, LUCI ? '.ddnsd' : null), []);
		await shot(page, `accounts-${theme}`);
		await page.locator('tr[data-section-id="bad"]').getByRole('button', { name: 'Edit' }).click();
		await field(page, 'hostname').locator('.ddnsd-note').waitFor();
		assert.deepEqual(await violations(page, LUCI ? '#modal_overlay .ddnsd' : '#modal_overlay'), []);
		await shot(page, `account-${theme}`, { fullPage: false });
		await done(page);
	});
}

for (const where of [ STATUS, ACCOUNTS, OVERVIEW ])
	test(`360 pixels are enough for ${where}`, async () => {
		const page = await open(where, { viewport: { width: 360, height: 740 } });

		const sticking = await page.evaluate(() => Array.from(document.querySelectorAll('.ddnsd *'))
			.filter((node) => node.getBoundingClientRect().right > window.innerWidth + 1)
			.map((node) => node.outerHTML.slice(0, 120)));

		assert.deepEqual(sticking, []);

		if (!LUCI)
			assert.ok(await page.evaluate(() => document.documentElement.scrollWidth) <= 360);

		await shot(page, `narrow-${where.split('/').pop()}`);
		await done(page);
	});

test('German: every sentence of the page that has one', async () => {
	const page = await open(STATUS, { lang: 'de', locale: 'de-AT' });
	const text = await page.locator('.ddnsd').innerText();

	await shot(page, 'status-de');

	for (const sentence of [ 'Aktuell', 'Angehalten, braucht Sie', 'Neuer Versuch später', 'Was zu tun ist:', 'Jetzt aktualisieren', 'von der Schnittstelle wan', 'Verlauf', 'falscher Benutzername oder falsches Passwort' ])
		assert.ok(text.includes(sentence), `${sentence} in ${text}`);

	assert.match(text, /vor \d+ Sekunden?|jetzt/);

	/* No English is left but the daemon's own words and names. */
	const known = translations(path.join(REPO, 'luci-app/po/de/ddnsd.po'));

	for (const [ english, german ] of Object.entries(known))
		if (english != german && english.length > 12 && !/%/.test(english))
			assert.ok(!text.includes(english), english);

	await done(page);
});

test('Hebrew: from right to left, with names and addresses from left to right', async () => {
	const page = await open(STATUS, { lang: 'he' });
	const root = page.locator('.ddnsd').first();

	assert.equal(await root.evaluate((node) => getComputedStyle(node).direction), 'rtl');
	assert.equal(await card(page, 'home').locator('code').first().evaluate((node) => getComputedStyle(node).direction), 'ltr');
	assert.ok((await root.innerText()).includes('מעודכן'));

	/* The thick edge of the card is where reading begins. */
	const edges = await card(page, 'home').evaluate((node) => [ getComputedStyle(node).borderRightWidth, getComputedStyle(node).borderLeftWidth ].map(parseFloat));

	assert.ok(edges[0] > edges[1], edges.join());
	await done(page);
});

test('numbers and dates are written as the browser writes them', async () => {
	const page = await open(STATUS, { lang: 'en', locale: 'en-GB' });
	const title = await card(page, 'home').locator('time').first().getAttribute('title');

	assert.match(title, /^\d{1,2} \w+ \d{4}/);
	await done(page);
});

test('50 accounts with 20 hosts each: quickly there, quickly refreshed, only what changed is drawn', async (t) => {
	const accounts = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [ `account${index}`, { hostname: Array.from({ length: 20 }, (__, host) => `h${host}.a${index}.example.com`) } ]));
	const many = await running(accounts);

	t.after(() => many.end());

	for (const name of [ 'account0', 'account49' ])
		await inState(many, name, 'current');

	const page = await many.open(chrome, STATUS, { viewport: { width: 1200, height: 900 } });

	await card(page, 'account49').waitFor();
	assert.equal(await page.locator('.ddnsd-card').count(), 50);
	assert.equal(await page.locator('[data-host]').count(), 1000);
	await eventually(async () => await page.locator('.ddnsd-summary').getByText('Up to date: 50').count() == 1, 'all are up to date');

	await card(page, 'account49').locator('.ddnsd-buttons button').first().waitFor();
	await page.locator('.ddnsd-history li').first().waitFor();
	await eventually(async () => await page.locator('.ddnsd-history li').count() == 15, 'the history is there');

	const first = await page.evaluate(() => performance.getEntriesByType('paint').find((entry) => entry.name == 'first-contentful-paint').startTime);

	/* A poll without news touches nothing. */
	await page.evaluate(() => {
		window.changes = 0;
		new MutationObserver((records) => { window.changes += records.filter((record) => record.type == 'childList' && !record.target.closest?.('time')).length; })
			.observe(document.querySelector('.ddnsd'), { childList: true, subtree: true });
	});

	/* The last news of the start may still arrive in one poll; then there is none. */
	await eventually(async () => {
		const calls = many.counts.calls.length;

		await page.evaluate(() => { window.changes = 0; });
		await eventually(() => many.counts.calls.slice(calls).includes('ddnsd.status'), 'a poll');
		await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 300)));

		return await page.evaluate(() => window.changes) == 0 &&
			many.counts.calls.slice(calls).filter((call) => call.startsWith('ddnsd.')).join() == 'ddnsd.status';
	}, 'a poll of one call that draws nothing', 25);
	process.stdout.write(`# first contentful paint with 50 x 20: ${first.toFixed(0)} ms\n`);
	await done(page);
});

test('placeholders while the router thinks', async () => {
	const page = await made.open(chrome, STATUS);

	await card(page, 'home').waitFor();
	const waiting = [];

	made.answers.set('ddnsd.status', () => new Promise((resolve) => waiting.push(resolve)));
	await page.reload();
	await page.getByText('Collecting data…').waitFor();
	made.answers.clear();
	waiting.forEach((resolve) => resolve([ 7 ]));
	await card(page, 'home').waitFor();
	await done(page);
});
