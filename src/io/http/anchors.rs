//! The trust anchors in a PEM bundle that a presented chain can end at, found without parsing the others.
//!
//! webpki ends a path at an anchor whose subject equals, byte for byte, the issuer of a certificate in the chain. So
//! only such certificates can matter, and those alone are decoded as a whole. Of the others, the first lines are
//! decoded, up to the subject, and the rest is skipped. The file streams through one small buffer:
//!
//! ```text
//! -----BEGIN CERTIFICATE-----   ⟵ looked for
//! MIIF3DCCA8SgAwIBAgIRAJAc…     ⟵ decoded, line by line, until the subject is known
//! …                             ⟵ subject is not wanted: skipped; wanted: decoded to the end
//! -----END CERTIFICATE-----
//! ```
//!
//! What is left out: judging certificates. webpki parses what is found here, and verifies.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rustls::pki_types::CertificateDer;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek};

/// More of a file than this is not read: a bundle of every public root has 230 kB.
const LONGEST_FILE: u64 = 4 * 1024 * 1024;

/// A certificate longer than this is passed over.
const LONGEST_CERTIFICATE: usize = 64 * 1024;

/// A line longer than this is not PEM's.
const LONGEST_LINE: u64 = 64 * 1024;

/// No subject ends within fewer bytes of DER than this: a serial number, two names and two times come before.
const LEAST: usize = 144;

const BEGIN: &[u8] = b"BEGIN CERTIFICATE";
const END: &[u8] = b"END CERTIFICATE";

/// What the file holds for a chain.
pub(super) struct Found {
    /// The anchors that the chain may end at, whole.
    pub anchors: Vec<CertificateDer<'static>>,
    /// How many certificates the file has.
    pub certificates: usize,
}

/// Looks through the file, from its beginning, for the anchors of a chain.
///
/// # Errors
/// The file cannot be read.
pub(super) fn find(mut file: &File, chain: &[&CertificateDer<'_>]) -> io::Result<Found> {
    file.rewind()?;
    search(BufReader::new(file.take(LONGEST_FILE)), chain)
}

fn search(mut text: impl BufRead, chain: &[&CertificateDer<'_>]) -> io::Result<Found> {
    let wanted: Vec<&[u8]> = chain.iter().filter_map(|it| names(it).map(|names| names.issuer)).collect();
    let mut found = Found { anchors: Vec::new(), certificates: 0 };
    let (mut line, mut certificate, mut stand) = (Vec::new(), Certificate::default(), Stand::Outside);
    loop {
        line.clear();
        if (&mut text).take(LONGEST_LINE).read_until(b'\n', &mut line)? == 0 {
            return Ok(found);
        }
        let content = line.trim_ascii();
        if content.first() == Some(&b'-') {
            let label = label(content);
            if label == END && stand != Stand::Outside {
                found.certificates += 1;
                if stand == Stand::Wanted {
                    found.anchors.push(CertificateDer::from(certificate.der.clone()));
                }
            }
            stand = if label == BEGIN { Stand::Unknown } else { Stand::Outside };
            certificate.clear();
        } else {
            stand = certificate.push(content, stand, &wanted);
            if matches!(stand, Stand::Outside | Stand::Unwanted) {
                // Base64 has no dash: the next one is in a BEGIN or END line, and the one that is lost is not missed.
                text.skip_until(b'-')?;
            }
        }
    }
}

/// What is between the dashes.
fn label(line: &[u8]) -> &[u8] {
    let text = |it: &u8| *it != b'-';
    match (line.iter().position(text), line.iter().rposition(text)) {
        (Some(first), Some(last)) => &line[first..=last],
        _ => &[],
    }
}

/// Where in the file a line is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stand {
    /// In no certificate.
    Outside,
    /// In one whose subject has not come yet.
    Unknown,
    Wanted,
    Unwanted,
}

/// The certificate whose lines are being read.
#[derive(Default)]
struct Certificate {
    /// What is too short to be decoded yet.
    rest: Vec<u8>,
    der: Vec<u8>,
}

impl Certificate {
    fn clear(&mut self) {
        self.rest.clear();
        self.der.clear();
    }

    /// Takes another line.
    fn push(&mut self, line: &[u8], stand: Stand, wanted: &[&[u8]]) -> Stand {
        if matches!(stand, Stand::Outside | Stand::Unwanted) {
            return stand;
        }
        if self.decode(line).is_none() || self.der.len() > LONGEST_CERTIFICATE {
            return Stand::Outside;
        }
        match stand {
            Stand::Unknown if self.der.len() >= LEAST => match names(&self.der) {
                Some(names) if wanted.contains(&names.subject) => Stand::Wanted,
                Some(_) => Stand::Unwanted,
                None => Stand::Unknown,
            },
            other => other,
        }
    }

    /// Base64 in any lines: what is no multiple of four characters waits for the next.
    fn decode(&mut self, line: &[u8]) -> Option<()> {
        let mut text = line;
        if !self.rest.is_empty() {
            self.rest.extend_from_slice(line);
            text = &self.rest;
        }
        let (now, later) = text.split_at(text.len() / 4 * 4);
        STANDARD.decode_vec(now, &mut self.der).ok()?;
        self.rest = later.to_vec();
        Some(())
    }
}

struct Names<'a> {
    issuer: &'a [u8],
    subject: &'a [u8],
}

