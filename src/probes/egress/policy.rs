//! Which addresses may be dialled: the default, and what the server's administrator grants beyond it, `10.0.0.0/8`, `10.1.2.3:5432`, `[::1]:8080` …

use std::{
    fmt,
    net::{IpAddr, SocketAddr},
    ops::RangeInclusive,
    str::FromStr,
};

use domain::environment::Environment;
use ipnet::IpNet;

use super::address_class::{AddressClass, Range, judge};

/// Addresses, and the ports on them; without ports, every port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    pub range: IpNet,
    pub ports: Option<RangeInclusive<u16>>,
}

/// Every grant of a server. Parsed from a list separated by commas or white space.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EgressPolicy {
    pub grants: Vec<Grant>,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not an address range: {problem}. Write it like 10.0.0.0/8, 10.1.2.3:5432, 192.168.0.0/16:1-1024 or [::1]:8080")]
pub struct InvalidGrant {
    text: String,
    problem: &'static str,
}

impl Grant {
    /// Whether it covers this address and port.
    pub fn covers(&self, target: SocketAddr) -> bool {
        self.range.contains(&target.ip()) && self.ports.as_ref().is_none_or(|ports| ports.contains(&target.port()))
    }

    /// Whether it names exactly this address and this port, nothing more.
    pub fn names(&self, target: SocketAddr) -> bool {
        self.range == IpNet::from(target.ip()) && self.ports.as_ref().is_some_and(|ports| *ports == (target.port()..=target.port()))
    }
}

impl FromStr for Grant {
    type Err = InvalidGrant;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse(text).map_err(|problem| InvalidGrant { text: text.to_owned(), problem })
    }
}

fn parse(text: &str) -> Result<Grant, &'static str> {
    let (range, ports) = match text.strip_prefix('[') {
        Some(rest) => {
            let (range, after) = rest.split_once(']').ok_or("the bracket is not closed")?;
            // `[fd00::]/8:443` as well as `[fd00::/8]:443`.
            let (suffix, ports) = after.split_once(':').map_or((after, None), |(suffix, ports)| (suffix, Some(ports)));
            (format!("{range}{suffix}"), ports)
        }
        // A second colon means an IPv6 address, which takes ports only behind brackets.
        None => match text.split_once(':') {
            Some((range, ports)) if !ports.contains(':') => (range.to_owned(), Some(ports)),
            _ => (text.to_owned(), None),
        },
    };
    Ok(Grant { range: parse_range(&range)?, ports: ports.map(parse_ports).transpose()? })
}

fn parse_range(text: &str) -> Result<IpNet, &'static str> {
    if let Ok(address) = text.parse::<IpAddr>() {
        return Ok(address.to_canonical().into());
    }
    let range: IpNet = text.parse().map_err(|_| "the address cannot be read")?;
    if range.trunc() == range { Ok(range) } else { Err("the address has bits beyond its prefix length") }
}

fn parse_ports(text: &str) -> Result<RangeInclusive<u16>, &'static str> {
    let port = |text: &str| text.parse::<u16>().ok().filter(|port| *port > 0).ok_or("a port is a number from 1 to 65535");
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let ports = port(first)?..=port(last)?;
    if ports.is_empty() { Err("the first port is above the last") } else { Ok(ports) }
}

impl fmt::Display for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.range {
            IpNet::V6(range) if self.ports.is_some() => write!(f, "[{range}]")?,
            range => write!(f, "{range}")?,
        }
        match self.ports.as_ref().map(|ports| (ports.start(), ports.end())) {
            None => Ok(()),
            Some((first, last)) if first == last => write!(f, ":{first}"),
            Some((first, last)) => write!(f, ":{first}-{last}"),
        }
    }
}

