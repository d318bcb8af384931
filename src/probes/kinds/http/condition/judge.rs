//! ActiveClaims a condition against an answer, and shows the value found when it fails.

use serde_json::Value;

use super::{Condition, Left, Op, Right};
use crate::kinds::{
    Cause, Failure,
    http::exchange::{Answer, MAX_BODY},
};

/// Most of a value that is shown, in characters.
const MAX_SHOWN: usize = 120;

/// A value taken from an answer.
enum Seen {
    Number(f64),
    Text(String),
    Json(Value),
}

impl Condition {
    /// # Errors
    /// `ConditionFailed` with the value found; `AnswerTooLarge` when the body was cut before it could be looked at.
    pub fn judge(&self, answer: &Answer) -> Result<(), Failure> {
        if answer.cut && matches!(self.left, Left::Body | Left::Json(_)) {
            return Err(Failure::new(Cause::AnswerTooLarge, format!("{}: the body is larger than {} MB.", self.text, MAX_BODY >> 20)));
        }
        let seen = self.look(answer).map_err(|why| self.failed(why))?;
        if holds(&seen, self.op, &self.right) { Ok(()) } else { Err(self.failed(&format!("found {}", show(&seen)))) }
    }

    fn failed(&self, why: &str) -> Failure {
        Failure::new(Cause::ConditionFailed, format!("{}: {why}.", self.text))
    }

    fn look(&self, answer: &Answer) -> Result<Seen, &'static str> {
        let body = || String::from_utf8_lossy(&answer.body).into_owned();
        Ok(match &self.left {
            Left::Status => Seen::Number(f64::from(answer.status.as_u16())),
            Left::LatencyMs => Seen::Number(answer.latency.as_secs_f64() * 1_000.0),
            #[expect(clippy::cast_precision_loss, reason = "days are far below 2^52")]
            Left::CertificateDays => Seen::Number(answer.certificate.as_ref().ok_or("the answer came without a certificate")?.days_left as f64),
            Left::Body => Seen::Text(body()),
            Left::Header(name) => {
                let value = answer.headers.get(name).ok_or("the answer has no such header")?;
                Seen::Text(String::from_utf8_lossy(value.as_bytes()).into_owned())
            }
            Left::Json(path) => {
                let document = answer.json().ok_or("the body is not JSON")?;
                let mut nodes = path.query(document).all();
                Seen::Json(match nodes.len() {
                    0 => return Err("there is nothing at this path"),
                    1 => nodes.remove(0).clone(),
                    _ => nodes.into_iter().cloned().collect(),
                })
            }
        })
    }
}

fn holds(seen: &Seen, op: Op, right: &Right) -> bool {
    match op {
        Op::NotEqual => !holds(seen, Op::Equal, right),
        Op::Equal => equals(seen, right),
        Op::Contains => contains(seen, right),
        Op::Matches => matches!(right, Right::Pattern(pattern) if pattern.is_match(&plain(seen))),
        Op::Less | Op::LessOrEqual | Op::Greater | Op::GreaterOrEqual => {
            let (Right::Number(right), Some(seen)) = (right, number(seen)) else { return false };
            match op {
                Op::Less => seen < *right,
                Op::LessOrEqual => seen <= *right,
                Op::Greater => seen > *right,
                _ => seen >= *right,
            }
        }
    }
}

fn equals(seen: &Seen, right: &Right) -> bool {
    match (seen, right) {
        (Seen::Text(seen), Right::Text(right)) => seen == right,
        (Seen::Json(Value::String(seen)), Right::Text(right)) => seen == right,
        (Seen::Json(seen), Right::Text(right)) => serde_json::from_str::<Value>(right).is_ok_and(|right| *seen == right),
        (_, Right::Number(right)) => number(seen).is_some_and(|seen| (seen - right).abs() <= f64::EPSILON * right.abs().max(1.0)),
        _ => false,
    }
}

fn contains(seen: &Seen, right: &Right) -> bool {
    let Right::Text(right) = right else { return false };
    match seen {
        Seen::Text(seen) | Seen::Json(Value::String(seen)) => seen.contains(right),
        Seen::Json(Value::Array(items)) => {
            let literal = serde_json::from_str::<Value>(right).ok();
            items.iter().any(|item| item.as_str() == Some(right) || literal.as_ref() == Some(item))
        }
        Seen::Json(Value::Object(members)) => members.contains_key(right),
        _ => false,
    }
}

fn number(seen: &Seen) -> Option<f64> {
    match seen {
        Seen::Number(number) => Some(*number),
        Seen::Text(text) | Seen::Json(Value::String(text)) => text.trim().parse().ok(),
        Seen::Json(value) => value.as_f64(),
    }
}

fn plain(seen: &Seen) -> String {
    match seen {
        Seen::Number(number) => number.to_string(),
        Seen::Text(text) | Seen::Json(Value::String(text)) => text.clone(),
        Seen::Json(value) => value.to_string(),
    }
}

/// The value as a person reads it: numbers rounded, texts in quotes, on one line, cut.
fn show(seen: &Seen) -> String {
    let text = match seen {
        Seen::Number(number) => return format!("{}", number.round()),
        Seen::Text(text) => Value::from(text.chars().take(MAX_SHOWN + 1).collect::<String>()).to_string(),
        Seen::Json(value) => value.to_string(),
    };
    let mut shown: String = text.chars().filter(|c| !c.is_control()).take(MAX_SHOWN).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    shown
}
