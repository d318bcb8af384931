//! Takes secrets out of what a service answered, in every spelling a service is likely to echo.

use base64::{Engine, prelude::*};
use domain::bidi;
use secrecy::{ExposeSecret, SecretString};

/// What stands where a secret stood.
pub const MARK: &str = "[redacted]";

/// What kinds put where they left out the rest of an answer, at times behind a quotation mark.
const CUT: &str = "…";

/// Shorter secrets are left alone: taking out every `a` would make nonsense and hide nothing.
const SHORTEST: usize = 4;

/// The spellings of some secrets, longest first.
pub struct Redactor(Vec<Vec<u8>>);

impl Redactor {
    pub fn new<'a>(secrets: impl IntoIterator<Item = &'a SecretString>) -> Self {
        let mut spellings: Vec<Vec<u8>> = secrets
            .into_iter()
            .map(SecretString::expose_secret)
            .filter(|secret| secret.len() >= SHORTEST)
            .flat_map(spellings)
            .filter(|spelling| spelling.len() >= SHORTEST)
            .map(String::into_bytes)
            .collect();
        spellings.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        spellings.dedup();
        Self(spellings)
    }

    /// What would turn the text around is written out as well.
    pub fn redact(&self, text: &str) -> String {
        // The mark and every spelling are whole characters, so what is left is text still.
        bidi::visible(&String::from_utf8_lossy(&self.redact_bytes(text.as_bytes()))).into_owned()
    }

    /// The same for bytes, text or not. A secret that is cut off by the end, or by the mark of what was left out, is taken out as well.
    pub fn redact_bytes(&self, bytes: &[u8]) -> Vec<u8> {
        let redacted = self.0.iter().fold(bytes.to_vec(), |bytes, spelling| replace(bytes, spelling));
        let mut whole = Vec::with_capacity(redacted.len());
        let mut rest = redacted.as_slice();
        while let Some(place) = memchr::memmem::find(rest, CUT.as_bytes()) {
            let (before, cut) = rest.split_at(place);
            let (before, quote) = before.strip_suffix(b"\"").map_or((before, ""), |before| (before, "\""));
            whole.extend(self.without_beginning_at_end(before.to_vec()));
            whole.extend_from_slice(quote.as_bytes());
            whole.extend_from_slice(CUT.as_bytes());
            rest = &cut[CUT.len()..];
        }
        whole.extend(self.without_beginning_at_end(rest.to_vec()));
        whole
    }

    fn without_beginning_at_end(&self, mut bytes: Vec<u8>) -> Vec<u8> {
        let beginning = |spelling: &Vec<u8>| (SHORTEST..spelling.len()).rev().find(|length| bytes.ends_with(&spelling[..*length]));
        if let Some(length) = self.0.iter().filter_map(beginning).max() {
            bytes.truncate(bytes.len() - length);
            bytes.extend_from_slice(MARK.as_bytes());
        }
        bytes
    }
}

fn replace(bytes: Vec<u8>, spelling: &[u8]) -> Vec<u8> {
    let mut places = memchr::memmem::find_iter(&bytes, spelling).peekable();
    if places.peek().is_none() {
        return bytes;
    }
    let (mut replaced, mut from) = (Vec::with_capacity(bytes.len()), 0);
    for place in places {
        replaced.extend_from_slice(&bytes[from..place]);
        replaced.extend_from_slice(MARK.as_bytes());
        from = place + spelling.len();
    }
    replaced.extend_from_slice(&bytes[from..]);
    replaced
}

