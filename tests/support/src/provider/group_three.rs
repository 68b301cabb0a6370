//! Beget, bunny.net, Hostinger, Name.com, Vercel; and those that want signatures: Alibaba, Tencent, Huawei.
//!
//! What a signature is, the unit tests hold against the vendors' published examples; here it has to be there, and of
//! the right key.

use super::{Call, Provider, Record, Reply, World, basic, error, full, not_found, number};
use serde_json::{Value, json};

pub(super) fn providers() -> Vec<Provider> {
    vec![
        Provider { several: false, ..Provider::new("beget.com", beget) },
        Provider { comment: true, creates: false, ..Provider::new("bunny.net", bunny) },
        Provider { several: false, ..Provider::new("hostinger.com", hostinger) },
        Provider { comment: true, ..Provider::new("name.com", name_com) },
        Provider { comment: true, creates: false, ..Provider::new("vercel.com", vercel) },
        Provider { comment: true, ..Provider::new("aliyun.com", aliyun) },
        Provider { comment: true, ..Provider::new("dnspod.cn-v3", tencent) },
        Provider { comment: true, ..Provider::new("huaweicloud.com", huawei) },
    ]
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn parts(call: &Call) -> Vec<&str> {
    call.path.iter().map(String::as_str).collect()
}

fn beget(world: &mut World, call: &Call) -> Reply {
    let fail =
        |code: &str| Reply::json(200, json!({"status": "error", "error_code": code, "error_text": "It did not work."}));
    if call.form("login") != world.username || call.form("passwd") != world.password {
        return fail("AUTH_ERROR");
    }
    let data: Value = serde_json::from_str(call.form("input_data")).unwrap_or_default();
    let host = text(&data["fqdn"]).to_owned();
    let Some(zone) = world.zones.iter().find(|zone| host == **zone || host.ends_with(&format!(".{zone}"))).cloned()
    else {
        return Reply::json(
            200,
            json!({"status": "success", "answer": {"status": "error", "errors": [{"error_code": "METHOD_FAILED", "error_text": "no such domain"}]}}),
        );
    };
    if call.path[2] == "getData" {
        let values = |kind: &str| -> Value {
            world.named(&host, kind).iter().map(|it| json!({"ttl": it.ttl, "address": it.value})).collect()
        };
        let records = json!({"A": values("A"), "AAAA": values("AAAA")});
        let result = json!({"fqdn": host, "records": records});
        return Reply::json(200, json!({"status": "success", "answer": {"status": "success", "result": result}}));
    }
    for (kind, list) in data["records"].as_object().into_iter().flatten() {
        let ttl = world.named(&host, kind).first().map_or(600, |it| it.ttl);
        world.replace(&zone, &host, kind, text(&list[0]["value"]), ttl, json!("mine"));
    }
    Reply::json(200, json!({"status": "success", "answer": {"status": "success", "result": true}}))
}

fn bunny(world: &mut World, call: &Call) -> Reply {
    if call.header("accesskey") != world.password {
        return error(401, json!({"Message": "Authorization has been denied for this request."}));
    }
    let path = parts(call);
    match (call.method.as_str(), path.as_slice()) {
        ("GET", ["dnszone"]) => {
            let show = |zone: &String| json!({"Id": world.zone_id(zone), "Domain": zone});
            Reply::json(200, json!({"Items": world.zones.iter().map(show).collect::<Value>()}))
        }
        ("GET", ["dnszone", zone]) => {
            let Some(zone) = world.zone_of(zone) else { return not_found() };
            let show = |it: &Record| json!({"Id": it.id, "Type": u8::from(it.kind == "AAAA"), "Ttl": it.ttl, "Value": it.value, "Name": it.name("")});
            Reply::json(200, json!({"Records": world.in_zone(&zone).iter().map(show).collect::<Value>()}))
        }
        ("POST", ["dnszone", _, "records", id]) => match world.by_id(id) {
            Some(record) => {
                record.value = text(&call.json["Value"]).to_owned();
                Reply::empty(204)
            }
            None => not_found(),
        },
        _ => not_found(),
    }
}

fn hostinger(world: &mut World, call: &Call) -> Reply {
    if call.header("authorization") != format!("Bearer {}", world.password) {
        return error(401, json!({"error": "Unauthenticated"}));
    }
    let path = parts(call);
    let ["api", "dns", "v1", "zones", zone] = path.as_slice() else { return not_found() };
    if !world.owns(zone) {
        return error(404, json!({"error": "Domain not found"}));
    }
    if call.method == "PUT" {
        let set = &call.json["zone"][0];
        let (host, kind) = (full(text(&set["name"]), zone), text(&set["type"]));
        let ttl = number(&set["ttl"]).unwrap_or(14400);
        let comment = world.named(&host, kind).first().map_or(Value::Null, |it| it.comment.clone());
        world.replace(zone, &host, kind, text(&set["records"][0]["content"]), ttl, comment);
        return Reply::json(200, json!({"message": "Request accepted"}));
    }
    let mut sets: Vec<Value> = Vec::new();
    for record in world.in_zone(zone) {
        let same = world.named(&record.host, &record.kind);
        if same[0].id == record.id {
            let records: Value = same.iter().map(|it| json!({"content": it.value})).collect();
            sets.push(json!({"name": record.name("@"), "type": record.kind, "ttl": record.ttl, "records": records}));
        }
    }
    Reply::json(200, Value::from(sets))
}

fn name_com(world: &mut World, call: &Call) -> Reply {
    if call.header("authorization") != basic(&world.username, &world.password) {
        return error(401, json!({"message": "Unauthenticated"}));
    }
    let show = |it: &Record| {
        json!({"id": it.id, "host": it.name(""), "fqdn": format!("{}.", it.host), "type": it.kind, "answer": it.value,
               "ttl": it.ttl})
    };
    let path = parts(call);
    match (call.method.as_str(), path.as_slice()) {
        (_, ["v4", "domains", zone, "records", ..]) if !world.owns(zone) => error(404, json!({"message": "Not Found"})),
        ("GET", ["v4", "domains", zone, "records"]) => {
            Reply::json(200, json!({"records": world.in_zone(zone).iter().map(show).collect::<Value>()}))
        }
        ("POST", ["v4", "domains", zone, "records"]) => {
            let (host, kind) = (full(text(&call.json["host"]), zone), text(&call.json["type"]));
            let ttl = number(&call.json["ttl"]).unwrap_or(300);
            world.make(zone, &host, kind, text(&call.json["answer"]), ttl, Value::Null);
            Reply::json(200, show(&world.named(&host, kind)[0]))
        }
        ("PUT", ["v4", "domains", _, "records", id]) => match world.by_id(id) {
            Some(record) => {
                record.value = text(&call.json["answer"]).to_owned();
                record.ttl = number(&call.json["ttl"]).unwrap_or(300);
                Reply::json(200, show(record))
            }
            None => error(404, json!({"message": "Not Found"})),
        },
        _ => not_found(),
    }
}

fn vercel(world: &mut World, call: &Call) -> Reply {
    let fail = |status, code: &str| error(status, json!({"error": {"code": code, "message": "It did not work."}}));
    if call.header("authorization") != format!("Bearer {}", world.password) {
        return fail(403, "forbidden");
    }
    let show =
        |it: &Record| json!({"id": format!("r{}", it.id), "name": it.name(""), "type": it.kind, "value": it.value});
    let path = parts(call);
    match (call.method.as_str(), path.as_slice()) {
        ("GET", ["v4", "domains", zone, "records"]) if world.owns(zone) => {
            Reply::json(200, json!({"records": world.in_zone(zone).iter().map(show).collect::<Value>()}))
        }
        ("PATCH", ["v1", "domains", "records", id]) => match world.by_id(id) {
            Some(record) => {
                record.value = text(&call.json["value"]).to_owned();
                Reply::json(200, show(record))
            }
            None => fail(404, "not_found"),
        },
        _ => fail(404, "not_found"),
    }
}

/// Whether the request is signed so, with the account's key.
fn signed(world: &World, call: &Call, label: &str) -> bool {
    let authorization = call.header("authorization");
    let signature = authorization.rsplit_once("Signature=").map_or("", |(_, signature)| signature);
    authorization.starts_with(label) && authorization.contains(&world.username) && signature.len() == 64
}

fn aliyun(world: &mut World, call: &Call) -> Reply {
    let fail = |status, code: &str| error(status, json!({"Code": code, "Message": "It did not work."}));
    let has = |name: &str| !call.header(name).is_empty();
    let complete = has("x-acs-date") && has("x-acs-content-sha256") && has("x-acs-signature-nonce");
    if !signed(world, call, "ACS3-HMAC-SHA256 Credential=") || !complete {
        return fail(404, "InvalidAccessKeyId.NotFound");
    }
    match call.header("x-acs-action") {
        "DescribeSubDomainRecords" => {
            let show = |it: &Record| {
                json!({"RecordId": it.id.to_string(), "RR": it.name("@"), "Type": it.kind, "Value": it.value, "TTL": it.ttl,
                       "Line": "default"})
            };
            let host = call.query("SubDomain");
            if !world.zones.iter().any(|zone| host == zone || host.ends_with(&format!(".{zone}"))) {
                return fail(400, "InvalidDomainName.NoExist");
            }
            let found = world.named(host, call.query("Type"));
            Reply::json(200, json!({"DomainRecords": {"Record": found.iter().map(show).collect::<Value>()}}))
        }
        "UpdateDomainRecord" => match world.by_id(call.query("RecordId")) {
            Some(record) => {
                record.value = call.query("Value").to_owned();
                record.ttl = call.query("TTL").parse().unwrap_or(600);
                Reply::json(200, json!({"RequestId": "x", "RecordId": record.id.to_string()}))
            }
            None => fail(400, "DomainRecordNotBelongToUser"),
        },
        "AddDomainRecord" if world.owns(call.query("DomainName")) => {
            let host = full(call.query("RR"), call.query("DomainName"));
            let ttl = call.query("TTL").parse().unwrap_or(600);
            let id =
                world.make(call.query("DomainName"), &host, call.query("Type"), call.query("Value"), ttl, Value::Null);
            Reply::json(200, json!({"RecordId": id.to_string()}))
        }
        _ => fail(400, "InvalidDomainName.NoExist"),
    }
}

fn tencent(world: &mut World, call: &Call) -> Reply {
    let reply = |body: Value| Reply::json(200, json!({"Response": body}));
    let fail = |code: &str| reply(json!({"Error": {"Code": code, "Message": "It did not work."}, "RequestId": "x"}));
    if !signed(world, call, "TC3-HMAC-SHA256 Credential=") || call.header("x-tc-timestamp").is_empty() {
        return fail("AuthFailure.SecretIdNotFound");
    }
    let zone = text(&call.json["Domain"]).to_owned();
    if !world.owns(&zone) {
        return fail("InvalidParameterValue.DomainNotExists");
    }
    let kind = text(&call.json["RecordType"]);
    let name = if call.json["Subdomain"].is_null() { &call.json["SubDomain"] } else { &call.json["Subdomain"] };
    let host = full(text(name), &zone);
    let value = text(&call.json["Value"]).to_owned();
    let ttl = number(&call.json["TTL"]).unwrap_or(600);
    match call.header("x-tc-action") {
        "DescribeRecordList" => match world.named(&host, kind) {
            found if found.is_empty() => fail("ResourceNotFound.NoDataOfRecord"),
            found => {
                let show = |it: &Record| json!({"RecordId": it.id, "Type": it.kind, "Value": it.value, "TTL": it.ttl, "Line": "默认"});
                reply(json!({"RecordList": found.iter().map(show).collect::<Value>()}))
            }
        },
        "ModifyRecord" => match world.by_id(&call.json["RecordId"].to_string()) {
            Some(record) => {
                (record.value, record.ttl) = (value, ttl);
                reply(json!({"RecordId": record.id}))
            }
            None => fail("InvalidParameter.RecordIdInvalid"),
        },
        "CreateRecord" => {
            let id = world.make(&zone, &host, kind, &value, ttl, Value::Null);
            reply(json!({"RecordId": id}))
        }
        _ => fail("InvalidAction"),
    }
}

fn huawei(world: &mut World, call: &Call) -> Reply {
    let fail = |status, code: &str| error(status, json!({"code": code, "message": "It did not work."}));
    if !signed(world, call, "SDK-HMAC-SHA256 Access=") || call.header("x-sdk-date").is_empty() {
        return error(
            401,
            json!({"error_code": "APIGW.0301", "error_msg": "Incorrect IAM authentication information"}),
        );
    }
    let show = |it: &Record| {
        json!({"id": format!("r{}", it.id), "name": format!("{}.", it.host), "type": it.kind, "records": [it.value],
               "ttl": it.ttl, "description": it.comment})
    };
    let path = parts(call);
    match (call.method.as_str(), path.as_slice()) {
        ("GET", ["v2", "zones"]) => {
            let name = call.query("name").trim_end_matches('.');
            let zones: Vec<Value> = world
                .zone_id(name)
                .map(|id| json!({"id": format!("z{id}"), "name": format!("{name}.")}))
                .into_iter()
                .collect();
            Reply::json(200, json!({"zones": zones}))
        }
        ("GET", ["v2", "zones", _, "recordsets"]) => {
            let found = world.named(call.query("name").trim_end_matches('.'), call.query("type"));
            Reply::json(200, json!({"recordsets": found.iter().map(show).collect::<Value>()}))
        }
        ("POST", ["v2", "zones", zone, "recordsets"]) => {
            let Some(zone) = world.zone_of(zone) else { return fail(404, "DNS.0302") };
            let (host, kind) = (text(&call.json["name"]).trim_end_matches('.'), text(&call.json["type"]));
            let ttl = number(&call.json["ttl"]).unwrap_or(300);
            world.make(&zone, host, kind, text(&call.json["records"][0]), ttl, Value::Null);
            Reply::json(202, show(&world.named(host, kind)[0]))
        }
        ("PUT", ["v2", "zones", _, "recordsets", id]) => match world.by_id(id) {
            Some(record) => {
                record.value = text(&call.json["records"][0]).to_owned();
                record.ttl = number(&call.json["ttl"]).unwrap_or(300);
                record.comment = call.json["description"].clone();
                Reply::json(202, show(record))
            }
            None => fail(404, "DNS.0004"),
        },
        _ => fail(404, "DNS.0302"),
    }
}
