//! Accounts to text, each held against ddnsd's own configuration builder.

use super::draft::{Account, Source, Target};
use super::format::Format;
use super::merge::Merged;
use super::url::Shape;
use super::{Options, OwnService, Remark, RemarkKind};
use crate::config::{self, ServiceTable, Severity};
use crate::protocol::{Place, Word};
use crate::services::{self, Table};
use serde_json::{Map, Value};
use std::io;
use uci::{Package, Section, UciOption};

/// An account that passed.
pub(super) struct Printed {
    sections: Vec<(String, usize)>,
    text: String,
    pub(super) service: Option<OwnService>,
}

const HEAD: &str = "\
# /etc/config/ddnsd, made by 'ddnsd migrate' out of FILE.
# 'ddnsd check' tells whether all is well; what PROGRAM updates must not be enabled here too.

config global 'global'
#	option contact 'admin@example.com'   # whom the service may write to
";

/// The accounts that ddnsd's own builder takes; the others become remarks.
pub(super) fn print(accounts: &[Merged], table: &Table, options: Options, remarks: &mut Vec<Remark>) -> Vec<Printed> {
    let mut printed = Vec::new();
    for account in accounts {
        let (service, own) = service(account, table);
        let section = section(account, &service, own.is_some(), options);
        let text = uci::print(&Package { name: None, sections: vec![section.clone()] });
        match objection(section, table, own.as_ref()) {
            None => printed.push(Printed { sections: account.sections.clone(), text, service: own }),
            Some(why) => {
                for (section, line) in &account.sections {
                    remarks.push(Remark {
                        kind: RemarkKind::LeftOut,
                        section: Some(section.clone()),
                        line: *line,
                        message: format!("ddnsd would not take the account: {why}"),
                    });
                }
            }
        }
    }
    printed
}

/// The whole file.
pub(super) fn assemble(format: Format, printed: &[Printed], remarks: &[Remark]) -> String {
    let mut text = HEAD.replace("FILE", format.file()).replace("PROGRAM", format.program());
    for account in printed {
        let from: Vec<String> = account.sections.iter().map(|(name, line)| format!("'{name}' (line {line})")).collect();
        text.push_str(&format!("\n# From {}.\n", from.join(" and ")));
        for remark in remarks {
            let its = account
                .sections
                .iter()
                .any(|(name, line)| remark.section.as_ref() == Some(name) && remark.line == *line);
            let line = comment(&format!("* {}", remark.message));
            if its && remark.kind == RemarkKind::Changed && !text.ends_with(&line) {
                text.push_str(&line);
            }
        }
        if let Some(service) = &account.service {
            text.push_str(&comment(&format!(
                "* its service is described in /etc/ddnsd/services.d/{}: where it says success in other words than \
                 good \
                 and nochg, add them to \"words\" there",
                service.file
            )));
        }
        text.push_str(&account.text);
    }
    let left_out: Vec<&Remark> = remarks.iter().filter(|remark| remark.kind == RemarkKind::LeftOut).collect();
    if !left_out.is_empty() {
        text.push_str("\n# Not carried over:\n");
        for remark in left_out {
            text.push_str(&comment(&format!("* {remark}")));
        }
    }
    text
}

/// A line of comment, whatever the old file had in a name.
fn comment(text: &str) -> String {
    format!("# {}\n", text.replace(char::is_control, " "))
}

/// `option service`, and an entry for it where the table has none.
fn service(account: &Merged, table: &Table) -> (String, Option<OwnService>) {
    let shape = match &account.account.target {
        Target::Service(name) => return (name.clone(), None),
        Target::Url(shape) => shape,
    };
    let single = account.ipv4.is_none() || account.ipv6.is_none();
    let myip = |shape: &Shape| shape.address.as_deref() == Some("myip");
    let plain = shape.basic && shape.hostname.as_deref() == Some("hostname") && myip(shape) && single;
    if plain && account.account6.is_none() {
        return ("custom".into(), None);
    }
    let name = format!("own-{}", account.name.to_ascii_lowercase());
    let text = entry(&name, account, shape, table);
    (name.clone(), Some(OwnService { file: format!("{name}.json"), text }))
}

/// An entry for the table, made of the old URLs.
fn entry(name: &str, account: &Merged, shape: &Shape, table: &Table) -> String {
    let other = account.account6.as_ref().map(|account| &account.target);
    let address6 = match other {
        Some(Target::Url(other)) => other.address.clone(),
        _ => shape.address.clone(),
    };
    let mut entry = Map::new();
    let mut set = |name: &str, value: Value| drop(entry.insert(name.to_owned(), value));
    set("name", name.into());
    set("server", shape.server.as_str().into());
    set("path", shape.path.as_str().into());
    if let Some(port) = shape.own_port() {
        set("port", port.into());
    }
    set("hostname", shape.hostname.as_deref().into());
    set("hosts", 1.into());
    set("ipv4", shape.address.as_deref().into());
    if account.ipv6.is_some() {
        set("ipv6", address6.into());
        set("separate", true.into());
    }
    if shape.address.is_none() {
        set("sender", true.into());
    }
    if !shape.basic {
        match (&shape.username, &shape.password) {
            (None, None) => set("auth", "path".into()),
            (username, password) => {
                set("username", username.as_deref().into());
                set("password", password.as_deref().into());
            }
        }
    }
    if !shape.fixed.is_empty() {
        set("fixed", fixed(shape).into());
    }
    // Whatever the way, the same server answers in the same words.
    let mut words: Vec<String> = Vec::new();
    for service in table.services().iter().filter(|it| it.server == shape.server) {
        words.extend(service.dialect.words.iter().map(word));
    }
    words.extend(shape.words.iter().map(|word| format!("*{word}*=good")));
    if !words.is_empty() {
        set("words", words.into());
    }
    let lines: Vec<String> = entry.iter().map(|(key, value)| format!("  \"{key}\": {value}")).collect();
    format!("{{\n{}\n}}\n", lines.join(",\n"))
}

