//! An artefact as text that does nothing: it is what a service sent, and nobody knows what that is.

/// Most bytes shown of what is no text.
const DUMPED: usize = 4_096;
const PER_LINE: usize = 16;

/// Text as it is, with signs for what would steer a terminal or turn the direction of writing; a dump of anything else.
pub fn shown(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) if !text.contains('\0') => text.chars().filter(|c| *c != '\r').map(visible).collect(),
        _ => dump(bytes),
    }
}

fn visible(c: char) -> char {
    match c {
        '\n' | '\t' => c,
        '\0'..='\u{1f}' => char::from_u32(0x2400 + u32::from(c)).unwrap_or('\u{fffd}'),
        '\u{7f}' => '\u{2421}',
        '\u{80}'..='\u{9f}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => '\u{fffd}',
        other => other,
    }
}

fn dump(bytes: &[u8]) -> String {
    let mut lines: Vec<String> = bytes.iter().take(DUMPED).copied().collect::<Vec<_>>().chunks(PER_LINE).enumerate().map(line).collect();
    if bytes.len() > DUMPED {
        lines.push(format!("… {} more bytes", bytes.len() - DUMPED));
    }
    lines.join("\n")
}

fn line((index, bytes): (usize, &[u8])) -> String {
    let hexadecimal = bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ");
    let readable: String = bytes.iter().map(|byte| if byte.is_ascii_graphic() || *byte == b' ' { char::from(*byte) } else { '.' }).collect();
    format!("{:08x}  {hexadecimal:<47}  {readable}", index * PER_LINE)
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn text_stays_and_what_steers_is_seen() {
        assert_eq!(shown(b"<b>one</b>\r\n\ttwo"), "<b>one</b>\n\ttwo");
        assert_eq!(shown("\u{1b}[2J \u{202e}gnp".as_bytes()), "\u{241b}[2J \u{fffd}gnp");
    }

    #[test]
    fn what_is_no_text_is_dumped() {
        assert_eq!(shown(&[0, 0x41, 0xff]), format!("00000000  {:<47}  .A.", "00 41 ff"));
        assert!(shown(&[0; 5_000]).ends_with("… 904 more bytes"));
    }
}
