//! The service's mind: accounts, hosts, addresses, and the answer to an update (docs/protocol.md).

use super::Request;
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// How many hostnames one request may have.
const MAX_HOSTS: usize = 20;

/// The group that has every host of a DDNS key.
const ALL: &str = "all.ddnskey.com";

/// What the service knows of a host.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Host {
    /// The login that owns it.
    pub login: String,
    /// Its IPv4 address.
    pub ipv4: Option<Ipv4Addr>,
    /// Its IPv6 address.
    pub ipv6: Option<Ipv6Addr>,
    /// Taken offline.
    pub offline: bool,
    /// How many updates in a row changed nothing.
    pub unchanged: u32,
}

#[derive(Debug, Default)]
struct Account {
    password: String,
    groups: BTreeMap<String, Vec<String>>,
}

#[derive(Debug, Default)]
pub(crate) struct Table {
    accounts: BTreeMap<String, Account>,
    hosts: BTreeMap<String, Host>,
    strict_agent: bool,
    paid: bool,
    /// Every update is answered with 911.
    pub fatal: bool,
}

impl Table {
    pub fn new(strict_agent: bool, paid: bool) -> Table {
        Table { strict_agent, paid, ..Table::default() }
    }

    pub fn account(&mut self, login: &str, password: &str, hostnames: &[&str]) {
        self.accounts.entry(login.to_owned()).or_default().password = password.to_owned();
        for hostname in hostnames {
            self.hosts.entry((*hostname).to_owned()).or_default().login = login.to_owned();
        }
    }

    pub fn group(&mut self, login: &str, group: &str, hostnames: &[&str]) {
        let members = hostnames.iter().map(|hostname| (*hostname).to_owned()).collect();
        self.accounts.entry(login.to_owned()).or_default().groups.insert(group.to_owned(), members);
    }

    pub fn host(&self, hostname: &str) -> Option<&Host> {
        self.hosts.get(hostname)
    }

    /// The status and the body.
    pub fn answer(&mut self, request: &Request) -> (u16, String) {
        let line = |status, code: &str| (status, format!("{code}\r\n"));
        if self.fatal {
            return line(500, "911");
        }
        if self.strict_agent && !request.header("user-agent").is_some_and(is_agent) {
            return line(200, "badagent");
        }
        let login = request.credentials().and_then(|(name, password)| self.login(&name, &password));
        let Some(login) = login else { return line(401, "badauth") };
        let hostnames: Vec<&str> = request.query("hostname").unwrap_or_default().split(',').collect();
        if hostnames.len() > MAX_HOSTS {
            return line(200, "numhost");
        }
        let offline = request.query("offline").is_some_and(|value| value.eq_ignore_ascii_case("yes"));
        if offline && !self.paid {
            return line(200, "!donator");
        }
        let Some(addresses) = addresses(request) else { return line(200, "badsys") };
        let lines = hostnames.iter().map(|name| self.update(&login, name, addresses, offline) + "\r\n");
        (200, lines.collect())
    }

    /// The account that these credentials open; `group:user` opens the user's.
    fn login(&self, name: &str, password: &str) -> Option<String> {
        let name = name.replace("%3A", ":").replace("%3a", ":");
        let user = name.rsplit(':').next().unwrap_or_default();
        let login = [name.as_str(), user].into_iter().find(|login| self.accounts.contains_key(*login))?;
        (self.accounts[login].password == password).then(|| login.to_owned())
    }

    /// One line of the answer.
    fn update(&mut self, login: &str, name: &str, addresses: Addresses, offline: bool) -> String {
        let name = name.split('@').next().unwrap_or_default();
        let owned = |hosts: &BTreeMap<String, Host>| {
            let own = hosts.iter().filter(|(_, host)| host.login == login);
            own.map(|(name, _)| name.clone()).collect::<Vec<String>>()
        };
        let members = match self.accounts.get(login).and_then(|account| account.groups.get(name)) {
            Some(members) => members.clone(),
            None if name == ALL => owned(&self.hosts),
            None => vec![name.to_owned()],
        };
        if name.is_empty() {
            return "notfqdn".to_owned();
        }
        let mut changed = false;
        for member in &members {
            match self.hosts.get_mut(member) {
                Some(host) if host.login == login => changed |= host.set(addresses, offline),
                Some(_) => return "!yours".to_owned(),
                None => return "nohost".to_owned(),
            }
        }
        let said: Vec<String> =
            addresses.0.map(|it| it.to_string()).into_iter().chain(addresses.1.map(|it| it.to_string())).collect();
        let code = if changed { "good" } else { "nochg" };
        format!("{code} {}", said.join(",")).trim_end().to_owned()
    }
}

impl Host {
    /// Whether this changed anything.
    fn set(&mut self, (ipv4, ipv6): Addresses, offline: bool) -> bool {
        let before = (self.ipv4, self.ipv6, self.offline);
        self.ipv4 = ipv4.or(self.ipv4);
        self.ipv6 = ipv6.or(self.ipv6);
        self.offline = offline;
        let changed = before != (self.ipv4, self.ipv6, self.offline);
        self.unchanged = if changed { 0 } else { self.unchanged + 1 };
        changed
    }
}

type Addresses = (Option<Ipv4Addr>, Option<Ipv6Addr>);

/// `myip` with one or both, `myipv6` over it, or the caller's address; nothing where one of them is none.
fn addresses(request: &Request) -> Option<Addresses> {
    let mut found = (None, None);
    let own = request.peer.ip().to_string();
    let said = request.query("myip").filter(|text| !text.is_empty());
    let texts = said.unwrap_or(if request.query("myipv6").is_none() { &own } else { "" });
    for text in texts.split(',').chain(request.query("myipv6")).filter(|text| !text.is_empty()) {
        match text.parse().ok()? {
            IpAddr::V4(address) => found.0 = Some(address),
            IpAddr::V6(address) => found.1 = Some(address),
        }
    }
    Some(found)
}

/// Three parts, one space between them, the last an e-mail address.
fn is_agent(agent: &str) -> bool {
    let parts: Vec<&str> = agent.split(' ').collect();
    parts.len() == 3 && parts.iter().all(|part| !part.is_empty()) && parts[1].contains('/') && parts[2].contains('@')
}
