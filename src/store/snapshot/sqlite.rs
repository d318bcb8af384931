//! A file of SQLite: SQLite itself writes a copy of it, while others read and write, and the copy travels.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
};

use secrecy::{ExposeSecret, SecretString};
use sqlx::{ConnectOptions, Connection};
use sqlx_sqlite::{SqliteConnectOptions, SqliteConnection, SqlitePool};
use tempfile::NamedTempFile;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    sync::mpsc::Sender,
};

use super::{FORGET, Incoming, PIECE, Piece, Pieces, Rows, SCHEMA_VERSION, StoreError, StoreResult, compare, io};
use crate::{
    restores,
    whole_file::{self, folder_of},
};
use domain::ids::Id;

/// Its name in a snapshot.
const NAME: &str = "database.sqlite";
const TABLES: &str = "select name from sqlite_schema where type = 'table' and name not like 'sqlite\\_%' escape '\\' order by name";
/// What a copy beside the database is called, after the database.
const COPY: &str = ".copy-";
/// What SQLite keeps beside a database, and would take for its latest changes.
const SIDE_FILES: [&str; 3] = ["-wal", "-shm", "-journal"];

/// A whole copy, which goes with it.
pub struct Snapshot {
    copy: NamedTempFile,
    connection: SqliteConnection,
    _lock: File,
}

impl Snapshot {
    pub(super) async fn take(pool: &SqlitePool) -> StoreResult<Self> {
        let options = pool.connect_options();
        let database = options.get_filename();
        let lock = lock(database)?;
        // Empty, it is filled, and stays as private as it is made.
        let copy = draft(database)?;
        let mut connection = options.as_ref().clone().read_only(true).create_if_missing(false).connect().await?;
        sqlx::query("vacuum into $1").bind(copy.path().to_string_lossy()).execute(&mut connection).await?;
        connection.close().await?;
        let connection = SqliteConnectOptions::new().filename(copy.path()).read_only(true).connect().await?;
        Ok(Self { copy, connection, _lock: lock })
    }

    pub(super) async fn schema_version(&mut self) -> StoreResult<i64> {
        Ok(sqlx::query_scalar(SCHEMA_VERSION).fetch_one(&mut self.connection).await?)
    }

    pub(super) async fn send<T: From<Piece>>(mut self, to: &Sender<T>) -> StoreResult<Rows> {
        let rows = count(&mut self.connection).await?;
        let mut file = tokio::fs::File::open(self.copy.path()).await.map_err(io)?;
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
}

/// Held while there is a copy, so that what lies there without it was left by a process that was killed.
fn lock(database: &Path) -> StoreResult<File> {
    let lock = File::create(beside(database, ".copy.lock")).map_err(io)?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(fs::TryLockError::WouldBlock) => {
            Err(StoreError::Settings("another backup or restore of this database is under way; try again when it has ended".into()))
        }
        Err(fs::TryLockError::Error(error)) => Err(io(error)),
    }
}

/// A file beside the database, which its owner alone may read, and which goes unless it is kept.
fn draft(database: &Path) -> StoreResult<NamedTempFile> {
    copies(database).and_then(|left| left.iter().try_for_each(fs::remove_file)).map_err(io)?;
    let prefix = format!("{}{COPY}", name_of(database));
    whole_file::draft(database, &prefix).map_err(io)
}

pub(super) fn remove_left_copies(database: &Path) -> StoreResult<()> {
    let left = copies(database).map_err(io)?;
    if left.is_empty() {
        return Ok(());
    }
    match lock(database) {
        Ok(_lock) => left.iter().try_for_each(fs::remove_file).map_err(io),
        Err(_under_way) => Ok(()),
    }
}

fn copies(database: &Path) -> io::Result<Vec<PathBuf>> {
    let prefix = format!("{}{COPY}", name_of(database));
    let entries: Vec<_> = fs::read_dir(folder_of(database))?.collect::<Result<_, _>>()?;
    Ok(entries.iter().filter(|entry| entry.file_name().to_string_lossy().starts_with(&prefix)).map(fs::DirEntry::path).collect())
}

fn name_of(database: &Path) -> String {
    database.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn beside(database: &Path, suffix: &str) -> PathBuf {
    folder_of(database).join(name_of(database) + suffix)
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
/// There is a database already, or what SQLite keeps beside one; what came is not one, or not all of it; the disk.
pub async fn restore(url: &SecretString, mut incoming: Incoming) -> StoreResult<Rows> {
    let options = url.expose_secret().parse::<SqliteConnectOptions>()?;
    let database = options.get_filename().to_owned();
    fs::create_dir_all(folder_of(&database)).map_err(io)?;
    refuse_another(&database)?;
    let _lock = lock(&database)?;
    let draft = draft(&database)?;
    let mut file = tokio::fs::OpenOptions::new().write(true).open(draft.path()).await.map_err(io)?;
    while let Some(piece) = incoming.pieces.recv().await {
        file.write_all(&piece.bytes).await.map_err(io)?;
    }
    file.sync_all().await.map_err(io)?;
    drop(file);
    let made_at = incoming.made_at;
    let expected = incoming.end().await?;
    let mut connection = SqliteConnectOptions::new().filename(draft.path()).foreign_keys(true).connect().await?;
    let rows = count(&mut connection).await?;
    compare(&rows, &expected)?;
    for forget in FORGET {
        sqlx::query(forget).execute(&mut connection).await?;
    }
    sqlx::query(restores::INSERT).bind(Id::<restores::Restore>::new()).bind(made_at).execute(&mut connection).await?;
    let sound: String = sqlx::query_scalar("pragma integrity_check(1)").fetch_one(&mut connection).await?;
    if sound != "ok" {
        return Err(StoreError::Settings(format!("the database of the backup is damaged: {sound}")));
    }
    connection.close().await?;
    whole_file::keep(draft, &database).map_err(io)?;
    Ok(rows)
}

fn refuse_another(database: &Path) -> StoreResult<()> {
    for suffix in [""].into_iter().chain(SIDE_FILES) {
        let file = beside(database, suffix);
        if file.try_exists().map_err(io)? {
            return Err(StoreError::Settings(format!(
                "there is a database already: {} lies there; while no console runs, move it away with all that begins with its name, or name another one in DATABASE_URL",
                file.display()
            )));
        }
    }
    Ok(())
}
