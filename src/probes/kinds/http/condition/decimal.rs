//! Numbers compared as they were written: integers of any size and decimals, by value.

use std::cmp::Ordering;

/// Largest exponent that is told from larger ones; with room for the digits before the point.
const MOST: i64 = i64::MAX / 2;

/// `0.<digits> × 10^point`, without zeros at either end of the digits; no digits are zero.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decimal {
    negative: bool,
    digits: String,
    point: i64,
}

impl Decimal {
    /// As JSON writes numbers; a plus sign, and zeros at either end, may stand or be left out.
    pub fn parse(text: &str) -> Option<Self> {
        let (negative, rest) = match text.as_bytes().first()? {
            b'-' => (true, &text[1..]),
            b'+' => (false, &text[1..]),
            _ => (false, text),
        };
        let (mantissa, exponent) = match rest.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, whole_number(exponent)?),
            None => (rest, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits = [whole, fraction].concat();
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let leading = digits.len() - digits.trim_start_matches('0').len();
        let significant = digits.trim_matches('0');
        if significant.is_empty() {
            return Some(Self { negative: false, digits: String::new(), point: 0 });
        }
        let point = i64::try_from(whole.len()).ok()? + exponent - i64::try_from(leading).ok()?;
        Some(Self { negative, digits: significant.to_owned(), point })
    }

    /// Whether a float tells it from every other number of as many digits (IEEE 754, double precision).
    pub fn is_exact_as_float(&self) -> bool {
        self.digits.len() <= 15 && self.point.abs() <= 300
    }

    fn magnitude(&self, other: &Self) -> Ordering {
        match (self.digits.is_empty(), other.digits.is_empty()) {
            (true, true) => Ordering::Equal,
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
            // Digits without zeros at their end are ordered as texts are.
            (false, false) => self.point.cmp(&other.point).then_with(|| self.digits.cmp(&other.digits)),
        }
    }
}

/// One beyond [`MOST`] is as good as without bound, and is compared as such.
fn whole_number(text: &str) -> Option<i64> {
    let (sign, digits) = match text.as_bytes().first()? {
        b'-' => (-1, &text[1..]),
        b'+' => (1, &text[1..]),
        _ => (1, text),
    };
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| sign * digits.parse().unwrap_or(MOST).min(MOST))
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self.negative, other.negative) {
            (false, false) => self.magnitude(other),
            (true, true) => other.magnitude(self),
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
        }
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Decimal {
        Decimal::parse(text).unwrap_or_else(|| panic!("{text}"))
    }

    #[test]
    fn equal_values_are_equal_however_they_are_written() {
        for (one, other) in [
            ("1", "1.0"),
            ("100", "1e2"),
            ("0.10", "1E-1"),
            ("-0", "0"),
            ("0e9", "0.00"),
            ("+7", "007"),
            ("1234.5", "0.12345e4"),
            ("1e9999999999", "10e9999999998"),
        ] {
            assert_eq!(of(one), of(other), "{one} {other}");
        }
    }

    #[test]
    fn the_order_is_that_of_the_values() {
        let table = [
            "-1e9999999999999999999999",
            "-1e400",
            "-12",
            "-2",
            "-0.5",
            "-1e-400",
            "0",
            "1e-99999999999",
            "1e-9999999999",
            "1e-400",
            "0.1",
            "0.10000000000000001",
            "1",
            "1.5",
            "9",
            "10",
            "12",
            "9007199254740992",
            "9007199254740993",
            "1e400",
            "1e9999999999",
            "1e99999999999",
        ];
        for pair in table.windows(2) {
            assert!(of(pair[0]) < of(pair[1]), "{pair:?}");
        }
    }

    #[test]
    fn what_is_no_number_is_none() {
        for text in ["", "-", ".", "e5", "1e", "1e1.5", "1e+", "1e--1", "NaN", "inf", "0x10", "1_000", "1 2", "١"] {
            assert_eq!(Decimal::parse(text), None, "{text}");
        }
    }
}
