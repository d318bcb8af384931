//! Channels and what is delivered on them, against receivers that answer as they are told.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use domain::{
    channel::NotificationChannel,
    delivery::{Delivery, DeliveryFilter, DeliveryReason, DeliveryStatus},
    incident::IncidentAction,
    operator::{Actor, Role},
    profile::ServiceConnectionProfile,
};
use engine::{
    heartbeat::Limits,
    incidents, keys,
    notify::{
        self, deliveries,
        manage::{self, NewChannel, TestOutcome},
        sealed_settings::Sealer,
        send,
    },
    sending::Sending,
    thread,
    vault::Vault,
};
use probes::dispatch::{MailSecurity, MailServer};
use serde_json::{Value, json};
use sqlx::AssertSqlSafe;
use store::db::Pool;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::watch,
};
use tokio_util::sync::CancellationToken;

use crate::{
    active_connections::{FIRST, until},
    fake_listener,
    scripted::{Server, read_request},
    services::services,
    test_console::{TestConsole, refused, wrong_fields},
};

const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
pub const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const TAKEN: &str = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";

/// A channel that signs what it sends to `url`.
pub fn webhook(name: &str, url: &str) -> NewChannel {
    serde_json::from_value(json!({"name": name, "type": "webhook", "settings": {"url": url}, "credential": {"secret": SECRET}})).expect("a channel")
}

/// What a receiver was sent.
#[derive(Clone, Debug)]
pub struct Taken {
    pub head: String,
    pub body: String,
}

impl Taken {
    pub fn header(&self, name: &str) -> &str {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.into_iter().find(|(header, _)| header.eq_ignore_ascii_case(name)).map_or("", |(_, value)| value)
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).expect("JSON")
    }
}

enum Answer {
    Says(&'static str),
    /// Takes all of it, then closes without a word.
    Resets,
    /// Without end.
    Floods,
    /// Without end, and a byte each second.
    Drips,
}

/// Answers each request as it is told beforehand, and takes the rest.
pub struct Receiver {
    server: Server,
    taken: Arc<Mutex<Vec<Taken>>>,
    answers: Arc<Mutex<VecDeque<Answer>>>,
    /// Whether it answers at all.
    hurries: watch::Sender<bool>,
}

impl Receiver {
    pub async fn new() -> Self {
        let (taken, answers) = (Arc::<Mutex<Vec<Taken>>>::default(), Arc::<Mutex<VecDeque<Answer>>>::default());
        let (hurries, _) = watch::channel(true);
        let server = {
            let (taken, answers, hurries) = (Arc::clone(&taken), Arc::clone(&answers), hurries.clone());
            Server::start(move |stream| meet(stream, Arc::clone(&taken), Arc::clone(&answers), hurries.subscribe())).await
        };
        Self { server, taken, answers, hurries }
    }

    pub fn url(&self) -> String {
        self.server.url()
    }

    fn answers(&self, answers: impl IntoIterator<Item = Answer>) {
        self.answers.lock().expect("not poisoned").extend(answers);
    }

    pub fn taken(&self) -> Vec<Taken> {
        self.taken.lock().expect("not poisoned").clone()
    }

