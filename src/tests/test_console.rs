//! A console for tests, on each database in turn: a clock that stands still and a kind that does as it is told.

use std::{
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use domain::{
    correlation_id::CorrelationId,
    kind::{Depth, Field},
    operator::Actor,
    profile::{ServiceConnectionProfile, Settings},
    severity::Severity,
    time::Timestamp,
    verification::Verification,
};
use engine::{
    Console, ConsoleSettings, OpsError, Scope, access,
    clock::{Clock, ManualClock, SystemClock},
    connections::{self, NewConnection},
    heartbeat::Limits,
    keys,
    report::ReportedError,
    vault::Vault,
    verify,
};
use futures_util::FutureExt;
use probes::{
    egress::{Egress, EgressPolicy, Resolver},
    kinds::{Cause, ConnectionKind, Failure, Finding, KindDefinition, Kinds, Origin, Probe, Target},
};
use serde_json::json;

use sqlx::Connection;
use sqlx_postgres::PgConnection;
use store::{Db, db::Pool, schema};
use tokio::sync::watch;

use crate::{fault_proxy::FaultProxy, services::services};

/// The embedded database in its folder.
const FILE: &str = "switchboard.db";
/// Of users that a test makes.
const PASSWORD: &str = "of-a-test";

pub struct TestConsole {
    pub console: Console,
    pub actor: Actor,
    pub clock: ManualClock,
    pub obedient: Arc<Obedient>,
    /// Names the database in a failed assertion.
    pub database: &'static str,
    url: String,
    folder: Option<tempfile::TempDir>,
}

/// A console whose user owns nothing, and the addresses of its database as its two users.
pub struct Owned {
    pub test: TestConsole,
    pub owner_url: String,
    pub server_url: String,
}

impl TestConsole {
    /// One on SQLite and one on a new database of the real PostgreSQL.
    pub async fn both() -> [Self; 2] {
        [Self::sqlite().await, Self::postgres().await]
    }

    pub async fn sqlite() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let url = format!("sqlite://{}", folder.path().join(FILE).display());
        Self::open(&url, "sqlite", Some(folder)).await
    }

    pub async fn postgres() -> Self {
        let (server, name) = (postgres_server(), new_postgres("template1").await);
        Self::open(&format!("{server}/{name}"), "postgres", None).await
    }

    /// On a new database of the real PostgreSQL, as a user that owns nothing of it.
    pub async fn postgres_of_an_owner() -> Owned {
        let name = new_postgres("template1").await;
        let [owner_url, server_url] = ["owner", "server"].map(|user| as_user(&format!("{name}_{user}"), &name));
        administer(format!(
            "create role {name}_owner login createrole password '{PASSWORD}'; alter database {name} owner to {name}_owner;
            create role {name}_server login noinherit password '{PASSWORD}'"
        ))
        .await;
        let owner = Db::open(&owner_url.clone().into()).await.expect("open");
        schema::migrate(&owner).await.expect("migrated");
        owner.close().await;
        administer(format!("grant switchboard_team, switchboard_spanning to {name}_server")).await;
        let test = Self::open_with(&server_url, Some(&owner_url), "postgres", None).await;
        Owned { test, owner_url, server_url }
    }

    /// On a new database of the real PostgreSQL whose tables lie in a schema named after who signs in.
    pub async fn postgres_in_a_schema_of_its_own() -> Self {
        let name = new_postgres("template1").await;
        let (user, url) = (format!("{name}_own"), as_user(&format!("{name}_own"), &name));
        administer(format!("create role {user} login createrole password '{PASSWORD}'; alter database {name} owner to {user}")).await;
        let mut own = PgConnection::connect(&url).await.expect("PostgreSQL answers");
        sqlx::raw_sql("create schema authorization current_user").execute(&mut own).await.expect("a schema");
        Self::open(&url, "postgres", None).await
    }

    /// A new database of the real PostgreSQL that belongs to a user without any other right: its address, and the user.
    pub async fn postgres_of_a_stranger() -> (String, String) {
        let name = new_postgres("template1").await;
        let user = format!("{name}_stranger");
        administer(format!("create role {user} login password '{PASSWORD}'; alter database {name} owner to {user}")).await;
        (as_user(&user, &name), user)
    }

    /// The name of its database, on PostgreSQL.
    pub fn name(&self) -> &str {
        self.url.rsplit_once('/').expect("a database in the address").1
    }

    /// On PostgreSQL through a proxy that can be shut.
    pub async fn postgres_through_a_proxy() -> (Self, FaultProxy) {
        let (server, name) = (postgres_server(), new_postgres("template1").await);
        let (who, service) = server.rsplit_once('@').expect("a host in the address");
        let proxy = FaultProxy::before(service.to_owned()).await;
        (Self::open(&format!("{who}@{}/{name}", proxy.address), "postgres", None).await, proxy)
    }

    async fn open(url: &str, database: &'static str, folder: Option<tempfile::TempDir>) -> Self {
        Self::open_with(url, None, database, folder).await
    }

    async fn open_with(url: &str, owner: Option<&str>, database: &'static str, folder: Option<tempfile::TempDir>) -> Self {
        let clock = ManualClock::starting_at(SystemClock.now());
        let obedient = Arc::new(Obedient::new());
        let mut settings = settings(url, &clock, &obedient, Limits::default());
        settings.migration_database_url = owner.map(Into::into);
        let console = Console::open(settings).await.expect("a console");
        let actor = access::command_line(&console, None).await.expect("the default team").actor().clone();
        Self { console, actor, clock, obedient, database, url: url.to_owned(), folder }
    }

    /// The same data once more, and a clock of its own. It ends this console: only what nobody uses can be copied.
    pub async fn copy(&self, limits: Limits) -> Self {
        self.console.db.close().await;
        let (url, folder) = match &self.folder {
            Some(from) => {
                let folder = tempfile::tempdir().expect("a temporary folder");
                std::fs::copy(from.path().join(FILE), folder.path().join(FILE)).expect("copied");
                (format!("sqlite://{}", folder.path().join(FILE).display()), Some(folder))
            }
            None => {
                let (server, name) = self.url.rsplit_once('/').expect("a database in the address");
                // Without TLS, which takes most of the time of a new connection.
                (format!("{server}/{}?sslmode=disable", new_postgres(name).await), None)
            }
        };
        let clock = ManualClock::starting_at(self.now());
        let console = open(&url, &clock, &self.obedient, limits).await;
        Self { console, actor: self.actor.clone(), clock, obedient: Arc::clone(&self.obedient), database: self.database, url, folder }
    }

    /// The address of an empty database of the same sort, and the folder that it lies in.
    pub async fn empty(&self) -> (String, Option<tempfile::TempDir>) {
        if self.folder.is_none() {
            return (format!("{}/{}", postgres_server(), new_postgres("template1").await), None);
        }
        let folder = tempfile::tempdir().expect("a temporary folder");
        (format!("sqlite://{}", folder.path().join(FILE).display()), Some(folder))
    }

    /// A process on what was put into an empty database.
    pub async fn moved_to(&self, (url, folder): (String, Option<tempfile::TempDir>)) -> Self {
        let clock = ManualClock::starting_at(self.now());
        let console = open(&url, &clock, &self.obedient, self.console.scheduler.limits).await;
        Self { console, actor: self.actor.clone(), clock, obedient: Arc::clone(&self.obedient), database: self.database, url, folder }
    }

    /// This process is gone with all its connections, and another one begins on what it left.
    pub async fn replaced(mut self) -> Self {
        self.console.db.close().await;
        self.console = self.another(self.console.scheduler.limits).await;
        self
    }

    /// Another process on the same database, by the same clock.
    pub async fn another(&self, limits: Limits) -> Console {
        open(&self.url, &self.clock, &self.obedient, limits).await
    }

    /// Another process on the same database, with these keys.
    pub async fn with_vault(&self, vault: Vault) -> Result<Console, OpsError> {
        let mut settings = ConsoleSettings::new(self.url.clone().into(), vault, Egress::new(EgressPolicy::default(), Resolver::System));
        settings.clock = Arc::new(self.clock.clone());
        settings.kinds = Kinds::new([Arc::clone(&self.obedient) as Arc<dyn ConnectionKind>]);
        let console = Console::open(settings).await?;
        keys::announce_abandoned(&console).await?;
        Ok(console)
    }

    /// Runs statements on its database, past the engine.
    ///
    /// # Errors
    /// The database refused them.
    pub async fn sql(&self, statements: &str) -> Result<(), sqlx::Error> {
        let statements = sqlx::AssertSqlSafe(statements.to_owned());
        match &self.console.db.writer {
            Pool::Sqlite(pool) => sqlx::raw_sql(statements).execute(pool).await.map(drop),
            Pool::Postgres(pool) => sqlx::raw_sql(statements).execute(pool).await.map(drop),
        }
    }

    /// All that its database holds.
    pub async fn stored(&self) -> Vec<u8> {
        match &self.folder {
            Some(folder) => {
                let files = std::fs::read_dir(folder.path()).expect("files").map(|file| file.expect("a file").path());
                files.filter(|path| path.is_file()).flat_map(|path| std::fs::read(path).expect("content")).collect()
            }
            None => {
                let mut own = PgConnection::connect(&self.url).await.expect("PostgreSQL answers");
                let all = "select schema_to_xml('public', true, false, '')::text";
                sqlx::query_scalar::<_, String>(all).fetch_one(&mut own).await.expect("everything").into_bytes()
            }
        }
    }

    /// What the test's actor works on.
    pub fn scope(&self) -> Scope {
        self.console.for_team(self.actor.clone())
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub fn advance(&self, by: Duration) {
        self.clock.advance(by);
    }

    pub async fn create(&self, name: &str) -> ServiceConnectionProfile {
        connections::create(&self.scope(), connection(name)).await.expect("created")
    }

    pub async fn verify(&self, profile: &ServiceConnectionProfile) -> Verification {
        let begun = verify::start(&self.scope(), profile.id).await.expect("begun");
        verify::wait(&self.scope(), begun.id).await.expect("ended")
    }

    pub async fn get(&self, profile: &ServiceConnectionProfile) -> ServiceConnectionProfile {
        connections::get(&self.scope(), profile.id).await.expect("found")
    }
}

fn postgres_server() -> &'static str {
    services().postgres.superuser_url.rsplit_once('/').expect("a database in the address").0
}

