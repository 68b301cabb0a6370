//! The service's side of TLS.

use crate::certificates::{Bundle, Certificate, Identity, Key};
use rustls::ServerConfig;
use rustls::version::{TLS12, TLS13};
use std::io;
use std::sync::Arc;

/// What the service speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Versions {
    /// 1.2 and 1.3.
    #[default]
    Both,
    /// 1.2 alone.
    Tls12,
    /// 1.3 alone.
    Tls13,
}

/// The service's TLS.
#[derive(Clone, Debug)]
pub struct Tls {
    /// The versions on offer.
    pub versions: Versions,
    /// The keys of leaf and issuers.
    pub key: Key,
    /// What is wrong with the certificate.
    pub certificate: Certificate,
    /// What else `ca_file` holds.
    pub bundle: Bundle,
    /// The names in the certificate.
    pub names: Vec<String>,
}

impl Default for Tls {
    fn default() -> Tls {
        Tls {
            versions: Versions::default(),
            key: Key::default(),
            certificate: Certificate::default(),
            bundle: Bundle::default(),
            names: ["localhost", "127.0.0.1", "::1"].map(str::to_owned).to_vec(),
        }
    }
}

impl Tls {
    pub(crate) fn identity(&self) -> io::Result<Identity> {
        Identity::issue(&self.names, self.key, self.certificate, &self.bundle)
    }

    pub(crate) fn config(&self, identity: &Identity) -> io::Result<Arc<ServerConfig>> {
        let versions = match self.versions {
            Versions::Both => &[&TLS13, &TLS12][..],
            Versions::Tls12 => &[&TLS12],
            Versions::Tls13 => &[&TLS13],
        };
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(versions)
            .and_then(|builder| {
                builder.with_no_client_auth().with_single_cert(identity.chain.clone(), identity.key.clone_key())
            })
            .map_err(io::Error::other)?;
        Ok(Arc::new(config))
    }
}
