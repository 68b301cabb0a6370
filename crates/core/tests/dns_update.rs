//! DNS UPDATE against NLnet Labs' `domain`, which somebody else wrote: it reads and verifies what ours says, and builds
//! and signs what ours reads. What real servers do beyond that is in `tests/dns_update_servers.rs`.

use ddnsd_core::protocol::Code;
use ddnsd_core::protocol::update::{Algorithm, Ending, FamilyEnd, Key, Message, Name, Run, Task};
use domain::base::iana::{Class, Opcode, Rcode, Rtype};
use domain::base::message_builder::AdditionalBuilder;
use domain::base::rdata::UnknownRecordData;
use domain::base::{Message as Their, MessageBuilder, Ttl};
use domain::rdata::tsig::Time48;
use domain::rdata::{A, Aaaa, AllRecordData, Cname, Soa};
use domain::tsig::{self, ServerTransaction};
use proptest::prelude::*;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

type TheirName = domain::base::Name<Vec<u8>>;

const NOW: u64 = 1_764_000_000;
const SECRET: &str = "c2VjcmV0IG9mIHRoZSB6b25lJ3Mgb3duIHNlcnZlcg==";
const SECRET_BYTES: &[u8] = b"secret of the zone's own server";

fn theirs(text: &str) -> TheirName {
    text.parse().unwrap()
}

fn their_key(algorithm: tsig::Algorithm, name: &str, secret: &[u8]) -> Arc<tsig::Key> {
    Arc::new(tsig::Key::new(algorithm, secret, name.parse().unwrap(), None, None).unwrap())
}

/// One request as the server sees it.
#[derive(Debug, PartialEq)]
struct Seen {
    opcode: Opcode,
    name: String,
    kind: Rtype,
    /// Prerequisites and changes: owner, type, class, TTL, data.
    prerequisites: Vec<String>,
    changes: Vec<String>,
}

type Data = AllRecordData<Vec<u8>, TheirName>;

/// What the server answers.
#[derive(Clone)]
struct Answer {
    rcode: Rcode,
    authoritative: bool,
    /// Owner, TTL, data.
    records: Vec<(&'static str, u32, Data)>,
    signed: bool,
}

fn answer(rcode: Rcode) -> Answer {
    Answer { rcode, authoritative: true, records: Vec::new(), signed: true }
}

impl Answer {
    fn with(mut self, owner: &'static str, ttl: u32, data: impl Into<Data>) -> Answer {
        self.records.push((owner, ttl, data.into()));
        self
    }

    fn unsigned(self) -> Answer {
        Answer { signed: false, ..self }
    }
}

fn soa(zone: &'static str) -> Answer {
    let data = Soa::new(
        theirs("ns.example.com"),
        theirs("admin.example.com"),
        1.into(),
        Ttl::HOUR,
        Ttl::HOUR,
        Ttl::HOUR,
        Ttl::HOUR,
    );
    answer(Rcode::NOERROR).with(zone, 3600, data)
}

fn a(address: &str) -> Data {
    A::new(address.parse().unwrap()).into()
}

fn aaaa(address: &str) -> Data {
    Aaaa::new(address.parse().unwrap()).into()
}

fn records(host: &'static str, ttl: u32, data: &[Data]) -> Answer {
    data.iter().fold(answer(Rcode::NOERROR), |answer, data| answer.with(host, ttl, data.clone()))
}

/// Reads a request, verifies its signature, and makes the response.
fn serve(key: &Arc<tsig::Key>, request: &[u8], answer: &Answer) -> (Seen, Vec<u8>) {
    let original = Their::from_octets(request.to_vec()).unwrap();
    let mut verified = original.clone();
    let builder = MessageBuilder::new_vec();
    let transaction = match ServerTransaction::request(key, &mut verified, Time48::from_u64(NOW)) {
        Ok(transaction) => transaction.expect("every request is signed"),
        Err(error) => {
            // What is wrong with the request's signature, in a response without one.
            let response = error.build_message(&original, builder).unwrap();
            let seen = Seen {
                opcode: original.header().opcode(),
                name: String::new(),
                kind: Rtype::SOA,
                prerequisites: Vec::new(),
                changes: Vec::new(),
            };
            return (seen, response.finish());
        }
    };
    let question = verified.first_question().unwrap();
    let shown = |section: domain::base::message::RecordSection<'_, Vec<u8>>| -> Vec<String> {
        section
            .map(|record| {
                let record = record.unwrap();
                let data = record.to_record::<UnknownRecordData<_>>().unwrap().unwrap();
                let data: String = data.data().data().iter().map(|byte| format!("{byte:02x}")).collect();
                format!("{} {} {} {} {data}", record.owner(), record.rtype(), record.class(), record.ttl().as_secs())
            })
            .collect()
    };
    let seen = Seen {
        opcode: verified.header().opcode(),
        name: question.qname().to_string(),
        kind: question.qtype(),
        prerequisites: shown(verified.answer().unwrap()),
        changes: shown(verified.authority().unwrap()),
    };
    let mut response = builder.start_answer(&verified, answer.rcode).unwrap();
    response.header_mut().set_opcode(verified.header().opcode());
    response.header_mut().set_aa(answer.authoritative);
    for (owner, ttl, data) in &answer.records {
        response.push((theirs(owner), Class::IN, Ttl::from_secs(*ttl), data.clone())).unwrap();
    }
    let mut response: AdditionalBuilder<Vec<u8>> = response.additional();
    if answer.signed {
        transaction.answer(&mut response, Time48::from_u64(NOW)).unwrap();
    }
    (seen, response.finish())
}

