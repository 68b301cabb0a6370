//! The simulated No-IP service as a program: for shell scripts, the demo, emulated routers and browsers.
//!
//! ```text
//! simulated-service [--plain | --tls 1.2|1.3|both] [--key ecdsa|p384|rsa] [--name NAME]… [--bundle] [--bundle-file PATH]
//!                   [--certificate good|expired|not-yet-valid|wrong-name|unknown-authority|forged-authority|wrong-purpose|
//!                                  wrong-address|authority]
//!                   [--listen ADDRESS] [--port PORT] [--account LOGIN:PASSWORD=HOST,HOST…]… [--group LOGIN:NAME=HOST,HOST…]…
//!                   [--any-agent] [--unpaid] [--until-eof]
//! ```
//! https with a throw-away CA unless `--plain`. `--bundle` puts that CA among 139 others, `--bundle-file` among those of a
//! file. `--name` adds to the certificate's names (localhost, 127.0.0.1, ::1). `--any-agent` takes any User-Agent,
//! `--unpaid` answers `!donator` to `offline=YES`. A login's `:` is written `%3A`.
//!
//! On stdout, one JSON object a line: first `{"host":…,"port":…,"url":…,"ca_file":…}` (`ca_file` is null with `--plain`), then
//! each request as it is answered: `{"at","method","target","path","query","headers","tls","peer","status","body"}`;
//! the names of the headers are in lower case.
//!
//! On stdin, one JSON object a line, each with one or more of:
//! ```text
//! {"script": [ … ]}            what the next update requests are answered, one each
//! {"script_detection": [ … ]}  the same for /ip
//!     an answer is {"status":200,"headers":{"Retry-After":"60"},"body":"good 192.0.2.1"}, {"drip":SECONDS}, {"late":SECONDS},
//!     {"redirect":"URL"}, {"huge":BYTES}, {"raw":"TEXT"}, {"abrupt":"TEXT"}, "truncate", "truncate-chunked", "hang", "close", "endless",
//!     "endless-head", "garbage"
//! {"detection": "203.0.113.9"} what /ip says instead of the caller's address
//! {"fatal": true}              911 to every update, until false
//! {"account": {"login": …, "password": …, "hosts": [ … ]}}
//! {"group": {"login": …, "name": …, "hosts": [ … ]}}
//! {"host": "home.ddns.net"}    prints {"host":…,"ipv4":…,"ipv6":…,"offline":…} (nulls where it is not known)
//! ```
//! A line that cannot be understood is said on stderr, and nothing else happens. It runs until it is killed; with
//! `--until-eof`, until stdin ends.

use ddnsd_testkit::service::{Bundle, Certificate, Key, Options, Script, Service, Tls, Versions};
use serde_json::{Value, json};
use std::io::{self, BufRead, Write};
use std::process::ExitCode;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

/// How often the wait for requests looks up; it is woken by each.
const TURN: Duration = Duration::from_secs(3600);

fn main() -> ExitCode {
    match run(std::env::args().skip(1)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("simulated-service: {message}");
            ExitCode::from(2)
        }
    }
}

fn run(arguments: impl Iterator<Item = String>) -> Result<(), String> {
    let line = CommandLine::parse(arguments)?;
    let service = Service::start(line.options).map_err(|error| format!("cannot start: {error}"))?;
    for (login, password, hosts) in &line.accounts {
        service.account(login, password, &borrowed(hosts));
    }
    for (login, name, hosts) in &line.groups {
        service.group(login, name, &borrowed(hosts));
    }
    print(&json!({
        "host": service.host(), "port": service.port(), "url": service.url(""), "ca_file": service.ca_file(),
    }));
    let service = Arc::new(service);
    let writer = service.clone();
    thread::spawn(move || {
        loop {
            if let Ok(request) = writer.wait_request(TURN) {
                print(&request.to_json());
            }
        }
    });
    for line in io::stdin().lock().lines() {
        let line = line.map_err(|error| format!("stdin: {error}"))?;
        if let Err(message) = obey(&service, &line) {
            eprintln!("simulated-service: {message}: {line}");
        }
    }
    if line.until_eof {
        return Ok(());
    }
    loop {
        thread::park();
    }
}

/// Nobody reads any more: then there is nobody to serve either.
fn print(value: &Value) {
    let mut out = io::stdout().lock();
    if writeln!(out, "{value}").and_then(|()| out.flush()).is_err() {
        std::process::exit(0);
    }
}

#[derive(Default)]
struct CommandLine {
    options: Options,
    accounts: Vec<(String, String, Vec<String>)>,
    groups: Vec<(String, String, Vec<String>)>,
    until_eof: bool,
}

impl CommandLine {
    fn parse(mut arguments: impl Iterator<Item = String>) -> Result<CommandLine, String> {
        let mut line = CommandLine::default();
        let mut tls = Tls::default();
        let mut plain = false;
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().ok_or_else(|| format!("{argument} wants a value"));
            match argument.as_str() {
                "--plain" => plain = true,
                "--tls" => {
                    tls.versions = choose(
                        &value()?,
                        &[("1.2", Versions::Tls12), ("1.3", Versions::Tls13), ("both", Versions::Both)],
                    )?
                }
                "--key" => {
                    tls.key = choose(&value()?, &[("ecdsa", Key::Ecdsa), ("p384", Key::EcdsaP384), ("rsa", Key::Rsa)])?
                }
                "--certificate" => tls.certificate = choose(&value()?, &CERTIFICATES)?,
                "--name" => tls.names.push(value()?),
                "--bundle" => tls.bundle = Bundle::Full,
                "--bundle-file" => tls.bundle = Bundle::File(value()?.into()),
                "--listen" => line.options.address = value()?.parse().map_err(|_| "--listen wants an address")?,
                "--port" => line.options.port = value()?.parse().map_err(|_| "--port wants a number")?,
                "--account" => line.accounts.push(triple(&value()?)?),
                "--group" => line.groups.push(triple(&value()?)?),
                "--any-agent" => line.options.strict_agent = false,
                "--unpaid" => line.options.paid = false,
                "--until-eof" => line.until_eof = true,
                _ => return Err(format!("what is {argument}?")),
            }
        }
        line.options.tls = (!plain).then_some(tls);
        Ok(line)
    }
}

