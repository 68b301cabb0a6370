//! PowerDNS, LuaDNS, IONOS, Scaleway, NameSilo, DNSPod's token API, netcup, Servercow.

use super::{Call, Provider, Record, Reply, World, error, full, not_found, number};
use serde_json::{Value, json};

pub(super) fn providers() -> Vec<Provider> {
    vec![
        Provider { comment: true, several: false, ..Provider::new("pdns", pdns) },
        Provider { comment: true, ..Provider::new("luadns.com", luadns) },
        Provider { comment: true, ..Provider::new("ionos.com", ionos) },
        Provider { comment: true, several: false, ..Provider::new("scaleway.com", scaleway) },
        Provider { comment: true, ..Provider::new("namesilo.com", namesilo) },
        Provider { comment: true, ..Provider::new("dnspod.cn", dnspod) },
        Provider { comment: true, ..Provider::new("netcup.com", netcup) },
        Provider { comment: true, ..Provider::new("servercow.de", servercow) },
    ]
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn parts(call: &Call) -> Vec<&str> {
    call.path.iter().map(String::as_str).collect()
}

fn pdns(world: &mut World, call: &Call) -> Reply {
    if call.header("x-api-key") != world.password {
        return Reply { status: 401, headers: Vec::new(), body: "Unauthorized".into() };
    }
    let path = parts(call);
    let ["api", "v1", "servers", "localhost", "zones", zone] = path.as_slice() else { return not_found() };
    let Some(zone) = zone.strip_suffix('.').filter(|zone| world.owns(zone)).map(str::to_owned) else {
        return Reply { status: 404, headers: Vec::new(), body: "Not Found".into() };
    };
    if call.method == "PATCH" {
        let set = &call.json["rrsets"][0];
        let host = text(&set["name"]).trim_end_matches('.').to_owned();
        let Some(ttl) = number(&set["ttl"]) else { return error(422, json!({"error": "Key 'ttl' is missing"})) };
        let comment = world.named(&host, text(&set["type"])).first().map_or(Value::Null, |it| it.comment.clone());
        let value = text(&set["records"][0]["content"]);
        world.replace(&zone, &host, text(&set["type"]), value, ttl, comment);
        return Reply::empty(204);
    }
    let mut sets: Vec<Value> = Vec::new();
    for record in world.in_zone(&zone) {
        let same = world.named(&record.host, &record.kind);
        if same[0].id != record.id {
            continue;
        }
        let records: Value = same.iter().map(|it| json!({"content": it.value, "disabled": false})).collect();
        let name = format!("{}.", record.host);
        sets.push(json!({"name": name, "type": record.kind, "ttl": record.ttl, "records": records, "comments": []}));
    }
    Reply::json(200, json!({"name": format!("{zone}."), "rrsets": sets}))
}

fn luadns(world: &mut World, call: &Call) -> Reply {
    let fail = |status, message: &str| error(status, json!({"status": "error", "message": message}));
    let login = super::basic(&world.username, &world.password);
    if call.header("authorization") != login {
        return fail(401, "Unauthorized");
    }
    let show = |it: &Record| json!({"id": it.id, "name": format!("{}.", it.host), "type": it.kind, "content": it.value, "ttl": it.ttl});
    let path = parts(call);
    match (call.method.as_str(), path.as_slice()) {
        ("GET", ["v1", "zones"]) => {
            let show = |zone: &String| json!({"id": world.zone_id(zone), "name": zone});
            Reply::json(200, world.zones.iter().map(show).collect())
        }
        (method, ["v1", "zones", zone, "records", rest @ ..]) => {
            let Some(zone) = world.zone_of(zone) else { return fail(404, "Zone not found") };
            let body = &call.json;
            let (value, ttl) = (text(&body["content"]), number(&body["ttl"]).unwrap_or(300));
            match (method, rest) {
                ("GET", []) => Reply::json(200, world.in_zone(&zone).iter().map(show).collect()),
                ("POST", []) => {
                    let host = text(&body["name"]).trim_end_matches('.');
                    world.make(&zone, host, text(&body["type"]), value, ttl, Value::Null);
                    Reply::json(200, show(&world.named(host, text(&body["type"]))[0]))
                }
                ("PUT", [id]) => match world.by_id(id) {
                    Some(record) => {
                        (record.value, record.ttl) = (value.to_owned(), ttl);
                        Reply::json(200, show(record))
                    }
                    None => fail(404, "Record not found"),
                },
                _ => fail(404, "Not found"),
            }
        }
        _ => fail(404, "Not found"),
    }
}

fn ionos(world: &mut World, call: &Call) -> Reply {
    let fail = |status, code: &str| error(status, json!([{"code": code, "message": "It did not work."}]));
    if call.header("x-api-key") != world.password {
        return fail(401, "UNAUTHORIZED");
    }
    let show = |it: &Record| {
        json!({"id": format!("r{}", it.id), "name": it.host, "type": it.kind, "content": it.value, "ttl": it.ttl,
               "prio": 0, "disabled": false})
    };
    let path = parts(call);
    match (call.method.as_str(), path.as_slice()) {
        ("GET", ["dns", "v1", "zones"]) => {
            let show = |zone: &String| json!({"id": format!("z{}", world.zone_id(zone).unwrap_or(0)), "name": zone});
            Reply::json(200, world.zones.iter().map(show).collect())
        }
        ("GET", ["dns", "v1", "zones", zone]) if world.zone_of(zone).is_some() => {
            let found = world.named(call.query("recordName"), call.query("recordType"));
            Reply::json(200, json!({"id": zone, "records": found.iter().map(show).collect::<Value>()}))
        }
        ("POST", ["dns", "v1", "zones", zone, "records"]) => {
            let Some(zone) = world.zone_of(zone) else { return fail(404, "ZONE_NOT_FOUND") };
            let body = &call.json[0];
            let ttl = number(&body["ttl"]).unwrap_or(3600);
            world.make(&zone, text(&body["name"]), text(&body["type"]), text(&body["content"]), ttl, Value::Null);
            Reply::json(201, json!([]))
        }
        ("PUT", ["dns", "v1", "zones", _, "records", id]) => match world.by_id(id) {
            Some(record) => {
                record.value = text(&call.json["content"]).to_owned();
                record.ttl = number(&call.json["ttl"]).unwrap_or(3600);
                Reply::json(200, show(record))
            }
            None => fail(404, "RECORD_NOT_FOUND"),
        },
        _ => fail(404, "NOT_FOUND"),
    }
}

fn scaleway(world: &mut World, call: &Call) -> Reply {
    if call.header("x-auth-token") != world.password {
        return error(403, json!({"type": "denied_authentication", "message": "authentication is denied"}));
    }
    let path = parts(call);
    let ["domain", "v2beta1", "dns-zones", zone, "records"] = path.as_slice() else { return not_found() };
    if !world.owns(zone) {
        return error(404, json!({"type": "not_found", "message": "resource is not found"}));
    }
    let show = |it: &Record| json!({"id": it.id, "name": it.name(""), "type": it.kind, "data": it.value, "ttl": it.ttl, "comment": it.comment});
    if call.method == "GET" {
        let found = world.named(&full(call.query("name"), zone), call.query("type"));
        return Reply::json(200, json!({"records": found.iter().map(show).collect::<Value>()}));
    }
    let change = &call.json["changes"][0];
    let record = if change["set"].is_null() { &change["add"]["records"][0] } else { &change["set"]["records"][0] };
    let (host, kind) = (full(text(&record["name"]), zone), text(&record["type"]));
    let ttl = number(&record["ttl"]).unwrap_or(3600);
    if change["set"].is_null() {
        world.make(zone, &host, kind, text(&record["data"]), ttl, Value::Null);
    } else {
        world.replace(zone, &host, kind, text(&record["data"]), ttl, record["comment"].clone());
    }
    Reply::json(200, json!({"records": world.named(&host, kind).iter().map(show).collect::<Value>()}))
}

fn namesilo(world: &mut World, call: &Call) -> Reply {
    let reply = |code: u32, detail: &str, more: Value| {
        Reply::json(200, json!({"reply": {"code": code, "detail": detail, "resource_record": more}}))
    };
    if call.query("key") != world.password {
        return reply(110, "Invalid API Key", Value::Null);
    }
    let zone = call.query("domain").to_owned();
    if !world.owns(&zone) {
        return reply(200, "Domain is not active, or does not belong to this user", Value::Null);
    }
    let ttl = number(&json!(call.query("rrttl"))).unwrap_or(7207);
    match call.path.get(1).map(String::as_str) {
        Some("dnsListRecords") => {
            let show = |it: Record| json!({"record_id": format!("r{}", it.id), "type": it.kind, "host": it.host, "value": it.value, "ttl": it.ttl});
            reply(300, "success", world.in_zone(&zone).into_iter().map(show).collect())
        }
        Some("dnsUpdateRecord") => {
            let host = full(call.query("rrhost"), &zone);
            match world.by_id(call.query("rrid")) {
                Some(record) if record.host == host => {
                    (record.value, record.ttl) = (call.query("rrvalue").to_owned(), ttl);
                    reply(300, "success", Value::Null)
                }
                _ => reply(280, "could not update", Value::Null),
            }
        }
        Some("dnsAddRecord") => {
            let host = full(call.query("rrhost"), &zone);
            world.make(&zone, &host, call.query("rrtype"), call.query("rrvalue"), ttl, Value::Null);
            reply(300, "success", Value::Null)
        }
        _ => not_found(),
    }
}

fn dnspod(world: &mut World, call: &Call) -> Reply {
    let reply = |code: &str, more: Value| {
        Reply::json(200, json!({"status": {"code": code, "message": "It is so."}, "records": more}))
    };
    if call.form("login_token") != format!("{},{}", world.username, world.password) {
        return reply("-1", Value::Null);
    }
    let zone = call.form("domain").to_owned();
    if !world.owns(&zone) {
        return reply("6", Value::Null);
    }
    let host = full(call.form("sub_domain"), &zone);
    let ttl = number(&json!(call.form("ttl"))).unwrap_or(600);
    match call.path[0].as_str() {
        "Record.List" => {
            let show = |it: &Record| json!({"id": it.id.to_string(), "type": it.kind, "value": it.value, "ttl": it.ttl.to_string(), "line_id": "0"});
            match world.named(&host, call.form("record_type")) {
                found if found.is_empty() => reply("10", Value::Null),
                found => reply("1", found.iter().map(show).collect()),
            }
        }
        "Record.Modify" => match world.by_id(call.form("record_id")) {
            Some(record) => {
                (record.value, record.ttl) = (call.form("value").to_owned(), ttl);
                reply("1", Value::Null)
            }
            None => reply("8", Value::Null),
        },
        "Record.Create" => {
            world.make(&zone, &host, call.form("record_type"), call.form("value"), ttl, Value::Null);
            reply("1", Value::Null)
        }
        _ => not_found(),
    }
}

fn netcup(world: &mut World, call: &Call) -> Reply {
    let reply = |status: &str, code: u32, data: Value| {
        let message = if code == 2000 { "fine" } else { "It did not work." };
        Reply::json(200, json!({"status": status, "statuscode": code, "shortmessage": message, "responsedata": data}))
    };
    let (action, param) = (text(&call.json["action"]), &call.json["param"]);
    let login = format!("{}:{}", text(&param["customernumber"]), text(&param["apikey"]));
    if login != world.username {
        return reply("error", 4013, json!(""));
    }
    if action == "login" {
        return match param["apipassword"] == world.password.as_str() {
            true => reply("success", 2000, json!({"apisessionid": "S1"})),
            false => reply("error", 4013, json!("")),
        };
    }
    if param["apisessionid"] != "S1" {
        return reply("error", 4001, json!(""));
    }
    let zone = text(&param["domainname"]).to_owned();
    if !world.owns(&zone) {
        return reply("error", 5029, json!(""));
    }
    if action == "infoDnsRecords" {
        let show = |it: &Record| {
            json!({"id": it.id.to_string(), "hostname": it.name("@"), "type": it.kind, "destination": it.value,
                   "priority": "0", "deleterecord": false, "state": "yes"})
        };
        let records: Value = world.in_zone(&zone).iter().map(show).collect();
        return reply("success", 2000, json!({"dnsrecords": records}));
    }
    let record = &param["dnsrecordset"]["dnsrecords"][0];
    match world.by_id(text(&record["id"])) {
        Some(own) => own.value = text(&record["destination"]).to_owned(),
        None => {
            let host = full(text(&record["hostname"]), &zone);
            world.make(&zone, &host, text(&record["type"]), text(&record["destination"]), 86400, Value::Null);
        }
    }
    reply("success", 2000, json!({}))
}

fn servercow(world: &mut World, call: &Call) -> Reply {
    if call.header("x-auth-username") != world.username || call.header("x-auth-password") != world.password {
        return error(401, json!({"error": "unauthorized"}));
    }
    let path = parts(call);
    let ["dns", "v1", "domains", zone] = path.as_slice() else { return not_found() };
    if !world.owns(zone) {
        return Reply::json(200, json!({"error": "no such domain in user context"}));
    }
    if call.method == "GET" {
        let show = |it: &Record| json!({"name": it.name(""), "type": it.kind, "content": it.value, "ttl": it.ttl});
        return Reply::json(200, world.in_zone(zone).iter().map(show).collect());
    }
    let (host, kind) = (full(text(&call.json["name"]), zone), text(&call.json["type"]));
    let ttl = number(&call.json["ttl"]).unwrap_or(300);
    let value = text(&call.json["content"]).to_owned();
    let first = world.named(&host, kind).first().map(|it| it.id.to_string());
    match first.and_then(|id| world.by_id(&id)) {
        Some(record) => (record.value, record.ttl) = (value, ttl),
        None => {
            world.make(zone, &host, kind, &value, ttl, Value::Null);
        }
    }
    Reply::json(200, json!({"message": "ok"}))
}
