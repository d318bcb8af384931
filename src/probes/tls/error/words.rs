//! What the TLS library says, in words. Its own are made for programmers: nothing of them is passed on.

use std::borrow::Cow;

use rustls::{AlertDescription, CertificateError, Error};

/// For what no words fit better.
pub const SOMETHING: &str = "it breaks a rule that clients check";

/// An error of the handshake itself.
pub const fn of_tls(error: &Error) -> &'static str {
    match error {
        Error::InappropriateMessage { .. } | Error::InappropriateHandshakeMessage { .. } => "the server sent a message that is out of turn",
        Error::PeerIncompatible(_) => "the server offers no version, cipher or extension that the console speaks",
        Error::PeerMisbehaved(_) => "the server breaks the rules of TLS",
        Error::NoCertificatesPresented => "the server shows no certificate",
        Error::UnsupportedNameType => "the server cannot be asked for a host of this form",
        Error::DecryptError => "what the server sent cannot be decrypted",
        Error::PeerSentOversizedRecord => "the server sent a record larger than TLS allows",
        Error::InvalidCertRevocationList(_) => "a revocation list cannot be used",
        Error::InconsistentKeys(_) => "the client certificate and its private key do not belong together",
        Error::FailedToGetCurrentTime | Error::FailedToGetRandomBytes => "the console's machine has no clock or no randomness",
        _ => "the console's TLS library gave up",
    }
}

/// Why the server broke the handshake off.
pub fn of_alert(alert: AlertDescription) -> Cow<'static, str> {
    let why = match alert {
        AlertDescription::HandshakeFailure | AlertDescription::InsufficientSecurity => "it accepts none of the ciphers and signatures that the console offers",
        AlertDescription::ProtocolVersion => "it speaks neither TLS 1.2 nor 1.3",
        AlertDescription::UnrecognisedName => "it serves no host of this name",
        AlertDescription::InternalError => "it has an error of its own",
        AlertDescription::CloseNotify | AlertDescription::UserCanceled => "it was closing",
        other => return format!("the server broke it off with alert {}", u8::from(other)).into(),
    };
    format!("the server broke it off: {why}").into()
}

/// A fault of a certificate.
pub const fn of_certificate(error: &CertificateError) -> &'static str {
    match error {
        CertificateError::BadEncoding => "its encoding is broken",
        CertificateError::Revoked => "it was revoked",
        CertificateError::UnhandledCriticalExtension => "it demands that clients know an extension which is not common",
        CertificateError::UnknownRevocationStatus => "whether it was revoked cannot be told",
        CertificateError::ExpiredRevocationList | CertificateError::ExpiredRevocationListContext { .. } => "the list of revoked certificates has expired",
        CertificateError::UnsupportedSignatureAlgorithmContext { .. } => "it is signed by an algorithm that is no longer trusted, such as SHA-1",
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => "it is not meant for servers (extended key usage)",
        CertificateError::InvalidOcspResponse => "what the server says of its revocation is broken",
        CertificateError::ApplicationVerificationFailure => SOMETHING,
        #[expect(deprecated, reason = "older verifiers still give it")]
        CertificateError::UnsupportedSignatureAlgorithm => "it is signed by an algorithm that is no longer trusted, such as SHA-1",
        _ => SOMETHING,
    }
}

/// A fault that rustls passes on as webpki found it.
pub const fn of_fault(fault: &webpki::Error) -> &'static str {
    use webpki::Error as Fault;

    match fault {
        Fault::EndEntityUsedAsCa => "one in its chain is no authority, but signed the next",
        Fault::NameConstraintViolation => "its authority may not sign for this name",
        Fault::PathLenConstraintViolated => "its authority may not sign through another authority",
        Fault::UnsupportedCriticalExtension => "it demands that clients know an extension which is not common",
        Fault::InvalidSerialNumber => "its serial number is not allowed",
        Fault::EmptyEkuExtension => "it is meant for nothing (extended key usage)",
        Fault::MalformedDnsIdentifier => "one of its names is no host name",
        Fault::MalformedExtensions | Fault::ExtensionValueInvalid => "one of its extensions is broken",
        Fault::MalformedNameConstraint | Fault::InvalidNetworkMaskConstraint => "the names that its authority may sign for are broken",
        Fault::SignatureAlgorithmMismatch => "it names two different algorithms for its signature",
        Fault::MaximumPathDepthExceeded
        | Fault::MaximumPathBuildCallsExceeded
        | Fault::MaximumSignatureChecksExceeded
        | Fault::MaximumNameConstraintComparisonsExceeded => "its chain is too long or too tangled to follow",
        _ => SOMETHING,
    }
}

#[cfg(test)]
mod tests {
    use std::{io, sync::Arc};

