//! The one dialer: every connection that leaves the process is opened here, after its address was checked.
//!
//! A name is resolved once, every answer is judged, and only a judged address is dialled: a name that changes its
//! mind between check and use changes nothing. No proxy variable is read anywhere.

use std::{
    net::{IpAddr, SocketAddr, UdpSocket},
    sync::Arc,
    time::Duration,
};

use parking_lot::RwLock;
use tokio::{
    net::TcpStream,
    task::JoinSet,
    time::{sleep, timeout},
};
use url::Host;

use crate::system_error;
use domain::environment::Environment;

mod address_class;
mod names;
mod policy;

pub use address_class::{AddressClass, Range, judge};
use names::Names;
pub use names::Resolver;
pub use policy::{EgressPolicy, Grant, InvalidGrant};

/// Longest that resolving and connecting may take together, whatever the caller allows.
pub const MAX_DIAL: Duration = Duration::from_secs(10);
/// Longest that the name servers may take, so that silence of theirs is told from silence of the service.
const MAX_RESOLVE: Duration = Duration::from_secs(4);
/// How long an address has the field to itself before the next one is tried beside it (RFC 8305).
const HEAD_START: Duration = Duration::from_millis(250);
/// Most addresses of one name that are tried.
const MAX_ADDRESSES: usize = 8;

/// Opens connections to what the policy allows. Cheap to clone; clones share everything.
#[derive(Clone, Debug)]
pub struct Egress(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    policy: EgressPolicy,
    names: Names,
    listeners: RwLock<Vec<SocketAddr>>,
}

/// Why a connection was not opened.
#[derive(Debug, thiserror::Error)]
pub enum DialError {
    #[error("`{0}` is not a host name or address")]
    InvalidHost(String),
    #[error("the name {0} has no address")]
    NameNotFound(String),
    #[error("the name servers gave no answer: {0}")]
    ResolverFailed(String),
    #[error("{address} may not be reached: it is {reason}")]
    Denied { address: SocketAddr, reason: Range },
    #[error("{0} refused the connection")]
    Refused(SocketAddr),
    #[error("there is no route to {0}")]
    Unreachable(SocketAddr),
    #[error("no connection within {} s", .0.as_secs())]
    TimedOut(Duration),
    #[error("the connection could not be opened: {}", system_error::words(.0))]
    Io(#[from] std::io::Error),
}

impl Egress {
    pub fn new(policy: EgressPolicy, resolver: Resolver) -> Self {
        Self(Arc::new(Inner { policy, names: resolver.into(), listeners: RwLock::default() }))
    }

    /// Notes where the console itself listens, so that no connection leads back into it.
    pub fn deny_listener(&self, listener: SocketAddr) {
        self.0.listeners.write().push(listener);
    }

    /// Resolves `host` once, judges every answer, and connects to a judged address.
    ///
    /// # Errors
    /// See [`DialError`]; `TimedOut` after [`MAX_DIAL`].
    pub async fn dial(&self, environment: Environment, host: &str, port: u16) -> Result<TcpStream, DialError> {
        let dial = async { connect_any(self.resolve(environment, host, port).await?).await };
        timeout(MAX_DIAL, dial).await.unwrap_or(Err(DialError::TimedOut(MAX_DIAL)))
    }

    /// The addresses of `host` that may be dialled, at least one. If a single answer is denied, all are.
    ///
    /// # Errors
    /// `InvalidHost`, `NameNotFound`, `ResolverFailed`, `Denied`.
    pub async fn resolve(&self, environment: Environment, host: &str, port: u16) -> Result<Vec<SocketAddr>, DialError> {
        let addresses = match parse_host(host)? {
            Host::Ipv4(address) => vec![IpAddr::V4(address)],
            Host::Ipv6(address) => vec![IpAddr::V6(address)],
            Host::Domain(name) => {
                let silence = || DialError::ResolverFailed(format!("nothing within {} s", MAX_RESOLVE.as_secs()));
                timeout(MAX_RESOLVE, self.0.names.addresses(&name)).await.map_err(|_| silence())??
            }
        };
        let mut targets = Vec::with_capacity(addresses.len());
        for address in addresses {
            let target = SocketAddr::new(address.to_canonical(), port);
            self.check(environment, target)?;
            if !targets.contains(&target) {
                targets.push(target);
            }
        }
        Ok(targets)
    }

