//! Looks for a secret in a text, however it may be written there.

use base64::{
    Engine,
    engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD},
};

/// How `secret` stands in `text`, if it does.
pub fn find(secret: &str, text: &str) -> Option<&'static str> {
    spellings(secret).into_iter().find(|(_, spelling)| text.contains(spelling)).map(|(name, _)| name)
}

fn spellings(secret: &str) -> Vec<(&'static str, String)> {
    let hex: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
    let url: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    let mut all =
        vec![("raw", secret.to_owned()), ("HEX", hex.to_uppercase()), ("hex", hex), ("URL", url), ("JSON", json(secret)), ("JSON twice", json(&json(secret)))];
    for before in 0..3 {
        all.push(("base64", base64_inside(&STANDARD_NO_PAD, secret, before)));
        all.push(("base64url", base64_inside(&URL_SAFE_NO_PAD, secret, before)));
    }
    all
}

fn json(secret: &str) -> String {
    let quoted = serde_json::Value::from(secret).to_string();
    quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).expect("in quotes").to_owned()
}

/// What is sure to stand in the base64 of a text that has `secret` after `before` (mod 3) other bytes.
fn base64_inside(engine: &impl Engine, secret: &str, before: usize) -> String {
    let first_whole = before.next_multiple_of(3) - before;
    let whole = (secret.len() - first_whole) / 3 * 3;
    engine.encode(&secret.as_bytes()[first_whole..first_whole + whole])
}

#[test]
fn a_planted_secret_is_found_in_every_spelling() {
    let secret = "p4$$ \"word\"+/é";
    let inside = |text: &str| find(secret, text);
    assert_eq!(inside(&format!("user:{secret}@host")), Some("raw"));
    let quoted = serde_json::json!({ "a": secret }).to_string();
    assert_eq!((inside(&quoted), inside(&serde_json::json!({ "found": quoted }).to_string())), (Some("JSON"), Some("JSON twice")));
    for before in ["", "u", "us", "use"] {
        assert_eq!(inside(&STANDARD_NO_PAD.encode(format!("{before}{secret}:x"))), Some("base64"), "{before}");
    }
    let hex: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!((inside(&hex), inside(&hex.to_uppercase())), (Some("hex"), Some("HEX")));
    assert_eq!(inside("nothing of it"), None);
}
