//! A short fuzz of every parser in every test run: the recorded data, every prefix of the short ones, and a few thousand
//! mutations of them from a fixed seed, so that a failure is the same failure tomorrow. The long runs are scripts/checks/fuzz.sh.

#[path = "../fuzz/src/lib.rs"]
mod checks;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How many mutations of each parser's seeds are tried, at most, and for how long.
const ROUNDS: usize = 6_000;
const ENOUGH: Duration = Duration::from_millis(1500);

/// xorshift64*: no crate, and the same everywhere.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % bound.max(1)
    }
}

/// The files of a folder that have this extension, none if it is empty.
fn files(folder: &str, extension: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut paths: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|it| it.unwrap().path()).collect();
    paths.retain(|it| it.extension().unwrap_or_default() == extension);
    paths.sort();
    assert!(!paths.is_empty());
    paths.iter().map(|it| fs::read(it).unwrap()).collect()
}

/// The messages of the recorded conversations with ubusd.
fn messages() -> Vec<Vec<u8>> {
    let unhex = |text: &str| -> Vec<u8> {
        let byte = |at| u8::from_str_radix(&text[2 * at..2 * at + 2], 16).unwrap();
        (0..text.len() / 2).map(byte).collect()
    };
    let mut all = Vec::new();
    for text in files("tests/data/ubus/wire", "jsonl") {
        for line in String::from_utf8(text).unwrap().lines() {
            let json: serde_json::Value = serde_json::from_str(line).unwrap();
            if let Some(hex) = json["hex"].as_str() {
                all.push(unhex(hex));
            }
        }
    }
    all
}

fn seeds(name: &str) -> Vec<Vec<u8>> {
    let texts = |texts: &[&str]| texts.iter().map(|it| it.as_bytes().to_vec()).collect();
    match name {
        "uci" => [files("tests/data/migrate", "ddnsd"), files("tests/data/uci", "")].concat(),
        "migrate" => [
            files("tests/data/migrate", "ddns"),
            files("tests/data/migrate/inadyn", "conf"),
            files("tests/data/migrate/ddclient", "conf"),
        ]
        .concat(),
        "netifd" => files("tests/data/dump", "json"),
        "message" => messages(),
        // What comes after a message's header and its blob's is a table of attributes of the same form.
        "blobmsg" => messages().iter().filter_map(|it| it.get(24..).map(<[u8]>::to_vec)).collect(),
        "api" => texts(&[
            "\x050 {\"result\":[{\"id\":\"z\"}]}\n0 {\"result\":[{\"id\":\"r\",\"content\":\"192.0.2.9\"}]}\n0 {\"result\":{\"content\":\"192.0.2.1\"}}",
            "\x2c0 []\n7 {}\n1 {\"message\":\"ok\"}",
            "\x006 {\"errors\":[{\"code\":10000}]}",
            "\x070 <html>\n9 x",
        ]),
        "services" => files("files/usr/share/ddnsd", "json"),
        "http" => texts(&[
            "HTTP/1.1 200 OK\r\nContent-Length: 16\r\n\r\ngood 192.0.2.1\r\n",
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.0 503 Busy\r\nRetry-After: 120\r\nConnection: close\r\n\r\n911",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n4\r\ngood\r\na;b=c\r\n 192.0.2.1\r\n0\r\nA: b\r\n\r\n",
            "HTTP/1.1 204 No Content\r\n\r\n",
            "HTTP/1.1 301 Moved\r\nLocation: https://dyn.example.com/\r\nTransfer-Encoding: identity\r\n\r\n<html>",
        ]),
        "reply" => texts(&[
            "good 192.0.2.1\r\n",
            "nochg 192.0.2.1,2001:db8::1\nnohost\n",
            "badauth",
            "911\n",
            "<html><body>Please log in</body></html>",
            "good 192.0.2.1\ngood 192.0.2.1\r\n\r\nabuse\n",
        ]),
        "state" => texts(&[
            r#"{"version":1,"salt":"0102","accounts":{"home":{"fingerprint":"ab","wait":{"until":1764000000,"code":"911"},"ipv4":{"address":"192.0.2.1","source":"interface","interface":"wan"},"hosts":{"a.b":{"ipv4":"192.0.2.1","code":"good","updated":1764000000,"proven":true},"c.d":{"halt":{"reason":"nohost","message":"m","since":1764000000}}}}}}"#,
            r#"{"version":1,"salt":"","accounts":{"home":{"halt":{"reason":"badauth","message":"m"},"hosts":{}}}}"#,
        ]),
        // Responses to a question for the zone: signed (with another key), refused without a signature, and one that is
        // compressed.
        "dns" => DNS.iter().map(|hex| unhex(hex)).collect(),
        "engine" => vec![(0..=255).collect(), b"\x03\x01\x02\x05\x00\x00\x3c\x03\x02\x02\x05\x03\x02\xff".to_vec()],
        _ => unreachable!("{name} has no seeds"),
    }
}

