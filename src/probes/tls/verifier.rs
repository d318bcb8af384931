//! How a certificate is judged: as usual, by being one that was pasted into the form, or by nothing.

use std::sync::Arc;

use rustls::{
    CertificateError, DigitallySignedStruct, Error, OtherError, SignatureScheme,
    client::{
        WebPkiServerVerifier,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
        verify_server_name,
    },
    crypto::CryptoProvider,
    pki_types::{CertificateDer, ServerName, UnixTime},
    server::ParsedCertificate,
};
use x509_parser::{
    prelude::{FromDer, X509Certificate},
    public_key::PublicKey,
};

/// Accepts any certificate, because the person ticked the box that says so: anyone in between could read along.
#[derive(Debug)]
pub struct AcceptAny {
    schemes: Vec<SignatureScheme>,
}

impl AcceptAny {
    pub fn new(provider: &CryptoProvider) -> Self {
        Self { schemes: provider.signature_verification_algorithms.supported_schemes() }
    }
}

impl ServerCertVerifier for AcceptAny {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(&self, _: &[u8], _: &CertificateDer<'_>, _: &DigitallySignedStruct) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(&self, _: &[u8], _: &CertificateDer<'_>, _: &DigitallySignedStruct) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.schemes.clone()
    }
}

/// What the server sends beside its own certificate, which is valid, expired then.
#[derive(Debug, thiserror::Error)]
#[error("expired at {} s", .0.as_secs())]
pub struct ChainExpired(pub UnixTime);

/// A key that the usual verifier has no algorithm for, as it is too short to be trusted.
#[derive(Debug, thiserror::Error)]
#[error("a key of {0} bits")]
pub struct ShortKey(pub usize);

/// The certificate was issued by whom it is for.
#[derive(Debug, thiserror::Error)]
#[error("self-signed")]
pub struct SelfSigned;

/// An issuer whom nobody trusts, where it is the server itself: then there is no chain that it could send.
fn told_of_issuer(error: Error, leaf: &CertificateDer<'_>) -> Error {
    let is_of_issuer = match &error {
        // The last two: a trusted authority has the same name, but another key.
        Error::InvalidCertificate(
            CertificateError::UnknownIssuer | CertificateError::BadSignature | CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext { .. },
        ) => true,
        Error::InvalidCertificate(CertificateError::Other(other)) => matches!(other.0.downcast_ref(), Some(webpki::Error::CaUsedAsEndEntity)),
        _ => false,
    };
    let is_self_signed = || X509Certificate::from_der(leaf).is_ok_and(|(_, parsed)| parsed.subject().as_raw() == parsed.issuer().as_raw());
    if is_of_issuer && is_self_signed() { CertificateError::Other(OtherError(Arc::new(SelfSigned))).into() } else { error }
}

/// Bits of an RSA key.
const SHORTEST_KEY: usize = 2_048;

