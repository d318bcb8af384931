//! What kept TLS from being set up, told apart as far as the person can act on it.

use std::io;

use chrono::DateTime;
use rustls::{CertificateError, Error};

use domain::time::Timestamp;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TlsError {
    #[error("the certificate expired{}", on(*.0))]
    Expired(Option<Timestamp>),
    #[error("the certificate is not valid yet{}", from(*.0))]
    NotYetValid(Option<Timestamp>),
    /// Self-signed, or issued by an authority that is not among the roots.
    #[error("the certificate was not issued by a trusted authority")]
    UnknownIssuer,
    #[error("the certificate is for {}", names(.0))]
    WrongHost(Vec<String>),
    /// The certificate has some other fault.
    #[error("the certificate cannot be accepted: {0}")]
    BadCertificate(String),
    /// The peer does not speak TLS.
    #[error("the answer is not TLS")]
    NotTls,
    /// Both speak TLS, but could not agree.
    #[error("the TLS handshake failed: {0}")]
    Protocol(String),
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
            _ => Self::Io(error.to_string()),
        }
    }
}

impl From<&Error> for TlsError {
    fn from(error: &Error) -> Self {
        match error {
            Error::InvalidCertificate(error) => error.into(),
            Error::InvalidMessage(_) => Self::NotTls,
            other => Self::Protocol(other.to_string()),
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
            // A self-signed certificate that is marked as an authority, which is what `openssl req -x509` makes.
            CertificateError::Other(other) if other.to_string().contains("CaUsedAsEndEntity") => Self::UnknownIssuer,
            CertificateError::NotValidForName => Self::WrongHost(Vec::new()),
            CertificateError::NotValidForNameContext { presented, .. } => Self::WrongHost(presented.iter().map(|name| readable(name)).collect()),
            other => Self::BadCertificate(other.to_string()),
        }
    }
}

/// rustls writes a presented name as `DnsName("example.com")`.
fn readable(name: &str) -> String {
    name.split('"').nth(1).unwrap_or(name).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_names_are_cut_to_three() {
        let many: Vec<_> = ["a", "b", "c", "d", "e"].map(str::to_owned).into();
        assert_eq!(TlsError::WrongHost(many.clone()).to_string(), "the certificate is for a, b, c and 2 more");
        assert_eq!(TlsError::WrongHost(many[..3].to_vec()).to_string(), "the certificate is for a, b, c");
        assert_eq!(TlsError::WrongHost(Vec::new()).to_string(), "the certificate is for another host");
    }
}
