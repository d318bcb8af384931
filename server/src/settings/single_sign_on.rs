//! The settings of single sign-on, which make sense together alone.

use domain::{bidi, environment::Environment, web_address};
use engine::identity_provider::{Groups, ProviderSettings};
use secrecy::SecretString;
use url::Url;

use super::{
    SettingError,
    parse::{self, Reader},
    table::{self, Entry},
};

/// Longest name of the provider, in characters.
const LONGEST_NAME: usize = 40;

pub fn read(reader: &mut Reader, environment: Environment, public_url: Option<&Url>) -> Option<ProviderSettings> {
    let issuer = reader.optional(&table::OIDC_ISSUER, |text| issuer(text, environment), "no single sign-on");
    let name = reader.optional(&table::OIDC_NAME, name, "the issuer's host");
    let client_id = reader.optional(&table::OIDC_CLIENT_ID, |text| Ok(text.to_owned()), "none");
    let client_secret = reader.optional_secret(&table::OIDC_CLIENT_SECRET, |text| Ok(SecretString::from(text)), "none");
    let scopes = reader.value(&table::OIDC_SCOPES, |text| Ok(text.to_owned()), "email profile".to_owned());
    let groups_claim = reader.value(&table::OIDC_GROUPS_CLAIM, |text| Ok(text.to_owned()), "groups".to_owned());
    let groups = reader.optional(&table::OIDC_GROUPS, str::parse::<Groups>, "none");
    let only = reader.shown(&table::OIDC_ONLY, parse::yes_or_no, false, parse::yes_or_no_in_words);
    let Some(issuer) = issuer else {
        // Who believes that passwords are off must not be wrong.
        if client_id.is_some() || groups.is_some() || only {
            reader.refuse(missing(&table::OIDC_ISSUER));
        }
        return None;
    };
    for (entry, is_missing) in [(&table::OIDC_CLIENT_ID, client_id.is_none()), (&table::OIDC_GROUPS, groups.is_none())] {
        if is_missing {
            reader.refuse(missing(entry));
        }
    }
    // Else people were led back to whatever host their request names.
    if environment != Environment::Development && public_url.is_none_or(|url| url.scheme() != "https") {
        reader.refuse(SettingError::new(
            table::PUBLIC_URL.variables[0],
            "is missing, or is not encrypted, and the identity provider sends people back to it",
            "the https address at which people open the console",
        ));
    }
    let host = || Url::parse(&issuer).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default();
    Some(ProviderSettings {
        name: name.unwrap_or_else(host),
        client_id: client_id?,
        client_secret,
        scopes: scopes.split([',', ' ']).filter(|scope| !scope.is_empty()).map(str::to_owned).collect(),
        groups_claim,
        groups: groups?,
        only,
        environment,
        issuer,
    })
}

fn missing(entry: &'static Entry) -> SettingError {
    SettingError::new(entry.variables[0], "is missing, or cannot be used, and single sign-on needs it", entry.write)
}

/// Kept to the letter, since tokens must name it so.
fn issuer(text: &str, environment: Environment) -> Result<String, String> {
    web_address::check(text).map_err(|_| "is no web address".to_owned())?;
    let url = Url::parse(text).map_err(|error| format!("is no URL: {error}"))?;
    if url.query().is_some() {
        return Err("has a query".into());
    }
    if url.scheme() != "https" && environment != Environment::Development {
        return Err("is not encrypted, which only a console in development takes".into());
    }
    Ok(text.to_owned())
}

fn name(text: &str) -> Result<String, String> {
    let is_plain = text.chars().count() <= LONGEST_NAME && !text.chars().any(|c| c.is_control() || bidi::is_control(c));
    if is_plain { Ok(text.to_owned()) } else { Err("is too long, or has characters that cannot be seen".into()) }
}
