//! Real-world configurations of ddns-scripts, inadyn and ddclient, and what becomes of them.
//!
//! `tests/data/migrate/NAME.ddns`, `inadyn/NAME.conf` and `ddclient/NAME.conf` are read; `NAME.ddnsd` is the expected
//! new file, followed by the remarks after a line `== remarks`, and the services of one's own after their names. Every output also goes through the real configuration builder, and no password may be in a
//! remark or in a service's description. With UPDATE_EXPECTED=1 the expected files are written instead.

use ddnsd::config::{self, Severity};
use ddnsd::migrate::{Migration, Options, RemarkKind, migrate, migrate_with};
use ddnsd::services::{Source, Table};
use ddnsd::uci::{self, Value};
use std::fs;
use std::path::{Path, PathBuf};

fn table() -> Table {
    Table::new([Source::new("services.json", include_str!("../files/usr/share/ddnsd/services.json"))])
}

/// The old configurations: a folder for each program but ddns-scripts.
fn corpus() -> Vec<PathBuf> {
    let mut files = Vec::new();
    for folder in ["", "inadyn", "ddclient"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/migrate").join(folder);
        files.extend(fs::read_dir(folder).unwrap().map(|it| it.unwrap().path()));
    }
    files.retain(|it| it.extension().is_some_and(|it| it == "ddns" || it == "conf"));
    files.sort();
    files
}

/// As the command line does it, but for files outside of the corpus.
fn migrate_file(file: &Path, options: Options) -> Migration {
    let text = fs::read(file).unwrap();
    migrate_with(&text, &table(), options, &mut |name| match name {
        "/etc/ddclient/dyn.key" => {
            Ok("key \"router\" {\n\talgorithm hmac-sha256;\n\tsecret \"a2V5IGZyb20gYSBmaWxl\";\n};\n".into())
        }
        name => fs::read_to_string(file.parent().unwrap().join(name)),
    })
    .unwrap()
}

fn with_remarks(migration: &Migration) -> String {
    let remarks: Vec<String> = migration.remarks.iter().map(|it| format!("{:?}: {it}\n", it.kind)).collect();
    let services: Vec<String> = migration.services.iter().map(|it| format!("\n== {}\n{}", it.file, it.text)).collect();
    format!("{}\n== remarks\n{}{}", migration.text, remarks.concat(), services.concat())
}

/// The mistakes that ddnsd finds in what was made for it.
fn mistakes(migration: &Migration) -> Vec<String> {
    let own = migration.services.iter().map(|it| Source::new(it.file.clone(), it.text.clone()));
    let shipped = Source::new("services.json", include_str!("../files/usr/share/ddnsd/services.json"));
    let table = Table::new(std::iter::once(shipped).chain(own));
    assert_eq!(table.mistakes(), []);
    let package = uci::parse(migration.text.as_bytes()).unwrap();
    let config = config::build(&package, &table, &mut |_, file| panic!("{file} is read"));
    assert_eq!(config.accounts.len(), migration.accounts);
    let wrong = config.diagnostics.iter().filter(|it| it.severity == Severity::Error);
    wrong.map(|it| format!("{:?} {}", it.option, it.message)).collect()
}

#[test]
fn every_configuration_becomes_what_is_expected() {
    let update = std::env::var_os("UPDATE_EXPECTED").is_some();
    for file in corpus() {
        let migration = migrate_file(&file, Options { enable: true });
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
        for enable in [false, true] {
            let migration = migrate_file(&file, Options { enable });
            assert_eq!(mistakes(&migration), Vec::<String>::new(), "{}", file.display());
            if !enable {
                assert!(!migration.text.contains("\toption enabled '1'\n"), "off unless asked otherwise");
            }
        }
    }
}

/// Every option of the old file is carried over or spoken of, and every section is.
#[test]
fn nothing_is_passed_over_in_silence() {
    for file in corpus().iter().filter(|it| it.extension().is_some_and(|it| it == "ddns")) {
        let old = fs::read(file).unwrap();
        let migration = migrate_file(file, Options::default());
        for section in uci::parse(&old).unwrap().sections.iter().filter(|it| it.kind == "service") {
            let line = section.line;
            let spoken = migration.remarks.iter().any(|it| it.line == line);
            let carried = migration.text.contains(&format!("(line {line})"));
            assert!(spoken || carried, "{}: the section of line {line}", file.display());
        }
    }
}

/// What is a secret in a file of the corpus.
fn secrets(file: &Path) -> Vec<String> {
    let text = fs::read_to_string(file).unwrap();
    let mut secrets = ["s3cret-in-the-url", "0123456789abcdef0123", "abcdef0123456789abcdef", "a2V5IGZyb20gYSBmaWxl"]
        .map(str::to_owned)
        .to_vec();
    if file.extension().is_some_and(|it| it == "ddns") {
        for section in uci::parse(text.as_bytes()).unwrap().sections {
            for option in section.options.iter().filter(|it| it.name == "password") {
                if let Value::Single(value) = &option.value
                    && value.len() > 1
                {
                    secrets.push(value.clone());
                }
            }
        }
        return secrets;
    }
    // Passwords and tokens of the two corpora are words like these, so that they are found wherever they stand.
    let is_secret = |word: &&str| {
        ["-pass", "-token", "-secret", "-key", "-pass-", "-token-", "-key-"].iter().any(|it| word.contains(it))
            || ["p#1", "cf token 1", "pw of no-ip", "he key from a file", "prox-pass"].contains(word)
    };
    let words = text.split([' ', '\n', '\t', '=', ',', '\'', '"', ':', '@', '(', ')']);
    secrets.extend(words.filter(|it| !it.contains('/')).filter(is_secret).map(str::to_owned));
    secrets.extend(["cf token 1", "pw of no-ip", "he key from a file"].map(str::to_owned));
    secrets
}

#[test]
fn r13_no_password_is_in_a_remark_or_in_a_service() {
    for file in corpus() {
        let migration = migrate_file(&file, Options::default());
        let said: Vec<String> = migration
            .remarks
            .iter()
            .map(ToString::to_string)
            .chain(migration.services.iter().map(|it| it.text.clone()))
            .chain(migration.text.lines().filter(|it| it.starts_with('#')).map(str::to_owned))
            .collect();
        for secret in secrets(&file) {
            assert!(said.iter().all(|it| !it.contains(&secret)), "{}: {secret}: {said:?}", file.display());
        }
    }
}

/// The figures of docs/migration.md: of each program's configurations, how many are carried over whole, how many with
/// remarks about what works otherwise, and how many have nothing that could be.
#[test]
fn the_documentation_counts_what_becomes_of_the_corpus() {
    let mut lines = Vec::new();
    for program in ["ddns-scripts", "inadyn", "ddclient"] {
        let (mut whole, mut remarks, mut refused) = (0, 0, 0);
        for file in corpus() {
            let migration = migrate_file(&file, Options { enable: true });
            if migration.program != program {
                continue;
            }
            let matters = migration.remarks.iter().any(|it| it.kind != RemarkKind::NotNeeded);
            match (migration.accounts, matters) {
                (0, _) => refused += 1,
                (_, true) => remarks += 1,
                (_, false) => whole += 1,
            }
        }
        assert!(whole + remarks + refused >= 20, "{program}");
        lines.push(format!("| {program} | {} | {whole} | {remarks} | {refused} |", whole + remarks + refused));
    }
    let documented = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/migration.md")).unwrap();
    for line in &lines {
        assert!(documented.contains(line), "docs/migration.md has to say:\n{}", lines.join("\n"));
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
