//! What kept TLS from being set up, told apart as far as the person can act on it.

use std::{borrow::Cow, io, net::IpAddr};

use chrono::DateTime;
use rustls::{AlertDescription, CertificateError, Error};

use super::verifier::{ChainExpired, SelfSigned, ShortKey};
use crate::system_error;
use domain::time::Timestamp;

mod words;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TlsError {
    #[error("the certificate expired{}", on(*.0))]
    Expired(Option<Timestamp>),
    /// The server's own is valid; one beside it, of an authority between it and the roots, is not any more.
    #[error("a certificate that the server sends beside its own expired{}", on(*.0))]
    ChainExpired(Option<Timestamp>),
    #[error("the certificate is not valid yet{}", from(*.0))]
    NotYetValid(Option<Timestamp>),
    /// Issued by an authority that is not among the roots.
    #[error("the certificate was not issued by a trusted authority")]
    UnknownIssuer,
    #[error("the certificate is self-signed: no authority vouches for it, and nobody trusts it who was not given it")]
    SelfSigned,
    #[error("the certificate is for {}", names(.0))]
    WrongHost(Vec<String>),
    /// At most a common name, which clients no longer read.
    #[error("the certificate names no host: it has no subject alternative name, and clients no longer read its common name")]
    NoNames,
    #[error("the certificate is of X.509 version 1, which cannot say what it is for")]
    OldVersion,
    #[error("the certificate's key is too short: {0} bits, and 2048 are the least that is trusted")]
    ShortKey(usize),
    /// The certificate has some other fault.
    #[error("the certificate cannot be accepted: {0}")]
    BadCertificate(&'static str),
    /// The peer asks who we are, and there is nothing to show.
    #[error("the server asks for a client certificate, and none is set")]
    ClientCertificateMissing,
    #[error("the server did not accept the client certificate{0}")]
    ClientCertificateRefused(&'static str),
    /// The peer does not speak TLS.
    #[error("the answer is not TLS")]
    NotTls,
    /// Of the protocols inside TLS, HTTP/2 is the one that is asked for by name (ALPN).
    #[error("the server does not speak HTTP/2 on this port")]
    NoHttp2,
    /// Both speak TLS, but could not agree.
    #[error("the TLS handshake failed: {0}")]
    Protocol(Cow<'static, str>),
    #[error("the connection was closed during the TLS handshake")]
    Closed,
    #[error("`{0}` is not a host name or address")]
    InvalidHost(String),
    /// The configured authority cannot be read.
    #[error("{0}")]
    InvalidCa(String),
    #[error("the TLS handshake failed: {0}")]
    Io(String),
}

fn on(moment: Option<Timestamp>) -> String {
    moment.map_or_else(String::new, |moment| format!(" on {}", day(moment)))
}

fn from(moment: Option<Timestamp>) -> String {
    moment.map_or_else(String::new, |moment| format!("; it starts on {}", day(moment)))
}

fn day(moment: Timestamp) -> String {
    moment.as_datetime().format("%Y-%m-%d").to_string()
}

/// At most three of the names, as the certificate can carry hundreds.
fn names(presented: &[String]) -> String {
    match presented {
        [] => "another host".into(),
        [first @ .., _] if first.len() >= 3 => format!("{} and {} more", first[..3].join(", "), presented.len() - 3),
        all => all.join(", "),
    }
}

impl From<io::Error> for TlsError {
    fn from(error: io::Error) -> Self {
        (&error).into()
    }
}

impl From<&io::Error> for TlsError {
    fn from(error: &io::Error) -> Self {
        use io::ErrorKind;

        if let Some(error) = error.get_ref().and_then(|inner| inner.downcast_ref::<Error>()) {
            return error.into();
        }
        match error.kind() {
            ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted | ErrorKind::BrokenPipe => Self::Closed,
            _ => Self::Io(system_error::words(error)),
        }
    }
}

impl From<&Error> for TlsError {
    fn from(error: &Error) -> Self {
        match error {
            Error::InvalidCertificate(error) => error.into(),
            Error::InvalidMessage(_) => Self::NotTls,
            Error::AlertReceived(alert) => (*alert).into(),
            Error::NoApplicationProtocol => Self::NoHttp2,
            other => Self::Protocol(words::of_tls(other).into()),
        }
    }
}

impl From<AlertDescription> for TlsError {
    fn from(alert: AlertDescription) -> Self {
        match alert {
            AlertDescription::CertificateRequired => Self::ClientCertificateMissing,
            AlertDescription::NoApplicationProtocol => Self::NoHttp2,
            AlertDescription::AccessDenied => Self::ClientCertificateRefused(""),
            AlertDescription::UnknownCA => Self::ClientCertificateRefused(": it does not know the authority that issued it"),
            AlertDescription::CertificateExpired => Self::ClientCertificateRefused(": it has expired"),
            AlertDescription::CertificateRevoked => Self::ClientCertificateRefused(": it was revoked"),
            AlertDescription::BadCertificate | AlertDescription::CertificateUnknown => Self::ClientCertificateRefused(": it finds fault with it"),
            AlertDescription::UnsupportedCertificate => Self::ClientCertificateRefused(": it does not take this type"),
            other => Self::Protocol(words::of_alert(other)),
        }
    }
}

impl From<&CertificateError> for TlsError {
    fn from(error: &CertificateError) -> Self {
        let moment = |seconds: u64| i64::try_from(seconds).ok().and_then(|seconds| DateTime::from_timestamp(seconds, 0)).map(Timestamp::from);
        match error {
            CertificateError::Expired => Self::Expired(None),
            CertificateError::ExpiredContext { not_after, .. } => Self::Expired(moment(not_after.as_secs())),
            CertificateError::NotValidYet => Self::NotYetValid(None),
            CertificateError::NotValidYetContext { not_before, .. } => Self::NotYetValid(moment(not_before.as_secs())),
            // The last two: its issuer has the name of a trusted authority, but another key.
            CertificateError::UnknownIssuer | CertificateError::BadSignature | CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => {
                Self::UnknownIssuer
            }
            CertificateError::NotValidForName => Self::WrongHost(Vec::new()),
            CertificateError::NotValidForNameContext { presented, .. } => {
                let names: Vec<_> = presented.iter().filter_map(|name| readable(name)).collect();
                if names.is_empty() { Self::NoNames } else { Self::WrongHost(names) }
            }
            CertificateError::Other(other) if let Some(ChainExpired(not_after)) = other.0.downcast_ref() => Self::ChainExpired(moment(not_after.as_secs())),
            CertificateError::Other(other) if let Some(ShortKey(bits)) = other.0.downcast_ref() => Self::ShortKey(*bits),
            CertificateError::Other(other) if other.0.is::<SelfSigned>() => Self::SelfSigned,
            CertificateError::Other(other) => match other.0.downcast_ref() {
                Some(webpki::Error::CaUsedAsEndEntity) => Self::BadCertificate("it is marked as that of an authority, and not as one of a server"),
                Some(webpki::Error::UnsupportedCertVersion) => Self::OldVersion,
                Some(fault) => Self::BadCertificate(words::of_fault(fault)),
                None => Self::BadCertificate(words::SOMETHING),
            },
            other => Self::BadCertificate(words::of_certificate(other)),
        }
    }
}

/// rustls writes a presented name as `DnsName("example.com")` or `IpAddress(192.0.2.1)`; of other types no host can be.
fn readable(name: &str) -> Option<String> {
    let dns_name = name.strip_prefix("DnsName(");
    let inner = dns_name.or_else(|| name.strip_prefix("IpAddress("))?.trim_end_matches(')').trim_matches('"');
    // Clients do not look for an address among the names.
    let is_mistaken = dns_name.is_some() && inner.parse::<IpAddr>().is_ok();
    Some(if is_mistaken { format!("{inner} as a DNS name") } else { inner.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_among_the_names_is_told_from_one_among_the_addresses() {
        let told = |presented: &str| readable(presented).expect("a name");
        assert_eq!(told("DnsName(\"127.0.0.1\")"), "127.0.0.1 as a DNS name");
        assert_eq!([told("IpAddress(127.0.0.1)"), told("DnsName(\"shop.example\")")], ["127.0.0.1", "shop.example"]);
    }

    #[test]
    fn many_names_are_cut_to_three() {
        let many: Vec<_> = ["a", "b", "c", "d", "e"].map(str::to_owned).into();
        assert_eq!(TlsError::WrongHost(many.clone()).to_string(), "the certificate is for a, b, c and 2 more");
        assert_eq!(TlsError::WrongHost(many[..3].to_vec()).to_string(), "the certificate is for a, b, c");
        assert_eq!(TlsError::WrongHost(Vec::new()).to_string(), "the certificate is for another host");
    }
}
