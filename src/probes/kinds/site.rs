//! The first scenarios of every kind that is addressed by a URL.

use tokio::net::TcpStream;
use url::Url;

use super::{Failure, Finding, Target, encryption, http::http_url};
use crate::tls::{self, TlsPolicy, TlsStream};

/// Scenario `resolve`: the name has addresses, and they may be reached.
///
/// # Errors
/// Whatever kept the dialer from an address.
pub async fn resolve(target: &Target, url: &Url) -> Result<Finding, Failure> {
    let found = target.egress.resolve(target.environment, http_url::host(url), http_url::port(url)).await?;
    let found: Vec<_> = found.iter().take(8).map(|address| address.ip().to_string()).collect();
    Ok(found.join(", ").into())
}

/// Scenario `connect`: a TCP connection opens.
///
/// # Errors
/// Whatever kept it from opening.
pub async fn connect(target: &Target, url: &Url) -> Result<Finding, Failure> {
    let stream = target.dial(http_url::host(url), http_url::port(url)).await?;
    Ok(stream.peer_addr().map_or_else(|_| "Connected.".to_owned(), |peer| format!("Connected to {peer}.")).into())
}

/// Scenario `tls`: the peer has a certificate that `policy` accepts, if the URL asks for one.
///
/// # Errors
/// Dialling and the handshake.
pub async fn tls(target: &Target, url: &Url, policy: &TlsPolicy) -> Result<Finding, Failure> {
    let Some(stream) = encrypt(target, url, policy).await? else { return Ok(without_tls()) };
    let found: Finding = format!("{}.", encryption::describe(&stream, policy)).into();
    Ok(found.with_all(encryption::evidence(&encryption::chain(&stream))))
}

/// An encrypted connection, unless the URL begins with `http:`.
///
/// # Errors
/// Dialling and the handshake.
pub async fn encrypt(target: &Target, url: &Url, policy: &TlsPolicy) -> Result<Option<TlsStream<TcpStream>>, Failure> {
    if url.scheme() != "https" {
        return Ok(None);
    }
    let host = http_url::host(url);
    let stream = target.dial(host, http_url::port(url)).await?;
    Ok(Some(tls::handshake(stream, host, policy).await?))
}

pub fn without_tls() -> Finding {
    Finding::not_used("the URL begins with http://.")
}
