//! The UCI writer: whatever it is given reads back as the same.

use ddnsd::uci::{Package, Section, UciOption, Value, parse, print};
use proptest::prelude::*;

fn without_lines(mut package: Package) -> Package {
    for section in &mut package.sections {
        section.line = 0;
        section.continued = Vec::new();
        for option in &mut section.options {
            option.line = 0;
            if let Value::List(items) = &mut option.value {
                items.iter_mut().for_each(|(_, line)| *line = 0);
            }
        }
    }
    package
}

fn value() -> impl Strategy<Value = Value> {
    let text = "[^\0]{0,12}";
    prop_oneof![
        "[^\0]{1,12}".prop_map(Value::Single),
        prop::collection::vec(text.prop_map(|item| (item, 0)), 1..4).prop_map(Value::List),
    ]
}

fn section() -> impl Strategy<Value = Section> {
    let options = prop::collection::btree_map("[a-z_0-9]{1,6}", value(), 0..6);
    ("[!-~]{1,8}", options).prop_map(|(kind, options)| Section {
        kind,
        name: None,
        line: 0,
        continued: Vec::new(),
        options: options.into_iter().map(|(name, value)| UciOption { name, value, line: 0 }).collect(),
    })
}

fn package() -> impl Strategy<Value = Package> {
    let sections = prop::collection::vec((section(), any::<bool>()), 0..5);
    (prop::option::of("[a-z-]{1,8}"), sections).prop_map(|(name, sections)| Package {
        name,
        sections: sections
            .into_iter()
            .enumerate()
            .map(|(number, (section, named))| Section { name: named.then(|| format!("s{number}")), ..section })
            .collect(),
    })
}

proptest! {
    #[test]
    fn what_is_printed_reads_back(package in package()) {
        let printed = print(&package);
        let again = parse(printed.as_bytes()).map(without_lines);
        prop_assert_eq!(again, Ok(package), "{}", printed);
    }

    #[test]
    fn nothing_panics_and_what_reads_prints_and_reads(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
        if let Ok(package) = parse(&bytes) {
            let printed = print(&package);
            prop_assert_eq!(parse(printed.as_bytes()).map(without_lines), Ok(without_lines(package)));
        }
    }
}

#[test]
fn the_form_is_that_of_uci_export() {
    let text = "config global 'global'\n\toption contact 'me@example.com'\n\nconfig account\n\tlist hostname 'a'\n\
                \tlist hostname 'it'\\''s'\n";
    let package = parse(text.as_bytes()).expect("sound");
    assert_eq!(print(&package), text);
}

#[test]
fn what_uci_cannot_hold_is_left_out() {
    let option = |value: &str| UciOption { name: "a".into(), value: Value::Single(value.into()), line: 0 };
    let section = Section {
        kind: "t".into(),
        name: None,
        line: 0,
        continued: Vec::new(),
        options: vec![option("x\0y"), option("")],
    };
    let package = Package { name: None, sections: vec![section] };
    assert_eq!(print(&package), "config t\n\toption a 'xy'\n\toption a ''\n");
}
