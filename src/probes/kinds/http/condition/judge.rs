//! Holds a condition against an answer, and shows the value found when it fails.

use serde_json::Value;

use super::{Condition, Left, Op, Quantifier, Right, decimal::Decimal};
use crate::kinds::{
    Cause, Failure,
    http::{
        exchange::Answer,
        packing::{MAX_BODY, Unreadable},
        text::{self, DEEP, LEVELS, NUMBER},
    },
};

/// Most of a value that is shown, in characters.
const MAX_SHOWN: usize = 120;

/// A value taken from an answer.
enum Seen {
    /// With how it is shown.
    Number(Decimal, String),
    Text(String),
    Json(Value),
}

/// What is looked at: one value, or all that a header or a path came to.
struct Looked {
    values: Vec<Seen>,
    /// There could have been any number of them.
    is_list: bool,
}

/// Why there is nothing to compare.
enum Unseen {
    Nothing(&'static str),
    Unreadable(Unreadable),
}

impl From<Unreadable> for Unseen {
    fn from(why: Unreadable) -> Self {
        Self::Unreadable(why)
    }
}

impl Condition {
    /// # Errors
    /// `ConditionFailed` with the value found; another cause when the body could not be looked at.
    pub fn judge(&self, answer: &Answer) -> Result<(), Failure> {
        let looked = self.look(answer).map_err(|unseen| match unseen {
            Unseen::Nothing(why) => self.failed(why),
            Unseen::Unreadable(why) => self.unreadable(&why),
        })?;
        if self.holds(&looked) { Ok(()) } else { Err(self.failed(&format!("found {}", looked.show()))) }
    }

    fn failed(&self, why: &str) -> Failure {
        Failure::new(Cause::ConditionFailed, format!("{}: {why}.", self.text))
    }

    fn unreadable(&self, why: &Unreadable) -> Failure {
        let (cause, why) = match why {
            Unreadable::TooLarge => (Cause::AnswerTooLarge, format!("the body is larger than {} MB", MAX_BODY >> 20)),
            Unreadable::Packed(how) => (Cause::AnswerUnreadable, format!("the body is compressed {how}, which the console does not unpack")),
            Unreadable::Deep => (Cause::AnswerUnreadable, format!("the body has more than {LEVELS} levels there, which is all that the console reads")),
            Unreadable::Broken(why) => (Cause::ConditionFailed, (*why).to_owned()),
        };
        Failure::new(cause, format!("{}: {why}.", self.text))
    }

    fn look(&self, answer: &Answer) -> Result<Looked, Unseen> {
        let only = |seen| Ok(Looked { values: vec![seen], is_list: false });
        match &self.left {
            Left::Status => only(whole(i64::from(answer.status.as_u16()))),
            Left::LatencyMs => {
                let micros = answer.latency.as_micros();
                let exact = Decimal::parse(&format!("{}e-3", micros)).ok_or(Unseen::Nothing("the time cannot be told"))?;
                only(Seen::Number(exact, ((micros + 500) / 1_000).to_string()))
            }
            Left::CertificateDays => only(whole(answer.certificate.as_ref().ok_or(Unseen::Nothing("the answer came without a certificate"))?.days_left)),
            Left::Body => only(Seen::Text(answer.text()?)),
            Left::Header(name) => {
                let values: Vec<_> =
                    answer.headers.get_all(name).iter().map(|value| Seen::Text(String::from_utf8_lossy(value.as_bytes()).into_owned())).collect();
                if values.is_empty() { Err(Unseen::Nothing("the answer has no such header")) } else { Ok(Looked { values, is_list: true }) }
            }
            Left::Json(path) => {
                let document = answer.json()?;
                let found = path.query(&document.value).all();
                if document.is_pruned && (self.searches || found.iter().any(|value| reaches_deep(value))) {
                    return Err(Unseen::Unreadable(Unreadable::Deep));
                }
                let values: Vec<_> = found.into_iter().cloned().map(Seen::Json).collect();
                if values.is_empty() { Err(Unseen::Nothing("there is nothing at this path")) } else { Ok(Looked { values, is_list: !self.is_singular }) }
            }
        }
    }

    fn holds(&self, looked: &Looked) -> bool {
        let (op, right) = (self.op, &self.right);
        let mut values = looked.values.iter();
        match (self.quantifier, op) {
            (Some(Quantifier::Any), _) => values.any(|seen| holds(seen, op, right)),
            (Some(Quantifier::All), _) => values.all(|seen| holds(seen, op, right)),
            (Some(Quantifier::None), _) => !values.any(|seen| holds(seen, op, right)),
            (None, Op::NotEqual) => !looked.equal(right),
            (None, Op::Equal) => looked.equal(right),
            // A list contains its members, whole; a header's lines are searched.
            (None, Op::Contains) if looked.is_list && matches!(self.left, Left::Json(_)) => values.any(|seen| equals(seen, right)),
            (None, _) => values.any(|seen| holds(seen, op, right)),
        }
    }
}

impl Looked {
    /// Any of them is the right one, or all together are the list that was written.
    fn equal(&self, right: &Right) -> bool {
        let together = || match right {
            Right::Word(right) if self.is_list => match text::json(right) {
                Some(Value::Array(items)) => {
                    items.len() == self.values.len() && self.values.iter().zip(&items).all(|(seen, item)| matches!(seen, Seen::Json(seen) if same(seen, item)))
                }
                _ => false,
            },
            _ => false,
        };
        self.values.iter().any(|seen| equals(seen, right)) || together()
    }

