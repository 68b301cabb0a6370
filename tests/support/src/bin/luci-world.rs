//! The bus and netifd for the tests of the LuCI page, which speak to it line by line.
//!
//! ```text
//! it says   {"socket":"/tmp/…/ubus.sock"}
//! it hears  {"interface":"wan","status":{"up":true,…}}   one line for each change of an interface
//! it says   {}                                           when netifd has notified
//! ```
//!
//! It ends when its input does.

use ddnsd_testkit::bus::{Bus, Hotplug, Netifd};
use serde_json::{Value, json};
use std::io::{self, BufRead, Write};

fn main() -> io::Result<()> {
    let bus = Bus::start_simulated();
    let netifd = Netifd::start(&bus);
    let _hotplug = Hotplug::start(&bus);
    let mut out = io::stdout().lock();
    writeln!(out, "{}", json!({"socket": bus.socket()}))?;
    out.flush()?;
    for line in io::stdin().lock().lines() {
        let change: Value = serde_json::from_str(&line?)?;
        let Some(name) = change["interface"].as_str() else {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "a line without an interface"));
        };
        netifd.set_interface(name, change["status"].clone());
        netifd.notify(name);
        writeln!(out, "{}", json!({}))?;
        out.flush()?;
    }
    Ok(())
}
