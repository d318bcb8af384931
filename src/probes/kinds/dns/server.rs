//! Which name server is asked: the one in the settings, or this machine's first.

use std::{fmt, net::IpAddr};

use hickory_resolver::system_conf::read_system_conf;
use url::Host;

use crate::kinds::{Cause, Failure, Target};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// A name or an address, without brackets.
    pub host: String,
    pub port: u16,
}

impl Server {
    /// # Errors
    /// The settings name none, and the machine has none either.
    pub fn of(target: &Target) -> Result<Self, Failure> {
        let given = target.text("resolver").trim();
        if !given.is_empty() {
            return Self::parse(given).ok_or_else(|| Failure::new(Cause::ConfigurationInvalid, "The name server is no host."));
        }
        let system = read_system_conf().ok().and_then(|(config, _)| config.name_servers().first().map(|server| server.ip));
        let address = system.ok_or_else(|| Failure::new(Cause::ConfigurationInvalid, "This machine is configured with no name server."))?;
        Ok(Self { host: address.to_string(), port: 53 })
    }

    /// `host`, `host:port`, `::1` or `[::1]:port`.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Ok(address) = text.parse::<IpAddr>() {
            return Some(Self { host: address.to_string(), port: 53 });
        }
        let (host, port) = match text.rsplit_once(':') {
            Some((host, port)) if !host.ends_with(':') => (host, port.parse().ok().filter(|port| *port != 0)?),
            _ => (text, 53),
        };
        let host = match Host::parse(host).ok()? {
            Host::Domain(name) => name,
            Host::Ipv4(address) => address.to_string(),
            Host::Ipv6(address) => address.to_string(),
        };
        Some(Self { host, port })
    }

    /// The host as it stands before a port: an IPv6 address in brackets.
    pub fn bracketed(&self) -> String {
        if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() }
    }
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.bracketed(), self.port)
    }
}

#[cfg(test)]
mod tests {
    use super::Server;

    #[test]
    fn a_server_is_a_host_with_or_without_a_port() {
        let table = [
            ("192.0.2.1", "192.0.2.1:53"),
            ("192.0.2.1:5353", "192.0.2.1:5353"),
            ("::1", "[::1]:53"),
            ("[::1]:54", "[::1]:54"),
            ("NS1.Example", "ns1.example:53"),
            ("127.1:54", "127.0.0.1:54"),
        ];
        for (text, expected) in table {
            assert_eq!(Server::parse(text).map(|server| server.to_string()).as_deref(), Some(expected), "{text}");
        }
        for text in ["", ":53", "host:", "host:0", "host:99999", "a b", "http://x", "host/path"] {
            assert_eq!(Server::parse(text), None, "{text}");
        }
    }
}