    fn show(&self) -> String {
        match self.values.as_slice() {
            [Seen::Json(only)] if self.is_list => cut(&Value::from(vec![only.clone()]).to_string()),
            [only] => show(only),
            several => cut(&Value::from_iter(several.iter().map(|seen| match seen {
                Seen::Json(value) => value.clone(),
                Seen::Number(_, text) | Seen::Text(text) => Value::from(text.as_str()),
            }))
            .to_string()),
        }
    }
}

/// Whether part of the value was too deep to be read.
fn reaches_deep(value: &Value) -> bool {
    match value {
        Value::String(text) => text == DEEP,
        Value::Array(items) => items.iter().any(reaches_deep),
        Value::Object(members) => members.values().any(reaches_deep),
        _ => false,
    }
}

fn whole(number: i64) -> Seen {
    let text = number.to_string();
    // An integer is a decimal.
    Decimal::parse(&text).map_or_else(|| Seen::Text(text.clone()), |exact| Seen::Number(exact, text.clone()))
}

fn holds(seen: &Seen, op: Op, right: &Right) -> bool {
    match op {
        Op::NotEqual => !equals(seen, right),
        Op::Equal => equals(seen, right),
        Op::Contains => contains(seen, right),
        Op::Matches => matches!(right, Right::Pattern(pattern) if pattern.is_match(&plain(seen))),
        Op::Less | Op::LessOrEqual | Op::Greater | Op::GreaterOrEqual => {
            let (Right::Number(right, _), Some(seen)) = (right, number(seen)) else { return false };
            match op {
                Op::Less => seen < *right,
                Op::LessOrEqual => seen <= *right,
                Op::Greater => seen > *right,
                _ => seen >= *right,
            }
        }
    }
}

fn equals(seen: &Seen, right: &Right) -> bool {
    match (seen, right) {
        (Seen::Text(seen), Right::Text(right) | Right::Word(right) | Right::Number(_, right)) => seen == right,
        // A number in quotes is a text.
        (Seen::Json(Value::String(text)), Right::Text(right) | Right::Word(right) | Right::Number(_, right)) if !text.starts_with(NUMBER) => text == right,
        (Seen::Json(seen), Right::Word(right)) => text::json(right).is_some_and(|right| same(seen, &right)),
        (_, Right::Number(right, _)) => number(seen).is_some_and(|seen| seen == *right),
        _ => false,
    }
}

/// Whether two JSON values are the same, with numbers compared by value.
fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Array(one), Value::Array(other)) => one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other)),
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len() && one.iter().all(|(name, one)| other.get(name).is_some_and(|other| same(one, other)))
        }
        _ => match (exact(one), exact(other)) {
            (Some(one), Some(other)) => one == other,
            (None, None) => one == other,
            _ => false,
        },
    }
}

/// A JSON number, and no text.
fn exact(value: &Value) -> Option<Decimal> {
    match value {
        Value::Number(number) => Decimal::parse(&number.to_string()),
        Value::String(text) => text.strip_prefix(NUMBER).and_then(Decimal::parse),
        _ => None,
    }
}

fn contains(seen: &Seen, right: &Right) -> bool {
    let (right, literal) = match right {
        Right::Text(right) => (right, None),
        Right::Word(right) => (right, text::json(right)),
        Right::Number(..) | Right::Pattern(_) => return false,
    };
    match seen {
        Seen::Text(seen) | Seen::Json(Value::String(seen)) => seen.contains(right),
        Seen::Json(Value::Array(items)) => items.iter().any(|item| item.as_str() == Some(right) || literal.as_ref().is_some_and(|literal| same(item, literal))),
        Seen::Json(Value::Object(members)) => members.contains_key(right),
        _ => false,
    }
}

/// For an order, a text that holds a number is one.
fn number(seen: &Seen) -> Option<Decimal> {
    match seen {
        Seen::Number(number, _) => Some(number.clone()),
        Seen::Text(text) => Decimal::parse(text.trim()),
        Seen::Json(Value::String(text)) if !text.starts_with(NUMBER) => Decimal::parse(text.trim()),
        Seen::Json(value) => exact(value),
    }
}

fn plain(seen: &Seen) -> String {
    match seen {
        Seen::Number(_, text) | Seen::Text(text) => text.clone(),
        Seen::Json(Value::String(text)) => text.trim_start_matches(NUMBER).to_owned(),
        Seen::Json(value) => value.to_string(),
    }
}

/// The value as a person reads it: numbers rounded, texts in quotes, on one line, cut.
fn show(seen: &Seen) -> String {
    match seen {
        Seen::Number(_, text) => text.clone(),
        Seen::Text(text) => cut(&Value::from(text.chars().take(MAX_SHOWN + 1).collect::<String>()).to_string()),
        Seen::Json(Value::String(text)) if text.starts_with(NUMBER) => cut(text.trim_start_matches(NUMBER)),
        Seen::Json(value) => cut(&value.to_string()),
    }
}

fn cut(text: &str) -> String {
    let text = text.replace(NUMBER, "");
    let mut shown: String = text.chars().filter(|c| !c.is_control()).take(MAX_SHOWN).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    shown
}
