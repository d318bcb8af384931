//! A request and its answer as evidence: readable text, without what signed the request in.

use std::{fmt::Write, str};

use http_body_util::Full;
use hyper::{HeaderMap, Request, header};
use secrecy::SecretString;
use url::Url;

use super::{exchange::Answer, web_address};
use crate::{
    kinds::{Artefact, Target},
    redact::{MARK, Redactor},
};

/// Most of a body that is looked at, in bytes; the runner cuts once more, after it has taken the secrets out.
const MAX_BODY: usize = 128 << 10;

/// What went out, and what must not be shown of it wherever it turns up.
#[derive(Clone, Debug, Default)]
pub struct Sent {
    head: String,
    /// Secrets that were made from the credential: an access token, a user and password in base64.
    derived: Vec<SecretString>,
}

impl Sent {
    pub fn of<B>(request: &Request<Full<B>>, url: &Url) -> Self
    where
        B: hyper::body::Buf,
    {
        let mut head = format!("{} {} HTTP/1.1\n", request.method(), without_query(&request.uri().to_string()));
        show_headers(&mut head, request.headers());
        let _ = write!(head, "\n(sent to {})\n", web_address::origin(url));
        let sensitive = request.headers().values().filter(|value| value.is_sensitive()).filter_map(|value| value.to_str().ok());
        let derived = sensitive.flat_map(|value| value.split([' ', ',', '='])).filter(|part| part.len() > 7).map(SecretString::from).collect();
        Self { head, derived }
    }
}

/// The request and its answer. The runner takes the stored secrets out; this takes out what was made from them.
pub fn of(target: &Target, answer: &Answer) -> Vec<Artefact> {
    if !target.keeps_evidence {
        return Vec::new();
    }
    let redactor = Redactor::new(answer.sent.derived.iter().chain(target.credential.values()));
    let clear = |name, text: &str| Artefact::text(name, redactor.redact(text));
    vec![clear("request", &answer.sent.head), clear("answer", &received(answer))]
}

fn received(answer: &Answer) -> String {
    let mut text = format!("HTTP/1.1 {}\n", answer.status);
    show_headers(&mut text, &answer.headers);
    let _ = write!(text, "\n(after {:.1} ms)\n\n", answer.latency.as_secs_f64() * 1_000.0);
    match readable(answer) {
        Some(body) => text.push_str(body),
        // A secret inside compressed or binary content could not be found and taken out.
        None => _ = write!(text, "({} bytes that are not plain text, not kept)", answer.body.len()),
    }
    text
}

fn show_headers(text: &mut String, headers: &HeaderMap) {
    for (name, value) in headers {
        let hidden = value.is_sensitive() || name == header::SET_COOKIE;
        let mut value = if hidden { MARK.into() } else { String::from_utf8_lossy(value.as_bytes()) };
        if name == header::LOCATION {
            value = without_query(&value).into();
        }
        let _ = writeln!(text, "{name}: {value}");
    }
}

/// A query may carry a secret that nobody told us of.
fn without_query(uri: &str) -> String {
    uri.split_once('?').map_or_else(|| uri.to_owned(), |(path, _)| format!("{path}?{MARK}"))
}

fn readable(answer: &Answer) -> Option<&str> {
    if answer.headers.contains_key(header::CONTENT_ENCODING) {
        return None;
    }
    let body = &answer.body[..answer.body.len().min(MAX_BODY)];
    let text = match str::from_utf8(body) {
        Ok(text) => text,
        // The cut went through a letter.
        Err(error) if error.error_len().is_none() => str::from_utf8(&body[..error.valid_up_to()]).ok()?,
        Err(_) => return None,
    };
    (!text.contains('\0')).then_some(text)
}
