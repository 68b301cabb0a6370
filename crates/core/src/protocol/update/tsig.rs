//! Signatures of messages with a shared secret (RFC 8945).

use super::Name;
use super::message::{self, ANY, Message, Rcode, Record, TSIG, number};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use ring::hmac;
use sha2::{Digest, Sha224};

/// How far two clocks may differ, in seconds: what the RFC recommends.
const FUDGE: u16 = 300;
/// The longest secret that is one.
const LONGEST_SECRET: usize = 1024;

/// How the signature is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// hmac-sha1
    Sha1,
    /// hmac-sha224
    Sha224,
    /// hmac-sha256, which every server must know
    Sha256,
    /// hmac-sha384
    Sha384,
    /// hmac-sha512
    Sha512,
}

impl Algorithm {
    /// All of them, in the order of their names.
    pub const ALL: [Algorithm; 5] =
        [Algorithm::Sha1, Algorithm::Sha224, Algorithm::Sha256, Algorithm::Sha384, Algorithm::Sha512];

    /// Its name, as configuration and messages have it.
    pub fn as_str(self) -> &'static str {
        match self {
            Algorithm::Sha1 => "hmac-sha1",
            Algorithm::Sha224 => "hmac-sha224",
            Algorithm::Sha256 => "hmac-sha256",
            Algorithm::Sha384 => "hmac-sha384",
            Algorithm::Sha512 => "hmac-sha512",
        }
    }

    /// The algorithm of a name.
    pub fn from_name(name: &str) -> Option<Algorithm> {
        Algorithm::ALL.into_iter().find(|it| it.as_str().eq_ignore_ascii_case(name))
    }

    fn name(self) -> Name {
        Name::parse(self.as_str()).expect("every name above is one")
    }

    fn sign(self, secret: &[u8], data: &[u8]) -> Vec<u8> {
        let ring = match self {
            Algorithm::Sha1 => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
            Algorithm::Sha224 => return hmac_sha224(secret, data),
            Algorithm::Sha256 => hmac::HMAC_SHA256,
            Algorithm::Sha384 => hmac::HMAC_SHA384,
            Algorithm::Sha512 => hmac::HMAC_SHA512,
        };
        hmac::sign(&hmac::Key::new(ring, secret), data).as_ref().to_vec()
    }
}

/// HMAC over SHA-224 (RFC 2104), which ring does not have.
fn hmac_sha224(secret: &[u8], data: &[u8]) -> Vec<u8> {
    let mut key = [0; 64];
    if secret.len() > key.len() {
        key[..28].copy_from_slice(&Sha224::digest(secret));
    } else {
        key[..secret.len()].copy_from_slice(secret);
    }
    let inner = Sha224::new().chain_update(key.map(|byte| byte ^ 0x36)).chain_update(data).finalize();
    Sha224::new().chain_update(key.map(|byte| byte ^ 0x5c)).chain_update(inner).finalize().to_vec()
}

/// A name and a secret that the server knows too.
#[derive(Clone, PartialEq, Eq)]
pub struct Key {
    name: Name,
    algorithm: Algorithm,
    secret: Vec<u8>,
}

/// Why there is no such key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyError {
    /// The name is no domain name.
    Name,
    /// The secret is not base64, or empty, or far too long.
    Secret,
}

impl Key {
    /// The key of a configuration: the secret is base64, as `tsig-keygen` prints it.
    ///
    /// # Errors
    /// Which of the two is wrong.
    pub fn new(name: &str, algorithm: Algorithm, secret: &str) -> Result<Key, KeyError> {
        let name = Name::parse(name).ok_or(KeyError::Name)?;
        let secret = STANDARD.decode(secret.trim()).map_err(|_| KeyError::Secret)?;
        if secret.is_empty() || secret.len() > LONGEST_SECRET {
            return Err(KeyError::Secret);
        }
        Ok(Key { name, algorithm, secret })
    }

    /// Signs a request made at `now` (Unix seconds): appends the record, and gives the signature, by which the response
    /// is verified.
    pub(super) fn sign(&self, request: &mut Vec<u8>, now: u64) -> Vec<u8> {
        let variables = Variables { time: now, fudge: FUDGE, error: 0, other: &[] };
        let mut data = request.clone();
        self.variables(&mut data, &variables);
        let mac = self.algorithm.sign(&self.secret, &data);
        let mut rdata = self.algorithm.name().wire().to_vec();
        rdata.extend(&now.to_be_bytes()[2..]);
        rdata.extend(FUDGE.to_be_bytes());
        rdata.extend((mac.len() as u16).to_be_bytes());
        rdata.extend(&mac);
        rdata.extend(&request[..2]);
        rdata.extend([0; 4]);
        message::put(request, &Record { owner: self.name.clone(), kind: TSIG, class: ANY, ttl: 0, data: rdata });
        // Nothing else is in the additional section.
        request[10..12].copy_from_slice(&1_u16.to_be_bytes());
        mac
    }

