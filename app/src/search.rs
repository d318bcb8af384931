//! The way to anything by its name or thread: a page, and a box for it in the header. `/` and Ctrl-K lead to the box (`page.js`).

mod page;
mod quick;

pub use page::SearchPage;
pub use quick::QuickSearch;

const PATH: &str = "/search";
