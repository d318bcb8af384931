//! The command line: results on standard output, everything else on standard error.
//!
//! Exit codes: 0 done, 1 the answer is no, 2 it could not be done, 3 done, but nobody vouches for it.

use std::{env, fs, os::unix::fs::DirBuilderExt, path::Path, process::ExitCode};

use clap::{Args, Parser, Subcommand};
use domain::{error::UserError, operator::Role};
use engine::{Console, OpsError, error::chain};

use crate::{
    log,
    settings::{Input, Loaded, SettingError, Settings, master_key},
    state::open_console,
    traces::Traces,
};

mod audit;
mod backup;
mod check_config;
mod diagnostics;
mod evidence;
mod heartbeat;
mod keys;
mod operators;
mod output;
mod post_mortem;
mod runbooks;
mod serve;
mod tokens;

/// An operations console for the services that a product depends on.
#[derive(Debug, Parser)]
#[command(name = "switchboard", version, arg_required_else_help = true)]
pub struct Cli {
    #[command(flatten)]
    flags: Flags,
    /// Print results as JSON.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

/// Settings; each may also be an environment variable or stand in the settings file.
#[derive(Debug, Args)]
#[command(next_help_heading = "Settings")]
struct Flags {
    /// TOML file with settings [env: SWITCHBOARD_CONFIG]
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<String>,
    /// Address and port to listen on; port 0 picks a free one [env: SWITCHBOARD_LISTEN, PORT]
    #[arg(long, global = true, value_name = "ADDRESS")]
    listen: Option<String>,
    /// What people type to open the console; https makes its cookie secure [env: SWITCHBOARD_PUBLIC_URL]
    #[arg(long, global = true, value_name = "URL")]
    public_url: Option<String>,
    /// development, staging or production [env: SWITCHBOARD_ENVIRONMENT]
    #[arg(long, global = true, value_name = "NAME")]
    environment: Option<String>,
    /// Folder for the database and a generated key [env: SWITCHBOARD_DATA_DIR]
    #[arg(long, global = true, value_name = "FOLDER")]
    data_dir: Option<String>,
    /// sqlite://… or postgres://… [env: DATABASE_URL]
    #[arg(long, global = true, value_name = "URL")]
    database_url: Option<String>,
    /// Address ranges that connections may reach beyond the default [env: SWITCHBOARD_EGRESS_ALLOW]
    #[arg(long, global = true, value_name = "RANGES")]
    egress_allow: Option<String>,
    /// Of connections that name none [env: SERVICE_HEARTBEAT_INTERVAL_SECONDS]
    #[arg(long, global = true, value_name = "SECONDS")]
    heartbeat_interval_seconds: Option<String>,
    /// How long a verification allows activation [env: SWITCHBOARD_VERIFICATION_TTL_SECONDS]
    #[arg(long, global = true, value_name = "SECONDS")]
    verification_ttl_seconds: Option<String>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the console.
    Serve,
    /// Bring the database up to date.
    Migrate,
    /// Show every setting and try what can be tried.
    CheckConfig,
    /// API tokens, for programs.
    #[command(subcommand)]
    Tokens(tokens::Tokens),
    /// Try connections in full, and obey the verdict: 0 passed, 1 a blocking scenario failed, 2 could not run.
    #[command(subcommand)]
    Diagnostics(diagnostics::Diagnostics),
    /// Try every active connection once, for cron: 0 all passed, 1 some failed, 2 could not be done.
    Heartbeat(heartbeat::Heartbeat),
    /// What diagnostics kept.
    #[command(subcommand)]
    Evidence(evidence::Evidence),
    /// Who did what, and whether the log of it is sound.
    #[command(subcommand)]
    Audit(audit::Audit),
    /// The master key, under which credentials are sealed.
    #[command(subcommand)]
    Keys(keys::Keys),
    /// Write everything to one encrypted file, while the console is being used.
    Backup(backup::Backup),
    /// Put a backup into a database that is empty.
    Restore(backup::Restore),
    /// What was learned of incidents.
    #[command(subcommand)]
    PostMortem(post_mortem::PostMortem),
    /// Operators, for people.
    #[command(subcommand)]
    Operators(operators::Operators),
    /// Written procedures.
    #[command(subcommand)]
    Runbooks(runbooks::Runbooks),
}

/// Why a command did not do what it was asked.
#[derive(Debug)]
pub enum Failure {
    /// The answer is no.
    Negative(String),
    /// It could not be done.
    Fatal(String),
    /// It looks well, but who vouches for it is not known.
    Unproven(String),
}

impl Failure {
    /// What is said of it, however it ends.
    pub fn said(self) -> String {
        let (Self::Negative(said) | Self::Fatal(said) | Self::Unproven(said)) = self;
        said
    }
}

impl From<OpsError> for Failure {
    fn from(error: OpsError) -> Self {
        let shown = UserError::new(error.code(), None);
        match error {
            OpsError::Refused(_) => Self::Negative(shown.in_full()),
            OpsError::Invalid(fields) => {
                let fields: Vec<_> = fields.iter().map(|field| format!("{}: {}", field.field, field.message)).collect();
                Self::Fatal(fields.join("\n"))
            }
            error => Self::Fatal(error.wrong_setting().map_or_else(|| format!("{} ({})", shown.message(), chain(&error)), str::to_owned)),
        }
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::Fatal(format!("standard input or output failed: {error}"))
    }
}

impl From<Vec<SettingError>> for Failure {
    fn from(wrong: Vec<SettingError>) -> Self {
        Self::Fatal(wrong.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
    }
}

impl From<SettingError> for Failure {
    fn from(wrong: SettingError) -> Self {
        Self::Fatal(wrong.to_string())
    }
}

impl Cli {
    /// Does what was asked and says how it went.
    pub async fn run(self) -> ExitCode {
        let environment = self.flags.environment.clone();
        let loaded = Settings::load(&self.flags.into_input());
        let traces = match (&self.command, &loaded.settings) {
            (Command::Serve, Ok(settings)) => settings.otlp_endpoint.as_ref().map(Traces::to).transpose(),
            _ => Ok(None),
        };
        let level = if matches!(self.command, Command::Serve) { "info" } else { "warn" };
        log::start(level, traces.as_ref().ok().and_then(Option::as_ref));
        log::panics();
        let out = output::Output { json: self.json };
        let outcome = match self.command {
            Command::CheckConfig => check_config::run(loaded, out).await,
            Command::Serve => serve_with(loaded, traces).await,
            Command::Migrate => migrate(loaded, out).await,
            Command::Tokens(command) => command.run(loaded, out).await,
            Command::Diagnostics(command) => command.run(loaded, out, environment).await,
            Command::Heartbeat(command) => command.run(loaded, out).await,
            Command::Evidence(command) => command.run(loaded, out).await,
            Command::Audit(command) => command.run(loaded, out).await,
            Command::Keys(command) => command.run(loaded, out).await,
            Command::Backup(command) => command.run(loaded, out).await,
            Command::Restore(command) => command.run(loaded, out).await,
            Command::PostMortem(command) => command.run(loaded, out).await,
            Command::Operators(command) => command.run(loaded, out).await,
            Command::Runbooks(command) => command.run(out),
        };
        match outcome {
            Ok(()) => ExitCode::SUCCESS,
            Err(Failure::Negative(said)) => failed(&said, 1),
            Err(Failure::Fatal(said)) => failed(&said, 2),
            Err(Failure::Unproven(said)) => failed(&said, 3),
        }
    }
}

impl Flags {
    fn into_input(self) -> Input {
        let given = [
            ("listen", self.listen),
            ("public_url", self.public_url),
            ("environment", self.environment),
            ("data_dir", self.data_dir),
            ("database_url", self.database_url),
            ("egress_allow", self.egress_allow),
            ("heartbeat_interval_seconds", self.heartbeat_interval_seconds),
            ("verification_ttl_seconds", self.verification_ttl_seconds),
        ];
        let flags = given.into_iter().filter_map(|(key, value)| Some((key, value?))).collect();
        let environment = env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?))).collect();
        Input { flags, environment, file: self.config }
    }
}

