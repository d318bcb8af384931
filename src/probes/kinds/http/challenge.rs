//! How a service asks to be signed in to, by the `WWW-Authenticate` of a 401.

use hyper::header;

use super::exchange::Answer;

/// The registry of RFC 9110 and what Windows adds; other names are not shown.
const KNOWN: [&str; 10] = ["Basic", "Bearer", "Digest", "Negotiate", "NTLM", "HOBA", "Mutual", "SCRAM-SHA-1", "SCRAM-SHA-256", "GNAP"];
/// Those that a connection can be set to.
const SPOKEN: [&str; 2] = ["Basic", "Bearer"];

/// The schemes that the answer offers.
pub fn offered(answer: &Answer) -> Vec<&'static str> {
    let lines = answer.headers.get_all(header::WWW_AUTHENTICATE).iter().filter_map(|value| value.to_str().ok());
    let mut offered = Vec::new();
    for part in lines.flat_map(outside_quotes) {
        let word = part.split_whitespace().next().unwrap_or_default();
        let scheme = KNOWN.into_iter().find(|known| known.eq_ignore_ascii_case(word));
        offered.extend(scheme.filter(|scheme| !offered.contains(scheme)));
    }
    offered
}

/// Whether the console can speak none of them.
pub fn are_foreign(offered: &[&str]) -> bool {
    !offered.is_empty() && !offered.iter().any(|scheme| SPOKEN.contains(scheme))
}

/// The parts between commas that stand in no quotes.
fn outside_quotes(line: &str) -> Vec<String> {
    let mut quoted = false;
    let parts = line.split(|letter| {
        quoted ^= letter == '"';
        letter == ',' && !quoted
    });
    parts.map(|part| part.trim().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use hyper::{StatusCode, header::HeaderValue};

    use super::*;

    #[test]
    fn schemes_are_told_from_their_parameters() {
        let of = |lines: &[&'static str]| {
            let headers = lines.iter().map(|line| (header::WWW_AUTHENTICATE, HeaderValue::from_static(line))).collect();
            offered(&Answer::new(StatusCode::UNAUTHORIZED, headers, Bytes::new()))
        };
        assert_eq!(of(&["Digest realm=\"a, Basic b\", qop=\"auth\", nonce=\"x\""]), ["Digest"]);
        assert_eq!(of(&["digest realm=\"x\"", "NTLM", "Negotiate"]), ["Digest", "NTLM", "Negotiate"]);
        assert_eq!(of(&["Digest realm=\"x\", Basic realm=\"y\""]), ["Digest", "Basic"]);
        assert_eq!(of(&["Unheard realm=\"x\""]), [""; 0]);
        assert!(are_foreign(&["Digest"]) && !are_foreign(&["Digest", "Basic"]) && !are_foreign(&[]));
    }
}
