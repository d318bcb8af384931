//! How an incident goes on while nobody has acknowledged it, by a driven clock: levels, reminders, links, digests.

use std::{collections::BTreeMap, time::Duration};

use domain::{
    channel::Digest,
    delivery::{Delivery, DeliveryFilter, DeliveryReason},
    ids::{ChannelId, Id},
    incident::{Incident, IncidentAction, IncidentStatus},
    on_call::{Contact, EscalationPolicy, OnCallSchedule, Stored},
    time::Timestamp,
};
use engine::{
    Client, connections, digest,
    escalation::{self, Escalate, by_link},
    heartbeat::Limits,
    incidents::{self, declare, edit},
    notify::{acknowledge_link, deliveries, manage},
    on_call::{
        self, calendar,
        resources::{self, OnCallResource},
    },
    severity, transition,
};
use serde_json::{Map, Value, json};

use crate::{
    active_connections::FIRST,
    channels::{Receiver, webhook},
    test_console::{TestConsole, refused, wrong_fields},
};

const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

fn members(value: Value) -> Map<String, Value> {
    value.as_object().expect("an object").clone()
}

impl TestConsole {
    async fn add<T: OnCallResource>(&self, value: Value) -> Stored<T> {
        resources::create(&self.scope(), members(value)).await.expect("created")
    }

    /// A connection of that severity with an incident that opened now.
    pub async fn fails(&self, name: &str, severity: &str) {
        self.obedient.pass(true);
        let new = json!({
            "name": name, "kind": "obedient", "environment": "production", "settings": {"host": format!("{}.example.org", name.to_lowercase())},
            "credential": {"password": "open sesame"}, "heartbeat": {"interval_seconds": 60, "timeout_seconds": 5, "retries": 0, "alert": {"severity": severity}},
        });
        let draft = connections::create(&self.scope(), serde_json::from_value(new).expect("a connection")).await.expect("created");
        self.verify(&draft).await;
        transition::apply(&self.scope(), draft.id, domain::profile::Transition::Activate).await.expect("active");
        self.obedient.pass(false);
        self.pass_time(FIRST).await;
        self.pass_time(MINUTE).await;
    }

    /// Lets time pass, and whatever falls due be told.
    async fn wait(&self, minutes: u32) {
        for _ in 0..minutes {
            self.advance(MINUTE);
            escalation::run(&self.console).await.expect("told");
        }
    }

    /// What was told since the last time: reason and channel, the oldest first.
    async fn told(&self, seen: &mut usize) -> Vec<(DeliveryReason, String)> {
        let log = self.deliveries().await;
        let names: BTreeMap<String, String> =
            manage::list(&self.scope()).await.expect("channels").into_iter().map(|channel| (channel.id.to_string(), channel.name)).collect();
        let new = log.iter().skip(*seen).map(|one| (one.reason, names[&one.channel_id.to_string()].clone())).collect();
        *seen = log.len();
        new
    }

    /// The oldest first.
    async fn deliveries(&self) -> Vec<Delivery> {
        let (mut log, _) = deliveries::list(&self.scope(), DeliveryFilter::default(), 200, None).await.expect("deliveries");
        log.reverse();
        log
    }

    async fn chat(&self, name: &str, severities: &[&str]) -> ChannelId {
        let mut new = webhook(name, "http://127.0.0.1:9/");
        new.severities = Some(serde_json::from_value(json!(severities)).expect("severities"));
        manage::create(&self.scope(), new).await.expect("a channel").id
    }
}

fn reasons(told: &[(DeliveryReason, String)]) -> Vec<(DeliveryReason, &str)> {
    told.iter().map(|(reason, name)| (*reason, name.as_str())).collect()
}

