/**
 * The browser's rules and the daemon's are the same: every case goes through `ddnsd check`.
 * Left out where there is no binary (DDNSD_BIN_DIR, target/debug).
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'node:test';
import { print } from '../server/uci.mjs';
import { CASES } from './cases.mjs';
import { REPO } from './load.mjs';

const BINARY = path.join(process.env.DDNSD_BIN_DIR ?? path.join(REPO, 'target/debug'), 'ddnsd');
const skip = fs.existsSync(BINARY) ? false : 'there is no ddnsd binary';

const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'ddnsd-parity-'));
const file = path.join(directory, 'ddnsd');

test.after(() => fs.rmSync(directory, { recursive: true }));

/** Whether the daemon takes it, and what it says. */
function check(option, value, { list, global, more }) {
	const account = { username: 'user', password: 'secret', hostname: [ 'home.ddns.net' ], ipv6: 'auto', ...more };
	const globals = {};

	(global ? globals : account)[option] = list ? [ value ] : value;
	fs.writeFileSync(file, print([ { type: 'global', name: 'global', options: globals }, { type: 'account', name: 'home', options: account } ]));

	const { status, stdout, stderr } = spawnSync(BINARY, [ 'check', '-c', file ], { encoding: 'utf8' });

	return { status, said: stdout + stderr };
}

for (const { option, good, bad, ...shape } of CASES) {
	test(`${option}: the daemon allows what the browser allows`, { skip }, () => {
		for (const value of good) {
			const { status, said } = check(option, value, shape);

			assert.equal(status, 0, `${value}: ${said}`);
		}
	});

	test(`${option}: the daemon refuses what the browser refuses`, { skip }, () => {
		for (const value of bad) {
			const { status, said } = check(option, value, shape);

			assert.equal(status, 3, `${value}: ${said}`);
			assert.ok(said.includes(option), said);
		}
	});
}
