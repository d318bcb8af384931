//! What only diagnostics ask of a Redis: that it keeps, expires and deletes a key, and how full it is.

use serde_json::json;

use super::{
    failure::{self, Stage},
    scenarios::info,
    session::Session,
};
use crate::kinds::{Artefact, Cause, Failure, Finding, Target};

/// The key of a round trip goes away by itself after this many seconds, should its deletion fail.
const LIFETIME: i64 = 30;
/// Keys tried on a node of a cluster. With a hundred equal nodes, one in some 150 such round trips finds none of its own.
const MOST_KEYS: usize = 500;
/// Percent of the allowed memory in use from which on it warns, and fails.
const WARNS_AT: u64 = 80;
const FAILS_AT: u64 = 95;

pub async fn round_trip(target: &Target) -> Result<Finding, Failure> {
    let mut session = Session::open(target).await?;
    let value = uuid::Uuid::new_v4().to_string();
    let key = set_new_key(&mut session, target.text("key_prefix"), &value).await?;
    let outcome = read_and_delete(&mut session, &key, &value).await;
    if outcome.is_err() {
        // It expires anyway; what went wrong before says more.
        let _ = session.ask::<i64>(redis::cmd("DEL").arg(&key), Stage::Asking("DEL")).await;
    }
    outcome
}

/// Sets a key that nobody else has and gives it back. A node of a cluster holds a part of the keys: others are tried until one is its own.
async fn set_new_key(session: &mut Session, prefix: &str, value: &str) -> Result<String, Failure> {
    let mut keys_left = MOST_KEYS;
    loop {
        let key = format!("{prefix}switchboard:diagnostics:{}", uuid::Uuid::new_v4());
        let answer: Result<Option<String>, _> = session.query(redis::cmd("SET").arg(&key).arg(value).arg("NX").arg("EX").arg(LIFETIME)).await;
        match answer {
            Ok(Some(ok)) if ok == "OK" => return Ok(key),
            Ok(_) => return Err(differs("SET answered something else than OK.")),
            Err(error) if keys_left > 0 && failure::is_held_elsewhere(&error) => keys_left -= 1,
            Err(error) => return Err(failure::classify(&error, Stage::Asking("SET"))),
        }
    }
}

async fn read_and_delete(session: &mut Session, key: &str, value: &str) -> Result<Finding, Failure> {
    let read: Option<String> = session.ask(redis::cmd("GET").arg(key), Stage::Asking("GET")).await?;
    if read.as_deref() != Some(value) {
        return Err(differs(if read.is_none() { "The key was gone right after it was set." } else { "Another value was read than was set." }));
    }
    let left: i64 = session.ask(redis::cmd("TTL").arg(key), Stage::Asking("TTL")).await?;
    if !(1..=LIFETIME).contains(&left) {
        return Err(differs("The key does not expire, though it was set to."));
    }
    let deleted: i64 = session.ask(redis::cmd("DEL").arg(key), Stage::Asking("DEL")).await?;
    let after: Option<String> = session.ask(redis::cmd("GET").arg(key), Stage::Asking("GET")).await?;
    if deleted != 1 || after.is_some() {
        return Err(differs("The key is still there after it was deleted."));
    }
    let evidence = Artefact::json("round-trip", &json!({ "key": key, "value": value, "seconds_to_live": left, "deleted": deleted }));
    Ok(Finding::from("Set a key, read it, saw it expire, and deleted it.").with(evidence))
}

fn differs(found: &str) -> Failure {
    Failure::new(Cause::RoundTripDiffers, found)
}

pub async fn memory(target: &Target) -> Result<Finding, Failure> {
    // Like role and version, it is told by INFO alone, which a user may do well without, and which some proxies do not know.
    let is_unknown = |failure: &Failure| matches!(failure.cause, Cause::PermissionDenied | Cause::ServiceFailed);
    let facts = info(target, "memory").await.map_err(|failure| Failure { warns: is_unknown(&failure), ..failure })?;
    let evidence = Artefact::json("memory", &json!(facts));
    let bytes = |name| facts.get(name).and_then(|bytes| bytes.parse::<u64>().ok());
    let Some(used) = bytes("used_memory") else { return Err(Failure::new(Cause::UnexpectedAnswer, "INFO memory names no used memory.").with(evidence)) };
    let Some(limit) = bytes("maxmemory").filter(|limit| *limit > 0) else {
        return Ok(Finding::not_used(&format!("no limit is set; {} in use.", megabytes(used))).with(evidence));
    };
    let percent = used.saturating_mul(100) / limit;
    let policy = facts.get("maxmemory_policy").map_or("noeviction", String::as_str);
    let found = format!("{} of {} in use ({percent} %), policy {policy}.", megabytes(used), megabytes(limit));
    match percent {
        // A cache is meant to be full: it drops old keys by itself.
        _ if policy.starts_with("allkeys") => Ok(Finding::from(found).with(evidence)),
        FAILS_AT.. => Err(Failure::new(Cause::NearLimit, found).with(evidence)),
        WARNS_AT.. => Err(Failure::warning(Cause::NearLimit, found).with(evidence)),
        _ => Ok(Finding::from(found).with(evidence)),
    }
}

fn megabytes(bytes: u64) -> String {
    let tenths = bytes.saturating_mul(10) >> 20;
    format!("{}.{} MB", tenths / 10, tenths % 10)
}
