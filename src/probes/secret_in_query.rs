//! Secrets in a URL's query, which would be stored and shown in clear: told by the names of its parameters.

use url::{Url, form_urlencoded};

/// The last words of the names that query parameters with a secret have.
const SECRET_WORDS: [&str; 18] = [
    "auth",
    "bearer",
    "credential",
    "credentials",
    "hmac",
    "jwt",
    "key",
    "passphrase",
    "passwd",
    "password",
    "pw",
    "pwd",
    "sas",
    "secret",
    "sessionid",
    "sig",
    "signature",
    "token",
];
/// The same where words are written without anything between them.
const SECRET_ENDINGS: [&str; 14] = [
    "accesskey",
    "apikey",
    "appkey",
    "authkey",
    "clientsecret",
    "password",
    "passwd",
    "privatekey",
    "secretkey",
    "secret",
    "signature",
    "sessionid",
    "credentials",
    "token",
];
/// Such names as a whole, where the value is longer than that of a country or a status.
const SECRET_NAMES: [&str; 3] = ["appid", "code", "pass"];
/// What ends like one of a secret and is none: places in a list, and columns of it.
const HARMLESS: [&str; 13] = [
    "cachekey",
    "continuationtoken",
    "foreignkey",
    "groupkey",
    "nextpagetoken",
    "nexttoken",
    "orderkey",
    "pagetoken",
    "partitionkey",
    "primarykey",
    "publickey",
    "rowkey",
    "sortkey",
];

/// The name of a parameter that usually carries a secret, if it has a value; of the query, or behind `#` where pages are told things in the same way.
pub fn secret_in_query(url: &Url) -> Option<String> {
    // Some servers take `;` for `&`.
    let pairs = |text: Option<&str>| form_urlencoded::parse(text.unwrap_or_default().replace(';', "&").as_bytes()).into_owned().collect::<Vec<_>>();
    let given = [url.query(), url.fragment()].into_iter().flat_map(pairs);
    given.into_iter().find(|(name, value)| looks_secret(name, value)).map(|(name, _)| name)
}

fn looks_secret(name: &str, value: &str) -> bool {
    let words = words(name);
    let plain = words.concat();
    let is_secret = words.last().is_some_and(|last| SECRET_WORDS.contains(&last.as_str())) || SECRET_ENDINGS.iter().any(|ending| plain.ends_with(ending));
    let is_short_name = SECRET_NAMES.contains(&plain.as_str()) && value.len() > 3;
    !value.is_empty() && ((is_secret && !HARMLESS.contains(&plain.as_str())) || is_short_name)
}

/// In small letters: `["access", "token"]` of `access_token`, `Access-Token` and `accessToken`.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut was_small = false;
    for letter in name.chars() {
        if !letter.is_ascii_alphanumeric() || (was_small && letter.is_ascii_uppercase()) {
            words.push(String::new());
        }
        was_small = letter.is_ascii_lowercase();
        if letter.is_ascii_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.push(letter.to_ascii_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(rest: &str) -> Option<String> {
        secret_in_query(&format!("https://a.test/{rest}").parse().expect("a URL"))
    }

    #[test]
    fn a_secret_is_told_by_the_name_of_its_parameter() {
        for name in [
            "api_key",
            "q=1&Access-Token",
            "sig",
            "x-api-key",
            "private_token",
            "job_token",
            "X-Amz-Signature",
            "X-Amz-Security-Token",
            "session_token",
            "refreshToken",
            "jwt",
            "app_key",
            "application_key",
            "secret_key",
            "hapikey",
            "appid",
            "code",
            "id_token",
            "client_secret",
            "db.password",
            "sv=1&key",
            "api%5Fkey",
            "pw",
            "bearer",
            "sessionid",
            "a=1;token",
            "accesstoken",
            "X-API-KEY",
        ] {
            assert!(found(&format!("?{name}=a1b2c3d4")).is_some(), "{name}");
        }
        assert_eq!(found("page?a=b#access_token=a1b2c3d4").as_deref(), Some("access_token"));
        for rest in [
            "?api_key=",
            "?keyword=abc",
            "?q=api_key",
            "?sort_key=name",
            "?page_token=abc",
            "?code=200",
            "?tokens=5",
            "?country_code=DE",
            "?author=me",
            "?design=1",
            "orders#restart-key",
            "?monkey=banana",
            "?turkey=1",
            "?hotkey=1",
            "?primary_key=id",
        ] {
            assert_eq!(found(rest), None, "{rest}");
        }
    }
}
