//! docs/reliability.md has a row for every test in tests/faults_*.rs, and no row without its test.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// `faults_x::name` of every test.
fn tests(root: &Path) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for entry in fs::read_dir(root.join("tests")).unwrap() {
        let path = entry.unwrap().path();
        let file = path.file_stem().unwrap().to_string_lossy().into_owned();
        if !file.starts_with("faults_") || file == "faults_table" {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        for (_, after) in text.match_indices("#[test]\n").map(|(at, it)| text.split_at(at + it.len())) {
            let name = after.strip_prefix("fn ").and_then(|it| it.split_once('(')).expect("a function after #[test]").0;
            names.insert(format!("{file}::{name}"));
        }
    }
    names
}

/// What stands in the last column.
fn rows(text: &str) -> BTreeSet<String> {
    let cells = text.lines().filter_map(|line| line.strip_suffix(" |")?.rsplit_once("| ").map(|(_, cell)| cell));
    let names = cells.map(|cell| cell.trim_matches('`').to_owned());
    names.filter(|name| name.starts_with("faults_")).collect()
}

#[test]
fn every_fault_has_its_row_and_every_row_its_test() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (tests, rows) = (tests(root), rows(&fs::read_to_string(root.join("docs/reliability.md")).unwrap()));
    assert!(tests.len() > 20);
    assert_eq!(tests.difference(&rows).collect::<Vec<_>>(), Vec::<&String>::new(), "without a row");
    assert_eq!(rows.difference(&tests).collect::<Vec<_>>(), Vec::<&String>::new(), "without a test");
}