fn key(algorithm: Algorithm) -> Key {
    Key::new("home-key", algorithm, SECRET).unwrap()
}

fn task(ipv4: Option<&str>, ipv6: Option<&str>) -> Task {
    Task {
        host: Name::parse("home.example.com").unwrap(),
        zone: None,
        key: key(Algorithm::Sha256),
        ipv4: ipv4.map(|it| it.parse().unwrap()),
        ipv6: ipv6.map(|it| it.parse().unwrap()),
        last_ipv4: None,
        last_ipv6: None,
        create: false,
        ttl: 300,
    }
}

/// Plays a whole run against these answers, one for each request; what the server saw, and the end.
fn play(task: Task, answers: &[Answer]) -> (Vec<Seen>, Ending) {
    let key = their_key(tsig::Algorithm::Sha256, "home-key", SECRET_BYTES);
    let mut run = Run::new(task);
    let mut seen = Vec::new();
    for (id, answer) in answers.iter().enumerate() {
        let request = run.request(id as u16 + 7, NOW).expect("there are more answers than requests");
        let (saw, response) = serve(&key, &request, answer);
        seen.push(saw);
        run.response(&response, NOW);
    }
    assert_eq!(run.request(1, NOW), None, "there are more requests than answers: {seen:?}");
    (seen, run.ending().unwrap().clone())
}

