/**
 * A router behind the page: what uhttpd and rpcd answer to JSON-RPC, with the real ddnsd on a bus
 * behind it. The answers' forms are those recorded from the real ones.
 *
 * `answers` replaces single methods, for what the real daemon would not say; `faults` breaks them.
 */
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { Sessions } from './acl.mjs';
import { Ubus } from './ubus.mjs';
import { Uci } from './uci.mjs';

const ERRORS = { '-32000': 'Object not found', '-32002': 'Access denied', '-32600': 'Invalid request', '-32700': 'Parse error' };

export class Router {
	/** Object.method → function(args) that returns [status, data]. */
	answers = new Map();
	/** Object.method → a ubus status, or a JSON-RPC error code (negative). */
	faults = new Map();
	/** What was asked, for the figures. */
	counts = { requests: 0, calls: [] };
	/** The service, as its init script would say. */
	service = { enabled: true };

	#bus = null;
	#daemon = null;

	/**
	 * @param {Object} setup `directory` (private, writable), `acls` (rpcd's files), `socket` (the
	 * bus, or null), `binary` (ddnsd, or null).
	 */
	constructor({ directory, acls, socket, binary, environment }) {
		this.directory = directory;
		this.socket = socket;
		this.binary = binary;
		this.environment = environment;
		this.sessions = new Sessions(acls);
		fs.mkdirSync(path.join(directory, 'config'), { recursive: true });
		fs.writeFileSync(path.join(directory, 'config', 'luci'), "config core 'main'\n\toption lang 'auto'\n");
		this.uci = new Uci(path.join(directory, 'config'));
	}

	/** Puts the configuration in place, as a package or a person would. */
	configure(text) {
		fs.writeFileSync(path.join(this.directory, 'config', 'ddnsd'), text);
		this.uci.revert();
	}

	get running() {
		return this.#daemon !== null;
	}

	/** Starts ddnsd and waits until it answers on the bus. */
	async start() {
		if (this.running || !this.binary)
			return this.running;

		const file = (name) => path.join(this.directory, name);
		const log = fs.openSync(file('ddnsd.log'), 'a');

		this.#handOver();

		const daemon = spawn(this.binary, [
			'run', '-c', file('ddnsd.config'), '-s', file('state/state.json'), '-S', this.socket, '--log', 'stderr'
		], { stdio: [ 'ignore', log, log ], env: { ...process.env, ...this.environment } });

		fs.closeSync(log);
		this.#daemon = daemon;
		daemon.on('exit', () => {
			if (this.#daemon === daemon)
				this.#daemon = null;
		});

		for (const deadline = Date.now() + 10_000; Date.now() < deadline && this.running;) {
			if ((await this.invoke('ddnsd', 'status', {})).status === 0)
				return true;

			await new Promise((resolve) => setTimeout(resolve, 50));
		}

		return false;
	}

	/** Stops ddnsd and waits until it has gone. */
	async stop() {
		const daemon = this.#daemon;

		if (!daemon)
			return;

		await new Promise((resolve) => {
			daemon.once('exit', resolve);
			daemon.kill('SIGTERM');
		});
	}

	/** Closes everything. */
	async close() {
		await this.stop();
		this.#bus?.close();
	}

	/* As the init script: the daemon reads a private copy. */
	#handOver() {
		fs.mkdirSync(path.join(this.directory, 'state'), { recursive: true, mode: 0o700 });
		fs.copyFileSync(path.join(this.directory, 'config', 'ddnsd'), path.join(this.directory, 'ddnsd.config'));
		fs.chmodSync(path.join(this.directory, 'ddnsd.config'), 0o600);
	}

	/** What procd's reload trigger does after "Save & Apply". */
	apply() {
		if (this.uci.apply().includes('ddnsd') && this.running) {
			this.#handOver();
			this.#daemon.kill('SIGHUP');
		}
	}

	/** A call on the bus. */
	async invoke(object, method, args) {
		if (!this.socket)
			return { status: 4, absent: true };

		if (!this.#bus || this.#bus.closed)
			this.#bus = await Ubus.connect(this.socket).catch(() => null);

		return this.#bus ? this.#bus.call(object, method, args) : { status: 4, absent: true };
	}

	/** One JSON-RPC message. */
	async rpc(message) {
		const reply = (content) => ({ jsonrpc: '2.0', id: message?.id ?? null, ...content });
		const fail = (code) => reply({ error: { code, message: ERRORS[code] } });

		if (message?.jsonrpc != '2.0' || message.method != 'call' || !Array.isArray(message.params))
			return fail(-32600);

		const [ session, object, method, args ] = message.params;
		const name = `${object}.${method}`;
		const fault = this.faults.get(name);

		this.counts.calls.push(name);

		if (fault !== undefined)
			return fault < 0 ? fail(fault) : reply({ result: [ fault ] });

		if (!this.sessions.may(session, 'ubus', object, method))
			return fail(-32002);

		const [ status, data ] = await this.#answer(session, object, method, args ?? {});

		return status == 'absent' ? fail(-32000) : reply({ result: data == null ? [ status ] : [ status, data ] });
	}

	async #answer(session, object, method, args) {
		const answer = this.answers.get(`${object}.${method}`);

		if (answer)
			return answer(args);

		switch (object) {
		case 'session':
			return [ 0, { access: this.sessions.may(session, args.scope, args.object, args.function) } ];

		case 'uci':
			if (args.config !== undefined && !this.sessions.may(session, 'uci', args.config, method == 'get' ? 'read' : 'write'))
				return [ 6 ];

			return this.uci.call(method, args);

		case 'luci':
			return this.#luci(method, args);

		default: {
			const result = await this.invoke(object, method, args);

			return [ result.absent ? 'absent' : result.status, result.data ];
		}
		}
	}

	async #luci(method, args) {
		if (method == 'getFeatures')
			return [ 0, {} ];

		if (args.name != 'ddnsd')
			return [ 0, method == 'getInitList' ? {} : { error: 'No such init script' } ];

		if (method == 'getInitList')
			return [ 0, { ddnsd: { index: 95, stop: 10, enabled: this.service.enabled } } ];

		switch (args.action) {
		case 'enable':
			this.service.enabled = true;

			return [ 0, { result: true } ];

		case 'disable':
			this.service.enabled = false;

			return [ 0, { result: true } ];

		case 'stop':
			await this.stop();

			return [ 0, { result: true } ];

		case 'restart':
			await this.stop();
			this.start();

			return [ 0, { result: true } ];

		case 'start':
			/* procd starts it and does not wait. */
			this.start();

			return [ 0, { result: true } ];

		default:
			return [ 0, { result: false } ];
		}
	}
}
