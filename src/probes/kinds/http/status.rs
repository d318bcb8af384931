//! Statuses as people read them, and which count as well: `200-299`, `200,204,300-399`.

use std::{ops::RangeInclusive, str::FromStr};

use hyper::StatusCode;

/// `404 Not Found`, or the number alone.
pub fn in_words(status: StatusCode) -> String {
    status.canonical_reason().map_or_else(|| status.as_str().to_owned(), |reason| format!("{} {reason}", status.as_str()))
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpectedStatus(Vec<RangeInclusive<u16>>);

impl ExpectedStatus {
    pub fn contains(&self, status: u16) -> bool {
        self.0.iter().any(|range| range.contains(&status))
    }
}

impl FromStr for ExpectedStatus {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let range = |item: &str| {
            let (first, last) = item.split_once('-').unwrap_or((item, item));
            let range = status(first)?..=status(last)?;
            if range.is_empty() { None } else { Some(range) }
        };
        let ranges = text.split(',').map(|item| range(item.trim()).ok_or_else(|| refusal(item)));
        ranges.collect::<Result<_, _>>().map(Self)
    }
}

fn status(text: &str) -> Option<u16> {
    let text = text.trim();
    let digits = text.bytes().all(|byte| byte.is_ascii_digit()).then_some(text)?;
    digits.parse().ok().filter(|status| (100..=599).contains(status))
}

fn refusal(item: &str) -> String {
    format!("`{}` is no status or range; write for example 200,204,300-399.", item.trim().chars().take(40).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_that_nobody_defined_is_its_number() {
        assert_eq!([404, 600].map(|code| in_words(StatusCode::from_u16(code).expect("a status"))), ["404 Not Found", "600"]);
    }

    #[test]
    fn statuses_and_ranges_are_listed() {
        let expected: ExpectedStatus = "200, 204,300-399".parse().expect("list");
        assert!([200, 204, 300, 399].into_iter().all(|status| expected.contains(status)));
        assert!([199, 201, 299, 400].into_iter().all(|status| !expected.contains(status)));
        for text in ["", "200,", "2xx", "299-200", "99", "600", "200-", "-", "200;204"] {
            assert!(text.parse::<ExpectedStatus>().is_err(), "{text:?}");
        }
    }
}
