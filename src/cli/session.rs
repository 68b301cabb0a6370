//! An engine over the state file, without a daemon: what every command does where none answers.

use super::{Arguments, Exit, complain};
use crate::address::{Origin, Selection, Source, Steady, Wanted, select_alone};
use crate::api;
use crate::config::{AccountConfig, Config, Severity};
use crate::dns::DnsJob;
use crate::engine::{Action, Batch, Engine, Event, Setup};
use crate::exchange::{self, Job};
use crate::fingerprint::fingerprint;
use crate::io::store::{self, Store, StoreError};
use crate::io::{clock, kernel_source, platform, runtime, ubus_socket};
use crate::netifd;
use crate::protocol;
use crate::time::Instant;
use crate::ubus::json::table_to_json;
use crate::{setup, state};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

/// How long another process may hold the state file.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long a one-shot command waits for what is due soon: the other family of a fresh line.
const LINGER: Duration = Duration::from_secs(6);
/// How long netifd may take to answer.
const NETIFD: Duration = Duration::from_secs(3);

/// Reads the configuration, says every mistake, and checks the names of accounts.
pub(super) fn configuration(arguments: &Arguments, accounts: &[String]) -> Result<Config, Exit> {
    let config = setup::load(&arguments.config);
    let file = arguments.config.display().to_string();
    for it in &config.diagnostics {
        complain(&it.in_file(&file).to_string());
    }
    for name in accounts {
        if !config.accounts.iter().any(|account| account.name == *name) {
            let broken = config.diagnostics.iter().any(|it| it.section.as_ref() == Some(name));
            complain(&if broken {
                format!("account '{name}' cannot be used before its mistakes are corrected")
            } else {
                format!("there is no account '{name}' in {file}")
            });
            return Err(if broken { Exit::Configuration } else { Exit::Usage });
        }
    }
    Ok(config)
}

/// Exit status 3 where the configuration has mistakes, 0 where it has none.
pub(super) fn configuration_exit(config: &Config) -> Exit {
    let invalid = config.diagnostics.iter().any(|it| it.severity == Severity::Error);
    if invalid { Exit::Configuration } else { Exit::Current }
}

/// An engine over what is remembered.
pub(super) struct Session {
    pub(super) engine: Engine,
    /// The accounts that sent something in this run.
    pub(super) attempted: Vec<String>,
    /// The accounts for which the service acknowledged something in this run.
    pub(super) acknowledged: Vec<String>,
    /// Those of them where that was something new to it.
    pub(super) updated: Vec<String>,
    /// Why something could not be remembered: nothing was sent then, or the answer was not kept.
    pub(super) unsaved: Option<String>,
    store: Option<Store>,
    memory: runtime::MemoryFile,
    user_agent: String,
    /// The memory file is not up to date.
    remember: bool,
}

impl Session {
    /// Takes the state file, to change it.
    pub(super) fn open(arguments: &Arguments, config: &Config) -> Result<Session, Exit> {
        let refused = |why: StoreError| {
            complain(&why.to_string());
            Exit::Temporary
        };
        let store = Store::open(&arguments.state, PATIENCE).map_err(refused)?;
        let loaded = store.load(largest(config)).map_err(refused)?;
        Ok(Session::start(arguments, config, loaded, Some(store)))
    }

    /// Only looks at the state file; whatever is due is told of at once.
    pub(super) fn peek(arguments: &Arguments, config: &Config) -> Session {
        let loaded = store::peek(&arguments.state, largest(config)).unwrap_or_else(|why| {
            complain(&why.to_string());
            store::Loaded::default()
        });
        let session = Session::start(arguments, config, loaded, None);
        Session { engine: session.engine.without_limit(), ..session }
    }

