//! Takes out of a report what nobody may keep: whoever writes one does not always know what is in it.

use std::{borrow::Cow, sync::LazyLock};

use probes::redact::MARK;
use regex::{Captures, Regex};
use serde_json::Value;

/// What a name is without its separators, in lower case, when its value is a secret, whatever stands round it.
const SECRET_NAMES: [&str; 16] = [
    "authorization",
    "cookie",
    "password",
    "passwd",
    "passphrase",
    "secret",
    "token",
    "apikey",
    "accesskey",
    "accountkey",
    "privatekey",
    "credential",
    "sessionid",
    "bearer",
    "csrf",
    "signature",
];
/// The same where it is all of a name, or the end of one, as in `db_pass`: inside another word it means something else.
const SECRET_ENDS: [&str; 10] = ["pwd", "pass", "auth", "otp", "pin", "cvv", "jwt", "session", "sig", "xsrf"];

/// A shape in a text, and what is put in its place.
struct Shape {
    pattern: Regex,
    with: &'static str,
}

/// In this order: a key block before the words in it, an address with a password before the e-mail address that it looks like.
#[expect(clippy::expect_used, reason = "constant patterns, each of which a test goes through")]
static SHAPES: LazyLock<[Shape; 14]> = LazyLock::new(|| {
    [
        (r"-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)", "[redacted]"),
        (r"://[^/\s@]+@", "://[redacted]@"),
        // Addresses to which whoever knows them may post.
        (r#"(hooks\.slack\.com/(?:services|workflows)|discord(?:app)?\.com/api/webhooks)/[^\s"'<>]+"#, "$1/[redacted]"),
        (r"/bot\d+:[A-Za-z0-9_-]{20,}", "/bot[redacted]"),
        (r#"(https?://[^\s?#"'<>]+)\?[^\s#"'<>]+"#, "$1?[redacted]"),
        // Headers whose whole line is the secret, quoted or not, or a list.
        (
            r#"(?i)\b([a-z0-9_-]*(?:authorization|cookie))(\\*["']?[ \t]*[:=][ \t]*)(?:\[[^\]]*\]|\\+"[^"]*(?:"|$)|"(?:[^"\\]|\\.)*(?:"|$)|'[^']*'|(?:=[ \t]*"[^"]*"|[^\n"'])+)"#,
            "$1$2[redacted]",
        ),
        (r"(?i)\b(bearer|basic|digest)\s+[a-z0-9+/=._~-]{6,}", "$1 [redacted]"),
        (
            r"(?i)(<(?:[\w.-]+:)?[\w.-]*(?:password|passwd|passphrase|secret|token|api[_-]?key)(?:\s[^<>]*)?>)(?:<!\[CDATA\[)?[^<]+",
            "$1[redacted]",
        ),
        (
            r#"(?i)\b([a-z0-9_-]*(?:password|passwd|csrf|signature|passphrase|secret(?:[_-]?key)?|token|api[_-]?key|(?:access|account|private)[_-]?key|credential|session[_-]?id)|(?:[a-z0-9]+[_-])*(?:pwd|pass|otp|jwt))(\\*["']?\s*[:=]\s*)(?:\[redacted\]|\\+"[^"]*(?:"|$)|"(?:[^"\\]|\\.)*(?:"|$)|'[^']*'|[^\s,;&"']+)"#,
            "$1$2[redacted]",
        ),
        (r"(\s(?:-u|--user)[ =]?[^\s:]+):\S+", "$1:[redacted]"),
        (r"(?i)\b((?:mysql|mariadb)\w*(?:\s[^\n]*?)?\s-p)[^\s-]\S*", "$1[redacted]"),
        (
            r"\b(?:sbt|sk|pk|rk|gh[opsur]|github_pat|glpat|xox[abeprs]|npm|pypi|shpat|whsec|do[opr]_v1)[_-][A-Za-z0-9_.-]{12,}|\b(?:AKIA|ASIA)[0-9A-Z]{16}\b|\bAIza[A-Za-z0-9_-]{30,}|\b(?:SG|hv[bs])\.[A-Za-z0-9_.-]{20,}",
            "[redacted]",
        ),
        (r"\beyJ[A-Za-z0-9_-]{6,}\.[A-Za-z0-9_-]{6,}(?:\.[A-Za-z0-9_-]*)?", "[redacted]"),
        (r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+", "[e-mail]"),
    ]
    .map(|(pattern, with)| Shape { pattern: Regex::new(pattern).expect("a pattern"), with })
});

/// `the password is hunter22`, and whatever may be the number of a card.
#[expect(clippy::expect_used, reason = "constant patterns, each of which a test goes through")]
static SUSPECTS: LazyLock<[Regex; 2]> = LazyLock::new(|| {
    [
        r"(?i)\b(?P<before>(?:password|passphrase|secret|token|api key)(?:\s+is|\s+was)?\s+)(?P<suspect>[^\s,;]{6,})",
        r"(?P<before>)(?P<suspect>\b[3-6]\d{3}(?:[ -]?\d){11,15}\b)",
    ]
    .map(|pattern| Regex::new(pattern).expect("a pattern"))
});

/// Whether it is no word of a sentence, which has no digits.
fn is_no_word(suspect: &str) -> bool {
    suspect.contains(|c: char| c.is_ascii_digit()) && !suspect.starts_with('[')
}

/// Whether the last digit is the check digit of the others (ISO/IEC 7812-1, annex B).
fn is_card(suspect: &str) -> bool {
    let digits = suspect.chars().rev().filter_map(|c| c.to_digit(10));
    let sum: u32 = digits.enumerate().map(|(index, digit)| if index.is_multiple_of(2) { digit } else { digit * 2 / 10 + digit * 2 % 10 }).sum();
    sum.is_multiple_of(10)
}

/// A text without passwords, tokens, keys, numbers of cards, queries of addresses and e-mail addresses.
pub fn text(text: &str) -> String {
    let mut redacted = Cow::Borrowed(text);
    for Shape { pattern, with } in SHAPES.iter() {
        if let Cow::Owned(changed) = pattern.replace_all(&redacted, *with) {
            redacted = Cow::Owned(changed);
        }
    }
    for (suspect, is_secret) in SUSPECTS.iter().zip([is_no_word, is_card]) {
        let replaced = suspect.replace_all(&redacted, |found: &Captures<'_>| {
            let with = if is_secret(&found["suspect"]) { MARK } else { &found["suspect"] };
            format!("{}{with}", &found["before"])
        });
        if let Cow::Owned(changed) = replaced {
            redacted = Cow::Owned(changed);
        }
    }
    redacted.into_owned()
}

/// The same of every text in a JSON value; whatever stands under the name of a secret goes altogether.
pub fn value(found: Value, redact: &impl Fn(&str) -> String) -> Value {
    match found {
        Value::String(found) => Value::String(redact(&found)),
        // A name and its value, as `Object.entries` has them.
        Value::Array(items) if matches!(&items[..], [Value::String(name), _] if is_name(name) && is_secret(name)) => {
            items.into_iter().take(1).map(|name| value(name, redact)).chain([Value::from(MARK)]).collect()
        }
        Value::Array(items) => items.into_iter().map(|item| value(item, redact)).collect(),
        Value::Object(members) => {
            // The same as an HTTP archive has them.
            let names_a_secret = members.get("name").and_then(Value::as_str).is_some_and(is_secret);
            let kept = |(name, member): (String, Value)| {
                let member = if is_secret(&name) || (names_a_secret && name == "value") { Value::from(MARK) } else { value(member, redact) };
                (redact(&name), member)
            };
            members.into_iter().map(kept).collect()
        }
        other => other,
    }
}

/// And no sentence, nor an assignment.
fn is_name(text: &str) -> bool {
    text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
}

fn is_secret(name: &str) -> bool {
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    SECRET_NAMES.iter().any(|secret| plain.contains(secret)) || SECRET_ENDS.contains(&last_word(name).to_ascii_lowercase().as_str())
}

/// `Pass` of `dbPass`, `pass` of `db_pass`.
fn last_word(name: &str) -> &str {
    let part = name.rsplit(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or(name);
    // In capitals it has no smaller words.
    let in_capitals = !part.contains(|c: char| c.is_ascii_lowercase());
    if in_capitals { part } else { &part[part.rfind(|c: char| c.is_ascii_uppercase()).unwrap_or_default()..] }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn no_secret_is_left_in_a_text() {
        for (told, kept) in [
            ("could not reach postgres://app:canary@db:5432/orders", "could not reach postgres://[redacted]@db:5432/orders"),
            ("GET https://shop.example/pay?card=canary&x=1 failed", "GET https://shop.example/pay?[redacted] failed"),
            ("Authorization: Bearer canary.canary", "Authorization: [redacted]"),
            ("Authorization: Token canary-canary\nAccept: */*", "Authorization: [redacted]\nAccept: */*"),
            ("Cookie: sid=canary; b=canary", "Cookie: [redacted]"),
            ("<user><password>canary</password></user>", "<user><password>[redacted]</password></user>"),
            (r#"body {\"password\":\"canary\"}"#, r#"body {\"password\":[redacted]}"#),
            ("private_key=canary keyPassword=canary AccountKey=canary", "private_key=[redacted] keyPassword=[redacted] AccountKey=[redacted]"),
            (r#"Authorization: Token token="canary", nonce="canary""#, "Authorization: [redacted]"),
            (r#"Cookie: a="x"; sid=canary"#, "Cookie: [redacted]"),
            (r#""Cookie":["sid=canary"], "n": 1"#, r#""Cookie":[redacted], "n": 1"#),
            ("HTTP_COOKIE: sid=canary", "HTTP_COOKIE: [redacted]"),
            ("session_cookie=canary", "session_cookie=[redacted]"),
            (r#"{"authorization":"Bearer canary","path":"/a"}"#, r#"{"authorization":[redacted],"path":"/a"}"#),
            ("{'Authorization': 'Token canary', 'n': 1}", "{'Authorization': [redacted], 'n': 1}"),
            (r#"{"password":"a\"canary"}"#, r#"{"password":[redacted]}"#),
            (r#"{"password":"canary"#, r#"{"password":[redacted]"#),
            ("<password type=\"x\"><![CDATA[canary]]></password>", "<password type=\"x\">[redacted]</password>"),
            ("<access-token>canary</access-token>", "<access-token>[redacted]</access-token>"),
            ("SECRET_KEY=canary", "SECRET_KEY=[redacted]"),
            ("AIzacanary0123456789012345678901234567", "[redacted]"),
            ("hvs.canary0123456789012345", "[redacted]"),
            ("POST https://hooks.slack.com/services/T0/B0/canary failed", "POST https://hooks.slack.com/services/[redacted] failed"),
            ("GET /bot123456:canary0123456789012345/getMe", "GET /bot[redacted]/getMe"),
            ("/orders;jsessionid=canary", "/orders;jsessionid=[redacted]"),
            ("sent bearer canary-canary to it", "sent bearer [redacted] to it"),
            (r#"{"password":"canary canary"}"#, r#"{"password":[redacted]}"#),
            ("DB_PASSWORD=canary; next", "DB_PASSWORD=[redacted]; next"),
            ("x-api-key: canary", "x-api-key: [redacted]"),
            ("key sbt_0123456789abcdefcanary is refused", "key [redacted] is refused"),
            ("AKIACANARYCANARY1234 is refused", "[redacted] is refused"),
            ("eyJhbGciOi.eyJzdWIi.canary", "[redacted]"),
            ("-----BEGIN RSA PRIVATE KEY-----\ncanary\n-----END RSA PRIVATE KEY-----", "[redacted]"),
            ("-----BEGIN PRIVATE KEY-----\ncanary", "[redacted]"),
            ("curl -u joe:canary https://a.example", "curl -u joe:[redacted] https://a.example"),
            ("mysql -h db -pcanary orders", "mysql -h db -p[redacted] orders"),
            ("the password is canary22.", "the password is [redacted]"),
            ("login with token canary4711 failed", "login with token [redacted] failed"),
            ("db_pass=canary", "db_pass=[redacted]"),
            ("card 4111 1111 1111 1111 declined", "card [redacted] declined"),
            ("no such user canary@example.org here", "no such user [e-mail] here"),
        ] {
            assert_eq!(text(told), kept);
            assert!(!text(told).contains("canary"));
            assert_eq!(text(&text(told)), text(told), "once is enough");
        }
    }

    #[test]
    fn what_is_no_secret_stays() {
        for plain in [
            "The card was declined.",
            "timeout after 30 s at orders.rs:42",
            "GET /orders/42",
            "a token was refused",
            "https://shop.example/help",
            "3 @ 4",
            "the password is wrong",
            "order 4111111111111112",
            "the token is too long",
            "passed: 3",
            "Missing cookie:\nat pay (orders.rs:42)",
            "Invalid credentials: user 7",
            "killed, sig=11",
        ] {
            assert_eq!(text(plain), plain);
        }
    }

    #[test]
    fn what_stands_under_the_name_of_a_secret_goes_whatever_it_is() {
        for name in ["pwd", "DB_PASS", "dbPass", "auth", "X-Otp", "session", "csrfToken", "signature", "bearer"] {
            assert!(is_secret(name), "{name}");
        }
        for name in ["passed", "author", "spinner", "session_count", "options", "compass", "opinion"] {
            assert!(!is_secret(name), "{name}");
        }
        let context = json!({"headers": {"Set-Cookie": ["canary"], "X-Api-Key": 7, "accept": "text/html"}, "user": {"apiToken": {"deep": "canary"}}, "mails": ["a@b.example"]});
        for (told, kept) in [
            (
                json!([{"name": "Cookie", "value": "canary"}, {"name": "Accept", "value": "*/*"}]),
                json!([{"name": "Cookie", "value": "[redacted]"}, {"name": "Accept", "value": "*/*"}]),
            ),
            (json!([["authorization", "canary"], ["accept", "*/*"]]), json!([["authorization", "[redacted]"], ["accept", "*/*"]])),
            (json!(["failed: token=canary", 7]), json!(["failed: token=[redacted]", 7])),
            (json!(["token expired", "user 7"]), json!(["token expired", "user 7"])),
        ] {
            assert_eq!(value(told, &text), kept);
        }
        let kept = json!({"headers": {"Set-Cookie": "[redacted]", "X-Api-Key": "[redacted]", "accept": "text/html"}, "user": {"apiToken": "[redacted]"}, "mails": ["[e-mail]"]});
        assert_eq!(value(context, &text), kept);
    }
}