    fn check(&self, environment: Environment, target: SocketAddr) -> Result<(), DialError> {
        self.0.policy.check(environment, target, |target| self.is_own_listener(target)).map_err(|range| DialError::Denied { address: target, reason: range })
    }

    /// A listener answers on its port at loopback and at every address of this machine, as far as anyone can tell from outside.
    fn is_own_listener(&self, target: SocketAddr) -> bool {
        let listeners = self.0.listeners.read();
        let same_port = listeners.iter().any(|listener| listener.port() == target.port());
        same_port && (listeners.contains(&target) || target.ip().is_loopback() || target.ip().is_unspecified() || is_own_address(target.ip()))
    }
}

/// Only an address of this machine can be bound; nothing is sent.
fn is_own_address(address: IpAddr) -> bool {
    UdpSocket::bind((address, 0)).is_ok()
}

/// Reads a host as a browser does, so that decimal, octal, hexadecimal, short and full-width spellings become the address they mean.
///
/// # Errors
/// [`DialError::InvalidHost`].
pub fn parse_host(host: &str) -> Result<Host, DialError> {
    let host = host.trim();
    if let Ok(address) = host.parse::<IpAddr>() {
        return Ok(match address {
            IpAddr::V4(address) => Host::Ipv4(address),
            IpAddr::V6(address) => Host::Ipv6(address),
        });
    }
    match Host::parse(host) {
        Ok(Host::Domain(name)) if !fits_dns(&name) => Err(DialError::InvalidHost(host.to_owned())),
        parsed => parsed.map_err(|_| DialError::InvalidHost(host.to_owned())),
    }
}

/// RFC 1035: labels of 1 to 63 bytes, at most 253 in all; a dot may end it.
fn fits_dns(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    name.len() <= 253 && name.split('.').all(|label| (1..=63).contains(&label.len()))
}

/// The first connection that opens; each address after the first starts [`HEAD_START`] later, or as soon as the one before has failed.
async fn connect_any(targets: Vec<SocketAddr>) -> Result<TcpStream, DialError> {
    if let [only] = targets[..] {
        return connect(only).await;
    }
    let mut waiting = targets.into_iter().take(MAX_ADDRESSES);
    let mut running = JoinSet::new();
    let mut worst = None;
    loop {
        let next = waiting.next();
        let more = next.is_some();
        if let Some(target) = next {
            running.spawn(connect(target));
        } else if running.is_empty() {
            return Err(worst.unwrap_or_else(|| std::io::Error::other("there was no address to dial").into()));
        }
        let finished = tokio::select! {
            finished = running.join_next() => finished,
            () = sleep(HEAD_START), if more => None,
        };
        match finished {
            Some(Ok(Ok(stream))) => return Ok(stream),
            Some(Ok(Err(error))) => worst = Some(most_telling(worst, error)),
            Some(Err(_)) | None => {}
        }
    }
}

async fn connect(target: SocketAddr) -> Result<TcpStream, DialError> {
    use std::io::ErrorKind;

    let stream = TcpStream::connect(target).await.map_err(|error| match error.kind() {
        ErrorKind::ConnectionRefused => DialError::Refused(target),
        ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable | ErrorKind::NetworkDown | ErrorKind::AddrNotAvailable => DialError::Unreachable(target),
        ErrorKind::TimedOut => DialError::TimedOut(MAX_DIAL),
        _ => DialError::Io(error),
    })?;
    let peer = stream.peer_addr()?;
    if peer.ip().to_canonical() != target.ip() || peer.port() != target.port() {
        return Err(std::io::Error::other(format!("it led to {peer} instead of {target}")).into());
    }
    // A free local port can happen to be dialled from that very port, and then answers itself.
    if stream.local_addr()? == peer {
        return Err(DialError::Refused(target));
    }
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// Of several addresses' errors the one that says most: where something refused, a missing route elsewhere does not matter.
fn most_telling(before: Option<DialError>, error: DialError) -> DialError {
    let rank = |error: &DialError| match error {
        DialError::Refused(_) => 3,
        DialError::TimedOut(_) => 2,
        DialError::Unreachable(_) => 1,
        _ => 0,
    };
    match before {
        Some(before) if rank(&before) >= rank(&error) => before,
        _ => error,
    }
}

#[cfg(test)]
mod tests;