    fn start(arguments: &Arguments, config: &Config, loaded: store::Loaded, store: Option<Store>) -> Session {
        if let Some(warning) = loaded.warning {
            complain(&warning);
        }
        let mut state = loaded.state;
        if state.salt.is_empty() {
            state.salt = platform::random_bytes();
        }
        let now = clock::now();
        let setups = config
            .accounts
            .iter()
            .map(|account| Setup { config: account.clone(), fingerprint: fingerprint(&state.salt, &account.identity) })
            .collect();
        // A person (or a script) who calls is not a boot: nothing is spread.
        let mut engine = Engine::new(state, platform::random_seed(), Instant::from_millis(u64::MAX));
        let memory = runtime::MemoryFile::beside(&arguments.state, arguments.state_given);
        engine.recall(now.monotonic, memory.load(config.accounts.len()));
        engine.handle(now, Event::Configured(setups));
        let user_agent = platform::user_agent(config.global.contact.as_deref());
        Session {
            engine,
            attempted: Vec::new(),
            acknowledged: Vec::new(),
            updated: Vec::new(),
            unsaved: None,
            store,
            memory,
            user_agent,
            remember: false,
        }
    }

    /// Performs what is due, and what comes of it; false if something could not be remembered.
    pub(super) fn perform(&mut self) -> bool {
        let remembered = self.perform_all();
        self.keep_memory();
        remembered
    }

    fn perform_all(&mut self) -> bool {
        let end = clock::monotonic() + LINGER;
        loop {
            while let Some(action) = self.engine.poll_action() {
                self.act(action);
                if self.unsaved.is_some() {
                    return false;
                }
            }
            match self.engine.deadline() {
                Some(deadline) if deadline <= end => {
                    std::thread::sleep(deadline.since(clock::monotonic()));
                    self.engine.handle_timeout(clock::now());
                }
                _ => return true,
            }
        }
    }

    fn act(&mut self, action: Action) {
        match action {
            Action::Send { ticket, config, batch } => {
                if let Some(Err(why)) = self.store.as_ref().map(|store| store.probe(&self.engine.state())) {
                    complain(&unsent(&why));
                    self.unsaved = Some(why);
                    // Nor was anything spent.
                    self.remember = false;
                    return;
                }
                self.keep_memory();
                self.attempted.push(config.name.clone());
                let event = Job::update(ticket, &config, &batch, &self.user_agent).run();
                self.engine.handle(clock::now(), event);
            }
            Action::Detect { ticket, url, ipv6, device, config } => {
                let event = Job::detection(ticket, &url, ipv6, device, &config, &self.user_agent).run();
                self.engine.handle(clock::now(), event);
            }
            Action::Save => {
                if let Some(Err(why)) = self.store.as_mut().map(|store| store.save(&self.engine.state())) {
                    complain(&why);
                    self.unsaved = Some(why);
                }
            }
            Action::Remember => self.remember = true,
            Action::Tell(occurrence) => {
                if occurrence.kind == crate::notice::Kind::Updated {
                    self.acknowledged.push(occurrence.account.clone());
                    if occurrence.code != Some("nochg") {
                        self.updated.push(occurrence.account.clone());
                    }
                }
                log::info!("{}", occurrence.line());
            }
            Action::Note { account, message } => log::info!("{account}: {message}"),
        }
    }

    fn keep_memory(&mut self) {
        if std::mem::take(&mut self.remember) {
            self.memory.save(&self.engine.memory());
        }
    }

    /// What `--dry-run` prints: the requests that are due, secrets masked.
    pub(super) fn rehearse(&mut self) -> Vec<Rehearsal> {
        let mut requests = Vec::new();
        while let Some(action) = self.engine.poll_action() {
            match action {
                Action::Send { config, batch, .. } => {
                    let view = self.engine.view(&config.name);
                    let rest = view.map(|view| view.requests_after_this()).unwrap_or_default();
                    for batch in [batch].iter().chain(&rest) {
                        requests.extend(rehearsals(&config, batch, &self.user_agent));
                    }
                }
                Action::Detect { config, url, .. } => {
                    requests.push(Rehearsal::get(&config, masked(&config, &url), self.user_agent.clone()));
                }
                Action::Save | Action::Remember | Action::Tell(_) | Action::Note { .. } => {}
            }
        }
        requests
    }
}

/// A URL as a person may see it: a password may also stand in an option path or web_url.
fn masked(config: &AccountConfig, url: &str) -> String {
    protocol::mask(url, &config.username, config.password.reveal())
}

