//! Errors of the operating system, for people.

use std::io;

/// The system's words, without its number.
pub fn words(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or_default().trim_end_matches('.').to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_number_is_told() {
        assert_eq!(words(&io::Error::from_raw_os_error(104)), "connection reset by peer");
        assert_eq!(words(&io::Error::other("gone")), "gone");
    }
}
