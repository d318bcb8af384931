//! What every type of channel keeps to, whatever the texts of a message say.

use std::collections::BTreeSet;

use domain::{
    delivery::{Answers, DeliveryReason, SendFailure},
    environment::Environment,
    ids::{DeliveryId, IncidentId},
    settings,
    severity::IncidentSeverity,
};
use serde_json::json;
use store::deliveries::Queued;
use strum::IntoEnumIterator;
use url::form_urlencoded;

use super::*;

/// Markup of every receiver, in one name.
const NASTY: &str = r#"<!channel> <b>x</b> *bold* _it_ [a](http://evil.example) @everyone `c` \ "}],"x":{"y": {{link}} &amp; |"#;
/// The same with what would end a line.
const NASTIER: &str = "first\r\nBcc: eve@example.org\r\n\r\n.\r\nDATA\u{2028}\u{202e}";

fn example(id: &str) -> (Settings, Credential) {
    let (settings, credential) = match id {
        "email" => (json!({"to": ["desk@example.org", "night@example.org"]}), json!({})),
        "alertmanager" => (json!({"url": "https://chat.example.org/hook"}), json!({})),
        "slack" | "teams" | "discord" => (json!({}), json!({"url": "https://chat.example.org/hook"})),
        "telegram" => (json!({"chat_id": "-100"}), json!({"bot_token": "1:a_b-c"})),
        "pagerduty" => (json!({}), json!({"routing_key": "R0"})),
        "ntfy" => (json!({"topic": "orders"}), json!({"token": "tk_x"})),
        "sms" => (json!({"from": "+15005550006", "to": ["+15005550001"]}), json!({"account": "AC0", "token": "t"})),
        "webhook" => (json!({"url": "https://hook.example.org/"}), json!({"secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"})),
        "template" => {
            let body = r#"{"title": "{{title}}", "text": "{{summary}}", "name": "{{connection}}"}"#;
            (json!({"url": "https://any.example.org/", "body": body}), json!({"headers": "X-Key: k"}))
        }
        other => panic!("give {other} an example"),
    };
    let secrets: std::collections::BTreeMap<String, String> = serde_json::from_value(credential).expect("secrets");
    (serde_json::from_value(settings).expect("settings"), secrets.into_iter().map(|(name, secret)| (name, secret.into())).collect())
}

fn message(reason: DeliveryReason, connection: &str, summary: &str) -> Message {
    let at = Timestamp::from_millis(1_700_000_000_000);
    let delivery = domain::delivery::Delivery {
        id: DeliveryId::new(),
        channel_id: domain::ids::ChannelId::new(),
        incident_id: Some(IncidentId::new()),
        reason,
        status: domain::delivery::DeliveryStatus::Waiting,
        attempts: 0,
        next_attempt_at: Some(at),
        last_error: None,
        sent_at: None,
        created_at: at,
        severity: Some(IncidentSeverity::P2),
        connection_name: Some(connection.to_owned()),
        environment: Some(Environment::Production),
        incident_count: 1,
    };
    let queued = Queued {
        delivery,
        group_id: None,
        sealed_at: None,
        still_down: None,
        waits_since: at,
        receivers: Answers::new(),
        summary: summary.to_owned(),
        opened_at: at,
        actor: Some(connection.to_owned()),
        detail: String::new(),
        members: Vec::new(),
    };
    Message::of(queued, "https://console.example.org")
}

/// As it is kept, checked.
fn ready(channel: &dyn Channel) -> (Settings, Credential) {
    let (settings, credential) = example(channel.descriptor().id);
    let fields = &channel.descriptor().fields;
    let complete = settings::check(fields, &channel.tidied(settings)).expect("an example that fits");
    assert_eq!(check_urls(fields, &complete), []);
    assert_eq!(channel.check(&complete), []);
    assert_eq!(channel.check_credential(&credential), []);
    assert_eq!(settings::missing_secrets(fields, &complete, |name| credential.contains_key(name)), []);
    (complete, credential)
}

