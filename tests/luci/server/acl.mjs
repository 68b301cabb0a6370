/**
 * rpcd's sessions and access lists: who may call what. The files are read as rpcd reads them:
 * an array grants the section's own name ("read", "write"), a table grants what it lists.
 */
import crypto from 'node:crypto';
import fs from 'node:fs';

/* What LuCI's own packages grant and these pages rely on. */
const BASE = {
	unauthenticated: { read: { ubus: { session: [ 'access', 'login' ], luci: [ 'getFeatures' ] } } },
	'luci-base': {
		read: { ubus: { uci: [ 'changes', 'get' ] }, uci: [ 'luci', 'system' ] },
		write: { ubus: { uci: [ 'add', 'apply', 'confirm', 'delete', 'order', 'rename', 'set' ] } }
	},
	'luci-base-network-status': { read: { ubus: { 'network.interface': [ 'dump' ] } } }
};

const NOBODY = '0'.repeat(32);

/** The sessions of a router. */
export class Sessions {
	#groups;
	#sessions = new Map();

	constructor(files) {
		this.#groups = Object.assign({}, BASE, ...files.map((file) => JSON.parse(fs.readFileSync(file, 'utf8'))));
		this.#sessions.set(NOBODY, this.#grants([ 'read' ], [ 'unauthenticated' ]));
	}

	#grants(permissions, only) {
		const session = { scopes: {}, groups: {} };
		const grant = (scope, object, name) => {
			const objects = session.scopes[scope] ??= {};

			(objects[object] ??= new Set()).add(name);
		};

		for (const [ name, group ] of Object.entries(this.#groups)) {
			if (only && !only.includes(name))
				continue;

			for (const permission of permissions) {
				if (!group[permission])
					continue;

				(session.groups[name] ??= []).push(permission);

				for (const [ scope, content ] of Object.entries(group[permission]))
					for (const [ key, value ] of Object.entries(content))
						Array.isArray(value)
							? value.forEach((item) => grant(scope, key, item))
							: grant(scope, value, permission);
			}
		}

		return session;
	}

	/** A new session: `root` may do everything, anybody else may read. */
	login(user) {
		const id = crypto.randomBytes(16).toString('hex');

		this.#sessions.set(id, this.#grants(user == 'root' ? [ 'read', 'write' ] : [ 'read' ]));

		return id;
	}

	/** Ends a session. */
	logout(id) {
		this.#sessions.delete(id);
	}

	may(id, scope, object, name) {
		return this.#sessions.get(id)?.scopes[scope]?.[object]?.has(name) ?? false;
	}

	/** LuCI's verdict over a menu node: null (not for this user), false (read-only) or true. */
	menu(id, groups = []) {
		const granted = groups.map((group) => this.#sessions.get(id)?.groups[group]);

		if (granted.some((permissions) => !permissions))
			return null;

		return !groups.length || granted.some((permissions) => permissions.includes('write'));
	}
}
