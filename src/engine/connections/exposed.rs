//! Secrets that stand where everyone reads them.

use domain::{error::FieldError, profile::ServiceConnectionProfile};
use probes::secret_in_query::secret_in_query;
use url::Url;

/// The fields whose address holds a secret, each with what to do. New ones are refused; connections that were stored earlier may have some still.
pub fn exposed_secrets(profile: &ServiceConnectionProfile) -> Vec<FieldError> {
    let settings = profile.settings.iter().filter_map(|(field, value)| Some((field.as_str(), exposed(value.as_str()?)?)));
    let told = settings.map(|(field, name)| {
        let what = format!("Everyone who sees this connection reads {name} in its address. Replace that secret at the service, then edit the connection: take it out of the address and choose the authentication “query” for it.");
        FieldError::new(format!("settings.{field}"), what)
    });
    told.chain(profile.runbook_url.as_deref().and_then(runbook)).collect()
}

/// What is wrong with a link to a runbook that holds a secret.
pub fn runbook(url: &str) -> Option<FieldError> {
    exposed(url).map(|name| FieldError::new("runbook_url", format!("{name} looks like a secret, and would be shown to everyone; take it out of the address.")))
}

fn exposed(text: &str) -> Option<String> {
    text.parse::<Url>().ok().filter(|url| matches!(url.scheme(), "http" | "https")).and_then(|url| secret_in_query(&url))
}
