'use strict';
'require baseclass';

/* The stand-in's JSON-RPC: calls of the same turn travel in one request, as LuCI's do. */

let queue = null;
let id = 1;

async function send(batch) {
	try {
		const answer = await fetch('/ubus/', { method: 'POST', body: JSON.stringify(batch.map((entry) => entry.message)) });

		if (!answer.ok)
			throw new Error('HTTP error %d'.format(answer.status));

		const replies = await answer.json();

		batch.forEach((entry, index) => entry.resolve(replies[index]));
	}
	catch (error) {
		batch.forEach((entry) => entry.reject(error));
	}
}

function post(message) {
	return new Promise((resolve, reject) => {
		if (!queue) {
			queue = [];
			window.setTimeout(() => {
				send(queue);
				queue = null;
			}, 0);
		}

		queue.push({ message, resolve, reject });
	});
}

const STATUS = [ 'Command OK', 'Invalid command', 'Invalid argument', 'Method not found', 'Resource not found',
	'No data received', 'Permission denied', 'Request timeout', 'Not supported', 'Unspecified error', 'Connection lost' ];

return baseclass.extend({
	declare(options) {
		return async (...args) => {
			const params = {};

			(options.params ?? []).forEach((name, index) => { params[name] = args[index]; });

			const reply = await post({ jsonrpc: '2.0', id: id++, method: 'call', params: [ L.env.sessionid, options.object, options.method, params ] });

			if (reply.error)
				L.raise('RPCError', 'RPC call to %s/%s failed with error %d: %s', options.object, options.method, reply.error.code, reply.error.message);

			if (options.reject && reply.result[0] !== 0)
				L.raise('RPCError', 'RPC call to %s/%s failed with ubus code %d: %s', options.object, options.method, reply.result[0], STATUS[reply.result[0]] ?? '?');

			const value = reply.result.length > 1 ? reply.result[1] : reply.result[0];

			for (const [ key, initial ] of Object.entries(options.expect ?? {})) {
				const inner = key == '' ? value : value?.[key];

				return inner == null || Object.prototype.toString.call(inner) != Object.prototype.toString.call(initial) ? initial : inner;
			}

			return value;
		};
	}
});
