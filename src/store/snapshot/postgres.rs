//! The tables of PostgreSQL, each as its `copy` writes it.

use futures_util::TryStreamExt;
use secrecy::SecretString;
use sqlx::AssertSqlSafe;
use sqlx_postgres::{PgConnection, Postgres};
use tokio::sync::mpsc::Sender;

use super::{FORGET, Incoming, Piece, Pieces, Rows, StoreError, StoreResult, compare};
use crate::{
    db::{Db, Pool},
    restores, schema,
    transaction::Transaction,
};
use domain::ids::Id;

const FOLDER: &str = "tables/";

/// Those of this schema, but for the list of migrations, which the program makes.
const TABLES: &str = "select relname::text from pg_class
    where relkind = 'r' and relnamespace = current_schema()::regnamespace and relname <> '_sqlx_migrations' order by relname";
/// Without those that are computed.
const COLUMNS: &str = "select string_agg(quote_ident(attname), ', ' order by attnum) from pg_attribute
    where attrelid = (select oid from pg_class where relname = $1 and relnamespace = current_schema()::regnamespace)
    and attnum > 0 and not attisdropped and attgenerated = ''";
/// What ties tables together, and how it is made again.
const FOREIGN_KEYS: &str = "select format('alter table %s drop constraint %I', conrelid::regclass, conname),
    format('alter table %s add constraint %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid))
    from pg_constraint where contype = 'f' and connamespace = current_schema()::regnamespace";
const FORCED: &str = "select relname::text from pg_class where relforcerowsecurity and relnamespace = current_schema()::regnamespace";
/// Numbers go on after the last that was given.
const SEQUENCES: &str = "select format('select setval(%L, coalesce((select max(%I) from %I), 0) + 1, false)',
        pg_get_serial_sequence(quote_ident(c.relname), a.attname), a.attname, c.relname)
    from pg_attribute a join pg_class c on c.oid = a.attrelid
    where c.relnamespace = current_schema()::regnamespace and c.relkind = 'r' and a.attidentity <> ''";

/// Reads in `transaction`, which sees one moment. Each table begins with a line of its columns.
pub(super) async fn send<T: From<Piece>>(mut transaction: Transaction<Postgres>, to: &Sender<T>) -> StoreResult<Rows> {
    let connection = transaction.connection()?;
    let mut rows = Rows::new();
    for table in sqlx::query_scalar::<_, String>(TABLES).fetch_all(&mut *connection).await? {
        let columns: String = sqlx::query_scalar(COLUMNS).bind(&table).fetch_one(&mut *connection).await?;
        let mut pieces = Pieces::new(format!("{FOLDER}{table}"), to);
        pieces.push(format!("{columns}\n").as_bytes()).await?;
        let mut copied = 0;
        let mut stream = connection.copy_out_raw(&format!("copy {table} ({columns}) to stdout")).await?;
        while let Some(bytes) = stream.try_next().await? {
            // A line break inside of a value is written `\n`.
            copied += bytes.iter().filter(|&&byte| byte == b'\n').count();
            pieces.push(&bytes).await?;
        }
        drop(stream);
        pieces.send().await?;
        rows.insert(table, i64::try_from(copied).unwrap_or(i64::MAX));
    }
    transaction.let_go();
    Ok(rows)
}

/// In one transaction, so that there is all of it or nothing.
///
/// # Errors
/// The database is not empty, or `owner` does not own its tables; what came is not what it says, or not all of it.
pub async fn restore(owner: &SecretString, version: i64, incoming: Incoming) -> StoreResult<Rows> {
    let db = Db::open(owner).await?;
    let restored = restore_into(&db, version, incoming).await;
    db.close().await;
    restored
}

async fn restore_into(db: &Db, version: i64, mut incoming: Incoming) -> StoreResult<Rows> {
    schema::migrate_to(db, version).await?;
    let Pool::Postgres(pool) = &db.writer else { return Err(StoreError::Settings("the backup is one of PostgreSQL".into())) };
    let mut transaction = Transaction::begin(pool.acquire().await?, "begin").await?;
    let connection = transaction.connection()?;
    let tables: Vec<String> = sqlx::query_scalar(TABLES).fetch_all(&mut *connection).await?;
    // Who owns a table sees its rows where row-level security is not forced.
    let forced: Vec<String> = sqlx::query_scalar(FORCED).fetch_all(&mut *connection).await?;
    for table in &forced {
        run(connection, format!("alter table {table} no force row level security")).await?;
    }
    refuse_rows(connection, &tables).await?;
    let foreign_keys: Vec<(String, String)> = sqlx::query_as(FOREIGN_KEYS).fetch_all(&mut *connection).await?;
    for (drop, _) in &foreign_keys {
        run(connection, drop.clone()).await?;
    }
    let rows = copy_in(connection, &tables, &mut incoming).await?;
    let made_at = incoming.made_at;
    compare(&rows, &incoming.end().await?)?;
    for forget in FORGET {
        run(connection, forget.to_owned()).await?;
    }
    sqlx::query(restores::INSERT).bind(Id::<restores::Restore>::new()).bind(made_at).execute(&mut *connection).await?;
    for go_on in sqlx::query_scalar::<_, String>(SEQUENCES).fetch_all(&mut *connection).await? {
        run(connection, go_on).await?;
    }
    for (_, add) in foreign_keys {
        run(connection, add).await?;
    }
    for table in forced {
        run(connection, format!("alter table {table} force row level security")).await?;
    }
    transaction.commit().await?;
    Ok(rows)
}

/// Makes each table full before the next begins.
async fn copy_in(connection: &mut PgConnection, tables: &[String], incoming: &mut Incoming) -> StoreResult<Rows> {
    let mut rows = Rows::new();
    let mut next = incoming.pieces.recv().await;
    while let Some(Piece { name, bytes }) = next.take() {
        let table = name.strip_prefix(FOLDER).filter(|table| tables.iter().any(|known| known == table)).ok_or_else(|| unknown(&name))?;
        let columns: String = sqlx::query_scalar(COLUMNS).bind(table).fetch_one(&mut *connection).await?;
        let lines = bytes.strip_prefix(format!("{columns}\n").as_bytes()).ok_or_else(|| unknown(&name))?;
        let mut copy = connection.copy_in_raw(&format!("copy {table} ({columns}) from stdin")).await?;
        copy.send(lines).await?;
        next = loop {
            match incoming.pieces.recv().await {
                Some(piece) if piece.name == name => copy.send(piece.bytes).await?,
                other => break other,
            };
        };
        rows.insert(table.to_owned(), i64::try_from(copy.finish().await?).unwrap_or(i64::MAX));
    }
    Ok(rows)
}

fn unknown(name: &str) -> StoreError {
    StoreError::Settings(format!("the backup holds {name:?} in a form that this program does not know"))
}

async fn refuse_rows(connection: &mut PgConnection, tables: &[String]) -> StoreResult<()> {
    for table in tables {
        if sqlx::query_scalar(AssertSqlSafe(format!("select exists (select from {table})"))).fetch_one(&mut *connection).await? {
            return Err(StoreError::Settings(format!(
                "the database is not empty: its table {table} has rows; make a new one with `create database` and name it in DATABASE_URL"
            )));
        }
    }
    Ok(())
}

async fn run(connection: &mut PgConnection, statement: String) -> StoreResult<()> {
    Ok(sqlx::raw_sql(AssertSqlSafe(statement)).execute(connection).await.map(drop)?)
}
