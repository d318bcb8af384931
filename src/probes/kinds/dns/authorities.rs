//! Whether every server that is responsible for a name says the same about it.

use std::collections::BTreeSet;

use hickory_resolver::proto::rr::{Name, RData, RecordType};
use serde_json::{Value, json};

use super::{
    query::ask,
    scenarios::{record_type, shown},
    server::Server,
};
use crate::kinds::{Artefact, Cause, Failure, Finding, Target};

/// Most servers that are asked.
const MAX_SERVERS: usize = 8;
/// Longest chain of parents that is walked to find the zone.
const MAX_LABELS: u8 = 20;

/// Asks each authoritative server itself, and compares the answers.
///
/// # Errors
/// The zone's servers cannot be found; one of them cannot be asked, is not responsible, or says something else.
pub async fn agree(target: &Target, resolver: &Server, name: &Name, port: u16) -> Result<Finding, Failure> {
    let (zone, servers) = servers_of(target, resolver, name).await?;
    let (mut answers, mut seen) = (Vec::with_capacity(servers.len()), Vec::new());
    for server in servers.iter().take(MAX_SERVERS) {
        let outcome = ask_one(target, resolver, server, name, port).await;
        seen.push(match &outcome {
            Ok(said) => json!({ "server": server.to_string(), "records": said.records, "serial": said.serial }),
            Err(failure) => json!({ "server": server.to_string(), "failed": failure.found }),
        });
        answers.push((server, outcome));
    }
    let evidence = Artefact::json("authoritative-servers", &json!({ "zone": zone.to_string(), "servers": Value::from(seen) }));
    let disagree = |found: String| Failure::new(Cause::ServersDisagree, found).with(evidence.clone());
    let mut first: Option<(&Name, Said)> = None;
    for (server, outcome) in answers {
        let said = outcome.map_err(|failure| disagree(format!("{}: {}", plain(server), failure.found)))?;
        match &first {
            Some((other, expected)) if expected.records != said.records => {
                let found = format!("{} says {}, {} says {}.", plain(other), shown(&expected.records), plain(server), shown(&said.records));
                return Err(disagree(found));
            }
            Some(_) => {}
            None => first = Some((server, said)),
        }
    }
    Ok(Finding::from(format!("{} servers of {} agree.", servers.len().min(MAX_SERVERS), plain(&zone))).with(evidence))
}

struct Said {
    records: BTreeSet<String>,
    serial: Option<u32>,
}

/// The zone of `name` and its servers, in order of their names.
async fn servers_of(target: &Target, resolver: &Server, name: &Name) -> Result<(Name, Vec<Name>), Failure> {
    let mut zone = name.clone();
    while zone.num_labels() > 0 && zone.num_labels() <= MAX_LABELS {
        let answer = ask(target, resolver, &zone, RecordType::NS, true).await?;
        let name_of = |data: &RData| match data {
            RData::NS(server) => Some(server.0.clone()),
            _ => None,
        };
        let servers: BTreeSet<Name> = answer.records().filter(|record| record.name == zone).filter_map(|record| name_of(&record.data)).collect();
        if !servers.is_empty() {
            return Ok((zone, servers.into_iter().collect()));
        }
        zone = zone.base_name();
    }
    Err(Failure::new(Cause::RecordMissing, format!("No zone of {} has NS records.", plain(name))))
}

async fn ask_one(target: &Target, resolver: &Server, server: &Name, name: &Name, port: u16) -> Result<Said, Failure> {
    let mut addresses = ask(target, resolver, server, RecordType::A, true).await?.texts();
    if addresses.is_empty() {
        addresses = ask(target, resolver, server, RecordType::AAAA, true).await?.texts();
    }
    let host = addresses.into_iter().next().ok_or_else(|| Failure::new(Cause::NameNotFound, "it has no address."))?;
    let at = Server { host, port };
    let answer = ask(target, &at, name, record_type(target), false).await?;
    let records = answer.found()?;
    if !answer.is_authoritative() {
        return Err(Failure::new(Cause::ServersDisagree, "it is not responsible for the zone."));
    }
    let soa = ask(target, &at, name, RecordType::SOA, false).await?;
    let serial = soa.message.answers.iter().chain(&soa.message.authorities).find_map(|record| match &record.data {
        RData::SOA(soa) => Some(soa.serial),
        _ => None,
    });
    Ok(Said { records, serial })
}

fn plain(name: &Name) -> String {
    name.to_string().trim_end_matches('.').to_owned()
}