impl EgressPolicy {
    /// Whether a connection of `environment` may go to `target`; `is_own_listener` says where the console itself listens.
    ///
    /// # Errors
    /// Why it may not.
    pub fn check(&self, environment: Environment, target: SocketAddr, is_own_listener: impl Fn(SocketAddr) -> bool) -> Result<(), Range> {
        let (class, judged) = judge(target.ip());
        let judged = SocketAddr::new(judged, target.port());
        let class = if is_own_listener(judged) { AddressClass::Forbidden(Range::OwnListener) } else { class };
        let granted = |holds: fn(&Grant, SocketAddr) -> bool| self.grants.iter().any(|grant| holds(grant, target) || holds(grant, judged));
        match class {
            AddressClass::Public => Ok(()),
            AddressClass::Private(_) if environment == Environment::Development || granted(Grant::covers) => Ok(()),
            AddressClass::Forbidden(_) if granted(Grant::names) => Ok(()),
            AddressClass::Private(reason) | AddressClass::Forbidden(reason) => Err(reason),
        }
    }
}

impl FromStr for EgressPolicy {
    type Err = InvalidGrant;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let items = text.split(|c: char| c == ',' || c.is_whitespace()).filter(|item| !item.is_empty());
        items.map(str::parse).collect::<Result<_, _>>().map(|grants| Self { grants })
    }
}

impl fmt::Display for EgressPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let grants: Vec<_> = self.grants.iter().map(ToString::to_string).collect();
        f.write_str(&grants.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn target(text: &str) -> SocketAddr {
        text.parse().expect("socket address")
    }

    #[test]
    fn the_written_forms_are_read_and_written_back() {
        let table = [
            ("10.0.0.0/8", "10.0.0.0/8"),
            ("10.1.2.3:5432", "10.1.2.3/32:5432"),
            ("192.168.0.0/16:1-1024", "192.168.0.0/16:1-1024"),
            ("[::1]:8080", "[::1/128]:8080"),
            ("::1", "::1/128"),
            ("fd00::/8", "fd00::/8"),
            ("[fd00::]/8:443", "[fd00::/8]:443"),
            ("[fd00::/8]:443", "[fd00::/8]:443"),
            ("169.254.169.254:80", "169.254.169.254/32:80"),
            ("::ffff:10.1.2.3", "10.1.2.3/32"),
        ];
        for (text, written) in table {
            let grant: Grant = text.parse().unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(grant.to_string(), written);
            assert_eq!(written.parse(), Ok(grant));
        }
    }

    #[test]
    fn what_cannot_be_meant_is_refused_with_the_reason() {
        for text in ["", "x", "10.0.0.1/8", "10.0.0.0/33", "10.0.0.1:0", "10.0.0.1:70000", "10.0.0.1:9-8", "10.0.0.1:", "[::1", "localhost:80", "*"] {
            assert!(text.parse::<Grant>().is_err(), "{text:?}");
        }
        let error = "10.0.0.1:9-8".parse::<Grant>().expect_err("refused").to_string();
        assert!(error.contains("`10.0.0.1:9-8`") && error.contains("the first port is above the last"), "{error}");
    }

    #[test]
    fn a_list_is_separated_by_commas_or_spaces() {
        let policy: EgressPolicy = " 10.0.0.0/8, 127.0.0.1:80\n[::1]:80 ".parse().expect("list");
        assert_eq!(policy.to_string(), "10.0.0.0/8, 127.0.0.1/32:80, [::1/128]:80");
        assert_eq!("".parse(), Ok(EgressPolicy::default()));
        assert!("10.0.0.0/8,nonsense".parse::<EgressPolicy>().is_err());
    }

    #[test]
    fn only_one_address_and_one_port_is_an_exact_grant() {
        let exact: Grant = "169.254.169.254:80".parse().expect("grant");
        assert!(exact.names(target("169.254.169.254:80")) && exact.covers(target("169.254.169.254:80")));
        assert!(!exact.names(target("169.254.169.254:81")) && !exact.names(target("169.254.169.253:80")));
        for wide in ["169.254.0.0/16:80", "169.254.169.254", "169.254.169.254:80-81"] {
            let wide: Grant = wide.parse().expect("grant");
            assert!(wide.covers(target("169.254.169.254:80")) && !wide.names(target("169.254.169.254:80")), "{wide}");
        }
    }

    proptest! {
        #[test]
        fn reading_never_panics(text in ".{0,60}") {
            let _ = text.parse::<EgressPolicy>();
        }
    }
}
