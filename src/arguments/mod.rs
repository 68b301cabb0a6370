//! The command line, parsed.

mod help;

use crate::address;
use crate::ubus::DEFAULT_SOCKET;
use lexopt::Arg::{Long, Short, Value};
use lexopt::ValueExt;
use std::ffi::OsString;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::PathBuf;

/// What every command takes.
#[derive(Debug)]
pub struct Arguments {
    /// `--config`
    pub config: PathBuf,
    /// `--state`
    pub state: PathBuf,
    /// Whether `--state` was said.
    pub state_given: bool,
    /// `--socket`
    pub socket: PathBuf,
    /// `--log`
    pub log: Option<LogTarget>,
    /// How often `-v` was said.
    pub verbose: u8,
    /// `--json`
    pub json: bool,
}

/// Where the log goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogTarget {
    /// To logd.
    Syslog,
    /// To standard error.
    Stderr,
}

/// What is to be done, other than to be the daemon.
#[derive(Debug)]
pub enum Command {
    /// `update`
    Update(Update),
    /// `status`
    Status,
    /// `resume`
    Resume {
        /// The account.
        account: String,
        /// The host.
        hostname: Option<String>,
    },
    /// `offline`
    Offline {
        /// The account.
        account: String,
        /// The hosts.
        hostnames: Vec<String>,
        /// `--undo`
        undo: bool,
    },
    /// `check`
    Check,
    /// `migrate`
    Migrate(Migrate),
    /// `probe`
    Probe(Probe),
}

/// `probe`'s own arguments.
#[derive(Debug)]
pub struct Probe {
    /// The service.
    pub service: String,
    /// `--url`: another server than the service's.
    pub url: Option<String>,
    /// `--ca-file`
    pub ca_file: String,
}

/// `update`'s own arguments.
#[derive(Debug, Default)]
pub struct Update {
    /// The accounts; all of them if none is named.
    pub accounts: Vec<String>,
    /// `--ipv4`
    pub ipv4: Option<Ipv4Addr>,
    /// `--ipv6`
    pub ipv6: Option<Ipv6Addr>,
    /// `--force`
    pub force: bool,
    /// `--dry-run`
    pub dry_run: bool,
}

/// `migrate`'s own arguments.
#[derive(Debug, Default)]
pub struct Migrate {
    /// The file to read.
    pub file: Option<PathBuf>,
    /// `--write`
    pub write: bool,
    /// `--enable`
    pub enable: bool,
    /// `--disable-old`
    pub disable_old: bool,
}