    /// The types of what was sent, in order.
    fn types(&self) -> Vec<String> {
        self.taken().iter().map(|taken| taken.json()["type"].as_str().expect("a type").to_owned()).collect()
    }
}

async fn meet(mut stream: TcpStream, taken: Arc<Mutex<Vec<Taken>>>, answers: Arc<Mutex<VecDeque<Answer>>>, mut hurries: watch::Receiver<bool>) {
    let mut request = Taken { head: read_request(&mut stream).await, body: String::new() };
    let mut body = vec![0; request.header("content-length").parse().unwrap_or_default()];
    // Whoever died before all of it was sent has sent nothing.
    if !request.head.ends_with("\r\n\r\n") || stream.read_exact(&mut body).await.is_err() {
        return;
    }
    request.body = String::from_utf8(body).expect("a text");
    taken.lock().expect("not poisoned").push(request);
    let _ = hurries.wait_for(|hurries| *hurries).await;
    let answer = answers.lock().expect("not poisoned").pop_front().unwrap_or(Answer::Says(TAKEN));
    match answer {
        Answer::Says(text) => drop(stream.write_all(text.as_bytes()).await),
        Answer::Resets => {}
        Answer::Floods => {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await;
            while stream.write_all(&[b'x'; 65_536]).await.is_ok() {}
        }
        Answer::Drips => {
            for byte in TAKEN.bytes().chain(std::iter::repeat(b'x')) {
                if stream.write_all(&[byte]).await.is_err() {
                    break;
                }
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
    }
    let _ = stream.shutdown().await;
}

/// A console's way to the mail server that the tests have.
pub fn mail_server() -> Arc<Sending> {
    let smtp = &services().smtp;
    let (host, port, user) = (smtp.host.clone(), smtp.plain_port, String::new());
    let mail = MailServer { host, port, security: MailSecurity::None, user, password: String::new().into(), from: smtp.from.clone() };
    Arc::new(Sending { mail: Some(mail), ..Sending::default() })
}

impl TestConsole {
    pub async fn channel(&self, receiver: &Receiver) -> NotificationChannel {
        let name = format!("Port {}", receiver.server.port());
        manage::create(&self.scope(), webhook(&name, &receiver.server.url())).await.expect("a channel")
    }

    /// A connection with an incident.
    pub async fn broken(&self, name: &str) -> ServiceConnectionProfile {
        self.obedient.pass(true);
        let connection = self.active_connection(name, 60).await;
        self.obedient.pass(false);
        self.pass_time(FIRST).await;
        self.pass_time(MINUTE).await;
        connection
    }

    pub async fn send(&self) {
        send::send_due(&self.console).await.expect("sent what is due");
    }

    /// The oldest first.
    async fn log(&self) -> Vec<Delivery> {
        let (mut log, _) = deliveries::list(&self.scope(), DeliveryFilter::default(), 200, None).await.expect("deliveries");
        log.reverse();
        log
    }
}

#[tokio::test]
async fn an_incident_is_told_from_its_beginning_to_its_end() {
    for test in TestConsole::both().await {
        let receiver = Receiver::new().await;
        let channel = test.channel(&receiver).await;
        test.broken("Orders").await;
        let incident = test.incidents().await[0].clone();
        test.send().await;
        incidents::apply(&test.scope(), incident.id, IncidentAction::Acknowledge, Some("Looking.")).await.expect("acknowledged");
        incidents::apply(&test.scope(), incident.id, IncidentAction::Note, Some("It is the disk.")).await.expect("noted");
        test.obedient.pass(true);
        test.pass_time(MINUTE).await;
        test.pass_time(MINUTE).await;
        test.send().await;
        assert_eq!(receiver.types(), ["incident.opened", "incident.acknowledged", "incident.recovered"], "{}", test.database);
        let (taken, log) = (receiver.taken(), test.log().await);
        for (taken, delivery) in taken.iter().zip(&log) {
            assert_eq!(taken.header("webhook-id"), delivery.id.to_string());
            assert!(taken.header("webhook-signature").starts_with("v1,"), "{taken:?}");
            // What the receiver may name leads back to what it was sent.
            let named = taken.header("x-correlation-id").parse().expect("an ID");
            assert!(thread::is_known(&test.scope(), &named).await.expect("asked"), "{}", test.database);
            assert_eq!(thread::read(&test.scope(), &named).await.expect("a thread").deliveries, std::slice::from_ref(delivery));
            assert_eq!((delivery.status, delivery.attempts, delivery.channel_id), (DeliveryStatus::Sent, 1, channel.id));
            assert!(delivery.sent_at.is_some() && delivery.incident_id == Some(incident.id) && delivery.next_attempt_at.is_none());
        }
        let data = &taken[0].json()["data"];
        assert_eq!((&data["connection"], &data["severity"], &data["environment"]), (&json!("Orders"), &json!("p2"), &json!("production")));
        assert_eq!(data["url"], format!("http://127.0.0.1:8080/operations/incidents/{}", incident.id));
        let acknowledged = &taken[1].json()["data"];
        assert_eq!((&acknowledged["by"], &acknowledged["detail"]), (&json!(test.actor.name), &json!("Looking.")));
        test.send().await;
        assert_eq!(receiver.taken().len(), 3, "nothing is sent twice");
    }
}

#[tokio::test]
async fn a_channel_hears_of_what_it_asked_for() {
    for test in TestConsole::both().await {
        let receiver = Receiver::new().await;
        let of = |name: &str, more: Value| {
            let mut new = json!({"name": name, "type": "webhook", "settings": {"url": receiver.server.url()}, "credential": {"secret": SECRET}});
            new.as_object_mut().expect("an object").extend(more.as_object().cloned().expect("an object"));
            serde_json::from_value::<NewChannel>(new).expect("a channel")
        };
        let wants = [("Its severity", json!({"severities": ["p2"]})), ("Its environment", json!({"environments": ["production"]})), ("All", json!({}))];
        let others = [("Another severity", json!({"severities": ["p1", "p3"]})), ("Another environment", json!({"environments": ["staging", "development"]}))];
        for (name, more) in wants.into_iter().chain(others) {
            manage::create(&test.scope(), of(name, more)).await.expect("a channel");
        }
        let off = manage::create(&test.scope(), of("Off", json!({}))).await.expect("a channel");
        let off = manage::edit(&test.scope(), off.id, None, serde_json::from_value(json!({"enabled": false})).expect("an edit")).await.expect("disabled");
        assert_eq!(off.disabled_reason.as_deref(), Some("A person disabled it."));
        test.broken("Orders").await;
        let channels = manage::list(&test.scope()).await.expect("channels");
        let mut told: Vec<_> =
            test.log().await.iter().map(|delivery| channels.iter().find(|one| one.id == delivery.channel_id).expect("one").name.clone()).collect();
        told.sort();
        assert_eq!(told, ["All", "Its environment", "Its severity"], "{}", test.database);
    }
}

#[tokio::test]
async fn what_the_receiver_answers_decides_what_becomes_of_the_message() {
    use DeliveryStatus::{Dead, Sent, Waiting};
    let table = [
        (Answer::Says("HTTP/1.1 429 Slow\r\nretry-after: 120\r\ncontent-length: 0\r\n\r\n"), Waiting, false, "429"),
        (Answer::Says("HTTP/1.1 301 Moved\r\nlocation: http://127.0.0.1:9/\r\ncontent-length: 0\r\n\r\n"), Waiting, false, "leads elsewhere"),
        (Answer::Says("HTTP/1.1 503 Busy\r\ncontent-length: 5\r\n\r\nlater"), Waiting, false, "503: later."),
        (Answer::Resets, Waiting, false, "closed"),
        (Answer::Says("HTTP/1.1 422 No\r\ncontent-length: 0\r\n\r\n"), Dead, false, "422"),
        (Answer::Says("HTTP/1.1 410 Gone\r\ncontent-length: 0\r\n\r\n"), Dead, true, "410"),
        // It repeats the secret, but for its last letter.
        (Answer::Says("HTTP/1.1 403 No\r\ncontent-length: 46\r\n\r\nnot with whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), Dead, true, "403: not with [redacted]"),
        (Answer::Floods, Sent, false, ""),
    ];
    let (sqlite, postgres) = (TestConsole::sqlite().await, TestConsole::postgres().await);
    for (number, (answer, status, is_disabled, said)) in table.into_iter().enumerate() {
        let test = if number % 2 == 0 { &sqlite } else { &postgres };
        let receiver = Receiver::new().await;
        let channel = test.channel(&receiver).await;
        receiver.answers([answer]);
        let before = test.notified().await;
        test.broken(&format!("Service {number}")).await;
        let opened = test.notified().await;
        test.send().await;
        let (log, _) =
            deliveries::list(&test.scope(), DeliveryFilter { channel: Some(channel.id), ..DeliveryFilter::default() }, 1, None).await.expect("a log");
        let delivery = &log[0];
        assert_eq!((delivery.status, delivery.attempts), (status, 1), "{said}: {delivery:?}");
        assert!(delivery.last_error.as_deref().unwrap_or_default().contains(said), "{said}: {delivery:?}");
        if said == "429" {
            assert_eq!(delivery.next_attempt_at, Some(test.now() + Duration::from_secs(120)));
        }
        let channel = manage::get(&test.scope(), channel.id).await.expect("the channel");
        assert_eq!((channel.disabled_at.is_some(), channel.disabled_reason.is_some()), (is_disabled, is_disabled), "{said}");
        assert_eq!((opened > before, test.notified().await), (true, opened + usize::from(is_disabled)), "{said}: the console tells of it");
        manage::remove(&test.scope(), channel.id).await.expect("removed");
    }
    let latest = notify::list(&postgres.scope(), 200, None).await.expect("notifications").0;
    assert!(
        latest.iter().any(|one| one.title.starts_with("The channel Port ") && one.title.ends_with(" was disabled") && one.body.contains("410")),
        "{latest:?}"
    );
}

#[tokio::test]
async fn a_receiver_that_answers_a_byte_a_second_is_left_and_asked_again_in_order() {
    let test = TestConsole::sqlite().await;
    let receiver = Receiver::new().await;
    test.channel(&receiver).await;
    receiver.answers([Answer::Drips]);
    test.broken("Orders").await;
    incidents::apply(&test.scope(), test.incidents().await[0].id, IncidentAction::Acknowledge, None).await.expect("acknowledged");
    test.send().await;
    let log = test.log().await;
    assert!(log[0].status == DeliveryStatus::Waiting && log[0].last_error.as_deref().is_some_and(|said| said.contains("15 s")), "{log:?}");
    assert_eq!(log[1].attempts, 0, "what comes later waits: {log:?}");
    test.advance(MINUTE);
    test.send().await;
    assert_eq!(receiver.types(), ["incident.opened", "incident.opened", "incident.acknowledged"]);
}

#[tokio::test]
async fn a_receiver_that_is_away_for_a_day_costs_little_and_what_was_given_up_can_be_sent_again() {
    for test in TestConsole::both().await {
        let (_held, closed) = fake_listener::closed_port();
        let channel = manage::create(&test.scope(), webhook("Away", &format!("http://127.0.0.1:{closed}/"))).await.expect("a channel");
        test.broken("Orders").await;
        let incident = test.incidents().await[0].clone();
        incidents::apply(&test.scope(), incident.id, IncidentAction::Acknowledge, None).await.expect("acknowledged");
        let mut rounds = 0;
        loop {
            test.send().await;
            let log = test.log().await;
            // The second waits for the first, and is not even tried.
            assert!(log[0].status == DeliveryStatus::Dead || log[1].attempts == 0, "{log:?}");
            let Some(next) = log[0].next_attempt_at else { break };
            test.advance(Duration::from_millis(u64::try_from(next.as_millis() - test.now().as_millis()).expect("later")));
            rounds += 1;
        }
        let first = test.log().await[0].clone();
        assert!((24..=60).contains(&rounds) && first.attempts == rounds + 1, "{}: {rounds} waits, {first:?}", test.database);
        test.advance(DAY);
        send::give_up(&test.console).await.expect("given up");
        assert_eq!(test.log().await.iter().map(|one| one.status).collect::<Vec<_>>(), [DeliveryStatus::Dead; 2]);
        // It is back at another address, which asks for the secret again.
        let receiver = Receiver::new().await;
        let edit = |edit: Value| serde_json::from_value(edit).expect("an edit");
        let moved = json!({"settings": {"url": receiver.server.url()}});
        assert_eq!(refused(manage::edit(&test.scope(), channel.id, None, edit(moved.clone())).await), "credential_required");
        let moved = json!({"settings": {"url": receiver.server.url()}, "credential": {"secret": SECRET}});
        manage::edit(&test.scope(), channel.id, None, edit(moved)).await.expect("moved");
        for delivery in test.log().await.iter().rev() {
            deliveries::resend(&test.scope(), delivery.id).await.expect("resent");
        }
        assert_eq!(refused(deliveries::resend(&test.scope(), first.id).await), "delivery_not_dead");
        test.send().await;
        assert_eq!(receiver.types(), ["incident.opened", "incident.acknowledged"], "{}: in order", test.database);
        assert_eq!(receiver.taken()[0].header("webhook-id"), first.id.to_string());
    }
}

#[tokio::test]
async fn a_death_between_the_answer_and_its_note_sends_the_same_message_once_more() {
    for test in TestConsole::both().await {
        let receiver = Receiver::new().await;
        test.channel(&receiver).await;
        test.broken("Orders").await;
        receiver.hurries.send_replace(false);
        let dying = tokio::spawn({
            let console = test.console.clone();
            async move { send::send_due(&console).await }
        });
        until("it was sent", async || receiver.taken().len() == 1).await;
        dying.abort();
        assert!(dying.await.is_err_and(|error| error.is_cancelled()));
        receiver.hurries.send_replace(true);
        test.send().await;
        let taken = receiver.taken();
        assert_eq!((taken.len(), taken[0].header("webhook-id")), (2, taken[1].header("webhook-id")), "{}", test.database);
        assert_eq!(test.log().await[0].status, DeliveryStatus::Sent);
    }
}

#[tokio::test]
async fn a_message_that_is_being_sent_is_not_given_up() {
    for test in TestConsole::both().await {
        let receiver = Receiver::new().await;
        test.channel(&receiver).await;
        test.broken("Orders").await;
        receiver.hurries.send_replace(false);
        let sending = tokio::spawn({
            let console = test.console.clone();
            async move { send::send_due(&console).await }
        });
        until("it was sent", async || receiver.taken().len() == 1).await;
        test.advance(DAY + MINUTE);
        send::give_up(&test.console).await.expect("looked");
        assert_eq!(test.log().await[0].status, DeliveryStatus::Waiting, "{}: nobody knows yet", test.database);
        receiver.hurries.send_replace(true);
        sending.await.expect("ran").expect("nothing failed");
        assert_eq!(test.log().await[0].status, DeliveryStatus::Sent, "{}", test.database);
    }
}

#[tokio::test]
async fn what_a_node_held_that_has_gone_is_taken_over_and_its_late_word_is_refused() {
    for test in TestConsole::both().await {
        let receiver = Receiver::new().await;
        test.channel(&receiver).await;
        test.broken("Orders").await;
        let stopped = test.another(Limits { lease: Duration::ZERO, ..Limits::default() }).await;
        receiver.hurries.send_replace(false);
        let late = tokio::spawn(async move { send::send_due(&stopped).await });
        until("it was sent", async || receiver.taken().len() == 1).await;
        let second = tokio::spawn({
            let console = test.console.clone();
            async move { send::send_due(&console).await }
        });
        until("it was taken over", async || receiver.taken().len() == 2).await;
        receiver.answers([Answer::Says("HTTP/1.1 410 Gone\r\ncontent-length: 0\r\n\r\n")]);
        receiver.hurries.send_replace(true);
        late.await.expect("ran").expect("nothing failed");
        second.await.expect("ran").expect("nothing failed");
        let log = test.log().await;
        // Whichever of the two was answered with 410, the one that took over has the last word.
        let channel = manage::list(&test.scope()).await.expect("channels").remove(0);
        assert_eq!(log[0].attempts, 1, "{}: {log:?}", test.database);
        assert_eq!(log[0].status == DeliveryStatus::Dead, channel.disabled_at.is_some(), "{log:?}");
    }
}

#[tokio::test]
async fn three_nodes_send_each_message_once_and_go_on_where_one_dies_while_it_sends() {
    const CHANNELS: usize = 12;
    for test in TestConsole::both().await {
        let mut receivers = Vec::new();
        for _ in 0..CHANNELS {
            let receiver = Receiver::new().await;
            test.channel(&receiver).await;
            receivers.push(receiver);
        }
        let living = [test.console.clone(), test.another(Limits::default()).await, test.another(Limits::default()).await];
        let all_send = async || {
            let sending = living.clone().map(|node| tokio::spawn(async move { send::send_due(&node).await }));
            for sent in sending {
                sent.await.expect("ran").expect("sent");
            }
        };
        // Its lease is over as soon as it is gone.
        let other = test.another(Limits { lease: Duration::ZERO, ..Limits::default() }).await;
        test.broken("Orders").await;
        receivers[0].hurries.send_replace(false);
        let dying = tokio::spawn(async move { send::send_due(&other).await });
        until("it sends", async || !receivers[0].taken().is_empty()).await;
        dying.abort();
        assert!(dying.await.is_err_and(|error| error.is_cancelled()));
        receivers[0].hurries.send_replace(true);
        all_send().await;
        let once_more = |receiver: &Receiver| {
            let taken = receiver.taken();
            let kinds: Vec<_> = taken.iter().map(|one| one.json()["type"].clone()).collect();
            assert!(taken.iter().all(|one| one.header("webhook-id") == taken[0].header("webhook-id")), "{}: under the same id: {kinds:?}", test.database);
            taken.len() - 1
        };
        // What it was sending as it died is sent once more; which of the others it had noted is not known.
        assert!(receivers.iter().all(|receiver| once_more(receiver) <= 1) && once_more(&receivers[0]) == 1, "{}", test.database);
        let before: Vec<_> = receivers.iter().map(|receiver| receiver.taken().len()).collect();
        incidents::apply(&test.scope(), test.incidents().await[0].id, IncidentAction::Acknowledge, None).await.expect("acknowledged");
        all_send().await;
        for (receiver, before) in receivers.iter().zip(before) {
            assert_eq!(receiver.taken().len(), before + 1, "{}: by one of them", test.database);
        }
        assert!(test.log().await.iter().all(|one| one.status == DeliveryStatus::Sent), "{}", test.database);
    }
}

#[tokio::test]
async fn an_answer_to_what_a_channel_was_disables_nothing_that_was_mended_meanwhile() {
    for test in TestConsole::both().await {
        let receiver = Receiver::new().await;
        let channel = test.channel(&receiver).await;
        test.broken("Orders").await;
        receiver.answers([Answer::Says("HTTP/1.1 401 No\r\ncontent-length: 0\r\n\r\n")]);
        receiver.hurries.send_replace(false);
        let sending = tokio::spawn({
            let console = test.console.clone();
            async move { send::send_due(&console).await }
        });
        until("it was sent", async || receiver.taken().len() == 1).await;
        let mended = serde_json::from_value(json!({"credential": {"secret": SECRET}})).expect("an edit");
        manage::edit(&test.scope(), channel.id, None, mended).await.expect("mended");
        receiver.hurries.send_replace(true);
        sending.await.expect("ran").expect("nothing failed");
        let (log, channel) = (test.log().await, manage::get(&test.scope(), channel.id).await.expect("the channel"));
        assert_eq!((log[0].status, log[0].attempts, channel.disabled_at), (DeliveryStatus::Sent, 2, None), "{}: {log:?}", test.database);
    }
}

#[tokio::test]
async fn a_secret_that_does_not_open_disables_the_channel_until_it_is_entered_again() {
    for test in TestConsole::both().await {
        let receiver = Receiver::new().await;
        let channel = test.channel(&receiver).await;
        spoil_credentials(&test).await;
        let tested = manage::test(&test.scope(), channel.id).await.expect("an answer");
        assert!(tested.outcome == TestOutcome::Failed && tested.detail.contains("enter it again"), "{}: {tested:?}", test.database);
        test.broken("Orders").await;
        test.send().await;
        let disabled = manage::get(&test.scope(), channel.id).await.expect("the channel");
        assert!(disabled.disabled_at.is_some() && disabled.updated_at == test.now(), "{}: {disabled:?}", test.database);
        let entered = serde_json::from_value(json!({"credential": {"secret": SECRET}, "enabled": true})).expect("an edit");
        manage::edit(&test.scope(), channel.id, None, entered).await.expect("mended");
        assert_eq!(manage::test(&test.scope(), channel.id).await.expect("an answer").outcome, TestOutcome::Sent, "{}", test.database);
    }
}

#[tokio::test]
async fn tests_of_a_channel_are_limited_and_written_down_before_they_are_sent() {
    for test in TestConsole::both().await {
        let receiver = Receiver::new().await;
        let channel = test.channel(&receiver).await;
        let mut told = Vec::new();
        for _ in 0..12 {
            told.push(manage::test(&test.scope(), channel.id).await);
        }
        let sent = told.iter().filter(|tested| tested.is_ok()).count();
        assert_eq!(sent, 10, "{}", test.database);
        assert_eq!(refused(told.pop().expect("the last")), "too_many_requests");
    }
}

/// Makes them what was sealed under a key that nobody has.
async fn spoil_credentials(test: &TestConsole) {
    let sealed = format!("01{}", "09".repeat(60));
    let literal = if test.console.db.is_embedded() { format!("x'{sealed}'") } else { format!("'\\x{sealed}'") };
    test.sql(&format!("update notification_channels set credential = {literal}")).await.expect("spoiled");
}

#[tokio::test]
async fn a_slow_receiver_holds_up_no_other_channel_and_nobody_waits_for_the_next_look() {
    for test in TestConsole::both().await {
        let (slow, quick) = (Receiver::new().await, Receiver::new().await);
        slow.hurries.send_replace(false);
        test.channel(&slow).await;
        test.channel(&quick).await;
        let stop = CancellationToken::new();
        let sending = tokio::spawn(send::run(test.console.clone(), stop.clone()));
        test.broken("Orders").await;
        until("both were asked", async || slow.taken().len() == 1 && quick.taken().len() == 1).await;
        let incident = test.incidents().await[0].id;
        incidents::apply(&test.scope(), incident, IncidentAction::Acknowledge, None).await.expect("acknowledged");
        until("the quick one hears on", async || quick.taken().len() == 2).await;
        assert_eq!(slow.taken().len(), 1, "{}: one after the other", test.database);
        slow.hurries.send_replace(true);
        until("the slow one catches up", async || test.log().await.iter().all(|one| one.status == DeliveryStatus::Sent)).await;
        assert_eq!(slow.types(), ["incident.opened", "incident.acknowledged"]);
        stop.cancel();
        sending.await.expect("it ends when it is told to");
    }
}

#[tokio::test]
async fn a_test_says_in_a_sentence_what_came_of_it() {
    let test = TestConsole::sqlite().await;
    let receiver = Receiver::new().await;
    let channel = test.channel(&receiver).await;
    receiver.answers([Answer::Says(TAKEN), Answer::Says("HTTP/1.1 401 No\r\ncontent-length: 0\r\n\r\n"), Answer::Resets]);
    for (outcome, detail) in [(TestOutcome::Sent, "took"), (TestOutcome::Refused, "401"), (TestOutcome::Failed, "closed")] {
        let tested = manage::test(&test.scope(), channel.id).await.expect("tried");
        assert!(tested.outcome == outcome && tested.detail.contains(detail) && tested.detail.ends_with('.'), "{tested:?}");
    }
    assert_eq!(receiver.types(), ["incident.test"; 3]);
    let log = test.log().await;
    assert!(log.iter().all(|one| one.reason == DeliveryReason::Test && one.attempts == 1));
    assert_eq!(log.iter().map(|one| one.status).collect::<Vec<_>>(), [DeliveryStatus::Sent, DeliveryStatus::Dead, DeliveryStatus::Dead]);
    assert!(manage::get(&test.scope(), channel.id).await.expect("the channel").disabled_at.is_none(), "a test disables nothing");
}

#[tokio::test]
async fn a_channel_is_checked_and_its_secret_is_never_shown() {
    for test in TestConsole::both().await {
        let wrong = |new: Value| serde_json::from_value::<NewChannel>(new).expect("can be read");
        let table = [
            (json!({"name": "A", "type": "pigeon"}), vec!["type"]),
            (json!({"name": "", "type": "webhook", "severities": []}), vec!["name", "severities", "settings.url", "credential.secret"]),
            (
                json!({"name": "A", "type": "webhook", "settings": {"url": "ftp://x"}, "credential": {"secret": "short"}}),
                vec!["settings.url", "credential.secret"],
            ),
            (json!({"name": "A", "type": "email", "settings": {"to": ["a@b\r\nBcc: c@d"]}}), vec!["settings.to"]),
            (json!({"name": "A", "type": "slack", "settings": {"url": "https://hooks.example.org/x", "colour": "red"}}), vec!["settings.colour"]),
            (json!({"name": "A", "type": "slack"}), vec!["credential.url"]),
            (json!({"name": "A", "type": "discord", "settings": {"url": "ftp://x"}}), vec!["credential.url"]),
            (json!({"name": "A", "type": "template", "settings": {"url": "http://x/", "headers": 7}}), vec!["settings.headers"]),
            (json!({"name": "A", "type": "telegram", "settings": {"chat_id": "1"}, "credential": {"bot_token": "1/../x"}}), vec!["credential.bot_token"]),
            (
                json!({"name": "A", "type": "template", "settings": {"url": "http://x/", "body": "{{who}}", "headers": {"Host": "y"}}}),
                vec!["settings.body", "credential.headers"],
            ),
        ];
        for (new, fields) in table {
            assert_eq!(wrong_fields(manage::create(&test.scope(), wrong(new.clone())).await), fields, "{new}");
        }
        let channel = manage::create(&test.scope(), webhook("Desk", "http://127.0.0.1:9/hook")).await.expect("created");
        assert!(channel.has_credential && !serde_json::to_string(&channel).expect("JSON").contains("whsec"));
        assert_eq!(refused(manage::create(&test.scope(), webhook("desk", "http://127.0.0.1:9/")).await), "name_taken");
        let viewer = test.console.for_team(Actor { role: Role::Viewer, ..test.actor.clone() });
        assert_eq!(manage::get(&viewer, channel.id).await.expect("seen").settings, Default::default(), "whoever knows the address can write to it");
        let edit = |edit: Value| serde_json::from_value(edit).expect("an edit");
        let renamed = manage::edit(&test.scope(), channel.id, None, edit(json!({"name": "Front desk", "settings": {"url": "http://127.0.0.1:9/other"}}))).await;
        assert!(renamed.is_ok_and(|channel| channel.has_credential && channel.version == 2), "another path of the same origin keeps the secret");
        for number in 1..100 {
            manage::create(&test.scope(), webhook(&format!("Channel {number}"), "http://127.0.0.1:9/")).await.expect("created");
        }
        assert_eq!(wrong_fields(manage::create(&test.scope(), webhook("One too many", "http://127.0.0.1:9/")).await), ["name"], "{}", test.database);
    }
}

#[tokio::test]
async fn a_rotation_of_the_master_key_takes_the_secrets_of_channels_along() {
    for test in TestConsole::both().await {
        let receiver = Receiver::new().await;
        let channel = test.channel(&receiver).await;
        let both = test.with_vault(Vault::from_ring(&[8; 32], &[[7; 32]])).await.expect("both keys");
        let rotated = keys::rotate(&both.for_team(test.actor.clone())).await.expect("rotated");
        assert!(rotated.unreadable.is_empty() && rotated.retired.len() == 1, "{}: {rotated:?}", test.database);
        let new = test.with_vault(Vault::from_key(&[8; 32])).await.expect("the new key alone");
        assert_eq!(manage::test(&new.for_team(test.actor.clone()), channel.id).await.expect("tried").outcome, TestOutcome::Sent);
    }
}

#[tokio::test]
async fn a_real_mail_server_takes_the_mails_of_a_channel() {
    let mut test = TestConsole::sqlite().await;
    let new = |to: &str| serde_json::from_value::<NewChannel>(json!({"name": to, "type": "email", "settings": {"to": [to]}})).expect("a channel");
    let desk = manage::create(&test.scope(), new("desk@orders.test")).await.expect("a channel");
    let without = manage::test(&test.scope(), desk.id).await.expect("tried");
    assert!(without.outcome == TestOutcome::Failed && without.detail.contains("SWITCHBOARD_SMTP_URL"), "{without:?}");
    test.console.sending = mail_server();
    for (to, outcome, said) in [
        ("desk@orders.test", TestOutcome::Sent, "took"),
        ("nobody@orders.test", TestOutcome::Refused, "no such recipient"),
        ("later@orders.test", TestOutcome::Failed, "come back later"),
    ] {
        let id = if to == "desk@orders.test" { desk.id } else { manage::create(&test.scope(), new(to)).await.expect("a channel").id };
        let tested = manage::test(&test.scope(), id).await.expect("tried");
        assert!(tested.outcome == outcome && tested.detail.contains(said), "{to}: {tested:?}");
    }
}

#[tokio::test]
async fn of_several_receivers_each_gets_a_message_once_whatever_becomes_of_the_others() {
    for test in TestConsole::both().await {
        let receiver = Receiver::new().await;
        let sms = json!({
            "name": "Phones", "type": "sms", "settings": {"url": receiver.server.url(), "from": "+15005550006", "to": ["+15005550001", "+15005550002", "+15005550003"]},
            "credential": {"account": "AC0", "token": "secret"},
        });
        let phones = manage::create(&test.scope(), serde_json::from_value(sms).expect("a channel")).await.expect("created");
        receiver.answers([Answer::Says("HTTP/1.1 400 No\r\ncontent-length: 0\r\n\r\n"), Answer::Says("HTTP/1.1 500 No\r\ncontent-length: 0\r\n\r\n")]);
        let sent_to = || -> Vec<_> { receiver.taken().iter().filter_map(|taken| taken.body.split("To=%2B1500555000").nth(1)?.chars().next()).collect() };
        test.broken("Orders").await;
        test.send().await;
        assert_eq!((sent_to(), test.log().await[0].status), (vec!['1', '2', '3'], DeliveryStatus::Waiting), "{}", test.database);
        // Another order, and one more: who has answered is known by name.
        let to = serde_json::from_value(json!({"settings": {"to": ["+15005550003", "+15005550002", "+15005550001", "+15005550004"]}})).expect("an edit");
        manage::edit(&test.scope(), phones.id, None, to).await.expect("edited");
        test.advance(MINUTE);
        test.send().await;
        let dead = test.log().await.remove(0);
        assert_eq!((sent_to(), dead.status), (vec!['1', '2', '3', '2', '4'], DeliveryStatus::Dead), "{}: {dead:?}", test.database);
        assert!(dead.last_error.is_some_and(|said| said.starts_with("1 of 4 receivers refused it.")));
        deliveries::resend(&test.scope(), dead.id).await.expect("resent");
        test.send().await;
        assert_eq!((sent_to().split_off(5), test.log().await[0].status), (vec!['1'], DeliveryStatus::Sent), "{}: whoever has it is left alone", test.database);
    }
}

#[tokio::test]
async fn a_channel_rests_after_a_failure_however_many_messages_wait_there() {
    for test in TestConsole::both().await {
        let receiver = Receiver::new().await;
        test.channel(&receiver).await;
        receiver.answers([Answer::Says("HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n")]);
        test.broken("Orders").await;
        test.send().await;
        test.broken("Mail").await;
        receiver.answers([Answer::Says("HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n")]);
        test.send().await;
        test.send().await;
        assert_eq!(receiver.types(), ["incident.opened"; 2], "{}: the first again, and then it rests", test.database);
        test.advance(MINUTE);
        test.send().await;
        assert_eq!(receiver.types(), ["incident.opened"; 4], "{}: the first again, and the other", test.database);
    }
}

#[tokio::test]
async fn whoever_was_told_of_the_beginning_is_told_of_the_end_whatever_became_of_the_channel() {
    for test in TestConsole::both().await {
        let (receiver, other) = (Receiver::new().await, Receiver::new().await);
        let channel = test.channel(&receiver).await;
        test.broken("Orders").await;
        test.send().await;
        let edit = async |edit: Value| {
            let edit = serde_json::from_value(edit).expect("an edit");
            manage::edit(&test.scope(), channel.id, None, edit).await.expect("edited");
        };
        edit(json!({"severities": ["p4"], "enabled": false})).await;
        let late = test.channel(&other).await;
        manage::edit(&test.scope(), late.id, None, serde_json::from_value(json!({"severities": ["p4"]})).expect("an edit")).await.expect("edited");
        incidents::apply(&test.scope(), test.incidents().await[0].id, IncidentAction::Resolve, None).await.expect("resolved");
        test.send().await;
        assert_eq!(receiver.types(), ["incident.opened"], "{}: it is disabled", test.database);
        edit(json!({"enabled": true})).await;
        test.send().await;
        assert_eq!((receiver.types(), other.taken().len()), (vec!["incident.opened".to_owned(), "incident.recovered".to_owned()], 0), "{}", test.database);
    }
}

#[tokio::test]
async fn what_a_channel_keeps_to_administrators_stands_in_no_error() {
    let test = TestConsole::sqlite().await;
    let table = [
        (json!({"type": "slack", "settings": {"url": "/services/T0001/wJ4kq9Zt?key=pLm8Rv2x"}}), ["T0001", "wJ4kq9Zt", "pLm8Rv2x"]),
        (json!({"type": "ntfy", "settings": {"url": "", "topic": "orders-wJ4kq9Zt"}}), ["orders-wJ4kq9Zt"; 3]),
        (
            json!({"type": "template", "settings": {"url": "", "headers": {"Authorization": "Bearer wJ4kq9Zt"}, "body": "{}"}}),
            ["Bearer wJ4kq9Zt", "wJ4kq9Zt", "wJ4kq9Zt"],
        ),
    ];
    for (mut new, kept) in table {
        let repeats = format!("HTTP/1.1 403 No\r\n\r\nno: {}", kept.join(" or "));
        let server = Server::answering(repeats).await;
        new["settings"]["url"] = json!(format!("{}{}", server.url(), new["settings"]["url"].as_str().expect("a path")));
        new["name"] = new["type"].clone();
        let channel = manage::create(&test.scope(), serde_json::from_value(new.clone()).expect("a channel")).await.expect("created");
        let tested = manage::test(&test.scope(), channel.id).await.expect("tried");
        assert!(tested.detail.contains("403") && tested.detail.contains("[redacted]"), "{new}: {tested:?}");
        assert!(!kept.iter().any(|secret| tested.detail.contains(secret)), "{new}: {tested:?}");
    }
}

/// What stands in a column of the only channel, as a text.
async fn column(test: &TestConsole, name: &str) -> String {
    let sql = format!("select coalesce(cast({name} as text), '') from notification_channels");
    match &test.console.db.writer {
        Pool::Sqlite(pool) => sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(pool).await,
        Pool::Postgres(pool) => sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(pool).await,
    }
    .expect("a channel")
}

#[tokio::test]
async fn an_address_that_is_all_it_takes_to_write_is_sealed_and_never_shown_again() {
    for test in TestConsole::both().await {
        for kind in ["slack", "discord", "teams"] {
            let receiver = Receiver::new().await;
            let new = json!({"name": kind, "type": kind, "settings": {"url": format!("{}services/T0001/wJ4kq9Zt", receiver.server.url())}});
            let channel = manage::create(&test.scope(), serde_json::from_value(new).expect("a channel")).await.expect("created");
            assert!(channel.has_credential && channel.settings.is_empty(), "{}: {channel:?}", test.database);
            assert_eq!(column(&test, "settings").await, "{}", "{kind} on {}", test.database);
            let edit = |edit: Value| serde_json::from_value(edit).expect("an edit");
            manage::edit(&test.scope(), channel.id, None, edit(json!({"name": "Front desk"}))).await.expect("renamed");
            assert_eq!(manage::test(&test.scope(), channel.id).await.expect("tried").outcome, TestOutcome::Sent, "{kind}: it is kept");
            assert!(receiver.taken()[0].head.starts_with("POST /services/T0001/wJ4kq9Zt "), "{:?}", receiver.taken()[0]);
            let moved = json!({"settings": {"url": format!("{}elsewhere", receiver.server.url())}});
            manage::edit(&test.scope(), channel.id, None, edit(moved)).await.expect("moved");
            assert_eq!(manage::test(&test.scope(), channel.id).await.expect("tried").outcome, TestOutcome::Sent);
            assert!(receiver.taken()[1].head.starts_with("POST /elsewhere "), "{:?}", receiver.taken()[1]);
            manage::remove(&test.scope(), channel.id).await.expect("removed");
        }
    }
}

#[tokio::test]
async fn headers_of_a_template_are_sealed_to_its_address_and_can_be_forgotten() {
    for test in TestConsole::both().await {
        let (receiver, other) = (Receiver::new().await, Receiver::new().await);
        let new = json!({"name": "Any", "type": "template", "settings": {"url": receiver.server.url(), "headers": {"X-Key": "wJ4kq9Zt", "X-More": "b"}}});
        let channel = manage::create(&test.scope(), serde_json::from_value(new).expect("a channel")).await.expect("created");
        assert!(channel.has_credential && !channel.settings.contains_key("headers"), "{}: {channel:?}", test.database);
        assert!(!column(&test, "settings").await.contains("wJ4kq9Zt"), "{}", test.database);
        let header = async |of: &Receiver, name: &str| {
            assert_eq!(manage::test(&test.scope(), channel.id).await.expect("tried").outcome, TestOutcome::Sent);
            of.taken().last().expect("a request").header(name).to_owned()
        };
        assert_eq!(header(&receiver, "x-key").await, "wJ4kq9Zt");
        let edit = async |edit: Value| manage::edit(&test.scope(), channel.id, None, serde_json::from_value(edit).expect("an edit")).await;
        assert_eq!(refused(edit(json!({"settings": {"url": other.server.url()}})).await), "credential_required", "{}", test.database);
        edit(json!({"settings": {"url": other.server.url()}, "credential": {"headers": "X-Key: anew"}})).await.expect("moved");
        assert_eq!((header(&other, "x-key").await, header(&other, "x-more").await), ("anew".to_owned(), String::new()));
        let without = edit(json!({"settings": {"headers": null}})).await.expect("forgotten");
        assert!(!without.has_credential && header(&other, "x-key").await.is_empty(), "{}: {without:?}", test.database);
    }
}

#[tokio::test]
async fn what_an_older_program_kept_among_the_settings_is_sealed_once_no_such_program_is_alive() {
    for test in TestConsole::both().await {
        let receiver = Receiver::new().await;
        let address = format!("{}wJ4kq9Zt", receiver.server.url());
        let new = json!({"name": "Chat", "type": "slack", "settings": {"url": address}});
        let channel = manage::create(&test.scope(), serde_json::from_value(new).expect("a channel")).await.expect("created");
        let id = if test.console.db.is_embedded() { "x'00112233445566778899aabbccddeeff'" } else { "'00112233-4455-6677-8899-aabbccddeeff'" };
        test.sql(&format!("update notification_channels set credential = null, credential_version = 0, settings = '{{\"url\": \"{address}\"}}'"))
            .await
            .expect("done");
        test.sql(&format!("insert into heartbeat_nodes (id, alive_until) values ({id}, 9000000000000)")).await.expect("done");
        let shown = manage::get(&test.scope(), channel.id).await.expect("the channel");
        assert!(shown.has_credential && shown.settings.is_empty(), "{}: it is not shown even then: {shown:?}", test.database);
        let mut sealer = Sealer::default();
        sealer.run(&test.console).await.expect("ran");
        assert!(column(&test, "settings").await.contains("wJ4kq9Zt"), "{}: the older program still sends on it", test.database);
        assert_eq!(manage::test(&test.scope(), channel.id).await.expect("tried").outcome, TestOutcome::Sent, "{}: and so does this one", test.database);
        test.sql("delete from heartbeat_nodes").await.expect("done");
        sealer.run(&test.console).await.expect("ran");
        assert_eq!(column(&test, "settings").await, "{}", "{}", test.database);
        assert_eq!(manage::test(&test.scope(), channel.id).await.expect("tried").outcome, TestOutcome::Sent, "{}", test.database);
        let version = column(&test, "credential_version").await;
        sealer.run(&test.console).await.expect("ran");
        assert_eq!(column(&test, "credential_version").await, version, "there is nothing left to do");
        test.sql("alter table heartbeat_nodes rename to gone").await.expect("done");
        assert!(sealer.run(&test.console).await.is_ok(), "{}: nothing is asked while nothing is left", test.database);
        test.advance(MINUTE * 60);
        assert!(sealer.run(&test.console).await.is_err(), "{}: but once an hour", test.database);
    }
}

/// The alerts that a real Alertmanager has of an incident.
async fn alerts(incident: &str) -> Vec<Value> {
    let mut stream = TcpStream::connect(services().alertmanager.url.trim_start_matches("http://")).await.expect("Alertmanager answers");
    let request = format!("GET /api/v2/alerts?filter=incident%3D%22{incident}%22 HTTP/1.0\r\nhost: alertmanager\r\n\r\n");
    stream.write_all(request.as_bytes()).await.expect("asked");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("a text");
    serde_json::from_str(answer.split_once("\r\n\r\n").expect("a body").1).expect("JSON")
}

#[tokio::test]
async fn a_real_alertmanager_has_one_alert_for_as_long_as_the_incident_lasts() {
    for test in TestConsole::both().await {
        // Alertmanager goes by its own clock, for which all that happens here is past.
        test.clock.go_back(MINUTE * 60);
        let channel = json!({"name": "Alertmanager", "type": "alertmanager", "settings": {"url": services().alertmanager.url}});
        manage::create(&test.scope(), serde_json::from_value(channel).expect("a channel")).await.expect("created");
        test.broken("Orders").await;
        let incident = test.incidents().await[0].id;
        test.send().await;
        incidents::apply(&test.scope(), incident, IncidentAction::Acknowledge, None).await.expect("acknowledged");
        test.send().await;
        let found = alerts(&incident.to_string()).await;
        assert_eq!(found.len(), 1, "{}: {found:?}", test.database);
        assert_eq!((&found[0]["labels"]["severity"], &found[0]["annotations"]["connection"]), (&json!("p2"), &json!("Orders")));
        assert_eq!((&found[0]["annotations"]["acknowledged_by"], &found[0]["status"]["state"]), (&json!(test.actor.name), &json!("active")));
        incidents::apply(&test.scope(), incident, IncidentAction::Resolve, None).await.expect("resolved");
        test.send().await;
        assert_eq!(alerts(&incident.to_string()).await, Vec::<Value>::new(), "{}", test.database);
    }
}
