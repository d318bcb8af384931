//! `switchboard operators`: people who sign in.

use std::io::{BufRead, IsTerminal, stdin};

use clap::Subcommand;
use domain::operator::Role;
use engine::access;
use serde_json::json;

use super::{
    Failure, Loaded, open,
    output::{Output, columns},
};

#[derive(Debug, Subcommand)]
pub enum Operators {
    /// Add a person; the password is the first line of standard input.
    Create {
        /// Their e-mail address, with which they sign in.
        email: String,
        /// viewer, operator or admin
        #[arg(long)]
        role: Role,
        #[arg(long, value_name = "SLUG")]
        team: Option<String>,
    },
    /// The people of a team.
    List {
        #[arg(long, value_name = "SLUG")]
        team: Option<String>,
    },
}

impl Operators {
    pub async fn run(self, loaded: Loaded, out: Output) -> Result<(), Failure> {
        match self {
            Self::Create { email, role, team } => {
                let password = password()?;
                let console = open(loaded).await?;
                let scope = access::command_line(&console, team.as_deref()).await?;
                let operator = access::create_operator(&scope, &email, password.into(), role).await?;
                out.result(&operator, &format!("{} may sign in as {}.", operator.email, operator.role))
            }
            Self::List { team } => {
                let console = open(loaded).await?;
                let scope = access::command_line(&console, team.as_deref()).await?;
                let operators = access::operators(&scope).await?;
                let rows: Vec<_> = operators.iter().map(|person| [person.email.clone(), person.role.to_string(), person.created_at.to_string()]).collect();
                out.result(&json!({ "operators": operators }), &columns(["E-MAIL", "ROLE", "SINCE"], &rows))
            }
        }
    }
}

fn password() -> Result<String, Failure> {
    if stdin().is_terminal() {
        eprintln!("switchboard: type the password and press Enter; it will be shown");
    }
    let mut line = String::new();
    stdin().lock().read_line(&mut line)?;
    let password = line.trim_end_matches(['\r', '\n']).to_owned();
    if password.is_empty() { Err(Failure::Fatal("no password came on standard input; send it as one line".into())) } else { Ok(password) }
}
