import assert from 'node:assert/strict';
import test from 'node:test';
import { load } from './load.mjs';

const words = load('ddnsd/words');

const account = (changes) => ({
	name: 'home', state: 'current', ipv4: { address: '192.0.2.25', source: 'interface', interface: 'wan' }, ipv6: null,
	last_attempt: 100, last_success: 100, next_attempt: null, failures: 0, halt: null, error: null,
	hosts: [ { hostname: 'home.ddns.net', state: 'current', code: 'good', halt: null } ], ...changes
});
const halt = (reason) => ({ reason, message: `because of ${reason}`, advice: 'ddnsd resume home', since: 1 });

test('every state of an account has words, a shape and a colour of its own kind', () => {
	const states = [ 'current', 'pending', 'updating', 'waiting_address', 'waiting_clock', 'backoff', 'halted', 'disabled' ].map(words.accountState);

	assert.equal(new Set(states.map((state) => state.text)).size, 8);
	assert.deepEqual(words.accountState('halted'), { tone: 'error', shape: '✕', text: 'Stopped, needs you' });

	/* Whoever sees no colour still tells good from bad by the shape. */
	for (const a of states)
		for (const b of states)
			assert.ok(a.tone == b.tone || a.shape != b.shape, `${a.text} and ${b.text}`);
});

test('a state, a code, a source that a later daemon may have is shown as it is', () => {
	assert.deepEqual(words.accountState('resting'), { tone: 'off', shape: '?', text: 'resting' });
	assert.deepEqual(words.hostState(undefined), { tone: 'off', shape: '?', text: '?' });
	assert.deepEqual(words.eventKind('constructor'), { tone: 'off', shape: '?', text: 'constructor' });
	assert.equal(words.code('__proto__'), '__proto__');
	assert.equal(words.source({ source: 'dice' }), 'dice');
	assert.equal(words.advice({ reason: 'toString', advice: 'look' }), 'look');
});

test('an address says where it comes from', () => {
	assert.equal(words.source({ source: 'interface', interface: 'wan' }), 'from the interface wan');
	assert.equal(words.source({ source: 'interface', interface: null }), 'from the interface');
	assert.equal(words.source({ source: 'web' }), 'seen from the web');
	assert.equal(words.source(null), '');
});

test('advice is for the page, never a command', () => {
	for (const reason of [ 'ambiguous', 'rejected', 'nohost', 'notfqdn', 'numhost', '!yours', 'badauth', 'badsys', 'badagent', '!donator', 'abuse', 'nochg-loop', 'address-mismatch' ]) {
		const advice = words.advice(halt(reason));

		assert.ok(advice.length > 20, reason);
		assert.ok(!advice.includes('ddnsd resume'), reason);
		assert.notEqual(words.code(reason), reason, `${reason} has words`);
	}
});

test('a user of No-IP is told of DDNS keys, others are not', () => {
	assert.match(words.advice(halt('badauth'), 'noip'), /DDNS key/);
	assert.match(words.advice(halt('nohost'), 'noip'), /all\.ddnskey\.com/);
	assert.doesNotMatch(words.advice(halt('badauth'), 'dynv6.com'), /DDNS key/);
});

for (const [ said, shown ] of [
	[ 'Correct option hostname, or say: ddnsd resume home2', 'Correct option hostname, or press “Resume”' ],
	[ 'unblock it. Then say: ddnsd resume home home.ddns.net', 'unblock it. Then press “Resume”' ],
	[ 'now at 192.0.2.25', 'now at 192.0.2.25' ]
])
	test(`no command line on the page: ${said}`, () => assert.equal(words.uncommanded(said), shown));

test('every reason to wait has words, and an unknown one is said as the daemon says it', () => {
	const reasons = [ 'settling', 'boot', 'interval', 'budget', 'service', 'clock', 'workers' ];

	assert.equal(new Set(reasons.map((reason) => words.waiting({ reason, message: 'x' }))).size, 7);
	assert.equal(words.waiting({ reason: 'moon', message: 'the moon is full.' }), 'the moon is full');
	assert.equal(words.waiting(null), '');
});

test('the badge says that an update is held back, but not for seconds', () => {
	const badge = (reason) => words.accountBadge(account({ state: 'pending', waiting: reason && { reason } })).text;

	assert.equal(badge('budget'), 'Held back');
	assert.equal(badge('settling'), 'Update due');
	assert.equal(badge(null), 'Update due');
});

