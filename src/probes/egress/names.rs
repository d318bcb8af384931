//! From a name to its addresses: the machine's own way, or a script that a test wrote.

use std::{
    collections::{BTreeMap, HashMap},
    fmt,
    net::{IpAddr, Ipv4Addr},
    time::Duration,
};

use hickory_resolver::{
    TokioResolver,
    config::{LookupIpStrategy, NameServerConfig, ResolverConfig},
    net::{NetError, runtime::TokioRuntimeProvider},
};
use parking_lot::Mutex;

use super::DialError;

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
    System(Box<TokioResolver>),
    /// What the machine is configured with cannot be used, and why.
    Broken(String),
    Scripted(BTreeMap<String, Vec<Vec<IpAddr>>>, Mutex<HashMap<String, usize>>),
}

impl fmt::Debug for Names {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::System(_) => "System",
            Self::Broken(_) => "Broken",
            Self::Scripted(..) => "Scripted",
        })
    }
}

impl From<Resolver> for Names {
    fn from(resolver: Resolver) -> Self {
        match resolver {
            Resolver::System => system().map_or_else(|error| Self::Broken(error.to_string()), |resolver| Self::System(resolver.into())),
            Resolver::Scripted(answers) => Self::Scripted(answers, Mutex::default()),
        }
    }
}

/// Without a configured name server, one on this machine is assumed, as the C library does.
fn system() -> Result<TokioResolver, NetError> {
    let mut builder = TokioResolver::builder_tokio().unwrap_or_else(|error| {
        tracing::warn!(%error, "no name server is configured; assuming one at 127.0.0.1");
        let server = NameServerConfig::udp_and_tcp(Ipv4Addr::LOCALHOST.into());
        TokioResolver::builder_with_config(ResolverConfig::from_parts(None, Vec::new(), vec![server]), TokioRuntimeProvider::default())
    });
    let options = builder.options_mut();
    options.ip_strategy = LookupIpStrategy::Ipv4AndIpv6;
    // Two tries of two seconds: what has not answered by then is told as the name servers' silence.
    options.timeout = options.timeout.min(Duration::from_secs(2));
    options.attempts = options.attempts.min(1);
    // A console is asked right after a record was mended, so answers are not kept for long.
    options.positive_max_ttl = Some(Duration::from_secs(60));
    options.negative_max_ttl = Some(Duration::from_secs(2));
    builder.build()
}

impl Names {
    /// Every address of `name`, at least one.
    ///
    /// # Errors
    /// `NameNotFound` when the name servers know no address, `ResolverFailed` when they gave no answer.
    pub async fn addresses(&self, name: &str) -> Result<Vec<IpAddr>, DialError> {
        let addresses = match self {
            Self::System(resolver) => match resolver.lookup_ip(name).await {
                Ok(found) => found.iter().collect(),
                Err(error) if error.is_no_records_found() => Vec::new(),
                Err(error) => return Err(DialError::ResolverFailed(error.to_string())),
            },
            Self::Broken(reason) => return Err(DialError::ResolverFailed(reason.clone())),
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
