//! Where a person may be led by what a request said.

/// A path of this console, with its query: a link must not lead a person who signs in, or posts a form, to another site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LocalPath<'a>(&'a str);

impl<'a> LocalPath<'a> {
    pub const OVERVIEW: LocalPath<'static> = LocalPath("/");

    /// `text` if browsers would stay inside the console with it, else the overview.
    pub fn or_overview(text: &'a str) -> Self {
        let is_local = text.starts_with('/') && !text.starts_with("//") && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
        if is_local { Self(text) } else { Self::OVERVIEW }
    }

    pub const fn as_str(self) -> &'a str {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_this_console_are_followed() {
        for outside in ["https://evil.example", "//evil.example", "/\\evil.example", "\\/evil.example", "evil", "", "/\tx", "/\r\nx", "/a b", "/é"] {
            assert_eq!(LocalPath::or_overview(outside), LocalPath::OVERVIEW, "{outside:?}");
        }
        for inside in ["/", "/operations/errors?q=a%20b&kind=http#x"] {
            assert_eq!(LocalPath::or_overview(inside).as_str(), inside);
        }
    }
}
