//! docs/configuration.md tells the truth: every option is in it, every default changes nothing, every example works.
//! And so does the configuration that the package installs.

use ddnsd::config::{ACCOUNT_OPTIONS, AccountConfig, BuiltIn, Config, GLOBAL_OPTIONS, Global, Secret, Shape, build};
use ddnsd::uci;
use std::collections::BTreeMap;
use std::path::Path;

fn file(name: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).expect(name)
}

fn built(text: &str) -> Config {
    let package = uci::parse(text.as_bytes()).expect(text);
    build(&package, &BuiltIn, &mut |_, _| Ok("secret\n".to_owned()))
}

/// The rows of the tables: option to (whether it is called a list, its default without the quotes).
fn rows(text: &str) -> BTreeMap<String, (bool, String)> {
    let mut rows = BTreeMap::new();
    for line in text.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<&str> = line.split(" | ").collect();
        let [name, _, default, _] = cells.as_slice() else { panic!("{line}") };
        let (name, list) = name.trim_start_matches("| `").split_once('`').expect("a name");
        let earlier = rows.insert(name.to_owned(), (list.contains("list"), default.trim_matches('`').to_owned()));
        assert_eq!(earlier, None, "{name} stands there twice");
    }
    rows
}

#[test]
fn every_option_has_its_row_and_every_row_its_option() {
    let rows = rows(&file("docs/configuration.md"));
    let known: BTreeMap<&str, Shape> = GLOBAL_OPTIONS.iter().chain(ACCOUNT_OPTIONS).copied().collect();
    assert_eq!(rows.keys().map(String::as_str).collect::<Vec<_>>(), known.keys().copied().collect::<Vec<_>>());
    for (name, shape) in known {
        assert_eq!(rows[name].0, shape != Shape::Single, "{name}: is it a list?");
    }
}

const HOME: &str = "config account 'home'\noption username 'u'\noption password 'p'\nlist hostname 'h'\n";

/// What an account is, but for the text that the fingerprint is made of.
fn without_identity(account: &AccountConfig) -> String {
    format!("{:?}", AccountConfig { identity: Secret::default(), ..account.clone() })
}

#[test]
fn every_default_written_out_changes_nothing() {
    let rows = rows(&file("docs/configuration.md"));
    let plain = without_identity(&built(HOME).accounts[0]);
    for (name, _) in ACCOUNT_OPTIONS {
        let default = &rows[*name].1;
        let needed = ["username", "password", "hostname"].contains(name);
        if default == "–" {
            // None: an empty value is none, too.
            let config = built(&format!("{HOME}option {name} ''"));
            assert_eq!(without_identity(&config.accounts[0]), plain, "{name}");
        } else {
            assert!(!needed, "{name}");
            let config = built(&format!("{HOME}option {name} '{default}'"));
            assert_eq!(config.diagnostics, [], "{name}");
            assert_eq!(without_identity(&config.accounts[0]), plain, "{name}");
        }
    }
    let global = built(&format!("config global\noption log_level '{}'", rows["log_level"].1)).global;
    assert_eq!(global, Global::default());
}

#[test]
fn every_example_works() {
    let text = file("docs/configuration.md");
    let examples: Vec<&str> = text.split("```uci\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert!(examples.len() >= 6);
    for example in examples {
        let config = built(example);
        assert_eq!(config.diagnostics, [], "{example}");
        assert_eq!(config.accounts.len(), 1, "{example}");
    }
}

#[test]
fn the_messages_that_it_shows_are_what_check_says() {
    let config = built(&format!("{HOME}option intreface 'wan'").replace("'h'", "'a.net,b.net'"));
    let said: Vec<String> = config.diagnostics.iter().map(|it| it.in_file("/etc/config/ddnsd").to_string()).collect();
    let text = file("docs/configuration.md");
    for line in said {
        let (_, message) = line.split_once(": ").expect("a place");
        assert!(text.contains(message), "{line}");
    }
}

#[test]
fn the_installed_configuration_is_sound_with_and_without_its_comments() {
    let text = file("files/etc/config/ddnsd");
    let config = built(&text);
    assert_eq!(config.diagnostics, []);
    // A fresh installation has no account: an example among a person's own would look like trouble.
    assert!(config.accounts.is_empty());
    let config = built(&text.replace("\n#\t", "\n\t").replace("\n#config", "\nconfig"));
    assert_eq!(config.diagnostics, []);
    assert!(config.global.contact.is_some() && config.accounts[0].ipv6_suffix.is_some());
}
