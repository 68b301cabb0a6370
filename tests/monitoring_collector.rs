//! The Prometheus collector (`openwrt-package/prometheus-node-exporter-lua-ddnsd`) under Lua 5.1, fed by the real
//! binary's status. `scripts/checks/monitoring.sh` installs what it needs and runs it.

mod common;

use common::{Home, account, service};
use ddnsd_testkit::service::Script;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

const COLLECTOR: &str =
    "openwrt-package/prometheus-node-exporter-lua-ddnsd/files/usr/lib/lua/prometheus-collectors/ddnsd.lua";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// What a scrape brings, with this command line answering for the bus.
fn scrape(status: Option<&str>) -> String {
    let mut lua = Command::new("lua5.1");
    lua.arg(root().join("tests/monitoring/exporter.lua")).arg(root().join(COLLECTOR));
    lua.env("LUA_PATH", format!("{}/?.lua;;", root().join("tests/monitoring").display()));
    match status {
        Some(status) => lua.env("DDNSD_STATUS", status),
        None => lua.env_remove("DDNSD_STATUS"),
    };
    let output = lua.output().expect("lua5.1: scripts/checks/monitoring.sh installs it");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    lint(&text);
    text
}

/// What promtool has against the metrics, where there is one.
fn lint(metrics: &str) {
    use std::io::Write;
    let promtool = std::env::var_os("PROMTOOL").map_or_else(|| PathBuf::from("promtool"), PathBuf::from);
    let mut command = Command::new(promtool);
    command.args(["check", "metrics"]).stdin(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    let mut child = command.spawn().expect("promtool: scripts/checks/monitoring.sh finds it");
    child.stdin.take().unwrap().write_all(metrics.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    // The exporter writes no HELP lines.
    let objections: Vec<&str> =
        said.lines().filter(|it| it.starts_with("ddnsd_") && !it.contains("no help text")).collect();
    assert!(objections.is_empty(), "{objections:?}\n{metrics}");
    assert!(!said.contains("error while linting"), "{said}\n{metrics}");
}

fn status(home: &Home) -> String {
    let words: Vec<String> = std::iter::once(env!("CARGO_BIN_EXE_ddnsd").to_owned())
        .chain(["status".into(), "--json".into()])
        .chain(["-c".into(), home.path("ddnsd").display().to_string()])
        .chain(["-s".into(), home.path("state/state.json").display().to_string()])
        .chain(["-S".into(), home.socket.display().to_string()])
        .map(|word| format!("'{word}'"))
        .collect();
    words.join(" ")
}

#[track_caller]
fn has(metrics: &str, line: &str) {
    assert!(metrics.lines().any(|it| it == line), "no line {line}\n{metrics}");
}

#[test]
#[ignore = "needs lua5.1 and promtool: scripts/checks/monitoring.sh"]
fn a_host_that_is_current() {
    let service = service(&["home.ddns.net"]);
    let home = Home::new(&account(&service, "home", &["home.ddns.net"], "\toption ipv6 'auto'\n"));
    assert_eq!(home.run(&["update", "--ipv4", "192.0.2.25", "--ipv6", "2001:db8::25"]).status, 0);
    let metrics = scrape(Some(&status(&home)));
    has(&metrics, "ddnsd_up 1");
    has(&metrics, &format!("ddnsd_info{{version=\"{}\"}} 1", env!("CARGO_PKG_VERSION")));
    has(&metrics, "ddnsd_configuration_errors 0");
    has(&metrics, "ddnsd_account_enabled{account=\"home\",service=\"noip\"} 1");
    has(&metrics, "ddnsd_account_halted{account=\"home\",service=\"noip\"} 0");
    has(&metrics, "ddnsd_account_failures{account=\"home\",service=\"noip\"} 0");
    has(&metrics, "ddnsd_account_state{account=\"home\",state=\"current\"} 1");
    has(&metrics, "ddnsd_account_state{account=\"home\",state=\"halted\"} 0");
    has(&metrics, "ddnsd_host_current{account=\"home\",hostname=\"home.ddns.net\"} 1");
    has(&metrics, "ddnsd_host_halted{account=\"home\",hostname=\"home.ddns.net\"} 0");
    assert!(metrics.contains("address=\"192.0.2.25\"") && metrics.contains("address=\"2001:db8::25\""), "{metrics}");
    assert!(!metrics.contains("ddnsd_halt_info{"), "{metrics}");
    let updated = metrics.lines().find_map(|it| {
        it.strip_prefix("ddnsd_host_updated_timestamp_seconds{account=\"home\",hostname=\"home.ddns.net\"} ")
    });
    assert!(updated.unwrap().parse::<u64>().unwrap() > 1_700_000_000);
}

#[test]
#[ignore = "needs lua5.1 and promtool: scripts/checks/monitoring.sh"]
fn halts_of_an_account_and_of_a_host_and_mistakes() {
    let service = service(&["a.ddns.net"]);
    let config = [
        account(&service, "good", &["a.ddns.net", "b.ddns.net"], ""),
        account(&service, "bad", &["a.ddns.net"], ""),
        account(&service, "off", &["a.ddns.net"], "\toption enabled '0'\n"),
        "config account 'wrong'\n\toption username 'u'\n".into(),
    ]
    .concat();
    let home = Home::new(&config);
    home.run(&["update", "good", "--ipv4", "192.0.2.25"]);
    service.script([Script::answer(401, "badauth\r\n")]);
    home.run(&["update", "bad", "--ipv4", "192.0.2.25"]);
    let metrics = scrape(Some(&status(&home)));
    has(&metrics, "ddnsd_account_halted{account=\"bad\",service=\"noip\"} 1");
    has(&metrics, "ddnsd_account_halted{account=\"good\",service=\"noip\"} 0");
    has(&metrics, "ddnsd_halt_info{account=\"bad\",reason=\"badauth\"} 1");
    has(&metrics, "ddnsd_halt_info{account=\"good\",hostname=\"b.ddns.net\",reason=\"nohost\"} 1");
    has(&metrics, "ddnsd_host_current{account=\"good\",hostname=\"a.ddns.net\"} 1");
    has(&metrics, "ddnsd_host_current{account=\"good\",hostname=\"b.ddns.net\"} 0");
    has(&metrics, "ddnsd_account_enabled{account=\"off\",service=\"noip\"} 0");
    assert!(!metrics.contains("ddnsd_host_current{account=\"off\""), "{metrics}");
    let errors = metrics.lines().find_map(|it| it.strip_prefix("ddnsd_configuration_errors ")).unwrap();
    assert!(errors.parse::<u32>().unwrap() >= 1, "{metrics}");
}

#[test]
#[ignore = "needs lua5.1 and promtool: scripts/checks/monitoring.sh"]
fn a_daemon_that_does_not_answer_is_down_and_no_error() {
    for status in [None, Some("true")] {
        let metrics = scrape(status);
        has(&metrics, "ddnsd_up 0");
        has(&metrics, "node_scrape_collector_success{collector=\"ddnsd\"} 1");
        assert!(!metrics.contains("ddnsd_account"), "{metrics}");
    }
}

/// Names are a person's: quotes, backslashes and line breaks stay inside a label.
#[test]
#[ignore = "needs lua5.1 and promtool: scripts/checks/monitoring.sh"]
fn no_name_breaks_out_of_its_label() {
    let status = r#"printf '%s' '{"version":"1","started":1,"errors":[],"accounts":[{"name":"a\"} 1\nevil 2","service":"x\\",
        "enabled":true,"state":"current","failures":0,"hosts":[{"hostname":"h\"","state":"current"}]}]}'"#;
    let metrics = scrape(Some(status));
    has(&metrics, r#"ddnsd_account_failures{account="a\"} 1\nevil 2",service="x\\"} 0"#);
    assert!(!metrics.lines().any(|it| it.starts_with("evil")), "{metrics}");
}

/// Names of metrics in a text: `ddnsd_…`.
fn metric_names(text: &str) -> BTreeSet<String> {
    let is_word = |it: char| it.is_ascii_alphanumeric() || it == '_';
    let words = text.split(|it: char| !is_word(it));
    words.filter(|it| it.starts_with("ddnsd_")).map(str::to_owned).collect()
}

/// The documentation has every metric, and neither the dashboard nor the alerts ask for one that is not there.
#[test]
fn documentation_dashboard_and_alerts_agree_with_the_collector() {
    let read = |path: &str| std::fs::read_to_string(root().join(path)).unwrap();
    let measured = metric_names(&read(COLLECTOR));
    assert!(measured.len() >= 14);
    assert_eq!(metric_names(&read("docs/monitoring.md")), measured);
    for path in ["docs/monitoring/dashboard.json", "docs/monitoring/alerts.yml", "docs/monitoring/alerts.test.yml"] {
        let asked = metric_names(&read(path));
        assert!(asked.is_subset(&measured), "{path}: {:?}", asked.difference(&measured));
    }
    let dashboard: serde_json::Value = serde_json::from_str(&read("docs/monitoring/dashboard.json")).unwrap();
    assert!(dashboard["panels"].as_array().unwrap().len() >= 8);
}
