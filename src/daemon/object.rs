//! Our object on ubus: its methods, and what they take (DESIGN.md, section 4).
//!
//! Arguments are checked here and become values; unknown ones are ignored (rpcd adds its session).

use crate::ubus::client::Method;
use crate::ubus::value::Type;
use crate::ubus::{Status, Table, Value};

/// The methods with their signatures, as `ubus -v list ddnsd` shows them.
pub fn methods() -> Vec<Method<'static>> {
    const ALL: [(&str, &[(&str, Type)]); 8] = [
        ("status", &[]),
        ("update", &[("account", Type::String), ("force", Type::Bool)]),
        ("resume", &[("account", Type::String), ("hostname", Type::String)]),
        ("offline", &[("account", Type::String), ("hostname", Type::String), ("offline", Type::Bool)]),
        ("history", &[("account", Type::String), ("limit", Type::I32)]),
        ("trigger", &[("interface", Type::String), ("action", Type::String)]),
        ("reload", &[]),
        ("services", &[]),
    ];
    ALL.iter().map(|(name, arguments)| Method { name, arguments }).collect()
}

/// A call, understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// `status`
    Status,
    /// `update`
    Update {
        /// One account, or all.
        account: Option<String>,
        /// Also without a change.
        force: bool,
    },
    /// `resume`
    Resume {
        /// The account.
        account: String,
        /// One host, or all.
        hostname: Option<String>,
    },
    /// `offline`
    Offline {
        /// The account.
        account: String,
        /// One host, or all.
        hostname: Option<String>,
        /// Offline, or back.
        offline: bool,
    },
    /// `history`
    History {
        /// One account, or all.
        account: Option<String>,
        /// How many.
        limit: usize,
    },
    /// `trigger` with an interface's event
    Network,
    /// `trigger` with `clock`
    Clock,
    /// `reload`
    Reload,
    /// `services`
    Services,
}

/// Understands a call, or says with which status to refuse it.
///
/// # Errors
/// `METHOD_NOT_FOUND`, or `INVALID_ARGUMENT` for a missing argument or one of the wrong type.
pub fn parse(method: &str, arguments: &Table) -> Result<Request, Status> {
    let arguments = Arguments(arguments);
    Ok(match method {
        "status" => Request::Status,
        "update" => Request::Update {
            account: arguments.string("account")?,
            force: arguments.boolean("force")?.unwrap_or(false),
        },
        "resume" => Request::Resume {
            account: arguments.string("account")?.ok_or(Status::INVALID_ARGUMENT)?,
            hostname: arguments.string("hostname")?,
        },
        "offline" => Request::Offline {
            account: arguments.string("account")?.ok_or(Status::INVALID_ARGUMENT)?,
            hostname: arguments.string("hostname")?,
            offline: arguments.boolean("offline")?.ok_or(Status::INVALID_ARGUMENT)?,
        },
        "history" => Request::History {
            account: arguments.string("account")?,
            limit: arguments.count("limit")?.unwrap_or(usize::MAX),
        },
        "trigger" => {
            arguments.string("interface")?;
            match arguments.string("action")?.as_deref() {
                Some("ifup" | "ifupdate" | "ifdown") => Request::Network,
                Some("clock") => Request::Clock,
                _ => return Err(Status::INVALID_ARGUMENT),
            }
        }
        "reload" => Request::Reload,
        "services" => Request::Services,
        _ => return Err(Status::METHOD_NOT_FOUND),
    })
}

struct Arguments<'a>(&'a Table);

impl Arguments<'_> {
    fn get(&self, name: &str) -> Option<&Value> {
        crate::ubus::value::get(self.0, name)
    }

    fn string(&self, name: &str) -> Result<Option<String>, Status> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(_) => Err(Status::INVALID_ARGUMENT),
        }
    }

    fn boolean(&self, name: &str) -> Result<Option<bool>, Status> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(*flag)),
            Some(_) => Err(Status::INVALID_ARGUMENT),
        }
    }

    fn count(&self, name: &str) -> Result<Option<usize>, Status> {
        let number = match self.get(name) {
            None => return Ok(None),
            Some(value) => value.as_i64().ok_or(Status::INVALID_ARGUMENT)?,
        };
        usize::try_from(number).map(Some).map_err(|_| Status::INVALID_ARGUMENT)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(pairs: &[(&str, Value)]) -> Table {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
    }

    #[test]
    fn calls_are_understood_or_refused() {
        let text = |text: &str| Value::String(text.into());
        let (home, yes) = (text("home"), Value::Bool(true));
        let account = Some("home".to_owned());
        let cases: [(&str, Table, Result<Request, Status>); 15] = [
            ("status", table(&[("ubus_rpc_session", text("0"))]), Ok(Request::Status)),
            ("update", table(&[]), Ok(Request::Update { account: None, force: false })),
            (
                "update",
                table(&[("account", home.clone()), ("force", yes.clone())]),
                Ok(Request::Update { account, force: true }),
            ),
            ("update", table(&[("account", Value::I32(1))]), Err(Status::INVALID_ARGUMENT)),
            ("update", table(&[("force", Value::I32(1))]), Err(Status::INVALID_ARGUMENT)),
            ("resume", table(&[]), Err(Status::INVALID_ARGUMENT)),
            (
                "resume",
                table(&[("account", home.clone())]),
                Ok(Request::Resume { account: "home".into(), hostname: None }),
            ),
            ("offline", table(&[("account", home.clone())]), Err(Status::INVALID_ARGUMENT)),
            ("history", table(&[("limit", Value::I32(3))]), Ok(Request::History { account: None, limit: 3 })),
            ("history", table(&[("limit", Value::I32(-1))]), Err(Status::INVALID_ARGUMENT)),
            ("trigger", table(&[("action", text("ifup")), ("interface", text("wan"))]), Ok(Request::Network)),
            ("trigger", table(&[("action", text("clock"))]), Ok(Request::Clock)),
            ("trigger", table(&[("action", text("explode"))]), Err(Status::INVALID_ARGUMENT)),
            ("trigger", table(&[]), Err(Status::INVALID_ARGUMENT)),
            ("explode", table(&[]), Err(Status::METHOD_NOT_FOUND)),
        ];
        for (method, arguments, expected) in cases {
            assert_eq!(parse(method, &arguments), expected, "{method} {arguments:?}");
        }
    }
}
