//! What only diagnostics try: how the service treats strangers, wrong paths and five requests in a row.

use std::{collections::BTreeMap, time::Duration};

use bytes::Bytes;
use hyper::{
    HeaderMap, Method, StatusCode,
    header::{self, HeaderValue},
};
use secrecy::SecretString;
use serde_json::json;
use url::Url;

use super::{
    auth,
    condition::Condition,
    evidence,
    exchange::{Answer, Outgoing, exchange},
    fetch::{fetch, leads_to, shown},
    http_url,
    plan::{self, Plan},
    scenarios::judge_conditions,
    status,
};
use crate::kinds::{Artefact, Cause, Failure, Finding, Target, encryption};
use domain::latency::Latency;

/// What the median of five requests may take unless the settings say otherwise, in milliseconds.
pub const DEFAULT_BUDGET_MS: i64 = 1_000;
const REQUESTS: usize = 5;
/// Redirects that are followed, as long as they stay.
const MAX_HOPS: usize = 3;
/// Shorter bodies need no compression, in bytes.
const WORTH_COMPRESSING: usize = 1 << 10;

pub async fn wrong_credential(target: &Target) -> Result<Finding, Failure> {
    if target.text("auth") == "none" {
        return Ok(Finding::not_used("no credential is needed."));
    }
    let stranger = stranger(target);
    // Of the stranger: the URL may hold the secret.
    let plan = Plan::of(&stranger)?;
    let answer = match fetch(&stranger, &plan).await {
        Err(failure) if failure.cause == Cause::TokenRefused => return Ok(format!("Refused. {}", failure.found).into()),
        answer => answer?,
    };
    let accepted = plan.expected.contains(answer.status.as_u16()) && !matches!(answer.status.as_u16(), 401 | 403);
    // Evidence is cleared of both credentials: the service may show either.
    let kept = evidence::of(&stranger, &answer);
    let status = answer.status;
    let answered = format!("The service answered {} to a credential made up on the spot.", status::in_words(status));
    if accepted {
        // Some answer 200 to everybody, and say in the body who is not let in.
        return match judge_conditions(&stranger, answer, Condition::is_about_words).await {
            Err(failure) if failure.cause == Cause::ConditionFailed => {
                Ok(Finding::from(format!("Refused with {}: {}", status::in_words(status), failure.found)).with_all(kept))
            }
            _ => Err(Failure::new(Cause::WrongCredentialAccepted, answered).with_all(kept)),
        };
    }
    if status == StatusCode::TOO_MANY_REQUESTS {
        return Ok(Finding::not_tried(&format!("the service answered {}, which says nothing of a credential.", status::in_words(status))).with_all(kept));
    }
    if status.is_server_error() {
        return Err(Failure::new(Cause::ServiceFailed, answered).with_all(kept));
    }
    Ok(Finding::from(format!("Refused with {}.", status::in_words(status))).with_all(kept))
}

/// The same target with another secret in place of each that signs in. A key that opens the connection stays.
fn stranger(target: &Target) -> Target {
    let made_up = format!("switchboard-{}", uuid::Uuid::new_v4().simple());
    let credential: BTreeMap<_, _> = target
        .credential
        .iter()
        .map(|(name, secret)| (name.clone(), if name == encryption::KEY { secret.clone() } else { SecretString::from(made_up.as_str()) }))
        .collect();
    Target { credential: credential.into(), ..target.clone() }
}

/// Follows redirects that stay on the origin, and fails at one that leaves it. A step up from http to https of the same host counts as staying.
pub async fn redirect(target: &Target) -> Result<Finding, Failure> {
    let plan = Plan::of(target)?;
    let (mut url, mut hops) = (plan.url.clone(), 0);
    loop {
        let answer = ask(target, &plan, plan.method.clone(), &url, HeaderMap::new()).await?;
        let Some(next) = leads_to(&url, &answer) else {
            let found = if hops == 0 { "It does not redirect.".to_owned() } else { format!("Leads to {}.", shown(&url)) };
            return Ok(Finding::from(found).with_all(evidence::of(target, &answer)));
        };
        if !stays(&url, &next) && plan.follows(answer.status) {
            let found = format!("Leads to {}, without the credential.", shown(&next));
            return Ok(Finding::from(found).with_all(evidence::of(target, &answer)));
        }
        if !stays(&url, &next) {
            let failure = Failure::new(Cause::RedirectLeavesOrigin, format!("{}, which leads to {}.", status::in_words(answer.status), shown(&next)));
            return Err(failure.with_all(evidence::of(target, &answer)));
        }
        if http_url::origin(&url) != http_url::origin(&next) {
            return Ok(Finding::from(format!("Leads to https, {}.", shown(&next))).with_all(evidence::of(target, &answer)));
        }
        hops += 1;
        if hops > MAX_HOPS || plan.method == Method::POST {
            return Ok(Finding::from(format!("Leads to {}; not followed further.", shown(&next))).with_all(evidence::of(target, &answer)));
        }
        url = next;
    }
}