/// One or a few changes: a bit, a byte, a piece gone, doubled, or taken from another seed.
fn mutate(seeds: &[Vec<u8>], random: &mut Random) -> Vec<u8> {
    let mut bytes = seeds[random.below(seeds.len())].clone();
    // Long seeds make few rounds: most of the time a piece is enough.
    if bytes.len() > 4096 && random.below(8) > 0 {
        let start = random.below(bytes.len() - 2048);
        bytes = bytes[start..start + 2048].to_vec();
    }
    for _ in 0..=random.below(4) {
        let at = random.below(bytes.len());
        let end = (at + 1 + random.below(32)).min(bytes.len());
        match random.below(7) {
            0 if at < bytes.len() => bytes[at] ^= 1 << random.below(8),
            1 if at < bytes.len() => bytes[at] = random.below(256) as u8,
            2 => bytes.truncate(at),
            3 => drop(bytes.drain(at.min(end)..end)),
            4 => {
                let piece = bytes[at.min(end)..end].to_vec();
                bytes.splice(at.min(end)..at.min(end), piece);
            }
            5 => {
                let other = &seeds[random.below(seeds.len())];
                let from = random.below(other.len());
                let piece = &other[from..(from + random.below(64)).min(other.len())];
                bytes.splice(at.min(end)..at.min(end), piece.iter().copied());
            }
            _ => bytes.insert(at, [0, b'\'', b'"', b'\n', b'{', 0xff, b'9', b' '][random.below(8)]),
        }
    }
    bytes
}

fn smoke(name: &str) {
    let (_, check) = checks::CHECKS.into_iter().find(|(known, _)| *known == name).unwrap();
    let seeds = seeds(name);
    let begun = Instant::now();
    for seed in &seeds {
        check(seed);
        for cut in 0..seed.len().min(400) {
            check(&seed[..cut]);
        }
        if begun.elapsed() > ENOUGH {
            break;
        }
    }
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let mut done = 0;
    while done < ROUNDS && begun.elapsed() < 2 * ENOUGH {
        let bytes = mutate(&seeds, &mut random);
        let shown = || String::from_utf8_lossy(&bytes).into_owned();
        if std::panic::catch_unwind(|| check(&bytes)).is_err() {
            panic!("mutation {done} of {name}: {:?}\n{bytes:02x?}", shown());
        }
        done += 1;
    }
    println!("{name}: {} seeds, {done} mutations", seeds.len());
}

#[test]
fn uci() {
    smoke("uci");
}

#[test]
fn http() {
    smoke("http");
}

#[test]
fn replies() {
    smoke("reply");
}

#[test]
fn blobmsg() {
    smoke("blobmsg");
}

#[test]
fn messages_of_ubus() {
    smoke("message");
}

#[test]
fn state() {
    smoke("state");
}

#[test]
fn netifd() {
    smoke("netifd");
}

#[test]
fn answers_of_an_api() {
    smoke("api");
}

#[test]
fn services() {
    smoke("services");
}

#[test]
fn migration() {
    smoke("migrate");
}

#[test]
fn engine() {
    smoke("engine");
}

/// For scripts/checks/fuzz.sh: the seeds as files, a folder a parser, where `DDNSD_SEEDS` says.
#[test]
#[ignore = "writes files; scripts/checks/fuzz.sh asks for it"]
fn seeds_are_written() {
    let folder = PathBuf::from(std::env::var_os("DDNSD_SEEDS").expect("DDNSD_SEEDS says where"));
    for (name, _) in checks::CHECKS {
        fs::create_dir_all(folder.join(name)).unwrap();
        for (number, seed) in seeds(name).iter().enumerate() {
            fs::write(folder.join(name).join(format!("seed-{number:03}")), seed).unwrap();
        }
    }
}

const DNS: [&str; 3] = [
    "000984000001000100000000076578616d706c6503636f6d0000060001c00c00060001000000b4000c036e7301c00c0161c00c00000001",
    "000980090001000000000001076578616d706c6503636f6d000006000108686f6d652d6b65790000fa00ff00000000001d0b686d61632d7368     61323536000000692480000001012c0000000900100000",
    "000984030001000000000000076578616d706c6503636f6d0000060001",
];

fn unhex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
    digits.chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

#[test]
fn dns() {
    smoke("dns");
}
