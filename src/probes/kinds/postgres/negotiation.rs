//! Whether a session is encrypted: asked for here rather than by the client, which cannot show the certificate.

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::failure;
use crate::{
    kinds::{Cause, Failure, Target, encryption, limited_stream::LimitedStream},
    tls::TlsPolicy,
};

/// Length 8, then the number that stands for `SSLRequest` in place of a protocol version.
const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f];

pub type Wire = LimitedStream<TcpStream>;

/// As libpq's `sslmode`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TlsMode {
    Disable,
    Prefer,
    Require,
    VerifyFull,
}

impl TlsMode {
    pub fn of(target: &Target) -> Self {
        match target.text("tls") {
            "disable" => Self::Disable,
            "require" => Self::Require,
            "verify-full" => Self::VerifyFull,
            _ => Self::Prefer,
        }
    }

    /// Only `verify-full` always verifies. `require` does once it was given an authority, as in libpq.
    fn policy(self, target: &Target) -> Result<TlsPolicy, Failure> {
        let verified = encryption::policy(target)?;
        let verifies = self == Self::VerifyFull || (self == Self::Require && !verified.ca_pem.trim().is_empty());
        Ok(if verifies { verified } else { TlsPolicy { ca_pem: String::new(), skip_verification: true, ..verified } })
    }
}

/// What the server agreed to: the connection is ready for a plain session, or for a TLS handshake under this policy.
pub enum Offer {
    Plain(Wire),
    Encrypted(Wire, TlsPolicy),
}

/// Connects, and asks for TLS if the mode wants it.
///
/// # Errors
/// No connection; [`Cause::NoTls`] when the server declines what the mode requires; an answer that is not PostgreSQL's.
pub async fn negotiate(target: &Target) -> Result<Offer, Failure> {
    let mode = TlsMode::of(target);
    let mut wire = LimitedStream::new(target.dial(target.text("host"), target.port()).await?);
    if mode == TlsMode::Disable {
        return Ok(Offer::Plain(wire));
    }
    wire.write_all(&SSL_REQUEST).await.map_err(|error| failure::of_io(&error))?;
    match wire.read_u8().await.map_err(|error| failure::of_io(&error))? {
        b'S' => Ok(Offer::Encrypted(wire, mode.policy(target)?)),
        b'N' if mode == TlsMode::Prefer => Ok(Offer::Plain(wire)),
        b'N' => Err(Failure::new(Cause::NoTls, "The server declined to encrypt the connection.")),
        _ => Err(Failure::new(Cause::UnexpectedAnswer, "The answer to the request for TLS is not PostgreSQL's protocol.")),
    }
}
