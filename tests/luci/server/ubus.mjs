/**
 * A client of the ubus wire protocol, small: it looks objects up and invokes their methods.
 * What it leaves out: publishing objects, subscriptions, events.
 */
import net from 'node:net';

const TYPE = { STATUS: 1, DATA: 2, LOOKUP: 4, INVOKE: 5 };
const ATTR = { STATUS: 1, OBJPATH: 2, OBJID: 3, METHOD: 4, DATA: 7 };
const BLOB = { ARRAY: 1, TABLE: 2, STRING: 3, INT64: 4, INT32: 5, INT16: 6, INT8: 7, DOUBLE: 8 };

const padded = (length) => (length + 3) & ~3;

/** One attribute: header, payload, padding. */
function attribute(id, payload, extended = false) {
	const bytes = Buffer.alloc(padded(4 + payload.length));

	bytes.writeUInt32BE(((extended ? 0x80000000 : 0) | (id << 24) | (4 + payload.length)) >>> 0, 0);
	payload.copy(bytes, 4);

	return bytes;
}

function text(string) {
	return Buffer.concat([ Buffer.from(string), Buffer.of(0) ]);
}

function number(value) {
	const bytes = Buffer.alloc(4);

	bytes.writeInt32BE(value | 0, 0);

	return bytes;
}

/** A JavaScript value as a named blobmsg field. */
function field(name, value) {
	const key = Buffer.from(name);
	const head = Buffer.alloc(padded(2 + key.length + 1));

	head.writeUInt16BE(key.length, 0);
	key.copy(head, 2);

	const of = (id, payload) => attribute(id, Buffer.concat([ head, payload ]), true);

	if (typeof value == 'boolean')
		return of(BLOB.INT8, Buffer.of(value ? 1 : 0));

	if (typeof value == 'number')
		return of(BLOB.INT32, number(value));

	if (Array.isArray(value))
		return of(BLOB.ARRAY, Buffer.concat(value.map((item) => field('', item))));

	if (value !== null && typeof value == 'object')
		return of(BLOB.TABLE, table(value));

	return of(BLOB.STRING, text(String(value)));
}

function table(object) {
	return Buffer.concat(Object.entries(object)
		.filter((entry) => entry[1] !== undefined && entry[1] !== null)
		.map(([ name, value ]) => field(name, value)));
}

/** The attributes of a buffer: `{id, payload}`. */
function* attributes(bytes) {
	for (let at = 0; at + 4 <= bytes.length;) {
		const head = bytes.readUInt32BE(at);
		const length = head & 0xffffff;

		if (length < 4 || at + length > bytes.length)
			throw new Error('a broken attribute');

		yield { id: (head >>> 24) & 0x7f, payload: bytes.subarray(at + 4, at + length) };
		at += padded(length);
	}
}

function value(id, bytes) {
	switch (id) {
	case BLOB.ARRAY:  return Array.from(fields(bytes), (item) => item[1]);
	case BLOB.TABLE:  return Object.fromEntries(fields(bytes));
	case BLOB.STRING: return bytes.subarray(0, -1).toString();
	case BLOB.INT64:  return Number(bytes.readBigInt64BE(0));
	case BLOB.INT32:  return bytes.readInt32BE(0);
	case BLOB.INT16:  return bytes.readInt16BE(0);
	case BLOB.INT8:   return bytes[0] !== 0;
	case BLOB.DOUBLE: return bytes.readDoubleBE(0);
	default:          return null;
	}
}

function* fields(bytes) {
	for (const { id, payload } of attributes(bytes)) {
		const length = payload.readUInt16BE(0);

		yield [ payload.subarray(2, 2 + length).toString(), value(id, payload.subarray(padded(2 + length + 1))) ];
	}
}

/** A connection to the bus. */
export class Ubus {
	#socket;
	#buffer = Buffer.alloc(0);
	#sequence = 0;
	#waiting = new Map();

	/** Connects; rejects where nobody listens. */
	static connect(path) {
		return new Promise((resolve, reject) => {
			const socket = net.connect(path);

			socket.once('error', reject);
			socket.once('connect', () => {
				socket.off('error', reject);
				resolve(new Ubus(socket));
			});
		});
	}

	constructor(socket) {
		this.#socket = socket;
		socket.on('data', (bytes) => this.#read(bytes));
		socket.on('error', () => socket.destroy());
		socket.on('close', () => {
			for (const request of this.#waiting.values())
				request.resolve({ status: 10, data: null });

			this.#waiting.clear();
		});
	}

	get closed() {
		return this.#socket.destroyed;
	}

	close() {
		this.#socket.destroy();
	}

	#read(bytes) {
		this.#buffer = Buffer.concat([ this.#buffer, bytes ]);

		while (this.#buffer.length >= 12) {
			const length = 8 + padded(this.#buffer.readUInt32BE(8) & 0xffffff);

			if (this.#buffer.length < length)
				return;

			const message = this.#buffer.subarray(0, length);

			this.#buffer = this.#buffer.subarray(length);
			this.#receive(message[1], message.readUInt16BE(2), message.subarray(12));
		}
	}

	#receive(type, sequence, body) {
		const request = this.#waiting.get(sequence);

		if (!request || (type != TYPE.STATUS && type != TYPE.DATA))
			return;

		for (const { id, payload } of attributes(body)) {
			if (id == ATTR.OBJID)
				request.object = payload.readUInt32BE(0);
			else if (id == ATTR.DATA && type == TYPE.DATA)
				request.data = Object.fromEntries(fields(payload));
			else if (id == ATTR.STATUS && type == TYPE.STATUS) {
				this.#waiting.delete(sequence);
				request.resolve({ status: payload.readInt32BE(0), data: request.data, object: request.object });
			}
		}
	}

	#request(type, peer, body) {
		const sequence = this.#sequence = (this.#sequence + 1) & 0xffff;
		const head = Buffer.alloc(8);

		head[1] = type;
		head.writeUInt16BE(sequence, 2);
		head.writeUInt32BE(peer, 4);

		return new Promise((resolve) => {
			this.#waiting.set(sequence, { resolve, data: null, object: null });
			this.#socket.write(Buffer.concat([ head, attribute(0, body) ]));
		});
	}

	/**
	 * Calls a method.
	 *
	 * @returns {Promise<{status: number, data: ?Object}>} `status` 4: there is no such object.
	 */
	async call(object, method, args = {}) {
		const found = await this.#request(TYPE.LOOKUP, 0, attribute(ATTR.OBJPATH, text(object)));

		if (found.status !== 0 || found.object === null)
			return { status: found.status || 4, data: null, absent: found.status !== 10 };

		return this.#request(TYPE.INVOKE, found.object, Buffer.concat([
			attribute(ATTR.OBJID, number(found.object)),
			attribute(ATTR.METHOD, text(method)),
			attribute(ATTR.DATA, table(args))
		]));
	}
}
