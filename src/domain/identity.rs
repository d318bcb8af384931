//! What a connection is called, and who answers for it.

use std::collections::HashSet;

use super::{bidi, blank::is_blank, error::FieldError, folding::fold, web_address::is_link};

/// Of a connection, a runbook or an owner, in characters.
pub const LONGEST_NAME: usize = 100;
const LONGEST_TAG: usize = 40;
const MOST_TAGS: usize = 20;
const LONGEST_URL: usize = 500;

/// What is wrong with them; texts as [`tidy`] and [`tidy_tags`] leave them.
pub fn check_identity(name: &str, tags: &[String], owner: Option<&str>, runbook_url: Option<&str>) -> Vec<FieldError> {
    let texts = [("name", Some(name)), ("owner", owner)].into_iter().filter_map(|(field, text)| Some((field, text?)));
    let texts = texts.chain(tags.iter().map(|tag| ("tags", tag.as_str())));
    let mut errors: Vec<_> = texts.filter_map(|(field, text)| bidi::field_error(field, text)).collect();
    if is_blank(name) {
        errors.push(FieldError::new("name", "Give it a name."));
    } else if !one_line(name, LONGEST_NAME) {
        errors.push(FieldError::new("name", "At most 100 characters on one line."));
    }
    // The form takes them apart at each comma.
    if tags.len() > MOST_TAGS || !tags.iter().all(|tag| one_line(tag, LONGEST_TAG) && !tag.contains(',')) {
        errors.push(FieldError::new("tags", "At most 20 tags of at most 40 characters, without commas."));
    }
    if owner.is_some_and(|owner| !one_line(owner, LONGEST_NAME)) {
        errors.push(FieldError::new("owner", "At most 100 characters on one line."));
    }
    if runbook_url.is_some_and(|text| text.len() > LONGEST_URL || !is_link(text)) {
        errors.push(FieldError::new("runbook_url", "An address that begins with https:// or http://, at most 500 characters."));
    }
    errors
}

/// What is wrong with one tag by itself.
pub fn tag_refusal(tag: &str) -> Option<String> {
    bidi::refusal(tag).or_else(|| (!one_line(tag, LONGEST_TAG)).then(|| format!("At most {LONGEST_TAG} characters on one line.")))
}

fn one_line(text: &str, most: usize) -> bool {
    text.chars().count() <= most && !text.chars().any(|c| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}'))
}

/// Trimmed; empty means none.
pub fn tidy(text: Option<String>) -> Option<String> {
    text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
}

/// Trimmed, without empty ones and repeats, however they are written.
pub fn tidy_tags(tags: Vec<String>) -> Vec<String> {
    let mut seen = HashSet::new();
    tags.into_iter().filter_map(|tag| tidy(Some(tag))).filter(|tag| seen.insert(fold(tag))).collect()
}

/// Whether `tag` is among them, however it is written.
pub fn has_tag(tags: &[String], tag: &str) -> bool {
    let folded = fold(tag);
    tags.iter().any(|known| fold(known) == folded)
}

#[cfg(test)]
mod tests {
    use super::{check_identity, has_tag, tag_refusal, tidy_tags};

    #[test]
    fn what_is_missing_is_asked_for_and_what_is_too_long_is_told() {
        let message = |name: &str| check_identity(name, &[], None, None).first().map(|error| error.message.clone());
        assert_eq!(message("").as_deref(), Some("Give it a name."));
        assert_eq!(message(&"a".repeat(101)).as_deref(), Some("At most 100 characters on one line."));
        for two_lines in ["a\nb", "a\u{2028}b"] {
            assert_eq!(message(two_lines).as_deref(), Some("At most 100 characters on one line."));
        }
        assert_eq!(message("Orders"), None);
    }

    #[test]
    fn every_wrong_part_is_told_at_its_field() {
        let errors = check_identity("a", &["x".repeat(41)], Some("a\tb"), Some("wiki"));
        let fields: Vec<_> = errors.iter().map(|error| error.field.as_str()).collect();
        assert_eq!(fields, ["tags", "owner", "runbook_url"]);
        assert_eq!(check_identity("a", &["eu,core".to_owned()], None, None).len(), 1, "the form would make two of it");
    }

    #[test]
    fn a_tag_that_no_connection_can_have_is_told() {
        assert_eq!(tag_refusal("payments"), None);
        for tag in ["x".repeat(41), "a\u{0}b".into(), "a\u{202e}b".into()] {
            assert!(tag_refusal(&tag).is_some(), "{tag}");
        }
    }

    #[test]
    fn a_tag_is_one_however_it_is_written() {
        let tags = ["Ärzte".to_owned(), "payments".to_owned()];
        assert!(has_tag(&tags, "ärzte") && has_tag(&tags, "Payments"));
        assert!(!has_tag(&tags, "pay") && !has_tag(&[], "payments"));
    }

    #[test]
    fn tags_are_kept_once() {
        assert_eq!(tidy_tags(vec![" eu ".into(), String::new(), "EU".into(), "core".into()]), ["eu", "core"]);
    }
}
