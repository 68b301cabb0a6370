//! Reading the configuration, at the start and again.

use super::Daemon;
use crate::config::{Config, Severity};
use crate::engine::{Event, Setup};
use crate::fingerprint::fingerprint;
use crate::io::{clock, platform};
use crate::setup;

impl Daemon<'_> {
    /// Reads the file again; one that cannot be parsed changes nothing.
    pub(super) fn reload(&mut self) {
        match setup::reload(&self.arguments.config) {
            Ok(config) => {
                self.configure(config);
                log::info!("the configuration was read again");
            }
            Err(diagnostic) => {
                let file = setup::shown(&self.arguments.config).display().to_string();
                log::error!("{}; the configuration in force stays", diagnostic.in_file(&file));
                self.diagnostics.retain(|it| it.section.is_some());
                self.diagnostics.insert(0, diagnostic);
            }
        }
    }

    /// Takes up a configuration, and says what is wrong with it.
    pub(super) fn configure(&mut self, config: Config) {
        let now = clock::now();
        log::set_max_level(self.arguments.level(config.global.log_level));
        let file = setup::shown(&self.arguments.config).display().to_string();
        for it in &config.diagnostics {
            let level = if it.severity == Severity::Error { log::Level::Error } else { log::Level::Warn };
            log::log!(level, "{}", it.in_file(&file));
        }
        self.user_agent = platform::user_agent(config.global.contact.as_deref());
        self.diagnostics = config.diagnostics;
        let salt = self.engine.state().salt;
        let setups = config.accounts.into_iter().map(|account| {
            let fingerprint = fingerprint(&salt, &account.identity);
            Setup { config: account, fingerprint }
        });
        self.engine.handle(now, Event::Configured(setups.collect()));
        self.select(now);
    }
}
