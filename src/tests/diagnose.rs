//! Diagnostic runs: progress, bounds, verdicts, cancel, and what a crash leaves.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use async_trait::async_trait;
use domain::{
    diagnostic::{DiagnosticTestRun, RunFilter, RunStatus, Verdict},
    environment::Environment,
    kind::{Depth, Field},
    profile::{ServiceConnectionProfile, Settings},
    severity::Severity,
    verification::StepOutcome,
};
use engine::{
    connections,
    diagnose::{self, RunRequest, Selection, limits, plan::MOST_CONNECTIONS, recover},
    heartbeat::Limits,
    notify,
};
use futures_util::FutureExt;
use probes::kinds::{Artefact, Cause, ConnectionKind, Failure, Finding, KindDefinition, Kinds, Origin, Probe, Target};
use serde_json::json;
use sqlx::AssertSqlSafe;
use store::{
    db::Pool,
    sealed::{self, Holder},
};

use crate::test_console::{TestConsole, refused, wrong_fields};

pub const CANARY: &str = "canary-Zq7-open-sesame-9";

/// Takes its time, counts who is inside, and fails where its settings say so. Its evidence repeats the password.
pub struct Patient {
    definition: KindDefinition,
    visits: Arc<Visits>,
}

/// How many were inside at once.
#[derive(Default)]
struct Visits {
    inside: AtomicUsize,
    most: AtomicUsize,
    hosts: Mutex<std::collections::HashMap<String, usize>>,
    most_of_a_host: AtomicUsize,
}

impl Patient {
    pub fn new() -> Self {
        let fields = vec![
            Field::text("host", "Host").required(),
            Field::text("fails", "Fails at"),
            Field::number("milliseconds", "Time", 0, 60_000).default_to(0),
            Field::secret("password", "Password").required(),
        ];
        let visits = Arc::<Visits>::default();
        let [answers, hurries, writes] = [&visits; 3].map(Arc::clone);
        let probes = vec![
            Probe::blocking("answers", "Answers", Depth::Heartbeat, move |target| visit(Arc::clone(&answers), "answers", target).boxed()),
            Probe::advisory("hurries", "Hurries", Depth::Verify, move |target| visit(Arc::clone(&hurries), "hurries", target).boxed()),
            Probe::blocking("writes", "Writes", Depth::Diagnose, move |target| visit(Arc::clone(&writes), "writes", target).boxed()),
        ];
        Self { definition: KindDefinition::new("patient", "Patient", "Takes its time.", fields, probes), visits }
    }
}

#[async_trait]
impl ConnectionKind for Patient {
    fn definition(&self) -> &KindDefinition {
        &self.definition
    }

    fn origins(&self, settings: &Settings) -> Vec<Origin> {
        vec![Origin { scheme: "patient".to_owned(), host: settings["host"].as_str().unwrap_or_default().to_owned(), port: Some(1) }]
    }
}

async fn visit(visits: Arc<Visits>, scenario: &str, target: &Target) -> Result<Finding, Failure> {
    let _inside = Inside::enter(visits, target.text("host"));
    tokio::time::sleep(Duration::from_millis(target.number("milliseconds").try_into().unwrap_or_default())).await;
    let told = format!("{scenario} with {}", target.secret("password").unwrap_or_default());
    let evidence = Artefact::text("answer", told.clone());
    if target.text("fails") == scenario { Err(Failure::new(Cause::UnexpectedAnswer, told).with(evidence)) } else { Ok(Finding::from(told).with(evidence)) }
}

/// Inside until dropped, as a probe is that is given up.
struct Inside {
    visits: Arc<Visits>,
    host: String,
}

