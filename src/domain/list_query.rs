//! What the address of any list says: what is searched for, and the page.

const LONGEST_SEARCH: usize = 100;
const LAST_PAGE: u32 = 100_000;

/// What an address searches for.
pub fn search_text(text: &str) -> Option<String> {
    let text: String = text.chars().filter(|letter| !letter.is_control()).collect();
    Some(text.trim()).filter(|text| !text.is_empty()).map(|text| text.chars().take(LONGEST_SEARCH).collect())
}

/// The page that an address asks for, the first being 1.
pub fn page_number(text: &str) -> u32 {
    text.parse().unwrap_or(1).clamp(1, LAST_PAGE)
}
