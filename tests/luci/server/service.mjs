/**
 * A dynamic DNS service for the page's tests, on loopback, over plain http: it knows its hosts and
 * one password, and does what a test tells it.
 */
import http from 'node:http';

export class Service {
	/** The hosts of the account: name → addresses. */
	hosts = new Map();
	password = 'secret';
	/** Whether the account has the paid features. */
	paid = true;
	/** What it answers instead, while it is set. */
	answer = null;
	/** What was asked: `{hostname, myip, offline, user}`. */
	requests = [];

	#held = [];
	#holding = false;

	static async start() {
		const service = new Service();

		service.server = http.createServer((request, response) => service.#serve(request, response));
		await new Promise((resolve) => service.server.listen(0, '127.0.0.1', resolve));
		service.port = service.server.address().port;

		return service;
	}

	stop() {
		this.release();
		this.server.closeAllConnections();

		return new Promise((resolve) => this.server.close(resolve));
	}

	/** From now on no answer is given. */
	hold() {
		this.#holding = true;
	}

	/** All answers that were held are given. */
	release() {
		this.#holding = false;
		this.#held.splice(0).forEach((send) => send());
	}

	#serve(request, response) {
		const url = new URL(request.url, 'http://service');
		const { status, body } = this.#reply(url, request);
		const send = () => response.writeHead(status, { 'Content-Type': 'text/plain' }).end(body);

		if (this.#holding)
			this.#held.push(send);
		else
			send();
	}

	#reply(url, request) {
		const [ user, password ] = Buffer.from((request.headers.authorization ?? '').replace('Basic ', ''), 'base64').toString().split(/:(.*)/s);
		const { hostname, myip, offline } = Object.fromEntries(url.searchParams);
		const names = (hostname ?? '').split(',');

		this.requests.push({ hostname, myip, offline, user });

		if (this.answer)
			return { status: 200, body: this.answer };

		if (password !== this.password)
			return { status: 401, body: 'badauth' };

		if (offline == 'YES' && !this.paid)
			return { status: 200, body: '!donator' };

		return { status: 200, body: names.map((name) => this.#host(name, myip)).join('\n') };
	}

	#host(name, myip) {
		if (!this.hosts.has(name))
			return 'nohost';

		const same = this.hosts.get(name) === myip;

		this.hosts.set(name, myip);

		return `${same ? 'nochg' : 'good'} ${myip}`;
	}
}