fn written(channel: &dyn Channel, message: &Message) -> Vec<Part> {
    let (settings, credential) = ready(channel);
    let address = Address { settings: &settings, credential: &credential, mail_from: Some("console@example.org"), now: Timestamp::from_millis(0) };
    channel.write(&address, message).expect("written")
}

/// All that a request says, with JSON and forms read.
fn texts(request: &Request) -> Vec<String> {
    fn walk(value: &Value, texts: &mut Vec<String>) {
        match value {
            Value::String(text) => texts.push(text.clone()),
            Value::Array(items) => items.iter().for_each(|item| walk(item, texts)),
            Value::Object(members) => members.values().for_each(|member| walk(member, texts)),
            _ => {}
        }
    }
    let mut texts = Vec::new();
    if request.headers[CONTENT_TYPE.as_str()] == "application/x-www-form-urlencoded" {
        texts.extend(form_urlencoded::parse(&request.body).map(|(_, value)| value.into_owned()));
    } else {
        walk(&serde_json::from_slice(&request.body).expect("JSON"), &mut texts);
    }
    texts
}

#[test]
fn each_type_has_a_name_of_its_own_and_words_for_people() {
    let ids: BTreeSet<_> = all().map(|channel| channel.descriptor().id).collect();
    let described = ["alertmanager", "discord", "email", "ntfy", "pagerduty", "slack", "sms", "teams", "telegram", "template", "webhook"];
    assert_eq!(ids.into_iter().collect::<Vec<_>>(), described);
    for channel in all() {
        let ChannelDescriptor { id, title, summary, fields } = channel.descriptor();
        assert!(id.parse::<ChannelType>().is_ok() && !title.is_empty() && summary.ends_with('.'), "{id}");
        assert_eq!(fields.iter().map(|field| &field.name).collect::<BTreeSet<_>>().len(), fields.len(), "{id}");
    }
}

#[test]
fn each_writes_every_reason_and_says_the_same_when_it_is_asked_again() {
    for channel in all() {
        for reason in DeliveryReason::iter() {
            let message = message(reason, "Orders", "Orders: refused.");
            let shown = |parts: Vec<Part>| parts.iter().map(|part| format!("{part:?}")).collect::<Vec<_>>();
            let first = shown(written(channel, &message));
            assert!(!first.is_empty(), "{} {reason}", channel.descriptor().id);
            assert_eq!(first, shown(written(channel, &message)), "{} {reason}: the same for the same receivers", channel.descriptor().id);
        }
    }
}

#[test]
fn whatever_a_name_says_is_text_everywhere() {
    for channel in all() {
        let id = channel.descriptor().id;
        let nasty = message(DeliveryReason::Acknowledged, NASTY, &format!("{NASTY} {NASTIER}"));
        for part in written(channel, &nasty) {
            match part {
                Part::Mail { message, .. } => {
                    let text = String::from_utf8(message).expect("ASCII or UTF-8");
                    let (head, _) = text.split_once("\r\n\r\n").expect("a head");
                    let names: Vec<_> =
                        head.lines().filter(|line| !line.starts_with([' ', '\t'])).filter_map(|line| line.split_once(':')).map(|(name, _)| name).collect();
                    assert!(!names.contains(&"Bcc") && names.iter().filter(|name| **name == "Subject").count() == 1, "{head}");
                }
                // Whoever takes its body for something else than JSON has said so themselves.
                Part::Requests { requests, .. } if id == "template" => drop(serde_json::from_slice::<Value>(&requests[0].body).expect("JSON")),
                Part::Requests { requests, .. } => {
                    let request = &requests[0];
                    let texts = texts(request).concat();
                    assert!(!texts.contains('\r') && !texts.contains('\u{202e}') && !texts.contains('\u{2028}'), "{id}: {texts}");
                    match id {
                        "slack" => {
                            let body: Value = serde_json::from_slice(&request.body).expect("JSON");
                            assert!(body["text"].as_str().is_some_and(|text| text.contains("&lt;!channel&gt;") && !text.contains('<')), "{body}");
                            for text in body["blocks"].as_array().expect("blocks").iter().map(|block| &block["text"]) {
                                let link = format!("<{}|Open in Switchboard>", nasty.link);
                                assert!(text["type"] == "plain_text" || text["text"] == link, "markup is ours alone: {text}");
                            }
                        }
                        "discord" => assert!(!texts.contains("*bold*") && texts.contains(r"\*bold\*") && texts.contains(r"\@everyone"), "{texts}"),
                        _ => assert!(texts.contains("<!channel>"), "{id}: {texts}"),
                    }
                }
            }
        }
    }
}

