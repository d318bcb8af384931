//! The certificate that a peer showed, as far as a person asks.

use chrono::DateTime;
use rustls::pki_types::CertificateDer;
use x509_parser::prelude::{FromDer, X509Certificate};

use super::TlsStream;
use domain::time::Timestamp;

/// The leaf certificate of a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerCertificate {
    /// Its common name, or its whole subject where it has none.
    pub subject: String,
    pub issuer: String,
    pub not_after: Timestamp,
    /// Whole days until it expires, as of the handshake; negative once it has.
    pub days_left: i64,
}

impl PeerCertificate {
    /// What the peer showed; none when it cannot be read.
    pub fn of<S>(stream: &TlsStream<S>) -> Option<Self> {
        stream.get_ref().1.peer_certificates()?.first().and_then(Self::read)
    }

    fn read(certificate: &CertificateDer<'_>) -> Option<Self> {
        let (_, parsed) = X509Certificate::from_der(certificate).ok()?;
        let not_after = DateTime::from_timestamp(parsed.validity().not_after.timestamp(), 0)?;
        Some(Self {
            subject: name(parsed.subject()),
            issuer: name(parsed.issuer()),
            not_after: not_after.into(),
            days_left: (not_after - chrono::Utc::now()).num_seconds().div_euclid(86_400),
        })
    }
}

fn name(name: &x509_parser::x509::X509Name<'_>) -> String {
    let common = name.iter_common_name().find_map(|name| name.as_str().ok());
    let text = common.map_or_else(|| name.to_string(), str::to_owned);
    text.chars().filter(|c| !c.is_control()).take(200).collect()
}
