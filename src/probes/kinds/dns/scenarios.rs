//! What is asked of the configured name server, one question a scenario.

use std::collections::BTreeSet;

use hickory_resolver::proto::rr::{Name, RecordType};

use super::{
    query::{Answer, ask, normal},
    server::Server,
};
use crate::kinds::{Cause, Failure, Finding, Target};

/// A TTL below or above counts as unsuitable, in seconds.
const SHORTEST_TTL: u32 = 30;
const LONGEST_TTL: u32 = 86_400;

pub async fn resolve(target: &Target, server: &Server) -> Result<Finding, Failure> {
    let found = target.egress.resolve(target.environment, &server.host, server.port).await?;
    let found: Vec<_> = found.iter().take(8).map(|address| address.ip().to_string()).collect();
    Ok(found.join(", ").into())
}

pub async fn connect(target: &Target, server: &Server) -> Result<Finding, Failure> {
    target.dial(&server.host, server.port).await?;
    Ok(format!("Connected to {server}.").into())
}

pub fn record_type(target: &Target) -> RecordType {
    target.text("record_type").parse().unwrap_or(RecordType::A)
}

async fn look_up(target: &Target, server: &Server, name: &Name) -> Result<(Answer, BTreeSet<String>), Failure> {
    let answer = ask(target, server, name, record_type(target), true).await?;
    let found = answer.found()?;
    Ok((answer, found))
}

pub async fn answer(target: &Target, server: &Server, name: &Name) -> Result<Finding, Failure> {
    let (answer, found) = look_up(target, server, name).await?;
    Ok(Finding::from(format!("{}.", shown(&found))).with(answer.evidence("answer")))
}

/// An answer, with the expected records where any are named.
pub async fn heartbeat(target: &Target, server: &Server, name: &Name) -> Result<(), Failure> {
    let (_, found) = look_up(target, server, name).await?;
    let expected = expected(target);
    if expected.is_empty() { Ok(()) } else { judge(&expected, &found).map(drop).map_err(|failure| failure.of("records")) }
}

pub async fn records(target: &Target, server: &Server, name: &Name) -> Result<Finding, Failure> {
    let expected = expected(target);
    if expected.is_empty() {
        return Ok(Finding::not_used("any record will do."));
    }
    let (answer, found) = look_up(target, server, name).await?;
    let evidence = answer.evidence("answer");
    match judge(&expected, &found) {
        Ok(told) => Ok(Finding::from(told).with(evidence)),
        Err(failure) => Err(failure.with(evidence)),
    }
}

fn expected(target: &Target) -> BTreeSet<String> {
    target.list("expected").map(|text| normal(text, record_type(target))).collect()
}

fn judge(expected: &BTreeSet<String>, found: &BTreeSet<String>) -> Result<String, Failure> {
    if found == expected {
        return Ok(format!("As expected: {}.", shown(found)));
    }
    let only = |these: &BTreeSet<String>, those: &BTreeSet<String>| these.difference(those).cloned().collect::<BTreeSet<_>>();
    let (missing, other) = (only(expected, found), only(found, expected));
    let told = [("missing", missing), ("not expected", other)].into_iter().filter(|(_, records)| !records.is_empty());
    let told: Vec<_> = told.map(|(what, records)| format!("{what}: {}", shown(&records))).collect();
    let mut text = told.join("; ");
    text.replace_range(..1, &text[..1].to_uppercase());
    Err(Failure::new(Cause::RecordsDiffer, format!("{text}.")))
}

/// A resolver's TTL counts down, so only what an authoritative server says can be too short.
pub async fn ttl(target: &Target, server: &Server, name: &Name) -> Result<Finding, Failure> {
    let (answer, _) = look_up(target, server, name).await?;
    let ttls: Vec<_> = answer.records().map(|record| record.ttl).collect();
    let (Some(shortest), Some(longest)) = (ttls.iter().min(), ttls.iter().max()) else {
        return Err(Failure::new(Cause::RecordMissing, "There is no record that could have a TTL."));
    };
    let found = if shortest == longest { format!("{shortest} s.") } else { format!("{shortest} to {longest} s.") };
    let unsuitable = *longest > LONGEST_TTL || (answer.is_authoritative() && *shortest < SHORTEST_TTL);
    let (evidence, measured) = (answer.evidence("answer"), [("ttl_seconds", f64::from(*longest))]);
    if unsuitable {
        Err(Failure::new(Cause::TtlUnsuitable, found).with(evidence).measuring(measured))
    } else {
        Ok(Finding::from(found).with(evidence).measuring(measured))
    }
}

/// At most five records, in one line.
pub fn shown(records: &BTreeSet<String>) -> String {
    let first: Vec<_> = records.iter().take(5).map(|record| record.chars().take(80).collect::<String>()).collect();
    let more = if records.len() > first.len() { format!(" and {} more", records.len() - first.len()) } else { String::new() };
    format!("{}{more}", first.join(", "))
}
