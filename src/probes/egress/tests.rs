//! The dialer's rules over environments, grants and spellings; nothing is dialled here.

use super::*;

fn egress(grants: &str) -> Egress {
    Egress::new(grants.parse().expect("grants"), Resolver::Scripted([].into()))
}

async fn outcome(egress: &Egress, environment: Environment, host: &str, port: u16) -> Result<Vec<SocketAddr>, Range> {
    match egress.resolve(environment, host, port).await {
        Ok(targets) => Ok(targets),
        Err(DialError::Denied { reason, .. }) => Err(reason),
        Err(error) => panic!("{host}: {error}"),
    }
}

#[tokio::test]
async fn private_addresses_are_free_in_development_alone() {
    for host in ["127.0.0.1", "10.0.0.1", "192.168.0.1", "100.64.0.1", "::1", "fd12::1"] {
        assert!(outcome(&egress(""), Environment::Development, host, 80).await.is_ok(), "{host}");
        for environment in [Environment::Staging, Environment::Production] {
            assert!(outcome(&egress(""), environment, host, 80).await.is_err(), "{host}");
        }
    }
}

#[tokio::test]
async fn a_grant_opens_its_range_and_ports_only() {
    let egress = egress("10.1.0.0/16:5432-5433");
    let production = Environment::Production;
    assert!(outcome(&egress, production, "10.1.2.3", 5432).await.is_ok());
    assert!(outcome(&egress, production, "::ffff:10.1.2.3", 5433).await.is_ok());
    assert_eq!(outcome(&egress, production, "10.1.2.3", 5434).await, Err(Range::Private));
    assert_eq!(outcome(&egress, production, "10.2.0.1", 5432).await, Err(Range::Private));
}

#[tokio::test]
async fn what_is_forbidden_takes_an_exact_grant_even_in_development() {
    let hosts = ["169.254.169.254", "0.0.0.0", "224.0.0.1", "255.255.255.255", "100.100.100.200", "[fe80::1]", "[fd00:ec2::254]", "[::]", "[ff02::1]"];
    for host in hosts {
        assert!(outcome(&egress("0.0.0.0/0, ::/0"), Environment::Development, host, 80).await.is_err(), "{host}");
    }
    let exact = egress("169.254.169.254:80");
    assert!(outcome(&exact, Environment::Production, "169.254.169.254", 80).await.is_ok());
    assert_eq!(outcome(&exact, Environment::Production, "169.254.169.254", 8080).await, Err(Range::LinkLocal));
}

/// Spellings of 127.0.0.1 and 169.254.169.254 that are known to slip past filters that compare text.
pub const LOOPBACK: [&str; 20] = [
    "127.0.0.1",
    "127.1",
    "127.0.1",
    "2130706433",
    "0x7f000001",
    "0x7f.0.0.1",
    "0177.0.0.1",
    "017700000001",
    "0x7f.1",
    "127.0.0.1.",
    "１２７.０.０.１",
    "127。0。0。1",
    "①②⑦.⓪.⓪.①",
    "127%2e0%2e0%2e1",
    "[::1]",
    "::1",
    "[0:0:0:0:0:0:0:1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[64:ff9b::127.0.0.1]",
];

#[tokio::test]
async fn every_spelling_of_an_address_is_that_address() {
    for host in LOOPBACK {
        assert_eq!(outcome(&egress(""), Environment::Production, host, 80).await, Err(Range::Loopback), "{host}");
    }
    for host in ["2852039166", "0xa9fea9fe", "0xA9.0xFE.0xA9.0xFE", "0251.0376.0251.0376", "169.254.43518", "１６９.254.169.254", "[::ffff:a9fe:a9fe]"] {
        assert_eq!(outcome(&egress(""), Environment::Development, host, 80).await, Err(Range::LinkLocal), "{host}");
    }
}

#[tokio::test]
async fn what_is_no_host_is_not_looked_up() {
    let long = format!("{}.test", "x".repeat(64));
    let longer = "abc.".repeat(70);
    for host in [
        &long,
        &longer,
        "a..b",
        ".a",
        "",
        " ",
        "a b",
        "a/b",
        "user@host",
        "host:80",
        "host#x",
        "host?x",
        "a\\b",
        "a\0b",
        "[::1",
        "256.0.0.1",
        "1.2.3.4.5",
        "fe80::1%eth0",
    ] {
        let error = egress("").resolve(Environment::Development, host, 80).await.expect_err(host);
        assert!(matches!(error, DialError::InvalidHost(_)), "{host:?}: {error}");
    }
}

#[tokio::test]
async fn one_denied_answer_denies_them_all() {
    let answers = [("mixed.test".to_owned(), vec![vec!["1.1.1.1".parse().expect("address"), "10.0.0.1".parse().expect("address")]])];
    let egress = Egress::new(EgressPolicy::default(), Resolver::Scripted(answers.into()));
    assert_eq!(outcome(&egress, Environment::Production, "MIXED.test", 80).await, Err(Range::Private));
    let missing = egress.resolve(Environment::Production, "other.test", 80).await.expect_err("missing");
    assert!(matches!(missing, DialError::NameNotFound(_)), "{missing}");
}

#[tokio::test]
async fn the_console_never_reaches_itself() {
    let egress = egress("127.0.0.0/8");
    egress.deny_listener("0.0.0.0:8080".parse().expect("address"));
    for host in LOOPBACK {
        assert_eq!(outcome(&egress, Environment::Development, host, 8080).await, Err(Range::OwnListener), "{host}");
        assert!(outcome(&egress, Environment::Development, host, 8081).await.is_ok(), "{host}");
    }
    assert!(outcome(&egress, Environment::Development, "1.1.1.1", 8080).await.is_ok());
}
