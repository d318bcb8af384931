//! What is tried against an HTTP service, each scenario over a connection of its own.

use hyper::{StatusCode, header};
use tokio::task::spawn_blocking;
use url::{Position, Url};

use super::{
    auth, evidence,
    exchange::{Answer, MAX_BODY, Outgoing, exchange},
    plan::{self, Plan, invalid},
};
use crate::kinds::{Cause, Failure, Finding, Target, encryption, site};

pub async fn resolve(target: &Target) -> Result<Finding, Failure> {
    site::resolve(target, &Plan::of(target)?.url).await
}

pub async fn connect(target: &Target) -> Result<Finding, Failure> {
    site::connect(target, &Plan::of(target)?.url).await
}

pub async fn tls(target: &Target) -> Result<Finding, Failure> {
    let plan = Plan::of(target)?;
    site::tls(target, &plan.url, &plan.tls).await
}

pub async fn certificate(target: &Target) -> Result<Finding, Failure> {
    let plan = Plan::of(target)?;
    match site::encrypt(target, &plan.url, &plan.tls).await? {
        Some(stream) => encryption::expiry(&stream),
        None => Ok(site::without_tls()),
    }
}

pub async fn sign_in(target: &Target) -> Result<Finding, Failure> {
    let plan = Plan::of(target)?;
    if target.text("auth") == "none" {
        return Ok("Not used: no credential is needed.".into());
    }
    let answer = fetch(target, &plan).await?;
    match refused(target, &plan, &answer) {
        Some(failure) => Err(failure.with_all(evidence::of(target, &answer))),
        None => Ok(Finding::from(format!("Not refused: {}.", answer.status)).with_all(evidence::of(target, &answer))),
    }
}

pub async fn request(target: &Target) -> Result<Finding, Failure> {
    let plan = Plan::of(target)?;
    let answer = fetch(target, &plan).await?;
    judge_status(target, &plan, &answer).map_err(|failure| failure.with_all(evidence::of(target, &answer)))?;
    let more = if answer.cut { format!("; its body is larger than {} MB", MAX_BODY >> 20) } else { String::new() };
    let found: Finding = format!("{} in {} ms{more}.", answer.status, answer.latency.as_millis()).into();
    Ok(found.with_all(evidence::of(target, &answer)).with_all(encryption::evidence(&answer.chain)))
}

pub async fn conditions(target: &Target) -> Result<Finding, Failure> {
    let plan = Plan::of(target)?;
    let conditions: Vec<_> = plan::conditions(&target.settings).map(|(_, condition)| condition).collect::<Result<_, _>>().map_err(invalid)?;
    if conditions.is_empty() {
        return Ok("Not used: there are no conditions.".into());
    }
    let answer = fetch(target, &plan).await?;
    let (all, kept) = (conditions.len(), evidence::of(target, &answer));
    // A regular expression over a megabyte may take a while, and must not hold up everyone else.
    let judged = spawn_blocking(move || conditions.iter().try_for_each(|condition| condition.judge(&answer))).await;
    match judged.map_err(|error| invalid(error.to_string()))? {
        Ok(()) => Ok(Finding::from(if all == 1 { "1 condition holds.".to_owned() } else { format!("{all} conditions hold.") }).with_all(kept)),
        Err(failure) => Err(failure.with_all(kept)),
    }
}

pub async fn fetch(target: &Target, plan: &Plan) -> Result<Answer, Failure> {
    let headers = auth::headers(target, plan).await?;
    let outgoing = Outgoing { method: plan.method.clone(), url: &plan.url, headers, body: bytes::Bytes::new() };
    exchange(target, &plan.tls, outgoing).await
}

fn judge_status(target: &Target, plan: &Plan, answer: &Answer) -> Result<(), Failure> {
    if plan.expected.contains(answer.status.as_u16()) {
        return Ok(());
    }
    if let Some(refused) = refused(target, plan, answer) {
        return Err(refused);
    }
    let found = format!("Expected {}, got {}{}.", target.text("expected_status"), answer.status, redirect(plan, answer));
    let cause = if answer.status == StatusCode::NOT_FOUND { Cause::NotFound } else { Cause::UnexpectedStatus };
    Err(Failure::new(cause, found))
}

/// Whether the service turned the credential down. A person who expects that very status means something else by it.
fn refused(target: &Target, plan: &Plan, answer: &Answer) -> Option<Failure> {
    let refused = matches!(answer.status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) && !plan.expected.contains(answer.status.as_u16());
    (refused && target.text("auth") != "none").then(|| Failure::new(Cause::AuthRejected, format!("The service answered {}.", answer.status)))
}

fn redirect(plan: &Plan, answer: &Answer) -> String {
    leads_to(&plan.url, answer).map_or_else(String::new, |url| format!(", which leads to {}", shown(&url)))
}

/// Where a redirect leads.
pub fn leads_to(from: &Url, answer: &Answer) -> Option<Url> {
    let location = answer.headers.get(header::LOCATION).filter(|_| answer.status.is_redirection());
    location.and_then(|value| value.to_str().ok()).and_then(|value| from.join(value).ok())
}

/// A URL without its user and query, which may carry a secret.
pub fn shown(url: &Url) -> String {
    url[Position::BeforeScheme..Position::BeforeUsername].chars().chain(url[Position::BeforeHost..Position::AfterPath].chars()).take(200).collect()
}