    /// Judges the signature of a response to the request that was signed with `request_mac`.
    pub(super) fn verify(&self, bytes: &[u8], message: &Message, request_mac: &[u8], now: u64) -> Verdict {
        let Some(found) = Signature::of(message) else { return Verdict::Unsigned };
        if found.mac.is_empty() {
            // A server that does not know the key, or refuses the signature, cannot sign.
            return match (message.rcode, found.error) {
                (Rcode::NOTAUTH, 16) => Verdict::BadSignature,
                (Rcode::NOTAUTH, 17) => Verdict::BadKey,
                _ => Verdict::Unsigned,
            };
        }
        if found.key != self.name || found.algorithm != self.algorithm.name() {
            return Verdict::Wrong;
        }
        let mut data = (request_mac.len() as u16).to_be_bytes().to_vec();
        data.extend(request_mac);
        let start = data.len();
        let Some(signed) = bytes.get(..message.last_at) else { return Verdict::Wrong };
        data.extend(signed);
        let count = number(bytes, 10).unwrap_or(0).saturating_sub(1);
        data[start..start + 2].copy_from_slice(&found.original_id.to_be_bytes());
        data[start + 10..start + 12].copy_from_slice(&count.to_be_bytes());
        let variables = Variables { time: found.time, fudge: found.fudge, error: found.error, other: found.other };
        self.variables(&mut data, &variables);
        if !same(&self.algorithm.sign(&self.secret, &data), found.mac) {
            return Verdict::Wrong;
        }
        match found.error {
            0 if found.time.abs_diff(now) > u64::from(found.fudge) => Verdict::Stale,
            0 => Verdict::Good,
            18 => {
                let server = <[u8; 6]>::try_from(found.other).ok().map(number48);
                Verdict::BadTime { server }
            }
            _ => Verdict::Wrong,
        }
    }

    /// What is signed beside the message (RFC 8945, section 4.3.3).
    fn variables(&self, data: &mut Vec<u8>, variables: &Variables<'_>) {
        data.extend(self.name.wire());
        data.extend(ANY.to_be_bytes());
        data.extend([0; 4]);
        data.extend(self.algorithm.name().wire());
        data.extend(&variables.time.to_be_bytes()[2..]);
        data.extend(variables.fudge.to_be_bytes());
        data.extend(variables.error.to_be_bytes());
        data.extend((variables.other.len() as u16).to_be_bytes());
        data.extend(variables.other);
    }
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Key").field("name", &self.name).field("algorithm", &self.algorithm).finish_non_exhaustive()
    }
}

struct Variables<'a> {
    time: u64,
    fudge: u16,
    error: u16,
    other: &'a [u8],
}

/// What a response's signature is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is the server's, of now, and over this request.
    Good,
    /// There is none.
    Unsigned,
    /// There is one, but nobody with the key made it.
    Wrong,
    /// It was made too long ago, or in the future.
    Stale,
    /// The server could not verify ours.
    BadSignature,
    /// The server does not know the key, or not for this.
    BadKey,
    /// The server's clock differs from ours: its time, in Unix seconds.
    BadTime {
        /// The server's time.
        server: Option<u64>,
    },
}

/// A TSIG record, taken apart.
struct Signature<'a> {
    key: Name,
    algorithm: Name,
    time: u64,
    fudge: u16,
    mac: &'a [u8],
    original_id: u16,
    error: u16,
    other: &'a [u8],
}

impl Signature<'_> {
    /// The last record, if it is one.
    fn of(message: &Message) -> Option<Signature<'_>> {
        let (section, record) = message.records.last()?;
        if record.kind != TSIG || *section != message::Section::Additional || record.class != ANY || record.ttl != 0 {
            return None;
        }
        let data = record.data.as_slice();
        let (algorithm, at) = Name::read(data, 0)?;
        let time = number48(data.get(at..at + 6)?.try_into().ok()?);
        let mac_end = at + 10 + usize::from(number(data, at + 8)?);
        let other_end = mac_end + 6 + usize::from(number(data, mac_end + 4)?);
        Some(Signature {
            key: record.owner.clone(),
            algorithm,
            time,
            fudge: number(data, at + 6)?,
            mac: data.get(at + 10..mac_end)?,
            original_id: number(data, mac_end)?,
            error: number(data, mac_end + 2)?,
            other: data.get(mac_end + 6..other_end).filter(|_| other_end == data.len())?,
        })
    }
}

fn number48(bytes: [u8; 6]) -> u64 {
    bytes.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte))
}

/// Compares in the same time, wherever they differ.
fn same(one: &[u8], other: &[u8]) -> bool {
    one.len() == other.len() && one.iter().zip(other).fold(0, |sum, (one, other)| sum | (one ^ other)) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hmac_sha224_as_in_rfc_4231() {
        let hex = |bytes: Vec<u8>| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        assert_eq!(
            hex(hmac_sha224(&[0x0b; 20], b"Hi There")),
            "896fb1128abbdf196832107cd49df33f47b4b1169912ba4f53684b22"
        );
        assert_eq!(
            hex(hmac_sha224(&[0xaa; 131], b"Test Using Larger Than Block-Size Key - Hash Key First")),
            "95e9a0db962095adaebe9b2d6f0dbce2d499f112f2d2b7273fa6870e"
        );
    }

    #[test]
    fn a_key_is_a_name_and_base64() {
        assert!(Key::new("home-key", Algorithm::Sha256, "c2VjcmV0").is_ok());
        assert_eq!(Key::new("", Algorithm::Sha256, "c2VjcmV0"), Err(KeyError::Name));
        for bad in ["", "c2VjcmV0c", "not base64!"] {
            assert_eq!(Key::new("k", Algorithm::Sha256, bad), Err(KeyError::Secret), "{bad}");
        }
        let key = Key::new("k", Algorithm::Sha1, "c2VjcmV0").unwrap();
        assert!(!format!("{key:?}").contains("secret"));
    }
}
