//! Every provider of the table that has an API, through the built program: the same cases for all, against a simulated
//! provider that has zones, and records with a TTL and a comment of their owner's.

mod common;

use common::{Home, Output};
use ddnsd_testkit::provider::{Api, Call, Provider, Record, Reply, Trouble, World, providers};

/// A token in ASCII, as headers want it, with what has a meaning in a URL, a form and JSON.
const TOKEN: &str = "T0ken+/&%'\"x";
const OLD: [&str; 2] = ["198.51.100.7", "2001:db8::7"];
const NEW: [&str; 2] = ["192.0.2.25", "2001:db8::25"];

struct Scene {
    api: Api,
    home: Home,
    provider: Provider,
}

fn world() -> World {
    World::new("user:key", TOKEN)
}

fn scene(provider: Provider, world: World, hostnames: &[&str], more: &str) -> Scene {
    let api = Api::start(&provider, world);
    let home = Home::new("");
    let scene = Scene { api, home, provider };
    scene.configure(TOKEN, hostnames, more);
    scene
}

impl Scene {
    fn configure(&self, password: &str, hostnames: &[&str], more: &str) {
        let quoted = password.replace('\'', "'\\''");
        let mut text = format!(
            "config account 'home'\n\toption service '{}'\n\toption server '127.0.0.1'\n\toption port '{}'\n\
             \toption tls '0'\n\toption timeout '9'\n\toption username 'user:key'\n\toption password '{quoted}'\n",
            self.provider.service,
            self.api.port(),
        );
        for hostname in hostnames {
            text.push_str(&format!("\tlist hostname '{hostname}'\n"));
        }
        self.home.configure(&format!("{text}{more}\n"));
    }

    fn update(&self, ipv6: bool) -> Output {
        let mut arguments = vec!["update", "--json", "--ipv4", NEW[0]];
        if ipv6 {
            arguments.extend(["--ipv6", NEW[1]]);
        }
        self.home.run(&arguments)
    }

    fn records(&self) -> Vec<Record> {
        self.api.world(|world| world.records.clone())
    }

    /// What the first host says of itself: its code and its halt's reason.
    fn said(&self, output: &Output) -> String {
        let account = &output.json()["accounts"][0];
        format!("{} {} {}", output.status, account["hosts"][0]["code"], account["message"])
    }
}

/// Runs a case for every provider, and names those that failed.
fn for_all(case: impl Fn(Provider) + std::panic::RefUnwindSafe) {
    let mut failed = Vec::new();
    for provider in providers() {
        let service = provider.service;
        let result = std::panic::catch_unwind(|| case(provider));
        if result.is_err() {
            failed.push(service);
        }
    }
    assert!(failed.is_empty(), "{failed:?}");
}

#[test]
fn both_families_of_a_name_the_apex_a_wildcard_and_a_name_four_labels_deep() {
    for_all(|provider| {
        for host in ["home.example.com", "example.com", "*.example.com", "a.b.c.example.com"] {
            let mut world = world();
            for (kind, value) in [("A", OLD[0]), ("AAAA", OLD[1])] {
                world.add(host, kind, value);
                world.add("other.example.com", kind, value);
            }
            let before = world.records.clone();
            let scene = scene(provider_again(&provider), world, &[host], "\toption ipv6 'auto'\n");
            let output = scene.update(true);
            assert_eq!(output.status, 0, "{} {host}: {output:?} {:?}", provider.service, scene.api.asked());
            for record in scene.records() {
                let earlier = before.iter().find(|it| (&it.host, &it.kind) == (&record.host, &record.kind)).unwrap();
                let mut expected = earlier.clone();
                if record.host == host {
                    expected.value = NEW[usize::from(record.kind == "AAAA")].to_owned();
                }
                if !provider.comment {
                    expected.comment = record.comment.clone();
                }
                assert_eq!(record, expected, "{} {host}", provider.service);
            }
            assert_eq!(scene.records().len(), before.len());
            assert_eq!(scene.api.connections(), 2, "one for each run");
        }
    });
}

fn provider_again(provider: &Provider) -> Provider {
    ddnsd_testkit::provider::provider(provider.service)
}

#[test]
fn nothing_is_written_that_is_so_already() {
    for_all(|provider| {
        let mut world = world();
        world.add("home.example.com", "A", NEW[0]);
        let before = world.records.clone();
        let scene = scene(provider, world, &["home.example.com"], "");
        let output = scene.update(false);
        assert_eq!(output.status, 0, "{output:?}");
        assert_eq!(output.json()["accounts"][0]["hosts"][0]["code"], "nochg", "{output:?}");
        assert_eq!(scene.records(), before);
    });
}

