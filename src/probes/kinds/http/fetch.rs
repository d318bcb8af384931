//! The request that the settings describe: signed in, and led on by redirects where a person asked for that.

use std::time::Duration;

use bytes::Bytes;
use hyper::{HeaderMap, Method, StatusCode, header};
use percent_encoding::{CONTROLS, percent_encode};
use url::{Position, Url};

use super::{
    auth,
    exchange::{Answer, Outgoing, exchange},
    http_url,
    plan::Plan,
    status,
};
use crate::kinds::{Cause, Failure, Target};

/// Redirects that are followed for one answer.
const MOST_REDIRECTS: usize = 5;

/// The answer that a person sees who opens the URL with the credential.
///
/// # Errors
/// Signing in, dialling, TLS, and redirects that lead nowhere; a status is never an error here.
pub async fn fetch(target: &Target, plan: &Plan) -> Result<Answer, Failure> {
    let signed = auth::sign_in(target, plan).await?;
    let answer = follow(target, plan, signed.headers).await?;
    if answer.status != StatusCode::UNAUTHORIZED || !signed.is_from_memory {
        return Ok(answer);
    }
    // The token may have been revoked since it was kept; only a new one says whether the credential is refused.
    auth::forget(target);
    let signed = auth::sign_in(target, plan).await?;
    follow(target, plan, signed.headers).await
}

async fn follow(target: &Target, plan: &Plan, mut headers: HeaderMap) -> Result<Answer, Failure> {
    let (mut url, mut method, mut tls) = (plan.url.clone(), plan.method.clone(), plan.tls.clone());
    let (mut took, mut redirects, mut has_left) = (Duration::ZERO, 0, false);
    loop {
        let outgoing = Outgoing { method: method.clone(), url: &url, headers: headers.clone(), body: Bytes::new() };
        let answer = exchange(target, &tls, outgoing).await.map_err(|failure| if redirects == 0 { failure } else { at(failure, &url) })?;
        took += answer.latency;
        let next = if plan.follows(answer.status) { leads_to(&url, &answer) } else { None };
        let Some(next) = next else {
            return Ok(Answer { latency: took, led_to: (redirects > 0).then_some(url), has_left, ..answer });
        };
        redirects += 1;
        if redirects > MOST_REDIRECTS {
            return Err(Failure::new(Cause::TooManyRedirects, format!("After {MOST_REDIRECTS} redirects there is another, to {}.", shown(&next))));
        }
        if http_url::parse(next.as_str()).is_err() {
            let has_user = !next.username().is_empty() || next.password().is_some();
            let why = if has_user { "an address with a user in it, which is not followed" } else { "what is no address of a web page" };
            return Err(Failure::new(Cause::UnexpectedAnswer, format!("{} leads to {why}.", status::in_words(answer.status))));
        }
        if http_url::origin(&next) != http_url::origin(&plan.url) {
            // For good: who was led away and back is sent by somebody else.
            has_left = true;
            headers.clear();
            tls = tls.without_identity();
        }
        method = method_after(answer.status, method);
        url = next;
    }
}

/// As browsers do it (the Fetch standard): only 307 and 308 repeat a POST.
fn method_after(status: StatusCode, method: Method) -> Method {
    let becomes_get = match status {
        StatusCode::SEE_OTHER => method != Method::HEAD,
        StatusCode::MOVED_PERMANENTLY | StatusCode::FOUND => method == Method::POST,
        _ => false,
    };
    if becomes_get { Method::GET } else { method }
}

fn at(failure: Failure, url: &Url) -> Failure {
    Failure { found: format!("{}: {}", shown(url), failure.found), ..failure }
}

/// Where a redirect leads.
pub fn leads_to(from: &Url, answer: &Answer) -> Option<Url> {
    let location = answer.headers.get(header::LOCATION).filter(|_| answer.status.is_redirection());
    // Letters beyond ASCII may stand as they are; as their bytes they mean the same to every server.
    let location = percent_encode(location?.as_bytes(), CONTROLS).to_string();
    let mut url = from.join(&location).ok()?;
    url.set_fragment(None);
    Some(url)
}

/// A URL without its user and query, which may carry a secret.
pub fn shown(url: &Url) -> String {
    url[Position::BeforeScheme..Position::BeforeUsername].chars().chain(url[Position::BeforeHost..Position::AfterPath].chars()).take(200).collect()
}
