//! From a name to its addresses: the machine's own way, or a script that a test wrote.

use std::{
    collections::{BTreeMap, HashMap},
    fmt, fs,
    future::Future,
    net::{IpAddr, Ipv4Addr},
    path::{Path, PathBuf},
    str::FromStr,
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use hickory_resolver::{
    Hosts, TokioResolver,
    config::{LookupIpStrategy, NameServerConfig, ResolverConfig},
    lookup::Lookup,
    net::{DnsError, NetError, runtime::TokioRuntimeProvider},
    proto::{
        op::Query,
        rr::{Name, RData, Record},
    },
};
use parking_lot::Mutex;

use super::DialError;
use crate::system_error;

const HOSTS: &str = "/etc/hosts";
const NAME_SERVERS: &str = "/etc/resolv.conf";
/// How often these are looked at for changes: containers, VPNs and people write them while the console runs.
const LOOKED_AT_EVERY: Duration = Duration::from_secs(2);
/// In seconds; the file is as it is.
const TTL_OF_HOSTS: u32 = 86_400;
/// How long an answer to the other question is waited for once one has brought an address.
const GRACE: Duration = Duration::from_millis(300);

/// How names become addresses.
#[derive(Clone, Debug, Default)]
pub enum Resolver {
    /// The hosts file and the name servers that this machine is configured with.
    #[default]
    System,
    /// Each name with its answers in turn; the last one is repeated. Other names do not exist.
    Scripted(BTreeMap<String, Vec<Vec<IpAddr>>>),
}

pub enum Names {
    System(Machine),
    Scripted(BTreeMap<String, Vec<Vec<IpAddr>>>, Mutex<HashMap<String, usize>>),
}

impl fmt::Debug for Names {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::System(_) => "System",
            Self::Scripted(..) => "Scripted",
        })
    }
}

impl From<Resolver> for Names {
    fn from(resolver: Resolver) -> Self {
        match resolver {
            Resolver::System => Self::System(Machine::new(HOSTS.into(), LOOKED_AT_EVERY)),
            Resolver::Scripted(answers) => Self::Scripted(answers, Mutex::default()),
        }
    }
}

/// What this machine is configured with, as its files are now.
pub struct Machine {
    hosts: PathBuf,
    looked_at_every: Duration,
    known: Mutex<Known>,
}

/// One for addresses of IPv4, one for those of IPv6; or why what the machine is configured with cannot be used.
type Resolvers = Result<Arc<[TokioResolver; 2]>, String>;

struct Known {
    resolvers: Resolvers,
    stamps: [Option<Stamp>; 2],
    looked_at: Instant,
}

/// When a file was written, and its length.
type Stamp = (SystemTime, u64);

impl Machine {
    fn new(hosts: PathBuf, looked_at_every: Duration) -> Self {
        let known = Known { stamps: stamps(&hosts), resolvers: resolvers(&hosts), looked_at: Instant::now() };
        Self { hosts, looked_at_every, known: known.into() }
    }

    fn resolvers(&self) -> Resolvers {
        let mut known = self.known.lock();
        if known.looked_at.elapsed() >= self.looked_at_every {
            known.looked_at = Instant::now();
            let stamps = stamps(&self.hosts);
            if stamps != known.stamps {
                (known.stamps, known.resolvers) = (stamps, resolvers(&self.hosts));
            }
        }
        known.resolvers.clone()
    }
}

fn stamps(hosts: &Path) -> [Option<Stamp>; 2] {
    [hosts, Path::new(NAME_SERVERS)].map(|file| {
        let metadata = fs::metadata(file).ok()?;
        Some((metadata.modified().ok()?, metadata.len()))
    })
}

/// Without a configured name server, one on this machine is assumed, as the C library does.
fn resolvers(hosts: &Path) -> Resolvers {
    let of = |strategy| {
        configured(strategy, hosts).map_err(|error| {
            tracing::warn!(%error, "names cannot be looked up");
            "this server's own settings for names cannot be used".to_owned()
        })
    };
    Ok(Arc::new([of(LookupIpStrategy::Ipv4Only)?, of(LookupIpStrategy::Ipv6Only)?]))
}