fn hex(address: &str) -> String {
    let bytes = match address.parse().unwrap() {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets().to_vec(),
    };
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn families(ipv4: Option<FamilyEnd>, ipv6: Option<FamilyEnd>) -> Ending {
    Ending::Families { ipv4, ipv6 }
}

const HOST: &str = "home.example.com";

#[test]
fn the_zone_is_found_upwards_and_the_record_replaced_with_its_ttl() {
    let (seen, ending) = play(
        task(Some("192.0.2.25"), None),
        &[answer(Rcode::NXDOMAIN), soa("example.com"), records(HOST, 120, &[a("192.0.2.1")]), answer(Rcode::NOERROR)],
    );
    assert_eq!(ending, families(Some(FamilyEnd::Good), None));
    let asked: Vec<_> = seen.iter().map(|it| (it.opcode, it.name.as_str(), it.kind)).collect();
    assert_eq!(
        asked,
        [
            (Opcode::QUERY, HOST, Rtype::SOA),
            (Opcode::QUERY, "example.com", Rtype::SOA),
            (Opcode::QUERY, HOST, Rtype::A),
            (Opcode::UPDATE, "example.com", Rtype::SOA),
        ]
    );
    assert_eq!(seen[3].prerequisites, [format!("{HOST} A IN 0 {}", hex("192.0.2.1"))]);
    assert_eq!(
        seen[3].changes,
        [format!("{HOST} A NONE 0 {}", hex("192.0.2.1")), format!("{HOST} A IN 120 {}", hex("192.0.2.25"))]
    );
}

#[test]
fn both_families_go_in_one_message() {
    let (seen, ending) = play(
        task(Some("192.0.2.25"), Some("2001:db8::25")),
        &[
            soa(HOST),
            records(HOST, 60, &[a("192.0.2.1")]),
            records(HOST, 90, &[aaaa("2001:db8::1")]),
            answer(Rcode::NOERROR),
        ],
    );
    assert_eq!(ending, families(Some(FamilyEnd::Good), Some(FamilyEnd::Good)));
    assert_eq!((seen[3].prerequisites.len(), seen[3].changes.len()), (2, 4));
}

#[test]
fn what_is_there_already_is_not_written() {
    let (_, ending) = play(task(Some("192.0.2.25"), None), &[soa(HOST), records(HOST, 60, &[a("192.0.2.25")])]);
    assert_eq!(ending, families(Some(FamilyEnd::NoChange), None));
    // One is there, the other is written; the first is no part of the message.
    let (seen, ending) = play(
        task(Some("192.0.2.25"), Some("2001:db8::25")),
        &[
            soa(HOST),
            records(HOST, 60, &[a("192.0.2.25")]),
            records(HOST, 60, &[aaaa("2001:db8::1")]),
            answer(Rcode::NOERROR),
        ],
    );
    assert_eq!(ending, families(Some(FamilyEnd::NoChange), Some(FamilyEnd::Good)));
    assert_eq!((seen[3].prerequisites.len(), seen[3].changes.len()), (1, 2));
}

#[test]
fn among_several_records_the_last_acknowledged_one_is_meant() {
    let two = records(HOST, 60, &[a("192.0.2.1"), a("192.0.2.2")]);
    let (_, ending) = play(task(Some("192.0.2.25"), None), &[soa(HOST), two.clone()]);
    assert_eq!(ending, families(Some(FamilyEnd::Ambiguous), None));
    let known = Task { last_ipv4: Some(Ipv4Addr::new(192, 0, 2, 2)), ..task(Some("192.0.2.25"), None) };
    let (seen, ending) = play(known, &[soa(HOST), two.clone(), answer(Rcode::NOERROR)]);
    assert_eq!(ending, families(Some(FamilyEnd::Good), None));
    assert_eq!(seen[2].prerequisites.len(), 2, "both are there as they were");
    assert_eq!(seen[2].changes[0], format!("{HOST} A NONE 0 {}", hex("192.0.2.2")), "the other one stays");
    let (_, ending) = play(task(Some("192.0.2.1"), None), &[soa(HOST), two]);
    assert_eq!(ending, families(Some(FamilyEnd::NoChange), None));
}

#[test]
fn ambiguity_of_one_family_writes_nothing_of_the_other() {
    let (_, ending) = play(
        task(Some("192.0.2.25"), Some("2001:db8::25")),
        &[soa(HOST), records(HOST, 60, &[a("192.0.2.1"), a("192.0.2.2")]), records(HOST, 60, &[aaaa("2001:db8::1")])],
    );
    assert_eq!(ending, families(Some(FamilyEnd::Ambiguous), Some(FamilyEnd::Ambiguous)));
}

#[test]
fn nothing_is_created_unasked() {
    for none in [answer(Rcode::NXDOMAIN), answer(Rcode::NOERROR)] {
        let (_, ending) = play(task(Some("192.0.2.25"), None), &[soa(HOST), none]);
        assert_eq!(ending, families(Some(FamilyEnd::Missing), None));
    }
    // The family that is there is written all the same.
    let (seen, ending) = play(
        task(Some("192.0.2.25"), Some("2001:db8::25")),
        &[soa(HOST), records(HOST, 60, &[a("192.0.2.1")]), answer(Rcode::NOERROR), answer(Rcode::NOERROR)],
    );
    assert_eq!(ending, families(Some(FamilyEnd::Good), Some(FamilyEnd::Missing)));
    assert_eq!(seen[3].changes.len(), 2);
}

#[test]
fn a_record_is_created_where_that_is_asked_for_and_nothing_stands_in_its_place() {
    let create = Task { create: true, ttl: 77, ..task(Some("192.0.2.25"), Some("2001:db8::25")) };
    let none = answer(Rcode::NXDOMAIN);
    let (seen, ending) = play(create, &[soa(HOST), none.clone(), none, answer(Rcode::NOERROR)]);
    assert_eq!(ending, families(Some(FamilyEnd::Good), Some(FamilyEnd::Good)));
    assert_eq!(
        seen[3].prerequisites,
        [format!("{HOST} CNAME NONE 0 "), format!("{HOST} A NONE 0 "), format!("{HOST} AAAA NONE 0 ")]
    );
    assert_eq!(
        seen[3].changes,
        [format!("{HOST} A IN 77 {}", hex("192.0.2.25")), format!("{HOST} AAAA IN 77 {}", hex("2001:db8::25"))]
    );
}

#[test]
fn an_alias_and_records_of_others_are_told_from_ones_own() {
    let alias = answer(Rcode::NOERROR).with(HOST, 60, Cname::new(theirs("other.example.com")));
    assert_eq!(play(task(Some("192.0.2.25"), None), &[soa(HOST), alias]).1, Ending::Alias);
    let stranger = records("other.example.com", 60, &[a("192.0.2.25")]);
    let (_, ending) = play(task(Some("192.0.2.25"), None), &[soa(HOST), stranger]);
    assert_eq!(ending, families(Some(FamilyEnd::Missing), None));
}

#[test]
fn only_the_zones_own_server_counts() {
    let guess = Answer { authoritative: false, ..records(HOST, 60, &[a("192.0.2.25")]) };
    let (_, ending) = play(task(Some("192.0.2.25"), None), &[soa(HOST), guess]);
    assert!(
        matches!(ending, Ending::Refused { code: Code::BadSys, ref message } if message.contains("not the zone's own"))
    );
}

#[test]
fn no_zone_anywhere_is_nohost() {
    // Three names, each answered in another of the ways in which a server has no such zone.
    let ways = [answer(Rcode::NOERROR), answer(Rcode::REFUSED).unsigned(), answer(Rcode::NOTAUTH).unsigned()];
    let (seen, ending) = play(task(Some("192.0.2.25"), None), &ways);
    assert_eq!(seen[2].name, "com");
    assert!(matches!(ending, Ending::Refused { code: Code::NoHost, .. }), "{ending:?}");
    // Where the zone is named, no other is tried.
    let named = Task { zone: Name::parse("example.com"), ..task(Some("192.0.2.25"), None) };
    let (seen, ending) = play(named, &[answer(Rcode::NOTAUTH)]);
    assert_eq!(seen[0].name, "example.com");
    assert!(matches!(ending, Ending::Refused { code: Code::NoHost, .. }), "{ending:?}");
    let outside = Task { zone: Name::parse("example.net"), ..task(Some("192.0.2.25"), None) };
    assert!(matches!(play(outside, &[]).1, Ending::Refused { code: Code::NotFqdn, .. }));
}

#[test]
fn each_answer_to_the_update_has_its_meaning() {
    let replaced = [soa(HOST), records(HOST, 60, &[a("192.0.2.1")])];
    let code = |rcode| {
        let answers = [&replaced[..], &[answer(rcode)]].concat();
        match play(task(Some("192.0.2.25"), None), &answers).1 {
            Ending::Refused { code, .. } => Some(code),
            Ending::Failed(_) => None,
            other => panic!("{rcode}: {other:?}"),
        }
    };
    assert_eq!(code(Rcode::REFUSED), Some(Code::NotYours));
    assert_eq!(code(Rcode::NXDOMAIN), Some(Code::NoHost));
    assert_eq!(code(Rcode::NOTZONE), Some(Code::NotFqdn));
    assert_eq!(code(Rcode::SERVFAIL), Some(Code::DnsError));
    assert_eq!(code(Rcode::NOTIMP), Some(Code::BadSys));
    assert_eq!(code(Rcode::FORMERR), Some(Code::BadSys));
    assert_eq!(code(Rcode::NOTAUTH), None, "signed, without an error of TSIG");
    assert_eq!(code(Rcode::YXDOMAIN), None);
}

#[test]
fn what_changed_meanwhile_is_read_again_once() {
    let first = [soa(HOST), records(HOST, 60, &[a("192.0.2.1")]), answer(Rcode::NXRRSET)];
    let second = [records(HOST, 60, &[a("192.0.2.3")]), answer(Rcode::NOERROR)];
    let (seen, ending) = play(task(Some("192.0.2.25"), None), &[&first[..], &second[..]].concat());
    assert_eq!(ending, families(Some(FamilyEnd::Good), None));
    assert_eq!(seen[4].prerequisites, [format!("{HOST} A IN 0 {}", hex("192.0.2.3"))]);
    let again = [records(HOST, 60, &[a("192.0.2.3")]), answer(Rcode::YXRRSET)];
    let (_, ending) = play(task(Some("192.0.2.25"), None), &[&first[..], &again[..]].concat());
    assert!(matches!(ending, Ending::Failed(_)), "{ending:?}");
}

#[test]
fn an_unsigned_answer_proves_nothing() {
    for unsigned in [soa(HOST).unsigned(), answer(Rcode::NXDOMAIN).unsigned(), answer(Rcode::SERVFAIL).unsigned()] {
        let (_, ending) = play(task(Some("192.0.2.25"), None), &[unsigned]);
        assert!(matches!(ending, Ending::Failed(ref what) if what.contains("not signed")), "{ending:?}");
    }
    // After the zone was found, no refusal counts without a signature either.
    for rcode in [Rcode::REFUSED, Rcode::NOTAUTH, Rcode::NOERROR] {
        let (_, ending) = play(task(Some("192.0.2.25"), None), &[soa(HOST), answer(rcode).unsigned()]);
        assert!(matches!(ending, Ending::Failed(ref what) if what.contains("not signed")), "{ending:?}");
    }
}

/// The response to a request that the server refuses for its signature, made by hand (RFC 8945, section 5.2 and 5.3):
/// unsigned for BADSIG and BADKEY; for BADTIME signed, with the server's time.
fn refusal(request: &[u8], error: u16, server: Option<u64>) -> Vec<u8> {
    let message = Message::read(request).unwrap();
    let tsig = &message.records.last().unwrap().1;
    let (_, at) = Name::read(&tsig.data, 0).unwrap();
    let mac_length = usize::from(u16::from_be_bytes([tsig.data[at + 8], tsig.data[at + 9]]));
    let other = server.map(|time| time.to_be_bytes()[2..].to_vec()).unwrap_or_default();
    // Header and question, NOTAUTH.
    let question_end = Name::read(request, 12).unwrap().1 + 4;
    let mut response = request[..question_end].to_vec();
    response[2..4].copy_from_slice(&0x8009_u16.to_be_bytes());
    response[10..12].fill(0);
    let tail = [&error.to_be_bytes()[..], &(other.len() as u16).to_be_bytes(), &other].concat();
    let mac = if server.is_some() {
        let signed = [
            &(mac_length as u16).to_be_bytes(),
            &tsig.data[at + 10..at + 10 + mac_length],
            &response,
            tsig.owner.wire(),
            &[0, 255, 0, 0, 0, 0],
            &tsig.data[..at + 8],
            &tail,
        ];
        let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, SECRET_BYTES);
        ring::hmac::sign(&key, &signed.concat()).as_ref().to_vec()
    } else {
        Vec::new()
    };
    let data = [&tsig.data[..at + 8], &(mac.len() as u16).to_be_bytes(), &mac, &request[..2], &tail].concat();
    response[10..12].copy_from_slice(&1_u16.to_be_bytes());
    response.extend(tsig.owner.wire());
    response.extend([0, 250, 0, 255, 0, 0, 0, 0]);
    response.extend((data.len() as u16).to_be_bytes());
    response.extend(data);
    response
}

