//! Real-world configurations of ddns-scripts, and what becomes of them.
//!
//! `tests/data/migrate/NAME.ddns` is read; `NAME.ddnsd` is the expected new file, followed by the remarks after a
//! line `== remarks`. Every output also goes through the real configuration builder, and no password may be in a
//! remark or in a service's description. With UPDATE_EXPECTED=1 the expected files are written instead.

use ddnsd::config::{self, Severity};
use ddnsd::migrate::{Migration, Options, migrate};
use ddnsd::services::{Source, Table};
use ddnsd::uci::{self, Value};
use std::fs;
use std::path::{Path, PathBuf};

fn table() -> Table {
    Table::new([Source::new("services.json", include_str!("../files/usr/share/ddnsd/services.json"))])
}

fn corpus() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/migrate");
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|it| it.unwrap().path()).collect();
    files.retain(|it| it.extension().is_some_and(|it| it == "ddns"));
    files.sort();
    files
}

fn with_remarks(migration: &Migration) -> String {
    let remarks: Vec<String> = migration.remarks.iter().map(|it| format!("{:?}: {it}\n", it.kind)).collect();
    format!("{}\n== remarks\n{}", migration.text, remarks.concat())
}

/// The mistakes that ddnsd finds in what was made for it.
fn mistakes(migration: &Migration) -> Vec<String> {
    let own = migration.services.iter().map(|it| Source::new(it.file.clone(), it.text.clone()));
    let shipped = Source::new("services.json", include_str!("../files/usr/share/ddnsd/services.json"));
    let table = Table::new(std::iter::once(shipped).chain(own));
    assert_eq!(table.mistakes(), []);
    let package = uci::parse(migration.text.as_bytes()).unwrap();
    let config = config::build(&package, &table, &mut |file| panic!("{file} is read"));
    assert_eq!(config.accounts.len(), migration.accounts);
    let wrong = config.diagnostics.iter().filter(|it| it.severity == Severity::Error);
    wrong.map(|it| format!("{:?} {}", it.option, it.message)).collect()
}

#[test]
fn every_configuration_becomes_what_is_expected() {
    let update = std::env::var_os("UPDATE_EXPECTED").is_some();
    for file in corpus() {
        let old = fs::read(&file).unwrap();
        let migration = migrate(&old, &table(), Options { enable: true }).unwrap();
        let got = with_remarks(&migration);
        let expected = file.with_extension("ddnsd");
        if update {
            fs::write(&expected, &got).unwrap();
        }
        assert_eq!(got, fs::read_to_string(&expected).unwrap(), "{}", file.display());
    }
    assert!(corpus().len() >= 20);
}

#[test]
fn every_output_passes_the_configuration_builder() {
    for file in corpus() {
        let old = fs::read(&file).unwrap();
        for enable in [false, true] {
            let migration = migrate(&old, &table(), Options { enable }).unwrap();
            assert_eq!(mistakes(&migration), Vec::<String>::new(), "{}", file.display());
            if !enable {
                assert!(!migration.text.contains("option enabled '1'"), "off unless asked otherwise");
            }
        }
    }
}

/// Every option of the old file is carried over or spoken of, and every section is.
#[test]
fn nothing_is_passed_over_in_silence() {
    for file in corpus() {
        let old = fs::read(&file).unwrap();
        let migration = migrate(&old, &table(), Options::default()).unwrap();
        for section in uci::parse(&old).unwrap().sections.iter().filter(|it| it.kind == "service") {
            let line = section.line;
            let spoken = migration.remarks.iter().any(|it| it.line == line);
            let carried = migration.text.contains(&format!("(line {line})"));
            assert!(spoken || carried, "{}: the section of line {line}", file.display());
        }
    }
}

#[test]
fn r13_no_password_is_in_a_remark_or_in_a_service() {
    for file in corpus() {
        let old = fs::read(&file).unwrap();
        let migration = migrate(&old, &table(), Options::default()).unwrap();
        let mut secrets: Vec<String> =
            ["s3cret-in-the-url", "0123456789abcdef0123", "abcdef0123456789abcdef"].map(str::to_owned).into();
        for section in uci::parse(&old).unwrap().sections {
            for option in section.options.iter().filter(|it| it.name == "password") {
                if let Value::Single(value) = &option.value
                    && value.len() > 1
                {
                    secrets.push(value.clone());
                }
            }
        }
        let said: Vec<String> = migration
            .remarks
            .iter()
            .map(ToString::to_string)
            .chain(migration.services.iter().map(|it| it.text.clone()))
            .chain(migration.text.lines().filter(|it| it.starts_with('#')).map(str::to_owned))
            .collect();
        for secret in secrets {
            assert!(said.iter().all(|it| !it.contains(&secret)), "{}", file.display());
        }
    }
}

#[test]
fn any_text_is_read_or_refused() {
    let table = table();
    for (index, file) in corpus().iter().enumerate() {
        let whole = fs::read(file).unwrap();
        // Every beginning of the file with every option; of the others, one in seventeen.
        let step = if file.to_string_lossy().contains("every-option") { 1 } else { 17 };
        for end in (index % step..whole.len()).step_by(step) {
            if let Ok(migration) = migrate(&whole[..end], &table, Options::default()) {
                assert_eq!(mistakes(&migration), Vec::<String>::new(), "{} up to {end}", file.display());
            }
        }
    }
    proptest::proptest!(proptest::prelude::ProptestConfig::with_cases(64), |(
        url in "(https?://)?(\\[USERNAME\\]:\\[PASSWORD\\]@)?[a-z.\\[\\]]{0,12}(:[0-9]{0,5})?[/?&=a-z\\[\\]{}# DOMAINP%]{0,30}",
        name in "[a-z.\n-]{0,12}",
        value in "[^'\0]{0,12}",
    )| {
        let text = format!(
            "config service 'x'\n option enabled '1'\n option service_name '{name}'\n option update_url '{url}'\n \
             option domain '{value}'\n option username '{value}'\n option password 'p{value}'\n option ip_source '{value}'\n"
        );
        if let Ok(migration) = migrate(text.as_bytes(), &table, Options::default()) {
            assert_eq!(mistakes(&migration), Vec::<String>::new(), "{}", migration.text);
        }
    });
}
