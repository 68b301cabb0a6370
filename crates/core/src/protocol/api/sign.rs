//! Signed requests: four vendors sign the same canonical request with small differences.
//!
//! ```text
//! method \n path \n sorted query \n name:value … \n names \n hash of the body      = canonical request
//! label \n time [\n scope] \n hash of the canonical request                        = string to sign
//! HMAC(key derived from the secret, string to sign)                                = signature
//! ```
//!
//! The differences stand in [`Algorithm::rules`]; there is one function.

use super::request::Moment;
use crate::protocol::encode;
use percent_encoding::percent_decode_str;
use ring::{digest, hmac};

/// Whose way of signing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// Alibaba Cloud.
    Acs3,
    /// Tencent Cloud.
    Tc3,
    /// Huawei Cloud.
    Sdk,
    /// Amazon.
    Aws4,
}

/// How an entry's requests are signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scheme {
    /// Whose way.
    pub algorithm: Algorithm,
    /// The service's name in the scope of the signature, where there is one.
    pub service: String,
    /// The region in it.
    pub region: String,
}

/// How a time is written.
#[derive(Clone, Copy)]
enum Time {
    /// `2023-10-26T10:22:32Z`
    Dashed,
    /// `20191115T033655Z`
    Basic,
    /// `1551113065`
    Unix,
}

/// How the key is made of the secret.
#[derive(Clone, Copy)]
enum Key {
    /// It is the secret.
    Secret,
    /// HMACs over date and service: `TC3` + secret, date, service, `tc3_request`.
    Tencent,
    /// HMACs over date, region and service: `AWS4` + secret, date, region, service, `aws4_request`.
    Amazon,
}

/// What differs.
struct Rules {
    label: &'static str,
    time: Time,
    /// The header that carries the time.
    time_header: &'static str,
    /// The header that carries the hash of the body, if one does.
    hash_header: Option<&'static str>,
    /// The header that carries a number used once, if one does.
    nonce_header: Option<&'static str>,
    /// Of an entry's own headers, those that are signed begin like this.
    signed: &'static [&'static str],
    key: Key,
    /// Whether the time stands in the string to sign.
    says_time: bool,
    /// The canonical path ends with `/`.
    slash: bool,
    credential: &'static str,
    /// What separates the parts of `Authorization`.
    separator: &'static str,
}

impl Algorithm {
    /// By an entry's word.
    pub fn from_word(word: &str) -> Option<Self> {
        Some(match word {
            "acs3-hmac-sha256" => Algorithm::Acs3,
            "tc3-hmac-sha256" => Algorithm::Tc3,
            "sdk-hmac-sha256" => Algorithm::Sdk,
            "aws4-hmac-sha256" => Algorithm::Aws4,
            _ => return None,
        })
    }

    /// Every word.
    pub const WORDS: [&'static str; 4] = ["acs3-hmac-sha256", "tc3-hmac-sha256", "sdk-hmac-sha256", "aws4-hmac-sha256"];

    fn rules(self) -> Rules {
        let aws = Rules {
            label: "AWS4-HMAC-SHA256",
            time: Time::Basic,
            time_header: "x-amz-date",
            hash_header: None,
            nonce_header: None,
            signed: &["content-type", "x-amz-"],
            key: Key::Amazon,
            says_time: true,
            slash: false,
            credential: "Credential",
            separator: ", ",
        };
        match self {
            Algorithm::Aws4 => aws,
            Algorithm::Acs3 => Rules {
                label: "ACS3-HMAC-SHA256",
                time: Time::Dashed,
                time_header: "x-acs-date",
                hash_header: Some("x-acs-content-sha256"),
                nonce_header: Some("x-acs-signature-nonce"),
                signed: &["content-type", "x-acs-"],
                key: Key::Secret,
                says_time: false,
                separator: ",",
                ..aws
            },
            Algorithm::Tc3 => Rules {
                label: "TC3-HMAC-SHA256",
                time: Time::Unix,
                time_header: "x-tc-timestamp",
                signed: &["content-type"],
                key: Key::Tencent,
                ..aws
            },
            Algorithm::Sdk => Rules {
                label: "SDK-HMAC-SHA256",
                time_header: "x-sdk-date",
                signed: &["content-type"],
                key: Key::Secret,
                slash: true,
                credential: "Access",
                ..aws
            },
        }
    }
}

/// What is to be signed.
pub(super) struct Unsigned<'a> {
    pub(super) method: &'a str,
    pub(super) host: &'a str,
    /// Path and query.
    pub(super) path: &'a str,
    pub(super) headers: &'a [(String, String)],
    pub(super) body: &'a str,
    /// The key's id.
    pub(super) key: &'a str,
    pub(super) secret: &'a str,
    pub(super) moment: Moment,
}