for (const [ what, changes, host, text ] of [
	[ 'held back', { state: 'pending', waiting: { reason: 'clock' } }, {}, "the router's clock is not set yet" ],
	[ 'failed', { state: 'backoff', error: { message: 'x' } }, {}, 'the last attempt failed' ],
	[ 'stopped', { state: 'halted' }, {}, 'the account is stopped' ],
	[ 'without the family that it has', { state: 'waiting_address', ipv6_missing: 'no route' }, { ipv6: '2001:db8::1' }, 'nobody can tell whether this address is still right' ],
	[ 'without any address', { state: 'waiting_address' }, {}, 'there is no usable address yet' ],
	[ 'disabled', { state: 'disabled' }, {}, '' ],
	[ 'current', {}, { state: 'current' }, '' ]
])
	test(`a host says why it is not up to date: ${what}`, () => {
		assert.equal(words.stale(account(changes), { state: 'stale', ...host }), text);
	});

test('a host of a disabled account is grey, whatever its state', () => {
	assert.equal(words.hostBadge({ state: 'disabled' }, { state: 'stale' }).tone, 'off');
	assert.equal(words.hostBadge({ state: 'pending' }, { state: 'stale' }).tone, 'warn');
});

for (const at of [ 1e300, 2 ** 64, -1e20, NaN, Infinity, '1764000000', null, undefined ])
	test(`no moment, and no error: ${at}`, () => {
		assert.equal(words.moment(at), null);
		assert.equal(words.absolute(at), '');
	});

test('the last moment that a date can say', () => {
	assert.equal(words.moment(8640000000000).toISOString(), '+275760-09-13T00:00:00.000Z');
	assert.equal(words.relative(1e300, 'en'), 'unknown');
});

test('halts: the account first, then its hosts; only the ones that cost reputation ask', () => {
	const halted = account({ halt: halt('badauth'), hosts: [ { hostname: 'a', halt: null }, { hostname: 'b', halt: halt('abuse') } ] });
	const halts = words.halts(halted);

	assert.deepEqual(halts.map((entry) => [ entry.hostname, entry.halt.reason ]), [ [ null, 'badauth' ], [ 'b', 'abuse' ] ]);
	assert.equal(words.riskyResume(halts), true);
	assert.equal(words.riskyResume(halts.slice(0, 1)), false);
	assert.deepEqual(words.halts({}), []);
});

test('a tally begins with the worst', () => {
	const tally = words.tally([ { state: 'current' }, { state: 'halted' }, { state: 'current' }, { state: 'backoff' } ], words.accountState);

	assert.deepEqual(tally.map((entry) => [ entry.text, entry.count ]), [ [ 'Stopped, needs you', 1 ], [ 'Trying again later', 1 ], [ 'Up to date', 2 ] ]);
});

test('an account is offline when all its hosts are', () => {
	assert.equal(words.isOffline(account({ hosts: [ { state: 'offline' }, { state: 'offline' } ] })), true);
	assert.equal(words.isOffline(account({ hosts: [ { state: 'offline' }, { state: 'current' } ] })), false);
	assert.equal(words.isOffline(account({ hosts: [] })), false);
});

const when = (at) => `at ${at}`;

for (const [ what, before, after, tone, text, unsent ] of [
	[ 'an update', {}, { last_attempt: 200, last_success: 200 }, 'ok', 'The service confirmed 192.0.2.25.' ],
	[ 'an update that the service had already', {}, { last_attempt: 200, last_success: 200, hosts: [ { code: 'nochg' } ] }, 'ok', 'The service answered that it already had 192.0.2.25.' ],
	[ 'nothing to send', {}, {}, 'ok', 'Nothing was sent: the service already has the current address.', true ],
	[ 'a halt', {}, { state: 'halted', last_attempt: 200, halt: halt('badauth') }, 'error', 'because of badauth' ],
	[ 'a halt of a host', {}, { last_attempt: 200, hosts: [ { halt: halt('nohost') } ] }, 'error', 'because of nohost' ],
	[ 'a failure', {}, { state: 'backoff', last_attempt: 200, next_attempt: 260, error: { message: 'no route' } }, 'warn', 'It did not work: no route. Next attempt: at 260.' ],
	[ 'a failure without a plan', {}, { state: 'backoff', last_attempt: 200, error: { message: 'no route.' } }, 'warn', 'It did not work: no route.' ],
	[ 'a wait that the service asked for', { state: 'backoff' }, { state: 'backoff', next_attempt: 1900, error: { message: 'fatal' } }, 'warn', 'Not sent now: so as not to annoy the service. Next attempt: at 1900.' ],
	[ 'an update that is held back', { state: 'pending' }, { state: 'pending', next_attempt: 1900, waiting: { reason: 'budget', until: 1950, message: 'held' } }, 'warn', 'Not sent now: several updates were sent just now, and more would annoy the service. Next attempt: at 1950.' ],
	[ 'no address', {}, { state: 'waiting_address' }, 'warn', 'Nothing was sent: there is no usable address yet. It is sent as soon as there is one.' ],
	[ 'no clock', {}, { state: 'waiting_clock', last_attempt: 200 }, 'warn', "Nothing could be sent: the router's clock is not set yet. It is tried again as soon as it is." ],
	[ 'a disabled account', {}, { state: 'disabled' }, 'off', 'Nothing was sent: this account is disabled.' ],
	[ 'a service that takes its time', {}, { state: 'updating' }, 'busy', 'Still waiting for the answer of the service. The card shows it when it comes.' ],
	[ 'an answer without addresses', {}, { ipv4: null, last_attempt: 200, last_success: 200 }, 'ok', 'The service confirmed the update.' ]
])
	test(`the outcome is the real one: ${what}`, () => {
		assert.deepEqual(words.outcome(account(before), account(after), when), { tone, text, unsent: !!unsent });
	});

