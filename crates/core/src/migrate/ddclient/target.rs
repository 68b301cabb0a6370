//! Whom a definition updates: a service of the table, or a server of the owner's own.

use super::super::draft::Target;
use super::super::known;
use super::super::notes::Notes;
use super::super::unsupported;
use super::super::url::Shape;
use super::parse::Settings;
use crate::services::{Service, Table};

/// ddclient's protocols, and the table's names for the services that they are about.
const PROTOCOLS: &[(&str, &str)] = &[
    ("1984", "1984.is"),
    ("changeip", "changeip.com"),
    ("cloudflare", "cloudflare.com"),
    ("ddnss", "ddnss.de"),
    ("digitalocean", "digitalocean.com"),
    ("dnsexit", "dnsexit.com"),
    ("dnsmadeeasy", "dnsmadeeasy.com"),
    ("domeneshop", "domeneshop.no"),
    ("dondominio", "dondominio.com"),
    ("duckdns", "duckdns.org"),
    ("dynadot", "dynadot.com"),
    ("dynu", "dynu.com"),
    ("easydns", "easydns.com"),
    ("enom", "enom.com"),
    ("freedns", "afraid.org-basicauth"),
    ("freemyip", "freemyip.com"),
    ("gandi", "gandi.net"),
    ("godaddy", "godaddy.com"),
    ("he.net", "he.net"),
    ("hetzner", "hetzner.cloud"),
    ("infomaniak", "infomaniak.com"),
    ("inwx", "inwx.de"),
    ("ionos", "ionos.com"),
    ("keysystems", "domaindiscount24.com"),
    ("mythicdyn", "mythic-beasts.com-v2"),
    ("namecheap", "namecheap.com"),
    ("netcup", "netcup.com"),
    ("njalla", "njal.la"),
    ("noip", "noip"),
    ("ns1", "ns1.com"),
    ("nsupdate", "rfc2136"),
    ("ovh", "ovh.com"),
    ("porkbun", "porkbun.com"),
    ("regfishde", "regfish.de"),
    ("simply.com", "simply.com"),
    ("sitelutions", "sitelutions.com"),
    ("zoneedit1", "zoneedit.com"),
];
/// Servers that listen there beside the port of https.
const ALSO_8245: &[&str] = &["noip", "dyn.com"];

/// Whom a definition updates.
pub(super) fn target(
    protocol: &str,
    settings: &Settings,
    services: &Table,
    notes: &mut Notes<'_>,
) -> Result<(Target, Option<Service>), String> {
    if protocol == "dyndns1" {
        return Err("dyndns1 is a protocol that no service speaks any more: see whether it speaks dyndns2".into());
    }
    if protocol != "dyndns2" {
        let name = PROTOCOLS.iter().find(|(name, _)| *name == protocol).map_or(protocol, |(_, name)| *name);
        let service = services.service(name).ok_or_else(|| unsupported::reason(&super::printable(name)))?;
        return Ok((Target::Service(service.name.clone()), Some(service)));
    }
    let server = settings.get("server").map_or("members.dyndns.org", String::as_str);
    let plain = settings.get("ssl").is_some_and(|it| matches!(it.as_str(), "no" | "0" | "false"));
    let (tls, server) = match (server.strip_prefix("https://"), server.strip_prefix("http://")) {
        (Some(server), _) => (true, server),
        (_, Some(server)) => (false, server),
        _ => (!plain, server),
    };
    let server = server.trim_end_matches('/');
    let (host, port) = match server.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') => {
            (host, Some(port.parse().map_err(|_| "server has no number as its port")?))
        }
        _ => (server, None),
    };
    let path = settings.get("script").map_or("/nic/update", String::as_str);
    if host.is_empty() || host.contains(['/', '[', ' ']) || path.contains(['?', '[', ' ']) {
        return Err("server and script are not a server's name and a path".into());
    }
    let mut shape = Shape {
        tls,
        server: host.to_ascii_lowercase(),
        port,
        path: path.to_owned(),
        basic: true,
        hostname: Some("hostname".into()),
        address: Some("myip".into()),
        ..Shape::default()
    };
    if port == Some(8245) {
        shape.port = None;
    }
    let found = known::by_url(services, &shape, &mut Default::default()).or_else(|| known::by_server(services, host));
    match found {
        Some(service) if port != Some(8245) || ALSO_8245.contains(&service.name.as_str()) => {
            if plain {
                notes.changed("it is sent over https, where ssl was off");
            }
            Ok((Target::Service(service.name.clone()), Some(service)))
        }
        _ => {
            shape.port = port;
            if shape.is_plain() {
                notes.changed(
                    "it is sent over plain http, as before, since the server has a port of its own, and the password \
                     goes in \
                     the clear",
                );
            } else if !tls {
                notes.changed(
                    "it is sent over https now, not http: if the service has no https, add option tls '0', which sends \
                     the password in the clear",
                );
            }
            Ok((Target::Url(shape), None))
        }
    }
}
