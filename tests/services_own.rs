//! A person's own services: what is understood, and the sentence for every mistake.

use ddnsd::config::{BuiltIn, ServiceTable};
use ddnsd::protocol::{Code, Credentials, Dialect};
use ddnsd::services::{OnDemand, Source, Table, document};
use std::cell::Cell;

fn table(text: &str) -> Table {
    Table::new([Source::new("own.json", text)])
}

#[test]
fn every_mistake_has_its_sentence() {
    let entry = |rest: &str| format!("[\n{{\"name\":\"mine\",\"server\":\"ddns.example.net\"{rest}}}]");
    let cases = [
        ("nothing".to_owned(), 1, "a list of services is expected: [ {…}, {…} ]"),
        (entry(",\"ipv4\":"), 2, "this is not JSON: "),
        ("[{\"server\":\"x\"}]".into(), 1, "a service has a name: \"name\": \"example.net\""),
        ("[{\"name\":\"Mine!\"}]".into(), 1, "\"name\" is made of a-z, 0-9, '.', '-' and '_'"),
        ("[{\"name\":\"mine\"}]".into(), 1, "service 'mine': \"server\" is missing"),
        ("[{\"name\":\"noip\",\"server\":\"x\"}]".into(), 1, "service 'noip' is built in: give this one another name"),
        (entry(",\"hostnam\":\"h\""), 2, "\"hostnam\" is nothing that a service has: did you mean \"hostname\"?"),
        (entry(",\"qqqqqqqq\":1"), 2, "\"qqqqqqqq\" is nothing that a service has"),
        (entry(",\"path\":\"nic\""), 2, "service 'mine': \"path\" begins with /"),
        (entry(",\"path\":5"), 2, "service 'mine': \"path\" is a text"),
        (entry(",\"url\":\"a\\nb\""), 2, "service 'mine': \"url\" is a text"),
        (entry(",\"tls\":\"yes\""), 2, "service 'mine': \"tls\" is true or false"),
        (entry(",\"port\":0"), 2, "service 'mine': \"port\" is a number from 1 to 65535"),
        (entry(",\"hosts\":-1"), 2, "service 'mine': \"hosts\" is a number from 1 to 1000"),
        (entry(",\"ipv4\":\"\""), 2, "service 'mine': \"ipv4\" is the name of a parameter, or null"),
        (entry(",\"aliases\":\"a\""), 2, "service 'mine': \"aliases\" is a list of texts"),
        (entry(",\"hint\":\"a\""), 2, "service 'mine': \"hint\" is an object"),
        (entry(",\"fixed\":\"system\""), 2, "service 'mine': \"fixed\" is of the form name=value"),
        (entry(",\"words\":[\"OK\"]"), 2, "service 'mine': \"words\": 'OK' is not of the form word=code"),
        (entry(",\"words\":[\"**=good\"]"), 2, "service 'mine': \"words\": '**=good' is not of the form word=code"),
        (entry(",\"words\":[\"*=good\"]"), 2, "service 'mine': \"words\": '*=good' is not of the form word=code"),
        (entry(",\"words\":[\"OK=god\"]"), 2, "service 'mine': 'god' is no code of the protocol: did you mean 'good'?"),
        (entry(",\"words\":[\"OK=success\"]"), 2, "service 'mine': 'success' is no code of the protocol"),
        (
            entry(",\"status\":{\"200\":\"good\"}"),
            2,
            "service 'mine': \"status\": an HTTP status alone proves no success",
        ),
        (entry(",\"timeout\":0"), 2, "service 'mine': \"timeout\" is a number from 1 to 300"),
        (entry(",\"status\":{\"9\":\"badauth\"}"), 2, "service 'mine': \"status\": '9' is no HTTP status"),
        (
            entry(",\"auth\":\"token\",\"password\":\"p\""),
            2,
            "service 'mine': \"auth\" is \"token\" or \"path\", without \"username\" and \"password\" beside it",
        ),
    ];
    for (text, line, message) in cases {
        let table = table(&text);
        let mistakes = table.mistakes();
        assert_eq!(mistakes.len(), 1, "{text}");
        assert!(mistakes[0].message.starts_with(message), "{text}\n{}", mistakes[0]);
        assert_eq!((mistakes[0].line, mistakes[0].file.as_str()), (line, "own.json"), "{text}");
        assert!(table.service("noip").is_some(), "the others count");
        assert!(table.service("mine").is_none());
    }
}

#[test]
fn a_bad_entry_leaves_the_others_alone() {
    let table = table(
        "[{\"name\":\"a\",\"server\":\"a.example\"},\n{\"name\":\"b\"},\n{\"name\":\"c\",\"server\":\"c.example\"}]",
    );
    assert_eq!(table.mistakes()[0].to_string(), "own.json, line 2: service 'b': \"server\" is missing");
    assert_eq!(table.names(), ["noip", "rfc2136", "custom", "a", "c"]);
}

