//! What people type as their second factor, and recovery codes as they are given out.

use rand::RngCore;
use totp_rs::Secret;

/// Given out at once.
const RECOVERY_CODES: usize = 10;

/// A code as it is compared, whatever stood between its characters.
#[derive(Clone, PartialEq, Eq)]
pub enum EnteredCode {
    /// Six digits of the app.
    OfApp(String),
    /// Whatever else.
    Recovery(String),
}

impl EnteredCode {
    pub fn read(text: &str) -> Self {
        let code: String = text.chars().filter(|c| !c.is_whitespace() && *c != '-').collect::<String>().to_uppercase();
        let is_of_app = code.len() == 6 && code.bytes().all(|byte| byte.is_ascii_digit());
        if is_of_app { Self::OfApp(code) } else { Self::Recovery(code) }
    }
}

/// New ones, as they are kept in hashes. With 80 random bits each, nobody finds one by its SHA-256.
pub fn recovery_codes() -> Vec<String> {
    let code = |_| {
        let mut bytes = [0; 10];
        rand::rng().fill_bytes(&mut bytes);
        Secret::from(bytes).to_base32()
    };
    (0..RECOVERY_CODES).map(code).collect()
}

/// `ABCD-EFGH-…`, for people to read.
pub fn in_groups(code: &str) -> String {
    let characters: Vec<_> = code.chars().collect();
    characters.chunks(4).map(String::from_iter).collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recovery_code_is_read_however_it_is_typed() {
        let codes = recovery_codes();
        assert_eq!(codes.iter().collect::<std::collections::BTreeSet<_>>().len(), 10);
        for code in codes {
            let shown = in_groups(&code);
            assert_eq!((code.len(), shown.len(), shown.matches('-').count()), (16, 19, 3));
            for typed in [code.clone(), shown.to_lowercase(), format!(" {} ", shown.replace('-', " "))] {
                assert!(EnteredCode::read(&typed) == EnteredCode::Recovery(code.clone()), "{typed}");
            }
        }
    }

    #[test]
    fn six_digits_are_of_the_app() {
        for typed in ["123456", "123 456", " 123-456"] {
            assert!(EnteredCode::read(typed) == EnteredCode::OfApp("123456".into()), "{typed}");
        }
        for other in ["12345", "1234567", "12345a", "", "١٢٣٤٥٦"] {
            assert!(matches!(EnteredCode::read(other), EnteredCode::Recovery(_)), "{other}");
        }
    }
}