impl Inside {
    fn enter(visits: Arc<Visits>, host: &str) -> Self {
        visits.most.fetch_max(visits.inside.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        let of_host = {
            let mut hosts = visits.hosts.lock().expect("hosts");
            let count = hosts.entry(host.to_owned()).or_default();
            *count += 1;
            *count
        };
        visits.most_of_a_host.fetch_max(of_host, Ordering::SeqCst);
        Self { visits, host: host.to_owned() }
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        self.visits.inside.fetch_sub(1, Ordering::SeqCst);
        if let Some(count) = self.visits.hosts.lock().expect("hosts").get_mut(&self.host) {
            *count -= 1;
        }
    }
}

/// Both databases, with the patient kind.
pub async fn both() -> [(TestConsole, Arc<Patient>); 2] {
    TestConsole::both().await.map(|mut test| {
        let patient = Arc::new(Patient::new());
        test.console.kinds = Kinds::new([Arc::clone(&patient) as Arc<dyn ConnectionKind>]);
        (test, patient)
    })
}

pub async fn connection(test: &TestConsole, name: &str, settings: serde_json::Value) -> ServiceConnectionProfile {
    let new = json!({"name": name, "kind": "patient", "environment": "staging", "settings": settings, "credential": {"password": CANARY}});
    connections::create(&test.scope(), serde_json::from_value(new).expect("a connection")).await.expect("created")
}

pub fn staging() -> RunRequest {
    RunRequest { selection: Selection::Environment(Environment::Staging), scenarios: None, release: None }
}

pub async fn begin(test: &TestConsole) -> DiagnosticTestRun {
    diagnose::request(&test.scope(), staging()).await.expect("begun")
}

pub async fn run(test: &TestConsole) -> DiagnosticTestRun {
    let begun = begin(test).await;
    diagnose::wait(&test.scope(), begun.id, Duration::from_secs(60)).await.expect("ended")
}

async fn severities(test: &TestConsole) -> Vec<Severity> {
    notify::list(&test.scope(), 10, None).await.expect("listed").0.iter().map(|one| one.severity).collect()
}

#[tokio::test]
async fn a_run_passes_warns_or_blocks_and_tells_the_team() {
    for (test, _) in both().await {
        connection(&test, "Good", json!({"host": "a"})).await;
        let passed = run(&test).await;
        assert_eq!((passed.status, passed.verdict, passed.counts.passed), (RunStatus::Passed, Some(Verdict::Pass), 3), "{}: {passed:?}", test.database);
        assert_eq!((passed.environment, passed.planned), (Some(Environment::Staging), 3));
        assert!(passed.results.iter().all(|result| result.evidence_ids.len() == 1), "{passed:?}");
        assert!(severities(&test).await.is_empty());

        connection(&test, "Slow", json!({"host": "b", "fails": "hurries"})).await;
        let warned = run(&test).await;
        assert_eq!((warned.verdict, warned.counts.warned), (Some(Verdict::Pass), 1));
        assert_eq!(severities(&test).await, [Severity::Warning]);

        connection(&test, "Broken", json!({"host": "c", "fails": "answers"})).await;
        let blocked = run(&test).await;
        assert_eq!((blocked.status, blocked.verdict), (RunStatus::Failed, Some(Verdict::Block)));
        assert_eq!((blocked.counts.failed, blocked.counts.skipped), (1, 2));
        let told = notify::list(&test.scope(), 10, None).await.expect("listed").0;
        assert_eq!((told[0].severity, told[0].run_id, told[0].body.as_str()), (Severity::Critical, Some(blocked.id), "Broken: Answers"));
        notify::mark_read(&test.scope(), told[0].id).await.expect("read");
        assert_eq!(notify::unread(&test.scope()).await.expect("counted"), 1);

        let again = diagnose::again(&test.scope(), blocked.id).await.expect("begun");
        let again = diagnose::wait(&test.scope(), again.id, Duration::from_secs(60)).await.expect("ended");
        assert_eq!((again.verdict, again.connection_ids), (Some(Verdict::Block), blocked.connection_ids));
    }
}

#[tokio::test]
async fn a_run_may_be_narrowed_and_what_makes_no_sense_is_refused() {
    for (test, _) in both().await {
        let nothing = diagnose::request(&test.scope(), staging()).await;
        assert_eq!(wrong_fields(nothing), ["connection_ids"]);
        connection(&test, "Broken", json!({"host": "a", "fails": "writes"})).await;
        let narrowed = |scenario: &str| RunRequest { scenarios: Some(vec![scenario.to_owned()]), ..staging() };
        let begun = diagnose::request(&test.scope(), narrowed("answers")).await.expect("begun");
        let ended = diagnose::wait(&test.scope(), begun.id, Duration::from_secs(60)).await.expect("ended");
        assert_eq!((ended.planned, ended.verdict), (1, Some(Verdict::Pass)));
        let unknown = diagnose::request(&test.scope(), narrowed("dances")).await;
        assert_eq!(wrong_fields(unknown), ["scenarios"]);
        let absent = RunRequest { selection: Selection::Connections(vec![domain::ids::ProfileId::new()]), ..staging() };
        assert_eq!(refused(diagnose::request(&test.scope(), absent).await), "connection_not_found");
    }
}

#[tokio::test]
async fn all_leaves_out_drafts_that_were_never_verified_where_others_were() {
    for (test, _) in both().await {
        let orders = connection(&test, "Orders", json!({"host": "a"})).await;
        let draft = connection(&test, "Draft", json!({"host": "b", "fails": "answers"})).await;
        let meant = async |selection| {
            let request = RunRequest { selection, ..staging() };
            diagnose::request(&test.scope(), request).await.expect("begun").connection_ids
        };
        let every = [Selection::All, Selection::Environment(Environment::Staging)];
        for selection in every.clone() {
            assert_eq!(meant(selection).await, [draft.id, orders.id], "{}", test.database);
        }
        test.verify(&orders).await;
        for selection in every {
            assert_eq!(meant(selection).await, [orders.id], "{}", test.database);
        }
        assert_eq!(meant(Selection::Connections(vec![draft.id])).await, [draft.id], "{}: who names one means it", test.database);
    }
}

/// `count` more connections like the one of this name.
async fn multiply(test: &TestConsole, name: &str, count: usize) {
    let sql = |id| {
        format!(
            "insert into service_connection_profiles (id, name, name_key, team_id, kind, environment, state, version, settings, credential,
                credential_origin, credential_version, heartbeat, tags, last_verified_at, verified_version, created_at, updated_at, search_key)
            with recursive numbers (number) as (select 1 union all select number + 1 from numbers where number < {count})
            select {id}, name || number, name_key || number, team_id, kind, environment, state, version, settings, credential,
                credential_origin, credential_version, heartbeat, tags, last_verified_at, verified_version, created_at, updated_at, search_key
            from service_connection_profiles, numbers where name = '{name}'"
        )
    };
    match &test.console.db.writer {
        Pool::Sqlite(pool) => sqlx::raw_sql(AssertSqlSafe(sql("randomblob(16)"))).execute(pool).await.map(drop),
        Pool::Postgres(pool) => sqlx::raw_sql(AssertSqlSafe(sql("gen_random_uuid()"))).execute(pool).await.map(drop),
    }
    .expect("inserted");
}

