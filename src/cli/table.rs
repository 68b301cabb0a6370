//! Tables that a person likes to read: aligned, and coloured only on a terminal.

use crate::shorten::TRUNCATED;
use crate::status::{list, text, unconfirmed, waiting_message};
use crate::time::UnixTime;
use serde_json::Value;
use std::io::IsTerminal;

/// How `update` ended.
pub fn updates(entries: &[Value], now: UnixTime) -> String {
    let paint = Paint::new();
    let mut rows = Rows::default();
    for entry in entries {
        let result = text(&entry["result"]);
        let mut message = text(&entry["message"]).to_owned();
        if let Some(next) = entry["next_attempt"].as_u64().filter(|_| matches!(result, "waiting" | "failed")) {
            message.push_str(&format!("; next attempt {}", hence(next, now)));
        }
        rows.push([text(&entry["name"]).to_owned(), paint.word(result, result), message]);
        for host in list(&entry["hosts"]) {
            let halt = &host["halt"];
            if halt.is_null() || list(&entry["hosts"]).len() == 1 {
                continue;
            }
            let what = format!("{}. {}", text(&halt["message"]), text(&halt["advice"]));
            rows.push([format!("  {}", text(&host["hostname"])), paint.word("halted", "halted"), what]);
        }
    }
    rows.print()
}

/// How everything stands.
pub fn status(document: &Value, now: UnixTime) -> String {
    let paint = Paint::new();
    let mut out = String::new();
    for error in list(&document["errors"]) {
        let place = ["section", "option"].iter().filter_map(|key| error[key].as_str()).collect::<Vec<_>>().join(".");
        let line = error["line"].as_u64().map(|line| format!("line {line} ")).unwrap_or_default();
        out.push_str(&format!(
            "{} {line}{place}: {}\n",
            paint.word("halted", "configuration error:"),
            text(&error["message"])
        ));
    }
    let accounts = list(&document["accounts"]);
    if accounts.is_empty() {
        out.push_str("no usable account is configured\n");
    }
    for account in accounts {
        let state = text(&account["state"]);
        let held = state == "pending" && !account["waiting"].is_null();
        out.push_str(&format!(
            "{} ({}): {}\n",
            text(&account["name"]),
            text(&account["service"]),
            paint.word(state, if held { "waiting" } else { words(state) })
        ));
        let mut rows = Rows::default();
        for (family, name) in [("ipv4", "IPv4"), ("ipv6", "IPv6")] {
            let address = &account[family];
            if !address.is_null() {
                let via = address["interface"].as_str().map(|name| format!(" of {name}")).unwrap_or_default();
                rows.push([
                    format!("  {name}"),
                    text(&address["address"]).to_owned(),
                    format!("from {}{via}", text(&address["source"])),
                ]);
            } else if let Some(why) = account[format!("{family}_missing")].as_str() {
                rows.push([format!("  {name}"), paint.word("missing", "missing"), why.to_owned()]);
            }
        }
        for host in list(&account["hosts"]) {
            rows.push(host_row(account, host, now, &paint));
        }
        out.push_str(&rows.print());
        out.push_str(&trouble(account, now));
    }
    if document[TRUNCATED] == true {
        out.push_str(
            "hosts that are current are not listed: the whole status is longer than a message of ubus can be\n",
        );
    }
    out
}

fn host_row(account: &Value, host: &Value, now: UnixTime, paint: &Paint) -> [String; 3] {
    let addresses: Vec<&str> = ["ipv4", "ipv6"].iter().filter_map(|key| host[key].as_str()).collect();
    let mut what = if addresses.is_empty() { "never acknowledged".to_owned() } else { addresses.join(" ") };
    if let Some(code) = host["code"].as_str() {
        what.push_str(&format!(" ({code})"));
    }
    if let Some(updated) = host["updated"].as_u64() {
        what.push_str(&format!(", {}", ago(updated, now)));
    }
    for (family, name) in [("ipv4", "IPv4"), ("ipv6", "IPv6")] {
        let missing = !account[format!("{family}_missing")].is_null();
        if missing && host["state"] == "stale" && !host[family].is_null() {
            what.push_str(&format!("; whether the {name} address is still right is not known"));
        }
    }
    let state = text(&host["state"]);
    [format!("  {}", text(&host["hostname"])), paint.word(state, state), what]
}

/// What went wrong, what to do, what is waited for, and when it goes on.
fn trouble(account: &Value, now: UnixTime) -> String {
    let mut out = String::new();
    let host_halts = list(&account["hosts"]).iter().map(|host| (host["hostname"].as_str(), &host["halt"]));
    for (hostname, halt) in std::iter::once((None, &account["halt"])).chain(host_halts) {
        if !halt.is_null() {
            let of = hostname.map(|name| format!("{name}: ")).unwrap_or_default();
            out.push_str(&format!("  ! {of}{}\n    {}\n", text(&halt["message"]), text(&halt["advice"])));
        }
    }
    let error = account["error"]["message"].as_str();
    if let Some(message) = error {
        out.push_str(&format!("  ! {message}\n"));
    }
    if let Some(message) = unconfirmed(account) {
        out.push_str(&format!("  ! {message}\n"));
    }
    if let Some(message) = waiting_message(account).filter(|message| error != Some(message)) {
        out.push_str(&format!("  {message}\n"));
    }
    if let Some(next) = account["next_attempt"].as_u64() {
        out.push_str(&format!("  next attempt {}\n", hence(next, now)));
    }
    out
}

