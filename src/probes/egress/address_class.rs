//! Which addresses a connection may lead to. An IPv6 address that carries an IPv4 one is judged by what it carries.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

/// How far an address may be reached, strictest last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AddressClass {
    Public,
    /// Free in development; elsewhere it takes a grant of its range.
    Private(Range),
    /// It takes a grant of this very address and port, everywhere.
    Forbidden(Range),
}

/// The range an address lies in, in words for the person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, strum::EnumIter)]
pub enum Range {
    Loopback,
    Private,
    Shared,
    Benchmarking,
    Reserved,
    LinkLocal,
    Metadata,
    Unspecified,
    Multicast,
    Broadcast,
    OwnListener,
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Loopback => "a loopback address",
            Self::Private => "a private address",
            Self::Shared => "a carrier's shared address",
            Self::Benchmarking => "a benchmarking address",
            Self::Reserved => "a reserved address",
            Self::LinkLocal => "a link-local address",
            Self::Metadata => "a cloud metadata address",
            Self::Unspecified => "an unspecified address",
            Self::Multicast => "a multicast address",
            Self::Broadcast => "a broadcast address",
            Self::OwnListener => "the console's own address",
        })
    }
}

/// How far `address` may be reached, and the address that decided it: the IPv4 one, where one is carried.
pub fn judge(address: IpAddr) -> (AddressClass, IpAddr) {
    match address {
        IpAddr::V4(v4) => (judge_v4(v4), address),
        IpAddr::V6(v6) => carried(v6)
            .into_iter()
            .flatten()
            .map(|v4| (judge_v4(v4), IpAddr::V4(v4)))
            .chain([(judge_v6(v6), address)])
            .max_by_key(|(reach, _)| *reach)
            .unwrap_or((AddressClass::Forbidden(Range::Reserved), address)),
    }
}

/// Services that hand out a machine's credentials to whoever can reach them: Alibaba, Azure, Oracle.
/// (Amazon, Google and most others use 169.254.169.254, which is link-local.)
const METADATA_V4: [Ipv4Addr; 3] = [Ipv4Addr::new(100, 100, 100, 200), Ipv4Addr::new(168, 63, 129, 16), Ipv4Addr::new(192, 0, 0, 192)];

/// The same over IPv6: Amazon, Google, Scaleway.
const METADATA_V6: [Ipv6Addr; 3] =
    [Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254), Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254), Ipv6Addr::new(0xfd00, 0x42, 0, 0, 0, 0, 0, 0x42)];

/// After the IANA registry of special-purpose IPv4 addresses (RFC 6890).
fn judge_v4(address: Ipv4Addr) -> AddressClass {
    if METADATA_V4.contains(&address) {
        return AddressClass::Forbidden(Range::Metadata);
    }
    match address.octets() {
        [0, ..] => AddressClass::Forbidden(Range::Unspecified),
        [169, 254, ..] => AddressClass::Forbidden(Range::LinkLocal),
        [255, 255, 255, 255] => AddressClass::Forbidden(Range::Broadcast),
        [224..=239, ..] => AddressClass::Forbidden(Range::Multicast),
        [127, ..] => AddressClass::Private(Range::Loopback),
        [10, ..] | [172, 16..=31, ..] | [192, 168, ..] => AddressClass::Private(Range::Private),
        [100, 64..=127, ..] => AddressClass::Private(Range::Shared),
        [198, 18..=19, ..] => AddressClass::Private(Range::Benchmarking),
        [192, 0, 0 | 2, _] | [192, 88, 99, _] | [198, 51, 100, _] | [203, 0, 113, _] | [240..=255, ..] => AddressClass::Private(Range::Reserved),
        _ => AddressClass::Public,
    }
}

