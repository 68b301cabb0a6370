//! The UCI reader: what it reads, where it says things stand, and every sentence it says.
//!
//! That it reads as libuci does is proved in `tests/oracle`; here stand the cases that a reader wants to see.

use ddnsd::uci::{MAX_ENTRIES, Package, Section, UciOption, Value, parse};

/// Sections as `kind name(line): option=value(line) …`, one a line.
fn shown(package: &Package) -> String {
    let value = |option: &UciOption| match &option.value {
        Value::Single(value) => format!("{value:?}"),
        Value::List(items) => {
            format!("[{}]", items.iter().map(|(item, line)| format!("{item:?}@{line}")).collect::<Vec<_>>().join(" "))
        }
    };
    let section = |section: &Section| {
        let mut text = format!("{} {}@{}:", section.kind, section.name.as_deref().unwrap_or("-"), section.line);
        for option in &section.options {
            text.push_str(&format!(" {}={}@{}", option.name, value(option), option.line));
        }
        text
    };
    package.sections.iter().map(section).collect::<Vec<_>>().join("\n")
}

#[track_caller]
fn reads(text: &str, expected: &str) {
    match parse(text.as_bytes()) {
        Ok(package) => assert_eq!(shown(&package), expected, "{text:?}"),
        Err(error) => panic!("{text:?}: {error}"),
    }
}

