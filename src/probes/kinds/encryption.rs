//! An encrypted connection in words, for the scenarios that tell of it.

use std::collections::BTreeMap;

use rustls::ProtocolVersion;
use secrecy::{ExposeSecret, SecretString};

use super::{Artefact, Cause, Failure, Finding, Target};
use crate::tls::{Identity, NoIdentity, PeerCertificate, TlsPolicy, TlsStream};
use domain::{error::FieldError, kind::Field, profile::Settings, settings::text};

const CERTIFICATE: &str = "client_certificate";
pub const KEY: &str = "client_key";

/// The fields of a client certificate, for kinds whose services may ask for one.
pub fn client_fields() -> [Field; 2] {
    [
        Field::multiline(CERTIFICATE, "Client certificate")
            .hint("PEM, for a service that asks its clients for one: the client's own first, then those that lead to its authority."),
        Field::secret(KEY, "Private key of the client certificate").hint("PEM, without a passphrase.").only_with(CERTIFICATE),
    ]
}

/// How the service is verified and what it is shown, by the settings `ca_pem`, `skip_tls_verification` and those of a client certificate.
///
/// # Errors
/// `ConfigurationInvalid`; settings that passed [`check`] and [`check_key`] have none.
pub fn policy(target: &Target) -> Result<TlsPolicy, Failure> {
    let certificate = target.text(CERTIFICATE);
    let read = || Identity::read(certificate, target.secret(KEY).unwrap_or_default());
    let identity = if certificate.trim().is_empty() { None } else { Some(read().map_err(|why| Failure::new(Cause::ConfigurationInvalid, why.text()))?) };
    Ok(TlsPolicy { ca_pem: target.text("ca_pem").to_owned(), skip_verification: target.flag("skip_tls_verification"), identity })
}

/// What is wrong with the certificates of the settings.
pub fn check(settings: &Settings) -> impl Iterator<Item = FieldError> {
    let unreadable = ["ca_pem", CERTIFICATE].map(|name| Some((name, TlsPolicy::trusting(text(settings, name)).client_config().err()?)));
    unreadable.into_iter().flatten().map(|(name, message)| FieldError::new(format!("settings.{name}"), message))
}

/// What is wrong with the private key of the client certificate, if there is one.
pub fn check_key(settings: &Settings, credential: &BTreeMap<String, SecretString>) -> Option<FieldError> {
    let certificate = Some(text(settings, CERTIFICATE)).filter(|pem| !pem.trim().is_empty())?;
    match Identity::read(certificate, credential.get(KEY)?.expose_secret()) {
        Err(NoIdentity::Key(message)) => Some(FieldError::new(format!("credential.{KEY}"), message)),
        // Told by `check` under its own field.
        Err(NoIdentity::Certificate(_)) | Ok(_) => None,
    }
}

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
    let day = not_after.as_datetime().format("%Y-%m-%d");
    let days = if days_left == 1 { "day" } else { "days" };
    let found = if days_left < 0 { format!("Expired on {day}.") } else { format!("{days_left} {days} left, until {day}.") };
    if days_left < MIN_CERTIFICATE_DAYS {
        return Err(Failure::new(Cause::CertificateExpiring, found).with_all(evidence));
    }
    Ok(Finding::from(found).with_all(evidence))
}
