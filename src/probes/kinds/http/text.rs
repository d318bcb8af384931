//! What a body says, in whatever letters it was written.

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};
use hyper::{HeaderMap, header::CONTENT_TYPE};
use serde_json::Value;

use super::condition::decimal::Decimal;

/// Begins a text that stands for a number which no number of the library holds exactly.
pub const NUMBER: char = '\u{10ffff}';
/// The text that stands for a list or object deeper than the library goes.
pub const DEEP: &str = "\u{10fffe}";
/// Levels that are read; the library stops at 128.
pub const LEVELS: usize = 120;

/// By the mark at its beginning, or the `charset` it came with, or else as UTF-8, unless every other byte is none. The mark is no part of it.
pub fn decode(headers: &HeaderMap, body: &[u8]) -> String {
    if let Some((encoding, mark)) = Encoding::for_bom(body) {
        return encoding.decode_without_bom_handling(&body[mark..]).0.into_owned();
    }
    let kind = headers.get(CONTENT_TYPE).map(|kind| String::from_utf8_lossy(kind.as_bytes()).into_owned()).unwrap_or_default();
    let charset = kind.split(';').skip(1).filter_map(|parameter| parameter.split_once('=')).find(|(name, _)| name.trim().eq_ignore_ascii_case("charset"));
    let named = charset.and_then(|(_, label)| Encoding::for_label(label.trim().trim_matches('"').as_bytes()));
    // Texts that begin with a letter of ASCII, as JSON does, give themselves away.
    let guessed = match body {
        [_, 0, rest @ ..] if !rest.starts_with(&[0, 0]) => UTF_16LE,
        [0, 1..=u8::MAX, ..] => UTF_16BE,
        _ => UTF_8,
    };
    let encoding = named.unwrap_or(guessed);
    encoding.decode_without_bom_handling(body).0.into_owned()
}

/// A body of JSON, as far as it was read.
#[derive(Debug, PartialEq)]
pub struct Document {
    pub value: Value,
    /// Something in it was [`DEEP`].
    pub is_pruned: bool,
}

/// JSON, if it is, with what the library cannot hold rewritten: a number as a text that begins with [`NUMBER`], half a
/// pair of surrogates as U+FFFD, what lies too deep as [`DEEP`].
pub fn document(text: &str) -> Option<Document> {
    let plain = if needs_rewriting(text) { None } else { serde_json::from_str(text).ok() };
    if let Some(value) = plain {
        return Some(Document { value, is_pruned: false });
    }
    let (rewritten, is_pruned) = rewritten(text);
    serde_json::from_str(&rewritten).ok().map(|value| Document { value, is_pruned })
}

/// The value alone.
pub fn json(text: &str) -> Option<Value> {
    document(text).map(|document| document.value)
}

/// Whether a number may not be what the library makes of it. Most bodies have none that is so long, or with an exponent.
fn needs_rewriting(text: &str) -> bool {
    let mut before = None;
    text.as_bytes().chunk_by(|one, other| is_of_number(*one) == is_of_number(*other)).any(|part| {
        // Within a text, letters and digits may stand for anything.
        let begins_value = before.replace(part[part.len() - 1]).is_none_or(|byte: u8| matches!(byte, b':' | b',' | b'[') || byte.is_ascii_whitespace());
        is_of_number(part[0]) && begins_value && (part.len() > 15 || part.iter().any(|byte| matches!(byte, b'e' | b'E')))
    })
}

const fn is_of_number(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-')
}

fn rewritten(text: &str) -> (String, bool) {
    let mut out = String::with_capacity(text.len());
    let (mut rest, mut level, mut is_pruned) = (text, 0_usize, false);
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '"' => {
                let length = string(rest);
                out.push_str(&without_half_pairs(&rest[..length]));
                length
            }
            '-' | '0'..='9' => {
                let length = rest.bytes().position(|byte| !is_of_number(byte)).unwrap_or(rest.len());
                number(&mut out, &rest[..length]);
                length
            }
            '[' | '{' if level == LEVELS => match branch(rest) {
                Some(length) => {
                    out.extend(['"', '\u{10fffe}', '"']);
                    is_pruned = true;
                    length
                }
                // It has no end, so it is no JSON.
                None => rest.len(),
            },
            other => {
                match other {
                    '[' | '{' => level += 1,
                    ']' | '}' => level = level.saturating_sub(1),
                    _ => {}
                }
                out.push(other);
                other.len_utf8()
            }
        };
        rest = &rest[length..];
    }
    (out, is_pruned)
}

/// The length of the list or object that begins here, with all that is in it.
fn branch(text: &str) -> Option<usize> {
    let (mut at, mut open) = (0, 0_usize);
    while let Some(byte) = text.as_bytes().get(at) {
        match byte {
            b'"' => at += string(&text[at..]) - 1,
            b'[' | b'{' => open += 1,
            b']' | b'}' => open = open.saturating_sub(1),
            _ => {}
        }
        at += 1;
        if open == 0 {
            return Some(at);
        }
    }
    None
}

