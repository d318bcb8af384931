//! An encrypted connection in words, for the scenarios that tell of it.

use rustls::ProtocolVersion;
use tokio_rustls::client::TlsStream;

use super::{Artefact, Cause, Failure, Finding};
use crate::tls::{PeerCertificate, TlsPolicy};

/// The certificates that the peer showed, as DER, its own first.
pub fn chain<S>(stream: &TlsStream<S>) -> Vec<Vec<u8>> {
    stream.get_ref().1.peer_certificates().unwrap_or_default().iter().map(|certificate| certificate.to_vec()).collect()
}

/// The same as evidence; nothing where there is none.
pub fn evidence(chain: &[Vec<u8>]) -> Option<Artefact> {
    (!chain.is_empty()).then(|| Artefact::certificates("certificate-chain", chain.iter().map(Vec::as_slice)))
}

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

/// A certificate with fewer days left is told of. Automatic renewal usually happens with 30 left.
const MIN_CERTIFICATE_DAYS: i64 = 14;

/// Whether the certificate lasts another two weeks.
///
/// # Errors
/// [`Cause::CertificateExpiring`], or that it cannot be read.
pub fn expiry<S>(stream: &TlsStream<S>) -> Result<Finding, Failure> {
    let evidence = evidence(&chain(stream));
    let Some(PeerCertificate { not_after, days_left, .. }) = PeerCertificate::of(stream) else {
        return Err(Failure::new(Cause::CertificateUnacceptable, "The certificate cannot be read.").with_all(evidence));
    };
    let found = format!("{days_left} days left, until {}.", not_after.as_datetime().format("%Y-%m-%d"));
    if days_left < MIN_CERTIFICATE_DAYS {
        return Err(Failure::new(Cause::CertificateExpiring, found).with_all(evidence));
    }
    Ok(Finding::from(found).with_all(evidence))
}
