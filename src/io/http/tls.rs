//! TLS 1.2 and 1.3: what is offered, and the handshake.
//!
//! The offer is what today's servers need and nothing more, since each algorithm costs flash: AES-GCM and ChaCha20,
//! X25519 and P-256, chains of RSA and of ECDSA on P-256 and P-384 (Let's Encrypt's issuers of ECDSA certificates sign
//! with P-384). Verification cannot be turned off.

use super::buffers::Room;
use super::failures::{Carried, plain};
use super::plan::Plan;
use super::roots::Roots;
use super::tls_words;
use super::transport::{self, Ending};
use crate::failure::{ErrorKind, Failure};
use ring::rand::SecureRandom as _;
use rustls::client::{ClientConfig, ClientConnection, Resumption};
use rustls::crypto::ring::{cipher_suite as suite, kx_group};
use rustls::crypto::{CryptoProvider, GetRandomFailed, KeyProvider, SecureRandom, WebPkiSupportedAlgorithms};
use rustls::pki_types::{PrivateKeyDer, ServerName};
use rustls::sign::SigningKey;
use rustls::version::{TLS12, TLS13};
use rustls::{SignatureScheme, Stream, SupportedCipherSuite};
use std::io;
use std::sync::Arc;
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, Either, NextTimeout, Transport, TransportAdapter,
};
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

/// The link of ureq's chain that makes a connection to an https server one of TLS.
#[derive(Debug)]
pub(super) struct Secure {
    pub plan: Arc<Plan>,
    pub ending: Arc<Ending>,
    /// There for every route with TLS.
    pub client: Option<Client>,
}

/// Ready to shake hands: the roots can be read, the name can be verified.
pub(super) struct Client {
    roots: Arc<Roots>,
    config: Arc<ClientConfig>,
    name: ServerName<'static>,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Client")
    }
}

impl Client {
    pub fn new(plan: &Plan) -> Result<Client, Failure> {
        let host = &plan.route.server.host;
        let unusable = |why: &dyn std::fmt::Display| Failure {
            kind: ErrorKind::Tls,
            message: format!("TLS with {host} cannot begin: {why}"),
        };
        let name = ServerName::try_from(host.clone())
            .map_err(|_| unusable(&"it is not a name that a certificate can carry"))?;
        let roots = Arc::new(Roots::open(&plan.route.ca_file)?);
        let mut config = ClientConfig::builder_with_provider(Arc::new(provider()))
            .with_protocol_versions(&[&TLS13, &TLS12])
            .map_err(|error| unusable(&error))?
            .dangerous()
            .with_custom_certificate_verifier(roots.clone())
            .with_no_client_auth();
        // One run, one connection: nothing to resume.
        config.resumption = Resumption::disabled();
        Ok(Client { roots, config: Arc::new(config), name })
    }

    fn handshake<In: Transport>(
        &self,
        plan: &Plan,
        stream: &mut TransportAdapter<In>,
    ) -> Result<ClientConnection, Failure> {
        let mut connection = ClientConnection::new(self.config.clone(), self.name.clone())
            .map_err(|error| refused(plan, &io::Error::other(error)))?;
        match connection.complete_io(stream) {
            Ok(_) => Ok(connection),
            Err(error) => Err(self.roots.failure().unwrap_or_else(|| refused(plan, &error))),
        }
    }
}

impl<In: Transport> Connector<In> for Secure {
    type Out = Either<In, Box<Encrypted<In>>>;

    fn connect(&self, details: &ConnectionDetails, chained: Option<In>) -> Result<Option<Self::Out>, ureq::Error> {
        let Some(transport) = chained else { return Ok(None) };
        // The way to a proxy is set up by the same chain, and is none of TLS.
        let Some(client) = self.client.as_ref().filter(|_| details.needs_tls()) else {
            return Ok(Some(Either::A(transport)));
        };
        let mut stream = TransportAdapter::new(transport, details.current_time.clone());
        stream.set_timeout(details.timeout);
        let connection = client.handshake(&self.plan, &mut stream).map_err(Carried::error)?;
        let (buffers, ending) = (Room::default(), self.ending.clone());
        Ok(Some(Either::B(Box::new(Encrypted { connection, stream, buffers, ending }))))
    }
}

fn refused(plan: &Plan, error: &io::Error) -> Failure {
    let inner = error.get_ref();
    // ureq's own, or the socket's.
    let timed_out = error.kind() == io::ErrorKind::TimedOut
        || matches!(inner.and_then(|inner| inner.downcast_ref::<ureq::Error>()), Some(ureq::Error::Timeout(_)));
    let message = match inner.and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        Some(error) => tls_words::sentence(error, plan),
        None => match error.kind() {
            _ if timed_out => return plan.late(&format!("no TLS handshake with {}", plan.name())),
            io::ErrorKind::UnexpectedEof => format!("{} closed the connection during the TLS handshake", plan.name()),
            _ => format!("the TLS handshake with {} broke off: {}", plan.name(), plain(error)),
        },
    };
    Failure { kind: ErrorKind::Tls, message }
}

/// A verified connection.
pub(super) struct Encrypted<In: Transport> {
    connection: ClientConnection,
    stream: TransportAdapter<In>,
    buffers: Room,
    ending: Arc<Ending>,
}

impl<In: Transport> std::fmt::Debug for Encrypted<In> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Encrypted")
    }
}

impl<In: Transport> Transport for Encrypted<In> {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), ureq::Error> {
        self.stream.set_timeout(timeout);
        let bytes = self.buffers.output().get(..amount).unwrap_or_default();
        transport::send(&mut Stream::new(&mut self.connection, &mut self.stream), bytes, timeout)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, ureq::Error> {
        self.stream.set_timeout(timeout);
        let mut stream = Stream::new(&mut self.connection, &mut self.stream);
        self.ending.read_into(&mut stream, &mut self.buffers, timeout)
    }

    fn is_open(&mut self) -> bool {
        // The other side's close_notify may have been read together with the response before it.
        let quiet = self
            .connection
            .process_new_packets()
            .is_ok_and(|it| !it.peer_has_closed() && it.plaintext_bytes_to_read() == 0);
        quiet && self.stream.get_mut().is_open()
    }

    fn is_tls(&self) -> bool {
        true
    }
}
