//! PostgreSQL's own guard: what a unit of work sees and changes by the role that it took and the team that it named, whatever its SQL says.

use std::{fs, net::IpAddr, path::Path, sync::Arc, time::Duration};

use domain::{ids::TeamId, incident::IncidentAction, operator::Role};
use engine::{Console, ConsoleSettings, access, heartbeat, incidents, retention, vault::Vault};
use probes::egress::{Egress, EgressPolicy, Resolver};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection, Row};
use sqlx_postgres::PgConnection;
use store::{
    idempotency,
    log_lines::{self, Said},
    sessions,
};

use crate::{
    diagnose::Patient,
    permissions::seeded::{Seeded, seed},
    services::services,
    sources,
    test_console::{Owned, TestConsole},
};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Their rows are of no team, so that as a team nothing of them can be reached. `_sqlx_migrations` is the owner's alone to write.
const OF_NO_TEAM: [&str; 14] = [
    "_sqlx_migrations",
    "heartbeat_nodes",
    "identities",
    "master_keys",
    "operators",
    "passkeys",
    "recovery_codes",
    "request_hours",
    "restores",
    "second_factors",
    "second_factors_given_up",
    "sessions",
    "setup_links",
    "write_checks",
];

/// What whoever adds a table reads.
const WHAT_TO_WRITE: &str = "the migration that makes a table says who may do what with it, as 0012_row_level_security.sql does for those before it: \
    alter table T enable row level security, force row level security; \
    create policy of_team on T to switchboard_team using (team_id = nullif(current_setting('switchboard.team', true), '')::uuid); \
    create policy spanning on T to switchboard_spanning using (current_user = 'switchboard_spanning'); \
    grant VERBS on T to switchboard_team; grant VERBS on T to switchboard_spanning. \
    A table of no team is named in OF_NO_TEAM, and only granted to switchboard_spanning";

/// Each table: its name, whether its rows are held to, the policies of each role, and whether a team has any right on it.
const CATALOGUE: &str = "select c.relname::text, c.relrowsecurity and c.relforcerowsecurity,
        (select count(*) from pg_policy p where p.polrelid = c.oid and p.polroles = array['switchboard_team'::regrole::oid]
            and pg_get_expr(p.polqual, p.polrelid) like '%switchboard.team%'),
        (select count(*) from pg_policy p where p.polrelid = c.oid and p.polroles = array['switchboard_spanning'::regrole::oid]),
        (select count(*) from pg_policy p where p.polrelid = c.oid and not p.polroles <@ array['switchboard_team'::regrole::oid, 'switchboard_spanning'::regrole::oid]),
        has_table_privilege('switchboard_team', c.oid, 'select, insert, update, delete, truncate, references, trigger')
    from pg_class c where c.relkind in ('r', 'p') and c.relnamespace = 'public'::regnamespace order by c.relname";

async fn superuser(test: &TestConsole) -> PgConnection {
    let server = services().postgres.superuser_url.rsplit_once('/').expect("a database in the address").0;
    PgConnection::connect(&format!("{server}/{}", test.name())).await.expect("PostgreSQL answers")
}

#[tokio::test]
async fn every_table_is_guarded_or_of_no_team() {
    let test = TestConsole::postgres().await;
    let tables = sqlx::query(CATALOGUE).fetch_all(&mut superuser(&test).await).await.expect("the catalogue");
    assert!(tables.len() > OF_NO_TEAM.len());
    for table in tables {
        let (name, forced): (String, bool) = (table.get(0), table.get(1));
        let (of_team, spanning, others, reached): (i64, i64, i64, bool) = (table.get(2), table.get(3), table.get(4), table.get(5));
        if OF_NO_TEAM.contains(&name.as_str()) {
            assert!(!reached, "a team has rights on {name}, which is of no team; {WHAT_TO_WRITE}");
        } else {
            assert!(forced && of_team >= 1 && spanning == 1 && others == 0, "{name} is not guarded: {WHAT_TO_WRITE}");
        }
    }
}

