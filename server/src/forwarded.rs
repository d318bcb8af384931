//! Whom a request comes from, where proxies stand in between.
//!
//! Whoever sends a request may write anything into its headers, and each proxy appends whom it was sent by. So the last hops count, as long as they
//! are proxies of ours: the client is the last one that is not.

use std::{
    fmt,
    net::{IpAddr, SocketAddr},
    str::FromStr,
};

use axum::http::{HeaderMap, HeaderName, header};
use ipnet::IpNet;

static X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Whose word on their clients counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustedProxies(Vec<IpNet>);

impl TrustedProxies {
    pub fn contain(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|range| range.contains(&address))
    }

    /// The client of a request that `peer` sent.
    pub fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let peer = peer.to_canonical();
        if !self.contain(peer) {
            return peer;
        }
        let told = |name: &HeaderName, read: fn(&str) -> Vec<Option<IpAddr>>| {
            let lines: Vec<_> = headers.get_all(name).iter().map(|value| value.to_str().unwrap_or("unknown")).collect();
            let hops = read(&lines.join(","));
            (!hops.is_empty()).then(|| self.last_untrusted(peer, &hops))
        };
        match (told(&header::FORWARDED, forwarded), told(&X_FORWARDED_FOR, x_forwarded_for)) {
            (Some(client), None) | (None, Some(client)) => client,
            // A proxy that sets one of them may hand on the other as the client wrote it, and nothing says which.
            (Some(client), Some(other)) if client != other => peer,
            (Some(client), Some(_)) => client,
            (None, None) => peer,
        }
    }

    /// What lies beyond a hop that is not understood is not known: then it is that hop's proxy.
    fn last_untrusted(&self, peer: IpAddr, hops: &[Option<IpAddr>]) -> IpAddr {
        let mut client = peer;
        for hop in hops.iter().rev() {
            match hop {
                Some(hop) => client = *hop,
                None => return client,
            }
            if !self.contain(client) {
                return client;
            }
        }
        client
    }
}

impl FromStr for TrustedProxies {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let listed = text.split([',', ' ']).filter(|part| !part.is_empty());
        let range = |part: &str| {
            part.parse::<IpNet>().or_else(|_| part.parse::<IpAddr>().map(IpNet::from)).map_err(|_| format!("has {part:?}, which is no address or range"))
        };
        listed.map(range).collect::<Result<_, _>>().map(Self)
    }
}

impl fmt::Display for TrustedProxies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))
    }
}

/// Elements of a list may be empty (RFC 9110, section 5.6.1), and mean nothing then.
fn hops(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|hop| !hop.is_empty())
}

fn x_forwarded_for(text: &str) -> Vec<Option<IpAddr>> {
    hops(text).map(address).collect()
}

/// The `for` of each hop (RFC 7239, section 4). A quoted text of ours holds neither comma nor semicolon.
fn forwarded(text: &str) -> Vec<Option<IpAddr>> {
    let node = |hop: &str| {
        let value = hop.split(';').filter_map(|pair| pair.split_once('=')).find(|(name, _)| name.trim().eq_ignore_ascii_case("for"))?.1;
        address(value.trim().trim_matches('"'))
    };
    hops(text).map(node).collect()
}

/// With or without a port. None for `unknown`, `_hidden` and whatever else is no address.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    let address = bare.parse().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|address| address.ip()))?;
    Some(address.to_canonical())
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn client(peer: &str, lines: &[(&'static str, &'static str)]) -> String {
        let proxies: TrustedProxies = "10.0.0.0/8, 2001:db8:1::/48".parse().expect("proxies");
        let headers = lines.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value))).collect();
        proxies.client(peer.parse().expect("address"), &headers).to_string()
    }

    #[test]
    fn the_client_is_the_last_hop_that_is_no_proxy_of_ours() {
        let xff = |peer, text| client(peer, &[("x-forwarded-for", text)]);
        assert_eq!(xff("10.0.0.1", "192.0.2.7"), "192.0.2.7");
        assert_eq!(xff("10.0.0.1", "198.51.100.9, 192.0.2.7, 10.0.0.2"), "192.0.2.7", "what the client wrote before it does not count");
        assert_eq!(xff("::ffff:10.0.0.1", "192.0.2.7:4711"), "192.0.2.7");
        assert_eq!(xff("10.0.0.1", "[2001:db8::7]:4711"), "2001:db8::7");
        assert_eq!(xff("192.0.2.1", "198.51.100.9"), "192.0.2.1", "a stranger's word");
        assert_eq!(xff("10.0.0.1", "192.0.2.7,"), "192.0.2.7");
        assert_eq!(client("10.0.0.1", &[("forwarded", ""), ("x-forwarded-for", "192.0.2.7")]), "192.0.2.7");
        assert_eq!(xff("10.0.0.1", "192.0.2.7, unknown"), "10.0.0.1", "nothing is known beyond what is not understood");
        assert_eq!(xff("10.0.0.1", "10.0.0.9"), "10.0.0.9", "a client in the proxies' own network");
        assert_eq!(client("10.0.0.1", &[("x-forwarded-for", "198.51.100.9"), ("x-forwarded-for", "192.0.2.7")]), "192.0.2.7", "lines are one list");
        assert_eq!(client("10.0.0.1", &[]), "10.0.0.1");
    }

    #[test]
    fn the_standard_header_says_the_same() {
        let forwarded = |text| client("10.0.0.1", &[("forwarded", text)]);
        assert_eq!(forwarded("for=192.0.2.7;proto=https;by=10.0.0.1"), "192.0.2.7");
        assert_eq!(forwarded("for=198.51.100.9, proto=http; For=\"[2001:db8::7]:4711\""), "2001:db8::7");
        assert_eq!(forwarded("for=192.0.2.7, for=10.0.0.3"), "192.0.2.7");
        assert_eq!(forwarded("for=192.0.2.7, for=_hidden"), "10.0.0.1");
    }

    #[test]
    fn of_two_headers_that_disagree_neither_is_believed() {
        assert_eq!(client("10.0.0.1", &[("forwarded", "for=198.51.100.9"), ("x-forwarded-for", "192.0.2.7")]), "10.0.0.1");
        assert_eq!(client("10.0.0.1", &[("forwarded", "for=192.0.2.7"), ("x-forwarded-for", "192.0.2.7")]), "192.0.2.7");
    }

    #[test]
    fn a_list_is_read_and_told() {
        assert_eq!("10.0.0.0/8,::1".parse::<TrustedProxies>().expect("read").to_string(), "10.0.0.0/8, ::1/128");
        assert!("10.0.0.0/8, proxy.example.org".parse::<TrustedProxies>().expect_err("refused").contains("proxy.example.org"));
    }
}
