'use strict';
'require baseclass';

/**
 * The daemon's rules for the options of an account, for the browser. Each function takes the text
 * of one option and returns true, or a sentence that says what to write instead. Pure.
 *
 * An empty value is fine everywhere: whether an option may be left out is the form's matter.
 * No sentence repeats the value, so none can carry somebody's HTML, or a secret, anywhere.
 */

const HOST_LABEL = /^(?!-)[A-Za-z0-9_-]{1,63}(?<!-)$/;
const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$)|$)){4}$/;
const MAC = /^[0-9A-Fa-f]{2}(?:[:-][0-9A-Fa-f]{2}){5}$/;

/* Code points that no option may have: they could not be sent, or would end a line or a string. */
const CONTROL = /[\u0000-\u001f\u007f]/;

const whole = (text) => /^\d{1,9}$/.test(text) ? Number(text) : NaN;

function isIpv6(text) {
	if (!/^[0-9A-Fa-f:]+$/.test(text) || /:::/.test(text))
		return false;

	const halves = text.split('::');
	const groups = (half) => half === '' ? [] : half.split(':');

	if (halves.length > 2)
		return false;

	const parts = halves.flatMap(groups);

	return parts.every((group) => /^[0-9A-Fa-f]{1,4}$/.test(group)) &&
		(halves.length == 2 ? parts.length < 8 : parts.length == 8);
}

function isServer(text) {
	const name = text.endsWith('.') ? text.slice(0, -1) : text;

	if (/^[\d.]+$/.test(name))
		return IPV4.test(name);

	return name.length <= 253 && name.split('.').every((label) => HOST_LABEL.test(label));
}

function isPort(text) {
	return whole(text) >= 1 && whole(text) <= 65535;
}

function range(text, least, most, sentence) {
	return text === '' || (whole(text) >= least && whole(text) <= most) || sentence();
}

return baseclass.extend(/** @lends ddnsd.validate.prototype */ {
	/**
	 * @param {string} text One host or group.
	 * @returns {true|string} True, or what to write instead.
	 */
	hostname(text) {
		if (text.includes(','))
			return _('One host in each field: no commas');

		if (/\s/.test(text) || CONTROL.test(text))
			return _('A host name without spaces');

		return text.length <= 255 || _('A host name of 255 characters at most');
	},

	/**
	 * @param {string} text The username.
	 * @param {string} service The account's service.
	 * @returns {true|string} True, or what to write instead.
	 */
	username(text, service) {
		if (CONTROL.test(text))
			return _('A username without control characters');

		if (text.includes(':') && service != 'noip')
			return _('A username without a colon: this service could not tell it from the password');

		return true;
	},

	/**
	 * @param {string} text The password.
	 * @returns {true|string} True, or what to write instead.
	 */
	password(text) {
		return !CONTROL.test(text) || _('A password without control characters');
	},

	/**
	 * @param {string} text The path of a file with the password.
	 * @returns {true|string} True, or what to write instead.
	 */
	passwordFile(text) {
		return text === '' || /^\/etc\/ddnsd\/(?!\.|state\.json|.*\/)\S+$/.test(text) ||
			_('A file directly in /etc/ddnsd, such as /etc/ddnsd/home.secret');
	},

	/**
	 * @param {string} text The update server.
	 * @returns {true|string} True, or what to write instead.
	 */
	server(text) {
		return text === '' || isServer(text) || _('A host name such as dynupdate.no-ip.com, without http:// and path');
	},

	/**
	 * @param {string} text The path of the update URL.
	 * @returns {true|string} True, or what to write instead.
	 */
	path(text) {
		return text === '' || /^\/[^\s?#]*$/.test(text) || _('A path that begins with a slash, such as /nic/update');
	},

	/**
	 * @param {string} text A TCP port.
	 * @returns {true|string} True, or what to write instead.
	 */
	port(text) {
		return text === '' || isPort(text) || _('A port from 1 to 65535');
	},

	/**
	 * @param {string} text An HTTP proxy.
	 * @returns {true|string} True, or what to write instead.
	 */
	proxy(text) {
		const found = text.match(/^http:\/\/(\[[\da-fA-F:]+\]|[\w.-]+):(\d+)\/?$/);
		const good = found && isPort(found[2]) &&
			(found[1].startsWith('[') ? isIpv6(found[1].slice(1, -1)) : isServer(found[1]));

		return text === '' || !!good || _('A proxy such as http://proxy.lan:3128');
	},

	/**
	 * @param {string} text Where a web detection asks.
	 * @returns {true|string} True, or what to write instead.
	 */
	webUrl(text) {
		const found = text.match(/^https?:\/\/(\[[\da-fA-F:]+\]|[\w.-]+)(?::(\d+))?(?:(?:\/|\?)[^\s#]*)?$/);
		const good = found && (found[2] == null || isPort(found[2])) &&
			(found[1].startsWith('[') ? isIpv6(found[1].slice(1, -1)) : isServer(found[1]));

		return text === '' || !!good || _('A URL such as http://ip1.dynupdate.no-ip.com/');
	},

	/**
	 * @param {string} text The part of an IPv6 address behind the prefix, or a MAC address.
	 * @returns {true|string} True, or what to write instead.
	 */
	ipv6Suffix(text) {
		return text === '' || MAC.test(text) || (text.startsWith('::') && text.length > 2 && isIpv6(text)) ||
			_('The end of an address such as ::1234:5678, or a MAC address');
	},

	/**
	 * @param {string} text A netifd interface, or `auto`.
	 * @returns {true|string} True, or what to write instead.
	 */
	'interface'(text) {
		return text === '' || /^[\w.@-]{1,64}$/.test(text) || _('The name of an interface, such as wan');
	},

	/**
	 * @param {string} text The maintainer contact of the User-Agent.
	 * @returns {true|string} True, or what to write instead.
	 */
	contact(text) {
		return text === '' || (/^[\u0021-\u007e]+@[\u0021-\u007e]+$/.test(text) && text.length <= 100) ||
			_('An e-mail address');
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
	 * @param {string} text Minutes between two web detections.
	 * @returns {true|string} True, or what to write instead.
	 */
	webInterval(text) {
		return range(text, 10, 1440, () => _('Minutes, 10 at least and 1440 at most'));
	}
});
