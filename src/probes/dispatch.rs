//! Hands a message over: a request or a mail, through the one dialer, bounded in size and time. No redirect is followed.

use std::{
    collections::BTreeMap,
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
        Cause, Failure, Target,
        http::{
            exchange::{Answer, Outgoing, exchange},
            http_url,
        },
        smtp::{reply::Reply, session::Session},
    },
    redact::Redactor,
    tls::TlsPolicy,
};
use domain::{correlation_id::CorrelationId, environment::Environment, profile::Settings};

pub use crate::kinds::smtp::{MailSecurity, is_mail_address};

/// From the look at the name to the last byte of the answer.
const LONGEST_REQUEST: Duration = Duration::from_secs(15);
const LONGEST_MAIL: Duration = Duration::from_secs(30);
/// Of an answer's text, in characters.
const MOST_SHOWN: usize = 200;

/// Of an answer's body, in bytes: what a secret in the text that is shown may reach to.
const MOST_READ: usize = 16 << 10;

/// How messages leave: what every address is checked against, and what they are found again by.
#[derive(Clone, Debug)]
pub struct SendContext {
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
    body: Bytes,
}

impl Answered {
    /// The beginning of what it said, in one line and without secrets. They are taken out first: where it is cut, half of one would stay.
    pub fn shown(&self, redactor: &Redactor) -> String {
        let redacted = redactor.redact_bytes(&self.body[..self.body.len().min(MOST_READ)]);
        String::from_utf8_lossy(&redacted).chars().map(|c| if c.is_control() { ' ' } else { c }).take(MOST_SHOWN).collect()
    }
}

/// A mail server that takes messages for others.
#[derive(Clone, Debug)]
pub struct MailServer {
    pub host: String,
    pub port: u16,
    pub security: MailSecurity,
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
    http_url::parse(text)
}

/// `scheme://host:port`, always with its port.
pub fn origin(url: &Url) -> String {
    http_url::origin(url).to_string()
}

/// Sends one request and reads its answer.
///
/// # Errors
/// There was none; a status is never an error here.
pub async fn request(way: &SendContext, request: Request) -> Result<Answered, Failure> {
    let Request { method, url, headers, body } = request;
    let (target, policy) = (way.target(), TlsPolicy::default());
    let answer = timeout(LONGEST_REQUEST, exchange(&target, &policy, Outgoing { method, url: &url, headers, body })).await;
    answer.unwrap_or_else(|_| Err(too_slow(LONGEST_REQUEST))).map(Answered::from)
}

/// Hands one mail to the server for one address.
///
/// # Errors
/// It did not take it, or could not be reached.
pub async fn mail(way: &SendContext, server: &MailServer, to: &str, message: &[u8]) -> Result<(), MailRefused> {
    let settings = json!({ "host": server.host, "port": server.port, "security": <&str>::from(server.security), "user": server.user });
    let settings: Settings = settings.as_object().cloned().unwrap_or_default().into_iter().collect();
    let credential = BTreeMap::from([("password".to_owned(), server.password.clone())]);
    let target = Target { settings: settings.into(), credential: credential.into(), ..way.target() };
    let sent = timeout(LONGEST_MAIL, hand_over(&target, &server.from, to, message)).await;
    sent.unwrap_or_else(|_| Err(too_slow(LONGEST_MAIL).into()))
}

/// What is said to the receiver or the mail is about this message; what is said to the console before is about all of them, and somebody may set it right.
async fn hand_over(target: &Target, from: &str, to: &str, message: &[u8]) -> Result<(), MailRefused> {
    let mut session = Session::open(target).await?;
    session.sign_in(target).await?;
    let sender = session.ask(&format!("MAIL FROM:<{from}>")).await?;
    if !sender.is_positive() {
        return Err(MailRefused::ForNow(said(&sender)));
    }
    let receiver = session.ask(&format!("RCPT TO:<{to}>")).await?;
    if !receiver.is_positive() {
        return Err(refused(&receiver));
    }
    let taken = session.send(message).await?;
    if !taken.is_positive() {
        return Err(refused(&taken));
    }
    session.quit().await;
    Ok(())
}

fn refused(refusal: &Reply) -> MailRefused {
    // Whoever wants a sign-in first says so to anything.
    if refusal.is_transient() || matches!(refusal.code, 530 | 535) { MailRefused::ForNow(said(refusal)) } else { MailRefused::ForGood(said(refusal)) }
}

impl From<Failure> for MailRefused {
    fn from(failure: Failure) -> Self {
        Self::ForNow(failure.found)
    }
}

fn said(refusal: &Reply) -> String {
    format!("The mail server answered: {}.", refusal.shown().trim_end_matches('.'))
}

fn too_slow(limit: Duration) -> Failure {
    Failure::new(Cause::TimedOut, format!("There was no whole answer within {} s.", limit.as_secs()))
}

impl SendContext {
    fn target(&self) -> Target {
        Target::of_the_console(self.egress.clone(), self.environment, self.correlation_id.clone())
    }
}

impl From<Answer> for Answered {
    fn from(answer: Answer) -> Self {
        Self { status: answer.status.as_u16(), retry_after: retry_after(&answer.headers, SystemTime::now()), body: answer.body }
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
    fn a_secret_is_taken_out_before_the_answer_is_cut() {
        let secret = SecretString::from("a-secret-of-some-length");
        let body = Bytes::from(format!("{}a-secret-of-some-length\r\nand more", "x".repeat(MOST_SHOWN - 2)));
        let answered = Answered { status: 403, retry_after: None, body };
        assert_eq!(answered.shown(&Redactor::new([&secret])), format!("{}[r", "x".repeat(MOST_SHOWN - 2)));
    }

    #[test]
    fn a_wait_may_be_asked_for_in_seconds_or_until_a_date() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
        let asked = |text: &'static str| retry_after(&HeaderMap::from_iter([(RETRY_AFTER, HeaderValue::from_static(text))]), now);
        assert_eq!(asked("120"), Some(Duration::from_secs(120)));
        assert_eq!(asked("Sun, 06 Nov 1994 08:50:37 GMT"), Some(Duration::from_secs(60)));
        assert_eq!((asked("Sun, 06 Nov 1994 08:00:00 GMT"), asked("soon"), asked("-1")), (None, None, None));
    }
}