/// Answers the name of a new database like `template`.
async fn new_postgres(template: &str) -> String {
    let name = format!("test_{}", CorrelationId::mint().as_str().replace('-', ""));
    administer(format!("create database {name} template {template}")).await;
    name
}

/// As the superuser of the cluster.
async fn administer(sql: String) {
    let mut admin = PgConnection::connect(&services().postgres.superuser_url).await.expect("PostgreSQL answers");
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut admin).await.expect("done");
    admin.close().await.expect("closed");
}

fn as_user(user: &str, database: &str) -> String {
    let (_, place) = postgres_server().rsplit_once('@').expect("a host in the address");
    format!("postgres://{user}:{PASSWORD}@{place}/{database}")
}

async fn open(url: &str, clock: &ManualClock, obedient: &Arc<Obedient>, limits: Limits) -> Console {
    Console::open(settings(url, clock, obedient, limits)).await.expect("a console")
}

fn settings(url: &str, clock: &ManualClock, obedient: &Arc<Obedient>, limits: Limits) -> ConsoleSettings {
    let mut settings = ConsoleSettings::new(url.to_owned().into(), Vault::from_key(&[7; 32]), Egress::new(EgressPolicy::default(), Resolver::System));
    settings.clock = Arc::new(clock.clone());
    settings.kinds = Kinds::new([Arc::clone(obedient) as Arc<dyn ConnectionKind>]);
    settings.heartbeat_limits = limits;
    settings
}