/// A console whose user owns nothing, with rows of the first team in every table.
async fn full() -> (Owned, Seeded) {
    let mut owned = TestConsole::postgres_of_an_owner().await;
    let test = &mut owned.test;
    let seeded = seed(test, Arc::new(Patient::new())).await;
    engine::notify::mark_read(&test.scope(), seeded.notification).await.expect("read");
    // It is told on the channel.
    incidents::apply(&test.scope(), seeded.incident, IncidentAction::Acknowledge, None).await.expect("acknowledged");
    test.pass_time(DAY * 2).await;
    heartbeat::retention::roll_up(&test.console).await.expect("rolled up");
    access::create_operator(&test.scope(), "bea@example.org", "a long enough password".to_owned().into(), Role::Viewer).await.expect("an operator");
    let said = Said { correlation_id: "said-1".into(), team: Some(test.actor.team), lines: Vec::new() };
    let mut tx = test.console.db.begin().await.expect("begun");
    log_lines::insert(&mut tx, &[said], test.now()).await.expect("a row");
    tx.commit().await.expect("committed");
    let db = test.console.db.for_team(test.actor.team);
    assert!(idempotency::begin(&db, "key", b"hash", test.now()).await.expect("begun").is_none());
    (owned, seeded)
}

/// The tables that rows of a team are in, each with one of them.
async fn guarded(connection: &mut PgConnection) -> Vec<(String, Value)> {
    let tables = sqlx::query(CATALOGUE).fetch_all(&mut *connection).await.expect("the catalogue");
    let mut guarded = Vec::new();
    for name in tables.iter().map(|table| table.get::<String, _>(0)).filter(|name| !OF_NO_TEAM.contains(&name.as_str())) {
        let row = sqlx::query_scalar(AssertSqlSafe(format!("select to_jsonb(t) from {name} t limit 1")));
        let row: Option<Value> = row.fetch_optional(&mut *connection).await.expect("read");
        let row = row.unwrap_or_else(|| panic!("there is nothing in {name} that could be seen: give it a row in `full`"));
        guarded.push((name, row));
    }
    guarded
}

/// How many rows it met as `role` with `team`; none where it was not allowed at all.
async fn met(connection: &mut PgConnection, role: Option<&str>, team: Option<TeamId>, sql: &str, row: Option<&Value>) -> u64 {
    let mut tx = connection.begin().await.expect("begun");
    if let Some(role) = role {
        sqlx::raw_sql(AssertSqlSafe(format!("set local role {role}"))).execute(&mut *tx).await.expect("a role it may take");
    }
    if let Some(team) = team {
        sqlx::raw_sql(AssertSqlSafe(format!("set local switchboard.team = '{}'", team.as_uuid()))).execute(&mut *tx).await.expect("a team");
    }
    let query = sqlx::query(AssertSqlSafe(sql.to_owned()));
    let query = if let Some(row) = row { query.bind(row.clone()) } else { query };
    let met = match query.execute(&mut *tx).await {
        Ok(done) => done.rows_affected(),
        Err(sqlx::Error::Database(fault)) if fault.code().as_deref() == Some("42501") => 0,
        Err(other) => panic!("{sql}: {other}"),
    };
    tx.rollback().await.expect("rolled back");
    met
}

#[tokio::test]
async fn with_another_team_or_none_no_row_of_any_table_is_seen_or_changed() {
    let (owned, _) = full().await;
    let (mine, other) = (owned.test.actor.team, TeamId::new());
    let mut all = superuser(&owned.test).await;
    let tables = guarded(&mut all).await;
    for url in [&owned.owner_url, &owned.server_url] {
        let mut connection = PgConnection::connect(url).await.expect("PostgreSQL answers");
        for (table, row) in &tables {
            // An identity takes no value.
            let column = row.as_object().and_then(|row| row.keys().find(|column| *column != "key")).expect("a column");
            let read = format!("select from {table}");
            let change = format!("update {table} set {column} = {column}");
            let remove = format!("delete from {table}");
            let add = format!("insert into {table} overriding system value select (jsonb_populate_record(null::{table}, $1)).*");
            assert!(met(&mut connection, Some("switchboard_team"), Some(mine), &read, None).await > 0, "{table}: its own are seen");
            let roles = [(Some("switchboard_team"), Some(other)), (Some("switchboard_team"), None), (None, Some(other)), (None, None)];
            for (role, team) in roles {
                for sql in [&read, &change, &remove] {
                    assert_eq!(met(&mut connection, role, team, sql, None).await, 0, "as {role:?} with {team:?}: {sql}");
                }
                assert_eq!(met(&mut connection, role, team, &add, Some(row)).await, 0, "as {role:?} with {team:?}: {add}");
            }
        }
    }
}

