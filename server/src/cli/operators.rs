//! `switchboard operators`: people who sign in.

use std::io::{BufRead, IsTerminal, stdin};

use clap::Subcommand;
use domain::operator::{Operator, Role};
use engine::access::{
    self,
    accounts::{self, ResetScope},
    members,
};
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
        #[arg(long, value_parser = super::role)]
        role: Role,
        #[arg(long, value_name = "SLUG")]
        team: Option<String>,
    },
    /// Give someone another password, the first line of standard input; their sessions and passkeys end, and the identity provider vouches for them no more.
    ResetPassword {
        email: String,
        /// After a theft: the tokens and invitations that go back to them end too.
        #[arg(long)]
        revoke_tokens: bool,
    },
    /// Take the second factor of someone away who has lost it, with their recovery codes and passkeys; their sessions end.
    ResetSecondFactor { email: String },
    /// Keep someone from signing in; their sessions, passkeys and the tokens they made end.
    Disable { email: String },
    /// Let someone sign in again.
    Enable { email: String },
    /// Remove someone from all teams, with their sessions and the tokens they made.
    Remove { email: String },
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
            Self::ResetPassword { email, revoke_tokens } => {
                let password = password()?;
                let reset_scope = if revoke_tokens { ResetScope::Account } else { ResetScope::Password };
                let left = accounts::reset_password(&open(loaded).await?, &email, password.into(), reset_scope).await?;
                let mut done = format!("{email} has another password, is signed out everywhere, and is linked to no identity provider.");
                if left > 0 {
                    done.push_str(&format!(" Tokens and invitations that go back to them: {left}. Where the account was stolen, --revoke-tokens ends them."));
                }
                out.result(&json!({ "email": email, "reset": true, "tokens_and_invitations": left }), &done)
            }
            Self::ResetSecondFactor { email } => {
                accounts::reset_second_factor(&open(loaded).await?, &email).await?;
                out.result(
                    &json!({ "email": email, "second_factor": false }),
                    &format!("{email} signs in with the password alone, and is signed out everywhere."),
                )
            }
            Self::Disable { email } => {
                accounts::disable(&open(loaded).await?, &email).await?;
                out.result(&json!({ "email": email, "disabled": true }), &format!("{email} cannot sign in any more."))
            }
            Self::Enable { email } => {
                accounts::enable(&open(loaded).await?, &email).await?;
                out.result(&json!({ "email": email, "disabled": false }), &format!("{email} may sign in again."))
            }
            Self::Remove { email } => {
                accounts::remove(&open(loaded).await?, &email).await?;
                out.result(&json!({ "email": email, "removed": true }), &format!("{email} is removed."))
            }
            Self::List { team } => {
                let console = open(loaded).await?;
                let scope = access::command_line(&console, team.as_deref()).await?;
                let operators = members::list(&scope).await?;
                let state = |person: &Operator| if person.disabled_at.is_some() { "disabled" } else { "" }.to_owned();
                let row = |person: &Operator| [person.email.clone(), person.role.to_string(), person.created_at.to_string(), state(person)];
                let rows: Vec<_> = operators.iter().map(row).collect();
                out.result(&json!({ "operators": operators }), &columns(["E-MAIL", "ROLE", "SINCE", "STATE"], &rows))
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
