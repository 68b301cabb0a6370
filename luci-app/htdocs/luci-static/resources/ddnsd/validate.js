'use strict';
'require baseclass';

/**
 * The daemon's rules for the options of an account, for the browser. Each function takes the text
 * of one option and returns true, or a sentence that says what to write instead. Pure.
 *
 * An empty text is fine everywhere: whether an option may be left out is said by {@link
 * ddnsd.validate#password} and the form. No sentence repeats the text, so none can carry somebody's
 * HTML, or a secret, anywhere.
 */

const MAX_VALUE = 1024;
const MAX_HOSTNAME = 255;
const MAX_SERVER = 253;

/* Code points that no option may have: they could not be sent, or would end a line or a string. */
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;
const NOT_ASCII = /[^\u0000-\u007f]/;
const GRAPHIC = /^[\u0021-\u007e]*$/;

const bytes = (text) => new TextEncoder().encode(text).length;
const whole = (text) => /^\d{1,9}$/.test(text) ? Number(text) : NaN;
const isPort = (text) => whole(text) >= 1 && whole(text) <= 65535;

/**
 * @param {string} text Some text.
 * @returns {?number[]} The eight groups of an IPv6 address, or null.
 */
function ipv6(text) {
	const quad = text.match(/^(.*:)(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/);

	if (quad) {
		const parts = quad.slice(2);

		if (parts.some((part) => Number(part) > 255 || /^0\d/.test(part)))
			return null;

		const [ a, b, c, d ] = parts.map(Number);

		text = quad[1] + (a * 256 + b).toString(16) + ':' + (c * 256 + d).toString(16);
	}

	const halves = text.split('::');

	if (halves.length > 2)
		return null;

	const [ head, tail ] = halves.map((half) => half === '' ? [] : half.split(':'));
	const parts = head.concat(tail ?? []);

	if (!parts.every((part) => /^[0-9A-Fa-f]{1,4}$/.test(part)) || (tail ? parts.length > 7 : parts.length != 8))
		return null;

	const zeros = Array(8 - parts.length).fill('0');

	return head.concat(zeros, tail ?? []).map((part) => parseInt(part, 16));
}

/**
 * @param {string} text Some text.
 * @returns {boolean} Whether it is a server's name or address.
 */
function isServer(text) {
	const address = text.match(/^\[(.*)\]$/)?.[1] ?? text;

	return ipv6(address) !== null ||
		(/^[\w.-]+$/.test(text) && text.length <= MAX_SERVER && !text.startsWith('.') && !text.includes('..'));
}

/**
 * @param {string} text A server, perhaps a colon and a port.
 * @param {boolean} needsPort Whether there has to be one.
 * @returns {boolean} Whether it is that.
 */
function isAuthority(text, needsPort) {
	const colon = text.lastIndexOf(':');

	if (colon < 0 || text.endsWith(']'))
		return !needsPort && isServer(text);

	return isServer(text.slice(0, colon)) && isPort(text.slice(colon + 1));
}

/**
 * What holds for every option, before its own rule.
 *
 * @param {string} text The option's text.
 * @param {function(): (true|string)} rule Its own rule.
 * @returns {true|string} True, or what to write instead.
 */
function option(text, rule) {
	if (text === '')
		return true;

	if (CONTROL.test(text))
		return _('No line breaks and no control characters');

	if (bytes(text) > MAX_VALUE)
		return _('At most 1024 bytes');

	return rule();
}

const range = (text, least, most, sentence) =>
	option(text, () => (whole(text) >= least && whole(text) <= most) || sentence());

return baseclass.extend(/** @lends ddnsd.validate.prototype */ {
	/**
	 * @param {string} text The name of a section.
	 * @returns {boolean} Whether UCI takes it.
	 */
	section(text) {
		return /^\w+$/.test(text);
	},

	/**
	 * @param {string} text One host or group.
	 * @returns {true|string} True, or what to write instead.
	 */
	hostname(text) {
		return option(text, () => {
			const [ name, label, ...more ] = text.split('@');

			if (/[,\s]/.test(text))
				return _('One name in each field, without spaces and commas');

			if (text.includes('/'))
				return _('The name alone, without http:// and path');

			if (bytes(text) > MAX_HOSTNAME)
				return _('A name of 255 bytes at most');

			if (name === '' || label === '' || more.length)
				return _('A name, or a name and a label, such as host.example.com@roundrobin');

			return !(name.includes('.') && NOT_ASCII.test(name)) || _('The ASCII form of the name, which begins with xn--');
		});
	},

	/**
	 * @param {string} text The username.
	 * @param {string} service The account's service.
	 * @returns {true|string} True, or what to write instead.
	 */
	username(text, service) {
		return option(text, () => {
			if (text.includes(':'))
				return service == 'noip' || _('A username without a colon: it cannot be sent to this service');

			return !(service == 'noip' && text.includes('@') && Array.from(text).length > 50) ||
				_('An e-mail address of 50 characters at most');
		});
	},

	/**
	 * @param {string} text The password.
	 * @param {string} file The file with the password.
	 * @returns {true|string} True, or what to write instead.
	 */
	password(text, file) {
		if (text === '')
			return file !== '' || _('A password');

		return option(text, () => file === '' || _('Either a password or a file with it, not both'));
	},

	/**
	 * @param {string} text The path of a file.
	 * @returns {true|string} True, or what to write instead.
	 */
	file(text) {
		return option(text, () => text.startsWith('/') || _('The whole path, from / on'));
	},

	/**
	 * @param {string} text The path of the file with the password: the service's script hands over
	 * none from elsewhere.
	 * @returns {true|string} True, or what to write instead.
	 */
	passwordFile(text) {
		return option(text, () => /^\/etc\/ddnsd\/(?!\.|state\.json|.*\/)./.test(text) ||
			_('A file directly in /etc/ddnsd, such as /etc/ddnsd/home.secret'));
	},

	/**
	 * @param {string} text The update server.
	 * @returns {true|string} True, or what to write instead.
	 */
	server(text) {
		return option(text, () => isServer(text) || _('The name of a server such as dynupdate.example.com, without http://, port and path'));
	},

	/**
	 * @param {string} text The path of the update URL.
	 * @returns {true|string} True, or what to write instead.
	 */
	path(text) {
		const plain = text.replace(/\{(hostname|username|password)\}/g, '');

		return option(text, () => (/^\//.test(text) && /^[^#"<>\\^`{|}\x5b\x5d]*$/.test(plain) && GRAPHIC.test(text) && !text.includes('://')) ||
			_('The path alone, from / on, such as /nic/update'));
	},

	/**
	 * @param {string} text A TCP port.
	 * @returns {true|string} True, or what to write instead.
	 */
	port(text) {
		return option(text, () => isPort(text) || _('A port from 1 to 65535'));
	},

	/**
	 * @param {string} text An HTTP proxy.
	 * @returns {true|string} True, or what to write instead.
	 */
	proxy(text) {
		return option(text, () => (text.startsWith('http://') && isAuthority(text.slice(7).replace(/\/$/, ''), true)) ||
			_('A proxy such as http://proxy.lan:3128, without a password'));
	},

	/**
	 * @param {string} text Where a web detection asks.
	 * @returns {true|string} True, or what to write instead.
	 */
	webUrl(text) {
		return option(text, () => {
			const rest = text.match(/^https?:\/\/(.*)$/)?.[1];

			return (rest !== undefined && GRAPHIC.test(text) && !text.includes('#') && isAuthority(rest.split(/\/|\?/)[0], false)) ||
				_('A URL such as http://ip1.dynupdate.no-ip.com/, without username and #');
		});
	},

	/**
	 * @param {string} text The part of an IPv6 address behind the prefix, or a MAC address.
	 * @returns {true|string} True, or what to write instead.
	 */
	ipv6Suffix(text) {
		return option(text, () => {
			const mac = text.match(/^([\dA-Fa-f]{2})([:-])[\dA-Fa-f]{2}(?:\2[\dA-Fa-f]{2}){4}$/);
			const groups = mac ? null : ipv6(text);

			if (mac)
				return (parseInt(mac[1], 16) % 2 == 0 && /[1-9A-Fa-f]/.test(text)) || _('The MAC address of one device');

			return (groups !== null && groups.slice(0, 3).every((group) => group == 0) && groups.some((group) => group != 0)) ||
				_('The end of an address such as ::1234:5678, or a MAC address');
		});
	},

	/**
	 * @param {string} text A netifd interface, or `auto`.
	 * @returns {true|string} True, or what to write instead.
	 */
	'interface'(text) {
		return option(text, () => /^[\w.-]+$/.test(text) || _('The name of an interface, such as wan'));
	},

	/**
	 * @param {string[]} names The interfaces in failover order.
	 * @returns {true|string} True, or what to write instead.
	 */
	interfaces(names) {
		return !(names.includes('auto') && names.length > 1) || _('Either automatic, or the other interfaces');
	},

	/**
	 * @param {string} text Whether to keep the hosts offline.
	 * @param {?Object} service The service's entry in the table.
	 * @returns {true|string} True, or what to choose instead.
	 */
	offline(text, service) {
		return text != '1' || service?.offline !== false || _('This service cannot take hosts offline');
	},

	/**
	 * Where the addresses come from, both families together.
	 *
	 * @param {string} ipv4 `option ipv4`.
	 * @param {string} wanted `option ipv6`.
	 * @param {?Object} service The service's entry in the table.
	 * @returns {true|string} True, or what to choose instead.
	 */
	families(ipv4, wanted, service) {
		if (wanted == 'off')
			return ipv4 != 'off' || _('IPv4 or IPv6, or both');

		return service?.ipv6 !== false || _('Off: this service takes no IPv6 address');
	},

	/**
	 * @param {string} text The maintainer contact of the User-Agent.
	 * @returns {true|string} True, or what to write instead.
	 */
	contact(text) {
		return option(text, () => GRAPHIC.test(text) || _('One e-mail address in ASCII, without spaces'));
	},

	/**
	 * @param {string} text Seconds for a whole exchange.
	 * @returns {true|string} True, or what to write instead.
	 */
	timeout(text) {
		return range(text, 1, 300, () => _('Seconds, from 1 to 300'));
	},

	/**
	 * @param {string} text Days between updates without a change.
	 * @returns {true|string} True, or what to write instead.
	 */
	forceInterval(text) {
		return range(text, 0, 365, () => _('Days, from 0 (never) to 365'));
	},

	/**
	 * @param {string} text A zone's name.
	 * @returns {true|string} True, or what to write instead.
	 */
	zone(text) {
		return option(text, () => (/^[\w-]{1,63}(\.[\w-]{1,63})*\.?$/.test(text) && text.length <= MAX_SERVER) || _('The name of a zone, such as example.com'));
	},

	/**
	 * @param {string} text The TTL of a new record.
	 * @returns {true|string} True, or what to write instead.
	 */
	ttl(text) {
		return option(text, () => (/^\d{1,10}$/.test(text) && Number(text) >= 1 && Number(text) <= 0x7fffffff) || _('Seconds, from 1 to 2147483647'));
	},

	/**
	 * @param {string} text Minutes between two web detections.
	 * @returns {true|string} True, or what to write instead.
	 */
	webInterval(text) {
		return range(text, 10, 10080, () => _('Minutes, from 10 to 10080'));
	}
});