#[tokio::test]
async fn p1_reaches_level_after_level_until_somebody_acknowledges() {
    for test in TestConsole::both().await {
        test.chat("Desk", &["p1"]).await;
        let pager = test.chat("Pager", &["p4"]).await;
        let ada = test.add::<Contact>(json!({"name": "Ada", "email": "ada@example.org"})).await;
        let boss = test.add::<Contact>(json!({"name": "Leadership", "channel_ids": [pager]})).await;
        test.add::<OnCallSchedule>(json!({"name": "On call", "contact_ids": [ada.id]})).await;
        assert_eq!(boss.of.email, None);
        test.fails("Orders", "p1").await;
        let mut seen = 0;
        assert_eq!(reasons(&test.told(&mut seen).await), [(DeliveryReason::Opened, "Desk")]);
        escalation::run(&test.console).await.expect("told");
        assert_eq!(reasons(&test.told(&mut seen).await), [(DeliveryReason::Escalated, "Ada (contact)")], "level 1 at once");
        test.wait(14).await;
        assert_eq!(test.told(&mut seen).await, [], "{}: before a quarter of an hour", test.database);
        test.wait(1).await;
        // Nobody goes by the name of Platform, so that the channels are told again; and the clock has run out.
        let told = test.told(&mut seen).await;
        assert_eq!(reasons(&told)[0], (DeliveryReason::Escalated, "Desk"));
        let mut overdue: Vec<_> = told.iter().filter(|(reason, _)| *reason == DeliveryReason::Overdue).map(|(_, name)| name.as_str()).collect();
        overdue.sort_unstable();
        assert_eq!((told.len(), overdue), (3, vec!["Ada (contact)", "Desk"]), "whoever was told hears that it is overdue");
        test.wait(15).await;
        assert_eq!(reasons(&test.told(&mut seen).await), [(DeliveryReason::Escalated, "Pager")], "{}: level 3 at half an hour", test.database);
        test.wait(30).await;
        let reminded = test.told(&mut seen).await;
        assert!(reminded.len() == 3 && reminded.iter().all(|(reason, _)| *reason == DeliveryReason::Reminder), "{reminded:?}");
        let incident = test.incidents().await.remove(0);
        incidents::apply(&test.scope(), incident.id, IncidentAction::Acknowledge, None).await.expect("acknowledged");
        let told = test.told(&mut seen).await;
        assert!(told.len() == 3 && told.iter().all(|(reason, _)| *reason == DeliveryReason::Acknowledged), "all of them hear of it: {told:?}");
        test.wait(120).await;
        assert_eq!(test.told(&mut seen).await, [], "{}: it stops", test.database);
        let line: Vec<_> = test.incidents().await.remove(0).timeline.into_iter().map(|entry| entry.text).collect();
        assert!(line.iter().any(|text| text == "Escalated to level 1, On call: Ada."), "{line:?}");
    }
}

#[tokio::test]
async fn the_policy_is_copied_when_the_incident_opens() {
    for test in TestConsole::both().await {
        let (first, second) = (test.chat("First", &["p4"]).await, test.chat("Second", &["p4"]).await);
        let levels = |channel: ChannelId| json!([{"after_minutes": 5, "targets": [{"channel_id": channel}]}]);
        let policy = test.add::<EscalationPolicy>(json!({"name": "Nights", "levels": levels(first)})).await;
        let (_, mut wanted) = severity::get(&test.scope()).await.expect("a policy");
        wanted.p2.escalation_policy_id = Some(Id::from_uuid(policy.id.as_uuid()));
        let (version, _) = severity::put(&test.scope(), Some(0), wanted.clone()).await.expect("stored");
        assert_eq!((version, refused(severity::put(&test.scope(), Some(0), wanted).await).as_str()), (1, "version_stale"));
        test.fails("Orders", "p2").await;
        resources::edit::<EscalationPolicy>(&test.scope(), policy.id, None, members(json!({"levels": levels(second)}))).await.expect("edited");
        test.wait(5).await;
        let mut seen = 0;
        assert_eq!(reasons(&test.told(&mut seen).await), [(DeliveryReason::Escalated, "First")], "{}", test.database);
        assert_eq!(refused(resources::remove::<EscalationPolicy>(&test.scope(), policy.id).await), "in_use");
    }
}

