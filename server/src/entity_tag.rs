//! `If-Match` and `If-None-Match` (RFC 9110 §13.1): `*`, or tags, any of them.

use axum::http::{HeaderMap, HeaderName};

/// What a client said it has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tags {
    Any,
    /// What stands between the quotes. Weak and strong ones are not told apart: a proxy that compresses weakens
    /// tags on the way out, and the client gives them back as it got them.
    These(Vec<String>),
}

impl Tags {
    /// The tags of every line of the header; nothing when there is none.
    ///
    /// # Errors
    /// A line that is neither `*` nor tags.
    pub fn read(headers: &HeaderMap, name: HeaderName) -> Result<Option<Self>, Malformed> {
        let mut tags = Vec::new();
        let mut any = false;
        let mut lines = 0;
        for line in headers.get_all(name) {
            let line = line.to_str().map_err(|_| Malformed)?.trim();
            lines += 1;
            if line == "*" {
                any = true;
            } else {
                read_line(line, &mut tags)?;
            }
        }
        match (lines, any) {
            (0, _) => Ok(None),
            (1, true) => Ok(Some(Self::Any)),
            // A star among tags means nothing.
            (_, true) => Err(Malformed),
            (_, false) if tags.is_empty() => Err(Malformed),
            (_, false) => Ok(Some(Self::These(tags))),
        }
    }

    /// Also as Apache's mod_deflate hands it on.
    pub fn include(&self, tag: &str) -> bool {
        let is_it = |known: &String| known.strip_prefix(tag).is_some_and(|rest| matches!(rest, "" | "-gzip" | "-br" | "-zstd"));
        match self {
            Self::Any => true,
            Self::These(tags) => tags.iter().any(is_it),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed;

/// Tags may hold commas, so the line is not simply split at them.
fn read_line(line: &str, tags: &mut Vec<String>) -> Result<(), Malformed> {
    let mut rest = line;
    loop {
        // Empty elements of a list are allowed and mean nothing.
        rest = rest.trim_start_matches([' ', '\t', ',']);
        if rest.is_empty() {
            return Ok(());
        }
        let quoted = rest.strip_prefix("W/").unwrap_or(rest).strip_prefix('"').ok_or(Malformed)?;
        let (tag, after) = quoted.split_once('"').ok_or(Malformed)?;
        tags.push(tag.to_owned());
        rest = after.trim_start_matches([' ', '\t']);
        if !rest.is_empty() && !rest.starts_with(',') {
            return Err(Malformed);
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderValue, header::IF_MATCH};

    use super::*;

    fn read(lines: &[&'static str]) -> Result<Option<Tags>, Malformed> {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(IF_MATCH, HeaderValue::from_static(line));
        }
        Tags::read(&headers, IF_MATCH)
    }

    #[test]
    fn a_star_and_tags_weak_or_strong_are_understood() {
        let these = |tags: &[&str]| Ok(Some(Tags::These(tags.iter().map(|tag| (*tag).to_owned()).collect())));
        assert_eq!(read(&[]), Ok(None));
        assert_eq!(read(&["*"]), Ok(Some(Tags::Any)));
        assert_eq!(read(&["\"7\""]), these(&["7"]));
        assert_eq!(read(&["W/\"7\""]), these(&["7"]));
        assert_eq!(read(&["\"7\", W/\"8\",\"9\""]), these(&["7", "8", "9"]));
        assert_eq!(read(&["\"7\"", "\"8\""]), these(&["7", "8"]));
        assert_eq!(read(&[", \"a,b\" ,, \"\""]), these(&["a,b", ""]));
    }

    #[test]
    fn a_proxy_that_compresses_says_so_in_the_tag() {
        let has = |line, tag: &str| read(&[line]).expect("tags").expect("some").include(tag);
        assert!(has("\"5\"", "5") && has("\"5-gzip\"", "5") && has("W/\"5-br\"", "5"));
        assert!(!has("\"55\"", "5") && !has("\"5-other\"", "5") && !has("\"5\"", "55"));
    }

    #[test]
    fn anything_else_is_malformed() {
        for line in ["7", "\"", "", ",", "w/\"7\"", "\"7\" \"8\"", "\"7\", 8", "*, \"7\"", "\"7\", *"] {
            assert_eq!(read(&[line]), Err(Malformed), "{line}");
        }
        assert_eq!(read(&["*", "\"7\""]), Err(Malformed));
    }
}
