//! TLS to probed services: whom to trust, and what the peer showed.

use std::sync::Arc;

use rustls::ClientConfig;

/// How a peer's certificate is judged.
#[derive(Clone, Debug, Default)]
pub struct TlsPolicy {
    /// PEM certificates trusted beside the machine's and Mozilla's roots; empty for none.
    pub ca_pem: String,
    /// Accept any certificate. Only ever set by the person, on the form.
    pub skip_verification: bool,
}

impl TlsPolicy {
    /// # Errors
    /// The PEM text that could not be read, in words for the form.
    pub fn client_config(&self) -> Result<Arc<ClientConfig>, String> {
        Err("not built yet".into())
    }
}
