//! An encrypted connection that knows whether the peer asked for a client certificate: many hang up without a word when they get none.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, ready},
};

use rustls::{AlertDescription, ClientConfig, ClientConnection, Error, SignatureScheme, client::ResolvesClientCert, sign::CertifiedKey};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_rustls::client;

use super::TlsError;

/// Whether the peer asked for a client certificate, and whether there was one to show.
#[derive(Clone, Debug)]
pub struct CertificateRequest {
    asked: Arc<AtomicBool>,
    has_identity: bool,
}

#[derive(Debug)]
struct Noting {
    inner: Arc<dyn ResolvesClientCert>,
    asked: Arc<AtomicBool>,
}

impl ResolvesClientCert for Noting {
    fn resolve(&self, root_hint_subjects: &[&[u8]], sigschemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.asked.store(true, Ordering::Relaxed);
        self.inner.resolve(root_hint_subjects, sigschemes)
    }

    fn has_certs(&self) -> bool {
        self.inner.has_certs()
    }
}

impl CertificateRequest {
    /// Has `config` note it, for one connection.
    pub fn about(config: &mut ClientConfig, has_identity: bool) -> Self {
        let asked = Arc::new(AtomicBool::new(false));
        config.client_auth_cert_resolver = Arc::new(Noting { inner: Arc::clone(&config.client_auth_cert_resolver), asked: Arc::clone(&asked) });
        Self { asked, has_identity }
    }

    /// What an error before the first answer means: that the peer had asked, or that its alert cannot be about a certificate of ours.
    pub fn explain(&self, error: io::Error) -> io::Error {
        use io::ErrorKind;

        let fault = error.get_ref().and_then(|inner| inner.downcast_ref::<Error>());
        let alert = match fault {
            Some(Error::AlertReceived(alert)) => Some(*alert),
            _ => None,
        };
        let about_ours = alert.is_some_and(|alert| !self.has_identity && judges_a_certificate(alert));
        let is_refusal = match alert {
            Some(alert) => about_ours || may_mean_a_certificate(alert),
            None => {
                fault.is_none()
                    && matches!(error.kind(), ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted | ErrorKind::BrokenPipe)
            }
        };
        let meant = match alert {
            _ if is_refusal && self.asked.load(Ordering::Relaxed) => {
                if self.has_identity {
                    AlertDescription::AccessDenied
                } else {
                    AlertDescription::CertificateRequired
                }
            }
            // No more than its number is known.
            Some(alert) if about_ours => AlertDescription::Unknown(alert.into()),
            _ => return error,
        };
        io::Error::new(ErrorKind::InvalidData, Error::AlertReceived(meant))
    }
}

/// Whether a peer that asked for a certificate may send it because it got none, or a wrong one.
fn may_mean_a_certificate(alert: AlertDescription) -> bool {
    matches!(
        alert,
        AlertDescription::HandshakeFailure
            | AlertDescription::BadCertificate
            | AlertDescription::CertificateUnknown
            | AlertDescription::NoCertificate
            | AlertDescription::AccessDenied
    )
}

/// Whether it finds fault with the certificate that was shown.
fn judges_a_certificate(alert: AlertDescription) -> bool {
    matches!(
        alert,
        AlertDescription::BadCertificate
            | AlertDescription::UnsupportedCertificate
            | AlertDescription::CertificateRevoked
            | AlertDescription::CertificateExpired
            | AlertDescription::CertificateUnknown
            | AlertDescription::UnknownCA
            | AlertDescription::AccessDenied
    )
}

/// What broke an encrypted connection, for clients that pass on no more than that something did.
pub type Trouble = Arc<OnceLock<TlsError>>;

/// As of tokio-rustls, except for what is told of a peer that hangs up before it said anything.
pub struct TlsStream<S> {
    inner: client::TlsStream<S>,
    asked: CertificateRequest,
    has_heard: bool,
    trouble: Trouble,
}

impl<S> TlsStream<S> {
    pub fn new(inner: client::TlsStream<S>, asked: CertificateRequest) -> Self {
        Self { inner, asked, has_heard: false, trouble: Trouble::default() }
    }

    pub fn get_ref(&self) -> (&S, &ClientConnection) {
        self.inner.get_ref()
    }

    /// Whether the peer asked for a client certificate; if so, whether it was shown one.
    pub fn was_asked(&self) -> Option<bool> {
        self.asked.asked.load(Ordering::Relaxed).then_some(self.asked.has_identity)
    }

    pub fn trouble(&self) -> Trouble {
        Arc::clone(&self.trouble)
    }

    fn explained<T>(&self, result: io::Result<T>) -> io::Result<T> {
        result.map_err(|error| {
            let error = if self.has_heard { error } else { self.asked.explain(error) };
            let _ = self.trouble.set(TlsError::from(&error));
            error
        })
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for TlsStream<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let read = ready!(Pin::new(&mut self.inner).poll_read(cx, buf));
        let is_end = read.is_ok() && buf.filled().len() == before && buf.remaining() > 0;
        if !is_end {
            let explained = self.explained(read);
            self.has_heard |= explained.is_ok();
            return Poll::Ready(explained);
        }
        // An end that means nothing more than that stays one.
        let end = self.explained::<()>(Err(io::ErrorKind::UnexpectedEof.into()));
        Poll::Ready(end.or_else(|error| if error.kind() == io::ErrorKind::UnexpectedEof { Ok(()) } else { Err(error) }))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for TlsStream<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.inner).poll_write(cx, bytes));
        Poll::Ready(self.explained(written))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = ready!(Pin::new(&mut self.inner).poll_flush(cx));
        Poll::Ready(self.explained(flushed))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(asked: bool, has_identity: bool, alert: u8) -> String {
        let request = CertificateRequest { asked: Arc::new(AtomicBool::new(asked)), has_identity };
        let error = io::Error::new(io::ErrorKind::InvalidData, Error::AlertReceived(AlertDescription::from(alert)));
        TlsError::from(request.explain(error)).to_string()
    }

    #[test]
    fn a_fault_of_a_certificate_is_told_where_one_was_shown() {
        for alert in [42, 43, 44, 45, 46, 48, 49] {
            assert!(told(false, true, alert).starts_with("the server did not accept the client certificate"), "{alert}");
            assert_eq!(told(true, false, alert), "the server asks for a client certificate, and none is set", "{alert}");
            assert_eq!(told(false, false, alert), format!("the TLS handshake failed: the server broke it off with alert {alert}"));
        }
        assert_eq!(told(true, true, 45), "the server did not accept the client certificate: it has expired");
        assert!(told(false, false, 40).contains("none of the ciphers"));
    }
}
