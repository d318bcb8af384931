//! `switchboard tokens`: keys of programs to the HTTP API.

use std::{collections::BTreeSet, time::Duration};

use clap::Subcommand;
use domain::{
    environment::Environment,
    folding::fold,
    ids::ApiTokenId,
    operator::{ApiToken, Role},
    permission::Permission,
};
use engine::access::{
    self,
    tokens::{self, NewToken},
};
use secrecy::ExposeSecret;
use serde_json::json;
use strum::IntoEnumIterator;

use super::{
    Failure, Loaded, open,
    output::{Output, columns},
};

const LONGEST_LIFETIME: Duration = Duration::from_secs(10 * 365 * 24 * 60 * 60);

#[derive(Debug, Subcommand)]
pub enum Tokens {
    /// Make a token and print it, once and alone.
    Create {
        /// What the token is for; unique in its team.
        name: String,
        /// viewer, operator or admin
        #[arg(long, value_parser = super::role)]
        role: Role,
        /// Only in this environment; give it again for another one
        // Of the name and type of the setting, in whose place it stands here.
        #[arg(long, value_name = "NAME")]
        environment: Vec<String>,
        /// Only this of what the role has, such as read_health; give it again for more
        #[arg(long = "permission", value_name = "NAME", value_parser = permission)]
        permissions: Vec<Permission>,
        /// After which it ends by itself, such as 12h or 90days
        #[arg(long, value_name = "DURATION", value_parser = lifetime)]
        expires_in: Option<Duration>,
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

fn permission(text: &str) -> Result<Permission, String> {
    let known = || Permission::iter().map(|permission| permission.to_string()).collect::<Vec<_>>().join(", ");
    text.parse().map_err(|_| format!("it is one of {}", known()))
}

fn lifetime(text: &str) -> Result<Duration, String> {
    let span = humantime::parse_duration(text).map_err(|error| error.to_string())?;
    if span <= LONGEST_LIFETIME { Ok(span) } else { Err("at most ten years; leave it out for one that does not end".into()) }
}

fn environment_called(name: &str) -> Result<Environment, Failure> {
    name.parse().map_err(|_| Failure::Fatal(format!("there is no environment '{name}'; it is development, staging or production")))
}

/// None given is no limit.
fn some<T: Ord>(given: Vec<T>) -> Option<BTreeSet<T>> {
    (!given.is_empty()).then(|| given.into_iter().collect())
}

impl Tokens {
    pub async fn run(self, loaded: Loaded, out: Output) -> Result<(), Failure> {
        let console = open(loaded).await?;
        match self {
            Self::Create { name, role, environment, permissions, expires_in, team } => {
                let environments = environment.iter().map(|name| environment_called(name)).collect::<Result<_, _>>()?;
                let scope = access::command_line(&console, team.as_deref()).await?;
                if tokens::list(&scope).await?.iter().any(|known| fold(&known.name) == fold(name.trim())) {
                    return Err(Failure::Negative(format!("There is a token called '{}' already. Choose a different name.", name.trim())));
                }
                let new = NewToken {
                    environments: some(environments),
                    permissions: some(permissions),
                    expires_at: expires_in.map(|span| console.clock.now() + span),
                    ..NewToken::of(name, role)
                };
                let (token, secret) = tokens::issue(&scope, new).await?;
                let secret = secret.expose_secret();
                let ApiToken { id, name, role, limits, .. } = token;
                out.result(&json!({ "id": id, "name": name, "role": role, "expires_at": limits.expires_at, "token": secret }), secret)
            }
            Self::List { team } => {
                let scope = access::command_line(&console, team.as_deref()).await?;
                let tokens = tokens::list(&scope).await?;
                let used = |at: Option<_>| at.map_or_else(|| "never".to_owned(), |at: domain::time::Timestamp| at.to_string());
                let rows: Vec<_> = tokens
                    .iter()
                    .map(|token| [token.name.clone(), token.role.to_string(), format!("{}…", token.prefix), used(token.last_used_at), token.id.to_string()])
                    .collect();
                out.result(&json!({ "tokens": tokens }), &columns(["NAME", "ROLE", "TOKEN", "LAST USED", "ID"], &rows))
            }
            Self::Revoke { token, team } => {
                let scope = access::command_line(&console, team.as_deref()).await?;
                let named = tokens::list(&scope).await?.into_iter().find(|known| known.name == token).map(|known| known.id);
                let id: ApiTokenId = named.or_else(|| token.parse().ok()).ok_or_else(|| Failure::Negative(format!("There is no token called '{token}'.")))?;
                tokens::revoke(&scope, id).await?;
                out.result(&json!({ "revoked": id }), &format!("Revoked {token}."))
            }
        }
    }
}
