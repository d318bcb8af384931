//! Bytes as a person writes them on one line: `PING\r\n`, `\x00\x01`.

/// # Errors
/// The escape that is not known, in words for the form.
pub fn unescape(text: &str) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        if letter != '\\' {
            bytes.extend(letter.encode_utf8(&mut [0; 4]).bytes());
            continue;
        }
        bytes.push(match letters.next() {
            Some('r') => b'\r',
            Some('n') => b'\n',
            Some('t') => b'\t',
            Some('0') => 0,
            Some('\\') => b'\\',
            Some('x') => hex(&mut letters).ok_or(r"After \x come two hexadecimal digits, such as \x0a.")?,
            _ => return Err(r"After a backslash comes one of r n t 0 \ or x with two digits.".into()),
        });
    }
    Ok(bytes)
}

fn hex(letters: &mut impl Iterator<Item = char>) -> Option<u8> {
    let (high, low) = (letters.next()?.to_digit(16)?, letters.next()?.to_digit(16)?);
    u8::try_from(high * 16 + low).ok()
}

#[cfg(test)]
mod tests {
    use super::unescape;

    #[test]
    fn escapes_become_bytes() {
        assert_eq!(unescape(r"PING\r\n\t\\\0\x41\xfFé").as_deref(), Ok(&b"PING\r\n\t\\\0A\xff\xc3\xa9"[..]));
        for text in [r"\", r"\q", r"\x", r"\x4", r"\xg0", r"\x4é"] {
            assert!(unescape(text).is_err(), "{text}");
        }
    }
}
