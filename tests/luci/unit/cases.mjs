/** Values that an option may have, and values that it may not: for the browser's rules and the daemon's alike. */

const LONG = 'x'.repeat(1025);

/* A service that sets records of a zone. */
const RECORDS = { service: 'rfc2136', server: 'ns.example.com', username: 'key', password: 'c2VjcmV0c2VjcmV0c2VjcmV0' };

export const CASES = [
	{
		option: 'hostname', rule: 'hostname', list: true,
		good: [ 'home.ddns.net', 'all.ddnskey.com', 'group', 'my group'.replace(' ', '_'), 'host.example.com@roundrobin', 'xn--mnchen-3ya.example', 'Gruppe-ä', `${'x'.repeat(255)}`, '<img>', "o'brien" ],
		bad: [ 'a,b', 'a b', 'http://home.ddns.net', 'home.ddns.net/', '@label', 'host@', 'a@b@c', 'münchen.example', 'x'.repeat(256), 'a\u0007b' ]
	},
	{
		option: 'username', rule: 'username',
		good: [ 'user@example.com', 'group:user', 'a#b%c+d@e', 'Jürgen', `${'x'.repeat(38)}@example.com`, 'x'.repeat(60) ],
		bad: [ `${'x'.repeat(39)}@example.com`, 'a\u0001b', LONG ]
	},
	{ option: 'password', rule: 'password', good: [ 'secret', 'with space', "quote'", '"', 'ünï', '\\' ], bad: [ 'a\u007fb', LONG ] },
	{
		option: 'server', rule: 'server',
		good: [ 'dynupdate.no-ip.com', 'localhost', '192.0.2.1', '2001:db8::1', '[2001:db8::1]', '::ffff:192.0.2.1', 'under_score.example', 'example.com.' ],
		bad: [ 'http://example.com', 'example.com/path', 'example.com:443', 'user@example.com', '.example.com', 'a..b', 'münchen.example', 'a b', '1::2::3', '2001:db8::12345', '[::1', 'x'.repeat(254), '::ffff:192.0.2.256', '1:2:3:4:5:6:7:8:9' ]
	},
	{ option: 'path', rule: 'path', good: [ '/', '/nic/update', '/a%20b', "/a'b", '/~user/', '/a?b=c', '/u/{password}/', '/{hostname}?{username}' ], bad: [ 'nic/update', '/a#b', '/[x]', '/{secret}', '/a b', '/a<b', '/a{b}', 'http://a/b', '/http://x', '/ä' ] },
	{ option: 'port', rule: 'port', good: [ '1', '443', '8245', '65535' ], bad: [ '0', '65536', 'http', '-1', '4 43', '+443', '1e3', '99999999999' ] },
	{ option: 'ca_file', rule: 'file', good: [ '/etc/ssl/cert.pem', '/a b' ], bad: [ 'cert.pem', './cert.pem' ] },
	{
		option: 'proxy', rule: 'proxy',
		good: [ 'http://proxy.lan:3128', 'http://192.0.2.1:8080/', 'http://[2001:db8::1]:3128' ],
		bad: [ 'proxy.lan:3128', 'https://proxy.lan:3128', 'http://proxy.lan', 'http://user:secret@proxy.lan:3128', 'http://proxy.lan:0', 'http://proxy.lan:3128/path', 'http://proxy.lan:', 'http://:3128', 'socks5://proxy.lan:1080' ]
	},
	{
		option: 'web_url', rule: 'webUrl', list: true,
		good: [ 'http://ip1.dynupdate.no-ip.com/', 'https://ip.example.com', 'http://ip.example.com:8245/ip?format=text', 'http://[2001:db8::1]/', 'http://[2001:db8::1]:80/', 'http://192.0.2.1?x' ],
		bad: [ 'ip.example.com', 'ftp://example.com/', 'http:///x', 'http://user:secret@example.com/', 'http://example.com/#x', 'http://example.com:0/', 'http://example.com:99999/', 'http://exa mple.com/', 'http://münchen.example/', 'http://example.com/ä', 'http://:80/' ]
	},
	{
		option: 'ipv6_suffix', rule: 'ipv6Suffix',
		good: [ '::1234:5678', '::1', '::1:2:3:4', '02:00:5e:10:00:01', '02-00-5E-10-00-01', '0:0:0:0:0:0:0:1', '::192.0.2.1' ],
		bad: [ '::', '2001:db8::1', '1234:5678', '02:00:5e:10:00', '01:00:5e:10:00:01', '00:00:00:00:00:00', '02:00-5e:10:00:01', 'x', '::g', '1::' ]
	},
	{ option: 'interface', rule: 'interface', list: true, good: [ 'auto', 'wan', 'wan6', 'wan_6', 'wg-home', 'eth0.2' ], bad: [ 'wan lan', 'wan,lan', 'wan/', '@wan', 'wän' ] },
	{ option: 'lan', rule: 'interface', good: [ 'lan', 'guest' ], bad: [ 'lan guest' ] },
	{ option: 'zone', rule: 'zone', more: RECORDS, good: [ 'ddns.net', 'net', 'home.ddns.net.' ], bad: [ 'a..b', '.example.com', 'x'.repeat(64) ] },
	{ option: 'ttl', rule: 'ttl', more: RECORDS, good: [ '1', '300', '2147483647' ], bad: [ '0', '2147483648', 'x', '99999999999' ] },
	{ option: 'timeout', rule: 'timeout', good: [ '1', '30', '300' ], bad: [ '0', '301', 'x', '3.5' ] },
	{ option: 'force_interval', rule: 'forceInterval', good: [ '0', '30', '365' ], bad: [ '366', '-1', 'x' ] },
	{ option: 'web_interval', rule: 'webInterval', good: [ '10', '60', '10080' ], bad: [ '9', '0', '10081', 'x' ] },
	{ option: 'contact', rule: 'contact', global: true, good: [ 'admin@example.com', 'https://example.com/contact' ], bad: [ 'ad min@example.com', 'ädmin@example.com' ] }
];
