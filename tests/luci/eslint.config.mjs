/* LuCI's rules (js and json recommended, its globals, JSDoc), and what ddnsd's pages promise beyond them. */
import js from '@eslint/js';
import json from '@eslint/json';
import jsdoc from 'eslint-plugin-jsdoc';
import globals from 'globals';

const LUCI_GLOBALS = Object.fromEntries([
	'_', 'N_', 'L', 'E', 'baseclass', 'dom', 'form', 'poll', 'rpc', 'uci', 'ui', 'view', 'actions', 'bus', 'parts', 'validate', 'words'
].map((name) => [ name, 'readonly' ]));

const SAFE = [
	[ "MemberExpression[object.name='document'][property.name=/^write/]", 'Text from outside must never be read as HTML.' ],
	[ "MemberExpression[property.name=/^(innerHTML|outerHTML|insertAdjacentHTML)$/]", 'Text from outside must never be read as HTML.' ],
	[ "CallExpression[callee.name='E']:not([arguments.1.type='ObjectExpression']):not([arguments.1.type='CallExpression'])", 'E(tag, { attributes }, [ children ]): LuCI reads a string in their place as HTML.' ],
	[ "CallExpression[callee.name='E'][arguments.length=3]:not([arguments.2.type='ArrayExpression']):not([arguments.2.type='CallExpression']):not([arguments.2.type='Identifier'][arguments.2.name='children'])", 'Children go in an array: LuCI reads a string as HTML.' ],
	[ "CallExpression[callee.object.name='dom'][callee.property.name='content']:not([arguments.1.type='ArrayExpression']):not([arguments.1.type='CallExpression']):not([arguments.1.type='ConditionalExpression'])", 'Children go in an array: LuCI reads a string as HTML.' ],
	[ "Property[key.name=/^on[a-z]+$/][value.type='Literal']", 'No inline handlers.' ],
	[ "CallExpression[callee.name='_']:not([arguments.length=1][arguments.0.type='Literal'])", 'Whole sentences, written out, or nobody can translate them.' ]
].map(([ selector, message ]) => ({ selector, message }));

const RULES = {
	...js.configs.recommended.rules,
	'no-control-regex': 'off',
	'no-var': 'error',
	'prefer-const': 'error',
	'eqeqeq': 'off'
};

export default [
	{ ignores: [ '**/node_modules/**', 'tests/luci/package-lock.json' ] },
	{ files: [ '**/*.json' ], plugins: { json }, language: 'json/json', rules: { ...json.configs.recommended.rules } },
	{
		files: [ 'luci-app/**/*.js' ],
		plugins: { jsdoc },
		languageOptions: { sourceType: 'script', ecmaVersion: 2022, globals: { ...globals.browser, ...LUCI_GLOBALS }, parserOptions: { ecmaFeatures: { globalReturn: true } } },
		settings: { jsdoc: { mode: 'jsdoc' } },
		rules: {
			...RULES,
			'no-restricted-syntax': [ 'error', ...SAFE ],
			'no-eval': 'error',
			'no-script-url': 'error',
			'jsdoc/require-jsdoc': [ 'error', { require: { ClassDeclaration: true, MethodDefinition: false } } ],
			'jsdoc/require-param': 'error',
			'jsdoc/require-param-type': 'error',
			'jsdoc/require-param-description': 'error',
			'jsdoc/check-param-names': 'error',
			'jsdoc/require-returns': 'error',
			'jsdoc/check-alignment': 'error'
		}
	},
	{
		files: [ 'tests/luci/standin/resources/*.js' ],
		languageOptions: { sourceType: 'script', ecmaVersion: 2022, globals: { ...globals.browser, ...LUCI_GLOBALS }, parserOptions: { ecmaFeatures: { globalReturn: true } } },
		rules: RULES
	},
	{ files: [ 'tests/luci/standin/luci.js' ], languageOptions: { sourceType: 'script', ecmaVersion: 2022, globals: { ...globals.browser, ...LUCI_GLOBALS } }, rules: RULES },
	{ files: [ 'tests/luci/**/*.mjs' ], languageOptions: { ecmaVersion: 2024, globals: { ...globals.node, document: 'readonly', window: 'readonly', getComputedStyle: 'readonly', MutationObserver: 'readonly' } }, rules: RULES }
];
