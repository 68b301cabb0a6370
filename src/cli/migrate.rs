//! `ddnsd migrate [FILE]`: what the configuration of ddns-scripts, inadyn or ddclient would be here.
//!
//! Without `--write` nothing is touched. With it, what was there before is kept beside it.

use super::{Arguments, Exit, complain, print};
use crate::arguments::Migrate;
use crate::io::file::{self, Links};
use crate::io::replace::{Readers, folder, replace};
use crate::migrate::{Error, Migration, Options, migrate_with};
use crate::services::Table;
use crate::setup;
use crate::uci;
use std::fs;
use std::io::{self, Read};
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};

/// The program that `--disable-old` can disable.
const SCRIPTS: &str = "ddns-scripts";
/// Its configuration.
const OLD: &str = "/etc/config/ddns";
/// Where a person's own services go.
const OWN_SERVICES: &str = "/etc/ddnsd/services.d";

pub(super) fn main(arguments: &Arguments, options: &Migrate) -> Exit {
    let file = options.file.clone().unwrap_or_else(|| PathBuf::from(OLD));
    let shown = file.display();
    let text = match read(&file) {
        Ok(text) => text,
        Err(error) => {
            complain(&format!("{shown} cannot be read: {error}"));
            return Exit::Configuration;
        }
    };
    // What is only printed is meant to be read and used as it is; what is written waits for a person's word.
    let enable = options.enable || !options.write;
    let migration = match migrate_with(&text, &Table::new(setup::services()), Options { enable }, &mut |name| {
        included(&file, name)
    }) {
        Ok(migration) => migration,
        Err(Error::Syntax(error)) => {
            complain(&format!("{shown}:{}: column {}: {}", error.line, error.column, error.message));
            return Exit::Configuration;
        }
        Err(Error::Nothing(what)) => {
            complain(&format!("{shown}: {what}"));
            return Exit::Temporary;
        }
    };
    let program = migration.program;
    if options.disable_old && program != SCRIPTS {
        complain(&format!("--disable-old is for {SCRIPTS}, and {shown} is {program}'s: stop that program yourself"));
        return Exit::Usage;
    }
    if !options.write {
        print(&migration.text);
        for service in &migration.services {
            print(&format!("\n# for {OWN_SERVICES}/{}:\n", service.file));
            for line in service.text.lines() {
                print(&format!("# {line}\n"));
            }
        }
        return Exit::Current;
    }
    for remark in &migration.remarks {
        print(&format!("{shown}, {remark}\n"));
    }
    if migration.accounts == 0 {
        complain(&format!("{shown}: nothing in it can be carried over, so nothing is written"));
        return Exit::Temporary;
    }
    let written = write(&arguments.config, &migration).and_then(|mut kept| {
        if options.disable_old {
            kept.extend(disable(&file, &text)?);
        }
        Ok(kept)
    });
    let kept = match written {
        Ok(kept) => kept,
        Err(why) => {
            complain(&why);
            return Exit::Temporary;
        }
    };
    for kept in kept {
        print(&format!("what was there is kept as {}\n", kept.display()));
    }
    let config = arguments.config.display();
    print(&format!("{config}: {} written{}\n", count(migration.accounts), if enable { "" } else { ", disabled" }));
    if !enable {
        print("Look at it, set option enabled to '1' and say: service ddnsd reload\n");
    }
    if !options.disable_old {
        let service = if program == SCRIPTS { "ddns" } else { program };
        print(&format!(
            "{program} is as it was: stop it before ddnsd is enabled (service {service} stop; service {service} \
             disable)\n"
        ));
    }
    Exit::Current
}

fn read(file: &Path) -> io::Result<Vec<u8>> {
    let file = if file == Path::new("-") {
        fs::File::from(io::stdin().as_fd().try_clone_to_owned()?)
    } else {
        file::open(file, Links::Followed)?
    };
    let mut text = Vec::new();
    file.take(uci::MAX_BYTES as u64 + 1).read_to_end(&mut text)?;
    Ok(text)
}

/// A file that the old configuration includes: as it names it, from its folder or from the home of whoever migrates.
fn included(old: &Path, name: &str) -> io::Result<String> {
    const LARGEST: u64 = 1 << 16;
    let path = match (name.strip_prefix("~/"), std::env::var_os("HOME")) {
        (Some(name), Some(home)) => Path::new(&home).join(name),
        _ => old.parent().unwrap_or(Path::new("")).join(name),
    };
    let mut text = String::new();
    file::open(&path, Links::Followed)?.take(LARGEST).read_to_string(&mut text)?;
    Ok(text)
}

fn write(config: &Path, migration: &Migration) -> Result<Vec<PathBuf>, String> {
    let mut kept = Vec::new();
    if !migration.services.is_empty() {
        folder(Path::new(OWN_SERVICES))?;
    }
    for service in &migration.services {
        // There is no secret in it, and the daemon, which is not root, has to read it.
        let file = Path::new(OWN_SERVICES).join(&service.file);
        kept.extend(replace(&file, service.text.as_bytes(), Readers::All)?);
    }
    kept.extend(replace(config, migration.text.as_bytes(), Readers::Owner)?);
    Ok(kept)
}

/// Sets `option enabled '0'` in every service of the old program.
fn disable(file: &Path, text: &[u8]) -> Result<Option<PathBuf>, String> {
    let mut package = uci::parse(text).map_err(|error| error.message)?;
    for section in package.sections.iter_mut().filter(|section| section.kind == "service") {
        section.options.retain(|option| option.name != "enabled");
        let value = uci::Value::Single("0".into());
        section.options.insert(0, uci::UciOption { name: "enabled".into(), value, line: section.line });
    }
    replace(file, uci::print(&package).as_bytes(), Readers::Owner)
}

fn count(accounts: usize) -> String {
    if accounts == 1 { "one account".into() } else { format!("{accounts} accounts") }
}
