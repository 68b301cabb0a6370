//! The roots of trust: `ca_file`, of which only the certificates are taken that the server's chain asks for.
//!
//! A bundle holds some 140 certificates and a chain ends in one of them. So the bundle is read when the chain is known,
//! line by line, and only those roots whose subject is the issuer of a presented certificate are kept. Leaving a root
//! out can only make a chain fail, never pass: whether it is good is webpki's to say, as ever.

use super::connect::plain;
use crate::failure::{ErrorKind, Failure};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, TrustAnchor, UnixTime};
use rustls::{CertificateError, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::sync::{Arc, Mutex};

/// More than any bundle; less than a router's memory.
const MAX_FILE: u64 = 4 * 1024 * 1024;
const BEGIN: &[u8] = b"-----BEGIN CERTIFICATE-----";
const END: &[u8] = b"-----END CERTIFICATE-----";

#[derive(Debug)]
pub(super) struct Roots {
    path: String,
    file: File,
    provider: Arc<CryptoProvider>,
    /// What was wrong with the file, where that is why verification failed.
    failure: Mutex<Option<Failure>>,
}

impl Roots {
    /// Opens the file, so that a wrong path is said before anything is sent.
    pub fn open(path: &str, provider: Arc<CryptoProvider>) -> Result<Roots, Failure> {
        let file = File::open(path).map_err(|error| unreadable(path, &error))?;
        Ok(Roots { path: path.to_owned(), file, provider, failure: Mutex::new(None) })
    }

    /// What was wrong with the file, if that is why verification failed.
    pub fn failure(&self) -> Option<Failure> {
        self.failure.lock().ok()?.take()
    }

    /// The roots that one of `issuers` names.
    fn matching(&self, issuers: &[Vec<u8>]) -> Result<Vec<TrustAnchor<'static>>, Failure> {
        let mut anchors = Vec::new();
        let mut seen = 0_usize;
        let file = BufReader::new((&self.file).take(MAX_FILE));
        each_certificate(file, |der| {
            seen += 1;
            let der = CertificateDer::from(der);
            if let Ok(anchor) = webpki::anchor_from_trusted_cert(&der)
                && issuers.iter().any(|issuer| *issuer == *anchor.subject)
            {
                anchors.push(anchor.to_owned());
            }
        })
        .map_err(|error| unreadable(&self.path, &error))?;
        if seen == 0 {
            let message = format!("ca_file {} holds no certificate (PEM is expected)", self.path);
            return Err(Failure { kind: ErrorKind::Tls, message });
        }
        Ok(anchors)
    }
}

/// Calls `take` with the DER of every certificate in a PEM bundle; what is not base64 is skipped.
fn each_certificate(mut file: impl BufRead, mut take: impl FnMut(&[u8])) -> io::Result<()> {
    let mut line = Vec::new();
    let mut text = Vec::new();
    let mut der = Vec::new();
    let mut inside = false;
    loop {
        line.clear();
        if file.read_until(b'\n', &mut line)? == 0 {
            return Ok(());
        }
        let line = line.trim_ascii();
        if line == BEGIN {
            inside = true;
            text.clear();
        } else if inside && line == END {
            inside = false;
            der.clear();
            if STANDARD.decode_vec(&text, &mut der).is_ok() {
                take(&der);
            }
        } else if inside {
            text.extend_from_slice(line);
        }
    }
}

fn unreadable(path: &str, error: &io::Error) -> Failure {
    Failure { kind: ErrorKind::Tls, message: format!("ca_file {path} cannot be read: {}", plain(error)) }
}

/// The name of who signed it, as DER without its outermost wrapping.
fn issuer(certificate: &CertificateDer<'_>) -> Result<Vec<u8>, Error> {
    match webpki::EndEntityCert::try_from(certificate) {
        Ok(parsed) => Ok(parsed.issuer().to_vec()),
        Err(_) => Err(Error::InvalidCertificate(CertificateError::BadEncoding)),
    }
}

impl ServerCertVerifier for Roots {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let mut issuers = vec![issuer(end_entity)?];
        issuers.extend(intermediates.iter().filter_map(|certificate| issuer(certificate).ok()));
        let roots = self.matching(&issuers).map_err(|failure| {
            if let Ok(mut slot) = self.failure.lock() {
                *slot = Some(failure);
            }
            Error::InvalidCertificate(CertificateError::UnknownIssuer)
        })?;
        if roots.is_empty() {
            return Err(Error::InvalidCertificate(CertificateError::UnknownIssuer));
        }
        WebPkiServerVerifier::builder_with_provider(Arc::new(RootCertStore { roots }), self.provider.clone())
            .build()
            .map_err(|error| Error::General(error.to_string()))?
            .verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signature, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signature, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
