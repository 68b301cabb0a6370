//! Entries that are refused, and what is said to write instead.

use super::*;

fn refusal(entry: &str) -> String {
    let file = format!("[\n\n{{ \"name\": \"x\", \"server\": \"s\", {entry} }}\n]");
    let table = Table::new([Source::new("/etc/ddnsd/services.d/x.json", file)]);
    match table.mistakes() {
        [mistake] => mistake.to_string(),
        other => panic!("{entry}: {other:?}"),
    }
}

#[test]
fn every_mistake_has_file_and_line_and_what_to_write() {
    let proof = "\"steps\": [ { \"get\": \"/a\", \"says\": { \"/b\": \"{ip}\" } } ]";
    for (entry, what) in [
        ("\"steps\": []", "\"steps\" is a list of requests: [ {\"get\": \"/…\"}, {\"patch\": \"/…\"} ]"),
        ("\"steps\": [7]", "\"steps\", number 1: a step is an object: {\"get\": \"/…\"}"),
        ("\"steps\": [{}]", "\"steps\", number 1: a step has exactly one of \"get\", \"put\", \"patch\", \"post\""),
        (
            "\"steps\": [{\"get\": \"/a\", \"put\": \"/b\"}]",
            "\"steps\", number 1: a step has exactly one of \"get\", \"put\", \"patch\", \"post\"",
        ),
        (
            "\"steps\": [{\"get\": \"/a\", \"picks\": {}}]",
            "\"steps\", number 1: \"picks\" is nothing that a step has: did you mean \"pick\"?",
        ),
        (
            "\"steps\": [{\"get\": \"a b\"}]",
            "\"steps\", number 1: \"get\" is a path, from / on, with other characters as %XX",
        ),
        (
            "\"steps\": [{\"post\": \"/a\", \"json\": {}, \"form\": \"a=b\"}]",
            "\"steps\", number 1: a step has \"json\" or \"form\", not both",
        ),
        (
            "\"steps\": [{\"get\": \"/a\", \"pick\": {\"/a\": {}, \"/b\": {}}}]",
            "\"steps\", number 1: \"pick\" says one list, and which element of it: {\"/result\": {\"/name\": \"{host}\"}}",
        ),
        (
            "\"steps\": [{\"get\": \"/a\", \"take\": {\"id\": \"id\"}}]",
            "\"steps\", number 1: 'id' is no JSON pointer: write it like \"/result/content\"",
        ),
        (
            "\"steps\": [{\"get\": \"/a\", \"take\": {\"host\": \"/id\"}}]",
            "\"steps\", number 1: \"take\": 'host' cannot be the name of a value: write another, of a-z, 0-9, _",
        ),
        (
            "\"steps\": [{\"get\": \"/a\", \"ok\": [7]}]",
            "\"steps\", number 1: \"ok\" is a list of HTTP statuses: [200, 404]",
        ),
        (
            "\"steps\": [{\"get\": \"/a\", \"until\": {\"/a\": \"b\"}}]",
            "\"steps\", number 1: \"until\" is of the form {\"/action/status\": \"success\", \"not\": \"running\"}",
        ),
        (
            "\"steps\": [{\"get\": \"/{zones}\", \"says\": {\"/b\": \"{ip}\"}}]",
            "\"steps\", number 1: {zones} stands for nothing here: did you mean {zone}?",
        ),
        (
            "\"steps\": [{\"get\": \"/{z}\", \"take\": {\"z\": \"/id\"}, \"says\": {\"/b\": \"{ip}\"}}]",
            "\"steps\", number 1: {z} stands for nothing here: there is {host}, {zone}, {name}, {type}, {ip}, {ttl}, \
             {username}, {username_head}, {username_tail}, {password}, {basic}",
        ),
        (
            "\"steps\": [{\"get\": \"/a\", \"ok\": [200, 204]}]",
            "\"steps\": the last step does not prove that the change was made: write \"says\": {\"/…\": \"{ip}\"} with what \
             its answer holds then, or \"ok\": [204]",
        ),
        (
            &format!("{proof}, \"create\": [{{\"post\": \"/a\"}}]"),
            "\"create\": the last step does not prove that the change was made: write \"says\": {\"/…\": \"{ip}\"} with what \
             its answer holds then, or \"ok\": [204]",
        ),
        (
            &format!("{proof}, \"sign\": {{\"algorithm\": \"rsa\"}}"),
            "\"sign\": 'rsa' is no \"algorithm\": write one of acs3-hmac-sha256, tc3-hmac-sha256, sdk-hmac-sha256, \
             aws4-hmac-sha256",
        ),
        (&format!("{proof}, \"types\": {{\"MX\": \"5\"}}"), "\"types\": 'MX' is neither A nor AAAA"),
        (&format!("{proof}, \"headers\": {{\"A B\": \"x\"}}"), "\"headers\": 'A B' is no header with a text"),
        ("\"create\": [{\"post\": \"/a\"}]", "\"create\" goes with \"steps\", which is missing"),
        (&format!("{proof}, \"stepps\": 1"), ""),
    ] {
        let said = refusal(entry);
        if what.is_empty() {
            assert!(said.contains("did you mean \"steps\"?"), "{said}");
        } else {
            assert_eq!(said, format!("/etc/ddnsd/services.d/x.json, line 3: service 'x': {what}"));
        }
    }
}

/// What makes a record knows nothing of one.
#[test]
fn a_step_that_creates_has_what_was_taken_before_the_record_was_looked_for() {
    let steps = "\"steps\": [{\"get\": \"/{zone}\", \"take\": {\"z\": \"/id\"}}, \
                 {\"get\": \"/{z}\", \"take\": {\"r\": \"/id\", \"old\": \"/a\"}}, \
                 {\"put\": \"/{z}/{r}\", \"ok\": [204]}]";
    let with = |path: &str| format!("{steps}, \"create\": [{{\"post\": \"{path}\", \"ok\": [201]}}]");
    let file = format!("{{\"name\": \"x\", \"server\": \"s\", {}}}", with("/{z}"));
    assert_eq!(Table::new([Source::new("x", file)]).mistakes(), []);
    assert!(refusal(&with("/{r}")).contains("\"create\", number 1: {r} stands for nothing here"));
}
