//! Hands a message over: a request or a mail, through the one dialer, bounded in size and time. No redirect is followed.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use hyper::{HeaderMap, Method, header::RETRY_AFTER};
use secrecy::SecretString;
use serde_json::json;
use tokio::time::timeout;
use url::Url;

use crate::{
    egress::Egress,
    kinds::{
        Cause, Failure, Memory, Target,
        http::{
            exchange::{Answer, Outgoing, exchange},
            web_address,
        },
        smtp::{reply::Reply, session::Session},
    },
    tls::TlsPolicy,
};
use domain::{correlation::CorrelationId, environment::Environment, profile::Settings};

pub use crate::kinds::smtp::is_mail_address;

/// From the look at the name to the last byte of the answer.
const LONGEST_REQUEST: Duration = Duration::from_secs(15);
const LONGEST_MAIL: Duration = Duration::from_secs(30);
/// Of an answer's text, in characters.
const MOST_SHOWN: usize = 200;

/// How messages leave: what every address is checked against, and what they are found again by.
#[derive(Clone, Debug)]
pub struct Way {
    pub egress: Egress,
    /// Whose rules of egress hold.
    pub environment: Environment,
    pub correlation_id: CorrelationId,
}

/// A request that carries a message.
#[derive(Clone, Debug)]
pub struct Request {
    pub method: Method,
    pub url: Url,
    pub headers: HeaderMap,
    pub body: Bytes,
}

/// What a receiver said to a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    pub status: u16,
    pub retry_after: Option<Duration>,
    /// The beginning of it, in one line.
    pub text: String,
}

/// A mail server that takes messages for others.
#[derive(Clone, Debug)]
pub struct MailServer {
    pub host: String,
    pub port: u16,
    /// As the kind `smtp` has it: `none`, `starttls` or `tls`.
    pub security: &'static str,
    pub user: String,
    pub password: SecretString,
    /// The address that mail comes from.
    pub from: String,
}

/// What a mail server said that did not take a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MailRefused {
    /// It may take it later.
    ForNow(String),
    ForGood(String),
}

/// A URL that can be requested, or what is wrong with it.
///
/// # Errors
/// In words for the form.
pub fn parse_url(text: &str) -> Result<Url, String> {
    web_address::parse(text)
}

/// `scheme://host:port`, always with its port.
pub fn origin(url: &Url) -> String {
    web_address::origin(url)
}

/// Sends one request and reads its answer.
///
/// # Errors
/// There was none; a status is never an error here.
pub async fn request(way: &Way, request: Request) -> Result<Answered, Failure> {
    let Request { method, url, headers, body } = request;
    let (target, policy) = (way.target(Settings::new(), BTreeMap::new()), TlsPolicy::default());
    let answer = timeout(LONGEST_REQUEST, exchange(&target, &policy, Outgoing { method, url: &url, headers, body })).await;
    answer.unwrap_or_else(|_| Err(too_slow(LONGEST_REQUEST))).map(Answered::from)
}

/// Hands one mail to the server for one address.
///
/// # Errors
/// It did not take it, or could not be reached.
pub async fn mail(way: &Way, server: &MailServer, to: &str, message: &[u8]) -> Result<(), MailRefused> {
    let settings = json!({ "host": server.host, "port": server.port, "security": server.security, "user": server.user });
    let settings: Settings = settings.as_object().cloned().unwrap_or_default().into_iter().collect();
    let target = way.target(settings, [("password".to_owned(), server.password.clone())].into());
    let sent = timeout(LONGEST_MAIL, hand_over(&target, &server.from, to, message)).await;
    match sent.unwrap_or_else(|_| Err(too_slow(LONGEST_MAIL))) {
        Ok(None) => Ok(()),
        Ok(Some(refusal)) if refusal.is_transient() => Err(MailRefused::ForNow(said(&refusal))),
        Ok(Some(refusal)) => Err(MailRefused::ForGood(said(&refusal))),
        Err(failure) => Err(MailRefused::ForNow(failure.found)),
    }
}

/// Answers what refused the message, if anything did.
async fn hand_over(target: &Target, from: &str, to: &str, message: &[u8]) -> Result<Option<Reply>, Failure> {
    let mut session = Session::open(target).await?;
    session.sign_in(target).await?;
    for command in [format!("MAIL FROM:<{from}>"), format!("RCPT TO:<{to}>")] {
        let answer = session.ask(&command).await?;
        if !answer.is_positive() {
            return Ok(Some(answer));
        }
    }
    let taken = session.send(message).await?;
    if !taken.is_positive() {
        return Ok(Some(taken));
    }
    session.quit().await;
    Ok(None)
}

fn said(refusal: &Reply) -> String {
    format!("The mail server answered: {}.", refusal.shown().trim_end_matches('.'))
}

fn too_slow(limit: Duration) -> Failure {
    Failure::new(Cause::TimedOut, format!("There was no whole answer within {} s.", limit.as_secs()))
}

impl Way {
    fn target(&self, settings: Settings, credential: BTreeMap<String, SecretString>) -> Target {
        Target {
            settings: Arc::new(settings),
            credential: Arc::new(credential),
            environment: self.environment,
            egress: self.egress.clone(),
            correlation_id: self.correlation_id.clone(),
            keeps_evidence: false,
            memory: Memory::default(),
        }
    }
}

impl From<Answer> for Answered {
    fn from(answer: Answer) -> Self {
        let start = &answer.body[..answer.body.len().min(4 * MOST_SHOWN)];
        let text = String::from_utf8_lossy(start).chars().map(|c| if c.is_control() { ' ' } else { c }).take(MOST_SHOWN).collect();
        Self { status: answer.status.as_u16(), retry_after: retry_after(&answer.headers, SystemTime::now()), text }
    }
}

/// In seconds, or as a date (RFC 9110, section 10.2.3).
fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    match text.parse() {
        Ok(seconds) => Some(Duration::from_secs(seconds)),
        Err(_) => httpdate::parse_http_date(text).ok()?.duration_since(now).ok(),
    }
}

#[cfg(test)]
mod tests {
    use hyper::header::HeaderValue;

    use super::*;

    #[test]
    fn a_wait_may_be_asked_for_in_seconds_or_until_a_date() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
        let asked = |text: &'static str| retry_after(&HeaderMap::from_iter([(RETRY_AFTER, HeaderValue::from_static(text))]), now);
        assert_eq!(asked("120"), Some(Duration::from_secs(120)));
        assert_eq!(asked("Sun, 06 Nov 1994 08:50:37 GMT"), Some(Duration::from_secs(60)));
        assert_eq!((asked("Sun, 06 Nov 1994 08:00:00 GMT"), asked("soon"), asked("-1")), (None, None, None));
    }
}