/// After the IANA registry of special-purpose IPv6 addresses; whatever is not global unicast (2000::/3) counts as reserved.
fn judge_v6(address: Ipv6Addr) -> AddressClass {
    if METADATA_V6.contains(&address) {
        return AddressClass::Forbidden(Range::Metadata);
    }
    match address.segments() {
        [0, 0, 0, 0, 0, 0, 0, 0] => AddressClass::Forbidden(Range::Unspecified),
        [0, 0, 0, 0, 0, 0, 0, 1] => AddressClass::Private(Range::Loopback),
        [0xfe80..=0xfebf, ..] => AddressClass::Forbidden(Range::LinkLocal),
        [0xff00..=0xffff, ..] => AddressClass::Forbidden(Range::Multicast),
        [0xfc00..=0xfdff, ..] | [0xfec0..=0xfeff, ..] => AddressClass::Private(Range::Private),
        [0x2001, 2, 0, ..] => AddressClass::Private(Range::Benchmarking),
        // Judged by what they carry: 6to4, Teredo, NAT64, IPv4-compatible, mapped and translated.
        [0x2002, ..] | [0x2001, 0, ..] | [0x64, 0xff9b, 0, 0, 0, 0, ..] => AddressClass::Public,
        [0, 0, 0, 0, 0, 0 | 0xffff, ..] | [0, 0, 0, 0, 0xffff, 0, ..] => AddressClass::Public,
        [0x2001, 0..=0x1ff | 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] => AddressClass::Private(Range::Reserved),
        [0x2000..=0x3fff, ..] => AddressClass::Public,
        _ => AddressClass::Private(Range::Reserved),
    }
}

