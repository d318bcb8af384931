//! `switchboard diagnostics run`: the gate of a release pipeline.
//!
//! Exit codes: 0 passed, 1 a blocking scenario failed, 2 it could not be run to its end.

use std::{
    fs,
    io::{IsTerminal, Write, stderr, stdout},
    path::PathBuf,
};

use clap::{Args, Subcommand};
use domain::{
    diagnostic::{DiagnosticTestRun, RunStatus, Verdict},
    environment::Environment,
    verification::StepOutcome,
};

use super::{Failure, Loaded, output::Output};

mod backend;
mod junit;
mod remote;
mod table;

use backend::Backend;

#[derive(Debug, Subcommand)]
pub enum Diagnostics {
    /// Run every scenario of connections: those named, those of --environment, or all.
    Run(Box<Run>),
}

#[derive(Debug, Args)]
pub struct Run {
    /// Name or id; may be given several times.
    #[arg(long, value_name = "NAME|ID")]
    connection: Vec<String>,
    /// Only this scenario; may be given several times.
    #[arg(long, value_name = "ID")]
    scenario: Vec<String>,
    /// The release it is run for; kept with the run.
    #[arg(long, value_name = "TEXT")]
    release: Option<String>,
    /// Write a JUnit report too.
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// Run it on this console instead of here; the token comes from SWITCHBOARD_TOKEN or --token-file.
    #[arg(long, value_name = "URL")]
    server: Option<String>,
    #[arg(long, value_name = "FILE", requires = "server")]
    token_file: Option<PathBuf>,
    #[arg(long, value_name = "SLUG", conflicts_with = "server")]
    team: Option<String>,
}

/// What is to be run, in words of both backends.
pub struct Wanted {
    pub connections: Vec<String>,
    pub environment: Option<Environment>,
    pub scenarios: Option<Vec<String>>,
    pub release: Option<String>,
}

impl Diagnostics {
    /// `environment` is the flag of that name, which here says whose connections are meant.
    pub async fn run(self, loaded: Loaded, out: Output, environment: Option<String>) -> Result<(), Failure> {
        let Self::Run(run) = self;
        let environment = environment
            .map(|text| text.parse().map_err(|_| Failure::Fatal(format!("there is no environment '{text}'; write development, staging or production"))));
        let wanted = Wanted {
            // As names are kept.
            connections: run.connection.iter().map(|name| name.trim().to_owned()).collect(),
            environment: environment.transpose()?,
            scenarios: (!run.scenario.is_empty()).then_some(run.scenario),
            release: run.release,
        };
        let backend = match &run.server {
            Some(url) => Backend::remote(url, run.token_file.as_deref())?,
            None => Backend::local(loaded, run.team.as_deref()).await?,
        };
        let ended = follow(&backend, wanted).await?;
        let colour = stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        out.painted(&ended, &table::of(&ended, colour))?;
        if let Some(file) = &run.junit {
            fs::write(file, junit::of(&ended)?).map_err(|error| Failure::Fatal(format!("{} cannot be written: {error}", file.display())))?;
        }
        judged(&ended)
    }
}

async fn follow(backend: &Backend, wanted: Wanted) -> Result<DiagnosticTestRun, Failure> {
    let mut run = backend.start(wanted).await?;
    while !run.status.is_finished() {
        if stderr().is_terminal() {
            write!(stderr(), "\r{} of {} scenarios", run.counts.total(), run.planned)?;
        }
        tokio::select! {
            now = backend.wait(run.id) => run = now?,
            _ = tokio::signal::ctrl_c() => {
                backend.cancel(run.id).await?;
                return Err(Failure::Fatal(format!("cancelled: run {}", run.id)));
            }
        }
    }
    if stderr().is_terminal() {
        write!(stderr(), "\r\u{1b}[K")?;
    }
    Ok(run)
}

fn judged(run: &DiagnosticTestRun) -> Result<(), Failure> {
    let failed = |outcome| run.results.iter().filter(move |result| result.outcome == outcome);
    match (run.verdict, run.status) {
        (Some(Verdict::Pass), _) => Ok(()),
        (_, RunStatus::Failed) if run.counts.failed > 0 => {
            let told: Vec<_> = failed(StepOutcome::Failed)
                .map(|result| format!("{}: {}: {} {}", result.connection_name, result.title, result.found, result.remediation))
                .collect();
            let count = if told.len() == 1 { "1 blocking scenario".into() } else { format!("{} blocking scenarios", told.len()) };
            Err(Failure::Negative(format!("blocked: {count} failed\n{}", told.join("\n"))))
        }
        (_, RunStatus::Failed) => Err(Failure::Fatal(format!("blocked: {}", run.evidence_lost.as_deref().unwrap_or("not every scenario was run")))),
        _ => Err(Failure::Fatal(format!("blocked: the run was interrupted. {}", run.note.as_deref().unwrap_or_default()))),
    }
}