#[test]
fn a_wrong_secret_and_an_unknown_key_are_badauth_whatever_is_to_do() {
    for (error, word) in [(16, "BADSIG"), (17, "BADKEY")] {
        let mut run = Run::new(task(Some("192.0.2.25"), None));
        let request = run.request(3, NOW).unwrap();
        run.response(&refusal(&request, error, None), NOW);
        match run.ending() {
            Some(Ending::Refused { code: Code::BadAuth, message }) => assert!(message.contains(word), "{message}"),
            other => panic!("{other:?}"),
        }
    }
    // As `domain` says it.
    let mut run = Run::new(task(Some("192.0.2.25"), None));
    let request = run.request(3, NOW).unwrap();
    let stranger = their_key(tsig::Algorithm::Sha256, "other-key", SECRET_BYTES);
    run.response(&serve(&stranger, &request, &soa(HOST)).1, NOW);
    assert!(matches!(run.ending(), Some(Ending::Refused { code: Code::BadAuth, .. })), "{:?}", run.ending());
}

#[test]
fn a_clock_that_is_wrong_is_told_with_the_servers_time() {
    let key = their_key(tsig::Algorithm::Sha256, "home-key", SECRET_BYTES);
    for (ours, ahead) in [(NOW - 3600, 3600), (NOW + 5000, -5000), (0, NOW as i64)] {
        let mut run = Run::new(task(Some("192.0.2.25"), None));
        let request = run.request(3, ours).unwrap();
        run.response(&refusal(&request, 18, Some(NOW)), ours);
        assert_eq!(run.ending(), Some(&Ending::Clock { ahead: Some(ahead) }));
    }
    // A response that was recorded long ago is none of now.
    let mut run = Run::new(task(Some("192.0.2.25"), None));
    let request = run.request(3, NOW).unwrap();
    let (_, response) = serve(&key, &request, &soa(HOST));
    run.response(&response, NOW + 301);
    assert!(matches!(run.ending(), Some(Ending::Failed(what)) if what.contains("time")), "{:?}", run.ending());
}

