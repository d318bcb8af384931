//! What each type of channel sends of an incident from its beginning to its end: in order, in the shape that its receiver publishes, with links that
//! lead to the incident.

use std::{collections::BTreeSet, fs, path::Path, time::Duration};

use domain::{
    delivery::{Delivery, DeliveryFilter, DeliveryReason},
    ids::{ChannelId, IncidentId},
    incident::IncidentAction,
    on_call::Contact,
};
use engine::{
    escalation, incidents,
    notify::{acknowledge_link, deliveries, manage},
    on_call::resources,
    severity,
};
use hyper::{HeaderMap, header::HeaderName};
use serde_json::{Value, json};
use standardwebhooks::Webhook;
use url::form_urlencoded;

use crate::{
    channels::{Receiver, SECRET, Taken, mail_server},
    services::services,
    test_console::TestConsole,
};

const MINUTE: Duration = Duration::from_secs(60);
const LIFE: [DeliveryReason; 4] = [DeliveryReason::Opened, DeliveryReason::Reminder, DeliveryReason::Acknowledged, DeliveryReason::Recovered];

type Shape = fn(&Taken, &Delivery);

/// All that speak HTTP, as the API takes them, but for their addresses.
fn types() -> [(Value, Shape); 10] {
    let body = r#"{"title": "{{title}}", "text": "{{summary}}", "link": "{{link}}", "acknowledge": "{{acknowledge}}"}"#;
    [
        (json!({"type": "slack", "settings": {}}), slack),
        (json!({"type": "teams", "settings": {}}), teams),
        (json!({"type": "discord", "settings": {}}), discord),
        (json!({"type": "telegram", "settings": {"chat_id": "-100"}, "credential": {"bot_token": "1:a_b-c"}}), telegram),
        (json!({"type": "pagerduty", "settings": {}, "credential": {"routing_key": "R0"}}), pagerduty),
        (json!({"type": "alertmanager", "settings": {}}), alertmanager),
        (json!({"type": "ntfy", "settings": {"topic": "orders"}, "credential": {"token": "tk_x"}}), ntfy),
        (json!({"type": "sms", "settings": {"from": "+15005550006", "to": ["+15005550001"]}, "credential": {"account": "AC0", "token": "t"}}), sms),
        (json!({"type": "webhook", "settings": {}, "credential": {"secret": SECRET}}), webhook),
        (json!({"type": "template", "settings": {"body": body}}), |taken, _| has(&taken.json(), &["title", "text", "link", "acknowledge"])),
    ]
}

/// Exactly these members.
fn has(value: &Value, members: &[&str]) {
    let found: BTreeSet<_> = value.as_object().expect("an object").keys().map(String::as_str).collect();
    assert_eq!(found, members.iter().copied().collect(), "{value}");
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}"))
}

fn is_at_most(value: &Value, characters: usize) {
    assert!((1..=characters).contains(&text(value).chars().count()), "{value}");
}

fn items(value: &Value) -> &[Value] {
    value.as_array().unwrap_or_else(|| panic!("no list: {value}"))
}

/// Block Kit, by an incoming webhook.
fn slack(taken: &Taken, _: &Delivery) {
    let message = taken.json();
    has(&message, &["text", "blocks"]);
    assert!(!text(&message["text"]).is_empty() && items(&message["blocks"]).len() <= 50);
    for block in items(&message["blocks"]) {
        match text(&block["type"]) {
            "header" => is_at_most(&block["text"]["text"], 150),
            "section" => is_at_most(&block["text"]["text"], 3_000),
            other => panic!("{other}"),
        }
        assert!(["plain_text", "mrkdwn"].contains(&text(&block["text"]["type"])), "{block}");
    }
}

