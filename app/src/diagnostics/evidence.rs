//! Evidence: the page that shows one artefact, and what is shown of it.

mod page;
pub mod text;

pub use page::EvidencePage;

/// A number of bytes in words.
pub fn size(bytes: i64) -> String {
    match bytes {
        ..1_000 => format!("{bytes}\u{a0}bytes"),
        1_000..1_000_000 => format!("{}.{}\u{a0}KB", bytes / 1_000, bytes % 1_000 / 100),
        _ => format!("{}.{}\u{a0}MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000),
    }
}
