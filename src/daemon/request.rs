//! Calls of our object on ubus: its methods, what they take, and what is meant (docs/ubus.md).
//!
//! Nothing is guessed: an argument that a method does not know may be a mistyped `hostname`, and without it a whole
//! account would go offline. Only rpcd's session is let through, which it adds to every call.

use crate::ubus::client::Method;
use crate::ubus::value::Type;
use crate::ubus::{Status, Table, Value};

/// What rpcd adds to the arguments of every call that comes through it.
const RPC_SESSION: &str = "ubus_rpc_session";

/// The methods and what they take.
const METHODS: [(&str, &[(&str, Type)]); 8] = [
    ("status", &[]),
    ("update", &[("account", Type::String), ("force", Type::Bool)]),
    ("resume", &[("account", Type::String), ("hostname", Type::String)]),
    ("offline", &[("account", Type::String), ("hostname", Type::String), ("offline", Type::Bool)]),
    ("history", &[("account", Type::String), ("limit", Type::I32)]),
    ("trigger", &[("interface", Type::String), ("action", Type::String)]),
    ("reload", &[]),
    ("services", &[]),
];

/// The methods with their signatures, as `ubus -v list ddnsd` shows them.
pub fn methods() -> Vec<Method<'static>> {
    METHODS.iter().map(|(name, arguments)| Method { name, arguments }).collect()
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
/// `METHOD_NOT_FOUND`, or `INVALID_ARGUMENT` for an argument that is missing, unknown or of the wrong type.
pub fn parse(method: &str, arguments: &Table) -> Result<Request, Status> {
    let (_, known) = METHODS.iter().find(|(name, _)| *name == method).ok_or(Status::METHOD_NOT_FOUND)?;
    if !arguments.iter().all(|(name, value)| is_known(known, name, value)) {
        return Err(Status::INVALID_ARGUMENT);
    }
    let get = |name| crate::ubus::value::get(arguments, name);
    let text = |name| get(name).and_then(Value::as_str).map(str::to_owned);
    let flag = |name| get(name).and_then(Value::as_bool);
    let account = || text("account").ok_or(Status::INVALID_ARGUMENT);
    Ok(match method {
        "status" => Request::Status,
        "update" => Request::Update { account: text("account"), force: flag("force").unwrap_or(false) },
        "resume" => Request::Resume { account: account()?, hostname: text("hostname") },
        "offline" => Request::Offline {
            account: account()?,
            hostname: text("hostname"),
            offline: flag("offline").ok_or(Status::INVALID_ARGUMENT)?,
        },
        "history" => {
            let limit = get("limit").and_then(Value::as_i64).map(usize::try_from).transpose();
            let limit = limit.map_err(|_| Status::INVALID_ARGUMENT)?.unwrap_or(usize::MAX);
            Request::History { account: text("account"), limit }
        }
        "trigger" => match text("action").as_deref() {
            Some("ifup" | "ifupdate" | "ifdown") => Request::Network,
            Some("clock") => Request::Clock,
            _ => return Err(Status::INVALID_ARGUMENT),
        },
        "reload" => Request::Reload,
        _ => Request::Services,
    })
}

/// Whether a method takes an argument of this name and type. JSON's numbers arrive in any of the three sizes.
fn is_known(known: &[(&str, Type)], name: &str, value: &Value) -> bool {
    name == RPC_SESSION
        || known.iter().any(|(it, kind)| {
            *it == name
                && match kind {
                    Type::I32 => value.as_i64().is_some(),
                    kind => value.kind() == *kind,
                }
        })
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
        let cases: [(&str, Table, Result<Request, Status>); 22] = [
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
            ("trigger", table(&[("action", text("ifup")), ("interface", yes.clone())]), Err(Status::INVALID_ARGUMENT)),
            ("explode", table(&[]), Err(Status::METHOD_NOT_FOUND)),
            // A typing mistake once took a whole account offline, and forced the updates of all.
            (
                "offline",
                table(&[("account", home.clone()), ("hostnam", text("a")), ("offline", yes.clone())]),
                Err(Status::INVALID_ARGUMENT),
            ),
            ("update", table(&[("acount", home.clone()), ("force", yes.clone())]), Err(Status::INVALID_ARGUMENT)),
            ("status", table(&[("account", home.clone())]), Err(Status::INVALID_ARGUMENT)),
            ("reload", table(&[("", Value::Null)]), Err(Status::INVALID_ARGUMENT)),
            ("update", table(&[("account", Value::Null)]), Err(Status::INVALID_ARGUMENT)),
            (
                "resume",
                table(&[("ubus_rpc_session", text("0")), ("account", home.clone())]),
                Ok(Request::Resume { account: "home".into(), hostname: None }),
            ),
        ];
        for (method, arguments, expected) in cases {
            assert_eq!(parse(method, &arguments), expected, "{method} {arguments:?}");
        }
    }
}
