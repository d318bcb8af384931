//! `switchboard check-config`: every setting with its value and origin, and what can be tried without changing anything.

use std::{fs, net::TcpListener, path::Path};

use engine::{OpsError, preflight::Preflight};
use serde::Serialize;

use super::{
    Failure, Loaded, chain,
    output::{Output, columns},
};
use crate::settings::{Row, Settings, master_key};

#[derive(Serialize)]
struct Report {
    settings: Vec<Row>,
    checks: Vec<Check>,
    ok: bool,
}

#[derive(Serialize)]
struct Check {
    what: &'static str,
    ok: bool,
    found: String,
}

pub async fn run(loaded: Loaded, out: Output) -> Result<(), Failure> {
    let mut checks: Vec<_> = loaded
        .unknown_variables
        .iter()
        .map(|variable| Check { what: "environment", ok: false, found: format!("{variable} is no setting; correct its name or unset it") })
        .collect();
    match &loaded.settings {
        Ok(settings) => {
            checks.extend([listener(settings), data_dir(&settings.data_dir), key(settings), database(settings).await]);
            checks.extend(administrators(settings).await);
        }
        Err(wrong) => checks.extend(wrong.iter().map(|wrong| Check { what: "settings", ok: false, found: wrong.to_string() })),
    }
    let ok = checks.iter().all(|check| check.ok);
    let rows: Vec<_> = loaded.rows.iter().map(|row| [row.setting.to_owned(), row.value.clone(), row.origin.clone()]).collect();
    let told: Vec<_> = checks.iter().map(|check| format!("{} {}: {}", if check.ok { "ok   " } else { "WRONG" }, check.what, check.found)).collect();
    let text = format!("{}\n\n{}", columns(["SETTING", "VALUE", "FROM"], &rows), told.join("\n"));
    out.result(&Report { settings: loaded.rows, checks, ok }, &text)?;
    if ok { Ok(()) } else { Err(Failure::Fatal("the settings need attention".into())) }
}

/// A port in use is no fault: the server may be running.
fn listener(settings: &Settings) -> Check {
    let (ok, found) = match TcpListener::bind(settings.listen) {
        Ok(_) => (true, format!("{} is free", settings.listen)),
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => (true, format!("{} is in use, by the running console perhaps", settings.listen)),
        Err(error) => (false, format!("{} cannot be listened on: {error}", settings.listen)),
    };
    Check { what: "listen", ok, found }
}

fn data_dir(folder: &Path) -> Check {
    let shown = folder.display();
    let (ok, found) = match fs::metadata(folder) {
        Err(_) => (true, format!("{shown} will be made on the first start")),
        Ok(metadata) if !metadata.is_dir() => (false, format!("{shown} is no folder")),
        Ok(_) => match super::tempfile_in(folder) {
            Ok(()) => (true, format!("{shown} can be written to")),
            Err(error) => (false, format!("{shown} cannot be written to: {error}")),
        },
    };
    Check { what: "data_dir", ok, found }
}

fn key(settings: &Settings) -> Check {
    let (ok, found) = match (settings.master_key, master_key::kept(&settings.data_dir)) {
        (Some(_), _) => (true, "given".to_owned()),
        (None, Ok(Some(_))) => (true, format!("kept in {}", settings.data_dir.join(master_key::FILE).display())),
        (None, Ok(None)) => (true, "will be generated on the first start".to_owned()),
        (None, Err(wrong)) => (false, wrong.to_string()),
    };
    Check { what: "master_key", ok, found }
}

fn is_to_be_made(settings: &Settings) -> bool {
    settings.database_file().is_some_and(|file| !file.exists())
}

async fn database(settings: &Settings) -> Check {
    if is_to_be_made(settings) {
        return Check { what: "database_url", ok: true, found: "the file will be made on the first start".into() };
    }
    match answer(settings).await {
        Ok(found) => Check { what: "database_url", ok: true, found: found.into() },
        Err(error) => Check { what: "database_url", ok: false, found: chain(&error) },
    }
}

/// Whether each team can still be led where passwords are off. A database that cannot be asked has been told of.
async fn administrators(settings: &Settings) -> Option<Check> {
    let provider = settings.identity_provider.as_ref().filter(|provider| provider.only && !is_to_be_made(settings))?;
    let locked_out = Preflight::open(&settings.database_url).await.ok()?.locked_out(provider).await.ok()?;
    let found = if locked_out.is_empty() {
        "administrators of every team are linked to the identity provider".to_owned()
    } else {
        format!("no administrator of {} is linked to the identity provider; set it to no, let one sign in and link, then switch", locked_out.join(", "))
    };
    Some(Check { what: "oidc_only", ok: locked_out.is_empty(), found })
}

/// What a console would find there at its start, rights and master key included.
async fn answer(settings: &Settings) -> Result<&'static str, OpsError> {
    // What is wrong with a key that is kept has been said.
    let vault = settings.known_key().ok().flatten().map(|key| settings.vault(key));
    let has_tables = Preflight::open(&settings.database_url).await?.has_tables(vault.as_ref()).await?;
    Ok(if has_tables { "the database answers" } else { "the database answers; its tables will be made on the first start" })
}
