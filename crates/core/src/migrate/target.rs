//! Whom a section updates: a service of the table, whatever `update_url` says, or nothing that ddnsd can.

use super::old::Old;
use super::unsupported;
use super::url::{self, Literals, Shape};
use crate::protocol::Credentials;
use crate::services::{Service, Table};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

/// Whom a section updates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// A service of the table, by its name.
    Service(String),
    /// A URL of the person's own.
    Url(Shape),
}

/// The target, the service's entry where it has one, and credentials that stood in a URL.
pub(super) fn target(old: &mut Old<'_>, services: &Table) -> Result<(Target, Option<Service>, Literals), String> {
    let name = old.get("service_name").map(|name| name.trim().to_ascii_lowercase());
    let url = old.get("update_url");
    let script = old.get("update_script");
    let (encoded, plain) = (old.get("param_enc"), old.get("param_opt"));
    match name.as_deref() {
        None | Some("custom" | "-" | "") => {}
        Some(name) => {
            let service = services.service(name).ok_or_else(|| unsupported::reason(name))?;
            if encoded.is_some() || plain.is_some() {
                old.changed("param_enc and param_opt are left out: no service of the table has them");
            }
            return Ok((Target::Service(service.name.clone()), Some(service), Literals::default()));
        }
    }
    let Some(url) = url else {
        return match script {
            Some(script) if script.ends_with("update_no-ip_com.sh") => {
                Ok((Target::Service("noip".into()), services.service("noip"), Literals::default()))
            }
            Some(script) => Err(unsupported::script(&script)),
            None => Err("it names no service: no service_name, no update_url".into()),
        };
    };
    let encoded = utf8_percent_encode(encoded.as_deref().unwrap_or_default(), NON_ALPHANUMERIC).to_string();
    let url = url.trim().replace("[PARAMENC]", &encoded).replace("[PARAMOPT]", plain.as_deref().unwrap_or_default());
    let (shape, literals) = url::shape(&url)?;
    let is_no_ip = |server: &str| {
        ["no-ip.com", "noip.com"]
            .iter()
            .any(|domain| server.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.')))
    };
    if is_no_ip(&shape.server) {
        return Ok((Target::Service("noip".into()), services.service("noip"), literals));
    }
    let same = services.services().into_iter().find(|service| says_the_same(service, &shape));
    match same {
        Some(service) => {
            old.changed(&format!("update_url is service '{}' of the table", service.name));
            Ok((Target::Service(service.name.clone()), Some(service), literals))
        }
        None => Ok((Target::Url(shape), None, literals)),
    }
}

/// Whether the service's own requests have the URL's path and every parameter that the URL has.
///
/// Names are compared, not values: people put the host into `[USERNAME]` where a guide told them to.
fn says_the_same(service: &Service, shape: &Shape) -> bool {
    let dialect = &service.dialect;
    let own_port = shape.port.is_some_and(|port| port != 80 && port != 443);
    let has_basic = matches!(dialect.credentials, Credentials::Basic { .. });
    if service.server != shape.server || service.path != shape.path || own_port || has_basic != shape.basic {
        return false;
    }
    let mut known: Vec<&str> =
        [&dialect.hostname, &dialect.ipv4, &dialect.ipv6].into_iter().flatten().map(String::as_str).collect();
    if let Credentials::Query { username, password } = &dialect.credentials {
        known.extend(username.iter().chain(password).map(String::as_str));
    }
    let mut pairs: Vec<&(String, String)> = dialect.fixed.iter().collect();
    pairs.extend(dialect.without_ipv4.iter().chain(&dialect.without_ipv6));
    let named = [&shape.hostname, &shape.address, &shape.username, &shape.password];
    named.into_iter().flatten().all(|name| known.contains(&name.as_str()))
        && shape.fixed.iter().all(|pair| pairs.contains(&pair))
}
