//! Where LEFT ends and RIGHT begins: at the first operator outside the quotes and brackets of a JSON path.

use super::Op;

/// LEFT, OP and RIGHT, trimmed; nothing when there is no operator or no LEFT.
pub fn split(text: &str) -> Option<(&str, Op, &str)> {
    let is_path = text.starts_with("json:");
    let (mut quote, mut escaped, mut depth) = (None, false, 0_usize);
    for (at, letter) in text.char_indices() {
        let inside = quote.is_some() || depth > 0;
        if !(is_path && inside)
            && at > 0
            && let Some((op, length)) = operator_at(text, at)
        {
            return Some((text[..at].trim(), op, text[at + length..].trim()));
        }
        match (quote, letter) {
            _ if escaped => escaped = false,
            (Some(_), '\\') => escaped = true,
            (Some(open), _) if letter == open => quote = None,
            (None, '"' | '\'') => quote = Some(letter),
            (None, '[' | '(') => depth += 1,
            (None, ']' | ')') => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    None
}

/// The operator that begins here. One that is a word stands between spaces.
fn operator_at(text: &str, at: usize) -> Option<(Op, usize)> {
    let here = &text[at..];
    let (word, op) = Op::ALL.into_iter().find(|(word, _)| here.starts_with(word))?;
    let is_word = word.starts_with(char::is_alphabetic);
    let apart = text[..at].ends_with(char::is_whitespace) && here[word.len()..].starts_with(char::is_whitespace);
    (!is_word || apart).then_some((op, word.len()))
}
