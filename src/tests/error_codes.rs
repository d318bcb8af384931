//! No code is there that nothing is known to answer with: each is named by a test, by itself or as a program reads it.

use std::{fs, path::Path};

use domain::error::ErrorCode;
use strum::IntoEnumIterator;

use crate::sources;

/// Whether `text` holds `word`, and not as the beginning of a longer one.
fn names(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, _)| !text[at + word.len()..].starts_with(|c: char| c.is_alphanumeric()))
}

#[test]
fn each_is_named_by_a_test() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let files = ["src/tests", "server/tests"].into_iter().flat_map(|folder| sources::files(&root.join(folder)));
    let texts: Vec<_> = files.map(|file| fs::read_to_string(file).expect("readable")).collect();
    let is_named = |code: &ErrorCode| {
        let (told, written) = (format!("\"{code}\""), format!("ErrorCode::{code:?}"));
        texts.iter().any(|text| text.contains(&told) || names(text, &written))
    };
    let nameless: Vec<_> = ErrorCode::iter().filter(|code| !is_named(code)).collect();
    assert_eq!(nameless, []);
}