/// A connection of the obedient kind, with a credential.
pub fn connection(name: &str) -> NewConnection {
    serde_json::from_value(json!({
        "name": name, "kind": "obedient", "environment": "production",
        "settings": {"host": "db.example.org"}, "credential": {"password": "open sesame"},
    }))
    .expect("a connection")
}

/// The code an act was refused with.
///
/// # Panics
/// It was not refused.
pub fn refused<T>(result: Result<T, OpsError>) -> String {
    result.err().expect("refused").code().to_string()
}

/// The fields an act was refused for.
///
/// # Panics
/// It was not refused for its fields.
pub fn wrong_fields<T>(result: Result<T, OpsError>) -> Vec<String> {
    match result {
        Err(OpsError::Invalid(errors)) => errors.into_iter().map(|error| error.field).collect(),
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("accepted"),
    }
}

/// An error that another program met.
pub fn reported(message: &str) -> ReportedError {
    ReportedError {
        code: "E1".into(),
        message: message.into(),
        severity: Severity::Error,
        service: "shop".into(),
        environment: None,
        context: json!({}),
        correlation_id: None,
        trace_id: None,
        user_message: None,
        connection_id: None,
        operation: None,
    }
}

/// Passes or fails as it is told, and tells back the password it was given: the runner must redact it.
pub struct Obedient {
    definition: KindDefinition,
    orders: Arc<Orders>,
}