/// The parameters that are always the same.
fn fixed(shape: &Shape) -> String {
    let pairs: Vec<String> = shape.fixed.iter().map(|(name, value)| format!("{name}={value}")).collect();
    pairs.join("&")
}

/// A word as a table has it.
fn word(word: &Word) -> String {
    let code = word.code.as_str();
    match word.place {
        Place::Line => format!("{}={code}", word.text),
        Place::Prefix => format!("{}*={code}", word.text),
        Place::Anywhere => format!("*{}*={code}", word.text),
    }
}

fn section(merged: &Merged, service: &str, described: bool, options: Options) -> Section {
    let Account { target, username, password, ca_file, proxy, bind, plain, force_interval, more } = &merged.account;
    let mut section = Section {
        kind: "account".into(),
        name: Some(merged.name.clone()),
        line: 1,
        continued: Vec::new(),
        options: Vec::new(),
    };
    let mut option = |name: &str, value: String| {
        section.options.push(UciOption { name: name.into(), value: uci::Value::Single(value), line: 1 });
    };
    let pages = |name: &str, urls: Vec<String>| UciOption {
        name: name.into(),
        value: uci::Value::List(urls.into_iter().map(|url| (url, 1)).collect()),
        line: 1,
    };
    let mut lists = Vec::new();
    option("enabled", if options.enable && merged.enabled { "1" } else { "0" }.into());
    option("service", service.into());
    if let (Target::Url(shape), false) = (target, described) {
        option("server", shape.server.clone());
        let separator = if shape.path.contains('?') { "&" } else { "?" };
        let tail = if shape.fixed.is_empty() { String::new() } else { format!("{separator}{}", fixed(shape)) };
        option("path", format!("{}{tail}", shape.path));
        if let Some(port) = shape.own_port() {
            option("port", port.to_string());
        }
    }
    if *plain {
        option("tls", "0".into());
    }
    for (name, value) in more {
        option(name, value.clone());
    }
    if !username.is_empty() {
        option("username", username.clone());
    }
    option("password", password.clone());
    match &merged.ipv4 {
        None => option("ipv4", "off".into()),
        Some(Source { policy, interface, pages: page, web_interval, .. }) => {
            if *policy != "auto" {
                option("ipv4", (*policy).into());
            }
            if let Some(interface) = interface {
                option("interface", interface.clone());
            }
            if !page.is_default() {
                lists.push(pages("web_url", page.urls(false)));
            }
            if let Some(minutes) = web_interval {
                option("web_interval", minutes.to_string());
            }
        }
    }
    if let Some(Source { policy, interface, pages: page, .. }) = &merged.ipv6 {
        option("ipv6", (*policy).into());
        if let Some(interface) = interface {
            option("interface6", interface.clone());
        }
        if !page.is_default() {
            lists.push(pages("web_url6", page.urls(true)));
        }
    }
    if let Some(file) = ca_file {
        option("ca_file", file.clone());
    }
    if let Some(proxy) = proxy {
        option("proxy", proxy.clone());
    }
    if *bind || merged.account6.as_ref().is_some_and(|account| account.bind) {
        option("bind", "1".into());
    }
    if *force_interval > 0 {
        option("force_interval", force_interval.to_string());
    }
    section.options.append(&mut lists);
    let hosts = merged.hosts.iter().map(|host| (host.clone(), 1)).collect();
    section.options.push(UciOption { name: "hostname".into(), value: uci::Value::List(hosts), line: 1 });
    section
}

/// What ddnsd's own builder has against an account.
fn objection(section: Section, table: &Table, own: Option<&OwnService>) -> Option<String> {
    let own = Table::new(own.map(|own| services::Source::new(own.file.clone(), own.text.clone())));
    let package = Package { name: None, sections: vec![section] };
    let both = Both(&own, table);
    let config = config::build(&package, &both, &mut |_, _| Err(io::ErrorKind::NotFound.into()));
    if !config.accounts.is_empty() {
        return None;
    }
    let mistake = config.diagnostics.iter().find(|it| it.severity == Severity::Error)?;
    Some(match &mistake.option {
        Some(option) => format!("option {option}: {}", mistake.message),
        None => mistake.message.clone(),
    })
}

/// One table after the other.
struct Both<'a>(&'a Table, &'a Table);

impl ServiceTable for Both<'_> {
    fn preset(&self, name: &str) -> Option<config::Preset> {
        self.0.preset(name).or_else(|| self.1.preset(name))
    }

    fn names(&self) -> Vec<&str> {
        self.1.names()
    }
}