#[test]
fn receivers_that_join_messages_are_given_the_incident_and_those_that_count_them_the_message() {
    let reasons = [DeliveryReason::Opened, DeliveryReason::Acknowledged, DeliveryReason::Recovered];
    let body = |id: &str, message: &Message| -> Value {
        let channel = get(&id.parse().expect("a type")).expect("one that there is");
        let Some(Part::Requests { requests, .. }) = written(channel, message).into_iter().next() else { panic!("a request") };
        serde_json::from_slice(&requests[0].body).expect("JSON")
    };
    for (reason, action) in reasons.into_iter().zip(["trigger", "acknowledge", "resolve"]) {
        let message = message(reason, "Orders", "Orders: refused.");
        let event = body("pagerduty", &message);
        assert_eq!(
            (&event["event_action"], &event["dedup_key"], &event["payload"]["severity"]),
            (&json!(action), &json!(message.incident), &json!("critical"))
        );
        let alert = body("alertmanager", &message);
        assert_eq!(alert[0]["labels"], json!({"alertname": "SwitchboardIncident", "incident": message.incident, "severity": "p2"}));
        assert_eq!(alert[0]["endsAt"] == json!(message.at), message.is_over(), "a minute before, but not before it began");
        let Some(Part::Mail { message: mail, .. }) = written(get(&"email".parse().expect("a type")).expect("mail"), &message).into_iter().next() else {
            panic!("a mail")
        };
        let mail = String::from_utf8(mail).expect("a text");
        assert!(mail.contains(&format!("Message-ID: <{}@example.org>", message.id)), "{mail}");
        assert!(mail.replace("\r\n ", " ").contains(&format!("References: <incident-{}@example.org>", message.incident.expect("one"))), "{mail}");
    }
}

#[test]
fn a_secret_that_is_missing_is_told_and_stands_in_no_url_but_where_it_must() {
    for channel in all() {
        let (settings, credential) = ready(channel);
        let message = message(DeliveryReason::Opened, "Orders", "Orders: refused.");
        let needs = channel.descriptor().fields.iter().any(|field| field.is_secret() && field.required);
        let without = Address { settings: &settings, credential: &Credential::new(), mail_from: None, now: message.at };
        let failed = channel.write(&without, &message).err();
        let is_mail = channel.descriptor().id == "email";
        assert_eq!(failed.is_some(), needs || is_mail, "{}", channel.descriptor().id);
        assert!(is_mail || failed.is_none_or(|failed| failed.unsent == SendFailure::Channel), "{}: until somebody enters it", channel.descriptor().id);
        for part in written(channel, &message) {
            let Part::Requests { requests, .. } = part else { continue };
            let request = &requests[0];
            let must = ["telegram", "sms", "slack", "teams", "discord"].contains(&channel.descriptor().id);
            let stands = credential.values().any(|secret| secret.expose_secret().len() > 2 && request.url.as_str().contains(secret.expose_secret()));
            assert_eq!(stands, must, "{}: {}", channel.descriptor().id, request.url);
        }
    }
}
