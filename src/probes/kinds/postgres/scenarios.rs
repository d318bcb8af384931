//! What is asked of a PostgreSQL, one function a scenario; each connects on its own.

use super::{
    failure,
    negotiation::{self, Offer, TlsMode},
    session::Session,
};
use crate::{
    kinds::{Artefact, Cause, Failure, Finding, Target, encryption},
    tls,
};

/// The oldest major version that counts as supported: the last patch of 13 came in November 2025.
const OLDEST_MAJOR: u32 = 14;

/// Passes without TLS only where the settings allow that.
pub async fn tls(target: &Target) -> Result<Finding, Failure> {
    let mode = target.text("tls");
    match negotiation::negotiate(target).await? {
        Offer::Plain(_) if TlsMode::of(target) == TlsMode::Disable => Ok(Finding::not_used("TLS is set to disable.")),
        Offer::Plain(_) => Ok(format!("Not encrypted: the server offers no TLS (mode {mode}).").into()),
        Offer::Encrypted(wire, policy) => {
            let stream = tls::handshake(wire, target.text("host"), &policy).await?;
            let found: Finding = format!("{} (mode {mode}).", encryption::describe(&stream, &policy)).into();
            Ok(found.with_all(encryption::evidence(&encryption::chain(&stream))))
        }
    }
}

/// The role is accepted. A database that is missing or closed to it has a step of its own.
pub async fn sign_in(target: &Target) -> Result<Finding, Failure> {
    match Session::attempt(target).await? {
        Ok(session) => session.close().await,
        Err(error) => {
            let failure = failure::classify(&error);
            match failure.cause {
                Cause::DatabaseMissing | Cause::PermissionDenied if failure::may_precede_sign_in(&error) => {
                    return Ok(Finding::not_tried("the pooler refused the database before anything was known of the role."));
                }
                // PostgreSQL looks for the database only after it accepted the role.
                Cause::DatabaseMissing | Cause::PermissionDenied => {}
                _ => return Err(failure),
            }
        }
    }
    Ok(format!("Accepted the role {}.", target.text("user")).into())
}

pub async fn database(target: &Target) -> Result<Finding, Failure> {
    let row = ask(target, "select current_database()").await?;
    Ok(format!("Opened the database {}.", row.concat()).into())
}

pub async fn select_one(target: &Target) -> Result<Finding, Failure> {
    answers_one(&ask(target, "select 1").await?.concat())
}

fn answers_one(answer: &str) -> Result<Finding, Failure> {
    if answer == "1" { Ok("select 1 answers 1.".into()) } else { Err(Failure::new(Cause::UnexpectedAnswer, format!("select 1 answers {answer}."))) }
}

pub async fn version(target: &Target) -> Result<Finding, Failure> {
    let row = ask(target, "select current_setting('server_version'), version()").await?;
    let [version, whole] = &row[..] else { return Err(failure::not_postgres()) };
    let evidence = Artefact::text("server-version", whole.as_str());
    let found = format!("PostgreSQL {version}");
    let digits: String = version.chars().take_while(char::is_ascii_digit).collect();
    match digits.parse::<u32>() {
        Ok(major) if major < OLDEST_MAJOR => Err(Failure::new(Cause::VersionOutdated, found).with(evidence)),
        Ok(_) => Ok(Finding::from(found).with(evidence)),
        Err(_) => Err(Failure::new(Cause::UnexpectedAnswer, found)),
    }
}

/// One query for both that verification asks.
pub async fn heartbeat(target: &Target) -> Result<(), Failure> {
    let row = ask(target, "select 1, pg_is_in_recovery(), current_setting('transaction_read_only')").await?;
    let (one, modes) = row.split_first().ok_or_else(failure::not_postgres)?;
    answers_one(one)?;
    accepts_writes(target, modes).map(drop).map_err(|failure| failure.of("not_in_recovery"))
}

/// A replica, or a database set to read-only, fails unless the settings allow one.
pub async fn not_in_recovery(target: &Target) -> Result<Finding, Failure> {
    accepts_writes(target, &ask(target, "select pg_is_in_recovery(), current_setting('transaction_read_only')").await?)
}

fn accepts_writes(target: &Target, modes: &[String]) -> Result<Finding, Failure> {
    let (cause, found) = match modes.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["f", "off"] => return Ok("A primary that accepts writes.".into()),
        ["f", _] => (Cause::ReadOnly, "A primary whose transactions are read-only."),
        ["t", _] => (Cause::OnReplica, "A replica in recovery, which accepts no writes; if that is meant, say so with May be read-only."),
        _ => (Cause::UnexpectedAnswer, "pg_is_in_recovery() answered neither true nor false."),
    };
    if target.flag("allow_replica") && cause != Cause::UnexpectedAnswer {
        Ok(found.split(';').next().unwrap_or(found).into())
    } else {
        Err(Failure::new(cause, found))
    }
}

pub async fn ask(target: &Target, query: &str) -> Result<Vec<String>, Failure> {
    let session = Session::open(target).await?;
    let row = session.row(query).await?;
    session.close().await;
    Ok(row)
}
