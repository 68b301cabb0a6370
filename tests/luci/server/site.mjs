/**
 * The web server: pages, scripts and JSON-RPC on one loopback port. The pages' environment is the
 * stand-in of this folder or, where a checkout of LuCI is given, LuCI's own scripts and theme.
 */
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { translations } from './po.mjs';

const HERE = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const APP = path.join(HERE, '../../luci-app');
const TYPES = { '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.png': 'image/png', '.gif': 'image/gif' };
const MENU = JSON.parse(fs.readFileSync(path.join(APP, 'root/usr/share/luci/menu.d/luci-app-ddnsd.json'), 'utf8'));

const json = (value) => JSON.stringify(value).replaceAll('<', '\\u003c');

/* The overview page is LuCI's; this one shows one box, as LuCI's does. */
const OVERVIEW = `'use strict';
'require view';
'require poll';
'require dom';
'require view.status.include.71_ddnsd as box';

return view.extend({
	render: function() {
		var place = E('div', { 'class': 'cbi-section' }, []);
		var page = E('div', {}, [ E('h2', {}, [ 'Overview' ]), place ]);
		var show = function() { return box.load().then(function(data) {
			dom.content(place, [ E('h3', {}, [ box.title ]), box.render(data) ]);
		}); };

		poll.add(show);

		return show().then(function() { return page; });
	},
	handleSaveApply: null, handleSave: null, handleReset: null
});`;

export class Site {
	/** How long each answer of /ubus took, in milliseconds. */
	timings = [];

	/**
	 * @param {Router} router What is behind it.
	 * @param {?string} luci A checkout of LuCI.
	 */
	constructor(router, luci) {
		this.router = router;
		this.luci = luci;
		this.roots = [ path.join(APP, 'htdocs/luci-static') ].concat(luci
			? [ 'modules/luci-base/htdocs/luci-static', 'themes/luci-theme-bootstrap/htdocs/luci-static' ].map((part) => path.join(luci, part))
			: [ path.join(HERE, 'standin') ]);
	}