fn spellings(secret: &str) -> Vec<String> {
    let hex: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
    // A body that is JSON, quoted by a service, a kind, or both.
    let json = json(secret);
    let json_twice = self::json(&json);
    let url: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    let mut spellings = vec![
        secret.to_owned(),
        BASE64_STANDARD.encode(secret),
        BASE64_URL_SAFE.encode(secret),
        hex.to_uppercase(),
        hex,
        self::json(&json_twice),
        json_twice,
        json,
        lower_hex(&url),
        url::form_urlencoded::byte_serialize(url.as_bytes()).collect(),
        url.replace('+', "%20"),
        // As a part of a path, in which a slash stays.
        url.replace('+', "%20").replace("%2F", "/"),
        lower_hex(&url).replace('+', "%20").replace("%2f", "/"),
        url,
        // In a statement of SQL, and in quotes of a shell or a program.
        secret.replace('\'', "''"),
        secret.replace('\'', "\\'"),
        secret.replace('\'', "'\\''"),
    ];
    spellings.extend([64, 76].into_iter().flat_map(|width| ["\n", "\r\n"].map(|end| wrapped(&BASE64_STANDARD.encode(secret), width, end))));
    spellings.extend(escaped_json(secret));
    spellings.extend(html(secret));
    for before in 0..3 {
        spellings.push(inside_base64(&BASE64_STANDARD_NO_PAD, secret, before));
        spellings.push(inside_base64(&BASE64_URL_SAFE_NO_PAD, secret, before));
    }
    spellings
}

/// In lines, as PEM and mail have it.
fn wrapped(base64: &str, width: usize, end: &str) -> String {
    base64.as_bytes().chunks(width).map(String::from_utf8_lossy).collect::<Vec<_>>().join(end)
}

/// As it stands in a text of JSON.
fn json(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or_default().to_owned()
}

/// `%2f` for `%2F`.
fn lower_hex(url: &str) -> String {
    let mut parts = url.split('%');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |url, part| match part.split_at_checked(2) {
        Some((hex, rest)) => format!("{url}%{}{rest}", hex.to_ascii_lowercase()),
        None => format!("{url}%{part}"),
    })
}

/// As it stands in JSON that keeps to ASCII, or to what is safe in a page as well: as Python, PHP, Go, Java and .NET write it.
fn escaped_json(text: &str) -> Vec<String> {
    let json = json(text);
    let escaped = |is_escaped: fn(char) -> bool, is_upper: bool| {
        let mut escaped = String::with_capacity(json.len());
        for letter in json.chars() {
            if !is_escaped(letter) {
                escaped.push(letter);
                continue;
            }
            for unit in letter.encode_utf16(&mut [0; 2]) {
                escaped += &if is_upper { format!("\\u{unit:04X}") } else { format!("\\u{unit:04x}") };
            }
        }
        escaped
    };
    let is_unsafe_too: fn(char) -> bool = |letter| !letter.is_ascii() || matches!(letter, '<' | '>' | '&' | '\'' | '+' | '`');
    let is_markup: fn(char) -> bool = |letter| matches!(letter, '<' | '>' | '&');
    let ascii = escaped(|letter| !letter.is_ascii(), false);
    vec![
        ascii.replace('/', "\\/"),
        json.replace('/', "\\/"),
        escaped(|letter| !letter.is_ascii(), true),
        escaped(is_unsafe_too, false),
        escaped(is_unsafe_too, true),
        escaped(is_unsafe_too, true).replace("\\\"", "\\u0022"),
        escaped(is_markup, false),
        ascii,
    ]
}

/// As it stands in a page: with the names of what markup is made of, with or without numbers in place of other letters.
fn html(text: &str) -> Vec<String> {
    let named = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let quotes = [("&quot;", "&#39;"), ("&quot;", "&#x27;"), ("&quot;", "&#039;"), ("&quot;", "&apos;"), ("&#34;", "&#39;"), ("&quot;", "'"), ("\"", "'")];
    let numbered = |text: &str| text.chars().map(|letter| if letter.is_ascii() { letter.to_string() } else { format!("&#{};", u32::from(letter)) }).collect();
    let quoted = quotes.map(|(double, single)| named.replace('"', double).replace('\'', single));
    // As the templates of Go write it.
    let of_go = named.replace('"', "&#34;").replace('\'', "&#39;").replace('+', "&#43;");
    quoted.iter().map(|text| numbered(text)).chain(quoted.clone()).chain([of_go]).collect()
}