/// What a signature adds.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Signed {
    /// Path and query, written the way they were signed.
    pub(super) path: String,
    pub(super) headers: Vec<(String, String)>,
}

/// Signs a request.
pub(super) fn sign(scheme: &Scheme, request: &Unsigned<'_>) -> Signed {
    let rules = scheme.algorithm.rules();
    let (date, time) = written(request.moment.unix);
    let stamp = match rules.time {
        Time::Dashed => format!("{date}T{time}Z"),
        Time::Basic => format!("{}T{}Z", date.replace('-', ""), time.replace(':', "")),
        Time::Unix => request.moment.unix.to_string(),
    };
    let hash = sha256(request.body);
    let mut added = vec![(rules.time_header.to_owned(), stamp.clone())];
    added.extend(rules.hash_header.map(|name| (name.to_owned(), hash.clone())));
    added.extend(rules.nonce_header.map(|name| (name.to_owned(), format!("{:016x}", request.moment.nonce))));
    let (path, query) = canonical(request.path);
    let (listed, names) = headers(&rules, request, &added);
    let slash = if rules.slash && !path.ends_with('/') { "/" } else { "" };
    let canonical = format!("{}\n{path}{slash}\n{query}\n{listed}\n{names}\n{hash}", request.method);
    let day = date.replace('-', "");
    let scope = match rules.key {
        Key::Secret => None,
        Key::Tencent => Some(format!("{date}/{}/tc3_request", scheme.service)),
        Key::Amazon => Some(format!("{day}/{}/{}/aws4_request", scheme.region, scheme.service)),
    };
    let mut to_sign = format!("{}\n", rules.label);
    if rules.says_time {
        to_sign += &format!("{stamp}\n");
    }
    if let Some(scope) = &scope {
        to_sign += &format!("{scope}\n");
    }
    to_sign += &sha256(&canonical);
    let chain: (String, Vec<&str>) = match rules.key {
        Key::Secret => (request.secret.to_owned(), Vec::new()),
        Key::Tencent => (format!("TC3{}", request.secret), vec![&date, &scheme.service, "tc3_request"]),
        Key::Amazon => (format!("AWS4{}", request.secret), vec![&day, &scheme.region, &scheme.service, "aws4_request"]),
    };
    let key = chain.1.iter().fold(chain.0.into_bytes(), |key, part| mac(&key, part));
    let signature = hex(&mac(&key, &to_sign));
    let credential = match &scope {
        Some(scope) => format!("{}/{scope}", request.key),
        None => request.key.to_owned(),
    };
    let comma = rules.separator;
    let authorization = format!(
        "{} {}={credential}{comma}SignedHeaders={names}{comma}Signature={signature}",
        rules.label, rules.credential
    );
    added.push(("Authorization".to_owned(), authorization));
    Signed { path: if query.is_empty() { path } else { format!("{path}?{query}") }, headers: added }
}

/// The headers that are signed, a line each in the order of their names, and the names.
fn headers(rules: &Rules, request: &Unsigned<'_>, added: &[(String, String)]) -> (String, String) {
    let mut signed = vec![("host".to_owned(), request.host.to_owned())];
    for (name, value) in request.headers.iter().chain(added) {
        let name = name.to_ascii_lowercase();
        let own = rules.signed.iter().any(|it| name.starts_with(it));
        let time = rules.time_header == name && !matches!(rules.time, Time::Unix);
        if own || time {
            signed.push((name, value.trim().to_owned()));
        }
    }
    signed.sort();
    let lines: String = signed.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
    let names: Vec<&str> = signed.iter().map(|(name, _)| name.as_str()).collect();
    (lines, names.join(";"))
}

/// Path and query in the one way of writing them that is signed.
fn canonical(path: &str) -> (String, String) {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let again = |text: &str| encode::strict(&percent_decode_str(text).decode_utf8_lossy());
    let segments: Vec<String> = path.split('/').map(again).collect();
    let mut pairs: Vec<(String, String)> = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (again(name), again(value)))
        .collect();
    pairs.sort();
    let pairs: Vec<String> = pairs.iter().map(|(name, value)| format!("{name}={value}")).collect();
    (segments.join("/"), pairs.join("&"))
}

fn mac(key: &[u8], text: &str) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text.as_bytes()).as_ref().to_vec()
}

