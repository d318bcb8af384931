//! JSON paths whose cost stays near the size of the answer, whatever the answer is.
//!
//! RFC 9535 allows paths that take time without bound: `$..*..*..*` over deep JSON, `$[0,0][0,0]…`, a filter that walks
//! the whole document for each of its members. A condition asks for one value and needs none of that.

use serde_json_path::JsonPath;

use super::decimal::Decimal;

/// Longest path, in characters.
const MAX_LENGTH: usize = 200;

/// # Errors
/// What is wrong with it, in words for the form.
pub fn parse(text: &str) -> Result<JsonPath, String> {
    if text.chars().count() > MAX_LENGTH {
        return Err(format!("a JSON path has at most {MAX_LENGTH} characters."));
    }
    let bare = without_quoted(text);
    let count = |part: &str| bare.matches(part).count();
    let filter = bare.split_once('?').map_or("", |(_, filter)| filter);
    if count("..") + count("?") > 1 || count(",") > 1 || filter.contains(['*', ':']) {
        return Err("a JSON path may have one `..` or one filter, one comma, and no `*` or slice inside or after a filter.".into());
    }
    // Both compile a regular expression for each value they meet.
    if bare.contains("match(") || bare.contains("search(") {
        return Err("write `matches` after the path instead of match() or search() in it.".into());
    }
    // The library compares them as floats. Longer ones in the answer are kept as what no such number is equal to.
    if let Some(long) = numbers(filter).find(|number| Decimal::parse(number).is_some_and(|exact| !exact.is_exact_as_float())) {
        return Err(format!("{long} is too long to be compared in a filter: 15 digits at most, or compare it after the path."));
    }
    JsonPath::parse(text).map_err(|_| "the JSON path cannot be read; it looks like $.status or $.items[0].name.".into())
}

/// Whether it names one place, of members and indexes alone.
pub fn is_singular(text: &str) -> bool {
    let bare = without_quoted(text);
    !bare.contains("..") && !bare.contains(['*', '?', ',', ':'])
}

/// Whether what it comes to depends on more than the places it names: on descendants, or on a filter.
pub fn searches(text: &str) -> bool {
    let bare = without_quoted(text);
    bare.contains("..") || bare.contains('?')
}

/// The numbers that a filter compares with; not those in names, nor the indexes of lists, which are short.
fn numbers(filter: &str) -> impl Iterator<Item = &str> {
    let is_of_word = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '.' | '+' | '-');
    let is_first = |letter: char| letter.is_ascii_digit() || matches!(letter, '+' | '-');
    filter.split(move |letter| !is_of_word(letter)).filter(move |word| word.starts_with(is_first))
}

/// The path without what stands in quotes, which is only ever a name or a text.
fn without_quoted(text: &str) -> String {
    let (mut quote, mut escaped) = (None, false);
    text.chars()
        .filter(|letter| {
            let inside = quote.is_some();
            match quote {
                _ if escaped => escaped = false,
                Some(_) if *letter == '\\' => escaped = true,
                Some(open) if *letter == open => quote = None,
                None if matches!(letter, '"' | '\'') => quote = Some(*letter),
                _ => {}
            }
            !inside && !letter.is_whitespace()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_that_could_take_for_ever_are_refused() {
        for text in [
            "$..*..*",
            "$[0,0][0,0]",
            "$[?@.a][?@.b]",
            "$[?$..a]",
            "$[?count($[*])>1]",
            "$[?@[0:9]]",
            "$[?match(@.a,@.b)]",
            "$[?search (@.a, 'x')]",
            "$[?@.id==9007199254740993]",
            "$[?@>1e400]",
            "$[?0.1234567890123456<@]",
            "x",
            "",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
        for text in [
            "$",
            "$.a.b",
            "$..version",
            "$.items[0].name",
            "$.items[*].name",
            "$['a','b']",
            "$.items[?@.name == 'a,b..c?*']",
            "$.items[?@.n1234567890123456789 > -1.5e3]",
            "$.items[?@.name == '9007199254740993']",
            "$.a[-1:]",
        ] {
            assert!(parse(text).is_ok(), "{text}: {:?}", parse(text));
        }
    }
}