/// The length of the text that begins here, quotes and all.
fn string(text: &str) -> usize {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

fn number(out: &mut String, text: &str) {
    let whole = text.parse::<i64>().is_ok() || text.parse::<u64>().is_ok();
    let exact = || {
        // The library's own reading, which is fast and may be a step off.
        let held: f64 = serde_json::from_str(text).ok()?;
        (Decimal::parse(&format!("{held:?}")) == Decimal::parse(text)).then_some(())
    };
    // What JSON does not call a number stays as it is, and is refused as before.
    let is_json = || text.bytes().last().is_some_and(|byte| byte.is_ascii_digit()) && !text.trim_start_matches('-').starts_with('.') && !has_leading_zero(text);
    if whole || exact().is_some() || Decimal::parse(text).is_none() || !is_json() {
        out.push_str(text);
    } else {
        out.extend(['"', NUMBER]);
        out.push_str(text);
        out.push('"');
    }
}

fn has_leading_zero(text: &str) -> bool {
    let digits = text.trim_start_matches('-').as_bytes();
    matches!(digits, [b'0', b'0'..=b'9', ..])
}

fn without_half_pairs(text: &str) -> String {
    let unit = |at: usize| text.get(at..at + 6).filter(|escape| escape.starts_with("\\u")).and_then(|escape| u16::from_str_radix(&escape[2..], 16).ok());
    let (mut out, mut at) = (String::with_capacity(text.len()), 0);
    while let Some(first) = text[at..].chars().next() {
        let length = match (unit(at), unit(at + 6)) {
            (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => 12,
            (Some(0xd800..=0xdfff), _) => {
                out.push_str("\\ufffd");
                at += 6;
                continue;
            }
            (Some(_), _) => 6,
            (None, _) if first == '\\' => 1 + text[at + 1..].chars().next().map_or(0, char::len_utf8),
            (None, _) => first.len_utf8(),
        };
        out.push_str(&text[at..at + length]);
        at += length;
    }
    out
}

#[cfg(test)]
mod tests {
    use hyper::header::HeaderValue;

    use super::*;

    #[test]
    fn a_body_is_read_by_its_mark_or_its_charset() {
        let read = |kind: &'static str, body: &[u8]| decode(&HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static(kind))]), body);
        assert_eq!(read("application/json", b"\xef\xbb\xbf{}"), "{}");
        assert_eq!(read("text/plain; charset=ISO-8859-1", b"gr\xfc\xdfe"), "grüße");
        assert_eq!(read("text/plain;charset=\"windows-1252\"", b"\x80"), "€");
        assert_eq!(read("application/json; charset=utf-16le", b"{\0}\0"), "{}");
        assert_eq!(read("application/json", b"\xff\xfe{\0}\0"), "{}");
        assert_eq!([read("application/json", b"{\0}\0"), read("application/json", b"\0{\0}")], ["{}", "{}"]);
        assert_eq!(read("application/json; charset=nonsense", "ä".as_bytes()), "ä");
    }

    #[test]
    fn what_is_json_is_never_called_something_else() {
        let number = |text: &str| Value::from(format!("{NUMBER}{text}"));
        assert_eq!(json("[1e400, -12345678901234567890]"), Some(Value::from(vec![number("1e400"), number("-12345678901234567890")])));
        assert_eq!(json("[1e9999999999,1E-400]"), Some(Value::from(vec![number("1e9999999999"), number("1E-400")])));
        assert_eq!(json(r#"{"status":"ok","x":1e9999999999}"#).map(|read| read["status"].clone()), Some("ok".into()));
        assert_eq!(json("[1.5e3, 1e-2]"), Some(serde_json::json!([1500.0, 0.01])));
        assert_eq!(json("[0.1, 12, 18446744073709551615]"), Some(serde_json::json!([0.1, 12, u64::MAX])));
        assert_eq!(
            json(r#"{"a":"\ud800","b":"\ud83d\ude00 \\ud800","c":1e400}"#),
            Some(serde_json::json!({"a": "\u{fffd}", "b": "😀 \\ud800", "c": number("1e400")}))
        );
        assert_eq!(
            json(r#"{"1234567890123456789012": "1e400 1234567890123456789"}"#),
            Some(serde_json::json!({"1234567890123456789012": "1e400 1234567890123456789"}))
        );
        let deep = |levels: usize| format!(r#"{{"status":"ok","deep":{}1{}}}"#, "[".repeat(levels), "]".repeat(levels));
        for levels in [100, 200, 100_000] {
            let read = document(&deep(levels)).expect("JSON");
            assert_eq!((&read.value["status"], read.is_pruned), (&Value::from("ok"), levels > LEVELS), "{levels}");
        }
        for text in [&deep(200)[..300], "", "<html>", "{", "[01234567890123456789]", "[1e400", "[1e]", "[12345678901234567890.]", "\"\\ud800"] {
            assert_eq!(json(text), None, "{text}");
        }
    }
}