#[tokio::test]
async fn three_nodes_tell_each_level_once_and_go_on_after_one_that_died() {
    for test in TestConsole::both().await {
        test.chat("Desk", &["p1"]).await;
        for name in ["Orders", "Mail", "Billing"] {
            test.fails(name, "p1").await;
        }
        let nodes = [test.console.clone(), test.another(Limits::default()).await, test.another(Limits::default()).await];
        test.advance(MINUTE * 15);
        // One of them is cut off, wherever it is.
        let cut = tokio::time::timeout(Duration::from_micros(700), escalation::run(&nodes[0])).await;
        let runs = nodes.clone().map(|node| tokio::spawn(async move { escalation::run(&node).await }));
        for run in runs {
            run.await.expect("ran").expect("told");
        }
        escalation::run(&nodes[1]).await.expect("told");
        // They fail alike, so that one message may tell of several.
        let mut told = BTreeMap::<_, i64>::new();
        for one in test.deliveries().await {
            *told.entry(one.reason.to_string()).or_default() += one.incident_count;
        }
        let each = ["escalated", "opened", "overdue"].map(|reason| (reason.to_owned(), 3));
        assert_eq!(told, each.into(), "{} ({})", test.database, cut.is_ok());
    }
}

/// A P1 that is about no connection, as a person declares it.
async fn declared(test: &TestConsole, summary: &str) -> Incident {
    let new = json!({"summary": summary, "severity": "p1", "environment": "production"});
    declare::declare(&test.scope(), serde_json::from_value(new).expect("an incident")).await.expect("declared")
}

#[tokio::test]
async fn what_was_declared_is_called_by_its_own_words_however_long_it_lasts() {
    for test in TestConsole::both().await {
        let receiver = Receiver::new().await;
        manage::create(&test.scope(), webhook("Desk", &receiver.url())).await.expect("a channel");
        declared(&test, "Payroll is down").await;
        test.wait(16).await;
        test.send().await;
        let titles: Vec<_> = receiver.taken().iter().map(|taken| taken.json()["data"]["title"].as_str().unwrap_or_default().to_owned()).collect();
        assert!(titles.len() >= 3 && titles.iter().all(|title| title.starts_with("[P1] Payroll is down")), "{}: {titles:?}", test.database);
        assert!(titles.iter().any(|title| title.contains("is still open: nobody has responded")), "{}: {titles:?}", test.database);
    }
}

#[tokio::test]
async fn what_is_told_again_of_the_same_incident_waits_for_nobody() {
    for test in TestConsole::both().await {
        let receiver = Receiver::new().await;
        manage::create(&test.scope(), webhook("Desk", &receiver.url())).await.expect("a channel");
        let incident = declared(&test, "Payroll is down").await;
        test.send().await;
        for severity in ["p2", "p1", "p2", "p1"] {
            let change = serde_json::from_value(json!({"severity": severity, "reason": "Looked at it."})).expect("an edit");
            edit::edit(&test.scope(), incident.id, None, change).await.expect("edited");
            test.send().await;
        }
        incidents::apply(&test.scope(), incident.id, IncidentAction::Acknowledge, None).await.expect("acknowledged");
        test.send().await;
        let kinds: Vec<_> = receiver.taken().iter().map(|taken| taken.json()["type"].as_str().unwrap_or_default().to_owned()).collect();
        assert_eq!(kinds, ["incident.opened", "incident.reminder", "incident.reminder", "incident.acknowledged"], "{}", test.database);
    }
}

#[tokio::test]
async fn who_has_acknowledged_is_pressed_no_more_by_what_was_held() {
    for test in TestConsole::both().await {
        let receiver = Receiver::new().await;
        manage::create(&test.scope(), webhook("Desk", &receiver.url())).await.expect("a channel");
        for name in ["Orders", "Shop"] {
            test.active_connection(name, 60).await;
        }
        test.pass_time(FIRST).await;
        test.obedient.pass(false);
        for _ in 0..2 {
            test.pass_time(MINUTE).await;
        }
        let [first, second] = &test.incidents().await[..] else { panic!("two") };
        let security = || serde_json::from_value::<Escalate>(json!({"to": "security"})).expect("asked");
        escalation::escalate(&test.scope(), first.id, security()).await.expect("told");
        test.send().await;
        // Held, because the channel has heard of the first of their group a moment ago.
        escalation::escalate(&test.scope(), second.id, security()).await.expect("told");
        incidents::apply(&test.scope(), second.id, IncidentAction::Acknowledge, None).await.expect("acknowledged");
        test.advance(MINUTE * 2);
        test.send().await;
        let escalated = receiver.taken().iter().map(|taken| taken.json()).filter(|message| message["type"] == "incident.escalated").count();
        assert_eq!(escalated, 1, "{}: about the first alone", test.database);
    }
}

