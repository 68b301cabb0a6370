//! Lists what is on the bus, as `ubus list` does; with `-v` also the methods and the types of their arguments.
//!
//! ```sh
//! cargo run -p openwrt-ubus --features socket --example list -- -v [PATTERN]
//! ```
//!
//! `UBUS_SOCKET` names another socket than OpenWrt's.

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;
use ubus::Value;
use ubus::value::Type;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let verbose = arguments.iter().any(|it| it == "-v");
    let pattern = arguments.iter().find(|it| *it != "-v");
    let socket = std::env::var("UBUS_SOCKET").unwrap_or_else(|_| ubus::DEFAULT_SOCKET.to_owned());
    let objects = match ubus::socket::lookup(Path::new(&socket), pattern.map(String::as_str), Duration::from_secs(5)) {
        Ok(objects) => objects,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    };
    for object in objects {
        if !verbose {
            println!("{}", object.path);
            continue;
        }
        println!("'{}' @{:08x}", object.path, object.id);
        for (method, arguments) in &object.signature {
            let Value::Table(arguments) = arguments else { continue };
            let shown: Vec<String> =
                arguments.iter().map(|(name, kind)| format!("\"{name}\":{}", word(kind))).collect();
            println!("\t\"{method}\":{{{}}}", shown.join(","));
        }
    }
    ExitCode::SUCCESS
}

/// A signature gives the type of each argument as its number on the wire.
fn word(kind: &Value) -> &'static str {
    let is = |kinds: &[Type]| matches!(kind, Value::I32(number) if kinds.iter().any(|it| *it as i32 == *number));
    if is(&[Type::Array]) {
        "\"Array\""
    } else if is(&[Type::Table]) {
        "\"Table\""
    } else if is(&[Type::String]) {
        "\"String\""
    } else if is(&[Type::I64, Type::I32, Type::I16]) {
        "\"Integer\""
    } else if is(&[Type::Bool]) {
        "\"Boolean\""
    } else if is(&[Type::Double]) {
        "\"Double\""
    } else {
        "\"(unknown)\""
    }
}
