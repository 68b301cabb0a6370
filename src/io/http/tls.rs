//! TLS 1.2 and 1.3: what is offered, and the handshake.
//!
//! The offer is what today's servers need and nothing more, since each algorithm costs flash: AES-GCM and ChaCha20,
//! X25519 and P-256, chains of RSA and of ECDSA on P-256 and P-384 (Let's Encrypt's issuers of ECDSA certificates sign
//! with P-384). Verification cannot be turned off.

use super::connect::plain;
use super::roots::Roots;
use super::socket::Socket;
use super::target::Plan;
use super::tls_words;
use crate::failure::{ErrorKind, Failure};
use ring::rand::SecureRandom as _;
use rustls::client::{ClientConfig, ClientConnection, Resumption};
use rustls::crypto::ring::{cipher_suite as suite, kx_group};
use rustls::crypto::{CryptoProvider, GetRandomFailed, KeyProvider, SecureRandom, WebPkiSupportedAlgorithms};
use rustls::pki_types::{PrivateKeyDer, ServerName};
use rustls::sign::SigningKey;
use rustls::version::{TLS12, TLS13};
use rustls::{SignatureScheme, Stream, SupportedCipherSuite};
use std::io::{self, Read, Write};
use std::sync::Arc;
use webpki::ring as algorithm;

const SUITES: [SupportedCipherSuite; 9] = [
    suite::TLS13_AES_128_GCM_SHA256,
    suite::TLS13_AES_256_GCM_SHA384,
    suite::TLS13_CHACHA20_POLY1305_SHA256,
    suite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
    suite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
    suite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
    suite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
    suite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
    suite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
];

/// In TLS 1.2 a scheme does not fix the curve: either is tried. In 1.3 the first counts.
pub(super) static SIGNATURES: WebPkiSupportedAlgorithms = WebPkiSupportedAlgorithms {
    all: &[
        algorithm::ECDSA_P256_SHA256,
        algorithm::ECDSA_P256_SHA384,
        algorithm::ECDSA_P384_SHA256,
        algorithm::ECDSA_P384_SHA384,
        algorithm::RSA_PKCS1_2048_8192_SHA256,
        algorithm::RSA_PKCS1_2048_8192_SHA384,
        algorithm::RSA_PKCS1_2048_8192_SHA512,
        algorithm::RSA_PSS_2048_8192_SHA256_LEGACY_KEY,
        algorithm::RSA_PSS_2048_8192_SHA384_LEGACY_KEY,
        algorithm::RSA_PSS_2048_8192_SHA512_LEGACY_KEY,
    ],
    mapping: &[
        (SignatureScheme::ECDSA_NISTP256_SHA256, &[algorithm::ECDSA_P256_SHA256, algorithm::ECDSA_P384_SHA256]),
        (SignatureScheme::ECDSA_NISTP384_SHA384, &[algorithm::ECDSA_P384_SHA384, algorithm::ECDSA_P256_SHA384]),
        (SignatureScheme::RSA_PSS_SHA256, &[algorithm::RSA_PSS_2048_8192_SHA256_LEGACY_KEY]),
        (SignatureScheme::RSA_PSS_SHA384, &[algorithm::RSA_PSS_2048_8192_SHA384_LEGACY_KEY]),
        (SignatureScheme::RSA_PSS_SHA512, &[algorithm::RSA_PSS_2048_8192_SHA512_LEGACY_KEY]),
        (SignatureScheme::RSA_PKCS1_SHA256, &[algorithm::RSA_PKCS1_2048_8192_SHA256]),
        (SignatureScheme::RSA_PKCS1_SHA384, &[algorithm::RSA_PKCS1_2048_8192_SHA384]),
        (SignatureScheme::RSA_PKCS1_SHA512, &[algorithm::RSA_PKCS1_2048_8192_SHA512]),
    ],
};

/// The cryptography, cut down.
fn provider() -> CryptoProvider {
    CryptoProvider {
        cipher_suites: SUITES.to_vec(),
        kx_groups: vec![kx_group::X25519, kx_group::SECP256R1],
        signature_verification_algorithms: SIGNATURES,
        secure_random: &Parts,
        key_provider: &Parts,
    }
}

/// What *ring*'s own provider has, without the signing that only a client's certificate would need.
#[derive(Debug)]
struct Parts;

impl SecureRandom for Parts {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), GetRandomFailed> {
        ring::rand::SystemRandom::new().fill(bytes).map_err(|_| GetRandomFailed)
    }
}

impl KeyProvider for Parts {
    fn load_private_key(&self, _: PrivateKeyDer<'static>) -> Result<Arc<dyn SigningKey>, rustls::Error> {
        Err(rustls::Error::General("ddnsd has no client's certificate".to_owned()))
    }
}

/// Ready to shake hands: the roots can be read, the name can be verified.
pub(super) struct Client {
    roots: Arc<Roots>,
    connection: ClientConnection,
}

impl Client {
    pub fn new(plan: &Plan) -> Result<Client, Failure> {
        let unusable = |why: &dyn std::fmt::Display| Failure {
            kind: ErrorKind::Tls,
            message: format!("TLS with {} cannot begin: {why}", plan.host),
        };
        let name = ServerName::try_from(plan.host.clone())
            .map_err(|_| unusable(&"it is not a name that a certificate can carry"))?;
        let roots = Arc::new(Roots::open(&plan.ca_file)?);
        let mut config = ClientConfig::builder_with_provider(Arc::new(provider()))
            .with_protocol_versions(&[&TLS13, &TLS12])
            .map_err(|error| unusable(&error))?
            .dangerous()
            .with_custom_certificate_verifier(roots.clone())
            .with_no_client_auth();
        // One exchange, one connection: nothing to resume.
        config.resumption = Resumption::disabled();
        let connection = ClientConnection::new(Arc::new(config), name).map_err(|error| unusable(&error))?;
        Ok(Client { roots, connection })
    }

    pub fn handshake(mut self, plan: &Plan, mut socket: Socket) -> Result<Box<Session>, Failure> {
        match self.connection.complete_io(&mut socket) {
            Ok(_) => Ok(Box::new(Session { connection: self.connection, socket })),
            Err(error) => Err(self.roots.failure().unwrap_or_else(|| refused(plan, &error))),
        }
    }
}

fn refused(plan: &Plan, error: &io::Error) -> Failure {
    let message = match error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        Some(error) => tls_words::sentence(error, plan),
        None => match error.kind() {
            io::ErrorKind::TimedOut => return plan.late(&format!("no TLS handshake with {}", plan.name())),
            io::ErrorKind::UnexpectedEof => format!("{} closed the connection during the TLS handshake", plan.name()),
            _ => format!("the TLS handshake with {} broke off: {}", plan.name(), plain(error)),
        },
    };
    Failure { kind: ErrorKind::Tls, message }
}

/// A verified connection.
pub(super) struct Session {
    connection: ClientConnection,
    socket: Socket,
}

impl Read for Session {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        // An end without TLS's goodbye is an error here: `answer` takes note of it.
        Stream::new(&mut self.connection, &mut self.socket).read(buffer)
    }
}

impl Write for Session {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Stream::new(&mut self.connection, &mut self.socket).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Stream::new(&mut self.connection, &mut self.socket).flush()
    }
}