test('a moment that trembles by a second is the same moment', () => {
	const status = (changes) => ({ accounts: [ account({ next_attempt: 500, error: { at: 90 }, ...changes }) ] });
	const first = status({});

	assert.deepEqual(words.steady(null, status({})), first);
	assert.deepEqual(words.steady(first, status({ last_attempt: 101, next_attempt: 499, error: { at: 91 } })), first);
	assert.equal(words.steady(first, status({ last_attempt: 102 })).accounts[0].last_attempt, 102);
	assert.equal(words.steady(first, status({ last_attempt: null })).accounts[0].last_attempt, null);
	assert.deepEqual(words.steady({ accounts: [] }, status({ last_attempt: 101 })).accounts[0].last_attempt, 101);
});

test('an action has settled when there is an attempt, or nothing to wait for', () => {
	const settled = (after, waited = 0, now = 100) => words.settled(account(), account(after), now, waited);

	assert.equal(settled({ state: 'updating', last_attempt: 200 }, 80), false);
	assert.equal(settled({ last_attempt: 200 }), true);
	assert.equal(settled({ failures: 1 }), true);
	assert.equal(settled({ hosts: [ { hostname: 'home.ddns.net', code: 'nochg', halt: null } ] }), true);
	assert.equal(settled({}, 0.5), false);
	assert.equal(settled({}, 2), true);
	assert.equal(settled({ state: 'pending', next_attempt: 101 }, 5), false);
	assert.equal(settled({ state: 'pending', next_attempt: 400 }, 5), true);
	assert.equal(settled({ state: 'pending' }, 5), false);
});

for (const [ seconds, english, german ] of [
	[ 0, 'now', 'jetzt' ],
	[ -1, '1 second ago', 'vor 1 Sekunde' ],
	[ -59, '59 seconds ago', 'vor 59 Sekunden' ],
	[ -60, '1 minute ago', 'vor 1 Minute' ],
	[ -119, '1 minute ago', 'vor 1 Minute' ],
	[ 59.5, 'in 60 seconds', 'in 60 Sekunden' ],
	[ 61, 'in 2 minutes', 'in 2 Minuten' ],
	[ 1800, 'in 30 minutes', 'in 30 Minuten' ],
	[ -3600, '1 hour ago', 'vor 1 Stunde' ],
	[ -86400, 'yesterday', 'gestern' ],
	[ -864000, '10 days ago', 'vor 10 Tagen' ]
])
	test(`${seconds} seconds in words`, () => {
		assert.equal(words.relative(seconds, 'en'), english);
		assert.equal(words.relative(seconds, 'de'), german);
	});

test("the page's language, in the browser's flavour of it", () => {
	assert.equal(words.locale('de', [ 'fr-FR', 'de-AT', 'de' ]), 'de-AT');
	assert.equal(words.locale('de', [ 'en-US' ]), 'de');
	assert.equal(words.locale('zh_Hans', []), 'zh-Hans');
	assert.equal(words.locale('', []), 'en');
	assert.equal(words.locale('no such tag!', []), 'en');
	assert.equal(words.direction('he-IL'), 'rtl');
	assert.equal(words.direction('de'), 'ltr');
});

test('the exact time is said too', () => {
	assert.match(words.absolute(1764000000, 'en-GB'), /2025/);
});

test('no sentence of the page changes under a translation but by the translation', () => {
	const german = load('ddnsd/words', {}, (text) => `«${text}»`);

	assert.equal(german.accountState('current').text, '«Up to date»');
	assert.equal(german.source({ source: 'interface', interface: '«%s»' }), '«from the interface «%s»»');
});
