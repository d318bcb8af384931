//! Results on standard output, as text or JSON.

use std::{
    borrow::Cow,
    io::{Write, stdout},
};

use domain::bidi;
use serde::Serialize;

use super::Failure;

#[derive(Clone, Copy, Debug)]
pub struct Output {
    pub json: bool,
}

impl Output {
    /// # Errors
    /// Standard output is closed.
    pub fn result(self, json: &impl Serialize, text: &str) -> Result<(), Failure> {
        self.painted(json, &printable(text))
    }

    /// The same for a text with colours, whose parts from outside are [`printable`] already.
    ///
    /// # Errors
    /// Standard output is closed.
    pub fn painted(self, json: &impl Serialize, text: &str) -> Result<(), Failure> {
        let json = self.json.then(|| serde_json::to_string(json)).transpose().map_err(|error| Failure::Fatal(error.to_string()))?;
        let line = json.as_deref().map_or(Cow::Borrowed(text), |json| escaped(json).into());
        if line.is_empty() {
            return Ok(());
        }
        writeln!(stdout(), "{line}").map_err(Failure::from)
    }
}

/// Text for a terminal: what would move its cursor or turn text around is written out, as `⟨U+001B⟩`.
pub fn printable(text: &str) -> String {
    written(&bidi::visible(text), |letter| format!("⟨U+{:04X}⟩", u32::from(letter)))
}

/// JSON that says the same, without the controls that it need not escape.
fn escaped(json: &str) -> String {
    written(&bidi::escaped_in_json(json), |letter| format!("\\u{:04x}", u32::from(letter)))
}

fn written(text: &str, write: impl Fn(char) -> String) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut shown, letter| {
        match letter {
            '\n' | '\t' => shown.push(letter),
            letter if letter.is_control() => shown += &write(letter),
            letter => shown.push(letter),
        }
        shown
    })
}

/// Rows as columns, each as wide as its widest cell; every cell is [`printable`], and a line.
pub fn columns<const N: usize>(head: [&str; N], rows: &[[String; N]]) -> String {
    let rows: Vec<_> = rows.iter().map(|row| row.each_ref().map(|cell| printable(cell).replace('\n', " "))).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).chain([head[column].len()]).max().unwrap_or_default();
    let widths: [usize; N] = std::array::from_fn(width);
    let line = |cells: [&str; N]| {
        let padded = cells.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}"));
        padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    let body = rows.iter().map(|row| line(std::array::from_fn(|column| row[column].as_str())));
    std::iter::once(line(head)).chain(body).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_from_outside_moves_the_cursor() {
        assert_eq!(printable("a\u{1b}[2Jb\u{9b}8m\r\u{7f}\nc\td\u{202e}"), "a⟨U+001B⟩[2Jb⟨U+009B⟩8m⟨U+000D⟩⟨U+007F⟩\nc\td⟨U+202E⟩");
        let said = serde_json::json!({ "detail": "\u{1b}[2J\u{9b}2J\u{7f} Ärzte\n" });
        let json = escaped(&said.to_string());
        assert!(!json.contains(char::is_control), "{json}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&json).expect("JSON"), said);
        assert_eq!(columns(["NAME", "ROLE"], &[["a\u{1b}[1A".into(), "x\ny".into()]]), "NAME          ROLE\na⟨U+001B⟩[1A  x y");
    }
}
