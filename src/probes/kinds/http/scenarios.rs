//! What is tried against an HTTP service, each scenario over a connection of its own.

use hyper::{StatusCode, header};
use tokio::task::spawn_blocking;

use super::{
    challenge,
    condition::Condition,
    evidence,
    exchange::Answer,
    fetch::{fetch, leads_to, shown},
    memory,
    packing::{self, MAX_BODY},
    plan::Plan,
    status,
};
use crate::kinds::{Cause, Failure, Finding, Target, encryption, site};

/// Largest body that is judged on the spot, in bytes.
const QUICK: usize = 4 << 10;

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
        return Ok(Finding::not_used("no credential is needed."));
    }
    let answer = fetch(target, &plan).await?;
    match refused(target, &plan, &answer) {
        Some(failure) => Err(failure.with_all(evidence::of(target, &answer))),
        None => Ok(Finding::from(format!("Not refused: {}.", status::in_words(answer.status))).with_all(evidence::of(target, &answer))),
    }
}

pub async fn request(target: &Target) -> Result<Finding, Failure> {
    let plan = Plan::of(target)?;
    let answer = fetch(target, &plan).await?;
    judge_status(target, &plan, &answer).map_err(|failure| failure.with_all(evidence::of(target, &answer)))?;
    let led = answer.led_to.as_ref().map_or_else(String::new, |url| format!(" from {}", shown(url)));
    let more = if answer.cut { format!("; its body is larger than {} MB", MAX_BODY >> 20) } else { String::new() };
    let found: Finding = format!("{}{led} in {} ms{more}.", status::in_words(answer.status), answer.latency.as_millis()).into();
    Ok(found.with_all(evidence::of(target, &answer)).with_all(encryption::evidence(&answer.chain)))
}

pub async fn conditions(target: &Target) -> Result<Finding, Failure> {
    if memory::conditions(target)?.is_empty() {
        return Ok(Finding::not_used("there are no conditions."));
    }
    let answer = fetch(target, &Plan::of(target)?).await?;
    let kept = evidence::of(target, &answer);
    match judge_conditions(target, answer, |_| true).await {
        Ok(1) => Ok(Finding::from("1 condition holds.").with_all(kept)),
        Ok(all) => Ok(Finding::from(format!("{all} conditions hold.")).with_all(kept)),
        Err(failure) => Err(failure.with_all(kept)),
    }
}

/// The status and the conditions, by one answer.
pub async fn heartbeat(target: &Target) -> Result<(), Failure> {
    let plan = Plan::of(target)?;
    let answer = fetch(target, &plan).await?;
    judge_status(target, &plan, &answer)?;
    judge_conditions(target, answer, |_| true).await.map(drop).map_err(|failure| failure.of("conditions"))
}

/// How many conditions of those that are `meant` there are, all of which hold.
pub async fn judge_conditions(target: &Target, answer: Answer, meant: fn(&Condition) -> bool) -> Result<usize, Failure> {
    let conditions = memory::conditions(target)?;
    let (all, is_quick) =
        (conditions.iter().filter(|condition| meant(condition)).count(), answer.body.len() <= QUICK && packing::layers(&answer.headers).is_empty());
    let judge = move || conditions.iter().filter(|condition| meant(condition)).try_for_each(|condition| condition.judge(&answer));
    if is_quick {
        judge()?;
    } else {
        // A regular expression over a megabyte may take a while, and must not hold up everyone else.
        spawn_blocking(judge).await.map_err(|_| Failure::new(Cause::UnexpectedAnswer, "The check itself broke on what the service answered."))??;
    }
    Ok(all)
}

fn judge_status(target: &Target, plan: &Plan, answer: &Answer) -> Result<(), Failure> {
    if plan.expected.contains(answer.status.as_u16()) {
        return Ok(());
    }
    if answer.headers.get("cf-mitigated").is_some_and(|value| value == "challenge") {
        let found = format!("Cloudflare, in front of the service, asks whether a person is there ({}).", status::in_words(answer.status));
        return Err(Failure::new(Cause::TurnedAway, found));
    }
    if let Some(refused) = refused(target, plan, answer) {
        return Err(refused);
    }
    let again = answer.headers.get(header::RETRY_AFTER).and_then(|value| value.to_str().ok()).filter(|after| after.len() <= 40);
    let again = again.map_or_else(String::new, |after| format!(" (Retry-After: {after})"));
    let found = format!("Expected {}, got {}{again}{}.", target.text("expected_status"), status::in_words(answer.status), more(plan, answer));
    match (answer.status, answer.was_asked) {
        (StatusCode::NOT_FOUND, _) => Err(Failure::new(Cause::NotFound, found)),
        // nginx and its kin let everyone in, and then answer like this.
        (status, Some(false)) if status.is_client_error() => {
            let found = format!("{} The server asks for a client certificate, and none is set.", found);
            Err(Failure::new(Cause::ClientCertificateMissing, found))
        }
        (StatusCode::BAD_REQUEST, Some(true)) if answer.text().is_ok_and(|body| body.contains("SSL certificate")) => {
            Err(Failure::new(Cause::ClientCertificateRefused, format!("The server answered {} to the client certificate.", status::in_words(answer.status))))
        }
        _ => Err(Failure::new(Cause::UnexpectedStatus, found)),
    }
}

/// Whether the service turned the credential down. A person who expects that very status means something else by it.
fn refused(target: &Target, plan: &Plan, answer: &Answer) -> Option<Failure> {
    let refused = matches!(answer.status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) && !plan.expected.contains(answer.status.as_u16());
    if !refused || target.text("auth") == "none" || answer.has_left {
        return None;
    }
    let offered = challenge::offered(answer);
    let cause = if challenge::are_foreign(&offered) { Cause::SchemeNotSpoken } else { Cause::AuthRejected };
    Some(Failure::new(cause, format!("The service answered {}{}.", status::in_words(answer.status), asked_for(&offered))))
}

fn asked_for(offered: &[&str]) -> String {
    if offered.is_empty() { String::new() } else { format!(", and asks for {}", offered.join(", ")) }
}

/// What else there is to know of an answer with an unexpected status.
fn more(plan: &Plan, answer: &Answer) -> String {
    let from = answer.led_to.as_ref().map_or_else(String::new, |url| format!(" from {}", shown(url)));
    let unsigned = if answer.has_left { ", where no credential is sent" } else { "" };
    let leads = leads_to(answer.led_to.as_ref().unwrap_or(&plan.url), answer).map_or_else(String::new, |url| format!(", which leads to {}", shown(&url)));
    format!("{from}{unsigned}{leads}{}", asked_for(&challenge::offered(answer)))
}
