/**
 * What is around the router: the bus with netifd on it (the tests' own binary) and a service.
 *
 * `DDNSD_BIN_DIR` has `ddnsd` and `luci-world`; target/debug where it is not given.
 */
import { spawn } from 'node:child_process';
import path from 'node:path';
import readline from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Service } from './service.mjs';

const BINARIES = process.env.DDNSD_BIN_DIR ?? path.join(path.dirname(fileURLToPath(import.meta.url)), '../../../target/debug');

const ROUTE4 = { target: '0.0.0.0', mask: 0, nexthop: '192.0.2.1', source: '0.0.0.0/0' };
const ROUTE6 = { target: '::', mask: 0, nexthop: 'fe80::1', metric: 512, source: '::/0' };

const up = (device, more) => ({
	up: true, pending: false, available: true, autostart: true, dynamic: false, uptime: 1000, l3_device: device, proto: 'static', device,
	metric: 0, 'ipv4-address': [], 'ipv6-address': [], 'ipv6-prefix': [], 'ipv6-prefix-assignment': [], route: [], 'dns-server': [], data: {}, ...more
});

export class World {
	binary = path.join(BINARIES, 'ddnsd');

	static async start() {
		const world = new World();

		world.service = await Service.start();
		world.bus = spawn(path.join(BINARIES, 'luci-world'), [], { stdio: [ 'pipe', 'pipe', 'inherit' ] });
		world.lines = readline.createInterface({ input: world.bus.stdout })[Symbol.asyncIterator]();
		world.socket = JSON.parse((await world.lines.next()).value).socket;
		await world.set('loopback', up('lo', { 'ipv4-address': [ { address: '127.0.0.1', mask: 8 } ] }));
		await world.set('lan', up('br-lan', { 'ipv4-address': [ { address: '192.168.1.1', mask: 24 } ] }));
		await world.set('wan6', up('wan0', { 'ipv6-address': [ { address: '2001:db8:77::1234', mask: 128, preferred: 7000, valid: 14000 } ], route: [ ROUTE6 ] }));
		await world.address('192.0.2.25');

		return world;
	}

	/** The WAN has this IPv4 address now, and netifd says so; null = it is down. */
	address(address) {
		return this.set('wan', address === null
			? { ...up('wan0'), up: false }
			: up('wan0', { 'ipv4-address': [ { address, mask: 24 } ], route: [ ROUTE4 ] }));
	}

	/** An interface's status, with its notification. */
	async set(name, status) {
		this.bus.stdin.write(`${JSON.stringify({ interface: name, status })}\n`);
		await this.lines.next();
	}

	async stop() {
		this.bus.stdin.end();
		await new Promise((resolve) => this.bus.once('exit', resolve));
		await this.service.stop();
	}

	/** The options of an account at this world's service. */
	account(hosts, options = {}) {
		return {
			service: 'custom', server: '127.0.0.1', port: String(this.service.port), tls: '0', username: 'user@example.com', password: 'secret',
			hostname: hosts, ...options
		};
	}
}