#[tokio::test]
async fn no_connection_is_left_out_for_being_one_too_many() {
    for (test, _) in both().await {
        connection(&test, "A draft", json!({"host": "b"})).await;
        let orders = connection(&test, "Orders", json!({"host": "a"})).await;
        test.verify(&orders).await;
        multiply(&test, "Orders", MOST_CONNECTIONS - 1).await;
        for selection in [Selection::All, Selection::Environment(Environment::Staging)] {
            let request = || RunRequest { selection: selection.clone(), ..staging() };
            let begun = diagnose::request(&test.scope(), request()).await.expect("begun");
            assert_eq!(begun.connection_ids.len(), MOST_CONNECTIONS, "{}: the draft takes nobody's place", test.database);
            diagnose::cancel(&test.scope(), begun.id).await.expect("cancelled");
        }
        connection(&test, "Zebra", json!({"host": "a"})).await;
        let zebra = connection(&test, "Zebra 2", json!({"host": "a"})).await;
        test.verify(&zebra).await;
        for selection in [Selection::All, Selection::Environment(Environment::Staging)] {
            let request = RunRequest { selection, ..staging() };
            assert_eq!(wrong_fields(diagnose::request(&test.scope(), request).await), ["environment"], "{}", test.database);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_over_200_connections_shows_progress_and_holds_its_bounds() {
    for (test, patient) in both().await {
        for index in 0..200 {
            connection(&test, &format!("Connection {index:03}"), json!({"host": format!("host-{}", index % 20), "milliseconds": 5})).await;
        }
        let (begun, started) = (begin(&test).await, Instant::now());
        let mut seen = vec![];
        let ended = loop {
            let now = diagnose::wait(&test.scope(), begun.id, Duration::from_millis(100)).await.expect("found");
            seen.push(now.results.len());
            if now.status.is_finished() {
                break now;
            }
        };
        let (most, of_a_host) = (patient.visits.most.load(Ordering::SeqCst), patient.visits.most_of_a_host.load(Ordering::SeqCst));
        println!(
            "{}: 200 connections, 600 scenarios in {:.1} s; {most} at a time, {of_a_host} of a host; seen {} times on the way",
            test.database,
            started.elapsed().as_secs_f64(),
            seen.len()
        );
        assert_eq!((ended.status, ended.results.len()), (RunStatus::Passed, 600), "{:?}", ended.note);
        assert!(most > 1 && most <= limits::CONNECTIONS, "{most}");
        assert!(of_a_host <= limits::PER_HOST, "{of_a_host}");
        assert!(seen.windows(2).all(|pair| pair[0] <= pair[1]) && seen.iter().any(|count| (1..600).contains(count)), "progress: {seen:?}");
        let names: Vec<_> = ended.results.iter().map(|result| result.connection_name.as_str()).collect();
        assert!(names.is_sorted(), "in the order of the plan");
    }
}

#[tokio::test]
async fn a_cancelled_run_blocks_stops_and_keeps_what_it_has() {
    for (test, patient) in both().await {
        for index in 0..30 {
            connection(&test, &format!("{index}"), json!({"host": format!("{index}"), "milliseconds": 100})).await;
        }
        let begun = begin(&test).await;
        while diagnose::get(&test.scope(), begun.id).await.expect("found").results.len() < 5 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let ended = diagnose::cancel(&test.scope(), begun.id).await.expect("cancelled");
        assert_eq!((ended.status, ended.verdict), (RunStatus::Interrupted, Some(Verdict::Block)));
        assert!(ended.note.as_deref().unwrap_or_default().starts_with("Cancelled by "), "{:?}", ended.note);
        assert_eq!(refused(diagnose::cancel(&test.scope(), begun.id).await), "run_finished");
        let cancelled = Instant::now();
        while patient.visits.inside.load(Ordering::SeqCst) > 0 {
            assert!(cancelled.elapsed() < Duration::from_secs(20), "its work goes on");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let later = diagnose::get(&test.scope(), begun.id).await.expect("found");
        assert_eq!(later, ended, "nothing comes after the end");
        assert!(later.results.len() >= 5);
    }
}

#[tokio::test]
async fn a_run_whose_process_is_gone_is_interrupted_and_never_passes() {
    for (test, _) in both().await {
        for index in 0..20 {
            connection(&test, &format!("{index}"), json!({"host": format!("{index}"), "milliseconds": 50})).await;
        }
        // Another process: a console of its own on the same database, whose runtime goes away with everything on it.
        let live_and_die = || {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
            let id = runtime.block_on(async {
                let mut console = test.another(Limits::default()).await;
                console.kinds = test.console.kinds.clone();
                let begun = diagnose::request(&console.for_team(test.actor.clone()), staging()).await.expect("begun");
                while diagnose::get(&console.for_team(test.actor.clone()), begun.id).await.expect("found").results.len() < 4 {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
                begun.id
            });
            runtime.shutdown_timeout(Duration::ZERO);
            id
        };
        let id = std::thread::scope(|scope| scope.spawn(live_and_die).join().expect("ran"));
        assert_eq!(recover::recover(&test.console).await.expect("recovered"), 0, "it may be alive yet");
        test.advance(Duration::from_secs(16));
        assert_eq!(recover::recover(&test.console).await.expect("recovered"), 1);
        let ended = diagnose::get(&test.scope(), id).await.expect("found");
        assert_eq!((ended.status, ended.verdict), (RunStatus::Interrupted, Some(Verdict::Block)), "{}", test.database);
        assert!(ended.results.len() >= 4);
        assert_eq!(severities(&test).await, [Severity::Critical]);
        let again = diagnose::again(&test.scope(), id).await.expect("begun");
        let again = diagnose::wait(&test.scope(), again.id, Duration::from_secs(60)).await.expect("ended");
        assert_eq!(again.status, RunStatus::Passed);
    }
}

#[tokio::test]
async fn runs_are_listed_a_page_at_a_time_to_their_own_team_only() {
    for (test, _) in both().await {
        connection(&test, "Good", json!({"host": "a"})).await;
        let mut ids = vec![];
        for _ in 0..5 {
            ids.insert(0, run(&test).await.id);
            test.advance(Duration::from_secs(1));
        }
        let filter = RunFilter { environment: Some(Environment::Staging), status: Some(RunStatus::Passed), ..RunFilter::default() };
        let (mut listed, mut cursor) = (vec![], None);
        loop {
            let (page, next) = diagnose::list(&test.scope(), &filter, 2, cursor.as_deref()).await.expect("listed");
            assert!(page.iter().all(|run| run.counts.passed == 3 && run.results.is_empty()));
            listed.extend(page.iter().map(|run| run.id));
            cursor = next;
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!(listed, ids);
        assert_eq!(refused(diagnose::list(&test.scope(), &filter, 2, Some("nonsense")).await), "malformed_request");
        let stranger = test.console.for_team(engine::Actor { team: domain::ids::Id::new(), ..test.actor.clone() });
        assert_eq!(refused(diagnose::get(&stranger, ids[0]).await), "run_not_found");
        assert_eq!(refused(diagnose::cancel(&stranger, ids[0]).await), "run_not_found");
        assert!(diagnose::list(&stranger, &RunFilter::default(), 10, None).await.expect("listed").0.is_empty());
    }
}

#[tokio::test]
async fn a_credential_that_does_not_open_fails_its_connection_only() {
    for (test, _) in both().await {
        connection(&test, "Good", json!({"host": "a"})).await;
        // As if it had been sealed by another console.
        for row in sealed::credentials_of_other_keys(&test.console.db, Holder::Connection, b"none", None, 10).await.expect("credentials") {
            let mut other = row.credential.clone();
            other[1] ^= 1;
            let mut tx = test.console.db.begin().await.expect("begun");
            assert!(sealed::rewrap_credential(&mut tx, Holder::Connection, row.id, &row.credential, &other).await.expect("changed"));
            tx.commit().await.expect("committed");
        }
        let begun = diagnose::request(&test.scope(), staging()).await.expect("begun");
        let ended = diagnose::wait(&test.scope(), begun.id, Duration::from_secs(60)).await.expect("ended");
        assert_eq!((ended.verdict, ended.results[0].outcome), (Some(Verdict::Block), StepOutcome::Failed), "{ended:?}");
        assert!(!ended.results[0].remediation.is_empty());
    }
}
