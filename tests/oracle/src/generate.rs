//! UCI files, sound and damaged: from a grammar, from a soup of tokens, and by mutation of the corpus.

use crate::random::Random;

/// What the language is sensitive to, and some names that meet again.
const TOKENS: &[&str] = &[
    "config",
    "option",
    "list",
    "package",
    "c",
    "o",
    "l",
    "p",
    "config ",
    "option ",
    "list ",
    "package ",
    "'",
    "'",
    "\"",
    "\"",
    "\\",
    "\\",
    "\\\\",
    "\\\n",
    "\\\r\n",
    "\\'",
    "\\\"",
    "''",
    "\"\"",
    ";",
    ";",
    " ; ",
    ";\n",
    "#",
    " # ",
    "\n",
    "\n",
    "\n",
    "\r\n",
    "\r",
    " ",
    " ",
    "  ",
    "\t",
    "\x0b",
    "\x0c",
    "a",
    "b",
    "ab",
    "a_1",
    "a-b",
    "a.b",
    "=",
    "account",
    "'home'",
    "home",
    "hostname",
    "'home.ddns.net'",
    "'x y'",
    "\"x y\"",
    "cfg011234",
    "cfg01f1d8",
    "interface",
    "ä",
    "€",
    "\u{85}",
    "\u{a0}",
    "\u{feff}",
    "\x01",
    "\x7f",
    "$",
    "!",
    "option a b\n",
    "list a b\n",
    "config t n\n",
    "config t\n",
];

/// The file of this seed.
pub fn file(seed: u64, corpus: &[Vec<u8>]) -> Vec<u8> {
    let mut random = Random::new(seed);
    let mut text = match random.below(8) {
        0 | 1 => soup(&mut random),
        2 | 3 if !corpus.is_empty() => excerpt(&mut random, corpus),
        _ => grammatical(&mut random),
    };
    if random.one_in(2) {
        for _ in 0..random.below(5) {
            mutate(&mut random, &mut text);
        }
    }
    text
}

fn soup(random: &mut Random) -> Vec<u8> {
    let mut text = if random.one_in(2) { b"config t n\n".to_vec() } else { Vec::new() };
    for _ in 0..random.below(40) {
        text.extend_from_slice(random.pick(TOKENS).as_bytes());
    }
    text
}

/// Some lines of a file of the corpus.
fn excerpt(random: &mut Random, corpus: &[Vec<u8>]) -> Vec<u8> {
    let file = random.pick(corpus);
    let lines: Vec<&[u8]> = file.split_inclusive(|&byte| byte == b'\n').take(2000).collect();
    if lines.is_empty() {
        return Vec::new();
    }
    // Sections make sense anywhere, single options only where a section is open.
    let sections: Vec<usize> =
        (0..lines.len()).filter(|&at| lines[at].trim_ascii_start().starts_with(b"config")).collect();
    let start = match random.below(8) {
        0 => random.below(lines.len()),
        1..=5 if !sections.is_empty() => *random.pick(&sections),
        _ => 0,
    };
    let count = 1 + random.below(30);
    lines[start..].iter().take(count).copied().collect::<Vec<_>>().concat()
}

/// A sound file of up to twelve commands, in every style that the language has.
fn grammatical(random: &mut Random) -> Vec<u8> {
    let newline: &[u8] = if random.one_in(5) { b"\r\n" } else { b"\n" };
    let mut text = Vec::new();
    if random.one_in(6) {
        text.extend_from_slice(b"package ddnsd");
        text.extend_from_slice(newline);
    }
    section(random, &mut text);
    for _ in 0..random.below(12) {
        text.extend_from_slice(if random.one_in(8) { b" ;" } else { newline });
        match random.below(10) {
            0 => section(random, &mut text),
            1 => text.extend_from_slice(b"# a comment; with 'quotes' and \\"),
            2 => {}
            _ => setting(random, &mut text),
        }
    }
    if !random.one_in(4) {
        text.extend_from_slice(newline);
    }
    text
}

fn section(random: &mut Random, text: &mut Vec<u8>) {
    add(random, text, &["config", "config", "c", "\tconfig"]);
    gap(random, text);
    word(random, text, &["account", "account", "global", "t", "a-b"]);
    if !random.one_in(3) {
        gap(random, text);
        word(random, text, &["home", "office", "n", "cfg01f1d8", "a_1"]);
    }
}

fn setting(random: &mut Random, text: &mut Vec<u8>) {
    add(random, text, &["\toption", "option", "o", "\tlist", "list", "l"]);
    gap(random, text);
    word(random, text, &["a", "b", "hostname", "password", "x_1"]);
    if !random.one_in(12) {
        gap(random, text);
        word(
            random,
            text,
            &["", "1", "home.ddns.net", "two words", "it's", "say \"hi\"", "a#b", "c;d", "back\\slash", "ä€", "l1\nl2"],
        );
    }
    if random.one_in(8) {
        add(random, text, &[" # why", " ", "\t", " ''", "#x"]);
    }
}

fn gap(random: &mut Random, text: &mut Vec<u8>) {
    add(random, text, &[" ", " ", " ", "\t", "  ", " \t ", " \\\n"]);
}

/// One of these words, quoted in one of the ways that there are, not always soundly.
fn word(random: &mut Random, text: &mut Vec<u8>, words: &[&str]) {
    let word = random.pick(words);
    match random.below(6) {
        0 => text.extend_from_slice(word.as_bytes()),
        1 => word.bytes().for_each(|byte| {
            text.extend_from_slice(&if byte.is_ascii_alphanumeric() { vec![byte] } else { vec![b'\\', byte] })
        }),
        2 => {
            text.push(b'"');
            text.extend_from_slice(word.replace('\\', "\\\\").replace('"', "\\\"").as_bytes());
            text.push(b'"');
        }
        3 => {
            let middle = (0..=word.len() / 2).rev().find(|&at| word.is_char_boundary(at)).unwrap_or(0);
            text.extend_from_slice(format!("'{}'\"{}\"", &word[..middle], &word[middle..]).as_bytes());
        }
        _ => text.extend_from_slice(format!("'{}'", word.replace('\'', "'\\''")).as_bytes()),
    }
}

fn add(random: &mut Random, text: &mut Vec<u8>, choices: &[&str]) {
    text.extend_from_slice(random.pick(choices).as_bytes());
}

fn mutate(random: &mut Random, text: &mut Vec<u8>) {
    let at = random.below(text.len() + 1);
    match random.below(8) {
        0 | 1 => {
            let token = random.pick(TOKENS).as_bytes();
            text.splice(at..at, token.iter().copied());
        }
        2 if at < text.len() => {
            text.remove(at);
        }
        3 if at < text.len() => text[at] = random.pick(b"'\"\\;# \n\t\rax").to_owned(),
        4 => text.truncate(at),
        5 => {
            let length = random.below(12).min(text.len() - at);
            let copy = text[at..at + length].to_vec();
            let to = random.below(text.len() + 1);
            text.splice(to..to, copy);
        }
        6 => {
            let length = random.below(12).min(text.len() - at);
            text.drain(at..at + length);
        }
        // The bytes that only we refuse, rarely: a file that holds one says nothing about the rest of it.
        7 if random.one_in(8) => text.insert(at, *random.pick(&[0x00, 0xff, 0x80, 0xe9])),
        _ => {}
    }
}