    use rustls::{InconsistentKeys, InvalidMessage, OtherError, PeerIncompatible, PeerMisbehaved, pki_types::UnixTime};

    use super::*;
    use crate::{kinds::Failure, tls::TlsError};

    #[expect(deprecated, reason = "older verifiers still give them")]
    fn certificate_errors() -> Vec<CertificateError> {
        use CertificateError as E;
        let time = UnixTime::since_unix_epoch(std::time::Duration::from_secs(1_700_000_000));
        let expected = rustls::pki_types::ServerName::try_from("a.example").expect("a name");
        let presented = ["DnsName(\"b.example\")", "IpAddress(192.0.2.1)", "DirectoryName", "Unsupported(0x81)"].map(str::to_owned).to_vec();
        let of = |ids: Vec<u8>| E::UnsupportedSignatureAlgorithmContext { signature_algorithm_id: ids, supported_algorithms: Vec::new() };
        vec![
            E::BadEncoding,
            E::Expired,
            E::ExpiredContext { time, not_after: time },
            E::NotValidYet,
            E::NotValidYetContext { time, not_before: time },
            E::Revoked,
            E::UnhandledCriticalExtension,
            E::UnknownIssuer,
            E::UnknownRevocationStatus,
            E::ExpiredRevocationList,
            E::ExpiredRevocationListContext { time, next_update: time },
            E::BadSignature,
            E::UnsupportedSignatureAlgorithm,
            of(vec![6, 9]),
            E::UnsupportedSignatureAlgorithmForPublicKeyContext { signature_algorithm_id: vec![6], public_key_algorithm_id: vec![9] },
            E::NotValidForName,
            E::NotValidForNameContext { expected: expected.clone(), presented },
            E::NotValidForNameContext { expected, presented: Vec::new() },
            E::InvalidPurpose,
            E::InvalidPurposeContext { required: rustls::ExtendedKeyPurpose::ServerAuth, presented: Vec::new() },
            E::InvalidOcspResponse,
            E::ApplicationVerificationFailure,
            E::Other(OtherError(Arc::new(io::Error::other("Something(Odd)")))),
        ]
    }

    fn faults() -> Vec<webpki::Error> {
        use webpki::Error as F;
        vec![
            F::CaUsedAsEndEntity,
            F::CertDistrusted,
            F::EmptyEkuExtension,
            F::EndEntityUsedAsCa,
            F::ExtensionValueInvalid,
            F::InvalidNetworkMaskConstraint,
            F::InvalidSerialNumber,
            F::MalformedDnsIdentifier,
            F::MalformedExtensions,
            F::MalformedNameConstraint,
            F::MaximumNameConstraintComparisonsExceeded,
            F::MaximumPathBuildCallsExceeded,
            F::MaximumPathDepthExceeded,
            F::MaximumSignatureChecksExceeded,
            F::NameConstraintViolation,
            F::PathLenConstraintViolated,
            F::SignatureAlgorithmMismatch,
            F::UnsupportedCertVersion,
            F::UnsupportedCriticalExtension,
            F::UnsupportedNameType,
        ]
    }

    #[test]
    fn no_error_of_tls_speaks_like_a_program() {
        let certificates = certificate_errors().into_iter().map(Error::from);
        let faults = faults().into_iter().map(|fault| Error::from(CertificateError::Other(OtherError(Arc::new(fault)))));
        let alerts = (0..=255).map(|number| Error::AlertReceived(AlertDescription::from(number)));
        let others = [
            Error::InvalidMessage(InvalidMessage::InvalidContentType),
            Error::PeerIncompatible(PeerIncompatible::NoCipherSuitesInCommon),
            Error::PeerMisbehaved(PeerMisbehaved::BadCertChainExtensions),
            Error::InconsistentKeys(InconsistentKeys::KeyMismatch),
            Error::General("Something(Odd)".into()),
            Error::Other(OtherError(Arc::new(io::Error::other("Something(Odd)")))),
            Error::NoCertificatesPresented,
            Error::DecryptError,
            Error::PeerSentOversizedRecord,
            Error::NoApplicationProtocol,
        ];
        for error in certificates.chain(faults).chain(alerts).chain(others) {
            let told = Failure::from(TlsError::from(&io::Error::new(io::ErrorKind::InvalidData, error.clone()))).found;
            let is_plain = |word: &str| word.chars().skip(1).all(|c| !c.is_uppercase()) || ["TLS", "X.509", "SHA-1", "HTTP/2"].contains(&word);
            let mut words = told.split(|c: char| c.is_whitespace() || matches!(c, ',' | ':')).map(|word| word.trim_end_matches('.'));
            assert!(words.all(is_plain) && !told.contains(['{', '"', '_']) && told.ends_with('.'), "{error:?}: {told}");
        }
    }
}