fn configured(strategy: LookupIpStrategy, hosts_file: &Path) -> Result<TokioResolver, NetError> {
    let mut builder = TokioResolver::builder_tokio().unwrap_or_else(|error| {
        tracing::warn!(%error, "no name server is configured; assuming one at 127.0.0.1");
        let server = NameServerConfig::udp_and_tcp(Ipv4Addr::LOCALHOST.into());
        TokioResolver::builder_with_config(ResolverConfig::from_parts(None, Vec::new(), vec![server]), TokioRuntimeProvider::default())
    });
    let options = builder.options_mut();
    options.ip_strategy = strategy;
    // Two tries of two seconds: what has not answered by then is told as the name servers' silence.
    options.timeout = options.timeout.min(Duration::from_secs(2));
    options.attempts = options.attempts.min(1);
    // A console is asked right after a record was mended, so answers are not kept for long.
    options.positive_max_ttl = Some(Duration::from_secs(60));
    options.negative_max_ttl = Some(Duration::from_secs(2));
    let mut resolver = builder.build()?;
    if let Ok(text) = fs::read_to_string(hosts_file) {
        resolver.set_hosts(Arc::new(hosts(&text)));
    }
    Ok(resolver)
}

/// The hosts file, with the names that hold an underscore: to the library those are no names, to the machine they are.
fn hosts(text: &str) -> Hosts {
    let mut hosts = Hosts::default();
    let _ = hosts.read_hosts_conf(text.as_bytes());
    for line in text.lines() {
        let mut words = line.split('#').next().unwrap_or_default().split_whitespace();
        let Some(address) = words.next().and_then(|word| word.parse::<IpAddr>().ok()) else { continue };
        for name in words.filter(|word| word.contains('_')) {
            let name = name.to_lowercase();
            // What the library takes it has taken.
            if Name::from_str(&name).is_ok() {
                continue;
            }
            let Ok(mut name) = Name::from_ascii(&name) else { continue };
            name.set_fqdn(true);
            let data = RData::from(address);
            let (record_type, record) = (data.record_type(), Record::from_rdata(name.clone(), TTL_OF_HOSTS, data));
            hosts.insert(name.clone(), record_type, Lookup::new_with_max_ttl(Query::query(name, record_type), [record]));
        }
    }
    hosts
}

/// One question, under the name as it is: only letters beyond ASCII are rewritten before.
async fn look_up(resolver: &TokioResolver, name: &str) -> Result<Vec<IpAddr>, DialError> {
    let failed = |error: String| Err(DialError::ResolverFailed(error));
    let name = match Name::from_ascii(name) {
        Ok(name) => name,
        Err(_) => return failed("they can be asked for no such name".into()),
    };
    match resolver.lookup_ip(name).await {
        Ok(found) => Ok(found.iter().collect()),
        Err(error) if error.is_no_records_found() => Ok(Vec::new()),
        Err(error) => failed(words(&error)),
    }
}

/// What the library says of a question, in words.
fn words(error: &NetError) -> String {
    match error {
        NetError::Timeout => "none of them answered in time".into(),
        NetError::NoConnections | NetError::Busy => "none of them could be reached".into(),
        NetError::Io(error) => system_error::words(error),
        NetError::Dns(DnsError::ResponseCode(code)) => format!("they answered {}", code.to_str().to_lowercase()),
        _ => "what they answered could not be read".into(),
    }
}

/// What both answer, the first one's before the second's. Once there is an address, an answer that does not come is not waited for.
async fn joined(
    one: impl Future<Output = Result<Vec<IpAddr>, DialError>>,
    other: impl Future<Output = Result<Vec<IpAddr>, DialError>>,
) -> Result<Vec<IpAddr>, DialError> {
    tokio::pin!(one, other);
    let (one, other) = tokio::select! {
        found = &mut one => { let late = also(&found, other).await; (found, late) }
        found = &mut other => { let late = also(&found, one).await; (late, found) }
    };
    match (one, other) {
        (Ok(mut found), Ok(more)) => {
            found.extend(more);
            Ok(found)
        }
        (Ok(found), Err(_)) | (Err(_), Ok(found)) if !found.is_empty() => Ok(found),
        (Err(error), _) | (_, Err(error)) => Err(error),
    }
}