	/** Listens on a free port of the loopback. */
	async listen() {
		this.server = http.createServer((request, response) => this.#serve(request, response).catch((error) => {
			response.writeHead(500).end(String(error));
		}));
		await new Promise((resolve) => this.server.listen(0, '127.0.0.1', resolve));
		this.url = `http://127.0.0.1:${this.server.address().port}`;
	}

	close() {
		this.server.closeAllConnections();

		return new Promise((resolve) => this.server.close(resolve));
	}

	async #serve(request, response) {
		const url = new URL(request.url, 'http://router');
		const send = (status, type, body) => response.writeHead(status, { 'Content-Type': type, 'Cache-Control': 'no-store' }).end(body);

		if (/^(\/cgi-bin\/luci\/admin)?\/ubus\b/.test(url.pathname))
			return this.#ubus(request, send);

		if (url.pathname.startsWith('/luci-static/'))
			return this.#file(url.pathname.slice('/luci-static/'.length), send);

		if (url.pathname.startsWith('/standin/') && !this.luci)
			return this.#file(url.pathname.slice('/standin/'.length), send);

		if (url.pathname.startsWith('/cgi-bin/luci/admin/uci/'))
			return this.#uci(url.pathname.split('/').pop(), send);

		if (url.pathname == '/cgi-bin/luci/admin/menu')
			return send(200, 'application/json', json(this.#menu(request)));

		if (url.pathname.startsWith('/cgi-bin/luci/admin'))
			return send(200, 'text/html; charset=utf-8', this.#page(url, request));

		return send(404, 'text/plain', 'not found');
	}

	async #ubus(request, send) {
		const started = performance.now();
		let body = '';

		for await (const chunk of request)
			body += chunk;

		this.router.counts.requests++;

		if (this.router.down) {
			return send(502, 'text/plain', 'the router is down');
		}

		let messages;

		try {
			messages = JSON.parse(body);
		}
		catch {
			return send(200, 'application/json', json({ jsonrpc: '2.0', id: null, error: { code: -32700, message: 'Parse error' } }));
		}

		const reply = Array.isArray(messages)
			? await Promise.all(messages.map((message) => this.router.rpc(message)))
			: await this.router.rpc(messages);

		this.timings.push(performance.now() - started);

		return send(200, 'application/json', JSON.stringify(reply));
	}

	#file(name, send) {
		if (name == 'resources/view/ddnsd-tests/overview.js')
			return send(200, 'text/javascript', OVERVIEW);

		for (const root of this.roots) {
			const file = path.join(root, path.normalize(`/${name}`));

			if (fs.existsSync(file) && fs.statSync(file).isFile())
				return send(200, TYPES[path.extname(file)] ?? 'application/octet-stream', fs.readFileSync(file));
		}

		return send(404, 'text/plain', 'not found');
	}

	#uci(action, send) {
		if (action == 'revert')
			this.router.uci.revert();
		else if (action.startsWith('apply'))
			this.router.apply();

		return send(action == 'apply_unchecked' ? 204 : 200, 'application/json', action == 'apply_unchecked' ? '' : json({ token: 'token' }));
	}

	#cookie(request, name) {
		return (request.headers.cookie ?? '').match(new RegExp(`(?:^|; )${name}=([^;]*)`))?.[1];
	}

	/* The menu's tree, as far as this user may see it. */
	#menu(request) {
		const tree = { satisfied: true, action: { type: 'firstchild' }, children: {} };
		const nodes = Object.assign({ admin: { title: 'Administration', action: { type: 'firstchild' } }, 'admin/services': { title: 'Services', order: 40, action: { type: 'firstchild' } } }, MENU);

		for (const [ where, node ] of Object.entries(nodes)) {
			const allowed = this.router.sessions.menu(this.#cookie(request, 'session'), node.depends?.acl);
			let at = tree;

			for (const part of where.split('/'))
				at = (at.children ??= {})[part] ??= {};

			Object.assign(at, node, { satisfied: allowed !== null }, allowed === false ? { readonly: true } : {});
		}

		return tree;
	}

	#node(request, requested) {
		return requested.reduce((at, part) => at?.children?.[part], this.#menu(request));
	}

	#page(url, request) {
		const requested = url.pathname.replace(/^\/cgi-bin\/luci\/?/, '').split('/').filter((part) => part != '');
		const overview = requested.join('/') == 'admin/status/overview';
		let node = overview ? { satisfied: true, title: 'Overview', action: { path: 'ddnsd-tests/overview' } } : this.#node(request, requested);

		/* "firstchild" */
		if (node?.children) {
			requested.push('status');
			node = node.children.status;
		}

		if (!node?.satisfied)
			return '<!DOCTYPE html><html lang="en"><title>Forbidden</title><h1>Forbidden</h1>';

		const lang = this.#cookie(request, 'lang') ?? 'en';
		const po = path.join(APP, 'po', lang, 'ddnsd.po');
		const env = {
			sessionid: this.#cookie(request, 'session'), token: 'token', scriptname: '/cgi-bin/luci', pathinfo: url.pathname.replace('/cgi-bin/luci', ''),
			documentroot: '/www', media: '/luci-static/bootstrap', resource: '/luci-static/resources', requestpath: requested, dispatchpath: requested,
			pollinterval: 5, ubuspath: '/ubus/', nodespec: node, apply_rollback: 90, apply_holdoff: 1, apply_timeout: 5, apply_display: 0.2,
			view: node.action.path, translations: fs.existsSync(po) ? translations(po) : {}
		};

		return this.luci ? this.#luciPage(env, lang, request) : this.#standinPage(env, lang, request);
	}

	#standinPage(env, lang, request) {
		return `<!DOCTYPE html>
<html lang="${lang}" data-darkmode="${this.#cookie(request, 'theme') == 'dark'}">
<head>
	<meta charset="utf-8">
	<meta name="viewport" content="width=device-width, initial-scale=1">
	<meta http-equiv="Content-Security-Policy" content="script-src 'self' 'unsafe-eval'">
	<title>OpenWrt | ${env.nodespec.title}</title>
	<link rel="stylesheet" href="/standin/theme.css">
	<script type="application/json" id="env">${json(env)}</script>
	<script src="/standin/luci.js"></script>
</head>
<body>
	<main id="maincontent">
		<h1>OpenWrt</h1>
		<div id="view"></div>
	</main>
</body>
</html>`;
	}

	/* What the theme's template makes of LuCI's scripts. */
	#luciPage(env, lang, request) {
		return `<!DOCTYPE html>
<html lang="${lang}" data-darkmode="${this.#cookie(request, 'theme') == 'dark'}">
<head>
	<meta charset="utf-8">
	<title>OpenWrt | ${env.nodespec.title}</title>
	<meta name="viewport" content="width=device-width, initial-scale=1">
	<link rel="stylesheet" href="/luci-static/bootstrap/cascade.css">
	<link rel="stylesheet" media="only screen and (max-device-width: 854px)" href="/luci-static/bootstrap/mobile.css">
	<script src="/luci-static/resources/cbi.js"></script>
</head>
<body class="lang_${lang}" data-page="${env.requestpath.join('-')}">
	<header>
		<a class="brand" href="/">OpenWrt</a>
		<ul class="nav" id="topmenu" style="display:none"></ul>
		<div id="indicators" class="pull-right"></div>
	</header>
	<div id="maincontent" class="container">
		<div id="tabmenu" style="display:none"></div>
		<script>
			window.TR = {};
			Object.entries(${json(env.translations)}).forEach(function(entry) { TR[sfh(entry[0])] = entry[1]; });
		</script>
		<script src="/luci-static/resources/luci.js"></script>
		<script>L = new LuCI(${json({ ...env, translations: undefined })});</script>
		<div id="view">
			<div class="spinning">Loading view…</div>
			<script>L.require('ui').then(function(ui) { ui.instantiateView('${env.view}'); });</script>
		</div>
	</div>
	<footer><ul class="breadcrumb pull-right" id="modemenu" style="display:none"></ul></footer>
	<script>L.require('menu-bootstrap')</script>
</body>
</html>`;
	}
}