#[tokio::test]
async fn a_person_brings_the_next_level_on_and_tells_security_whatever_the_severity() {
    for test in TestConsole::both().await {
        test.chat("Desk", &["p1"]).await;
        test.fails("Orders", "p4").await;
        let (incident, mut seen) = (test.incidents().await.remove(0).id, 0);
        let asked = |value: Value| serde_json::from_value::<Escalate>(value).expect("asked");
        let breach = escalation::escalate(&test.scope(), incident, asked(json!({"to": "security", "note": "Strange sign-ins."}))).await.expect("told");
        assert!(breach.timeline.iter().any(|entry| entry.text == "Suspected breach: told Desk. Strange sign-ins."), "{:?}", breach.timeline);
        assert_eq!(reasons(&test.told(&mut seen).await), [(DeliveryReason::Escalated, "Desk")], "{}: all, while nobody is called Security", test.database);
        test.chat("Security", &["p4"]).await;
        escalation::escalate(&test.scope(), incident, asked(json!({"to": "security"}))).await.expect("told");
        assert_eq!(reasons(&test.told(&mut seen).await), [(DeliveryReason::Escalated, "Security")]);
        for _ in 0..2 {
            escalation::escalate(&test.scope(), incident, Escalate::default()).await.expect("the usual levels");
        }
        assert_eq!(refused(escalation::escalate(&test.scope(), incident, Escalate::default()).await), "no_level_left");
        incidents::apply(&test.scope(), incident, IncidentAction::Resolve, None).await.expect("resolved");
        assert_eq!(refused(escalation::escalate(&test.scope(), incident, Escalate::default()).await), "incident_resolved");
    }
}

#[tokio::test]
async fn whoever_was_told_acknowledges_by_a_link_once_and_in_their_own_name() {
    for test in TestConsole::both().await {
        let ada = test.add::<Contact>(json!({"name": "On call", "email": "ada@example.org"})).await;
        test.fails("Orders", "p1").await;
        escalation::run(&test.console).await.expect("told");
        let delivery = test.deliveries().await.remove(0);
        let link = acknowledge_link::of(&test.console, &delivery).expect("a link");
        let (client, token) = (Client::from(std::net::IpAddr::from([127, 0, 0, 1])), link.rsplit('/').next().expect("a token").to_owned());
        for _ in 0..2 {
            assert_eq!(by_link::open(&test.console, &token).await.expect("a page").status, IncidentStatus::Open, "reading changes nothing");
        }
        for _ in 0..2 {
            by_link::acknowledge(&test.console, &token, &client).await.expect("acknowledged");
        }
        let incident = test.incidents().await.remove(0);
        assert_eq!(incident.acknowledged_by.as_deref(), Some("On call (contact), by a link"), "{}", test.database);
        assert_eq!(incident.timeline.iter().filter(|entry| entry.kind == domain::incident::TimelineKind::Acknowledged).count(), 1);
        assert_eq!(refused(by_link::open(&test.console, "made-up").await), "acknowledge_link_invalid");
        test.advance(DAY);
        assert_eq!(refused(by_link::acknowledge(&test.console, &token, &client).await), "acknowledge_link_invalid", "a day old");
        assert_eq!(refused(manage::remove(&test.scope(), delivery.channel_id).await), "channel_of_contact");
        resources::remove::<Contact>(&test.scope(), ada.id).await.expect("removed");
        assert_eq!(test.deliveries().await, [], "with what was sent to the mailbox");
    }
}

