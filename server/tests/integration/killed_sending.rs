//! kill -9 round each step of a send: no message is lost, and each is sent once more at most, on its channel and under the same id.
//!
//! `script/chaos/deliveries` does it hundreds of times on each database.

use std::{collections::BTreeMap, env, time::Duration};

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::time::{sleep, timeout};

use crate::{
    inbox::{Inbox, Speaks, Step},
    process::{Server, run, text},
    test_server::{client, forget_nodes, new_postgres},
};

const STEPS: [Step; 5] = [Step::Written, Step::Connected, Step::Received, Step::Answered, Step::Noted];
/// What becomes of an incident, each of which is told.
const LIFE: [&str; 3] = ["opened", "acknowledged", "recovered"];
const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

struct Killed {
    folder: TempDir,
    variables: Vec<(&'static str, String)>,
    token: String,
    server: Server,
    inboxes: [Inbox; 3],
}

impl Killed {
    /// A console that tells of incidents by webhook, pager and mail.
    async fn new(database_url: Option<String>) -> Self {
        let folder = TempDir::new().expect("folder");
        let inboxes = [Inbox::open(Speaks::Webhook).await, Inbox::open(Speaks::PagerDuty).await, Inbox::open(Speaks::Mail).await];
        let [webhook, pager, mail] = &inboxes;
        let mut variables = vec![("SWITCHBOARD_SMTP_URL", format!("smtp://127.0.0.1:{}?from=switchboard@example.org&encryption=none", mail.port()))];
        variables.extend(database_url.map(|url| ("DATABASE_URL", url)));
        let token = run(folder.path(), &["tokens", "create", "ci", "--role", "admin"], &borrowed(&variables), "");
        let server = Server::start(folder.path(), &borrowed(&variables));
        let channels = [
            json!({"name": "Webhook", "type": "webhook", "settings": {"url": webhook.url()}, "credential": {"secret": SECRET}}),
            json!({"name": "Pager", "type": "pagerduty", "settings": {"url": pager.url()}, "credential": {"routing_key": "R0"}}),
            json!({"name": "Mail", "type": "email", "settings": {"to": ["desk@example.org"]}}),
        ];
        let killed = Self { token: text(&token.stdout).trim().to_owned(), server, folder, variables, inboxes };
        for channel in channels {
            killed.post("/api/channels", channel).await;
        }
        killed
    }

    async fn post(&self, path: &str, body: Value) -> Value {
        let answer = client().post(format!("{}{path}", self.server.base)).bearer_auth(&self.token).json(&body).send().await.expect("answer");
        let (status, text) = (answer.status(), answer.text().await.expect("text"));
        assert!(status.is_success(), "{path}: {status} {text}");
        serde_json::from_str(&text).expect("JSON")
    }

    /// The oldest first.
    async fn deliveries(&self, incident: &str) -> Vec<Value> {
        let answer = client().get(format!("{}/api/deliveries?incident_id={incident}", self.server.base)).bearer_auth(&self.token).send().await.expect("answer");
        let mut log = answer.json::<Value>().await.expect("JSON")["items"].as_array().expect("items").clone();
        log.reverse();
        log
    }

    async fn until_sent(&self, incident: &str) -> Vec<Value> {
        let sent = async {
            loop {
                let log = self.deliveries(incident).await;
                if log.iter().all(|one| one["status"] == "sent") {
                    return log;
                }
                sleep(Duration::from_millis(20)).await;
            }
        };
        match timeout(Duration::from_secs(60), sent).await {
            Ok(log) => log,
            Err(_) => panic!("not sent: {:?}", self.deliveries(incident).await),
        }
    }

    /// Kills it and starts another.
    fn kill(&mut self) {
        self.server.child.kill().expect("killed");
        self.server.child.wait().expect("gone");
        for inbox in &self.inboxes {
            inbox.hold(None);
        }
        if let Some((_, url)) = self.variables.iter().find(|(name, _)| *name == "DATABASE_URL") {
            forget_nodes(url);
        }
        self.server = Server::start(self.folder.path(), &borrowed(&self.variables));
    }

    /// Has something told, and kills the server as the message on one of the channels comes to `step`.
    async fn dies_at(&mut self, step: Step, on: usize, path: &str, body: Value) -> Value {
        let inbox = &self.inboxes[on];
        inbox.hold(Some(step));
        let reached = timeout(Duration::from_secs(60), inbox.reaches(step));
        let (reached, incident) = tokio::join!(reached, self.post(path, body));
        reached.unwrap_or_else(|_| panic!("{path}: not {step:?}"));
        if step == Step::Noted {
            self.until_sent(incident["id"].as_str().expect("an id")).await;
        }
        self.kill();
        incident
    }
}

fn borrowed<'a>(variables: &'a [(&'static str, String)]) -> Vec<(&'a str, &'a str)> {
    variables.iter().map(|(name, value)| (*name, value.as_str())).collect()
}

async fn dies_round_each_step(database_url: Option<String>) {
    let kills = env::var("SWITCHBOARD_CHAOS_KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(STEPS.len() + 1);
    let mut killed = Killed::new(database_url).await;
    let (mut incident, mut expected) = (String::new(), 0);
    // How often which step led to a message once more.
    let mut again = BTreeMap::<String, usize>::new();
    for number in 0..kills {
        let (path, body) = match LIFE[number % LIFE.len()] {
            "opened" => ("/api/incidents".to_owned(), json!({"summary": format!("Round {number}"), "severity": "p3"})),
            "acknowledged" => (format!("/api/incidents/{incident}/acknowledge"), json!({})),
            _ => (format!("/api/incidents/{incident}/resolve"), json!({})),
        };
        let step = STEPS[number % STEPS.len()];
        let counted: Vec<_> = killed.inboxes.iter().map(|inbox| inbox.arrived().len()).collect();
        incident = killed.dies_at(step, number % killed.inboxes.len(), &path, body).await["id"].as_str().expect("an id").to_owned();
        let log = killed.until_sent(&incident).await;
        assert_eq!(log.len(), 3 * (1 + number % LIFE.len()), "{step:?}: one message for each thing on each channel: {log:?}");
        for (inbox, before) in killed.inboxes.iter().zip(counted) {
            let arrived = inbox.arrived().split_off(before);
            let told: Vec<_> = arrived.iter().map(|one| (&one.id, &one.thread)).collect();
            assert!((1..=2).contains(&arrived.len()), "{number} {step:?}: once, or once more: {told:?}");
            assert!(told.iter().all(|(id, thread)| *id == told[0].0 && thread.contains(&*incident)), "{number} {step:?}: the same: {told:?}");
            assert!(log.iter().any(|one| one["id"] == *arrived[0].id && one["reason"] == LIFE[number % LIFE.len()]), "{arrived:?} {log:?}");
            *again.entry(format!("{step:?}")).or_default() += arrived.len() - 1;
        }
        expected += 3;
    }
    let arrived: usize = killed.inboxes.iter().map(|inbox| inbox.arrived().len()).sum();
    let more: usize = again.values().sum();
    assert_eq!((arrived, again.get("Noted").copied().unwrap_or_default()), (expected + more, 0), "what is noted is not sent again: {again:?}");
    println!("{kills} kills: {expected} messages, 0 lost, {more} sent once more: {again:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_killed_round_a_send_loses_no_message_on_sqlite() {
    dies_round_each_step(None).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_killed_round_a_send_loses_no_message_on_postgres() {
    dies_round_each_step(Some(new_postgres())).await;
}
