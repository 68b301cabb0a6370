//! A throw-away certificate authority: root, intermediate and leaf, as a public one has them, good or wrong on purpose.
//!
//! ECDSA keys are made on the spot; RSA keys come from `keys/`, since ring cannot make them. Those are worth nothing:
//! nobody trusts what they sign, but a test that has just been told to.

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384, PKCS_RSA_SHA256, SignatureAlgorithm,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use std::path::{Path, PathBuf};
use std::{fs, io};
use tempfile::TempDir;
use time::{Duration, OffsetDateTime};

const RSA_2048: &str = include_str!("../keys/rsa-2048.pem");
const RSA_4096: &str = include_str!("../keys/rsa-4096.pem");

/// How many roots a public bundle has (Debian's has about as many).
pub const BUNDLE: usize = 140;

/// Which keys sign.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Key {
    /// P-256 throughout.
    #[default]
    Ecdsa,
    /// A leaf of P-256, issuers of P-384, as Let's Encrypt has them.
    EcdsaP384,
    /// A leaf of 2048 bits, issuers of 4096.
    Rsa,
}

/// What is wrong with the certificate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Certificate {
    /// Nothing.
    #[default]
    Good,
    /// It was valid until yesterday.
    Expired,
    /// It is valid from tomorrow.
    NotYetValid,
    /// It is for `other.example`.
    WrongName,
    /// `ca_file` does not have the authority that issued it.
    UnknownAuthority,
    /// `ca_file` has an authority of the same name, with another key.
    ForgedAuthority,
    /// It may only be used by a client.
    WrongPurpose,
    /// It is for 192.0.2.99, and for no name.
    WrongAddress,
    /// It is an authority's own, as `openssl req -x509` makes it.
    Authority,
}

/// What `ca_file` holds beside the authority.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Bundle {
    /// Nothing.
    #[default]
    Alone,
    /// As many others as a public bundle has, of both kinds of keys.
    Full,
    /// What this file holds.
    File(PathBuf),
}

/// What a TLS server needs, and what its clients need to trust it.
#[derive(Debug)]
pub struct Identity {
    /// The leaf, then the intermediate.
    pub chain: Vec<CertificateDer<'static>>,
    /// The leaf's key.
    pub key: PrivateKeyDer<'static>,
    ca_file: PathBuf,
    // Removed when the identity goes.
    _folder: TempDir,
}

impl Identity {
    /// Issues a certificate for `names` (DNS names or addresses).
    pub fn issue(names: &[String], key: Key, certificate: Certificate, bundle: &Bundle) -> io::Result<Identity> {
        let root = authority("ddnsd test root", None, issuer_key(key)?)?;
        let intermediate = authority("ddnsd test intermediate", Some(&root.1), issuer_key(key)?)?;
        let leaf_key = match key {
            Key::Ecdsa | Key::EcdsaP384 => KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(invalid)?,
            Key::Rsa => rsa(RSA_2048)?,
        };
        let leaf = leaf(names, certificate)?.signed_by(&leaf_key, &intermediate.1).map_err(invalid)?;
        let trusted = match certificate {
            Certificate::UnknownAuthority => authority("some other root", None, issuer_key(Key::Ecdsa)?)?.0,
            Certificate::ForgedAuthority => authority("ddnsd test root", None, issuer_key(Key::Ecdsa)?)?.0,
            _ => root.0,
        };
        let folder = tempfile::tempdir()?;
        let ca_file = folder.path().join("ca.pem");
        write_bundle(&ca_file, &trusted, bundle)?;
        Ok(Identity {
            chain: vec![leaf.der().clone(), intermediate.0.der().clone()],
            key: PrivatePkcs8KeyDer::from(leaf_key.serialize_der()).into(),
            ca_file,
            _folder: folder,
        })
    }

    /// The PEM file that clients are to trust; gone when the identity is.
    pub fn ca_file(&self) -> &Path {
        &self.ca_file
    }
}

type Authority = (rcgen::Certificate, Issuer<'static, KeyPair>);

fn authority(name: &str, parent: Option<&Issuer<'static, KeyPair>>, key: KeyPair) -> io::Result<Authority> {
    let mut params = CertificateParams::new(Vec::new()).map_err(invalid)?;
    params.distinguished_name.push(DnType::OrganizationName, "ddnsd tests");
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let now = OffsetDateTime::now_utc();
    (params.not_before, params.not_after) = (now - Duration::days(365), now + Duration::days(3650));
    let certificate = match parent {
        Some(parent) => params.signed_by(&key, parent),
        None => params.self_signed(&key),
    };
    Ok((certificate.map_err(invalid)?, Issuer::new(params, key)))
}

fn leaf(names: &[String], certificate: Certificate) -> io::Result<CertificateParams> {
    let names = match certificate {
        Certificate::WrongName => vec!["other.example".to_owned()],
        Certificate::WrongAddress => vec!["192.0.2.99".to_owned()],
        _ => names.to_vec(),
    };
    let mut params = CertificateParams::new(names).map_err(invalid)?;
    params.distinguished_name.push(DnType::CommonName, "ddnsd test service");
    params.extended_key_usages = vec![match certificate {
        Certificate::WrongPurpose => ExtendedKeyUsagePurpose::ClientAuth,
        _ => ExtendedKeyUsagePurpose::ServerAuth,
    }];
    if certificate == Certificate::Authority {
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    }
    let now = OffsetDateTime::now_utc();
    let (from, until) = match certificate {
        Certificate::Expired => (-90, -1),
        Certificate::NotYetValid => (1, 90),
        _ => (-1, 89),
    };
    (params.not_before, params.not_after) = (now + Duration::days(from), now + Duration::days(until));
    Ok(params)
}

fn issuer_key(key: Key) -> io::Result<KeyPair> {
    let generate = |algorithm: &'static SignatureAlgorithm| KeyPair::generate_for(algorithm).map_err(invalid);
    match key {
        Key::Ecdsa => generate(&PKCS_ECDSA_P256_SHA256),
        Key::EcdsaP384 => generate(&PKCS_ECDSA_P384_SHA384),
        Key::Rsa => rsa(RSA_4096),
    }
}

fn rsa(pem: &str) -> io::Result<KeyPair> {
    KeyPair::from_pkcs8_pem_and_sign_algo(pem, &PKCS_RSA_SHA256).map_err(invalid)
}

/// Puts the authority in the middle of its bundle.
fn write_bundle(path: &Path, trusted: &rcgen::Certificate, bundle: &Bundle) -> io::Result<()> {
    let (before, after) = match bundle {
        Bundle::Alone => (String::new(), String::new()),
        Bundle::Full => {
            let others = (1..BUNDLE).map(other).collect::<io::Result<Vec<String>>>()?;
            (others[..BUNDLE / 2].concat(), others[BUNDLE / 2..].concat())
        }
        Bundle::File(path) => {
            let text = fs::read_to_string(path)?;
            let middle = text[text.len() / 2..].find("-----BEGIN").map_or(text.len(), |at| at + text.len() / 2);
            (text[..middle].to_owned(), text[middle..].to_owned())
        }
    };
    fs::write(path, format!("{before}{}{after}", trusted.pem()))
}

/// A root that nothing is issued by; two in three are RSA, as in a public bundle.
fn other(index: usize) -> io::Result<String> {
    let key = issuer_key(if index.is_multiple_of(3) { Key::EcdsaP384 } else { Key::Rsa })?;
    Ok(authority(&format!("some root of the world, number {index}"), None, key)?.0.pem())
}

fn invalid(error: rcgen::Error) -> io::Error {
    io::Error::other(error)
}