/// The requests of one update.
fn rehearsals(config: &AccountConfig, batch: &Batch, user_agent: &str) -> Vec<Rehearsal> {
    if let Some(job) = DnsJob::new(config, batch) {
        let url = format!("dns://{}:{}", config.endpoint.server, config.endpoint.port);
        let body = Some(job.rehearsal());
        return vec![Rehearsal { method: "UPDATE", body, ..Rehearsal::get(config, url, String::new()) }];
    }
    if let Some(steps) = api::rehearsal(config, batch) {
        let shown = steps.into_iter().map(|step| Rehearsal {
            account: config.name.clone(),
            method: step.method.as_str(),
            url: masked(config, &format!("{}{}", step.server, step.path)),
            headers: step.headers,
            body: step.body,
            user_agent: user_agent.to_owned(),
            login: None,
        });
        return shown.collect();
    }
    let url = masked(config, &exchange::request(config, batch).masked);
    let login = (!config.username.is_empty()).then(|| config.username.clone());
    vec![Rehearsal { login, ..Rehearsal::get(config, url, user_agent.to_owned()) }]
}

/// That nothing was sent, and why.
pub(super) fn unsent(why: &str) -> String {
    format!("{why}: nothing is sent, since the answer could not be remembered")
}

fn largest(config: &Config) -> u64 {
    state::largest(config.accounts.iter().map(|account| account.hostnames.len()).sum())
}

/// One request that would be sent.
pub(super) struct Rehearsal {
    pub(super) account: String,
    pub(super) method: &'static str,
    pub(super) url: String,
    /// Beside the User-Agent and the login.
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Option<String>,
    pub(super) user_agent: String,
    pub(super) login: Option<String>,
}

impl Rehearsal {
    fn get(config: &AccountConfig, url: String, user_agent: String) -> Rehearsal {
        let account = config.name.clone();
        Rehearsal { account, method: "GET", url, headers: Vec::new(), body: None, user_agent, login: None }
    }
}

/// Where a one-shot command takes addresses from.
pub(super) struct Addresses {
    pub(super) ipv4: Option<Ipv4Addr>,
    pub(super) ipv6: Option<Ipv6Addr>,
    network: Option<crate::address::Network>,
}

impl Addresses {
    /// What was said on the command line, and what netifd says where it is there.
    pub(super) fn look(arguments: &Arguments, ipv4: Option<Ipv4Addr>, ipv6: Option<Ipv6Addr>) -> Addresses {
        let dump = ubus_socket::call(&arguments.socket, "network.interface", "dump", Vec::new(), NETIFD);
        let network = dump.ok().map(|table| netifd::parse_dump(&table_to_json(&table), clock::monotonic()));
        Addresses { ipv4, ipv6, network }
    }

    /// The choice for one account. A command has seen nothing of what was before: a lower choice counts, unless netifd
    /// itself has only just started. Then whoever is higher may still come up.
    pub(super) fn select(&self, config: &AccountConfig, engine: &Engine) -> Selection {
        let now = clock::monotonic();
        let mut selection = match &self.network {
            Some(network) => {
                let remembered =
                    engine.view(&config.name).map(|view| view.acknowledged_interfaces()).unwrap_or_default();
                // The loopback is up as long as netifd runs.
                let heard = network.interfaces.values().filter_map(|interface| interface.up_since).min();
                let heard = heard.unwrap_or(Instant::ZERO);
                Steady::default().select(config, network, &kernel_source::kernel_source, now, heard, remembered)
            }
            None => select_alone(config, false),
        };
        if self.ipv4.is_none() && self.ipv6.is_none() {
            return selection;
        }
        // Who says one address wants it sent, not the other one looked for on the web.
        for wanted in [&mut selection.ipv4, &mut selection.ipv6] {
            if matches!(wanted, Wanted::Web { .. } | Wanted::Server { .. }) {
                *wanted = Wanted::Off;
            }
        }
        let said =
            |address: IpAddr| Wanted::Known(Source { address, origin: Origin::Option, interface: None, device: None });
        if let Some(address) = self.ipv4 {
            selection.ipv4 = said(address.into());
        }
        if let Some(address) = self.ipv6 {
            selection.ipv6 = said(address.into());
        }
        selection.came_up = None;
        selection.settling = None;
        selection
    }
}