fn stays(from: &Url, to: &Url) -> bool {
    let upgraded = from.scheme() == "http" && to.scheme() == "https" && from.host() == to.host() && to.port().is_none();
    http_url::origin(from) == http_url::origin(to) || upgraded
}

pub async fn unknown_path(target: &Target) -> Result<Finding, Failure> {
    let plan = Plan::of(target)?;
    let mut url = plan.url.clone();
    url.set_path(&format!("/switchboard-{}", uuid::Uuid::new_v4().simple()));
    url.set_query(None);
    plan::sign_in_by_query(target, &mut url);
    let answer = ask(target, &plan, Method::GET, &url, HeaderMap::new()).await?;
    let kept = evidence::of(target, &answer);
    match answer.status.as_u16() {
        404 | 410 => Ok(Finding::from(format!("Answered {}.", status::in_words(answer.status))).with_all(kept)),
        // Whoever is let in nowhere is not told what there is.
        401 | 403 => Ok(Finding::from(format!("Refused with {}.", status::in_words(answer.status))).with_all(kept)),
        _ => {
            let found = format!("Answered {} to a path made up on the spot.", status::in_words(answer.status));
            Err(Failure::new(Cause::UnknownPathAnswered, found).with_all(kept))
        }
    }
}

pub async fn latency(target: &Target) -> Result<Finding, Failure> {
    let plan = Plan::of(target)?;
    let headers = auth::sign_in(target, &plan).await?.headers;
    let mut took = Vec::with_capacity(REQUESTS);
    for _ in 0..REQUESTS {
        let outgoing = Outgoing { method: plan.method.clone(), url: &plan.url, headers: headers.clone(), body: Bytes::new() };
        took.push(exchange(target, &plan.tls, outgoing).await?.latency);
    }
    let budget = u64::try_from(target.number("latency_budget_ms")).ok().filter(|budget| *budget > 0).unwrap_or(DEFAULT_BUDGET_MS.unsigned_abs());
    let timings =
        Artefact::json("timings", &json!({ "milliseconds": took.iter().map(|time| Latency::from(*time).as_millis()).collect::<Vec<_>>(), "budget": budget }));
    took.sort_unstable();
    let (median, slowest) = (took[REQUESTS / 2], took[REQUESTS - 1]);
    let found = format!("Median {} ms, slowest {} ms, budget {budget} ms.", Latency::from(median).as_millis(), Latency::from(slowest).as_millis());
    if median > Duration::from_millis(budget) { Err(Failure::new(Cause::TooSlow, found).with(timings)) } else { Ok(Finding::from(found).with(timings)) }
}

pub async fn compression(target: &Target) -> Result<Finding, Failure> {
    let plan = Plan::of(target)?;
    let accepts = HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_static("gzip, br, zstd"))]);
    let answer = ask(target, &plan, plan.method.clone(), &plan.url, accepts).await?;
    let encoding = answer.headers.get(header::CONTENT_ENCODING).and_then(|value| value.to_str().ok()).filter(|encoding| *encoding != "identity");
    let found = match encoding {
        Some(encoding) => Finding::from(format!("Offers {}.", encoding.chars().take(40).collect::<String>())),
        None if answer.body.len() < WORTH_COMPRESSING => Finding::not_tried(&format!("the answer has {} bytes, too few to compress.", answer.body.len())),
        None => {
            let failure = Failure::new(Cause::NotCompressed, format!("{} bytes came uncompressed, though gzip, br and zstd were accepted.", answer.body.len()));
            return Err(failure.with_all(evidence::of(target, &answer)));
        }
    };
    Ok(found.with_all(evidence::of(target, &answer)).with_all(encryption::evidence(&answer.chain)))
}

/// One signed-in request to `url`, which must be on the connection's own origin.
async fn ask(target: &Target, plan: &Plan, method: Method, url: &Url, more: HeaderMap) -> Result<Answer, Failure> {
    let mut headers = auth::sign_in(target, plan).await?.headers;
    headers.extend(more);
    exchange(target, &plan.tls, Outgoing { method, url, headers, body: Bytes::new() }).await
}
