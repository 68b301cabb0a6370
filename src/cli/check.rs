//! `ddnsd check`: every mistake of the configuration.

use super::{Arguments, Exit, print};
use crate::config::Severity;
use crate::setup;
use serde_json::json;

pub(super) fn main(arguments: &Arguments) -> Exit {
    let config = setup::load(&arguments.config);
    let file = arguments.config.display().to_string();
    let of = |severity| config.diagnostics.iter().filter(move |it| it.severity == severity);
    let errors = of(Severity::Error).count();
    if arguments.json {
        let list = |severity| {
            let all = of(severity);
            all.map(|it| json!({"section": it.section, "option": it.option, "line": it.line, "message": it.message}))
                .collect::<Vec<_>>()
        };
        print(&format!("{}\n", json!({"errors": list(Severity::Error), "warnings": list(Severity::Warning)})));
    } else {
        for it in &config.diagnostics {
            print(&format!("{}\n", it.in_file(&file)));
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