#[test]
fn everything_an_entry_may_say() {
    let table = table(
        r#"{"name":"mine","aliases":["my"],"title":"Mine","server":"ddns.example.net","path":"/u?a=b","tls":false,"port":8080,
            "url":"https://example.net/","hint":{"username":"U","hostname":"H"},"hostname":"host","hosts":5,"groups":true,
            "ipv4":"ip","ipv6":"ip6","separate":true,"ipv6_server":"v6.example.net","sender":true,"without_ipv4":"ip=no",
            "without_ipv6":"ip6=keep","username":"u","password":"p","email_limit":9,"fixed":"a=b&c=d","offline":true,
            "words":["OK=good","ER*=badauth","*x=1*=nochg","SLOW=interval"],"status":{"403":"badauth","204":"good"},"once":true,
            "interval":600,"ipv6_prefix":"prefix","record_type":"type","ipv6_alone":false,"drops":true,"one_domain":true,"timeout":120}"#,
    );
    assert_eq!(table.mistakes(), []);
    let service = table.service("my").expect("found by its alias");
    assert_eq!((service.name.as_str(), service.title.as_str(), service.port), ("mine", "Mine", Some(8080)));
    assert_eq!(service.hint.line(), "Username: U. Host name: H.");
    let dialect = &service.dialect;
    assert_eq!(dialect.credentials, Credentials::Query { username: Some("u".into()), password: Some("p".into()) });
    assert_eq!(dialect.words[2].text, "x=1");
    assert_eq!(dialect.fixed, [("a".to_owned(), "b".to_owned()), ("c".into(), "d".into())]);
    assert_eq!((dialect.min_interval, dialect.hosts_per_request), (600, 5));
    assert_eq!((dialect.ipv6_prefix.as_deref(), dialect.record_type.as_deref()), (Some("prefix"), Some("type")));
    assert!(!dialect.ipv6_alone && dialect.drops && dialect.one_domain);
    assert_eq!((dialect.words[3].code, dialect.statuses.len()), (Code::TooOften, 2));
    let preset = table.preset("mine").unwrap();
    assert_eq!(preset.timeout, Some(120));
    assert!(preset.ipv6 && !preset.ipv6_apart && preset.username && preset.colon && !preset.tls);
}

#[test]
fn a_file_that_cannot_be_read_is_a_mistake() {
    let table = Table::new([Source::unreadable("own.json", "permission denied")]);
    assert_eq!(table.mistakes()[0].to_string(), "own.json, line 1: cannot be read: permission denied");
}

#[test]
fn a_later_file_replaces_an_entry_of_an_earlier_one() {
    let source =
        |file: &str, server: &str| Source::new(file, format!("[{{\"name\":\"dynu.com\",\"server\":\"{server}\"}}]"));
    let table = Table::new([source("services.json", "old.example"), source("own.json", "new.example")]);
    assert_eq!(table.service("dynu.com").unwrap().server, "new.example");
    assert_eq!(table.names().iter().filter(|name| **name == "dynu.com").count(), 1);
}

#[test]
fn no_ip_and_custom_are_there_without_a_file_and_agree_with_the_configuration() {
    let table = Table::new([]);
    for name in ["noip", "custom"] {
        let (mine, theirs) = (table.preset(name).unwrap(), BuiltIn.preset(name).unwrap());
        assert_eq!(
            (mine.server, mine.path, mine.tls, mine.port, mine.ipv6, mine.ipv6_apart, mine.offline, mine.username),
            (
                theirs.server,
                theirs.path,
                theirs.tls,
                theirs.port,
                theirs.ipv6,
                theirs.ipv6_apart,
                theirs.offline,
                theirs.username
            )
        );
        assert_eq!((mine.colon, mine.email_limit), (theirs.colon, theirs.email_limit));
    }
    assert_eq!(*table.preset("noip").unwrap().dialect, Dialect::default());
    assert_eq!(*table.preset("custom").unwrap().dialect, Dialect::dyndns2());
    assert_eq!(table.service("no-ip.com").unwrap().name, "noip", "ddns-scripts' name");
}

#[test]
fn the_file_is_only_read_for_a_name_that_is_not_built_in() {
    let reads = Cell::new(0);
    let services = OnDemand::new(|| {
        reads.set(reads.get() + 1);
        vec![Source::new("f", "[{\"name\":\"a\",\"server\":\"a.example\"}, {}]")]
    });
    assert!(services.preset("noip").is_some() && services.preset("custom").is_some());
    assert_eq!((reads.get(), services.mistakes().len()), (0, 0));
    assert_eq!(services.preset("a").unwrap().server, "a.example");
    assert!(services.preset("b").is_none());
    assert_eq!((reads.get(), services.mistakes().len()), (1, 1));
}

#[test]
fn the_document_has_what_the_contract_says() {
    let document = document(&table("[{\"name\":\"zzz\",\"title\":\"AAA\",\"server\":\"z.example\"}]"));
    let services = document["services"].as_array().unwrap();
    let names: Vec<&str> = services.iter().map(|it| it["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["noip", "zzz", "rfc2136", "custom"], "No-IP first, custom last");
    let noip = &services[0];
    assert_eq!(noip["title"], "No-IP");
    assert_eq!((&noip["ipv6"], &noip["offline"], &noip["groups"]), (&true.into(), &true.into(), &true.into()));
    assert!(noip["hint"].as_str().unwrap().starts_with("Username: A DDNS key's ID"));
    for key in ["name", "title", "server", "path", "ipv6", "offline", "groups", "url", "hint"] {
        assert!(services.iter().all(|it| !it[key].is_null()), "{key}");
    }
}

#[test]
fn no_text_panics() {
    let shipped = include_str!("../files/usr/share/ddnsd/services.json");
    let entry = shipped.lines().nth(12).unwrap().trim_end_matches(',');
    for end in (0..entry.len()).filter(|end| entry.is_char_boundary(*end)) {
        let cut = table(&entry[..end]);
        assert!(!cut.mistakes().is_empty());
    }
    proptest::proptest!(|(text in "[\\[\\]{}\":,a-z0-9 \\\\\n]{0,60}")| { let _ = table(&text); });
}
