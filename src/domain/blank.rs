//! Texts of which nothing is seen.

/// Whether nothing is drawn of it: there is white space alone, or letters that only join others or keep them apart (Unicode's default ignorable code points)
/// and those that are drawn as a space.
pub fn is_blank(text: &str) -> bool {
    text.chars().all(|letter| letter.is_whitespace() || is_ignorable(letter))
}

/// Whether a letter makes two names look alike that are not: what is not drawn, but for what scripts and emoji are joined and varied with.
pub const fn is_hidden(letter: char) -> bool {
    is_ignorable(letter) && !matches!(letter, '\u{200c}' | '\u{200d}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0020}'..='\u{e007f}')
}

/// Whether a letter is not drawn.
pub const fn is_ignorable(letter: char) -> bool {
    matches!(
        letter,
        '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{115f}'..='\u{1160}'
            | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{2800}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

#[cfg(test)]
mod tests {
    use super::is_blank;

    #[test]
    fn a_text_of_which_nothing_is_seen_is_blank() {
        assert!(["", " \n", "\u{200b}", "\u{a0}\u{feff}\u{2800}", "\u{3164}"].into_iter().all(is_blank));
        assert!(!["a", "\u{200b}a", "\u{1f469}\u{200d}\u{1f4bb}", "-"].into_iter().any(is_blank));
    }
}
