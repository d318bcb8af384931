//! What to check when a service turns a credential down, in the words of the form that it was entered in: who signs in with a
//! token has no user name to check.

use domain::{
    kind::{Field, KindDescriptor},
    profile::Settings,
    settings::is_shown,
};

/// Fields beside the secrets that say who signs in.
const IDENTITIES: [&str; 4] = ["user", "username", "client_id", "header_name"];

/// `Check the user name and the password, and enter them again.`
pub fn sign_in_advice(descriptor: &KindDescriptor, settings: &Settings) -> String {
    // A secret that belongs to another field, the key of a certificate, proves the connection and not who signs in over it.
    let proves = |field: &&Field| (field.is_secret() && !field.list && field.only_with.is_none()) || IDENTITIES.contains(&&*field.name);
    let asked = descriptor.fields.iter().filter(proves).filter(|field| is_shown(&descriptor.fields, field, settings));
    let labels: Vec<_> = asked.map(|field| format!("the {}", lower_first(&field.label))).collect();
    match labels.split_last() {
        None => "Check which credential the service asks for.".to_owned(),
        Some((only, [])) => format!("Check {only}, and enter it again."),
        Some((last, others)) => format!("Check {} and {last}, and enter them again.", others.join(", ")),
    }
}

/// Leaves `URL` and `API key` as they are.
fn lower_first(label: &str) -> String {
    let mut letters = label.chars();
    let (first, second) = (letters.next(), letters.clone().next());
    match first {
        Some(first) if !second.is_some_and(char::is_uppercase) => first.to_lowercase().chain(letters).collect(),
        _ => label.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::sign_in_advice;
    use crate::kinds::Kinds;

    #[test]
    fn the_advice_names_what_was_entered() {
        let of = |kind: &str, settings: serde_json::Value| {
            let kind = kind.parse().expect("a kind");
            let settings = serde_json::from_value(settings).expect("settings");
            sign_in_advice(Kinds::all().get(&kind).expect("known").descriptor(), &settings)
        };
        assert_eq!(of("http", json!({"auth": "bearer"})), "Check the token, and enter it again.");
        assert_eq!(of("http", json!({"auth": "basic"})), "Check the user name and the password, and enter them again.");
        assert_eq!(of("http", json!({"auth": "header"})), "Check the header and the value of the header, and enter them again.");
        assert_eq!(of("postgres", json!({})), "Check the user and the password, and enter them again.");
        assert_eq!(of("s3", json!({})), "Check the access key ID and the secret access key, and enter them again.");
    }
}