/// What an [`Obedient`] was told.
struct Orders {
    passes: AtomicBool,
    answers: AtomicBool,
    fails_at: OnceLock<&'static str>,
    hurries: watch::Sender<bool>,
    tries: AtomicUsize,
}

impl Obedient {
    fn new() -> Self {
        let fields = vec![
            Field::text("host", "Host").required(),
            Field::port(4000),
            Field::choice("auth", "Authentication", &["password", "none"]),
            Field { invalidates_verification: false, ..Field::text("note", "Note") },
            Field::secret("password", "Password").required().shown_when("auth", &["password"]),
        ];
        let orders = Arc::new(Orders {
            passes: AtomicBool::new(true),
            answers: AtomicBool::new(true),
            fails_at: OnceLock::new(),
            hurries: watch::Sender::new(true),
            tries: AtomicUsize::new(0),
        });
        let [obeys, follows] = [&orders; 2].map(Arc::clone);
        let probes = vec![
            Probe::blocking("obeys", "Obeys", Depth::Heartbeat, move |target| obey(Arc::clone(&obeys), target).boxed()),
            Probe::blocking("follows", "Follows", Depth::Verify, move |target| obey(Arc::clone(&follows), target).boxed()),
        ];
        Self { definition: KindDefinition::new("obedient", "Obedient", "Does as it is told.", fields, probes), orders }
    }

    pub fn pass(&self, passes: bool) {
        self.orders.passes.store(passes, Ordering::SeqCst);
    }

    /// From now on `host` fails whatever the others do.
    ///
    /// # Panics
    /// One does already.
    pub fn fail_at(&self, host: &'static str) {
        self.orders.fails_at.set(host).expect("the first one");
    }

    /// Whether it answers at all, as a service does that can be reached.
    pub fn answer(&self, answers: bool) {
        self.orders.answers.store(answers, Ordering::SeqCst);
    }

    /// Whether it answers at once; what was asked meanwhile waits.
    pub fn hurry(&self, hurries: bool) {
        self.orders.hurries.send_replace(hurries);
    }

    /// How often it was tried.
    pub fn tries(&self) -> usize {
        self.orders.tries.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl ConnectionKind for Obedient {
    fn definition(&self) -> &KindDefinition {
        &self.definition
    }

    fn origins(&self, settings: &Settings) -> Vec<Origin> {
        let port = settings["port"].as_u64().and_then(|port| u16::try_from(port).ok());
        vec![Origin { scheme: "obedient".to_owned(), host: settings["host"].as_str().unwrap_or_default().to_owned(), port }]
    }
}

async fn obey(orders: Arc<Orders>, target: &Target) -> Result<Finding, Failure> {
    orders.tries.fetch_add(1, Ordering::SeqCst);
    orders.hurries.subscribe().wait_for(|hurries| *hurries).await.expect("the test goes on");
    if !orders.answers.load(Ordering::SeqCst) {
        return Err(Failure::new(Cause::TimedOut, "Silence."));
    }
    let told = format!("I was given {}.", target.secret("password").unwrap_or("nothing"));
    let passes = orders.passes.load(Ordering::SeqCst) && orders.fails_at.get() != Some(&target.text("host"));
    if passes { Ok(told.into()) } else { Err(Failure::new(Cause::UnexpectedAnswer, told)) }
}