#[test]
fn quotes_escapes_and_concatenation() {
    reads("config t n\noption a 'it'\\''s'", "t n@1: a=\"it's\"@2");
    reads("config t n\noption a \"say \\\"hi\\\"\"", r#"t n@1: a="say \"hi\""@2"#);
    reads("config t n\noption a 'a'\"b\"c\\ d", "t n@1: a=\"abc d\"@2");
    reads("config t n\noption a 'back\\slash'", r#"t n@1: a="back\\slash"@2"#);
    reads("config t n\noption a 'p#a;ss \"word\"'", r#"t n@1: a="p#a;ss \"word\""@2"#);
    reads("config 'account' \"home\"\noption \"a\" Grüße", "account home@1: a=\"Grüße\"@2");
}

#[test]
fn comments_and_blank_lines() {
    reads("# one\n\n  \t# two\nconfig t n # three\n\n\toption a b # four\n", "t n@4: a=\"b\"@6");
    reads("config t n\noption a b#c\n", "t n@1: a=\"b\"@2");
}

#[test]
fn lines_that_go_on() {
    reads("config t n\noption a one\\\ntwo\noption b 3", "t n@1: a=\"onetwo\"@2 b=\"3\"@4");
    reads("config t n\noption a 'one\ntwo'\noption b 3", "t n@1: a=\"one\\ntwo\"@2 b=\"3\"@4");
    reads("config t n\noption a \"one\\\ntwo\"", "t n@1: a=\"onetwo\"@2");
    reads("config t n\r\noption a one\\\r\ntwo\r\n", "t n@1: a=\"onetwo\"@2");
}

#[test]
fn line_ends_marks_and_last_lines() {
    reads("config t n\r\n\toption a 'b'\r\n\r\n", "t n@1: a=\"b\"@2");
    reads("\u{feff}config t n\noption a b", "t n@1: a=\"b\"@2");
    reads("", "");
    reads("\n", "");
    reads("# nothing", "");
}

#[test]
fn what_repeats() {
    reads("config t\nconfig t\noption a 1", "t -@1:\nt -@2: a=\"1\"@3");
    reads("config t n\noption a 1\nconfig t m\nconfig t n\noption b 2", "t n@1: a=\"1\"@2 b=\"2\"@5\nt m@3:");
    reads("c t n\nc t n\no a 1\nc t n\no b 2", "t n@1: a=\"1\"@3 b=\"2\"@5");
    reads("config t n\noption a 1\noption b 2\noption a 3", "t n@1: a=\"3\"@4 b=\"2\"@3");
    reads("config t n\noption a 1\noption b 2\noption a 1", "t n@1: a=\"1\"@4 b=\"2\"@3");
    reads("config t n\noption a ''\noption b 2\noption b ''", "t n@1: b=\"2\"@3");
    reads("config t n\nlist a 1\nlist a ''\nlist a 3", "t n@1: a=[\"1\"@2 \"\"@3 \"3\"@4]@2");
    reads("config t n\noption a 1\noption b 2\nlist a 3", "t n@1: a=[\"1\"@2 \"3\"@4]@2 b=\"2\"@3");
    reads("config t n\nlist a 1\noption a 2", "t n@1: a=\"2\"@3");
}

#[test]
fn short_commands_and_several_on_a_line() {
    reads("p x\nc t n ; o a 1 ; l b 2", "t n@2: a=\"1\"@2 b=[\"2\"@2]@2");
    // After a bare word that touches it, libuci loses what follows the `;`.
    reads("config t n\noption a 1;option b 2", "t n@1: a=\"1\"@2");
}

#[test]
fn every_sentence() {
    let table = [
        (
            "config t n\noption a 'b",
            2,
            10,
            "the quote ' that begins here is never closed: add ' at the end of the value",
        ),
        (
            "config t n\noption a \"b\n\n",
            2,
            10,
            "the quote \" that begins here is never closed: add \" at the end of the value",
        ),
        ("config", 1, 1, "'config' needs a type and a name: config account 'home'"),
        ("config\n", 1, 1, "'config' needs a type and a name: config account 'home'"),
        ("config ''\n", 1, 1, "'config' needs a type and a name: config account 'home'"),
        ("package\n", 1, 1, "'package' needs a name: package ddnsd"),
        ("package a.b", 1, 9, "'.' cannot be in a package name: use letters a-z, digits, _ and - only"),
        ("config t n\n\toption\n", 2, 2, "'option' needs a name and a value: option username 'user@example.com'"),
        ("config t n\nlist ''\n", 2, 1, "'list' needs a name and a value: list hostname 'home.ddns.net'"),
        ("config t n\noption a b c", 2, 12, "one word too many: put a value with spaces in it between quotes"),
        ("config t n m", 1, 12, "one word too many: put a value with spaces in it between quotes"),
        ("config 't t'", 1, 8, "byte 0x20 cannot be in a section type: use printable ASCII characters only"),
        ("config t 'my-home'", 1, 10, "'-' cannot be in a section name: use letters a-z, digits and _ only"),
        (
            "config t n\noption password=secret",
            2,
            8,
            "'=' cannot be in an option name: use letters a-z, digits and _ only",
        ),
        ("config t n\nlist é x", 2, 6, "byte 0xc3 cannot be in a list name: use letters a-z, digits and _ only"),
        ("option a b", 1, 1, "this belongs to no section: write a line like config account 'home' above it"),
        (
            "config t n\nconfig u n",
            2,
            1,
            "section 'n' is of type 'u' here, and of type 't' in line 1: give one of them another name",
        ),
        ("confg t n", 1, 1, "this is no command: did you mean 'config'?"),
        ("config t n\n  secret\n", 2, 3, "this is no command: a line begins with config, option, list, package or #"),
        ("config t n ;\n", 1, 13, "nothing follows the ';': leave it out"),
        ("config t n\noption a b\0c\n", 2, 11, "a NUL byte: this is not a text file, or it was damaged"),
    ];
    for (text, line, column, message) in table {
        let error = parse(text.as_bytes()).expect_err(text);
        assert_eq!((error.line, error.column, error.message.as_str()), (line, column, message), "{text:?}");
    }
    let error = parse(b"config t n\noption a 'caf\xe9'").expect_err("Latin-1");
    assert_eq!(error.to_string(), "line 2, column 10: the value of 'a' is not UTF-8: save the file in that encoding");
    // Outside a value, nobody is hurt by another encoding.
    assert!(parse(b"# caf\xe9\nconfig t n").is_ok());
}

#[test]
fn a_value_is_never_quoted_in_an_error() {
    for text in [
        "config t n\noption password Sesame1 Sesame2",
        "config t n\noption password=Sesame1",
        "config t n\noption 'Sesame1!' password",
        "config t n\noption password\n\tSesame1",
        "config t n\noption password 'Ses'ame1'",
        "config t n\noption password Sesame1 ; Sesame2",
        "Sesame1",
    ] {
        let error = parse(text.as_bytes()).expect_err(text).to_string();
        assert!(!error.contains("Sesame") && !error.contains("ame1"), "{error}");
    }
}

#[test]
fn every_truncation_is_read_or_refused_with_a_place() {
    let text = "package ddnsd\r\nconfig account 'home' # x\n\toption a 'it'\\''s'\n\tlist b \"a\\\"b\" ;\\\n l b c\\\n d\n\n\u{feff}ä";
    for end in 0..=text.len() {
        if let Err(error) = parse(&text.as_bytes()[..end]) {
            assert!((1..=9).contains(&error.line) && error.column <= 60 && !error.message.is_empty(), "{error:?}");
        }
    }
}

#[test]
fn a_mebibyte_of_anything_is_answered_at_once() {
    let mib = 1 << 20;
    let shapes: Vec<Vec<u8>> = vec![
        vec![b'\n'; mib],
        vec![b'\''; mib],
        vec![b'"'; mib],
        vec![b'\\'; mib],
        vec![b';'; mib],
        vec![b'a'; mib],
        b"c t\n".repeat(mib / 4),
        b"c t n\n".repeat(mib / 6),
        [b"c t\n".to_vec(), b"l a b\n".repeat(mib / 6 - 1)].concat(),
        [b"c t\n".to_vec(), b"o a 1\no a 2\n".repeat(mib / 12 - 1)].concat(),
        [b"c t\no a '".to_vec(), b"''\\\n".repeat(mib / 4 - 4)].concat(),
    ];
    for shape in shapes {
        let begun = std::time::Instant::now();
        let _ = parse(&shape);
        assert!(begun.elapsed() < std::time::Duration::from_secs(5), "{:?}…", String::from_utf8_lossy(&shape[..12]));
    }
    let text = "c t\n".repeat(MAX_ENTRIES + 1);
    let error = parse(text.as_bytes()).expect_err("too many");
    assert_eq!(
        error.to_string(),
        "line 32769, column 1: the file has more than 32768 sections, options and list items"
    );
    let error = parse(&vec![b'\n'; mib + 1]).expect_err("too long");
    assert_eq!(error.to_string(), "line 1, column 1: the file has 1048577 bytes, more than a configuration's 1048576");
}
