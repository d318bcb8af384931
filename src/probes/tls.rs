//! TLS to probed services: whom to trust, what the peer showed, and what a failed handshake means.

use std::{
    collections::HashMap,
    sync::{Arc, LazyLock},
};

use parking_lot::Mutex;
use rustls::{
    ClientConfig, RootCertStore,
    client::{Resumption, WebPkiServerVerifier, danger::ServerCertVerifier},
    crypto::{CryptoProvider, ring},
    pki_types::{CertificateDer, ServerName, pem::PemObject},
};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsConnector;

mod error;
mod identity;
mod peer;
mod pem;
mod stream;
mod verifier;

pub use error::TlsError;
pub use identity::{Identity, NoIdentity};
pub use peer::PeerCertificate;
pub use stream::{TlsStream, Trouble};
use verifier::{AcceptAny, Verifier};

/// How a peer's certificate is judged, and what it is shown of us.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct TlsPolicy {
    /// PEM certificates trusted beside the machine's and Mozilla's roots; empty for none.
    pub ca_pem: String,
    /// Accept any certificate. Only ever set by the person, on the form.
    pub skip_verification: bool,
    /// Shown to a peer that asks for a client certificate.
    pub identity: Option<Identity>,
}

/// Mozilla's roots and the machine's, read once.
static BASE_ROOTS: LazyLock<RootCertStore> = LazyLock::new(|| {
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    roots
});

/// Built configurations: a heartbeat should not copy some hundred roots each time.
static BUILT: LazyLock<Mutex<HashMap<TlsPolicy, Arc<ClientConfig>>>> = LazyLock::new(Mutex::default);
const MAX_BUILT: usize = 256;

impl TlsPolicy {
    /// Verifies, by the usual roots and these.
    pub fn trusting(ca_pem: &str) -> Self {
        Self { ca_pem: ca_pem.to_owned(), ..Self::default() }
    }

    /// The same, showing nothing of us.
    #[must_use]
    pub fn without_identity(self) -> Self {
        Self { identity: None, ..self }
    }

    /// The rustls configuration; no ALPN is offered. Sessions are not resumed, since a resumed one shows no certificate to judge.
    ///
    /// # Errors
    /// The PEM text that could not be read, in words for the form.
    pub fn client_config(&self) -> Result<Arc<ClientConfig>, String> {
        // What shows an identity is not kept here: its key would outlive the connection it belongs to.
        if let Some(identity) = &self.identity {
            let mut config = (*self.clone().without_identity().client_config()?).clone();
            config.client_auth_cert_resolver = identity.resolver();
            return Ok(config.into());
        }
        if let Some(config) = BUILT.lock().get(self) {
            return Ok(config.clone());
        }
        let config = Arc::new(self.build()?);
        let mut built = BUILT.lock();
        if built.len() >= MAX_BUILT {
            built.clear();
        }
        built.insert(self.clone(), config.clone());
        Ok(config)
    }

    fn build(&self) -> Result<ClientConfig, String> {
        let provider = Arc::new(ring::default_provider());
        let verifier = self.verifier(&provider)?;
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|_| "No version of TLS can be offered.".to_owned())?
            .dangerous()
            .with_custom_certificate_verifier(verifier)
            .with_no_client_auth();
        config.resumption = Resumption::disabled();
        Ok(config)
    }

    fn verifier(&self, provider: &Arc<CryptoProvider>) -> Result<Arc<dyn ServerCertVerifier>, String> {
        let certificates = read_certificates(&self.ca_pem)?;
        if self.skip_verification {
            return Ok(Arc::new(AcceptAny::new(provider)));
        }
        let mut roots = BASE_ROOTS.clone();
        for (index, certificate) in certificates.iter().enumerate() {
            roots.add(certificate.clone()).map_err(|_| format!("Certificate {} cannot be read.", index + 1))?;
        }
        let usual = WebPkiServerVerifier::builder_with_provider(roots.into(), provider.clone())
            .build()
            .map_err(|_| "These certificates cannot be trusted together.".to_owned())?;
        Ok(Arc::new(Verifier::new(usual, certificates)))
    }
}

