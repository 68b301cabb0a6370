//! The roots of trust: `ca_file`, of which only the certificates are taken that the server's chain asks for.
//!
//! A bundle holds some 140 certificates and a chain ends in one of them. So the bundle is read when the chain is known
//! ([`super::anchors`] says how), and only those roots whose subject is the issuer of a presented certificate are kept.
//! Leaving a root out can only make a chain fail, never pass: whether it is good is webpki's to say, as ever.

use super::anchors;
use super::failures::plain;
use super::tls::SIGNATURES;
use crate::failure::{ErrorKind, Failure};
use crate::io::file::{self, Links};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::crypto::{verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Mutex;
use webpki::EndEntityCert;

/// The file with the roots, opened and not yet read.
#[derive(Debug)]
pub(super) struct Roots {
    path: String,
    file: File,
    /// What was wrong with the file, where that is why verification failed.
    failure: Mutex<Option<Failure>>,
}

impl Roots {
    /// Opens the file, so that a wrong path is said before anything is sent.
    pub fn open(path: &str) -> Result<Roots, Failure> {
        let file = file::open(Path::new(path), Links::Followed).map_err(|error| unreadable(path, &plain(&error)))?;
        Ok(Roots { path: path.to_owned(), file, failure: Mutex::new(None) })
    }

    /// What was wrong with the file, if that is why verification failed.
    pub fn failure(&self) -> Option<Failure> {
        self.failure.lock().ok()?.take()
    }

    /// The roots that a chain may end at.
    fn matching(&self, chain: &[&CertificateDer<'_>]) -> Result<RootCertStore, Failure> {
        let found =
            anchors::find(&self.file, chain).map_err(|error: io::Error| unreadable(&self.path, &plain(&error)))?;
        if found.certificates == 0 {
            let message = format!("ca_file {} holds no certificate (PEM is expected)", self.path);
            return Err(Failure { kind: ErrorKind::Tls, message });
        }
        let mut store = RootCertStore::empty();
        store.add_parsable_certificates(found.anchors);
        Ok(store)
    }
}

/// The error with the names that the certificate is for, as they stand in it. webpki makes them with `{:?}`.
fn with_names(error: Error, end_entity: &CertificateDer<'_>) -> Error {
    let Error::InvalidCertificate(CertificateError::NotValidForNameContext { expected, presented }) = error else {
        return error;
    };
    let certificate = EndEntityCert::try_from(end_entity).ok();
    let names: Vec<String> = certificate.iter().flat_map(|it| it.valid_dns_names()).map(str::to_owned).collect();
    // Of names that are none of the DNS's nobody could be told.
    Error::InvalidCertificate(if names.is_empty() && !presented.is_empty() {
        CertificateError::NotValidForName
    } else {
        CertificateError::NotValidForNameContext { expected, presented: names }
    })
}

fn unreadable(path: &str, why: &str) -> Failure {
    Failure { kind: ErrorKind::Tls, message: format!("ca_file {path} cannot be read: {why}") }
}

impl ServerCertVerifier for Roots {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let certificate = ParsedCertificate::try_from(end_entity)?;
        let chain: Vec<_> = std::iter::once(end_entity).chain(intermediates).collect();
        let roots = self.matching(&chain).map_err(|failure| {
            if let Ok(mut slot) = self.failure.lock() {
                *slot = Some(failure);
            }
            Error::InvalidCertificate(CertificateError::UnknownIssuer)
        })?;
        // The two halves of rustls' own verifier, without its revocation lists, which nobody could give us.
        verify_server_cert_signed_by_trust_anchor(&certificate, &roots, intermediates, now, SIGNATURES.all)?;
        verify_server_name(&certificate, server_name).map_err(|error| with_names(error, end_entity))?;
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signature, &SIGNATURES)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signature, &SIGNATURES)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        SIGNATURES.supported_schemes()
    }
}
