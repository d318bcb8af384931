//! `switchboard tokens`: keys of programs to the HTTP API.

use clap::Subcommand;
use domain::{ids::ApiTokenId, operator::Role};
use engine::access;
use secrecy::ExposeSecret;
use serde_json::json;

use super::{
    Failure, Loaded, open,
    output::{Output, columns},
};

#[derive(Debug, Subcommand)]
pub enum Tokens {
    /// Make a token and print it, once and alone.
    Create {
        /// What the token is for; unique in its team.
        name: String,
        /// viewer, operator or admin
        #[arg(long)]
        role: Role,
        #[arg(long, value_name = "SLUG")]
        team: Option<String>,
    },
    /// The tokens of a team, without their secrets.
    List {
        #[arg(long, value_name = "SLUG")]
        team: Option<String>,
    },
    /// End a token.
    Revoke {
        /// Its name or id.
        token: String,
        #[arg(long, value_name = "SLUG")]
        team: Option<String>,
    },
}

impl Tokens {
    pub async fn run(self, loaded: Loaded, out: Output) -> Result<(), Failure> {
        let console = open(loaded).await?;
        match self {
            Self::Create { name, role, team } => {
                let scope = access::command_line(&console, team.as_deref()).await?;
                let (token, secret) = access::issue_token(&scope, &name, role).await?;
                let secret = secret.expose_secret();
                out.result(&json!({ "id": token.id, "name": token.name, "role": token.role, "token": secret }), secret)
            }
            Self::List { team } => {
                let scope = access::command_line(&console, team.as_deref()).await?;
                let tokens = access::tokens(&scope).await?;
                let used = |at: Option<_>| at.map_or_else(|| "never".to_owned(), |at: domain::time::Timestamp| at.to_string());
                let rows: Vec<_> = tokens
                    .iter()
                    .map(|token| [token.name.clone(), token.role.to_string(), format!("{}…", token.prefix), used(token.last_used_at), token.id.to_string()])
                    .collect();
                out.result(&json!({ "tokens": tokens }), &columns(["NAME", "ROLE", "TOKEN", "LAST USED", "ID"], &rows))
            }
            Self::Revoke { token, team } => {
                let scope = access::command_line(&console, team.as_deref()).await?;
                let named = access::tokens(&scope).await?.into_iter().find(|known| known.name == token).map(|known| known.id);
                let id: ApiTokenId = named.or_else(|| token.parse().ok()).ok_or_else(|| Failure::Negative(format!("There is no token called '{token}'.")))?;
                access::revoke_token(&scope, id).await?;
                out.result(&json!({ "revoked": id }), &format!("Revoked {token}."))
            }
        }
    }
}