fn read_certificates(pem: &str) -> Result<Vec<CertificateDer<'static>>, String> {
    if pem.trim().is_empty() {
        return Ok(Vec::new());
    }
    if pem.contains("PRIVATE KEY-----") {
        return Err("This contains a private key. Paste certificates only, and replace that key if it is in use.".into());
    }
    let certificates = CertificateDer::pem_slice_iter(pem::restored(pem).as_bytes()).collect::<Result<Vec<_>, _>>();
    match certificates {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        _ => Err("Paste certificates in PEM form, from -----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----.".into()),
    }
}

/// Puts TLS over an open connection to `host`, which is a name or an address, bracketed or not.
///
/// # Errors
/// See [`TlsError`].
pub async fn handshake<S>(stream: S, host: &str, policy: &TlsPolicy) -> Result<TlsStream<S>, TlsError>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    shake(stream, host, policy, None).await
}

/// The same, with the `protocol` that is spoken inside agreed on (ALPN), such as `h2`.
///
/// # Errors
/// See [`TlsError`].
pub async fn handshake_for<S>(stream: S, host: &str, policy: &TlsPolicy, protocol: &[u8]) -> Result<TlsStream<S>, TlsError>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    shake(stream, host, policy, Some(protocol)).await
}

async fn shake<S>(stream: S, host: &str, policy: &TlsPolicy, protocol: Option<&[u8]>) -> Result<TlsStream<S>, TlsError>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let name = server_name(host).ok_or_else(|| TlsError::InvalidHost(host.to_owned()))?;
    let mut config = (*policy.client_config().map_err(TlsError::InvalidCa)?).clone();
    config.alpn_protocols = protocol.map(<[u8]>::to_vec).into_iter().collect();
    let asked = stream::CertificateRequest::about(&mut config, policy.identity.is_some());
    match TlsConnector::from(Arc::new(config)).connect(name, stream).await {
        Ok(stream) => Ok(TlsStream::new(stream, asked)),
        Err(error) => Err(asked.explain(error).into()),
    }
}

/// The name or address that a certificate must be for.
pub fn server_name(host: &str) -> Option<ServerName<'static>> {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    if let Ok(name) = ServerName::try_from(bare.to_owned()) {
        return Some(name);
    }
    match url::Host::parse(host).ok()? {
        url::Host::Domain(name) => ServerName::try_from(name).ok(),
        url::Host::Ipv4(address) => Some(std::net::IpAddr::V4(address).into()),
        url::Host::Ipv6(address) => Some(std::net::IpAddr::V6(address).into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_configuration_is_built_once_per_policy() {
        let policy = TlsPolicy::default();
        let first = policy.client_config().expect("configuration");
        assert!(Arc::ptr_eq(&first, &policy.client_config().expect("configuration")));
        assert!(first.alpn_protocols.is_empty());
    }

    #[test]
    fn text_that_is_no_certificate_is_refused_in_words() {
        for pem in ["hello", "-----BEGIN CERTIFICATE-----\n!!\n-----END CERTIFICATE-----", "-----BEGIN CERTIFICATE-----\naGVsbG8=\n-----END CERTIFICATE-----"] {
            let error = TlsPolicy::trusting(pem).client_config().expect_err(pem);
            assert!(error.ends_with('.'), "{error}");
        }
        let key = "-----BEGIN PRIVATE KEY-----\naGVsbG8=\n-----END PRIVATE KEY-----";
        let error = TlsPolicy::trusting(key).client_config().expect_err("a key");
        assert!(error.contains("private key"), "{error}");
    }

    #[test]
    fn names_and_addresses_are_both_hosts() {
        for host in ["localhost", "127.0.0.1", "[::1]", "::1", "xn--bcher-kva.example", "bücher.example"] {
            assert!(server_name(host).is_some(), "{host}");
        }
        assert!(server_name("a b").is_none());
    }
}
