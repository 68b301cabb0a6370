//! The manual pages agree with `--help` and with the configuration checker.

use ddnsd::config::{ACCOUNT_OPTIONS, GLOBAL_OPTIONS};
use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

fn page(name: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/man").join(name)).unwrap()
}

fn help(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_ddnsd")).args(arguments).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{arguments:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// The words of a text that begin with `--`.
fn long_options(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'));
    words.filter(|word| word.len() > 2).filter_map(|word| word.strip_prefix("--")).map(str::to_owned).collect()
}

#[test]
fn ddnsd_8_has_the_commands_and_options_of_the_help() {
    let page = page("ddnsd.8");
    let commands = ["run", "update", "status", "resume", "offline", "check", "migrate", "probe"];
    let mut said = long_options(&help(&["--help"]));
    for command in commands {
        assert!(page.contains(&format!("\n.It Cm {command}\n")), "{command} is missing");
        said.extend(long_options(&help(&[command, "--help"])));
    }
    let shown: BTreeSet<String> = page
        .lines()
        .filter(|line| line.starts_with(".It Fl"))
        .flat_map(|line| line.split("Fl Fl ").skip(1))
        .map(|rest| rest.split([' ', ',']).next().unwrap_or_default().to_owned())
        .collect();
    assert_eq!(shown, said);
    let overview = help(&["--help"]);
    for status in 0..5 {
        assert!(page.contains(&format!("\n.It {status}\n")), "exit status {status} is missing");
        assert!(overview.contains(&format!("{status} ")), "and in the help");
    }
}

#[test]
fn ddnsd_5_has_the_options_of_the_checker() {
    let page = page("ddnsd.5");
    let shown: BTreeSet<&str> = page.lines().filter_map(|line| line.strip_prefix(".It Cm ")).collect();
    let known: BTreeSet<&str> = GLOBAL_OPTIONS.iter().chain(ACCOUNT_OPTIONS).map(|(name, _)| *name).collect();
    assert_eq!(shown, known);
}

#[test]
fn ddnsd_5_is_made_of_the_reference() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/manual.py");
    match Command::new("python3").arg(script).arg("--check").output() {
        Ok(output) => assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr)),
        Err(error) => ddnsd_testkit::skipped(&format!("python3 cannot be run: {error}")),
    }
}