/// An Adaptive Card of version 1.4, in the envelope that workflows of Teams take.
fn teams(taken: &Taken, _: &Delivery) {
    let message = taken.json();
    has(&message, &["type", "attachments"]);
    let [attachment] = items(&message["attachments"]) else { panic!("one card: {message}") };
    has(attachment, &["contentType", "content"]);
    assert_eq!((text(&message["type"]), text(&attachment["contentType"])), ("message", "application/vnd.microsoft.card.adaptive"));
    let card = &attachment["content"];
    has(card, &["$schema", "type", "version", "body", "actions"]);
    assert_eq!((text(&card["type"]), text(&card["version"])), ("AdaptiveCard", "1.4"));
    for block in items(&card["body"]) {
        assert_eq!(text(&block["type"]), "RichTextBlock");
        assert!(items(&block["inlines"]).iter().all(|run| run["type"] == "TextRun" && !text(&run["text"]).is_empty()), "{block}");
    }
    for action in items(&card["actions"]) {
        has(action, &["type", "title", "url"]);
        assert_eq!(text(&action["type"]), "Action.OpenUrl");
    }
}

/// Execute Webhook.
fn discord(taken: &Taken, _: &Delivery) {
    let message = taken.json();
    has(&message, &["allowed_mentions", "embeds"]);
    assert_eq!(message["allowed_mentions"], json!({"parse": []}));
    let [embed] = items(&message["embeds"]) else { panic!("one embed: {message}") };
    has(embed, &["title", "description", "url", "color", "timestamp"]);
    is_at_most(&embed["title"], 256);
    is_at_most(&embed["description"], 4_096);
    assert!(embed["color"].as_u64().is_some_and(|color| color <= 0xff_ff_ff), "{embed}");
}

/// `sendMessage`.
fn telegram(taken: &Taken, _: &Delivery) {
    assert!(taken.head.starts_with("POST /bot1:a_b-c/sendMessage HTTP/1.1\r\n"), "{}", taken.head);
    let message = taken.json();
    has(&message, &["chat_id", "text", "link_preview_options"]);
    is_at_most(&message["text"], 4_096);
}

/// Events API v2.
fn pagerduty(taken: &Taken, delivery: &Delivery) {
    let event = taken.json();
    has(&event, &["routing_key", "event_action", "dedup_key", "client", "client_url", "links", "payload"]);
    has(&event["payload"], &["summary", "source", "severity", "timestamp", "group", "custom_details"]);
    let action = match delivery.reason {
        DeliveryReason::Acknowledged => "acknowledge",
        DeliveryReason::Recovered => "resolve",
        _ => "trigger",
    };
    assert_eq!((text(&event["routing_key"]), text(&event["event_action"])), ("R0", action));
    assert_eq!(text(&event["dedup_key"]), delivery.incident_id.expect("an incident").to_string());
    is_at_most(&event["dedup_key"], 255);
    is_at_most(&event["payload"]["summary"], 1_024);
    assert!(["critical", "error", "warning", "info"].contains(&text(&event["payload"]["severity"])), "{event}");
    for link in items(&event["links"]) {
        has(link, &["href", "text"]);
    }
}

/// `postableAlerts` of API v2: every label and annotation is a text.
fn alertmanager(taken: &Taken, _: &Delivery) {
    assert!(taken.head.starts_with("POST /api/v2/alerts HTTP/1.1\r\n"), "{}", taken.head);
    let alerts = taken.json();
    let [alert] = items(&alerts) else { panic!("one alert: {alerts}") };
    has(alert, &["labels", "annotations", "startsAt", "endsAt", "generatorURL"]);
    for texts in [&alert["labels"], &alert["annotations"]] {
        assert!(texts.as_object().expect("an object").values().all(Value::is_string), "{texts}");
    }
    assert!(text(&alert["startsAt"]) <= text(&alert["endsAt"]), "{alert}");
}

/// Publish as JSON.
fn ntfy(taken: &Taken, _: &Delivery) {
    assert!(taken.head.starts_with("POST / HTTP/1.1\r\n") && taken.header("authorization") == "Bearer tk_x", "{}", taken.head);
    let message = taken.json();
    has(&message, &["topic", "title", "message", "priority", "click", "actions"]);
    assert!(message["priority"].as_u64().is_some_and(|priority| (1..=5).contains(&priority)), "{message}");
    assert!(items(&message["actions"]).len() <= 3);
    for action in items(&message["actions"]) {
        has(action, &["action", "label", "url"]);
        assert_eq!(text(&action["action"]), "view");
    }
}