#[tokio::test]
async fn a_digest_comes_once_in_the_team_s_own_morning() {
    for test in TestConsole::both().await {
        let (_, mut policy) = severity::get(&test.scope()).await.expect("a policy");
        policy.business_hours.time_zone = "America/New_York".parse().expect("a zone");
        severity::put(&test.scope(), None, policy).await.expect("stored");
        for (name, digest) in [("Daily", Digest::Daily), ("Weekly", Digest::Weekly)] {
            let mut new = webhook(name, "http://127.0.0.1:9/");
            new.digest = digest;
            manage::create(&test.scope(), new).await.expect("a channel");
        }
        test.fails("Slow", "p3").await;
        test.fails("Small", "p4").await;
        let mut seen = 0;
        assert_eq!(reasons(&test.told(&mut seen).await), [(DeliveryReason::Opened, "Daily")], "{}: only P4 is no matter of the daily digest", test.database);
        // From noon in UTC, before the morning of New York in summer and in winter: a week has as many mornings, whenever the test runs.
        while test.now().to_string()[11..13] != *"12" {
            test.advance(MINUTE * 60);
        }
        digest::run(&test.console).await.expect("arranged");
        let another = test.another(Limits::default()).await;
        let mut mornings = Vec::new();
        for _ in 0..7 * 24 {
            test.advance(MINUTE * 60);
            let (one, other) = tokio::join!(digest::run(&test.console), digest::run(&another));
            one.and(other).expect("queued");
            for (reason, name) in test.told(&mut seen).await {
                mornings.push((name, reason, test.now()));
            }
        }
        let of = |channel: &str| mornings.iter().filter(|(name, ..)| name == channel).map(|(.., at)| *at).collect::<Vec<Timestamp>>();
        assert!(mornings.iter().all(|(_, reason, _)| *reason == DeliveryReason::Digest));
        assert_eq!((of("Daily").len(), of("Weekly").len()), (7, 1), "{}", test.database);
        // New York is five hours behind in winter, four in summer.
        let hour = of("Daily")[0].to_string()[11..13].to_owned();
        assert!(["13", "14"].contains(&hour.as_str()), "{hour}");
    }
}

#[tokio::test]
async fn a_schedule_with_an_override_says_who_is_on_call_and_has_a_calendar() {
    for test in TestConsole::both().await {
        let ada = test.add::<Contact>(json!({"name": "Ada; Lovelace, Countess"})).await;
        let bea = test.add::<Contact>(json!({"name": "Bea"})).await;
        let now = test.now();
        let cover = json!({"contact_id": bea.id, "starts_at": now, "ends_at": now + MINUTE * 60});
        let new = json!({"name": "Nights", "time_zone": "Europe/Berlin", "contact_ids": [ada.id], "overrides": [cover]});
        let schedule = test.add::<OnCallSchedule>(new).await;
        let who = async |at| on_call::who(&test.scope(), at).await.expect("who").remove(0).contact;
        assert_eq!(who(now).await, "Bea", "{}", test.database);
        assert!(who(now + MINUTE * 60).await.starts_with("Ada"));
        assert_eq!(refused(resources::remove::<Contact>(&test.scope(), bea.id).await), "in_use");
        let id = Id::from_uuid(schedule.id.as_uuid());
        let token = calendar::issue(&test.scope(), id).await.expect("an address");
        let text = calendar::read(&test.console, &token).await.expect("a calendar");
        assert!(text.starts_with("BEGIN:VCALENDAR\r\n") && text.contains("Bea is on call") && text.contains(r"Ada\; Lovelace\, Countess is on call"), "{text}");
        let other = calendar::issue(&test.scope(), id).await.expect("another");
        assert_eq!(refused(calendar::read(&test.console, &token).await), "route_not_found", "in place of the first");
        calendar::revoke(&test.scope(), id).await.expect("taken back");
        assert_eq!(refused(calendar::read(&test.console, &other).await), "route_not_found");
    }
}

#[tokio::test]
async fn what_is_wrong_is_told_by_its_member() {
    let test = TestConsole::sqlite().await;
    let wrong = async |value: Value| wrong_fields(resources::create::<Contact>(&test.scope(), members(value)).await);
    assert_eq!(wrong(json!({"name": "Ada", "phone": "1", "channel_ids": "x"})).await, ["channel_ids", "phone"]);
    assert_eq!(wrong(json!({"name": "", "email": "ada"})).await, ["name", "email"]);
    assert_eq!(wrong(json!({"name": "Ada", "operator_id": Id::<()>::new()})).await, ["operator_id"]);
    assert_eq!(wrong(json!({"name": "Ada", "channel_ids": [ChannelId::new()]})).await, [""]);
    test.add::<Contact>(json!({"name": "Ada"})).await;
    assert_eq!(refused(resources::create::<Contact>(&test.scope(), members(json!({"name": "ADA"}))).await), "name_taken");
}
