//! A DNS record: that a name server answers for it, with what is expected, and that all servers of its zone agree.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use async_trait::async_trait;
use futures_util::FutureExt;
use hickory_resolver::proto::rr::Name;
use serde_json::Value;

use super::{Cause, ConnectionKind, Failure, KindDefinition, Origin, Probe, Target};
use domain::{
    error::FieldError,
    kind::{Depth, Field},
    profile::Settings,
    settings::text,
};

mod authorities;
mod query;
mod scenarios;
mod server;

use server::Server;

pub struct Dns(KindDefinition);

impl Dns {
    pub fn new() -> Self {
        Self::asking_authorities_at(53)
    }

    /// With authoritative servers on another port than theirs, as tests have them.
    pub fn asking_authorities_at(authority_port: u16) -> Self {
        let probes = vec![
            Probe::blocking("resolve", "Name server has an address", Depth::Verify, |target| {
                async move { scenarios::resolve(target, &Server::of(target)?).await }.boxed()
            }),
            Probe::blocking("connect", "Name server accepts a connection", Depth::Verify, |target| {
                async move { scenarios::connect(target, &Server::of(target)?).await }.boxed()
            }),
            Probe::blocking("answer", "Answers with a record", Depth::Heartbeat, |target| {
                async move { scenarios::answer(target, &Server::of(target)?, &asked(target)?).await }.boxed()
            }),
            Probe::blocking("records", "Has the expected records", Depth::Verify, |target| {
                async move { scenarios::records(target, &Server::of(target)?, &asked(target)?).await }.boxed()
            }),
            Probe::advisory("ttl", "Has a sensible TTL", Depth::Verify, |target| {
                async move { scenarios::ttl(target, &Server::of(target)?, &asked(target)?).await }.boxed()
            })
            .measures(&["ttl_seconds"]),
            Probe::blocking("authorities", "Every authoritative server agrees", Depth::Diagnose, move |target| {
                async move { authorities::agree(target, &Server::of(target)?, &asked(target)?, authority_port).await }.boxed()
            }),
        ];
        Self(KindDefinition::new("dns", "DNS", "A DNS record: answered, as expected, with a sensible TTL, and the same on every server.", fields(), probes))
    }
}

impl Default for Dns {
    fn default() -> Self {
        Self::new()
    }
}

fn fields() -> Vec<Field> {
    vec![
        Field::text("name", "Name").required().hint("The name that is looked up, such as www.example.com."),
        Field::choice("record_type", "Record type", &["A", "AAAA", "CNAME", "MX", "TXT", "NS", "SRV", "CAA", "PTR", "SOA"]),
        Field::list("expected", "Expected records").hint("One a line, all of them, such as 192.0.2.7 or 10 mail.example.com. A text whose spaces at the ends count stands in quotes. Leave it empty to take any."),
        Field::text("resolver", "Name server")
            .hint("A host, with a port where it is not 53, such as 192.0.2.53 or ns1.example.com:5353. It is asked over TCP. Empty means this machine's own."),
    ]
}

/// A name in small letters of ASCII (IDNA), with the underscores that DNS allows and host names do not have.
fn ascii(name: &str) -> Option<String> {
    if name.is_ascii() {
        return Some(name.to_ascii_lowercase());
    }
    match url::Host::parse(name) {
        Ok(url::Host::Domain(name)) => Some(name),
        _ => None,
    }
}

/// A name as DNS knows it, always counted from the root.
fn name(text: &str) -> Option<Name> {
    let ascii = ascii(text.trim())?;
    // As in 0/25.2.0.192.in-addr.arpa (RFC 2317), which names of hosts do not have.
    let mut name = if ascii.contains('/') { with_slashes(&ascii) } else { Name::from_ascii(ascii).ok() }?;
    name.set_fqdn(true);
    Some(name)
}

fn with_slashes(ascii: &str) -> Option<Name> {
    let is_known = |letter: u8| letter.is_ascii_alphanumeric() || b"-_/".contains(&letter);
    let labels: Vec<_> = ascii.strip_suffix('.').unwrap_or(ascii).split('.').map(str::as_bytes).collect();
    let are_names = labels.iter().all(|label| !label.is_empty() && label.iter().copied().all(is_known));
    Name::from_labels(labels).ok().filter(|_| are_names)
}

/// What is asked for: of an address, whose name is wanted, the name that it has in reverse.
fn name_of(record_type: &str, text: &str) -> Option<Name> {
    match text.trim().parse::<IpAddr>() {
        Ok(address) if record_type == "PTR" => Some(address.into()),
        _ => name(text),
    }
}

