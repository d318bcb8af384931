//! Results on standard output, as text or JSON.

use std::io::{Write, stdout};

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
        let json = self.json.then(|| serde_json::to_string(json)).transpose().map_err(|error| Failure::Fatal(error.to_string()))?;
        let line = json.as_deref().map_or_else(|| bidi::visible(text), bidi::escaped_in_json);
        if line.is_empty() {
            return Ok(());
        }
        writeln!(stdout(), "{line}").map_err(Failure::from)
    }
}

/// Rows as columns, each as wide as its widest cell.
pub fn columns<const N: usize>(head: [&str; N], rows: &[[String; N]]) -> String {
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).chain([head[column].len()]).max().unwrap_or_default();
    let widths: [usize; N] = std::array::from_fn(width);
    let line = |cells: [&str; N]| {
        let padded = cells.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}"));
        padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    let body = rows.iter().map(|row| line(std::array::from_fn(|column| row[column].as_str())));
    std::iter::once(line(head)).chain(body).collect::<Vec<_>>().join("\n")
}
