//! The URLs a person may enter: http and https, with nothing in them that two readers could read differently.

/// # Errors
/// What is wrong with it, in words for the form.
pub fn check(text: &str) -> Result<(), &'static str> {
    if text.chars().any(|c| c.is_control() || c.is_whitespace() || c == '\\') {
        return Err("Must not contain spaces, line breaks or backslashes.");
    }
    // Browsers forgive a missing or a third slash, and then see another host than the one a person reads.
    let Some((_, rest)) = split_scheme(text).filter(|(scheme, _)| is_web(scheme)) else {
        return Err("Must begin with http:// or https://.");
    };
    let authority = authority(rest);
    if authority.is_empty() {
        return Err("The host is missing.");
    }
    if authority.contains('@') {
        return Err("Must not contain a user name or password; enter them below.");
    }
    if rest.contains('#') {
        return Err("Must not contain a part after #; it is never sent.");
    }
    Ok(())
}

/// Whether a person may follow it: any page, with a part after `#` too.
pub fn is_link(text: &str) -> bool {
    check(text.split('#').next().unwrap_or_default()).is_ok()
}

fn is_web(scheme: &str) -> bool {
    ["http", "https"].iter().any(|web| scheme.eq_ignore_ascii_case(web))
}

/// What stands before and behind `://`.
pub(crate) fn split_scheme(text: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = text.split_once(':')?;
    Some((scheme, rest.strip_prefix("//")?))
}

/// What stands between `//` and the path.
pub(crate) fn authority(rest: &str) -> &str {
    rest.split(['/', '?', '#']).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{check, is_link};

    #[test]
    fn what_is_wrong_is_said() {
        for (text, said) in [
            ("", "begin with"),
            ("example.com", "begin with"),
            ("ftp://example.com", "begin with"),
            ("http:example.com", "begin with"),
            ("http:///path", "host is missing"),
            ("https://user@example.com/", "user name"),
            ("https://example.com/#part", "after #"),
            ("https://exa mple.com/", "spaces"),
            ("https://example.com\\@127.0.0.1/", "backslashes"),
        ] {
            assert!(check(text).is_err_and(|message| message.contains(said)), "{text}: {:?}", check(text));
        }
        for text in ["http://localhost:8080/health?a=b%20c", "https://[::1]/", "https://bücher.example/ä", "HTTPS://EXAMPLE.com"] {
            assert_eq!(check(text), Ok(()), "{text}");
        }
    }

    #[test]
    fn a_link_may_point_into_a_page() {
        assert!(is_link("https://wiki.example.org/orders#restart") && !is_link("javascript:alert(1)") && !is_link("wiki"));
    }
}