#[async_trait]
impl ConnectionKind for Dns {
    fn definition(&self) -> &KindDefinition {
        &self.0
    }

    /// There is no credential; still, what is asked names what is meant.
    fn origins(&self, settings: &Settings) -> Vec<Origin> {
        let (host, port) =
            Server::parse(text(settings, "resolver")).map_or_else(|| ("system".to_owned(), None), |server| (server.bracketed(), Some(server.port)));
        vec![Origin { scheme: "dns".to_owned(), host, port }]
    }

    fn check(&self, settings: &Settings) -> Vec<FieldError> {
        let mut errors = Vec::new();
        if text(settings, "name").trim().is_empty() || name_of(text(settings, "record_type"), text(settings, "name")).is_none() {
            errors.push(FieldError::new("settings.name", "Enter a name such as www.example.com."));
        }
        let resolver = text(settings, "resolver");
        if !resolver.trim().is_empty() && Server::parse(resolver).is_none() {
            errors.push(FieldError::new("settings.resolver", "Enter a host name or an IP address, with a port after a colon if it is not 53."));
        }
        let record_type = text(settings, "record_type");
        let expected = settings.get("expected").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
        if let Some(wrong) = expected.into_iter().find(|expected| !can_be_of(record_type, expected)) {
            let shown: String = wrong.chars().take(60).collect();
            errors.push(FieldError::new("settings.expected", format!("{shown} can be no {record_type} record.")));
        }
        errors
    }

    async fn heartbeat(&self, target: &Target) -> Result<(), Failure> {
        let name = asked(target)?;
        scenarios::heartbeat(target, &Server::of(target)?, &name).await
    }
}

/// Whether a record of the type can ever be spelled like this; of texts and names anything can.
fn can_be_of(record_type: &str, expected: &str) -> bool {
    let words: Vec<_> = expected.split_whitespace().collect();
    let are_numbers = |words: &[&str]| words.iter().all(|word| word.parse::<u16>().is_ok());
    match record_type {
        "A" => expected.trim().parse::<Ipv4Addr>().is_ok(),
        "AAAA" => expected.trim().parse::<Ipv6Addr>().is_ok(),
        "MX" => words.len() == 2 && are_numbers(&words[..1]),
        "SRV" => words.len() == 4 && are_numbers(&words[..3]),
        _ => true,
    }
}

fn asked(target: &Target) -> Result<Name, Failure> {
    name_of(target.text("record_type"), target.text("name")).ok_or_else(|| Failure::new(Cause::ConfigurationInvalid, "This is no name that can be looked up."))
}

#[cfg(test)]
mod tests {
    use super::{can_be_of, name, name_of};

    #[test]
    fn what_no_record_can_be_is_not_expected() {
        for (record_type, expected) in
            [("A", "192.0.2.7"), ("AAAA", " 2001:DB8::1"), ("MX", "10 mail.example."), ("SRV", "1 2 443 a.example"), ("TXT", "v=spf1 -all")]
        {
            assert!(can_be_of(record_type, expected), "{record_type} {expected}");
        }
        for (record_type, expected) in
            [("A", "192.0.2.256"), ("A", "::1"), ("A", "1.2.3.4,5.6.7.8"), ("AAAA", "192.0.2.1"), ("MX", "70000 x"), ("MX", "mail.example"), ("SRV", "1 2 3")]
        {
            assert!(!can_be_of(record_type, expected), "{record_type} {expected}");
        }
    }

    #[test]
    fn names_of_services_and_of_machines_are_names() {
        for text in [
            "www.example.com",
            "_spf.514_ax.example.test",
            "my_db",
            "*.example.com",
            "bücher.example",
            "_dmarc.example.com.",
            "_dmarc.bücher.example",
            "*.Bücher.example",
            "7.0/25.2.0.192.in-addr.arpa",
        ] {
            assert!(name(text).is_some_and(|name| name.is_fqdn()), "{text}");
        }
        assert_eq!(name("_dmarc.bücher.example").map(|name| name.to_ascii()).as_deref(), Some("_dmarc.xn--bcher-kva.example."));
        for (address, reversed) in [("192.0.2.7", "7.2.0.192.in-addr.arpa."), ("2001:db8::1", "8.b.d.0.1.0.0.2.ip6.arpa.")] {
            assert!(name_of("PTR", address).is_some_and(|name| name.to_ascii().ends_with(reversed)), "{address}");
        }
        for text in ["a b", "a/ b", "a//..b", "ä b", "ä..b", "a..b", &"x".repeat(64)] {
            assert!(name(text).is_none(), "{text}");
        }
    }
}