#[test]
fn a_record_that_is_not_there_halts_its_host_and_is_made_where_the_account_says_so() {
    for_all(|provider| {
        let creates = provider.creates;
        let mut world = world();
        world.add("other.example.com", "A", OLD[0]);
        let scene = scene(provider, world, &["home.example.com"], "");
        let output = scene.update(false);
        assert_eq!(output.status, 4, "{output:?} {:?}", scene.api.asked());
        assert_eq!(output.json()["accounts"][0]["hosts"][0]["halt"]["reason"], "nohost", "{output:?}");
        assert_eq!(scene.records().len(), 1);
        if creates {
            scene.configure(TOKEN, &["home.example.com"], "\toption create '1'\n\toption ttl '3600'\n");
            let output = scene.update(false);
            assert_eq!(output.status, 0, "{output:?} {:?}", scene.api.asked());
            let records = scene.records();
            assert_eq!(records.len(), 2);
            let made = records.last().unwrap();
            assert_eq!(
                (made.host.as_str(), made.kind.as_str(), made.value.as_str()),
                ("home.example.com", "A", NEW[0])
            );
            assert!(
                made.ttl == 3600 || scene.provider.service == "netcup.com" || scene.provider.service == "beget.com"
            );
        }
    });
}

#[test]
fn of_two_records_none_is_chosen() {
    for_all(|provider| {
        let mut world = world();
        world.add("home.example.com", "A", OLD[0]);
        world.add("home.example.com", "A", "198.51.100.8");
        let before = world.records.clone();
        let scene = scene(provider, world, &["home.example.com"], "");
        let output = scene.update(false);
        assert_eq!(output.status, 4, "{output:?} {:?}", scene.api.asked());
        assert_eq!(output.json()["accounts"][0]["hosts"][0]["halt"]["reason"], "ambiguous", "{output:?}");
        assert_eq!(scene.records(), before);
    });
}

#[test]
fn a_record_that_is_ours_among_several_is_changed_alone() {
    for_all(|provider| {
        let mut world = world();
        world.add("home.example.com", "A", OLD[0]);
        let scene = scene(provider, world, &["home.example.com"], "");
        assert_eq!(scene.home.run(&["update", "--ipv4", OLD[0]]).status, 0);
        scene.api.world(|world| world.add("home.example.com", "A", "198.51.100.8"));
        let output = scene.update(false);
        let values: Vec<String> = scene.records().into_iter().map(|it| it.value).collect();
        if scene.provider.several {
            assert_eq!((output.status, values), (0, vec![NEW[0].into(), "198.51.100.8".into()]), "{output:?}");
        } else {
            assert_eq!((output.status, values), (4, vec![OLD[0].into(), "198.51.100.8".into()]), "{output:?}");
        }
    });
}

#[test]
fn wrong_credentials_halt_the_account() {
    for_all(|provider| {
        let mut world = world();
        world.add("home.example.com", "A", OLD[0]);
        world.password = "another".into();
        world.username = "other:one".into();
        let before = world.records.clone();
        let scene = scene(provider, world, &["home.example.com"], "");
        let output = scene.update(false);
        assert_eq!(output.status, if scene.provider.refuses { 4 } else { 1 }, "{output:?}");
        if scene.provider.refuses {
            let status = scene.home.run(&["status", "--json"]).json();
            assert_eq!(status["accounts"][0]["halt"]["reason"], "badauth", "{status}");
        }
        assert_eq!(scene.records(), before);
        let asked = scene.api.calls().len();
        assert_eq!(scene.update(false).status, output.status);
        assert!(!scene.provider.refuses || scene.api.calls().len() == asked, "halted is halted");
    });
}

#[test]
fn a_zone_of_somebody_elses_halts() {
    for_all(|provider| {
        let mut world = world();
        world.add("home.example.com", "A", OLD[0]);
        let scene = scene(provider, world, &["home.example.net"], "\toption create '1'\n");
        let output = scene.update(false);
        assert_eq!(output.status, 4, "{} {:?}", scene.said(&output), scene.api.asked());
        assert_eq!(scene.records().len(), 1);
    });
}

/// Without an account, and without a change: whether the service answers as its entry expects.
#[test]
fn a_probe_says_whether_a_service_answers_as_its_entry_expects() {
    for_all(|provider| {
        let service = provider.service;
        let api = Api::start(&provider, world());
        let before = api.world(|world| world.records.clone());
        let home = Home::new("");
        let url = format!("http://127.0.0.1:{}/", api.port());
        let output = home.run(&["probe", service, "--url", &url]);
        let expected = format!("{service}: answers as its entry expects: a wrong token is refused as badauth");
        assert!(output.status == 0 && output.stdout.starts_with(&expected), "{output:?}");
        assert!(api.calls().len() <= 2, "a question for each name that may be the zone");
        assert_eq!(api.world(|world| world.records.clone()), before);
        api.trouble(0, Trouble::Html(200));
        let output = home.run(&["probe", service, "--url", &url]);
        assert!(output.status == 1 && output.stdout.contains("does NOT answer as its entry expects"), "{output:?}");
    });
    let home = Home::new("");
    for arguments in [["probe", "noip"], ["probe", "nothing"], ["probe", "pdns"]] {
        assert_eq!(home.run(&arguments).status, 2);
    }
}

