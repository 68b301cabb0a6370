//! `ddnsd check`: every mistake of the configuration.

use super::{Arguments, Exit, print, printable, shown};
use crate::config::Severity;
use crate::setup;
use crate::status;
use serde_json::Value;

pub(super) fn main(arguments: &Arguments) -> Exit {
    let mut config = setup::load(&arguments.config);
    config.diagnostics.extend(setup::exposed(&arguments.config));
    let file = arguments.config.display().to_string();
    let errors = config.diagnostics.iter().filter(|it| it.severity == Severity::Error).count();
    if arguments.json {
        let list = |severity| status::mistakes(&config.diagnostics, severity);
        let both = vec![("errors", list(Severity::Error)), ("warnings", list(Severity::Warning))];
        print(&format!("{}\n", shown(Value::from_iter(both))));
    } else {
        for it in &config.diagnostics {
            print(&format!("{}\n", printable(&it.in_file(&file).to_string())));
        }
        let hosts: usize = config.accounts.iter().map(|account| account.hostnames.len()).sum();
        let enabled = config.accounts.iter().filter(|account| account.enabled).count();
        let good = config.accounts.len();
        print(&format!(
            "{file}: {errors} {}, {} {}; {good} usable {} ({enabled} enabled) with {hosts} {}\n",
            plural(errors, "error"),
            config.diagnostics.len() - errors,
            plural(config.diagnostics.len() - errors, "warning"),
            plural(good, "account"),
            plural(hosts, "host"),
        ));
    }
    if errors == 0 { Exit::Current } else { Exit::Configuration }
}

fn plural(count: usize, word: &str) -> String {
    if count == 1 { word.to_owned() } else { format!("{word}s") }
}
