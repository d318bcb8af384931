//! PEM as it arrives: from a password field, which takes line breaks out, or from JSON with `\\n` written out.

/// With the line breaks that PEM needs, and nothing around its blocks.
pub fn restored(text: &str) -> String {
    let text = text.replace("\\r", "").replace("\\n", "\n");
    let (mut out, mut rest) = (String::with_capacity(text.len()), text.as_str());
    while let Some((label, body, after)) = block(rest) {
        let body = if body.contains(':') { body.trim().to_owned() } else { body.split_whitespace().collect() };
        out.push_str(&format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----\n"));
        rest = after;
    }
    out
}

/// The label and content of the next block, and what comes after it.
fn block(text: &str) -> Option<(&str, &str, &str)> {
    let (label, rest) = text.split_once("-----BEGIN ")?.1.split_once("-----")?;
    let (body, after) = rest.split_once(&format!("-----END {label}-----"))?;
    Some((label, body, after))
}

#[cfg(test)]
mod tests {
    use super::restored;

    #[test]
    fn lost_line_breaks_come_back() {
        let expected = "-----BEGIN PRIVATE KEY-----\nYWJj\n-----END PRIVATE KEY-----\n";
        for text in [
            "-----BEGIN PRIVATE KEY-----YWJj-----END PRIVATE KEY-----",
            "-----BEGIN PRIVATE KEY----- YW Jj -----END PRIVATE KEY-----",
            "-----BEGIN PRIVATE KEY-----\\nYWJj\\n-----END PRIVATE KEY-----\\n",
            "Bag Attributes\r\n-----BEGIN PRIVATE KEY-----\r\nYWJj\r\n-----END PRIVATE KEY-----",
        ] {
            assert_eq!(restored(text), expected, "{text}");
        }
        assert_eq!(restored("nothing of the kind"), "");
    }
}
