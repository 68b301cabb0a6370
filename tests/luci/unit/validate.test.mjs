/**
 * The browser's rules. `CASES` is also held against the daemon itself, by parity.test.mjs: whatever
 * is allowed or refused here is allowed or refused there.
 */
import assert from 'node:assert/strict';
import path from 'node:path';
import test from 'node:test';
import { CASES } from './cases.mjs';
import { translations } from '../server/po.mjs';
import { APP, load } from './load.mjs';

const validate = load('ddnsd/validate');

/* Sentences as they are translated: nothing was put into them. */
const SENTENCES = new Set(Object.keys(translations(path.join(APP, 'po/de/ddnsd.po'))));

for (const { option, rule, good, bad } of CASES) {
	test(`${option}: what may be written`, () => {
		for (const value of good)
			assert.equal(validate[rule](value, option == 'username' ? 'noip' : ''), true, value);
	});

	test(`${option}: what may not, with a sentence that repeats none of it`, () => {
		for (const value of bad) {
			const sentence = validate[rule](value, option == 'username' ? 'noip' : '');

			assert.equal(typeof sentence, 'string', value);
			assert.match(sentence, /^\p{Lu}/u);
			assert.ok(SENTENCES.has(sentence), sentence);
			assert.ok(!/[<>]/.test(sentence), sentence);
		}
	});

	test(`${option}: every prefix of every value is judged without a fault`, () => {
		for (const value of [ ...good, ...bad ].filter((text) => text.length < 300))
			for (let end = 0; end <= value.length; end++)
				assert.ok([ 'boolean', 'string' ].includes(typeof validate[rule](value.slice(0, end), '')));
	});

	test(`${option}: an empty field is nobody's mistake by itself`, () => {
		assert.equal(validate[rule]('', 'a file'), true);
	});
}

test('a password is needed, unless a file has it, and never both', () => {
	assert.equal(validate.password('', ''), 'A password');
	assert.equal(validate.password('', '/etc/ddnsd/home.secret'), true);
	assert.equal(validate.password('secret', '/etc/ddnsd/home.secret'), 'Either a password or a file with it, not both');
});

test('a colon in the username is for No-IP alone', () => {
	assert.equal(validate.username('group:user', 'noip'), true);
	assert.equal(validate.username('group:user', 'dynv6'), 'A username without a colon: it cannot be sent to this service');
	assert.equal(validate.username(`${'x'.repeat(50)}@example.com`, 'dynv6'), true);
});

test('a password file is one that the service hands over', () => {
	assert.equal(validate.passwordFile('/etc/ddnsd/home.secret'), true);

	for (const file of [ '/etc/shadow', '/etc/ddnsd/../shadow', '/etc/ddnsd/a/b', '/etc/ddnsd/.hidden', '/etc/ddnsd/state.json', '/etc/ddnsd/', 'home.secret' ])
		assert.equal(typeof validate.passwordFile(file), 'string', file);
});

test('the two families together', () => {
	const plain = { ipv6: true };

	assert.equal(validate.families('auto', 'off', plain), true);
	assert.equal(validate.families('off', 'auto', plain), true);
	assert.equal(validate.families('off', 'off', plain), 'IPv4 or IPv6, or both');
	assert.equal(validate.families('auto', 'auto', { ipv6: false }), 'Off: this service takes no IPv6 address');
	assert.equal(validate.families('auto', 'web', plain), true, 'the default page is asked');
	assert.equal(validate.families('auto', 'auto', undefined), true);
});

test('offline only where the service can', () => {
	assert.equal(validate.offline('1', { offline: false }), 'This service cannot take hosts offline');
	assert.equal(validate.offline('1', { offline: true }), true);
	assert.equal(validate.offline('0', { offline: false }), true);
	assert.equal(validate.offline('1', undefined), true);
});

test('"auto" stands alone', () => {
	assert.equal(validate.interfaces([ 'auto' ]), true);
	assert.equal(validate.interfaces([ 'wan', 'wwan' ]), true);
	assert.equal(validate.interfaces([ 'auto', 'wan' ]), 'Either automatic, or the other interfaces');
});