fn sha256(text: &str) -> String {
    hex(digest::digest(&digest::SHA256, text.as_bytes()).as_ref())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// `2019-02-25` and `16:44:25`, in UTC.
fn written(unix: u64) -> (String, String) {
    let (days, second) = (unix / 86_400, unix % 86_400);
    // Days since 0000-03-01, in eras of 400 years, years that begin in March, and months of 153 days in five.
    let days = days + 719_468;
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let (month, carry) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    let year = era * 400 + year + carry;
    let time = format!("{:02}:{:02}:{:02}", second / 3600, second / 60 % 60, second % 60);
    (format!("{year:04}-{month:02}-{day:02}"), time)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signature(signed: &Signed) -> &str {
        let (_, authorization) = signed.headers.last().unwrap();
        authorization.rsplit_once("Signature=").unwrap().1
    }

    fn header(name: &str, value: &str) -> (String, String) {
        (name.to_owned(), value.to_owned())
    }

    #[test]
    fn times() {
        for (unix, date, time) in [
            (0, "1970-01-01", "00:00:00"),
            (951_782_400, "2000-02-29", "00:00:00"),
            (1_551_113_065, "2019-02-25", "16:44:25"),
            (1_709_251_199, "2024-02-29", "23:59:59"),
            (1_709_251_200, "2024-03-01", "00:00:00"),
            (4_102_444_799, "2099-12-31", "23:59:59"),
        ] {
            assert_eq!(written(unix), (date.to_owned(), time.to_owned()));
        }
    }

    /// The example of Amazon's documentation of Signature Version 4: ListUsers.
    #[test]
    fn amazons_published_example() {
        let signed = sign(
            &Scheme { algorithm: Algorithm::Aws4, service: "iam".into(), region: "us-east-1".into() },
            &Unsigned {
                method: "GET",
                host: "iam.amazonaws.com",
                path: "/?Version=2010-05-08&Action=ListUsers",
                headers: &[header("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")],
                body: "",
                key: "AKIDEXAMPLE",
                secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
                moment: Moment { unix: 1_440_938_160, nonce: 0 },
            },
        );
        assert_eq!(signature(&signed), "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7");
        assert_eq!(signed.headers[0], header("x-amz-date", "20150830T123600Z"));
        assert_eq!(signed.path, "/?Action=ListUsers&Version=2010-05-08");
    }

    /// The example of Alibaba Cloud's documentation of request signature version 3: RunInstances.
    #[test]
    fn alibabas_published_example() {
        let nonce = header("x-acs-signature-nonce", "3156853299f313e23d1673dc12e1703d");
        let rules = Algorithm::Acs3.rules();
        let request = Unsigned {
            method: "POST",
            host: "ecs.cn-shanghai.aliyuncs.com",
            path: "/?ImageId=win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd&RegionId=cn-shanghai",
            headers: &[header("x-acs-action", "RunInstances"), header("x-acs-version", "2014-05-26"), nonce],
            body: "",
            key: "YourAccessKeyId",
            secret: "YourAccessKeySecret",
            moment: Moment { unix: 1_698_315_752, nonce: 0 },
        };
        // The example's nonce is longer than ours: the pieces are put together as `sign` does it.
        let hash = sha256("");
        let added = [header("x-acs-date", "2023-10-26T10:22:32Z"), header("x-acs-content-sha256", &hash)];
        let (listed, names) = headers(&rules, &request, &added);
        let (path, query) = canonical(request.path);
        let text = format!("POST\n{path}\n{query}\n{listed}\n{names}\n{hash}");
        assert_eq!(sha256(&text), "7ea06492da5221eba5297e897ce16e55f964061054b7695beedaac1145b1e259");
        let to_sign = format!("ACS3-HMAC-SHA256\n{}", sha256(&text));
        assert_eq!(
            hex(&mac(b"YourAccessKeySecret", &to_sign)),
            "06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"
        );
        let signed =
            sign(&Scheme { algorithm: Algorithm::Acs3, service: String::new(), region: String::new() }, &request);
        assert_eq!(signed.headers[0], header("x-acs-date", "2023-10-26T10:22:32Z"));
    }

    /// The example of Tencent Cloud's documentation of signature v3: DescribeInstances.
    #[test]
    fn tencents_published_example() {
        let signed = sign(
            &Scheme { algorithm: Algorithm::Tc3, service: "cvm".into(), region: String::new() },
            &Unsigned {
                method: "POST",
                host: "cvm.tencentcloudapi.com",
                path: "/",
                headers: &[header("Content-Type", "application/json; charset=utf-8")],
                body: "{\"Limit\": 1, \"Filters\": [{\"Values\": [\"\\u672a\\u547d\\u540d\"], \"Name\": \"instance-name\"}]}",
                key: "AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE",
                secret: "Gu5t9xGARNpq86cd98joQYCN3EXAMPLE",
                moment: Moment { unix: 1_551_113_065, nonce: 0 },
            },
        );
        assert_eq!(
            signed.headers[1].1,
            "TC3-HMAC-SHA256 Credential=AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE/2019-02-25/cvm/tc3_request, \
             SignedHeaders=content-type;host, \
             Signature=72e494ea809ad7a8c8f7a4507b9bddcbaa8e581f516e8da2f66e2c5a96525168"
        );
    }
}
