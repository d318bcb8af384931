//! What is asked of a Redis, one function a scenario; each connects on its own.

use std::{collections::HashMap, time::Duration};

use super::{
    cluster,
    failure::Stage,
    session::{Session, facts},
};
use crate::{
    kinds::{Artefact, Cause, Failure, Finding, Target, encryption, limited_stream::LimitedStream},
    tls,
};

/// The oldest major version that counts as supported: users and TLS came with 6.
const OLDEST_MAJOR: u32 = 6;
/// How long a handshake has before a server is suspected to speak without TLS.
const PATIENCE: Duration = Duration::from_millis(1_500);

pub async fn tls(target: &Target) -> Result<Finding, Failure> {
    if !target.flag("tls") {
        return Ok(Finding::not_used("TLS is off."));
    }
    let (host, policy) = (target.text("host"), encryption::policy(target)?);
    let wire = LimitedStream::new(target.dial(host, target.port()).await?);
    tokio::select! {
        stream = tls::handshake(wire, host, &policy) => {
            let stream = stream?;
            let found: Finding = format!("{}.", encryption::describe(&stream, &policy)).into();
            Ok(found.with_all(encryption::evidence(&encryption::chain(&stream))))
        }
        () = plain(target) => Err(Failure::new(Cause::NotTls, "The server answers without TLS on this port.")),
    }
}

/// Ends if the server still has not answered the handshake, and answers a `PING` without TLS.
/// A plain Redis waits for the end of a line when it gets a handshake, so this is the only way to tell it from a slow server.
async fn plain(target: &Target) {
    tokio::time::sleep(PATIENCE).await;
    let answer = match Session::connect_plain(target).await {
        Ok(mut session) => session.ask::<String>(&redis::cmd("PING"), Stage::Asking("PING")).await,
        Err(failure) => Err(failure),
    };
    if !matches!(answer, Ok(_) | Err(Failure { cause: Cause::AuthRejected, .. })) {
        std::future::pending().await
    }
}

/// Redis says whether it wants a password only when asked for something, hence the `PING`.
pub async fn sign_in(target: &Target) -> Result<Finding, Failure> {
    let mut session = Session::connect(target).await?;
    session.sign_in(target).await?;
    match session.ask::<String>(&redis::cmd("PING"), Stage::Asking("PING")).await {
        // A user who may not PING is signed in; that it may not is told by the scenario of its own.
        Err(failure) if failure.cause != Cause::PermissionDenied => Err(failure),
        _ => Ok(signed_in_as(target).into()),
    }
}

fn signed_in_as(target: &Target) -> String {
    match (target.text("user"), target.secret("password")) {
        ("", None) => "The server asks for no password.".into(),
        ("", Some(_)) => "Accepted the password of the default user.".into(),
        (user, _) => format!("Accepted the user {user}."),
    }
}

pub async fn database(target: &Target) -> Result<Finding, Failure> {
    Session::open(target).await?;
    Ok(format!("Opened database {}.", target.number("database")).into())
}

pub async fn ping(target: &Target) -> Result<Finding, Failure> {
    let mut session = Session::open(target).await?;
    let answer: String = session.ask(&redis::cmd("PING"), Stage::Asking("PING")).await?;
    if answer != "PONG" {
        return Err(Failure::new(Cause::UnexpectedAnswer, "PING answers something else than PONG."));
    }
    let found = match cluster::state(&mut session).await {
        Some(state) => format!("PING answers PONG; {}.", cluster::judge(&state)?),
        None => "PING answers PONG.".to_owned(),
    };
    Ok(found.into())
}

pub async fn role(target: &Target) -> Result<Finding, Failure> {
    let facts = info(target, "replication").await?;
    let fact = |name| facts.get(name).map(String::as_str);
    match fact("role") {
        Some("master") => Ok(format!("A primary; connected replicas: {}.", fact("connected_slaves").unwrap_or("0")).into()),
        Some("slave") => {
            Err(Failure::new(Cause::OnReplica, format!("A replica; its link to the primary is {}.", fact("master_link_status").unwrap_or("unknown"))))
        }
        _ => Err(Failure::new(Cause::UnexpectedAnswer, "INFO replication names no role.")),
    }
}

pub async fn version(target: &Target) -> Result<Finding, Failure> {
    let facts = info(target, "server").await?;
    // Valkey gives the Redis version it is compatible with beside its own.
    let (name, version) = match (facts.get("valkey_version"), facts.get("redis_version")) {
        (Some(version), _) => ("Valkey", version),
        (None, Some(version)) => ("Redis", version),
        (None, None) => return Err(Failure::new(Cause::UnexpectedAnswer, "INFO server names no version.")),
    };
    let found = format!("{name} {version}");
    let evidence = Artefact::json("server", &serde_json::json!(facts));
    match version.split('.').next().map(str::parse::<u32>) {
        Some(Ok(major)) if major < OLDEST_MAJOR => Err(Failure::new(Cause::VersionOutdated, found).with(evidence)),
        Some(Ok(_)) => Ok(Finding::from(found).with(evidence)),
        _ => Err(Failure::new(Cause::UnexpectedAnswer, found)),
    }
}

/// A section of `INFO`, by name.
pub async fn info(target: &Target, section: &str) -> Result<HashMap<String, String>, Failure> {
    let text: String = Session::open(target).await?.ask(redis::cmd("INFO").arg(section), Stage::Asking("INFO")).await?;
    Ok(facts(&text))
}