#[test]
fn what_passes_never_halts_at_any_step() {
    for_all(|provider| {
        let steps = {
            let mut world = world();
            world.add("home.example.com", "A", OLD[0]);
            let scene = scene(provider_again(&provider), world, &["home.example.com"], "");
            assert_eq!(scene.update(false).status, 0);
            scene.api.calls().len()
        };
        let troubles = [
            Trouble::Status(429, Some(120)),
            Trouble::Status(500, None),
            Trouble::Status(503, None),
            Trouble::Html(200),
            Trouble::Html(403),
            Trouble::CutOff,
            Trouble::Closed,
        ];
        for step in 0..steps.min(4) {
            for trouble in &troubles {
                let mut world = world();
                world.add("home.example.com", "A", OLD[0]);
                let scene = scene(provider_again(&provider), world, &["home.example.com"], "");
                scene.api.trouble(step, trouble.clone());
                let output = scene.update(false);
                // An answer without a body cannot be cut off.
                if output.status == 0 && matches!(trouble, Trouble::CutOff) {
                    continue;
                }
                assert_eq!(output.status, 1, "{trouble:?} at {step}: {output:?}");
            }
        }
    });
}

#[test]
fn names_with_letters_outside_ascii_are_those_of_dns_and_no_header_carries_such_a_token() {
    let provider = ddnsd_testkit::provider::provider("cloudflare.com");
    let mut world = world();
    world.add("xn--mller-kva.example.com", "A", OLD[0]);
    let scene = scene(provider, world, &["Müller.example.com"], "");
    let output = scene.update(false);
    assert_eq!(output.status, 0, "{output:?}");
    assert_eq!(scene.records()[0].value, NEW[0]);
    scene.configure("Schlüssel", &["home.example.com"], "");
    let output = scene.home.run(&["check"]);
    assert!(output.status == 3 && output.stdout.contains("no header can carry"), "{output:?}");
}

#[test]
fn a_rehearsal_prints_every_step_of_every_host_and_sends_nothing() {
    let provider = ddnsd_testkit::provider::provider("cloudflare.com");
    let scene = scene(provider, world(), &["a.example.com", "b.example.com"], "\toption create '1'\n");
    let output = scene.home.run(&["update", "--dry-run", "--ipv4", NEW[0]]);
    assert_eq!(output.status, 0, "{output:?}");
    let url = format!("http://127.0.0.1:{}/client/v4/zones/{{z}}/dns_records", scene.api.port());
    for line in [
        format!("PATCH {url}/{{r}}\n"),
        format!("GET {url}?type=A&name=b.example.com\n"),
        format!("POST {url}\n"),
        "Authorization: Bearer ***\n".into(),
        "{\"content\":\"192.0.2.25\"}\n".into(),
    ] {
        assert!(output.stdout.contains(&line), "{line} in {}", output.stdout);
    }
    assert!(!output.stdout.contains(TOKEN) && !output.stderr.contains(TOKEN));
    assert_eq!(scene.api.calls().len(), 0);
}

fn mismatching(world: &mut World, call: &Call) -> Reply {
    if call.method == "PATCH" {
        return Reply::json(200, serde_json::json!({"success": true, "result": {"content": "203.0.113.99"}}));
    }
    (ddnsd_testkit::provider::provider("cloudflare.com").answer)(world, call)
}

fn refusing(world: &mut World, call: &Call) -> Reply {
    if call.method == "PATCH" {
        let errors = serde_json::json!([{"code": 9005, "message": "Content is wrong"}]);
        return Reply::json(400, serde_json::json!({"success": false, "errors": errors}));
    }
    (ddnsd_testkit::provider::provider("cloudflare.com").answer)(world, call)
}

/// A success is what the answer holds, and a refusal is said in the provider's own words.
#[test]
fn another_address_in_the_answer_and_a_refusal_halt_the_host() {
    for (answer, reason, words) in [
        (mismatching as fn(&mut World, &Call) -> Reply, "address-mismatch", "203.0.113.99"),
        (refusing, "rejected", "9005: Content is wrong (HTTP 400)"),
    ] {
        let mut world = world();
        world.add("home.example.com", "A", OLD[0]);
        let provider = Provider { answer, ..ddnsd_testkit::provider::provider("cloudflare.com") };
        let scene = scene(provider, world, &["home.example.com"], "");
        let output = scene.update(false);
        assert_eq!(output.status, 4, "{output:?}");
        let status = scene.home.run(&["status", "--json"]).json();
        let halt = &status["accounts"][0]["hosts"][0]["halt"];
        assert_eq!(halt["reason"], reason, "{status}");
        assert!(halt["message"].as_str().unwrap().contains(words), "{halt}");
    }
}