#[test]
fn an_answer_to_another_request_is_none() {
    let key = their_key(tsig::Algorithm::Sha256, "home-key", SECRET_BYTES);
    let mut first = Run::new(task(Some("192.0.2.25"), None));
    let other = first.request(3, NOW - 1).unwrap();
    let (_, replayed) = serve(&key, &other, &soa(HOST));
    // The same id, but another signature: its own response does not fit.
    let mut run = Run::new(task(Some("192.0.2.25"), None));
    run.request(3, NOW).unwrap();
    run.response(&replayed, NOW);
    assert!(matches!(run.ending(), Some(Ending::Failed(what)) if what.contains("not signed with this key")));
    let mut run = Run::new(task(Some("192.0.2.25"), None));
    run.request(4, NOW - 1).unwrap();
    run.response(&replayed, NOW);
    assert!(matches!(run.ending(), Some(Ending::Failed(what)) if what.contains("another request")));
}

fn algorithms() -> impl Strategy<Value = (Algorithm, tsig::Algorithm)> {
    prop_oneof![
        Just((Algorithm::Sha1, tsig::Algorithm::Sha1)),
        Just((Algorithm::Sha256, tsig::Algorithm::Sha256)),
        Just((Algorithm::Sha384, tsig::Algorithm::Sha384)),
        Just((Algorithm::Sha512, tsig::Algorithm::Sha512)),
    ]
}