const CERTIFICATES: [(&str, Certificate); 9] = [
    ("good", Certificate::Good),
    ("expired", Certificate::Expired),
    ("not-yet-valid", Certificate::NotYetValid),
    ("wrong-name", Certificate::WrongName),
    ("unknown-authority", Certificate::UnknownAuthority),
    ("forged-authority", Certificate::ForgedAuthority),
    ("wrong-purpose", Certificate::WrongPurpose),
    ("wrong-address", Certificate::WrongAddress),
    ("authority", Certificate::Authority),
];

fn choose<T: Copy>(word: &str, choices: &[(&str, T)]) -> Result<T, String> {
    let found = choices.iter().find(|(name, _)| *name == word);
    let names = || choices.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
    found.map(|(_, choice)| *choice).ok_or_else(|| format!("{word} is none of {}", names()))
}

/// `LOGIN:SECOND=HOST,HOST`.
fn triple(text: &str) -> Result<(String, String, Vec<String>), String> {
    let wrong = || format!("{text}: LOGIN:…=HOST,HOST is wanted");
    let (front, hosts) = text.rsplit_once('=').ok_or_else(wrong)?;
    let (login, second) = front.split_once(':').ok_or_else(wrong)?;
    let hosts = hosts.split(',').filter(|host| !host.is_empty()).map(str::to_owned).collect();
    Ok((login.replace("%3A", ":"), second.to_owned(), hosts))
}

fn borrowed(hosts: &[String]) -> Vec<&str> {
    hosts.iter().map(String::as_str).collect()
}

fn obey(service: &Service, line: &str) -> Result<(), String> {
    if line.trim().is_empty() {
        return Ok(());
    }
    let value: Value = serde_json::from_str(line).map_err(|error| error.to_string())?;
    for (key, value) in value.as_object().ok_or("an object is wanted")? {
        match key.as_str() {
            "script" => service.script(scripts(value)?),
            "script_detection" => service.script_detection(scripts(value)?),
            "detection" => service.detection(&text(value)?),
            "fatal" => service.fatal(value.as_bool().ok_or("true or false is wanted")?),
            "account" => {
                service.account(&text(&value["login"])?, &text(&value["password"])?, &borrowed(&hosts(value)?));
            }
            "group" => service.group(&text(&value["login"])?, &text(&value["name"])?, &borrowed(&hosts(value)?)),
            "host" => {
                let entry = service.host_entry(&text(value)?).unwrap_or_default();
                print(&json!({
                    "host": value, "ipv4": entry.ipv4.map(|it| it.to_string()), "ipv6": entry.ipv6.map(|it| it.to_string()),
                    "offline": entry.offline,
                }));
            }
            _ => return Err(format!("what is {key}?")),
        }
    }
    Ok(())
}

fn hosts(value: &Value) -> Result<Vec<String>, String> {
    value["hosts"].as_array().ok_or("hosts is wanted, a list")?.iter().map(text).collect()
}

fn text(value: &Value) -> Result<String, String> {
    value.as_str().map(str::to_owned).ok_or_else(|| format!("a text is wanted, not {value}"))
}

fn scripts(value: &Value) -> Result<Vec<Script>, String> {
    value.as_array().ok_or("a list is wanted")?.iter().map(script).collect()
}

fn script(value: &Value) -> Result<Script, String> {
    let seconds = |value: &Value| value.as_f64().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    let wrong = || format!("{value} is no answer that can be given");
    if let Some(word) = value.as_str() {
        return match word {
            "truncate" => Ok(Script::Truncate),
            "truncate-chunked" => Ok(Script::TruncateChunked),
            "hang" => Ok(Script::Hang),
            "close" => Ok(Script::Close),
            "endless" => Ok(Script::Endless),
            "endless-head" => Ok(Script::EndlessHead),
            "garbage" => Ok(Script::Garbage),
            _ => Err(wrong()),
        };
    }
    let object = value.as_object().ok_or_else(wrong)?;
    let one = object.iter().next().filter(|_| object.len() == 1);
    match one.map(|(key, value)| (key.as_str(), value)) {
        Some(("drip", value)) => return seconds(value).map(Script::Drip).ok_or_else(wrong),
        Some(("late", value)) => return seconds(value).map(Script::Late).ok_or_else(wrong),
        Some(("redirect", value)) => return text(value).map(Script::Redirect),
        Some(("huge", value)) => {
            let size = value.as_u64().and_then(|size| usize::try_from(size).ok());
            return size.map(Script::Huge).ok_or_else(wrong);
        }
        Some(("abrupt", value)) => return Ok(Script::Abrupt(text(value)?.into_bytes())),
        Some(("raw", value)) => return Ok(Script::Raw(text(value)?.into_bytes())),
        _ => {}
    }
    let status = object.get("status").map_or(Some(200), Value::as_u64).and_then(|status| u16::try_from(status).ok());
    let body = object.get("body").map_or(Ok(String::new()), text)?.into_bytes();
    let headers = object.get("headers").and_then(Value::as_object).into_iter().flatten();
    let headers = headers.map(|(name, value)| Ok((name.clone(), text(value)?))).collect::<Result<_, String>>()?;
    Ok(Script::Answer { status: status.ok_or_else(wrong)?, headers, body })
}
