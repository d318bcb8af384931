//! The URLs a person may enter: http and https, with nothing in them that two readers could read differently.

use crate::kinds::Origin;
use domain::web_address;
use hyper::Uri;
use url::{Position, Url};

/// # Errors
/// What is wrong with it, in words for the form.
pub fn parse(text: &str) -> Result<Url, String> {
    web_address::check(text)?;
    let url = Url::parse(text).map_err(|_| "This is no URL: check its host and port.".to_owned())?;
    if url.host_str().is_none_or(str::is_empty) {
        return Err("The host is missing.".into());
    }
    if url.port() == Some(0) {
        return Err("Nothing listens on port 0.".into());
    }
    if request_target(&url).is_none() {
        return Err("The path has characters that no request can carry.".into());
    }
    Ok(url)
}

/// Path and query, as they stand in the first line of a request.
pub fn request_target(url: &Url) -> Option<Uri> {
    url[Position::BeforePath..Position::AfterQuery].parse().ok()
}

/// Always with its port.
pub fn origin(url: &Url) -> Origin {
    Origin { scheme: url.scheme().to_owned(), host: host(url).to_owned(), port: Some(port(url)) }
}

/// The host as it stands in the URL: an IPv6 address in brackets.
pub fn host(url: &Url) -> &str {
    url.host_str().unwrap_or_default()
}

pub fn port(url: &Url) -> u16 {
    url.port_or_known_default().unwrap_or_default()
}

/// The `Host` header: without the port that the scheme implies.
pub fn host_header(url: &Url) -> String {
    url.port().map_or_else(|| host(url).to_owned(), |port| format!("{}:{port}", host(url)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_http_urls_are_taken() {
        let refused = [
            "",
            "example.com",
            "ftp://example.com",
            "file:///etc/passwd",
            "gopher://127.0.0.1:70/_x",
            "javascript:alert(1)",
            "http://",
            "http://example.com:0/",
            "http:///path",
            "http:example.com",
            "http:/example.com",
            "https://user@example.com/",
            "https://user:secret@example.com/",
            "https://@example.com/",
            "https://example.com@127.0.0.1/",
            "https://example.com/#part",
            "https://example.com/#",
            "https://example.com\\@127.0.0.1/",
            "http:\\\\127.0.0.1",
            "https://exa\tmple.com/",
            "https://example.com/\r\nX: y",
            "https://exa mple.com/",
            "https://example.com:99999/",
            "https://[::1",
            "https://999.1.1.1.1/",
        ];
        for text in refused {
            assert!(parse(text).is_err(), "{text:?}");
        }
        for text in ["http://localhost:8080/health?a=b%20c", "https://[::1]/", "https://bücher.example/ä", "HTTPS://EXAMPLE.com"] {
            assert!(parse(text).is_ok(), "{text}: {:?}", parse(text));
        }
    }

    #[test]
    fn an_origin_names_scheme_host_and_port() {
        let of = |text: &str| origin(&parse(text).expect("url")).to_string();
        assert_eq!(of("https://Example.com/a?b"), "https://example.com:443");
        assert_eq!(of("http://[::1]:81/"), "http://[::1]:81");
        assert_eq!(of("http://0x7f.1/"), "http://127.0.0.1:80");
    }
}
