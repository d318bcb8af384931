//! What people write in their own words. Nothing of it is lost: letters that cannot be seen, or that turn text around, are written out.

use std::borrow::Cow;

use super::{bidi, blank::is_blank, error::FieldError};

/// A text as it is kept, without the white space around it.
///
/// # Errors
/// It is empty though it is required, or has more than `most` characters.
pub fn kept(field: &str, said: &str, required: bool, most: usize) -> Result<String, FieldError> {
    let said = said.trim();
    if required && is_blank(said) {
        return Err(FieldError::new(field, "Must not be empty."));
    }
    if said.chars().count() > most {
        return Err(FieldError::new(field, format!("At most {most} characters.")));
    }
    Ok(written_out(said).into_owned())
}

/// The text with a picture of each control character, but for those that end lines and columns.
pub fn written_out(text: &str) -> Cow<'_, str> {
    let visible = bidi::visible(text);
    if visible.contains(is_unseen) {
        Cow::Owned(visible.chars().map(|letter| if is_unseen(letter) { picture(letter) } else { letter }).collect())
    } else {
        visible
    }
}

fn is_unseen(letter: char) -> bool {
    letter.is_control() && !matches!(letter, '\n' | '\r' | '\t')
}

/// `␀` for U+0000.
fn picture(letter: char) -> char {
    match letter {
        '\0'..='\u{1f}' => char::from_u32(0x2400 + u32::from(letter)).unwrap_or(char::REPLACEMENT_CHARACTER),
        '\u{7f}' => '␡',
        _ => char::REPLACEMENT_CHARACTER,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_seen_is_written_out_and_nothing_is_lost() {
        assert_eq!(kept("note", " a\u{0}b\u{1b}[1m\u{7f}\u{85}\u{202e}\r\n\tc ", true, 30).as_deref(), Ok("a␀b␛[1m␡\u{fffd}⟨U+202E⟩\r\n\tc"));
        assert!(matches!(written_out("as it is"), Cow::Borrowed(_)));
    }

    #[test]
    fn what_is_missing_or_too_long_is_told_at_its_field() {
        let told = |said: &str, required| kept("note", said, required, 3).map_err(|error| (error.field, error.message));
        for blank in [" \n", "\u{200b}"] {
            assert_eq!(told(blank, true), Err(("note".to_owned(), "Must not be empty.".to_owned())), "{blank:?}");
        }
        assert_eq!(told("abcd", false), Err(("note".to_owned(), "At most 3 characters.".to_owned())));
        assert_eq!(told("", false).as_deref(), Ok(""));
        assert_eq!(told("äöü", true).as_deref(), Ok("äöü"));
    }
}
