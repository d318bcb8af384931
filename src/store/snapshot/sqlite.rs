//! A file of SQLite: SQLite itself writes a copy of it, while others read and write, and the copy travels.

use std::{
    fs::{self, File},
    io::ErrorKind,
    path::{Path, PathBuf},
};

use secrecy::{ExposeSecret, SecretString};
use sqlx::{ConnectOptions, Connection, SqliteConnection, SqlitePool, sqlite::SqliteConnectOptions};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    sync::mpsc::Sender,
};

use super::{FORGET, Incoming, PIECE, Piece, Pieces, Rows, StoreError, StoreResult, compare, io};

const NAME: &str = "database.sqlite";
const TABLES: &str = "select name from sqlite_schema where type = 'table' and name not like 'sqlite\\_%' escape '\\' order by name";

/// A file beside the database, as private as that is.
fn beside(database: &Path, suffix: &str) -> PathBuf {
    let mut name = database.file_name().unwrap_or_default().to_owned();
    name.push(suffix);
    database.with_file_name(name)
}

pub(super) async fn copy_out(pool: &SqlitePool, to: &Sender<Piece>) -> StoreResult<Rows> {
    let options = pool.connect_options();
    let database = options.get_filename();
    // Held until the copy is gone, so that what lies there without it was left by a process that was killed.
    let lock = File::create(beside(database, ".backup-lock")).map_err(io)?;
    if lock.try_lock().is_err() {
        return Err(StoreError::Settings("another backup of this database is under way; try again when it has ended".into()));
    }
    let copy = Copy::new(beside(database, ".backup"))?;
    let mut connection = options.as_ref().clone().read_only(true).create_if_missing(false).connect().await?;
    sqlx::query("vacuum into $1").bind(copy.0.to_string_lossy()).execute(&mut connection).await?;
    connection.close().await?;
    let rows = count(&mut SqliteConnectOptions::new().filename(&copy.0).read_only(true).connect().await?).await?;
    let mut file = tokio::fs::File::open(&copy.0).await.map_err(io)?;
    let mut pieces = Pieces::new(NAME.into(), to);
    let mut bytes = vec![0; PIECE];
    loop {
        match file.read(&mut bytes).await.map_err(io)? {
            0 => break,
            read => pieces.push(&bytes[..read]).await?,
        }
    }
    pieces.send().await?;
    Ok(rows)
}

/// A file that goes with its owner.
struct Copy(PathBuf);

impl Copy {
    /// Removes what a process left that was killed.
    fn new(path: PathBuf) -> StoreResult<Self> {
        match fs::remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(io(error)),
            _ => Ok(Self(path)),
        }
    }
}

impl Drop for Copy {
    fn drop(&mut self) {
        // Left behind, it is removed by the next backup.
        let _ = fs::remove_file(&self.0);
    }
}

async fn count(connection: &mut SqliteConnection) -> StoreResult<Rows> {
    let mut rows = Rows::new();
    for table in sqlx::query_scalar::<_, String>(TABLES).fetch_all(&mut *connection).await? {
        let counted = sqlx::AssertSqlSafe(format!("select count(*) from \"{table}\""));
        rows.insert(table, sqlx::query_scalar(counted).fetch_one(&mut *connection).await?);
    }
    Ok(rows)
}

/// Puts the file in its place when it is whole, and not before: killed at any point, there is no database, or a restored one.
///
/// # Errors
/// There is a database already; what came is not one, or not all of it; the disk.
pub async fn restore(url: &SecretString, mut incoming: Incoming) -> StoreResult<Rows> {
    let options = url.expose_secret().parse::<SqliteConnectOptions>()?;
    let database = options.get_filename().to_owned();
    if database.try_exists().map_err(io)? {
        return Err(StoreError::Settings(format!(
            "there is a database already: {}; move it away, with its -wal and -shm, while no console runs, or name another one in DATABASE_URL",
            database.display()
        )));
    }
    let draft = Copy::new(beside(&database, ".restoring"))?;
    let mut file = tokio::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft.0).await.map_err(io)?;
    while let Some(piece) = incoming.pieces.recv().await {
        file.write_all(&piece.bytes).await.map_err(io)?;
    }
    let expected = incoming.end().await?;
    file.sync_all().await.map_err(io)?;
    drop(file);
    let mut connection = SqliteConnectOptions::new().filename(&draft.0).foreign_keys(true).connect().await?;
    let rows = count(&mut connection).await?;
    compare(&rows, &expected)?;
    for forget in FORGET {
        sqlx::query(forget).execute(&mut connection).await?;
    }
    let sound: String = sqlx::query_scalar("pragma integrity_check(1)").fetch_one(&mut connection).await?;
    if sound != "ok" {
        return Err(StoreError::Settings(format!("the database of the backup is damaged: {sound}")));
    }
    connection.close().await?;
    // A link fails where a rename would replace what somebody has put there meanwhile.
    fs::hard_link(&draft.0, &database).map_err(io)?;
    if let Some(folder) = database.parent() {
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(io)?;
    }
    Ok(rows)
}
