'use strict';
'require baseclass';
'require ui';
'require ddnsd.words as words';

/**
 * The pieces that the pages are drawn with: badges, times that tick, questions. Every text goes
 * into a text node: whatever a host, a service or a network is called, it is never read as HTML.
 */

const locale = words.locale(document.documentElement.lang, navigator.languages ?? []);

/* How far the router's clock is ahead of the browser's, in seconds. */
let skew = 0;

let ticking = null;

/** Brings every relative time on the page up to date. */
function tick() {
	for (const node of document.querySelectorAll('time[data-ddnsd-at]')) {
		const text = words.relative(Number(node.dataset.ddnsdAt) - (Date.now() / 1000 + skew), locale);

		if (node.textContent !== text)
			node.textContent = text;
	}
}

return baseclass.extend(/** @lends ddnsd.parts.prototype */ {
	/** The language tag that words and numbers are made with. */
	locale,

	/** Whether the page speaks another language than the daemon. */
	translated: !/^en\b/.test(locale),

	/**
	 * Brings the style sheet in, once, and makes the root element of a page.
	 *
	 * @param {Node[]} children The page's content.
	 * @returns {Node} The root, in the reading direction of the page's language.
	 */
	root(children) {
		if (!document.getElementById('ddnsd-style'))
			document.head.appendChild(E('link', { id: 'ddnsd-style', rel: 'stylesheet', href: L.resource('ddnsd/ddnsd.css') }));

		return E('div', { 'class': 'ddnsd', dir: words.direction(locale) }, children.filter((child) => child != null));
	},

	/**
	 * Sets the router's clock.
	 *
	 * @param {number} now The router's time, Unix seconds.
	 */
	setNow(now) {
		skew = now - Date.now() / 1000;
	},

	/** @returns {number} The router's time, Unix seconds. */
	now() {
		return Date.now() / 1000 + skew;
	},

	/**
	 * @param {number} at Unix seconds.
	 * @returns {string} That time relative to now, in words.
	 */
	when(at) {
		return words.relative(at - this.now(), locale);
	},

	/**
	 * A relative time that ticks by itself; the exact one is its title.
	 *
	 * @param {?number} at Unix seconds.
	 * @returns {Node} The element, or a dash.
	 */
	time(at) {
		const moment = words.moment(at);

		if (moment == null)
			return document.createTextNode('–');

		ticking = ticking ?? window.setInterval(tick, 1000);

		return E('time', {
			'data-ddnsd-at': at,
			datetime: moment.toISOString(),
			title: words.absolute(at)
		}, [ this.when(at) ]);
	},

	/**
	 * @param {{tone: string, shape: string, text: string}} state What to say.
	 * @param {?number} [count] How many, where it is a tally.
	 * @returns {Node} Shape, colour and words.
	 */
	badge(state, count) {
		return E('span', { 'class': 'ddnsd-badge', 'data-tone': state.tone }, [
			E('span', { 'class': 'ddnsd-shape', 'aria-hidden': 'true' }, [ state.shape ]),
			(count != null) ? '%s: %s'.format(state.text, count.toLocaleString(locale)) : state.text
		]);
	},

	/**
	 * A name from outside, kept apart from the direction of the text around it.
	 *
	 * @param {string} text The name.
	 * @param {string} [tag] The element, `bdi` where it is left out.
	 * @returns {Node} The element.
	 */
	name(text, tag) {
		return E(tag ?? 'bdi', { 'class': 'ddnsd-name', dir: 'ltr' }, [ text ?? '' ]);
	},

	/**
	 * A sentence of the daemon, which may run in another direction than the page.
	 *
	 * @param {?string} text The sentence.
	 * @returns {Node} The element.
	 */
	said(text) {
		return E('bdi', { dir: 'auto' }, [ text ?? '' ]);
	},

	/**
	 * @param {?Object} service A service's entry in the table.
	 * @returns {Node[]} A link to its website; none where the table has no web address.
	 */
	website(service) {
		return /^https?:\/\//.test(service?.url ?? '')
			? [ E('a', { href: service.url, target: '_blank', rel: 'noopener noreferrer' }, [ _('The website of %s').format(service.title) ]) ]
			: [];
	},

	/**
	 * A message that stands out.
	 *
	 * @param {string} tone `error`, `warn`, `busy` or `ok`.
	 * @param {Array<Node|string>} children What it says.
	 * @returns {Node} The element.
	 */
	note(tone, children) {
		return E('div', { 'class': 'ddnsd-note', 'data-tone': tone }, children);
	},

	/**
	 * Why an update is held back, and until when.
	 *
	 * @param {Object} account An account of the status.
	 * @returns {Node[]} The note; none where nothing is held back.
	 */
	waiting(account) {
		if (!account.waiting)
			return [];

		const until = account.waiting.until ?? null;

		return [ this.note('busy', [ E('p', {}, [
			E('strong', {}, [ _('Held back:') ]), ' ', this.said(words.waiting(account.waiting)),
			...(until == null ? [] : [ ' · ', _('Next attempt'), ' ', this.time(until) ])
		]) ]) ];
	},

	/**
	 * Why a family that is wanted has no address.
	 *
	 * @param {Object} account An account of the status.
	 * @returns {Node[]} A note for each such family.
	 */
	missing(account) {
		return [ [ _('No IPv4 address:'), account.ipv4_missing ], [ _('No IPv6 address:'), account.ipv6_missing ] ]
			.filter((entry) => entry[1])
			.map(([ title, why ]) => this.note('warn', [ E('p', {}, [ E('strong', {}, [ title ]), ' ', this.said(why) ]) ]));
	},

	/**
	 * A button that cannot be pressed twice: it is disabled until its work is done, and gets the
	 * focus back.
	 *
	 * @param {string} label What it says.
	 * @param {string} kind LuCI's class of buttons: `action`, `positive`, `negative`, `neutral`.
	 * @param {function(): Promise} work What it does.
	 * @param {Object} [attributes] More attributes.
	 * @returns {HTMLButtonElement} The button.
	 */
	button(label, kind, work, attributes) {
		const button = E('button', Object.assign({
			type: 'button',
			'class': 'btn cbi-button cbi-button-%s'.format(kind)
		}, attributes), [ label ]);

		button.addEventListener('click', async () => {
			const focused = document.activeElement === button;

			button.disabled = true;

			try {
				await work();
			}
			finally {
				button.disabled = false;

				if (focused && document.activeElement === document.body && button.isConnected)
					button.focus();
			}
		});

		return button;
	},

	/**
	 * Asks before something that costs money or reputation.
	 *
	 * @param {string} title The question.
	 * @param {Array<Node|string>} paragraphs What will happen, and what it costs.
	 * @param {string} yes The label of the button that does it.
	 * @returns {Promise<boolean>} Whether the person wants it.
	 */
	ask(title, paragraphs, yes) {
		return new Promise((resolve) => {
			const back = document.activeElement;
			const answer = (value) => {
				document.removeEventListener('keydown', escape, true);
				document.activeElement?.blur();
				ui.hideModal();

				if (back?.isConnected)
					back.focus();

				resolve(value);
			};
			const escape = (ev) => {
				if (ev.key == 'Escape') {
					ev.stopPropagation();
					answer(false);
				}
			};
			const no = E('button', { type: 'button', 'class': 'btn cbi-button', click: () => answer(false) }, [ _('Cancel') ]);
			const dialog = ui.showModal([ title ], [
				E('div', { dir: words.direction(locale) }, paragraphs.map((text) => E('p', {}, [ text ]))),
				E('div', { 'class': 'right' }, [
					no, ' ',
					E('button', {
						type: 'button',
						'class': 'btn cbi-button cbi-button-negative important',
						click: () => answer(true)
					}, [ yes ])
				])
			]);

			dialog.setAttribute('role', 'alertdialog');
			dialog.setAttribute('aria-modal', 'true');
			dialog.setAttribute('aria-label', title);
			document.addEventListener('keydown', escape, true);
			no.focus();
		});
	}
});
