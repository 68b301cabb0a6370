/** The page's figures: what it weighs, minified and compressed, and what a poll costs. */
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { minify } from 'terser';
import { STATUS, browser, card, eventually, inState, running } from './browser/harness.mjs';

const APP = path.join(path.dirname(fileURLToPath(import.meta.url)), '../../luci-app');

/** Bytes of a folder's scripts and styles: as they are, minified (styles: without comments and blanks), and each gzipped. */
export async function weigh(folder) {
	const total = { files: 0, bytes: 0, minified: 0, gzipped: 0 };

	for (const name of fs.readdirSync(folder, { recursive: true }).filter((file) => /\.(js|css)$/.test(file))) {
		const text = fs.readFileSync(path.join(folder, name), 'utf8');
		/* LuCI's own minifier keeps names and directives, and so does this. */
		const small = name.endsWith('.js')
			? (await minify(text, { mangle: false, compress: false, parse: { bare_returns: true }, format: { comments: false } })).code
			: text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/\s+/g, ' ');

		total.files++;
		total.bytes += text.length;
		total.minified += small.length;
		total.gzipped += gzipSync(small, { level: 9 }).length;
	}

	return total;
}

const say = (line) => process.stdout.write(`${line}\n`);
const sum = (folder, { files, bytes, minified, gzipped }) => say(`${folder}: ${files} files, ${bytes} bytes, ${minified} minified, ${gzipped} minified and gzipped`);

sum('luci-app-ddnsd', await weigh(path.join(APP, 'htdocs')));

if (process.env.LUCI_DIR)
	sum('luci-app-ddns', await weigh(path.join(process.env.LUCI_DIR, 'applications/luci-app-ddns/htdocs')));

/* One account, then fifty with twenty hosts: a quarter of a minute of polls, nobody touching anything. */
const chrome = await browser();

for (const [ count, hosts ] of [ [ 1, 1 ], [ 50, 20 ] ]) {
	const made = await running(Object.fromEntries(Array.from({ length: count }, (_, index) =>
		[ `account${index}`, { hostname: Array.from({ length: hosts }, (__, host) => `h${host}.a${index}.example.com`) } ])));

	await inState(made, `account${count - 1}`, 'current');

	const page = await made.open(chrome, STATUS);

	await card(page, 'account0').waitFor();

	const useful = await page.evaluate(() => performance.now());

	await page.locator('.ddnsd-summary').getByText(`Up to date: ${count}`).waitFor();
	await page.locator('.ddnsd-history li').first().waitFor();
	await new Promise((resolve) => setTimeout(resolve, 6000));
	made.counts.requests = 0;
	made.counts.calls.length = 0;
	made.site.timings.length = 0;
	await eventually(() => made.counts.calls.filter((call) => call == 'ddnsd.status').length >= 3, 'three polls', 30);

	const ours = made.counts.calls.filter((call) => call.startsWith('ddnsd.')).length;

	say(`${count} x ${hosts}: useful content after ${useful.toFixed(0)} ms at most, ${made.counts.requests / 3} requests and ${ours / 3} calls of ddnsd a poll, ` +
		`${(made.site.timings.reduce((all, time) => all + time, 0) / made.site.timings.length).toFixed(1)} ms on the server a request`);
	await page.context().close();
	await made.end();
}

await chrome.close();