/// The names in a certificate (RFC 5280, 4.1), of which the rest may be missing. `None`: they are not in it (yet).
fn names(certificate: &[u8]) -> Option<Names<'_>> {
    const SEQUENCE: u8 = 0x30;
    const INTEGER: u8 = 0x02;
    const VERSION: u8 = 0xa0;
    let (mut rest, _) = header(certificate, SEQUENCE)?;
    (rest, _) = header(rest, SEQUENCE)?;
    if rest.first() == Some(&VERSION) {
        rest = element(rest, VERSION)?.1;
    }
    for tag in [INTEGER, SEQUENCE] {
        rest = element(rest, tag)?.1;
    }
    let (issuer, rest) = element(rest, SEQUENCE)?;
    let (_, rest) = element(rest, SEQUENCE)?;
    let (subject, _) = element(rest, SEQUENCE)?;
    Some(Names { issuer, subject })
}

/// The value of an element of DER, and what follows.
fn element(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (content, length) = header(der, tag)?;
    content.split_at_checked(length)
}

/// What follows an element's tag and length, and that length: one byte, or up to three after a count.
fn header(der: &[u8], tag: u8) -> Option<(&[u8], usize)> {
    let (&found, rest) = der.split_first()?;
    let (&first, rest) = rest.split_first()?;
    if found != tag {
        return None;
    }
    match first {
        0..=0x7f => Some((rest, first.into())),
        0x81..=0x83 => {
            let (bytes, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            Some((rest, bytes.iter().fold(0, |length, &byte| length << 8 | usize::from(byte))))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn der(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
        let content = parts.concat();
        let length = u16::try_from(content.len()).unwrap();
        let mut out = vec![tag];
        match length {
            0..=0x7f => out.push(length as u8),
            0x80..=0xff => out.extend([0x81, length as u8]),
            _ => out.extend([&[0x82][..], &length.to_be_bytes()].concat()),
        }
        out.extend(content);
        out
    }

    /// As much of a certificate as matters here, with a signature of `rest` bytes.
    fn certificate(issuer: &str, subject: &str, rest: usize) -> CertificateDer<'static> {
        let name = |it: &str| der(0x30, &[it.as_bytes()]);
        let fields: [&[u8]; 6] = [
            &der(0xa0, &[&[2, 1, 2]]),
            &der(0x02, &[&[7; 16]]),
            &der(0x30, &[b"algorithm"]),
            &name(issuer),
            &der(0x30, &[b"from", b"until"]),
            &name(subject),
        ];
        let signed = der(0x30, &[&fields.concat(), b"key"]);
        CertificateDer::from(der(0x30, &[&signed, &vec![b's'; rest]]))
    }

    fn pem(certificate: &[u8], width: usize, end: &str) -> String {
        let text = STANDARD.encode(certificate);
        let lines: Vec<&str> = text.as_bytes().chunks(width).map(|it| std::str::from_utf8(it).unwrap()).collect();
        format!("-----BEGIN CERTIFICATE-----{end}{}{end}-----END CERTIFICATE-----{end}", lines.join(end))
    }

    fn found(text: &[u8], chain: &[&CertificateDer<'_>]) -> (Vec<CertificateDer<'static>>, usize) {
        let found = search(BufReader::with_capacity(61, text), chain).unwrap();
        (found.anchors, found.certificates)
    }

    #[test]
    fn only_what_the_chain_asks_for_is_found() {
        let roots: Vec<_> = (0..9).map(|it| certificate(&format!("root {it}"), &format!("root {it}"), 900)).collect();
        let (leaf, middle) = (certificate("middle", "leaf", 9), certificate("root 4", "middle", 9));
        for end in ["\n", "\r\n", "  \n"] {
            for width in [64, 76, 4, 100_000] {
                let bundle: String = roots.iter().map(|it| format!("# a root{end}{}", pem(it, width, end))).collect();
                assert_eq!(found(bundle.as_bytes(), &[&leaf, &middle]), (vec![roots[4].clone()], 9), "{width} {end:?}");
                assert_eq!(found(bundle.as_bytes(), &[&leaf]), (vec![], 9));
                assert_eq!(found(bundle.as_bytes(), &[&roots[0], &roots[8]]).0, [roots[0].clone(), roots[8].clone()]);
            }
        }
    }

    #[test]
    fn roots_of_one_name_are_all_found() {
        let (old, new) = (certificate("a", "root", 700), certificate("root", "root", 800));
        let bundle = [pem(&old, 64, "\n"), pem(&certificate("b", "b", 90), 64, "\n"), pem(&new, 64, "\n")].concat();
        assert_eq!(found(bundle.as_bytes(), &[&certificate("root", "leaf", 9)]), (vec![old, new], 3));
    }

    #[test]
    fn a_subject_that_comes_late_is_found() {
        let root = certificate(&"i".repeat(2_000), "root", 300);
        let bundle = [pem(&certificate(&"x".repeat(3_000), "y", 10), 64, "\n"), pem(&root, 64, "\n")].concat();
        assert_eq!(found(bundle.as_bytes(), &[&certificate("root", "leaf", 9)]), (vec![root], 2));
    }

    #[test]
    fn every_prefix_of_a_bundle_is_read_and_half_a_certificate_is_none() {
        let root = certificate("root", "root", 600);
        let leaf = certificate("root", "leaf", 9);
        let bundle = pem(&root, 64, "\n");
        // The last dashes are not missed.
        let end = bundle.find("-----END").unwrap() + "-----END CERTIFICATE".len();
        for cut in 0..=bundle.len() {
            let (anchors, _) = found(&bundle.as_bytes()[..cut], &[&leaf]);
            assert_eq!(anchors.is_empty(), cut < end, "{cut}");
        }
    }

    #[test]
    fn err_what_is_no_certificate_is_passed_over() {
        let root = certificate("root", "root", 600);
        let good = pem(&root, 64, "\n");
        for noise in [
            "-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n",
            "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n",
            "-----BEGIN CERTIFICATE-----\n",
            "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
            "-----BEGIN TRUSTED CERTIFICATE-----\nAAAA\n-----END TRUSTED CERTIFICATE-----\n",
            "a - b - c\n--\n-\n",
        ] {
            let bundle = [noise, &good, noise].concat();
            assert_eq!(
                found(bundle.as_bytes(), &[&certificate("root", "leaf", 9)]).0,
                std::slice::from_ref(&root),
                "{noise:?}"
            );
        }
    }

    #[test]
    fn every_prefix_of_a_certificate_has_no_names_until_it_has_both() {
        let whole = certificate("issuer", "subject", 0);
        let end = whole.len() - b"key".len();
        for cut in 0..=whole.len() {
            assert_eq!(names(&whole[..cut]).is_some(), cut >= end, "{cut}");
        }
        let names = names(&whole).unwrap();
        assert_eq!((names.issuer, names.subject), (&b"issuer"[..], &b"subject"[..]));
    }

    proptest! {
        #[test]
        fn no_bytes_panic(text in prop::collection::vec(any::<u8>(), 0..2_000), chain in prop::collection::vec(any::<u8>(), 0..300)) {
            let text = [b"-----BEGIN CERTIFICATE-----\n", &text[..], b"\n-----END CERTIFICATE-----"].concat();
            prop_assert!(search(&text[..], &[&CertificateDer::from(chain)]).is_ok());
        }
    }
}