/// What stands in the base64 of a longer text, such as `user:secret`, that has `before` (mod 3) bytes before the secret.
/// The letter at either end shares its bits with a neighbour and is left.
fn inside_base64(engine: &impl Engine, secret: &str, before: usize) -> String {
    let encoded = engine.encode([&vec![0; before], secret.as_bytes()].concat());
    let (first, last) = ((before * 8).div_ceil(6), (before + secret.len()) * 8 / 6);
    encoded.get(first..last).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_taken_out_in_every_spelling() {
        for secret in ["p\"ä ss/w0rd", "it's + a/key", &"long ".repeat(30)] {
            let secret = SecretString::from(secret);
            let redactor = Redactor::new([&secret]);
            for spelling in spellings(secret.expose_secret()) {
                let text = format!("before {spelling} after");
                assert_eq!(redactor.redact(&text), format!("before {MARK} after"), "{spelling}");
            }
        }
    }

    #[test]
    fn a_quotation_mark_a_plus_and_a_slash_are_taken_out_as_others_write_them() {
        let redactor = Redactor::new([&SecretString::from("it's+a/key")]);
        for spelling in ["it&#039;s+a/key", "it&apos;s+a/key", "it''s+a/key", "it\\'s+a/key", "it&#39;s&#43;a/key", "it%27s%2Ba/key", "it%27s%2ba/key"] {
            assert_eq!(redactor.redact(&format!("before {spelling} after")), format!("before {MARK} after"), "{spelling}");
        }
    }

    #[test]
    fn a_secret_inside_a_longer_base64_is_taken_out() {
        let redactor = Redactor::new([&SecretString::from("a-secret-of-some-length")]);
        for user in ["", "u", "us", "use", "user"] {
            let echoed = BASE64_STANDARD.encode(format!("{user}:a-secret-of-some-length:more"));
            let redacted = redactor.redact(&echoed);
            assert!(redacted.contains(MARK) && redacted.len() < echoed.len() - 18, "{redacted}");
        }
    }

    #[test]
    fn a_secret_that_the_end_cuts_off_is_taken_out_and_bytes_need_not_be_text() {
        let redactor = Redactor::new([&SecretString::from("a-secret-of-some-length")]);
        assert_eq!(redactor.redact("answer: a-secret-of-so"), format!("answer: {MARK}"));
        assert_eq!(redactor.redact_bytes(b"\xff\0a-secret-of-some-length\xfe"), [&b"\xff\0"[..], MARK.as_bytes(), b"\xfe"].concat());
    }

    #[test]
    fn a_secret_in_a_body_that_is_quoted_and_cut_is_taken_out() {
        let redactor = Redactor::new([&SecretString::from(r#"p"ss\w0rd-of-some-length"#)]);
        let body = serde_json::json!({ "authorization": r#"Bearer p"ss\w0rd-of-some-length"# }).to_string();
        let (quoted, debugged) = (serde_json::Value::from(body.as_str()).to_string(), format!("{body:?}"));
        for text in [&body, &quoted, &debugged, &serde_json::Value::from(quoted.as_str()).to_string()] {
            let redacted = redactor.redact(text);
            assert!(redacted.contains(MARK) && !redacted.contains("w0rd"), "{redacted}");
        }
        for end in ["…. The rest was left out.", "\"…, then closed the connection."] {
            let cut = format!("found \"{}{end}", &body[..30]);
            assert_eq!(redactor.redact(&cut), format!("found \"{{\"authorization\":\"Bearer {MARK}{end}"));
        }
    }

    #[test]
    fn what_a_service_answers_turns_nothing_around() {
        assert_eq!(Redactor::new([]).redact("250 \u{202e}olleH"), "250 ⟨U+202E⟩olleH");
    }

    #[test]
    fn other_text_stays() {
        let redactor = Redactor::new([&SecretString::from("abc"), &SecretString::from("a long secret")]);
        assert_eq!(redactor.redact("abc is too short to hide"), "abc is too short to hide");
    }
}