async fn also(first: &Result<Vec<IpAddr>, DialError>, other: impl Future<Output = Result<Vec<IpAddr>, DialError>>) -> Result<Vec<IpAddr>, DialError> {
    if first.as_ref().is_ok_and(|found| !found.is_empty()) { tokio::time::timeout(GRACE, other).await.unwrap_or_else(|_| Ok(Vec::new())) } else { other.await }
}

impl Names {
    /// Every address of `name`, at least one.
    ///
    /// # Errors
    /// `NameNotFound` when the name servers know no address, `ResolverFailed` when they gave no answer.
    pub async fn addresses(&self, name: &str) -> Result<Vec<IpAddr>, DialError> {
        let addresses = match self {
            Self::System(machine) => {
                let resolvers = machine.resolvers().map_err(DialError::ResolverFailed)?;
                joined(look_up(&resolvers[0], name), look_up(&resolvers[1], name)).await?
            }
            Self::Scripted(answers, asked) => next_answer(answers, asked, name),
        };
        if addresses.is_empty() { Err(DialError::NameNotFound(name.to_owned())) } else { Ok(addresses) }
    }
}

fn next_answer(answers: &BTreeMap<String, Vec<Vec<IpAddr>>>, asked: &Mutex<HashMap<String, usize>>, name: &str) -> Vec<IpAddr> {
    let Some(sequence) = answers.get(name) else { return Vec::new() };
    let mut asked = asked.lock();
    let turn = asked.entry(name.to_owned()).or_default();
    let answer = sequence.get(*turn).or(sequence.last()).cloned().unwrap_or_default();
    *turn += 1;
    answer
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use hickory_resolver::proto::rr::RecordType;

    use super::*;

    #[test]
    fn the_hosts_file_may_hold_underscores() {
        let hosts = hosts("127.0.0.1 localhost\n192.0.2.7 My_DB orders_db_1.internal plain # a_comment\n2001:db8::7 my_db\nnonsense a_b\n");
        let found = |name: &str, record_type| {
            let name = Name::from_ascii(format!("{name}.")).expect("a name");
            hosts.lookup_static_host(&Query::query(name, record_type)).map_or(0, |lookup| lookup.answers().len())
        };
        for name in ["my_db", "orders_db_1.internal", "plain", "localhost"] {
            assert_eq!(found(name, RecordType::A), 1, "{name}");
        }
        assert_eq!(found("my_db", RecordType::AAAA), 1);
        assert_eq!(found("a_comment", RecordType::A) + found("a_b", RecordType::A), 0);
    }

    #[tokio::test]
    async fn the_hosts_file_is_read_again_once_it_has_changed() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("hosts");
        let write = |text: &str| fs::write(&file, text).expect("written");
        write("192.0.2.7 my_db\n");
        let machine = Machine::new(file.clone(), Duration::ZERO);
        let found = async || look_up(&machine.resolvers().expect("configured")[0], "my_db").await.expect("an address");
        assert_eq!(found().await, [Ipv4Addr::new(192, 0, 2, 7)]);
        let before = machine.resolvers().expect("configured");
        assert!(Arc::ptr_eq(&before, &machine.resolvers().expect("configured")), "nothing has changed");
        write("192.0.2.80 my_db\n");
        assert_eq!(found().await, [Ipv4Addr::new(192, 0, 2, 80)]);
    }

    #[tokio::test]
    async fn a_silent_question_does_not_hold_up_an_answered_one() {
        let four: IpAddr = Ipv4Addr::LOCALHOST.into();
        let found = async || Ok(vec![four]);
        let broken = async || Err(DialError::ResolverFailed("timed out".into()));
        let none = async || Ok(Vec::new());
        assert_eq!(joined(found(), pending()).await.expect("an address"), [four]);
        assert_eq!(joined(pending(), found()).await.expect("an address"), [four]);
        assert_eq!(joined(found(), broken()).await.expect("an address"), [four]);
        assert_eq!(joined(none(), found()).await.expect("an address"), [four]);
        assert_eq!(joined(none(), none()).await.expect("no address"), [] as [IpAddr; 0]);
        // Nobody knows what the other would have said.
        assert!(matches!(joined(none(), broken()).await, Err(DialError::ResolverFailed(_))));
    }
}
