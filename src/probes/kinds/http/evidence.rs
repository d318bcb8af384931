//! A request and its answer as evidence: readable text, without what signed the request in.

use std::{fmt::Write, str};

use hyper::header;

use super::{exchange::Answer, sent::show_headers, status};
use crate::{
    kinds::{Artefact, Target},
    redact::Redactor,
};

/// Most of a body that is looked at, in bytes; the runner cuts once more, after it has taken the secrets out.
const MAX_BODY: usize = 128 << 10;

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
    let mut text = format!("HTTP/1.1 {}\n", status::in_words(answer.status));
    show_headers(&mut text, &answer.headers);
    let _ = write!(text, "\n(after {:.1} ms)\n\n", answer.latency.as_secs_f64() * 1_000.0);
    match readable(answer) {
        Some(body) => text.push_str(body),
        // A secret inside compressed or binary content could not be found and taken out.
        None => _ = write!(text, "({} bytes that are not plain text, not kept)", answer.body.len()),
    }
    text
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
