//! The certificate and private key that are shown to a service which asks who we are.

use std::{
    fmt,
    hash::{Hash, Hasher},
    sync::Arc,
};

use rustls::{
    client::ResolvesClientCert,
    crypto::ring::sign::any_supported_type,
    pki_types::{PrivateKeyDer, pem::PemObject},
    sign::{CertifiedKey, SingleCertAndKey},
};
use sha2::{Digest, Sha256};

use super::{pem, read_certificates};

/// A pair that fits. Equal to another of the same certificates and key.
#[derive(Clone)]
pub struct Identity {
    pair: Arc<CertifiedKey>,
    digest: [u8; 32],
}

/// Which half cannot be used, in words for its field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoIdentity {
    Certificate(String),
    Key(String),
}

impl NoIdentity {
    pub fn text(self) -> String {
        match self {
            Self::Certificate(text) | Self::Key(text) => text,
        }
    }
}

impl Identity {
    /// Reads a chain of certificates, the client's own first, and the private key of that one.
    ///
    /// # Errors
    /// Either cannot be read, or they do not belong together.
    pub fn read(certificates: &str, key: &str) -> Result<Self, NoIdentity> {
        let chain = read_certificates(certificates).map_err(NoIdentity::Certificate)?;
        let refused = |text: &str| NoIdentity::Key(text.to_owned());
        let restored = pem::restored(key);
        if restored.contains("ENCRYPTED") {
            return Err(refused("This key asks for a passphrase. Paste it without one, as `openssl pkey` writes it."));
        }
        let der = PrivateKeyDer::from_pem_slice(restored.as_bytes())
            .map_err(|_| refused("Paste a private key in PEM form, from -----BEGIN PRIVATE KEY----- to -----END PRIVATE KEY-----."))?;
        let key = any_supported_type(&der).map_err(|_| refused("A private key of this type cannot be used: take RSA, ECDSA on P-256 or P-384, or Ed25519."))?;
        let mut digest = Sha256::new_with_prefix(der.secret_der());
        chain.iter().for_each(|certificate| digest.update(certificate));
        let pair = CertifiedKey::new(chain, key);
        pair.end_entity_cert().map_err(|_| NoIdentity::Certificate("The client certificate is missing.".into()))?;
        pair.keys_match().map_err(|_| refused("This private key does not belong to the client certificate."))?;
        Ok(Self { pair: pair.into(), digest: digest.finalize().into() })
    }

    pub fn resolver(&self) -> Arc<dyn ResolvesClientCert> {
        Arc::new(SingleCertAndKey::from(Arc::clone(&self.pair)))
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Identity")
    }
}

impl PartialEq for Identity {
    fn eq(&self, other: &Self) -> bool {
        self.digest == other.digest
    }
}

impl Eq for Identity {}

impl Hash for Identity {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.digest.hash(state);
    }
}
