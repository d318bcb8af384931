//! What is tried against an HTTP service, each scenario over a connection of its own.

use hyper::{StatusCode, header};
use tokio::task::spawn_blocking;
use tokio_rustls::client::TlsStream;
use url::Position;

use super::{
    auth,
    exchange::{Answer, MAX_BODY, Outgoing, exchange},
    plan::{self, Plan, invalid},
    web_address,
};
use crate::engine::{
    kinds::{Cause, Failure, Finding, Target, encryption},
    tls::{self, PeerCertificate},
};

/// A certificate with fewer days left is told of. Automatic renewal usually happens with 30 left.
const MIN_CERTIFICATE_DAYS: i64 = 14;

pub async fn resolve(target: &Target) -> Result<Finding, Failure> {
    let Plan { url, .. } = Plan::of(target)?;
    let found = target.egress.resolve(target.environment, web_address::host(&url), web_address::port(&url)).await?;
    let found: Vec<_> = found.iter().map(|address| address.ip().to_string()).collect();
    Ok(found.join(", ").into())
}

pub async fn connect(target: &Target) -> Result<Finding, Failure> {
    let Plan { url, .. } = Plan::of(target)?;
    let stream = target.dial(web_address::host(&url), web_address::port(&url)).await?;
    Ok(stream.peer_addr().map_or_else(|_| "Connected.".to_owned(), |peer| format!("Connected to {peer}.")).into())
}

pub async fn tls(target: &Target) -> Result<Finding, Failure> {
    let plan = Plan::of(target)?;
    let Some(stream) = encrypt(target, &plan).await? else { return Ok(without_tls()) };
    Ok(format!("{}.", encryption::describe(&stream, &plan.tls)).into())
}

pub async fn certificate(target: &Target) -> Result<Finding, Failure> {
    let plan = Plan::of(target)?;
    let Some(stream) = encrypt(target, &plan).await? else { return Ok(without_tls()) };
    let Some(PeerCertificate { not_after, days_left, .. }) = PeerCertificate::of(&stream) else {
        return Err(Failure::new(Cause::CertificateUnacceptable, "The certificate cannot be read."));
    };
    let day = not_after.as_datetime().format("%Y-%m-%d");
    if days_left < MIN_CERTIFICATE_DAYS {
        return Err(Failure::new(Cause::CertificateExpiring, format!("{days_left} days left, until {day}.")));
    }
    Ok(format!("{days_left} days left, until {day}.").into())
}

async fn encrypt(target: &Target, plan: &Plan) -> Result<Option<TlsStream<tokio::net::TcpStream>>, Failure> {
    if plan.url.scheme() != "https" {
        return Ok(None);
    }
    let host = web_address::host(&plan.url);
    let stream = target.dial(host, web_address::port(&plan.url)).await?;
    Ok(Some(tls::handshake(stream, host, &plan.tls).await?))
}

fn without_tls() -> Finding {
    "Not used: the URL begins with http://.".into()
}

pub async fn sign_in(target: &Target) -> Result<Finding, Failure> {
    let plan = Plan::of(target)?;
    if target.text("auth") == "none" {
        return Ok("No credential is needed.".into());
    }
    let answer = fetch(target, &plan).await?;
    refused(target, &plan, &answer).map_or_else(|| Ok(format!("Not refused: {}.", answer.status).into()), Err)
}

pub async fn request(target: &Target) -> Result<Finding, Failure> {
    let plan = Plan::of(target)?;
    let answer = fetch(target, &plan).await?;
    judge_status(target, &plan, &answer)?;
    let more = if answer.cut { format!("; its body is larger than {} MB", MAX_BODY >> 20) } else { String::new() };
    Ok(format!("{} in {} ms{more}.", answer.status, answer.latency.as_millis()).into())
}

pub async fn conditions(target: &Target) -> Result<Finding, Failure> {
    let plan = Plan::of(target)?;
    let conditions: Vec<_> = plan::conditions(&target.settings).map(|(_, condition)| condition).collect::<Result<_, _>>().map_err(invalid)?;
    if conditions.is_empty() {
        return Ok("There are no conditions.".into());
    }
    let answer = fetch(target, &plan).await?;
    let all = conditions.len();
    // A regular expression over a megabyte may take a while, and must not hold up everyone else.
    let judged = spawn_blocking(move || conditions.iter().try_for_each(|condition| condition.judge(&answer))).await;
    judged.map_err(|error| invalid(error.to_string()))??;
    Ok(if all == 1 { "1 condition holds.".to_owned() } else { format!("{all} conditions hold.") }.into())
}

async fn fetch(target: &Target, plan: &Plan) -> Result<Answer, Failure> {
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

/// Where a redirect leads, without its query, which may carry a secret.
fn redirect(plan: &Plan, answer: &Answer) -> String {
    let location = answer.headers.get(header::LOCATION).filter(|_| answer.status.is_redirection());
    let url = location.and_then(|value| value.to_str().ok()).and_then(|value| plan.url.join(value).ok());
    url.map_or_else(String::new, |url| {
        let shown: String =
            url[Position::BeforeScheme..Position::BeforeUsername].chars().chain(url[Position::BeforeHost..Position::AfterPath].chars()).take(200).collect();
        format!(", which leads to {shown}")
    })
}