/// What a signature that does not verify comes of, where a key is too short for it. Otherwise it would be told of its issuer.
fn explained(error: Error, certificates: &[&CertificateDer<'_>]) -> Error {
    let is_of_signature = matches!(
        error,
        Error::InvalidCertificate(
            CertificateError::BadSignature
                | CertificateError::UnknownIssuer
                | CertificateError::UnsupportedSignatureAlgorithmContext { .. }
                | CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext { .. }
        )
    );
    let short = certificates.iter().filter_map(|certificate| rsa_bits(certificate)).find(|bits| *bits < SHORTEST_KEY);
    match short.filter(|_| is_of_signature) {
        Some(bits) => CertificateError::Other(OtherError(Arc::new(ShortKey(bits)))).into(),
        None => error,
    }
}

fn rsa_bits(certificate: &CertificateDer<'_>) -> Option<usize> {
    let (_, parsed) = X509Certificate::from_der(certificate).ok()?;
    match parsed.public_key().parsed().ok()? {
        PublicKey::RSA(key) => Some(key.key_size()),
        _ => None,
    }
}

/// As usual, but a server that shows the very certificate that was pasted is trusted as well, if name and dates are right.
///
/// The usual verifier refuses a self-signed certificate that is marked as an authority even when it is among the roots, and does not say
/// whose certificate has expired.
#[derive(Debug)]
pub struct Verifier {
    usual: Arc<WebPkiServerVerifier>,
    pasted: Vec<CertificateDer<'static>>,
}

impl Verifier {
    pub fn new(usual: Arc<WebPkiServerVerifier>, pasted: Vec<CertificateDer<'static>>) -> Self {
        Self { usual, pasted }
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        chain: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if !self.pasted.iter().any(|certificate| certificate == leaf) {
            return self.usual.verify_server_cert(leaf, chain, name, ocsp, now).map_err(|error| match error {
                Error::InvalidCertificate(CertificateError::ExpiredContext { not_after, .. }) if verify_dates(leaf, now).is_ok() => {
                    CertificateError::Other(OtherError(Arc::new(ChainExpired(not_after)))).into()
                }
                other => told_of_issuer(explained(other, &chain.iter().chain([leaf]).collect::<Vec<_>>()), leaf),
            });
        }
        verify_dates(leaf, now)?;
        verify_server_name(&ParsedCertificate::try_from(leaf)?, name)?;
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(&self, message: &[u8], leaf: &CertificateDer<'_>, dss: &DigitallySignedStruct) -> Result<HandshakeSignatureValid, Error> {
        self.usual.verify_tls12_signature(message, leaf, dss).map_err(|error| explained(error, &[leaf]))
    }

    fn verify_tls13_signature(&self, message: &[u8], leaf: &CertificateDer<'_>, dss: &DigitallySignedStruct) -> Result<HandshakeSignatureValid, Error> {
        self.usual.verify_tls13_signature(message, leaf, dss).map_err(|error| explained(error, &[leaf]))
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.usual.supported_verify_schemes()
    }
}

fn verify_dates(leaf: &CertificateDer<'_>, now: UnixTime) -> Result<(), Error> {
    let (_, parsed) = X509Certificate::from_der(leaf).map_err(|_| CertificateError::BadEncoding)?;
    let validity = parsed.validity();
    let now = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
    if now < validity.not_before.timestamp() {
        Err(CertificateError::NotValidYet.into())
    } else if now > validity.not_after.timestamp() {
        Err(CertificateError::Expired.into())
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use rustls::pki_types::pem::PemObject;

    use super::*;
    use crate::tls::TlsError;

    /// Of RSA with 1,024 bits.
    const SHORT: &str = "\
-----BEGIN CERTIFICATE-----\n\
MIICHzCCAYigAwIBAgIUBYXWEq5pTdKOwlIrVP6cgmMt7xYwDQYJKoZIhvcNAQEL\n\
BQAwFTETMBEGA1UEAwwKc2hvcnQudGVzdDAgFw0yNjExMjcyMTEwMzhaGA8yMTI2\n\
MTEwMzIxMTAzOFowFTETMBEGA1UEAwwKc2hvcnQudGVzdDCBnzANBgkqhkiG9w0B\n\
AQEFAAOBjQAwgYkCgYEA53pDbyGvNRyE1HMppvFOI/ZcL+WrXlPGU1QJpKSpLMJg\n\
Urs0chSGmaHBJtKOig+DrYYip1t0S0Cz/GMtzg8381jbzhMSH3SjvWgcvyolrru2\n\
C/KbHYnmuiw8qwMdXx5YELPpV0JSU5SEEXbLHGIeHfrTNN5GsJUn/uCGl3Wjv9kC\n\
AwEAAaNqMGgwHQYDVR0OBBYEFDCtEAyAQ2JxeTsVp3KGxFlQRqDvMB8GA1UdIwQY\n\
MBaAFDCtEAyAQ2JxeTsVp3KGxFlQRqDvMA8GA1UdEwEB/wQFMAMBAf8wFQYDVR0R\n\
BA4wDIIKc2hvcnQudGVzdDANBgkqhkiG9w0BAQsFAAOBgQClXn8N7Z/RgnFGFMiL\n\
gY5pr22mZbCRy0amZxctkjR6AdiZUEtag/xFUWLz9LJEcalUFKLhQVLZ4lR3eZHB\n\
EwoEWLWWedrUYBs1MigXEGlZnhM7e44LSUQsC4L/PxpOWV/K65UTXBGM4WmbnT8e\n\
4Lbf187EtcuaH3E7BT+SLreb9A==\n\
-----END CERTIFICATE-----\n\n";

    #[test]
    fn a_signature_by_a_short_key_is_told_of_the_key() {
        let certificate = CertificateDer::from_pem_slice(SHORT.as_bytes()).expect("a certificate");
        for fault in [CertificateError::BadSignature, CertificateError::UnknownIssuer] {
            let told = TlsError::from(&explained(fault.into(), &[&certificate]));
            assert_eq!(told, TlsError::ShortKey(1_024));
        }
        let expired = explained(CertificateError::Expired.into(), &[&certificate]);
        assert_eq!(TlsError::from(&expired), TlsError::Expired(None));
    }
}
