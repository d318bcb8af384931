//! How each database goes about what lists, searches and figures ask of tables that grow: by which index.

use std::{mem, time::Duration};

use domain::{
    blast_radius::IncidentWindow, correlation::CorrelationId, error_event::ErrorFilter, error_group::GroupFilter, ids::Id, incident::Incident, rate::Steps,
};
use futures_util::{FutureExt, future::BoxFuture};
use sqlx::{AssertSqlSafe, Row};
use store::{StoreError, TeamDb, db::Pool, error_events, error_groups, incidents::neighbours, rates};
use tracing::subscriber::set_default;

use crate::{statements::Statements, test_console::TestConsole};

type Ask = Box<dyn Fn(TeamDb) -> BoxFuture<'static, Result<(), StoreError>>>;

/// What is asked, and the indexes that it goes by on SQLite and on PostgreSQL.
struct Way {
    what: &'static str,
    ask: Ask,
    sqlite: Vec<&'static str>,
    postgres: Vec<&'static str>,
}

macro_rules! way {
    ($what:literal, $sqlite:expr, $postgres:expr, |$db:ident| $ask:expr) => {
        Way { what: $what, ask: Box::new(move |$db: TeamDb| async move { $ask }.boxed()), sqlite: $sqlite.to_vec(), postgres: $postgres.to_vec() }
    };
}

fn ways(test: &TestConsole) -> Vec<Way> {
    let now = test.now();
    let window = IncidentWindow::of(&Incident::new(now, String::new(), CorrelationId::mint()), now);
    let (from, steps) = (window.since, Steps::over(Duration::from_secs(86_400), now));
    let tried = ["connection_verifications_of_team", "diagnostic_results_of_team"];
    let (by_kind, by_kind_postgres) = (["error_groups_latest (team_id=? AND last_seen>?)", "PRIMARY KEY (group_id=? AND hour>?)"], ["error_groups_latest"]);
    vec![
        way!(
            "errors, and a search among them",
            ["COVERING INDEX error_events_searched (team_id=?)", "sqlite_autoindex_error_events_1 (id=?)"],
            ["error_events_latest", "error_events_pkey"],
            |db| error_events::latest(&db, &ErrorFilter { q: Some("declined".into()), ..ErrorFilter::default() }, None, 50).await.map(drop)
        ),
        way!("what goes under an ID", ["error_events_correlation (correlation_id=?)"], ["error_events_correlation"], |db| {
            error_events::by_correlation(&db, &CorrelationId::mint()).await.map(drop)
        }),
        way!("errors of a kind", ["error_groups_latest (team_id=?)"], ["error_groups_latest"], |db| {
            error_groups::latest(&db, &GroupFilter::default(), None, 50).await.map(drop)
        }),
        way!("hours of a kind", ["PRIMARY KEY (group_id=? AND hour>?)"], ["error_group_hours_pkey"], |db| error_groups::hours_of(&db, Id::new(), from)
            .await
            .map(drop)),
        way!("changes before an incident", ["connection_changes_of_team (team_id=? AND at>? AND at<?)"], ["connection_changes_of_team"], |db| {
            neighbours::changes(&db, from, from, 50).await.map(drop)
        }),
        way!(
            "releases before an incident",
            ["diagnostic_test_runs_latest (team_id=? AND requested_at>? AND requested_at<?)"],
            ["diagnostic_test_runs_latest"],
            |db| neighbours::releases(&db, from, from, 50).await.map(drop)
        ),
        way!("errors beside an incident", ["(team_id=? AND occurred_at>? AND occurred_at<?)"], ["error_events_latest"], |db| {
            neighbours::errors(&db, from, from, 50).await.map(drop)
        }),
        way!("what was tried, by kind", tried, tried, |db| rates::by_kind(&db, from, steps).await.map(drop)),
        way!("what failed most", tried, tried, |db| rates::worst(&db, from, steps, 10).await.map(drop)),
        way!("codes", by_kind, by_kind_postgres, |db| rates::codes(&db, from, steps, 10).await.map(drop)),
        way!("what programs reported", by_kind, by_kind_postgres, |db| rates::reported(&db, from, steps).await.map(drop)),
    ]
}

/// The statement that it comes to.
async fn statement(test: &TestConsole, ask: &Ask) -> String {
    let statements = Statements::default();
    let heard = set_default(statements.clone());
    ask(test.console.db.for_team(test.actor.team)).await.expect("asked");
    drop(heard);
    let all = mem::take(&mut *statements.0.lock().expect("not poisoned"));
    all.into_iter().find(|statement| statement.contains("from ")).expect("a statement")
}

/// For values that are not known, so that none is told apart from others by how often it occurs.
async fn plan(test: &TestConsole, statement: &str) -> String {
    match &test.console.db.writer {
        Pool::Sqlite(pool) => {
            let rows = sqlx::query(AssertSqlSafe(format!("explain query plan {statement}"))).fetch_all(pool).await.expect("a plan");
            rows.iter().map(|row| row.get::<String, _>("detail")).collect::<Vec<_>>().join("\n")
        }
        Pool::Postgres(pool) => {
            let parameters = (1..20).take_while(|number| statement.contains(&format!("${number}"))).count();
            let values = vec!["null"; parameters].join(", ");
            // Of a table with few rows it would read all.
            let before = format!("set enable_seqscan = off; set plan_cache_mode = force_generic_plan; prepare asked as {statement}");
            let mut connection = pool.acquire().await.expect("a connection").detach();
            sqlx::raw_sql(AssertSqlSafe(before)).execute(&mut connection).await.expect("prepared");
            let rows = sqlx::raw_sql(AssertSqlSafe(format!("explain execute asked({values})"))).fetch_all(&mut connection).await.expect("a plan");
            rows.iter().map(|row| row.get::<String, _>(0)).collect::<Vec<_>>().join("\n")
        }
    }
}

#[tokio::test]
async fn what_grows_is_read_by_an_index() {
    let (sqlite, postgres) = (TestConsole::sqlite().await, TestConsole::postgres().await);
    for Way { what, ask, sqlite: by_sqlite, postgres: by_postgres } in ways(&postgres) {
        let asked = statement(&postgres, &ask).await;
        // They differ in how a moment becomes a number of a step.
        let of_sqlite = asked.replace("cast(floor(extract(epoch from ", "(unixepoch(").replace("/ $3) as bigint)", "/ $3)");
        for (test, asked, indexes) in [(&postgres, asked, by_postgres), (&sqlite, of_sqlite, by_sqlite)] {
            let plan = plan(test, &asked).await;
            for index in indexes {
                assert!(plan.contains(index), "{what} on {}, by {index}:\n{plan}", test.database);
            }
        }
    }
}
