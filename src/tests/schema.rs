//! Both databases have the same tables and columns.

use sqlx::Row;
use store::db::Pool;

use crate::test_console::TestConsole;

const SQLITE: &str = "select t.name, c.name from sqlite_schema t, pragma_table_info(t.name) c
    where t.type = 'table' and t.name not like '\\_%' escape '\\' and t.name not like 'sqlite%' order by t.name, c.name";
const POSTGRES: &str = "select table_name::text, column_name::text from information_schema.columns
    where table_schema = 'public' and table_name not like '\\_%' order by table_name, column_name";

#[tokio::test]
async fn the_two_migration_folders_make_the_same_tables_and_columns() {
    let [sqlite, postgres] = TestConsole::both().await;
    let in_sqlite: Vec<(String, String)> = match &sqlite.console.db.writer {
        Pool::Sqlite(pool) => sqlx::query(SQLITE).fetch_all(pool).await.expect("columns").iter().map(|row| (row.get(0), row.get(1))).collect(),
        Pool::Postgres(_) => panic!("not SQLite"),
    };
    let mut in_postgres: Vec<(String, String)> = match &postgres.console.db.writer {
        Pool::Postgres(pool) => sqlx::query(POSTGRES).fetch_all(pool).await.expect("columns").iter().map(|row| (row.get(0), row.get(1))).collect(),
        Pool::Sqlite(_) => panic!("not PostgreSQL"),
    };
    in_postgres.sort();
    assert_eq!(in_sqlite, in_postgres);
    let names = |folder| {
        let files = std::fs::read_dir(format!("{}/../../migrations/{folder}", env!("CARGO_MANIFEST_DIR"))).expect("migrations");
        let mut names: Vec<_> = files.map(|file| file.expect("a file").file_name()).collect();
        names.sort();
        names
    };
    assert_eq!(names("sqlite"), names("postgres"));
}

#[tokio::test]
async fn every_table_of_people_s_work_carries_its_team() {
    let sqlite = TestConsole::sqlite().await;
    let Pool::Sqlite(pool) = &sqlite.console.db.writer else { panic!("not SQLite") };
    let columns: Vec<(String, String)> = sqlx::query(SQLITE).fetch_all(pool).await.expect("columns").iter().map(|row| (row.get(0), row.get(1))).collect();
    let without_a_team = [
        "teams",
        "operators",
        "sessions",
        "setup_links",
        "heartbeat_nodes",
        "write_checks",
        "master_keys",
        "second_factors",
        "recovery_codes",
        "passkeys",
        "second_factors_given_up",
        "identities",
        "restores",
        "request_hours",
    ];
    for (table, _) in &columns {
        // Tables with many rows carry the key of their team, which is smaller.
        let has_team = ["team_id", "team_key"].iter().any(|column| columns.contains(&(table.clone(), (*column).to_owned())));
        assert_eq!(has_team, !without_a_team.contains(&table.as_str()), "{table}");
    }
}