fn role(text: &str) -> Result<Role, String> {
    text.parse().map_err(|_| "it is viewer, operator or admin".to_owned())
}

fn failed(said: &str, code: u8) -> ExitCode {
    for line in output::printable(said).lines() {
        eprintln!("switchboard: {line}");
    }
    ExitCode::from(code)
}

async fn serve_with(loaded: Loaded, traces: Result<Option<Traces>, SettingError>) -> Result<(), Failure> {
    for variable in &loaded.unknown_variables {
        tracing::warn!(variable, "looks like a setting and is none; `switchboard check-config` prints them all");
    }
    serve::serve(loaded.settings?, traces?).await
}

async fn migrate(loaded: Loaded, out: output::Output) -> Result<(), Failure> {
    open(loaded).await?;
    out.result(&serde_json::json!({ "migrated": true }), "The database is up to date.")
}

/// The console of a command: on the same database as the server, which may be running. It is made if it is missing.
async fn open(loaded: Loaded) -> Result<Console, Failure> {
    prepare(&loaded.settings?).await
}

/// The same for a command that tells of the console's keys: in a mistyped folder it would tell of one that was just made.
async fn open_existing(loaded: Loaded) -> Result<Console, Failure> {
    let settings = loaded.settings?;
    let is_there = settings.known_key()?.is_some() && settings.database_file().is_none_or(Path::exists);
    if !is_there {
        let folder = settings.data_dir.display();
        return Err(Failure::Fatal(format!("there is no console in {folder}; name its folder with --data-dir, as it was given to `switchboard serve`")));
    }
    prepare(&settings).await
}

/// Makes the data directory and the key if they are missing, and opens the console.
///
/// # Errors
/// A folder that cannot be written to; a database that does not answer.
async fn prepare(settings: &Settings) -> Result<Console, Failure> {
    let folder = &settings.data_dir;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).and_then(|()| tempfile_in(folder)).map_err(|error| {
        Failure::Fatal(format!("the data directory {} cannot be written to: {error}; set SWITCHBOARD_DATA_DIR to one that can", folder.display()))
    })?;
    let key = settings.master_key.map_or_else(|| master_key::kept_or_made(folder), Ok)?;
    open_console(settings, key).await.map_err(|error| match error {
        OpsError::Settings(wrong) => Failure::Fatal(wrong),
        error => Failure::Fatal(format!("the database could not be opened: {}; check DATABASE_URL", Failure::from(error).said())),
    })
}

fn tempfile_in(folder: &Path) -> std::io::Result<()> {
    let probe = folder.join(format!(".write-test.{}", std::process::id()));
    fs::write(&probe, b"")?;
    fs::remove_file(probe)
}
