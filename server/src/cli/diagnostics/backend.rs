//! Where a run takes place: on the database of this machine, or on a console elsewhere.

use std::{path::Path, time::Duration};

use domain::{
    diagnostic::DiagnosticTestRun,
    folding::fold,
    ids::{ProfileId, RunId},
    listing::{Filter, Sort},
};
use engine::{
    OpsError, Scope, access, connections,
    diagnose::{self, RunRequest, Selection, recover},
};

use super::{Failure, Loaded, Wanted, remote::Remote};
use crate::cli::open;

/// How long one look waits for the end.
const LOOK: Duration = Duration::from_secs(1);

pub enum Backend {
    Local(Box<Scope>),
    Remote(Remote),
}

impl Backend {
    pub async fn local(loaded: Loaded, team: Option<&str>) -> Result<Self, Failure> {
        let console = open(loaded).await?;
        let scope = access::command_line(&console, team).await.map_err(undone)?;
        // Where no server runs, nobody else ends the runs of a command that was killed.
        recover::recover(&console).await.map_err(undone)?;
        Ok(Self::Local(Box::new(scope)))
    }

    pub fn remote(url: &str, token_file: Option<&Path>) -> Result<Self, Failure> {
        Remote::new(url, token_file).map(Self::Remote)
    }

    pub async fn start(&self, wanted: Wanted) -> Result<DiagnosticTestRun, Failure> {
        let mut ids = Vec::new();
        for name in &wanted.connections {
            ids.push(self.named(name, &wanted).await?);
        }
        match self {
            Self::Remote(remote) => remote.start(ids, &wanted).await,
            Self::Local(scope) => {
                let selection = match (ids.is_empty(), wanted.environment) {
                    (false, _) => Selection::Connections(ids),
                    (true, Some(environment)) => Selection::Environment(environment),
                    (true, None) => Selection::All,
                };
                let request = RunRequest { selection, scenarios: wanted.scenarios, release: wanted.release };
                diagnose::request(scope, request).await.map_err(undone)
            }
        }
    }

    /// The run when it has ended, or as it stands after a while.
    pub async fn wait(&self, id: RunId) -> Result<DiagnosticTestRun, Failure> {
        match self {
            Self::Local(scope) => diagnose::wait(scope, id, LOOK).await.map_err(undone),
            Self::Remote(remote) => remote.wait(id).await,
        }
    }

    pub async fn cancel(&self, id: RunId) -> Result<(), Failure> {
        match self {
            Self::Local(scope) => diagnose::cancel(scope, id).await.map(drop).map_err(undone),
            Self::Remote(remote) => remote.cancel(id).await,
        }
    }

    async fn named(&self, name: &str, wanted: &Wanted) -> Result<ProfileId, Failure> {
        if let Ok(id) = name.parse() {
            return Ok(id);
        }
        let found = match self {
            Self::Remote(remote) => remote.named(name, wanted.environment).await?,
            Self::Local(scope) => {
                let filter = Filter { environment: wanted.environment, q: Some(name.to_owned()), ..Filter::default() };
                let page = connections::page_after(scope, &filter, Sort::Name, 200, None).await.map_err(undone)?;
                page.0.into_iter().map(|profile| (profile.id, profile.name, profile.environment.to_string())).collect()
            }
        };
        let same: Vec<_> = found.into_iter().filter(|(_, known, _)| fold(known) == fold(name)).collect();
        match same.as_slice() {
            [(id, ..)] => Ok(*id),
            [] => Err(Failure::Fatal(format!("there is no connection called '{name}'"))),
            several => {
                let places: Vec<_> = several.iter().map(|(_, _, environment)| environment.as_str()).collect();
                Err(Failure::Fatal(format!("'{name}' is in {}: say which with --environment", places.join(" and "))))
            }
        }
    }
}

/// Here a refusal is no answer about the connections: the run could not take place.
fn undone(error: OpsError) -> Failure {
    Failure::Fatal(Failure::from(error).said())
}