#[tokio::test]
async fn across_teams_nothing_is_done_but_what_the_work_needs() {
    let (owned, _) = full().await;
    let mut connection = PgConnection::connect(&owned.server_url).await.expect("PostgreSQL answers");
    let spanning = Some("switchboard_spanning");
    let mut met = async |sql: &str| met(&mut connection, spanning, None, sql, None).await;
    assert!(met("select from service_connection_profiles").await > 0, "claims read connections");
    assert_eq!(met("delete from service_connection_profiles").await, 0);
    assert_eq!(met("delete from audit_entries").await, 0);
    assert_eq!(met("update connection_changes set actor = 'somebody'").await, 0);
    assert_eq!(met("update incident_timeline set text = ''").await, 0);
    assert_eq!(met("update _sqlx_migrations set success = false").await, 0);
    for table in ["api_tokens", "invitations"] {
        assert_eq!(met(&format!("insert into {table} select * from {table}")).await, 0, "{table} lead into a team, and are made there");
    }
}

/// Their rows are of no team.
const READ_ACROSS_TEAMS: [&str; 2] = ["operators.rs", "teams.rs"];

#[test]
fn what_reads_the_rows_of_one_team_takes_its_handle() {
    let store = Path::new(env!("CARGO_MANIFEST_DIR")).join("../store");
    let mut read = 0;
    for file in sources::files(&store).into_iter().filter(|file| !READ_ACROSS_TEAMS.iter().any(|name| file.ends_with(name))) {
        let text = fs::read_to_string(&file).expect("text");
        for line in text.lines().filter(|line| line.contains("fn ") && line.contains("db: &Db")) {
            read += 1;
            let (arguments, _answer) = line.split_once("->").unwrap_or((line, ""));
            assert!(!arguments.contains(": TeamId"), "{} reads for one team with the rights of all: {line}", file.display());
        }
    }
    assert!(read > 20, "{read} functions that read across teams");
}

#[tokio::test]
async fn a_user_that_owns_nothing_runs_the_console() {
    let (owned, seeded) = full().await;
    let test = &owned.test;
    assert_eq!(test.status(&seeded.watched).await, "incident");
    let token = access::setup_link_token(&test.console).await.expect("asked");
    assert!(token.is_none(), "somebody can sign in");
    let signed_in =
        access::sign_in(&test.console, "bea@example.org", "a long enough password".to_owned().into(), IpAddr::from([127, 0, 0, 1])).await.expect("in");
    assert_eq!(signed_in.completed().expect("no second factor").team, test.actor.team);
    let ends = test.now() + DAY;
    assert!(sessions::insert(&test.console.db, "one", None, &json!({}), ends).await.expect("inserted"));
    assert!(sessions::load(&test.console.db, "one", test.now()).await.expect("loaded").is_some());
    test.advance(DAY * 4_000);
    retention::prune(&test.console).await.expect("pruned");
    heartbeat::retention::sweep(&test.console).await.expect("swept");
    engine::evidence::retention::prune_and_sweep(&test.console).await.expect("pruned");
    assert_eq!(test.notified().await, 0);
}

#[tokio::test]
async fn a_user_that_may_not_take_the_roles_is_told_what_an_administrator_runs() {
    let (url, user) = TestConsole::postgres_of_a_stranger().await;
    let settings = ConsoleSettings::new(url.into(), Vault::from_key(&[7; 32]), Egress::new(EgressPolicy::default(), Resolver::System));
    let refused = Console::open(settings).await.err().expect("refused");
    let said = engine::error::chain(&refused);
    assert!(
        said.contains("create role switchboard_team nologin") && said.contains(&format!("grant switchboard_team, switchboard_spanning to {user};")),
        "{said}"
    );
}

#[tokio::test]
async fn tables_in_a_schema_named_after_the_login_are_found() {
    let mut test = TestConsole::postgres_in_a_schema_of_its_own().await;
    let seeded = seed(&mut test, Arc::new(Patient::new())).await;
    assert_eq!(test.status(&seeded.watched).await, "incident");
    let public: i64 = sqlx::query_scalar("select count(*) from pg_class where relnamespace = 'public'::regnamespace")
        .fetch_one(&mut superuser(&test).await)
        .await
        .expect("the catalogue");
    assert_eq!(public, 0, "there is nothing in public that could be found instead");
}
