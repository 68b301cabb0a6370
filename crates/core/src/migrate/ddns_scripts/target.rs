//! Whom a section updates: a service of the table, whatever `update_url` says, or nothing that ddnsd can.

use super::super::draft::Target;
use super::super::known::{self, Login};
use super::super::unsupported;
use super::super::url::{self, Literals, Shape};
use super::old::Old;
use crate::services::{Service, Table};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

/// Whom a section updates.
pub(super) struct Aim {
    pub(super) target: Target,
    /// The table's entry, where it has one.
    pub(super) service: Option<Service>,
    /// The old URL that the entry was found by.
    shape: Option<Shape>,
    /// What stood in it.
    pub(super) literals: Literals,
}

impl Aim {
    fn service(service: Service) -> Self {
        Aim {
            target: Target::Service(service.name.clone()),
            service: Some(service),
            shape: None,
            literals: Literals::default(),
        }
    }

    /// The hosts and credentials, where the service wants them.
    pub(super) fn logins(&self, login: Login) -> Vec<Login> {
        match (&self.service, &self.shape) {
            (Some(service), Some(shape)) => known::logins(service, shape, &login),
            _ => vec![login],
        }
    }
}

/// The target of a section.
///
/// # Errors
/// Why there is none, and the nearest thing that works.
pub(super) fn target(old: &mut Old<'_>, services: &Table) -> Result<Aim, String> {
    let name = old.get("service_name").map(|name| name.trim().to_ascii_lowercase());
    let url = old.get("update_url");
    let script = old.get("update_script");
    let (encoded, plain) = (old.get("param_enc"), old.get("param_opt"));
    match name.as_deref() {
        None | Some("custom" | "-" | "") => {}
        Some(name) => match known::by_name(services, name) {
            Some(service) => {
                if encoded.is_some() || plain.is_some() {
                    old.changed("param_enc and param_opt are left out: no service of the table has them");
                }
                return Ok(Aim::service(service));
            }
            None if url.is_some() => {}
            None => return Err(unsupported::reason(name)),
        },
    }
    let Some(url) = url else {
        return match script {
            Some(script) if script.ends_with("update_no-ip_com.sh") => {
                services.service("noip").map(Aim::service).ok_or_else(|| unsupported::script(&script))
            }
            Some(script) => Err(unsupported::script(&script)),
            None => Err("it names no service: no service_name, no update_url".into()),
        };
    };
    let encoded = utf8_percent_encode(encoded.as_deref().unwrap_or_default(), NON_ALPHANUMERIC).to_string();
    let url = url.trim().replace("[PARAMENC]", &encoded).replace("[PARAMOPT]", plain.as_deref().unwrap_or_default());
    let (shape, mut literals) = url::shape(&url)?;
    match known::by_url(services, &shape, &mut literals) {
        Some(service) => {
            if service.name != "noip" {
                old.changed(&format!("update_url is service '{}' of the table", service.name));
            }
            Ok(Aim { literals, shape: Some(shape), ..Aim::service(service) })
        }
        None => Ok(Aim { target: Target::Url(shape), service: None, shape: None, literals }),
    }
}