fn seeded(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        rng_seed: proptest::test_runner::RngSeed::Fixed(0x2136_8945),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(seeded(1500))]

    /// Every message of a whole run, whatever the names, addresses, keys and times are: theirs verifies and reads ours,
    /// ours verifies and reads theirs.
    #[test]
    fn generated_runs_are_understood_both_ways(
        (ours, algorithm) in algorithms(),
        secret in proptest::collection::vec(any::<u8>(), 1..100),
        labels in proptest::collection::vec("[a-zA-Z0-9_-]{1,20}", 2..6),
        key_name in "[a-z0-9.-]{0,20}[a-z0-9]",
        wanted: ([u8; 4], [u8; 16]), before: ([u8; 4], [u8; 16]),
        ttl in 0_u32..0x7fff_ffff, now in 1_u64..1 << 40, skew in 0_u64..300, id: u16, create: bool,
    ) {
        use base64::{Engine as _, engine::general_purpose::STANDARD};
        prop_assume!(key_name.split('.').all(|label| !label.is_empty()));
        let host = labels.join(".");
        let zone = labels[1..].join(".");
        let key = their_key(algorithm, &key_name, &secret);
        let mut run = Run::new(Task {
            host: Name::parse(&host).unwrap(),
            key: Key::new(&key_name, ours, &STANDARD.encode(&secret)).unwrap(),
            ipv4: Some(wanted.0.into()), ipv6: Some(wanted.1.into()), create, ttl,
            ..task(None, None)
        });
        let mut updates = 0;
        for _ in 0..8 {
            let Some(request) = run.request(id, now) else { break };
            let mut message = Their::from_octets(request.clone()).unwrap();
            let then = Time48::from_u64(now + skew);
            let transaction = ServerTransaction::request(&key, &mut message, then).unwrap().unwrap();
            let question = message.first_question().unwrap();
            let mut response = MessageBuilder::new_vec().start_answer(&message, Rcode::NOERROR).unwrap();
            response.header_mut().set_opcode(message.header().opcode());
            response.header_mut().set_aa(true);
            let owner = theirs(&host);
            match (message.header().opcode(), question.qtype()) {
                (Opcode::UPDATE, _) => updates += 1,
                (_, Rtype::SOA) if question.qname().to_string().eq_ignore_ascii_case(&zone) => {
                    let data = Soa::new(owner.clone(), owner, 1.into(), Ttl::HOUR, Ttl::HOUR, Ttl::HOUR, Ttl::HOUR);
                    response.push((theirs(&zone), Class::IN, Ttl::HOUR, data)).unwrap();
                }
                (_, Rtype::A) if !create => {
                    response.push((owner, Class::IN, Ttl::from_secs(ttl), A::from_octets(
                        before.0[0], before.0[1], before.0[2], before.0[3]))).unwrap();
                }
                (_, Rtype::AAAA) if !create => {
                    let data = Aaaa::new(Ipv6Addr::from(before.1));
                    response.push((owner, Class::IN, Ttl::from_secs(ttl), data)).unwrap();
                }
                _ => {}
            }
            let mut response = response.additional();
            transaction.answer(&mut response, then).unwrap();
            run.response(&response.finish(), now);
        }
        let end = |same: bool| if !create && same { FamilyEnd::NoChange } else { FamilyEnd::Good };
        let (ipv4, ipv6) = (end(wanted.0 == before.0), end(wanted.1 == before.1));
        prop_assert_eq!(run.ending(), Some(&families(Some(ipv4), Some(ipv6))));
        prop_assert!(updates <= 1);
    }

    /// A signed response of which any byte differs proves nothing, and any bytes at all are survived.
    #[test]
    fn no_other_bytes_are_a_success(at: prop::sample::Index, flip in 1_u8.., noise: Vec<u8>, cut: prop::sample::Index) {
        let key = their_key(tsig::Algorithm::Sha256, "home-key", SECRET_BYTES);
        let mut run = Run::new(task(Some("192.0.2.25"), None));
        let request = run.request(9, NOW).unwrap();
        run.response(&serve(&key, &request, &soa(HOST)).1, NOW);
        let request = run.request(10, NOW).unwrap();
        let (_, good) = serve(&key, &request, &records(HOST, 60, &[a("192.0.2.25")]));
        let mut changed = good.clone();
        let at = at.index(changed.len());
        changed[at] ^= flip;
        // Letters of names in either case are the same name.
        prop_assume!(flip != 0x20 || !changed[at].is_ascii_alphabetic());
        run.response(&changed, NOW);
        prop_assert!(!matches!(run.ending(), Some(Ending::Families { .. })), "{:?}", run.ending());

        let _ = Message::read(&noise);
        let _ = Message::read(&good[..cut.index(good.len())]);
        let mut run = Run::new(task(Some("192.0.2.25"), None));
        run.request(9, NOW).unwrap();
        run.response(&noise, NOW);
        prop_assert!(matches!(run.ending(), Some(Ending::Failed(_))));
    }
}

#[test]
fn every_beginning_of_a_message_is_none() {
    let key = their_key(tsig::Algorithm::Sha256, "home-key", SECRET_BYTES);
    let mut run = Run::new(task(Some("192.0.2.25"), None));
    let request = run.request(9, NOW).unwrap();
    let (_, response) = serve(&key, &request, &soa(HOST));
    for message in [&request, &response] {
        assert!(Message::read(message).is_some());
        for end in 0..message.len() {
            assert_eq!(Message::read(&message[..end]), None, "{end}");
        }
    }
}
