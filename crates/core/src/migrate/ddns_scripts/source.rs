//! Where a section's address comes from, and the line that its requests go out through.

use super::super::draft::{Source, network_of};
use super::super::pages::Pages;
use super::old::Old;
use crate::services::Service;

/// The source, and whether the account is to be bound to its interface.
pub(super) fn source(old: &mut Old<'_>, ipv6: bool, service: Option<&Service>) -> (Source, bool) {
    let family = if ipv6 { "IPv6" } else { "IPv4" };
    let events = old.peek("interface").map(network_name);
    let mut source = match old.get("ip_source").as_deref() {
        Some("web") => web(old, ipv6),
        Some("interface") => device(old, ipv6, events.clone()),
        Some("script") => {
            old.get("ip_script");
            old.get("interface");
            let whose = match &events {
                Some(interface) => format!("that of the interface {interface}"),
                None => "the default route's".into(),
            };
            old.changed(&format!(
                "ip_script is not carried over, since ddnsd runs no scripts: the {family} address is {whose}; a \
                 script may say \
                 'ddnsd update ACCOUNT --{} ADDRESS'",
                family.to_ascii_lowercase()
            ));
            Source::auto(events.clone())
        }
        source => {
            if source.is_some_and(|source| source != "network") {
                old.changed("ip_source is none of network, web, interface and script: taken as network");
            }
            let interface = network(old, "ip_network").unwrap_or_else(|| if ipv6 { "wan6" } else { "wan" }.into());
            if let Some(events) = events.as_ref().filter(|events| **events != interface) {
                old.changed(&format!(
                    "the {family} address is that of {interface}, as before, though interface names {events}, whose \
                     events \
                     started the update"
                ));
            }
            Source::auto(Some(interface))
        }
    };
    let bind = bind(old, &mut source, ipv6);
    // A service that looks at the sender must be asked through the line whose address is meant.
    let sender = source.interface.is_some() && service.is_some_and(|service| service.dialect.sender_address);
    let named = ["interface", "ip_network", "ip_interface", "bind_network"];
    let named = named.into_iter().map(|option| old.peek(option).map(network_name));
    source.named = named.flatten().collect();
    source.named.sort_unstable();
    source.named.dedup();
    (source, bind || sender)
}

/// An option that names an interface of netifd, perhaps by its device or as an alias.
fn network(old: &mut Old<'_>, option: &'static str) -> Option<String> {
    old.get(option).map(network_name)
}

fn network_name(value: String) -> String {
    // One interface; a shell would have taken the first word, too.
    let value = value.split_whitespace().next().unwrap_or_default();
    network_of(value).unwrap_or(value).to_owned()
}

/// `ip_source 'interface'`: a device. ddnsd takes names of netifd.
fn device(old: &mut Old<'_>, ipv6: bool, events: Option<String>) -> Source {
    let (family, option) = if ipv6 { ("IPv6", "interface6") } else { ("IPv4", "interface") };
    let device = old.get("ip_interface").map(|device| device.trim().to_owned());
    old.get("interface");
    let said = device.as_deref().and_then(network_of).map(str::to_owned);
    let shown = device.as_deref().unwrap_or("eth1");
    match (said, events) {
        (Some(interface), events) => {
            if events.as_ref().is_some_and(|events| *events != interface) {
                old.changed(&format!(
                    "the {family} address is that of {interface}, whose device {shown} is, as before"
                ));
            }
            Source::auto(Some(interface))
        }
        (None, Some(interface)) => {
            old.changed(&format!(
                "the {family} address was read from the device {shown}; it is that of the interface {interface} now, \
                 which the \
                 section names: if the device is another one's, name that in option {option}"
            ));
            Source::auto(Some(interface))
        }
        (None, None) => {
            old.changed(&format!(
                "the {family} address was read from the device {shown}; ddnsd takes the interface that carries the \
                 default route: if it is another one, name it in option {option}"
            ));
            Source::auto(None)
        }
    }
}

fn web(old: &mut Old<'_>, ipv6: bool) -> Source {
    let pages = match old.get("ip_url") {
        None => Pages::default(),
        Some(page) => Pages::new(&page).unwrap_or_else(|| {
            old.changed("ip_url is not the URL of a page: ddnsd's own is asked instead");
            Pages::default()
        }),
    };
    if !pages.is_default() {
        old.changed("the page in ip_url is asked first, and No-IP's where it does not name exactly one public address");
    } else if ipv6 {
        old.changed("the IPv6 address is taken from the interface, which has the one that the internet sees");
        return Source::auto(None);
    }
    let minutes = old.seconds("check_interval", "check_unit", 60).map(|seconds| (seconds / 60).min(10_080));
    Source { policy: "web", pages, web_interval: minutes.filter(|minutes| *minutes > 10), ..Source::auto(None) }
}

/// `bind_network`: the line that both the page and the service were asked through.
fn bind(old: &mut Old<'_>, source: &mut Source, ipv6: bool) -> bool {
    let Some(line) = network(old, "bind_network") else { return false };
    match &source.interface {
        // Without an interface of its own the address was the one that is seen through the line.
        None => source.interface = Some(line),
        Some(interface) if *interface == line => {}
        Some(interface) => {
            let (family, option) = if ipv6 { ("IPv6", "interface6") } else { ("IPv4", "interface") };
            old.changed(&format!(
                "bind_network '{line}' is not carried over, since the {family} address is that of {interface}: ddnsd \
                 sends \
                 through the interface that gives the address; to publish {line}'s, name it in option {option} and \
                 write option bind '1'"
            ));
            return false;
        }
    }
    true
}
