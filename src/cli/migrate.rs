//! `ddnsd migrate [FILE]`: what ddns-scripts' configuration would be here.
//!
//! Without `--write` nothing is touched. With it, what was there before is kept beside it.

use super::{Arguments, Exit, complain, print};
use crate::arguments::Migrate;
use crate::io::store::write_new;
use crate::migrate::{Migration, Options, migrate};
use crate::services::Table;
use crate::setup;
use crate::uci;
use std::fs::{self, DirBuilder};
use std::io::{self, Read};
use std::os::fd::AsFd;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

/// ddns-scripts' configuration.
const OLD: &str = "/etc/config/ddns";
/// Where a person's own services go.
const OWN_SERVICES: &str = "/etc/ddnsd/services.d";
/// What is kept of a file that is replaced.
const KEPT: &str = ".before-migration";

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
    let migration = match migrate(&text, &Table::new(setup::services()), Options { enable }) {
        Ok(migration) => migration,
        Err(error) => {
            complain(&format!("{shown}:{}: column {}: {}", error.line, error.column, error.message));
            return Exit::Configuration;
        }
    };
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
    let written = write(&arguments.config, &migration)
        .and_then(|()| if options.disable_old { disable(&file, &text) } else { Ok(()) });
    if let Err(why) = written {
        complain(&why);
        return Exit::Temporary;
    }
    for remark in &migration.remarks {
        print(&format!("{shown}, {remark}\n"));
    }
    let config = arguments.config.display();
    print(&format!("{config}: {} written{}\n", count(migration.accounts), if enable { "" } else { ", disabled" }));
    if !enable {
        print("Look at it, set option enabled to '1' and say: service ddnsd reload\n");
    }
    if !options.disable_old {
        print("ddns-scripts is as it was: stop it before ddnsd is enabled (service ddns stop; service ddns disable)\n");
    }
    Exit::Current
}

fn read(file: &Path) -> io::Result<Vec<u8>> {
    let file = if file == Path::new("-") {
        fs::File::from(io::stdin().as_fd().try_clone_to_owned()?)
    } else {
        fs::File::open(file)?
    };
    let mut text = Vec::new();
    file.take(uci::MAX_BYTES as u64 + 1).read_to_end(&mut text)?;
    Ok(text)
}

fn write(config: &Path, migration: &Migration) -> Result<(), String> {
    for service in &migration.services {
        let folder = Path::new(OWN_SERVICES);
        DirBuilder::new().recursive(true).mode(0o755).create(folder).map_err(|error| cannot(folder, &error))?;
        replace(&folder.join(&service.file), service.text.as_bytes())?;
    }
    replace(config, migration.text.as_bytes())
}

/// Sets `option enabled '0'` in every service of the old program.
fn disable(file: &Path, text: &[u8]) -> Result<(), String> {
    let mut package = uci::parse(text).map_err(|error| error.message)?;
    for section in package.sections.iter_mut().filter(|section| section.kind == "service") {
        section.options.retain(|option| option.name != "enabled");
        let value = uci::Value::Single("0".into());
        section.options.insert(0, uci::UciOption { name: "enabled".into(), value, line: section.line });
    }
    replace(file, uci::print(&package).as_bytes())
}

/// Puts a text in a file's place, whole or not at all; what was there is kept beside it.
fn replace(file: &Path, text: &[u8]) -> Result<(), String> {
    let with = |suffix: &str| {
        let mut name = file.as_os_str().to_owned();
        name.push(suffix);
        PathBuf::from(name)
    };
    let new = with(".new");
    write_new(&new, text).map_err(|error| cannot(&new, &error))?;
    if file.exists() {
        let kept = with(KEPT);
        // Like the new one for root alone: it has the passwords as well.
        fs::read(file).and_then(|old| write_new(&kept, &old)).map_err(|error| cannot(&kept, &error))?;
    }
    fs::rename(&new, file).map_err(|error| cannot(file, &error))
}

fn cannot(path: &Path, error: &io::Error) -> String {
    format!("cannot write {}: {error}", path.display())
}

fn count(accounts: usize) -> String {
    if accounts == 1 { "one account".into() } else { format!("{accounts} accounts") }
}