/// The IPv4 addresses inside an IPv6 one. Teredo carries two: its server's, and the client's with every bit flipped.
fn carried(address: Ipv6Addr) -> [Option<Ipv4Addr>; 2] {
    let v4 = |high: u16, low: u16| Some(Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low)));
    match address.segments() {
        [0, 0, 0, 0, 0, 0, 0, 0 | 1] => [None, None],
        // Compatible, mapped, translated (RFC 2765), NAT64 in its well-known and its local prefix (RFC 6052, RFC 8215).
        [0, 0, 0, 0, 0, 0 | 0xffff, high, low]
        | [0, 0, 0, 0, 0xffff, 0, high, low]
        | [0x64, 0xff9b, 0, 0, 0, 0, high, low]
        | [0x64, 0xff9b, 1, _, _, _, high, low] => [v4(high, low), None],
        [0x2002, high, low, ..] => [v4(high, low), None],
        [0x2001, 0, server_high, server_low, _, _, high, low] => [v4(server_high, server_low), v4(!high, !low)],
        // ISATAP (RFC 5214).
        [_, _, _, _, 0 | 0x200, 0x5efe, high, low] => [v4(high, low), None],
        _ => [None, None],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reach(text: &str) -> AddressClass {
        judge(text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))).0
    }

    #[test]
    fn every_special_range_is_known() {
        let table = [
            ("8.8.8.8", AddressClass::Public),
            ("172.15.255.255", AddressClass::Public),
            ("172.32.0.0", AddressClass::Public),
            ("100.63.255.255", AddressClass::Public),
            ("2606:4700::1111", AddressClass::Public),
            ("127.0.0.1", AddressClass::Private(Range::Loopback)),
            ("127.255.255.254", AddressClass::Private(Range::Loopback)),
            ("::1", AddressClass::Private(Range::Loopback)),
            ("10.0.0.1", AddressClass::Private(Range::Private)),
            ("172.16.0.1", AddressClass::Private(Range::Private)),
            ("172.31.255.255", AddressClass::Private(Range::Private)),
            ("192.168.1.1", AddressClass::Private(Range::Private)),
            ("fc00::1", AddressClass::Private(Range::Private)),
            ("fd12:3456::1", AddressClass::Private(Range::Private)),
            ("fec0::1", AddressClass::Private(Range::Private)),
            ("100.64.0.1", AddressClass::Private(Range::Shared)),
            ("100.127.255.255", AddressClass::Private(Range::Shared)),
            ("198.18.0.1", AddressClass::Private(Range::Benchmarking)),
            ("198.19.255.255", AddressClass::Private(Range::Benchmarking)),
            ("2001:2::1", AddressClass::Private(Range::Benchmarking)),
            ("192.0.2.1", AddressClass::Private(Range::Reserved)),
            ("240.0.0.1", AddressClass::Private(Range::Reserved)),
            ("2001:db8::1", AddressClass::Private(Range::Reserved)),
            ("3fff::1", AddressClass::Private(Range::Reserved)),
            ("100::1", AddressClass::Private(Range::Reserved)),
            ("4000::1", AddressClass::Private(Range::Reserved)),
            ("0.0.0.0", AddressClass::Forbidden(Range::Unspecified)),
            ("0.1.2.3", AddressClass::Forbidden(Range::Unspecified)),
            ("::", AddressClass::Forbidden(Range::Unspecified)),
            ("169.254.1.1", AddressClass::Forbidden(Range::LinkLocal)),
            ("169.254.169.254", AddressClass::Forbidden(Range::LinkLocal)),
            ("fe80::1", AddressClass::Forbidden(Range::LinkLocal)),
            ("febf::1", AddressClass::Forbidden(Range::LinkLocal)),
            ("100.100.100.200", AddressClass::Forbidden(Range::Metadata)),
            ("168.63.129.16", AddressClass::Forbidden(Range::Metadata)),
            ("fd00:ec2::254", AddressClass::Forbidden(Range::Metadata)),
            ("224.0.0.1", AddressClass::Forbidden(Range::Multicast)),
            ("239.255.255.255", AddressClass::Forbidden(Range::Multicast)),
            ("ff02::1", AddressClass::Forbidden(Range::Multicast)),
            ("255.255.255.255", AddressClass::Forbidden(Range::Broadcast)),
        ];
        for (text, expected) in table {
            assert_eq!(reach(text), expected, "{text}");
        }
    }

    #[test]
    fn an_ipv4_address_inside_ipv6_is_judged_as_itself() {
        let forms = |v4: &str, hex: &str, flipped: &str| {
            [
                format!("::ffff:{v4}"),
                format!("::{v4}"),
                format!("::ffff:0:{v4}"),
                format!("64:ff9b::{v4}"),
                format!("64:ff9b:1::{v4}"),
                format!("2002:{hex}::1"),
                format!("2001:0:808:808::{flipped}"),
                format!("2001:0:{hex}::f7f7:f7f7"),
                format!("2606:4700::5efe:{v4}"),
                format!("2606:4700::200:5efe:{v4}"),
            ]
        };
        let table = [
            (forms("127.0.0.1", "7f00:1", "80ff:fffe"), AddressClass::Private(Range::Loopback)),
            (forms("10.1.2.3", "a01:203", "f5fe:fdfc"), AddressClass::Private(Range::Private)),
            (forms("169.254.169.254", "a9fe:a9fe", "5601:5601"), AddressClass::Forbidden(Range::LinkLocal)),
            (forms("100.100.100.200", "6464:64c8", "9b9b:9b37"), AddressClass::Forbidden(Range::Metadata)),
        ];
        for (texts, expected) in table {
            for text in texts {
                // What surrounds the IPv4 address may be stricter by itself, never laxer.
                assert!(reach(&text) >= expected, "{text}: {:?}", reach(&text));
            }
        }
        assert_eq!(reach("::ffff:8.8.8.8"), AddressClass::Public);
        assert_eq!(reach("64:ff9b::8.8.8.8"), AddressClass::Public);
        assert_eq!(reach("2002:808:808::1"), AddressClass::Public);
        assert_eq!(judge("::ffff:10.1.2.3".parse().expect("address")).1, Ipv4Addr::new(10, 1, 2, 3));
    }
}