fn words(state: &str) -> &str {
    match state {
        "pending" => "about to be sent",
        "updating" => "being sent now",
        "waiting_address" => "waiting for an address",
        "waiting_clock" => "waiting for the clock to be set",
        "backoff" => "failed, will be tried again",
        "halted" => "halted: needs a person",
        other => other,
    }
}

fn ago(then: u64, now: UnixTime) -> String {
    match now.0.checked_sub(then) {
        Some(seconds) if seconds < 5 => "just now".into(),
        Some(seconds) => format!("{} ago", span(seconds)),
        None => "just now".into(),
    }
}

pub fn hence(then: u64, now: UnixTime) -> String {
    match then.checked_sub(now.0) {
        Some(seconds) if seconds > 0 => format!("in {}", span(seconds)),
        _ => "now".into(),
    }
}

fn span(seconds: u64) -> String {
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7200 => format!("{} min", seconds / 60),
        7200..172_800 => format!("{} h", seconds / 3600),
        _ => format!("{} days", seconds / 86_400),
    }
}

/// Colours, where they help.
struct Paint(bool);

impl Paint {
    fn new() -> Self {
        Paint(std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none())
    }

    fn word(&self, state: &str, shown: &str) -> String {
        let colour = match state {
            "current" | "updated" | "unchanged" => 32,
            "halted" => 31,
            "offline" | "disabled" => 90,
            _ => 33,
        };
        if self.0 { format!("\x1b[{colour}m{shown}\x1b[0m") } else { shown.to_owned() }
    }
}

/// Rows of three columns, the first two padded.
#[derive(Default)]
struct Rows(Vec<[String; 3]>);

impl Rows {
    fn push(&mut self, row: [String; 3]) {
        self.0.push(row);
    }

    fn print(&self) -> String {
        let width = |column: usize| self.0.iter().map(|row| visible(&row[column])).max().unwrap_or(0);
        let widths = [width(0), width(1)];
        let mut out = String::new();
        for row in &self.0 {
            for column in 0..2 {
                out.push_str(&row[column]);
                out.push_str(&" ".repeat(widths[column] + 2 - visible(&row[column])));
            }
            out.push_str(&row[2]);
            out.truncate(out.trim_end().len());
            out.push('\n');
        }
        out
    }
}

/// How many columns a text takes: colours take none.
fn visible(text: &str) -> usize {
    let mut count = 0;
    let mut escape = false;
    for c in text.chars() {
        match c {
            '\x1b' => escape = true,
            'm' if escape => escape = false,
            _ if escape => {}
            _ => count += 1,
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn who_waits_reads_why_and_until_when() {
        let message = "held back so as not to annoy the service: three updates at once, then one in five minutes";
        let document = json!({"accounts": [{
            "name": "home", "service": "noip", "state": "pending", "next_attempt": 1_764_000_240, "error": null,
            "waiting": {"reason": "budget", "until": 1_764_000_240, "message": message}, "hosts": []}]});
        let now = UnixTime(1_764_000_000);
        let read = format!("home (noip): waiting\n  {message}\n  next attempt in 4 min\n");
        assert_eq!(status(&document, now), read);
        let entry = json!({
            "name": "home", "result": "waiting", "message": message, "next_attempt": 1_764_000_240, "hosts": []
        });
        assert_eq!(updates(&[entry], now), format!("home  waiting  {message}; next attempt in 4 min\n"));
    }

    #[test]
    fn a_status_reads_like_this() {
        let document = json!({"accounts": [{
            "name": "home", "service": "noip", "state": "current",
            "ipv4": {"address": "192.0.2.25", "source": "interface", "interface": "wan"}, "ipv6": null,
            "next_attempt": 1_764_000_060, "halt": null, "error": null,
            "hosts": [
                {"hostname": "home.ddns.net", "state": "current", "ipv4": "192.0.2.25", "ipv6": null, "code": "good", "updated": 1_763_999_000, "halt": null},
                {"hostname": "nas.ddns.net", "state": "halted", "ipv4": null, "ipv6": null, "code": "nohost", "updated": null,
                 "halt": {"message": "no such host", "advice": "Check it."}},
            ]}, {
            "name": "six", "service": "noip", "state": "waiting_address",
            "ipv4": {"address": "192.0.2.25", "source": "interface", "interface": "wan"}, "ipv6": null,
            "ipv4_missing": null, "ipv6_missing": "wan6 is down", "next_attempt": null, "halt": null, "error": null,
            "hosts": [{"hostname": "six.ddns.net", "state": "stale", "ipv4": "192.0.2.25", "ipv6": "2001:db8::25",
                "code": "good", "updated": 1_763_999_000, "halt": null}]}], "errors": [{"section": "work", "option": "port", "line": 9, "message": "0 is no port"}]});
        assert_eq!(
            status(&document, UnixTime(1_764_000_000)),
            "\
configuration error: line 9 work.port: 0 is no port
home (noip): current
  IPv4           192.0.2.25  from interface of wan
  home.ddns.net  current     192.0.2.25 (good), 16 min ago
  nas.ddns.net   halted      never acknowledged (nohost)
  ! nas.ddns.net: no such host
    Check it.
  next attempt in 60 s
six (noip): waiting for an address
  IPv4          192.0.2.25  from interface of wan
  IPv6          missing     wan6 is down
  six.ddns.net  stale       192.0.2.25 2001:db8::25 (good), 16 min ago; whether the IPv6 address is still right is not known
"
        );
    }
}