/// What came of parsing.
#[derive(Debug)]
pub enum Parsed {
    /// Be the daemon: `run`.
    Run(Arguments),
    /// Do this.
    Command(Arguments, Command),
    /// A text to print, instead of doing anything; whether a person asked for it.
    Text(&'static str, bool),
    /// What is wrong.
    Wrong(String),
}

/// Parses the arguments, the program's name left out.
pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Parsed {
    match read(lexopt::Parser::from_args(arguments)) {
        Ok(parsed) => parsed,
        Err(error) => Parsed::Wrong(words(error)),
    }
}

/// Why an address may not be said: only what the whole Internet can reach is worth a name.
fn not_public(option: &str, address: impl Into<IpAddr>) -> Option<String> {
    let address = address.into();
    let what = || format!("{option} takes a public address: {address} is {}", address::special::describe(address));
    (!address::is_public(address)).then(what)
}

/// What is wrong with an option, without the `{:?}` that lexopt puts around a value: the router's build prints nothing for it.
fn words(error: lexopt::Error) -> String {
    match error {
        lexopt::Error::UnexpectedValue { option, value } => {
            format!("{option} takes no value: '{}' is too much", value.to_string_lossy())
        }
        lexopt::Error::NonUnicodeValue(value) => format!("'{}' is not UTF-8", value.to_string_lossy()),
        error => error.to_string(),
    }
}

#[derive(Default)]
struct Flags {
    ipv4: Option<Ipv4Addr>,
    ipv6: Option<Ipv6Addr>,
    force: bool,
    dry_run: bool,
    undo: bool,
    write: bool,
    enable: bool,
    disable_old: bool,
    url: Option<String>,
    ca_file: Option<String>,
}

fn read(mut parser: lexopt::Parser) -> Result<Parsed, lexopt::Error> {
    let mut common = Arguments {
        config: "/etc/config/ddnsd".into(),
        state: "/etc/ddnsd/state.json".into(),
        state_given: false,
        socket: DEFAULT_SOCKET.into(),
        log: None,
        verbose: 0,
        json: false,
    };
    let mut flags = Flags::default();
    let mut command: Option<String> = None;
    let mut words: Vec<String> = Vec::new();
    let mut help = false;
    while let Some(argument) = parser.next()? {
        let name = command.as_deref().unwrap_or_default();
        match argument {
            Short('h') | Long("help") => help = true,
            Short('V') | Long("version") => {
                return Ok(Parsed::Text(concat!("ddnsd ", env!("CARGO_PKG_VERSION"), "\n"), true));
            }
            Short('v') | Long("verbose") => common.verbose = common.verbose.saturating_add(1),
            Short('c') | Long("config") => common.config = parser.value()?.into(),
            Short('s') | Long("state") => {
                common.state = parser.value()?.into();
                common.state_given = true;
            }
            Short('S') | Long("socket") => common.socket = parser.value()?.into(),
            Long("log") => {
                common.log = Some(match parser.value()?.string()?.as_str() {
                    "syslog" => LogTarget::Syslog,
                    "stderr" => LogTarget::Stderr,
                    other => return Ok(Parsed::Wrong(format!("--log is 'syslog' or 'stderr', not '{other}'"))),
                });
            }
            Long("json") if !matches!(name, "run" | "migrate") => common.json = true,
            Long("ipv4") if matches!(name, "update" | "") => {
                let text = parser.value()?.string()?;
                let Ok(address) = text.parse::<Ipv4Addr>() else {
                    return Ok(Parsed::Wrong(format!("--ipv4 takes an IPv4 address such as 192.0.2.25, not '{text}'")));
                };
                if let Some(wrong) = not_public("--ipv4", address) {
                    return Ok(Parsed::Wrong(wrong));
                }
                flags.ipv4 = Some(address);
            }
            Long("ipv6") if matches!(name, "update" | "") => {
                let text = parser.value()?.string()?;
                let Ok(address) = text.parse::<Ipv6Addr>() else {
                    return Ok(Parsed::Wrong(format!(
                        "--ipv6 takes an IPv6 address such as 2001:db8::25, not '{text}'"
                    )));
                };
                if let Some(wrong) = not_public("--ipv6", address) {
                    return Ok(Parsed::Wrong(wrong));
                }
                flags.ipv6 = Some(address);
            }
            Long("force") if matches!(name, "update" | "") => flags.force = true,
            Long("dry-run") if matches!(name, "update" | "") => flags.dry_run = true,
            Long("undo") if matches!(name, "offline" | "") => flags.undo = true,
            Long("write") if matches!(name, "migrate" | "") => flags.write = true,
            Long("enable") if matches!(name, "migrate" | "") => flags.enable = true,
            Long("url") if matches!(name, "probe" | "") => flags.url = Some(parser.value()?.string()?),
            Long("ca-file") if matches!(name, "probe" | "") => flags.ca_file = Some(parser.value()?.string()?),
            Long("disable-old") if matches!(name, "migrate" | "") => flags.disable_old = true,
            Value(word) if command.is_none() => command = Some(word.string()?),
            Value(word) => words.push(word.string()?),
            other => return Err(other.unexpected()),
        }
    }
    let Some(name) = command else {
        return Ok(Parsed::Text(help::OVERVIEW, help));
    };
    if name == "help" {
        let text = words.first().map_or(Some(help::OVERVIEW), |word| help::of(word));
        return Ok(text.map_or(Parsed::Text(help::OVERVIEW, false), |text| Parsed::Text(text, true)));
    }
    let Some(text) = help::of(&name) else {
        let near = COMMANDS.iter().find(|it| it.starts_with(&name) || name.starts_with(**it) || swapped(it, &name));
        let hint = near.map(|it| format!("; did you mean '{it}'?")).unwrap_or_default();
        return Ok(Parsed::Wrong(format!("there is no command '{name}'{hint}")));
    };
    if help {
        return Ok(Parsed::Text(text, true));
    }
    match finish(&name, words, flags) {
        Ok(None) => Ok(Parsed::Run(common)),
        Ok(Some(command)) => Ok(Parsed::Command(common, command)),
        Err(wrong) => Ok(Parsed::Wrong(wrong)),
    }
}

const COMMANDS: [&str; 8] = ["run", "update", "status", "resume", "offline", "check", "migrate", "probe"];

/// Whether two words have the same letters: the usual slip of the fingers.
fn swapped(one: &str, other: &str) -> bool {
    let sorted = |word: &str| {
        let mut letters: Vec<char> = word.chars().collect();
        letters.sort_unstable();
        letters
    };
    sorted(one) == sorted(other)
}

/// The command of that name; none for `run`.
fn finish(name: &str, words: Vec<String>, flags: Flags) -> Result<Option<Command>, String> {
    let stray = |allowed: usize, what: &str| match words.get(allowed) {
        Some(word) => Err(format!("ddnsd {name} takes {what}: '{word}' is too much")),
        None => Ok(()),
    };
    if name != "update" && (flags.ipv4.is_some() || flags.ipv6.is_some() || flags.force || flags.dry_run) {
        return Err(format!("--ipv4, --ipv6, --force and --dry-run belong to ddnsd update, not to ddnsd {name}"));
    }
    if flags.undo && name != "offline" {
        return Err(format!("--undo belongs to ddnsd offline, not to ddnsd {name}"));
    }
    if name != "migrate" && (flags.write || flags.enable || flags.disable_old) {
        return Err(format!("--write, --enable and --disable-old belong to ddnsd migrate, not to ddnsd {name}"));
    }
    if name != "probe" && (flags.url.is_some() || flags.ca_file.is_some()) {
        return Err(format!("--url and --ca-file belong to ddnsd probe, not to ddnsd {name}"));
    }
    let account = || words.first().cloned().ok_or_else(|| format!("ddnsd {name} needs the name of an account"));
    Ok(Some(match name {
        "run" => {
            stray(0, "no words")?;
            return Ok(None);
        }
        "status" => {
            stray(0, "no words")?;
            Command::Status
        }
        "check" => {
            stray(0, "no words")?;
            Command::Check
        }
        "resume" => {
            stray(2, "an account and at most one host name")?;
            Command::Resume { account: account()?, hostname: words.get(1).cloned() }
        }
        "offline" => {
            let account = account()?;
            Command::Offline { account, hostnames: words.into_iter().skip(1).collect(), undo: flags.undo }
        }
        "migrate" => {
            stray(1, "at most one file")?;
            Command::Migrate(Migrate {
                file: words.into_iter().next().map(PathBuf::from),
                write: flags.write,
                enable: flags.enable,
                disable_old: flags.disable_old,
            })
        }
        "probe" => {
            stray(1, "one service")?;
            Command::Probe(Probe {
                service: words.into_iter().next().ok_or("ddnsd probe needs the name of a service")?,
                url: flags.url,
                ca_file: flags.ca_file.unwrap_or_else(|| "/etc/ssl/certs/ca-certificates.crt".to_owned()),
            })
        }
        _ => Command::Update(Update {
            accounts: words,
            ipv4: flags.ipv4,
            ipv6: flags.ipv6,
            force: flags.force,
            dry_run: flags.dry_run,
        }),
    }))
}

impl Arguments {
    /// How much is logged: what was configured, or more where `-v` says so.
    pub fn level(&self, configured: log::LevelFilter) -> log::LevelFilter {
        match self.verbose {
            0 => configured,
            1 => configured.max(log::LevelFilter::Info),
            _ => log::LevelFilter::Trace,
        }
    }
}
