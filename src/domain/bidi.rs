//! Characters that turn the order of text around: with them a name reads as another. They are shown, and not obeyed.

use std::borrow::Cow;

use super::{blank, error::FieldError};

/// Embeddings, overrides and isolates (Unicode Standard Annex 9, section 2).
pub const fn is_control(letter: char) -> bool {
    matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// What is wrong with a text that reads as another one, in words for its field.
pub fn refusal(text: &str) -> Option<String> {
    let letter = text.chars().find(|letter| is_control(*letter))?;
    Some(format!("Has the character U+{:04X}, which turns text around; leave it out.", u32::from(letter)))
}

/// What is wrong with a name that reads as another one: also letters that nobody sees.
pub fn field_error(field: &str, name: &str) -> Option<FieldError> {
    let hidden = || name.chars().find(|letter| blank::is_hidden(*letter));
    let unseen = || Some(format!("Has the character U+{:04X}, which nobody sees; leave it out.", u32::from(hidden()?)));
    refusal(name).or_else(unseen).map(|message| FieldError::new(field, message))
}

/// The text with each of them written out: `⟨U+202E⟩`.
pub fn visible(text: &str) -> Cow<'_, str> {
    written(text, |letter| format!("⟨U+{:04X}⟩", u32::from(letter)))
}

/// JSON that says the same without them: `\u202e`.
pub fn escaped_in_json(json: &str) -> Cow<'_, str> {
    written(json, |letter| format!("\\u{:04x}", u32::from(letter)))
}

fn written(text: &str, write: impl Fn(char) -> String) -> Cow<'_, str> {
    if !text.contains(is_control) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for letter in text.chars() {
        if is_control(letter) {
            shown += &write(letter);
        } else {
            shown.push(letter);
        }
    }
    Cow::Owned(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_reads_as_another_is_refused() {
        assert_eq!(refusal("Bank\u{202e}").as_deref(), Some("Has the character U+202E, which turns text around; leave it out."));
        assert_eq!(refusal("\u{5d1}\u{5e0}\u{5e7}"), None);
    }

    #[test]
    fn a_name_with_letters_that_nobody_sees_is_refused() {
        let told = |name: &str| field_error("name", name).map(|error| error.message);
        assert_eq!(told("admin\u{2060}").as_deref(), Some("Has the character U+2060, which nobody sees; leave it out."));
        assert_eq!(told("Bank\u{202e}").as_deref(), Some("Has the character U+202E, which turns text around; leave it out."));
        for name in ["\u{1f469}\u{200d}\u{1f4bb} team", "\u{645}\u{6cc}\u{200c}\u{62e}\u{648}\u{627}\u{647}\u{645}", "\u{2764}\u{fe0f}"] {
            assert_eq!(told(name), None, "{name}");
        }
    }

    #[test]
    fn what_turns_text_around_is_written_out_and_other_scripts_stay() {
        assert_eq!(visible("invoice\u{202e}fdp.exe\u{2069}"), "invoice⟨U+202E⟩fdp.exe⟨U+2069⟩");
        assert_eq!(visible("שלום Ärzte 😀"), "שלום Ärzte 😀");
        let json = serde_json::json!({ "name": "a\u{202e}b" });
        let escaped = escaped_in_json(&json.to_string()).into_owned();
        assert!(escaped.is_ascii(), "{escaped}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&escaped).expect("JSON"), json);
    }
}