/// Twilio's Messages resource.
fn sms(taken: &Taken, _: &Delivery) {
    assert!(taken.head.starts_with("POST /2010-04-01/Accounts/AC0/Messages.json HTTP/1.1\r\n"), "{}", taken.head);
    assert_eq!((taken.header("content-type"), taken.header("authorization")), ("application/x-www-form-urlencoded", "Basic QUMwOnQ="));
    let form: Vec<_> = form_urlencoded::parse(taken.body.as_bytes()).collect();
    assert_eq!(form.iter().map(|(name, _)| name.as_ref()).collect::<Vec<_>>(), ["From", "To", "Body"]);
    assert!(form[2].1.chars().count() <= 1_600, "{form:?}");
}

/// By the library of Standard Webhooks.
fn webhook(taken: &Taken, delivery: &Delivery) {
    let mut headers = HeaderMap::new();
    for name in ["webhook-id", "webhook-timestamp", "webhook-signature"] {
        headers.insert(HeaderName::from_static(name), taken.header(name).parse().expect("a value"));
    }
    let library = Webhook::new(SECRET).expect("a secret");
    library.verify(taken.body.as_bytes(), &headers).expect("signed");
    assert!(library.verify(taken.body.replacen("Orders", "Others", 1).as_bytes(), &headers).is_err(), "of this body alone");
    has(&taken.json(), &["type", "timestamp", "data"]);
    assert_eq!((taken.header("webhook-id"), text(&taken.json()["type"])), (&*delivery.id.to_string(), &*format!("incident.{}", delivery.reason)));
}

/// All that it says, as its receiver reads it.
fn said(taken: &Taken) -> String {
    fn texts(value: &Value, all: &mut Vec<String>) {
        match value {
            Value::String(text) => all.push(text.clone()),
            Value::Array(items) => items.iter().for_each(|item| texts(item, all)),
            Value::Object(members) => members.values().for_each(|member| texts(member, all)),
            _ => {}
        }
    }
    if taken.header("content-type") == "application/x-www-form-urlencoded" {
        return form_urlencoded::parse(taken.body.as_bytes()).map(|(_, value)| value.into_owned()).collect::<Vec<_>>().join("\n");
    }
    let mut all = Vec::new();
    texts(&taken.json(), &mut all);
    all.join("\n")
}

const fn title(reason: DeliveryReason) -> &'static str {
    match reason {
        DeliveryReason::Opened => "[P2] Orders fails",
        DeliveryReason::Escalated => "[P2] Orders still fails: you are next",
        DeliveryReason::Acknowledged => "[P2] Orders: acknowledged by",
        DeliveryReason::Recovered => "[P2] Orders recovered",
        _ => "[P2] Orders still fails",
    }
}

/// Brings an incident from its beginning to its end, within what a signature may be old.
async fn live(test: &TestConsole) -> IncidentId {
    test.clock.go_back(MINUTE * 4);
    let (_, mut policy) = severity::get(&test.scope()).await.expect("a policy");
    policy.p2.remind_minutes = Some(1);
    severity::put(&test.scope(), None, policy).await.expect("stored");
    test.broken("Orders").await;
    escalation::run(&test.console).await.expect("escalated");
    test.send().await;
    test.advance(MINUTE);
    escalation::run(&test.console).await.expect("reminded");
    test.send().await;
    let incident = test.incidents().await[0].id;
    incidents::apply(&test.scope(), incident, IncidentAction::Acknowledge, None).await.expect("acknowledged");
    test.send().await;
    test.obedient.pass(true);
    test.pass_time(MINUTE).await;
    test.pass_time(MINUTE).await;
    test.send().await;
    incident
}

/// The oldest first.
async fn log(test: &TestConsole, channel: ChannelId) -> Vec<Delivery> {
    let filter = DeliveryFilter { channel: Some(channel), ..DeliveryFilter::default() };
    let (mut log, _) = deliveries::list(&test.scope(), filter, 200, None).await.expect("deliveries");
    log.reverse();
    log
}

