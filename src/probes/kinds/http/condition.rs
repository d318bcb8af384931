//! One condition on an answer, as a person writes it: `json:$.status == ok`, `latency_ms < 500`.
//!
//! `LEFT [any|all|none] OP RIGHT`. LEFT is `status`, `latency_ms`, `certificate_days`, `body`, `header:NAME` or `json:PATH` (RFC 9535);
//! OP is `==` `!=` `<` `<=` `>` `>=` `contains` `matches`. RIGHT may stand in double quotes.

use std::str::FromStr;

use hyper::header::HeaderName;
use regex::{Regex, RegexBuilder};
use serde_json_path::JsonPath;

use decimal::Decimal;

pub(super) mod decimal;
mod judge;
mod path;
mod split;

/// Longest condition, in characters.
const MAX_LENGTH: usize = 500;
/// Largest compiled regular expression, in bytes.
const MAX_REGEX: usize = 1 << 18;

/// Parsed, so that judging cannot fail for its form.
#[derive(Clone, Debug)]
pub struct Condition {
    pub left: Left,
    /// The path comes to one value at most, whatever the answer.
    is_singular: bool,
    /// The path looks at all there is, however deep.
    searches: bool,
    quantifier: Option<Quantifier>,
    op: Op,
    right: Right,
    /// LEFT, OP and RIGHT as written, for the person.
    text: String,
}

impl Condition {
    /// Whether it looks at what the service says, and not at how fast it does or at its certificate.
    pub const fn is_about_words(&self) -> bool {
        !matches!(self.left, Left::LatencyMs | Left::CertificateDays)
    }
}

/// What is looked at.
#[derive(Clone, Debug, PartialEq)]
pub enum Left {
    Status,
    LatencyMs,
    CertificateDays,
    Body,
    Header(HeaderName),
    Json(JsonPath),
}

/// Of how many values of a list it must be true.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Quantifier {
    Any,
    All,
    None,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Op {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Contains,
    Matches,
}

#[derive(Clone, Debug)]
enum Right {
    /// With the text it was written as.
    Number(Decimal, String),
    /// In quotes: a text, whatever it looks like.
    Text(String),
    /// Without quotes: a text, or a literal of JSON such as `null`.
    Word(String),
    Pattern(Regex),
}

impl Left {
    const fn is_number(&self) -> bool {
        matches!(self, Self::Status | Self::LatencyMs | Self::CertificateDays)
    }
}

impl Op {
    const ALL: [(&str, Self); 8] = [
        // Longer ones first, as they are looked for in this order.
        ("==", Self::Equal),
        ("!=", Self::NotEqual),
        ("<=", Self::LessOrEqual),
        (">=", Self::GreaterOrEqual),
        ("<", Self::Less),
        (">", Self::Greater),
        ("contains", Self::Contains),
        ("matches", Self::Matches),
    ];

    const fn is_order(self) -> bool {
        matches!(self, Self::Less | Self::LessOrEqual | Self::Greater | Self::GreaterOrEqual)
    }
}

impl FromStr for Condition {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        if text.chars().count() > MAX_LENGTH {
            return Err(format!("a condition has at most {MAX_LENGTH} characters."));
        }
        let (left, op, right) = split::split(text).ok_or("write LEFT OP RIGHT, for example status == 200 or json:$.status == ok.")?;
        let (left, quantifier) = quantified(left);
        let is_singular = left.strip_prefix("json:").is_none_or(|path| path::is_singular(path.trim()));
        let searches = left.strip_prefix("json:").is_some_and(|path| path::searches(path.trim()));
        let left = parse_left(left)?;
        if quantifier.is_some() && !matches!(left, Left::Json(_) | Left::Header(_)) {
            return Err("any, all and none are for what may be several: json:PATH and header:NAME.".into());
        }
        let right = parse_right(&left, op, right)?;
        Ok(Self { left, is_singular, searches, quantifier, op, right, text: text.to_owned() })
    }
}

/// LEFT without the quantifier that may end it.
fn quantified(text: &str) -> (&str, Option<Quantifier>) {
    let table = [("any", Quantifier::Any), ("all", Quantifier::All), ("none", Quantifier::None)];
    let ending = table.into_iter().find_map(|(word, quantifier)| {
        let rest = text.strip_suffix(word)?;
        rest.ends_with(char::is_whitespace).then_some((rest.trim_end(), Some(quantifier)))
    });
    ending.unwrap_or((text, None))
}

fn parse_left(text: &str) -> Result<Left, String> {
    if let Some(path) = text.strip_prefix("json:") {
        return path::parse(path.trim()).map(Left::Json);
    }
    if let Some(name) = text.strip_prefix("header:") {
        return name.trim().parse().map(Left::Header).map_err(|_| "a header's name has only letters, digits and hyphens.".into());
    }
    match text {
        "status" => Ok(Left::Status),
        "latency_ms" => Ok(Left::LatencyMs),
        "certificate_days" => Ok(Left::CertificateDays),
        "body" => Ok(Left::Body),
        _ => Err("begin with status, latency_ms, certificate_days, body, header:NAME or json:PATH.".into()),
    }
}

fn parse_right(left: &Left, op: Op, text: &str) -> Result<Right, String> {
    let quoted = text.len() >= 2 && text.starts_with('"') && text.ends_with('"');
    let plain = if quoted {
        match serde_json::from_str(text) {
            Ok(plain) => plain,
            // A regular expression is full of backslashes of its own.
            Err(_) if op == Op::Matches => text[1..text.len() - 1].replace("\\\"", "\""),
            Err(_) => return Err("the text in quotes cannot be read; write \\\" for a quote inside, and \\\\ for a backslash.".into()),
        }
    } else if text.is_empty() {
        return Err("there is nothing to compare with; write \"\" for the empty text.".into());
    } else {
        text.to_owned()
    };
    if op == Op::Matches && !left.is_number() {
        return RegexBuilder::new(&plain)
            .size_limit(MAX_REGEX)
            .dfa_size_limit(MAX_REGEX)
            .build()
            .map(Right::Pattern)
            .map_err(|_| "the regular expression cannot be read, or is too large.".into());
    }
    let number = Decimal::parse(&plain).filter(|_| !quoted);
    match (left.is_number(), op) {
        (true, Op::Contains | Op::Matches) => Err("a number is compared with ==, !=, <, <=, > or >=.".into()),
        (true, _) => number.map(|number| Right::Number(number, plain)).ok_or_else(|| "compare this with a number.".into()),
        (false, op) if op.is_order() => number.map(|number| Right::Number(number, plain)).ok_or_else(|| "<, <=, > and >= compare numbers.".into()),
        // A JSON number is compared as one: 1 equals 1.0.
        (false, _) => Ok(match (left, number) {
            (Left::Json(_), Some(number)) if op != Op::Contains => Right::Number(number, plain),
            _ if quoted => Right::Text(plain),
            _ => Right::Word(plain),
        }),
    }
}

#[cfg(test)]
mod compliance;
#[cfg(test)]
mod tests;
