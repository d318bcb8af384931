//! Secrets in a URL's query, which would be stored and shown in clear: told by the names of its parameters.

use url::{Url, form_urlencoded};

/// How the names of query parameters that carry a secret end, in small letters without what joins their words.
const SECRET_ENDINGS: [&str; 13] =
    ["auth", "credential", "credentials", "jwt", "key", "passphrase", "passwd", "password", "pwd", "secret", "sig", "signature", "token"];
/// Such names as a whole, where the value is longer than that of a country or a status.
const SECRET_NAMES: [&str; 3] = ["appid", "code", "pass"];
/// What ends like one of a secret and is none: places in a list, and orders of it.
const HARMLESS: [&str; 9] = ["cachekey", "continuationtoken", "nextpagetoken", "nexttoken", "orderkey", "pagetoken", "partitionkey", "publickey", "sortkey"];

/// The name of a parameter that usually carries a secret, if it has a value; of the query, or behind `#` where pages are told things in the same way.
pub fn secret_in_query(url: &Url) -> Option<String> {
    let pairs = |text: Option<&str>| form_urlencoded::parse(text.unwrap_or_default().as_bytes()).into_owned().collect::<Vec<_>>();
    let given = [url.query(), url.fragment()].into_iter().flat_map(pairs);
    given.into_iter().find(|(name, value)| looks_secret(name, value)).map(|(name, _)| name)
}

fn looks_secret(name: &str, value: &str) -> bool {
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    let ends_so = SECRET_ENDINGS.iter().any(|ending| plain.ends_with(ending)) && !HARMLESS.contains(&plain.as_str());
    !value.is_empty() && (ends_so || (SECRET_NAMES.contains(&plain.as_str()) && value.len() > 3))
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
        ] {
            assert_eq!(found(rest), None, "{rest}");
        }
    }
}
