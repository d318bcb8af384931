//! An encrypted connection in words, for the scenarios that tell of it.

use rustls::ProtocolVersion;
use tokio_rustls::client::TlsStream;

use crate::engine::tls::{PeerCertificate, TlsPolicy};

/// `TLS 1.3; certificate of db.example by Some Authority, expires in 80 days`, without a full stop.
pub fn describe<S>(stream: &TlsStream<S>, policy: &TlsPolicy) -> String {
    let version = match stream.get_ref().1.protocol_version() {
        Some(ProtocolVersion::TLSv1_3) => "TLS 1.3",
        Some(ProtocolVersion::TLSv1_2) => "TLS 1.2",
        _ => "TLS",
    };
    let verified = if policy.skip_verification { ", not verified" } else { "" };
    match PeerCertificate::of(stream) {
        Some(PeerCertificate { subject, issuer, days_left, .. }) => {
            let expiry = if days_left < 0 { "has expired".to_owned() } else { format!("expires in {days_left} days") };
            format!("{version}; certificate of {subject} by {issuer}, {expiry}{verified}")
        }
        None => format!("{version}; its certificate cannot be read{verified}"),
    }
}
