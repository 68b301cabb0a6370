'use strict';
'require baseclass';
'require rpc';

/**
 * What the pages ask the router: ddnsd's own ubus object, and LuCI's service control.
 * It knows what an error of the bus means; it draws nothing.
 */

const call = (object, method, params, expect) =>
	rpc.declare({ object, method, params, expect, reject: true });

return baseclass.extend(/** @lends ddnsd.bus.prototype */ {
	/** @returns {Promise<Object>} The daemon's status, as its ubus method says it. */
	status: call('ddnsd', 'status'),

	/** @returns {Promise<Object[]>} The newest events first. Arguments: account, limit. */
	history: call('ddnsd', 'history', [ 'account', 'limit' ], { events: [] }),

	/** @returns {Promise<Object[]>} The table of services. */
	services: call('ddnsd', 'services', [], { services: [] }),

	/** @returns {Promise<Object>} `{"accounts": […]}`, those that were queued. Arguments: account, force. */
	update: call('ddnsd', 'update', [ 'account', 'force' ]),

	/** @returns {Promise<Object>} Arguments: account, hostname (undefined = all of it). */
	resume: call('ddnsd', 'resume', [ 'account', 'hostname' ]),

	/** @returns {Promise<Object>} Arguments: account, hostname (undefined = all of it), offline. */
	offline: call('ddnsd', 'offline', [ 'account', 'hostname', 'offline' ]),

	/** @returns {Promise<Object[]>} netifd's interfaces. */
	interfaces: call('network.interface', 'dump', [], { 'interface': [] }),

	/** @returns {Promise<boolean>} Whether this session may act. */
	mayAct: rpc.declare({
		object: 'session', method: 'access', params: [ 'scope', 'object', 'function' ],
		expect: { access: false }
	}).bind(null, 'ubus', 'ddnsd', 'update'),

	/** @returns {Promise<Object>} `{"ddnsd": {"enabled": …}}`, or nothing where it is not installed. */
	initScript: call('luci', 'getInitList', [ 'name' ]).bind(null, 'ddnsd'),

	/** @returns {Promise<boolean>} Whether the init script did it. Argument: the action. */
	initAction: call('luci', 'setInitAction', [ 'name', 'action' ], { result: false }).bind(null, 'ddnsd'),

	/**
	 * What kind of failure a rejected call was.
	 *
	 * @param {Error} error What the call was rejected with.
	 * @returns {string} `absent` (nobody serves the object), `denied`, `unknown` (no such account),
	 * `invalid`, `timeout`, `router` (no answer from the router itself) or `other`.
	 */
	kind(error) {
		const text = String(error?.message ?? error);
		const code = (text.match(/ubus code (\d+)/) ?? text.match(/failed with error (-?\d+)/))?.[1];

		switch (code) {
		case '2':      return 'invalid';
		case '4':      return 'unknown';
		case '6':
		case '-32002': return 'denied';
		case '7':      return 'timeout';
		case '10':
		case '-32000': return 'absent';
		case undefined: return 'router';
		default:       return 'other';
		}
	},

	/**
	 * The same for a person.
	 *
	 * @param {Error} error What the call was rejected with.
	 * @returns {string} One or two sentences.
	 */
	explain(error) {
		switch (this.kind(error)) {
		case 'absent':  return _('ddnsd is not running.');
		case 'denied':  return _('This user may not do that. Log in as a user with write access.');
		case 'unknown': return _('ddnsd does not know this account or host. Save and apply the configuration first.');
		case 'invalid': return _('ddnsd did not understand the request. Do the page and the daemon have the same version?');
		case 'timeout': return _('ddnsd did not answer in time. Try again in a moment.');
		case 'router':  return _('The router does not answer. Is the connection to it still there?');
		default:        return _('The router answered with an error: %s').format(error?.message ?? error);
		}
	}
});
