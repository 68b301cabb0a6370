//! Our UCI parser against libuci: the same sections, options and values, or both refuse.
//!
//! Where ours differs on purpose ("Where ddnsd reads UCI differently" in docs/configuration.md), exactly that
//! difference is asserted.

use ddnsd_oracle::model::{of, sorted};
use ddnsd_oracle::uci::{self, MAX_BYTES, MAX_ENTRIES, Package};
use ddnsd_oracle::{generate, uci_c};
use std::path::Path;

/// How many files are generated where the variable `DDNSD_ORACLE_FILES` does not say; each seed is one.
const GENERATED: u64 = 200_000;

/// How the two readings of one text relate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Relation {
    BothRead,
    BothRefuse,
    /// A NUL byte: we refuse, libuci stops reading the line there.
    Nul,
    /// A byte order mark: we skip it, libuci refuses.
    Mark,
    /// A value that is not UTF-8: we refuse, libuci passes it on.
    NotUtf8,
    /// A section that is opened for the third time: the libuci of 2021 loses it and refuses what follows, today's
    /// does not, and neither do we.
    ThirdOpening,
}

/// Compares, and panics with the text where the two differ otherwise than documented.
fn compare(text: &[u8], what: &str) -> Relation {
    let ours = uci::parse(text);
    if text.contains(&0) {
        let error = ours.expect_err(what);
        assert!(error.message.starts_with("a NUL byte"), "{what}: {error}");
        return Relation::Nul;
    }
    if let Some(rest) = text.strip_prefix(b"\xef\xbb\xbf") {
        assert!(uci_c::parse(text).is_err(), "{what}: libuci takes a byte order mark now");
        assert_eq!(ours.is_ok(), uci::parse(rest).is_ok(), "{what}");
        compare(rest, what);
        return Relation::Mark;
    }
    if let Err(error) = &ours
        && error.message.ends_with("is not UTF-8: save the file in that encoding")
    {
        assert!(std::str::from_utf8(text).is_err(), "{what}: {error}");
        let ascii: Vec<u8> = text.iter().map(|&byte| if byte < 0x80 { byte } else { b'x' }).collect();
        compare(&ascii, what);
        return Relation::NotUtf8;
    }
    let shown = || String::from_utf8_lossy(text).into_owned();
    match (ours, uci_c::parse(text)) {
        (Ok(package), Ok(theirs)) => {
            assert_eq!(sorted(of(&package)), sorted(theirs), "{what}: {:?}", shown());
            check_printed(&package, what);
            Relation::BothRead
        }
        (Ok(package), Err(_)) if package.sections.iter().any(|section| section.continued.len() > 1) => {
            check_printed(&package, what);
            Relation::ThirdOpening
        }
        (Err(error), Err(_)) => {
            let lines = text.split(|&byte| byte == b'\n').count();
            assert!((1..=lines).contains(&error.line) && error.column >= 1, "{what}: {error}");
            Relation::BothRefuse
        }
        (ours, theirs) => panic!("{what}: {:?}\nours: {ours:?}\nlibuci: {theirs:?}", shown()),
    }
}

/// What we print, libuci reads as what we read, in that order.
fn check_printed(package: &Package, what: &str) {
    let printed = uci::print(package);
    assert_eq!(uci_c::parse(printed.as_bytes()), Ok(of(package)), "{what}, printed: {printed:?}");
    let again = uci::parse(printed.as_bytes()).map(|package| of(&package));
    assert_eq!(again, Ok(of(package)), "{what}, printed: {printed:?}");
}

fn corpus() -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../data/uci");
    let mut files: Vec<_> = std::fs::read_dir(&folder)
        .expect("tests/data/uci")
        .map(|entry| {
            let path = entry.expect("an entry of tests/data/uci").path();
            let name = path.file_name().expect("a file").to_string_lossy().into_owned();
            (name, std::fs::read(&path).expect("a file of tests/data/uci"))
        })
        .collect();
    files.sort();
    files
}

#[test]
fn the_corpus_reads_as_with_libuci() {
    let files = corpus();
    assert!(files.len() >= 60, "{} files", files.len());
    for (name, text) in &files {
        let relation = compare(text, name);
        let expected = match name.split_once('-').map_or("", |(prefix, _)| prefix) {
            "bad" => Relation::BothRefuse,
            "nul" => Relation::Nul,
            "bom" => Relation::Mark,
            "latin1" => Relation::NotUtf8,
            "thrice" => Relation::ThirdOpening,
            _ => Relation::BothRead,
        };
        assert_eq!(relation, expected, "{name}");
    }
}

#[test]
fn every_beginning_of_every_file_reads_as_with_libuci() {
    for (name, text) in corpus() {
        // Long files are cut in their first 3,000 bytes: what follows repeats the same grammar.
        for length in 0..text.len().min(3000) {
            compare(&text[..length], &format!("{name}, first {length} bytes"));
        }
    }
}

#[test]
fn generated_files_read_as_with_libuci() {
    let corpus: Vec<Vec<u8>> = corpus().into_iter().map(|(_, text)| text).collect();
    let files = std::env::var("DDNSD_ORACLE_FILES").ok().and_then(|number| number.parse().ok()).unwrap_or(GENERATED);
    let mut counts = [0u64; 6];
    for seed in 0..files {
        counts[compare(&generate::file(seed, &corpus), &format!("seed {seed}")) as usize] += 1;
    }
    let [read, refused, nul, mark, latin, third] = counts;
    println!(
        "{files} files: {read} read alike, {refused} refused by both, {nul} with NUL, {mark} with a mark, \
         {latin} not UTF-8, {third} open a section thrice"
    );
    // The generator has to reach both sides of the language, and every documented difference.
    assert!(read > files / 4 && refused > files / 10, "{counts:?}");
    assert!([nul, mark, latin, third].iter().all(|&count| count > 0), "{counts:?}");
}

#[test]
fn a_file_of_a_mebibyte_is_read_one_byte_more_is_not() {
    let mut text = b"config account 'home'\n\toption username '".to_vec();
    text.resize(MAX_BYTES - 2, b'x');
    text.extend_from_slice(b"'\n");
    assert_eq!(compare(&text, "1 MiB"), Relation::BothRead);
    text.push(b'\n');
    assert!(uci_c::parse(&text).is_ok());
    assert!(uci::parse(&text).is_err());
}

#[test]
fn a_bounded_number_of_things_can_be_set() {
    let text = |items: usize| format!("config t\n{}", "list a b\n".repeat(items)).into_bytes();
    assert_eq!(compare(&text(MAX_ENTRIES - 2), "many"), Relation::BothRead);
    let more = text(MAX_ENTRIES + 1);
    assert!(uci_c::parse(&more).is_ok());
    assert!(uci::parse(&more).is_err());
}