fn reasons(log: &[Delivery]) -> Vec<DeliveryReason> {
    log.iter().map(|delivery| delivery.reason).collect()
}

fn page(incident: IncidentId) -> String {
    format!("http://127.0.0.1:8080/operations/incidents/{incident}")
}

#[tokio::test]
async fn every_type_tells_the_whole_life_of_an_incident_in_the_shape_that_its_receiver_publishes() {
    let test = TestConsole::sqlite().await;
    let mut told = Vec::new();
    for (mut new, shape) in types() {
        let receiver = Receiver::new().await;
        new["name"] = new["type"].clone();
        new["settings"]["url"] = json!(receiver.url());
        let channel = manage::create(&test.scope(), serde_json::from_value(new).expect("a channel")).await.expect("created");
        told.push((channel, receiver, shape));
    }
    let incident = live(&test).await;
    for (channel, receiver, shape) in told {
        let (log, taken) = (log(&test, channel.id).await, receiver.taken());
        assert_eq!((reasons(&log), taken.len()), (LIFE.to_vec(), LIFE.len()), "{}", channel.name);
        for (taken, delivery) in taken.iter().zip(&log) {
            shape(taken, delivery);
            let said = said(taken);
            // One link is enough for a telephone.
            let is_short = channel.name == "sms";
            match acknowledge_link::of(&test.console, delivery) {
                Some(link) => assert!(said.contains(&link) && (is_short || said.contains(&page(incident))), "{}: {said}", channel.name),
                None => assert!(!said.contains("/acknowledge/") && said.contains(&page(incident)), "{}: {said}", channel.name),
            }
            assert!(said.replace('\\', "").contains(title(delivery.reason)), "{}: {said}", channel.name);
        }
    }
}

/// The mails that the mail server took, each as its headers and its body.
fn spooled(folder: &Path) -> Vec<String> {
    let mut mails = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            mails.extend(spooled(&path));
        } else if let Some(id) = path.to_str().and_then(|path| path.strip_suffix("-H")) {
            let read = |part: &str| fs::read_to_string(format!("{id}{part}")).unwrap_or_default();
            // Quoted-printable breaks long lines.
            mails.push(format!("{}{}", read("-H"), read("-D").replace("=\n", "")));
        }
    }
    mails
}

#[tokio::test]
async fn a_real_mail_server_has_the_whole_life_of_an_incident_for_a_channel_and_for_whoever_is_on_call() {
    let mut test = TestConsole::sqlite().await;
    test.console.sending = mail_server();
    let smtp = &services().smtp;
    let desk = json!({"name": "Desk", "type": "email", "settings": {"to": [smtp.recipient]}});
    let desk = manage::create(&test.scope(), serde_json::from_value(desk).expect("a channel")).await.expect("created").id;
    let contact = json!({"name": "On call", "email": smtp.recipient});
    resources::create::<Contact>(&test.scope(), contact.as_object().expect("an object").clone()).await.expect("a contact");
    let incident = live(&test).await;
    let mailbox = manage::list(&test.scope()).await.expect("channels").into_iter().find(|channel| channel.name == "On call (contact)").expect("a mailbox").id;
    let mut to_contact = LIFE;
    to_contact[0] = DeliveryReason::Escalated;
    let spool = spooled(Path::new(&smtp.spool));
    for (channel, life) in [(desk, LIFE), (mailbox, to_contact)] {
        let log = log(&test, channel).await;
        assert_eq!(reasons(&log), life);
        for delivery in log {
            let id = format!("Message-ID: <{}@orders.test>", delivery.id);
            let of_it: Vec<_> = spool.iter().filter(|mail| mail.contains(&id)).collect();
            let [mail] = of_it[..] else { panic!("one mail of {delivery:?}: {of_it:?}") };
            assert!(mail.contains(&format!("Subject: {}", title(delivery.reason))), "{mail}");
            assert!(mail.contains(&format!("<incident-{incident}@orders.test>")) && mail.contains(&page(incident)), "{mail}");
            let acknowledge = acknowledge_link::of(&test.console, &delivery);
            assert!(acknowledge.is_none_or(|link| mail.contains(&link)), "{mail}");
        }
    }
}
