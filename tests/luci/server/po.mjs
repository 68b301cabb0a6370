/** Reads gettext's .po files: message to translation. Plurals and contexts are left out: the pages use none. */
import fs from 'node:fs';

export function translations(file) {
	const messages = {};
	let id = null;
	let current = null;

	for (const line of fs.readFileSync(file, 'utf8').split('\n')) {
		const [ , verb, quoted ] = line.match(/^(msgid|msgstr)?\s*("(?:[^"\\]|\\.)*")\s*$/) ?? [];

		if (!quoted)
			continue;

		const text = JSON.parse(quoted);

		if (verb == 'msgid') {
			id = text;
			current = 'id';
		}
		else if (verb == 'msgstr') {
			messages[id] = text;
			current = 'str';
		}
		else if (current == 'id')
			id += text;
		else
			messages[id] += text;
	}

	delete messages[''];

	return Object.fromEntries(Object.entries(messages).filter((entry) => entry[1] !== ''));
}
