import assert from 'node:assert/strict';
import test from 'node:test';
import { load } from './load.mjs';

const declared = [];
const bus = load('ddnsd/bus', { rpc: { declare: (options) => { declared.push(options); return async () => options; } } });

for (const [ message, kind ] of [
	[ 'RPC call to ddnsd/status failed with error -32000: Object not found', 'absent' ],
	[ 'RPC call to ddnsd/status failed with error -32002: Access denied', 'denied' ],
	[ 'RPC call to ddnsd/update failed with ubus code 2: Invalid argument', 'invalid' ],
	[ 'RPC call to ddnsd/update failed with ubus code 4: Resource not found', 'unknown' ],
	[ 'RPC call to ddnsd/update failed with ubus code 6: Permission denied', 'denied' ],
	[ 'RPC call to ddnsd/status failed with ubus code 7: Request timeout', 'timeout' ],
	[ 'RPC call to ddnsd/status failed with ubus code 10: Connection lost', 'absent' ],
	[ 'RPC call to ddnsd/status failed with ubus code 9: Unspecified error', 'other' ],
	[ 'RPC call to ddnsd/status failed with HTTP error 502: Bad Gateway', 'router' ],
	[ 'Network error', 'router' ]
])
	test(`an error for a person: ${message}`, () => {
		assert.equal(bus.kind(new Error(message)), kind);
		assert.match(bus.explain(new Error(message)), /^([A-Z]|ddnsd).*[.?]$|^The router answered with an error: /);
	});

test('a rejection that is no Error is explained too', () => {
	for (const oddity of [ undefined, null, 'lost', {} ])
		assert.equal(typeof bus.explain(oddity), 'string');
});

test('every call of ddnsd is one of its methods, and rejects on errors', () => {
	const methods = declared.filter((options) => options.object == 'ddnsd');

	assert.deepEqual(methods.map((options) => options.method), [ 'status', 'history', 'services', 'update', 'resume', 'offline' ]);
	assert.ok(methods.every((options) => options.reject));
});
