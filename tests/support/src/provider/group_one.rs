//! Cloudflare, deSEC, DigitalOcean, Gandi, Porkbun, Hetzner, GoDaddy, Linode, Vultr, NS1.

use super::{Call, Provider, Record, Reply, World, error, full, not_found, number};
use serde_json::{Value, json};

pub(super) fn providers() -> Vec<Provider> {
    vec![
        Provider { comment: true, ..Provider::new("cloudflare.com", cloudflare) },
        Provider { comment: true, several: false, ..Provider::new("desec.io-rest", desec) },
        Provider { comment: true, ..Provider::new("digitalocean.com", digitalocean) },
        Provider { several: false, ..Provider::new("gandi.net", gandi) },
        Provider { comment: true, several: false, ..Provider::new("porkbun.com", porkbun) },
        Provider { comment: true, several: false, ..Provider::new("hetzner.cloud", hetzner) },
        Provider { several: false, ..Provider::new("godaddy.com", godaddy) },
        Provider { comment: true, ..Provider::new("linode.com", linode) },
        Provider { comment: true, ..Provider::new("vultr.com", vultr) },
        Provider { comment: true, several: false, ..Provider::new("ns1.com", ns1) },
    ]
}

fn bearer(world: &World, call: &Call) -> bool {
    call.header("authorization") == format!("Bearer {}", world.password)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn cloudflare(world: &mut World, call: &Call) -> Reply {
    let fail = |status, code: u32, message: &str| {
        let errors = json!([{"code": code, "message": message}]);
        error(status, json!({"success": false, "errors": errors, "messages": [], "result": null}))
    };
    let fine =
        |result: Value| Reply::json(200, json!({"success": true, "errors": [], "messages": [], "result": result}));
    let show = |it: &Record| {
        json!({"id": format!("r{}", it.id), "name": it.host, "type": it.kind, "content": it.value, "ttl": it.ttl,
               "proxied": true, "comment": it.comment, "tags": ["owner:me"]})
    };
    if !bearer(world, call) {
        return match call.path.get(2).map(String::as_str) {
            Some("zones") if call.path.len() == 3 => fail(403, 9109, "Invalid access token"),
            _ => fail(400, 10000, "Authentication error"),
        };
    }
    match call.route() {
        ("GET", path) if path == ["client", "v4", "zones"] => match world.zone_id(call.query("name")) {
            Some(id) => fine(json!([{"id": format!("z{id}"), "name": call.query("name"), "status": "active"}])),
            None => fine(json!([])),
        },
        ("GET", path) if path.len() == 5 && path[4] == "dns_records" => {
            let Some(zone) = world.zone_of(path[3]) else { return fail(404, 7003, "Could not route") };
            let found = world.named(call.query("name"), call.query("type"));
            fine(found.iter().filter(|it| it.zone == zone).map(show).collect())
        }
        ("PATCH", path) if path.len() == 6 => match world.by_id(path[5]) {
            Some(record) => {
                record.value = text(&call.json["content"]).to_owned();
                if let Some(ttl) = number(&call.json["ttl"]) {
                    record.ttl = ttl;
                }
                let shown = show(record);
                fine(shown)
            }
            None => fail(404, 81044, "Record does not exist."),
        },
        ("PUT", path) if path.len() == 6 => fail(405, 10000, "PUT method not allowed for the api_token"),
        ("POST", path) if path.len() == 5 => {
            let Some(zone) = world.zone_of(path[3]) else { return fail(404, 7003, "Could not route") };
            let body = &call.json;
            let ttl = number(&body["ttl"]).unwrap_or(1);
            let id =
                world.make(&zone, text(&body["name"]), text(&body["type"]), text(&body["content"]), ttl, Value::Null);
            let shown = world.by_id(&id.to_string()).map(|it| show(it));
            fine(shown.into())
        }
        _ => fail(404, 7000, "No route for that URI"),
    }
}

fn desec(world: &mut World, call: &Call) -> Reply {
    if call.header("authorization") != format!("Token {}", world.password) {
        return error(401, json!({"detail": "Invalid token."}));
    }
    let path: Vec<&str> = call.path.iter().map(String::as_str).collect();
    match (call.method.as_str(), path.as_slice()) {
        ("GET", ["api", "v1", "domains", ""]) => {
            let host = call.query("owns_qname");
            let zones = world.zones.iter().filter(|zone| host == *zone || host.ends_with(&format!(".{zone}")));
            Reply::json(200, zones.map(|zone| json!({"name": zone, "minimum_ttl": 60})).collect())
        }
        ("POST", ["api", "v1", "domains", zone, "rrsets", ""]) if world.owns(zone) => {
            let host = full(text(&call.json["subname"]), zone);
            let value = text(&call.json["records"][0]);
            let ttl = number(&call.json["ttl"]).unwrap_or(3600);
            world.make(zone, &host, text(&call.json["type"]), value, ttl, Value::Null);
            Reply::json(201, json!({"records": [value], "ttl": ttl}))
        }
        (method, ["api", "v1", "domains", zone, "rrsets", name, kind, ""]) if world.owns(zone) && !name.is_empty() => {
            let host = full(name, zone);
            let found = world.named(&host, kind);
            let Some(first) = found.first() else { return error(404, json!({"detail": "Not found."})) };
            if method == "PATCH" {
                let (ttl, comment) = (first.ttl, first.comment.clone());
                world.replace(zone, &host, kind, text(&call.json["records"][0]), ttl, comment);
            }
            let values: Vec<String> = world.named(&host, kind).into_iter().map(|it| it.value).collect();
            Reply::json(200, json!({"records": values, "ttl": first.ttl}))
        }
        _ => error(404, json!({"detail": "Not found."})),
    }
}

fn digitalocean(world: &mut World, call: &Call) -> Reply {
    let fail = |status, id: &str| error(status, json!({"id": id, "message": "It did not work."}));
    let show =
        |it: &Record| json!({"id": it.id, "type": it.kind, "name": it.name("@"), "data": it.value, "ttl": it.ttl});
    if !bearer(world, call) {
        return fail(401, "unauthorized");
    }
    match call.route() {
        (method, path) if path.len() >= 4 && path[1] == "domains" && world.owns(path[2]) => match (method, path.get(4))
        {
            ("GET", None) => {
                let found = world.named(call.query("name"), call.query("type"));
                Reply::json(200, json!({"domain_records": found.iter().map(show).collect::<Value>()}))
            }
            ("POST", None) => {
                let host = full(text(&call.json["name"]), path[2]);
                let ttl = number(&call.json["ttl"]).unwrap_or(1800);
                world.make(path[2], &host, text(&call.json["type"]), text(&call.json["data"]), ttl, Value::Null);
                Reply::json(201, json!({"domain_record": show(&world.named(&host, text(&call.json["type"]))[0])}))
            }
            ("PATCH", Some(id)) => match world.by_id(id) {
                Some(record) => {
                    record.value = text(&call.json["data"]).to_owned();
                    Reply::json(200, json!({"domain_record": show(record)}))
                }
                None => fail(404, "not_found"),
            },
            _ => fail(404, "not_found"),
        },
        _ => fail(404, "not_found"),
    }
}

fn gandi(world: &mut World, call: &Call) -> Reply {
    let fail = |status, message: &str| error(status, json!({"object": "HTTPError", "message": message}));
    if !bearer(world, call) {
        return fail(401, "The server could not verify that you authorized to access the document");
    }
    let path: Vec<&str> = call.path.iter().map(String::as_str).collect();
    match (call.method.as_str(), path.as_slice()) {
        (_, ["v5", "livedns", "domains", zone, ..]) if world.is_foreign(zone) => fail(403, "Access was denied"),
        ("GET", ["v5", "livedns", "domains", zone]) if world.owns(zone) => Reply::json(200, json!({"fqdn": zone})),
        (method, ["v5", "livedns", "domains", zone, "records", name, kind]) if world.owns(zone) => {
            let host = full(name, zone);
            if method == "PUT" {
                let ttl = number(&call.json["rrset_ttl"]).unwrap_or(10_800);
                world.replace(zone, &host, kind, text(&call.json["rrset_values"][0]), ttl, json!("mine"));
                return Reply::json(201, json!({"message": "DNS Record Created"}));
            }
            let found = world.named(&host, kind);
            let Some(first) = found.first() else { return fail(404, "Can't find the DNS record") };
            let values: Vec<&str> = found.iter().map(|it| it.value.as_str()).collect();
            Reply::json(200, json!({"rrset_values": values, "rrset_ttl": first.ttl, "rrset_name": name}))
        }
        _ => fail(404, "Unknown domain"),
    }
}

fn porkbun(world: &mut World, call: &Call) -> Reply {
    let fail = |message: &str| error(400, json!({"status": "ERROR", "message": message}));
    if call.json["apikey"] != world.username.as_str() || call.json["secretapikey"] != world.password.as_str() {
        return fail("Invalid API key. (002)");
    }
    let path: Vec<&str> = call.path.iter().map(String::as_str).collect();
    let (action, zone, rest) = match path.as_slice() {
        ["api", "json", "v3", "dns", action, zone, rest @ ..] => (*action, *zone, rest),
        _ => return not_found(),
    };
    if !world.owns(zone) {
        return fail("Invalid domain.");
    }
    let host = full(rest.get(1).copied().unwrap_or_default(), zone);
    match (action, rest.first()) {
        ("retrieveByNameType", Some(kind)) => {
            let records = world.named(&host, kind);
            let show = |it: &Record| {
                json!({"id": it.id.to_string(), "name": it.host, "type": it.kind, "content": it.value,
                       "ttl": it.ttl.to_string(), "prio": "0", "notes": it.comment})
            };
            Reply::json(200, json!({"status": "SUCCESS", "records": records.iter().map(show).collect::<Value>()}))
        }
        ("editByNameType", Some(kind)) => {
            let same = world.named(&host, kind).iter().all(|it| it.value == text(&call.json["content"]));
            if same {
                return fail("Edit error: We were unable to edit the DNS record.");
            }
            let ttl = number(&call.json["ttl"]).unwrap_or(600);
            let comment = call.json["notes"].clone();
            world.replace(zone, &host, kind, text(&call.json["content"]), ttl, comment);
            Reply::json(200, json!({"status": "SUCCESS"}))
        }
        ("create", None) => {
            let host = full(text(&call.json["name"]), zone);
            let ttl = number(&call.json["ttl"]).unwrap_or(600);
            world.make(zone, &host, text(&call.json["type"]), text(&call.json["content"]), ttl, Value::Null);
            Reply::json(200, json!({"status": "SUCCESS", "id": 1}))
        }
        _ => not_found(),
    }
}

fn hetzner(world: &mut World, call: &Call) -> Reply {
    let fail = |status, code: &str| error(status, json!({"error": {"code": code, "message": "It did not work."}}));
    if !bearer(world, call) {
        return fail(401, "unauthorized");
    }
    let path: Vec<&str> = call.path.iter().map(String::as_str).collect();
    match (call.method.as_str(), path.as_slice()) {
        ("GET", ["v1", "actions", "77"]) => {
            world.polls += 1;
            let status = if world.polls < 2 { "running" } else { "success" };
            Reply::json(200, json!({"action": {"id": 77, "status": status, "error": null}}))
        }
        ("POST", ["v1", "zones", zone, "rrsets"]) if world.owns(zone) => {
            let host = full(text(&call.json["name"]), zone);
            let value = text(&call.json["records"][0]["value"]);
            let ttl = number(&call.json["ttl"]).unwrap_or(3600);
            world.make(zone, &host, text(&call.json["type"]), value, ttl, Value::Null);
            Reply::json(201, json!({"rrset": {}, "action": {"id": 77, "status": "running"}}))
        }
        ("GET", ["v1", "zones", zone, "rrsets", name, kind]) if world.owns(zone) => {
            let found = world.named(&full(name, zone), kind);
            let Some(first) = found.first() else { return fail(404, "not_found") };
            let records: Value = found.iter().map(|it| json!({"value": it.value, "comment": it.comment})).collect();
            Reply::json(200, json!({"rrset": {"id": format!("{name}/{kind}"), "ttl": first.ttl, "records": records}}))
        }
        ("POST", ["v1", "zones", zone, "rrsets", name, kind, "actions", "set_records"]) if world.owns(zone) => {
            let host = full(name, zone);
            let found = world.named(&host, kind);
            let Some(first) = found.first() else { return fail(404, "not_found") };
            let record = &call.json["records"][0];
            world.replace(zone, &host, kind, text(&record["value"]), first.ttl, record["comment"].clone());
            world.polls = 0;
            Reply::json(201, json!({"action": {"id": 77, "status": "running", "error": null}}))
        }
        _ => fail(404, "not_found"),
    }
}

fn godaddy(world: &mut World, call: &Call) -> Reply {
    let fail = |status, code: &str| error(status, json!({"code": code, "message": "It did not work."}));
    if call.header("authorization") != format!("sso-key {}:{}", world.username, world.password) {
        return fail(401, "UNABLE_TO_AUTHENTICATE");
    }
    let path: Vec<&str> = call.path.iter().map(String::as_str).collect();
    match (call.method.as_str(), path.as_slice()) {
        (method, ["v1", "domains", zone, "records", kind, name]) if world.owns(zone) => {
            let host = full(name, zone);
            if method == "PUT" {
                let ttl = number(&call.json[0]["ttl"]).unwrap_or(3600);
                world.replace(zone, &host, kind, text(&call.json[0]["data"]), ttl, json!("mine"));
                return Reply::empty(200);
            }
            let show = |it: Record| json!({"data": it.value, "name": name, "ttl": it.ttl, "type": it.kind});
            Reply::json(200, world.named(&host, kind).into_iter().map(show).collect())
        }
        _ => fail(404, "UNKNOWN_DOMAIN"),
    }
}

fn linode(world: &mut World, call: &Call) -> Reply {
    let fail = |status, reason: &str| error(status, json!({"errors": [{"reason": reason}]}));
    if !bearer(world, call) {
        return fail(401, "Invalid Token");
    }
    let show =
        |it: &Record| json!({"id": it.id, "name": it.name(""), "type": it.kind, "target": it.value, "ttl_sec": it.ttl});
    let path: Vec<&str> = call.path.iter().map(String::as_str).collect();
    match (call.method.as_str(), path.as_slice()) {
        ("GET", ["v4", "domains"]) => {
            let show = |zone: &String| json!({"id": world.zone_id(zone), "domain": zone, "status": "active"});
            Reply::json(200, json!({"data": world.zones.iter().map(show).collect::<Value>(), "pages": 1}))
        }
        (method, ["v4", "domains", id, "records", rest @ ..]) => {
            let Some(zone) = world.zone_of(id) else { return fail(404, "Not found") };
            match (method, rest) {
                ("GET", []) => {
                    Reply::json(200, json!({"data": world.in_zone(&zone).iter().map(show).collect::<Value>()}))
                }
                ("POST", []) => {
                    let host = full(text(&call.json["name"]), &zone);
                    let ttl = number(&call.json["ttl_sec"]).unwrap_or(0);
                    let kind = text(&call.json["type"]);
                    world.make(&zone, &host, kind, text(&call.json["target"]), ttl, Value::Null);
                    Reply::json(200, show(&world.named(&host, kind)[0]))
                }
                ("PUT", [id]) => match world.by_id(id) {
                    Some(record) => {
                        record.value = text(&call.json["target"]).to_owned();
                        Reply::json(200, show(record))
                    }
                    None => fail(404, "Not found"),
                },
                _ => fail(404, "Not found"),
            }
        }
        _ => fail(404, "Not found"),
    }
}

fn vultr(world: &mut World, call: &Call) -> Reply {
    let fail = |status, what: &str| error(status, json!({"error": what, "status": status}));
    if !bearer(world, call) {
        return fail(401, "Invalid API token.");
    }
    let show =
        |it: &Record| json!({"id": format!("r{}", it.id), "name": it.name(""), "type": it.kind, "data": it.value});
    let path: Vec<&str> = call.path.iter().map(String::as_str).collect();
    match (call.method.as_str(), path.as_slice()) {
        ("GET", ["v2", "domains", zone, "records"]) if world.owns(zone) => {
            Reply::json(200, json!({"records": world.in_zone(zone).iter().map(show).collect::<Value>()}))
        }
        ("POST", ["v2", "domains", zone, "records"]) if world.owns(zone) => {
            let host = full(text(&call.json["name"]), zone);
            let (kind, ttl) = (text(&call.json["type"]), number(&call.json["ttl"]).unwrap_or(300));
            world.make(zone, &host, kind, text(&call.json["data"]), ttl, Value::Null);
            Reply::json(201, json!({"record": show(&world.named(&host, kind)[0])}))
        }
        ("PATCH", ["v2", "domains", zone, "records", id]) if world.owns(zone) => match world.by_id(id) {
            Some(record) => {
                record.value = text(&call.json["data"]).to_owned();
                Reply::empty(204)
            }
            None => fail(404, "Invalid record."),
        },
        _ => fail(404, "Invalid domain."),
    }
}

fn ns1(world: &mut World, call: &Call) -> Reply {
    let fail = |status, message: &str| error(status, json!({"message": message}));
    if call.header("x-nsone-key") != world.password {
        return fail(401, "Unauthorized");
    }
    let path: Vec<&str> = call.path.iter().map(String::as_str).collect();
    match (call.method.as_str(), path.as_slice()) {
        (method, ["v1", "zones", zone, host, kind]) if world.owns(zone) => {
            let answer = &call.json["answers"][0];
            if method == "PUT" {
                let ttl = number(&call.json["ttl"]).unwrap_or(3600);
                world.make(zone, host, kind, text(&answer["answer"][0]), ttl, Value::Null);
            }
            let found = world.named(host, kind);
            let Some(first) = found.first() else { return fail(404, "record not found") };
            if method == "POST" {
                let comment = answer["meta"]["note"].clone();
                world.replace(zone, host, kind, text(&answer["answer"][0]), first.ttl, comment);
            }
            let show = |it: Record| json!({"answer": [it.value], "meta": {"note": it.comment}});
            let answers: Value = world.named(host, kind).into_iter().map(show).collect();
            Reply::json(200, json!({"type": kind, "ttl": first.ttl, "answers": answers}))
        }
        _ => fail(404, "zone not found"),
    }
}
