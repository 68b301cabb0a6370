//! docs/certification.md names a test for each thing that No-IP asks of a client, and each of them exists.

mod common;

use common::{Home, PATIENCE, account, service};
use ddnsd_testkit::bus::{Bus, Netifd};
use ddnsd_testkit::sources;
use std::fs;
use std::path::Path;

/// The last cell of every row of the three tables: what shows it.
fn proofs(page: &str) -> Vec<&str> {
    let rows = page.lines().filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |"));
    let cells = rows.map(|row| row.split(" | ").collect::<Vec<_>>()).filter(|cells| cells.len() == 3);
    cells.map(|cells| cells[2]).filter(|cell| *cell != "shown by" && !cell.starts_with("---")).collect()
}

#[test]
fn every_test_that_the_page_names_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(root.join("docs/certification.md")).unwrap();
    let proofs = proofs(&page);
    assert!(proofs.len() > 35, "{}", proofs.len());
    for proof in proofs {
        let names: Vec<&str> = proof.split('`').skip(1).step_by(2).collect();
        assert!(!names.is_empty(), "nothing shows it: {proof}");
        for name in names {
            let (place, test) = name.split_once("::").unwrap_or_else(|| panic!("{name} is of the form file::test"));
            let files = match place {
                "engine" | "protocol" => sources(&root.join("crates/core/src").join(place)),
                _ => vec![root.join(format!("tests/{place}.rs"))],
            };
            let test = format!("#[test]\nfn {test}()");
            // A test may stand in a module.
            let there = files.iter().any(|file| {
                let text = fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
                let text: Vec<&str> = text.lines().map(str::trim).collect();
                text.join("\n").contains(&test)
            });
            assert!(there, "there is no {name}");
        }
    }
}

#[test]
fn the_user_agents_on_the_page_have_no_ips_form() {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/certification.md")).unwrap();
    let agents: Vec<&str> = page.split('`').filter(|text| text.starts_with("ddnsd ") && text.contains('@')).collect();
    assert_eq!(agents.len(), 2);
    for agent in agents {
        let parts: Vec<&str> = agent.split(' ').collect();
        assert_eq!(parts.len(), 3, "{agent}");
        let (device, release) = parts[1].split_once('/').unwrap();
        assert!(!device.is_empty() && release.contains(env!("CARGO_PKG_VERSION")), "{agent}");
    }
}

#[test]
fn the_daemon_listens_on_no_port() {
    let service = service(&["home.ddns.net"]);
    let bus = Bus::start();
    let netifd = Netifd::start(&bus);
    netifd.load_dump("00-static-wan-up");
    let home = Home::on_bus(&account(&service, "home", &["home.ddns.net"], ""), bus.socket());
    let daemon = home.daemon();
    service.wait_request(PATIENCE).unwrap();
    let own: Vec<String> = fs::read_dir(format!("/proc/{}/fd", daemon.child.id()))
        .unwrap()
        .filter_map(|entry| Some(fs::read_link(entry.ok()?.path()).ok()?.to_string_lossy().into_owned()))
        .filter_map(|link| Some(link.strip_prefix("socket:[")?.strip_suffix(']')?.to_owned()))
        .collect();
    assert!(!own.is_empty(), "its connection to ubusd at least");
    for table in ["tcp", "tcp6", "udp", "udp6"] {
        let text = fs::read_to_string(format!("/proc/{}/net/{table}", daemon.child.id())).unwrap_or_default();
        for line in text.lines().skip(1) {
            let fields: Vec<&str> = line.split_whitespace().collect();
            // 0A is LISTEN, 07 a UDP socket without a peer.
            let listens = matches!(fields[3], "0A" | "07");
            assert!(!listens || !own.iter().any(|inode| inode == fields[9]), "{table}: {line}");
        }
    }
}
