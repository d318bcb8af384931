//! How often what was tried succeeded, and what went wrong, over time.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{ids::ProfileId, kind::KindId, time::Timestamp};

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

/// Steps of one length, in UTC, that a span of time up to now falls into: hours of up to two days, days of more.
/// The span may begin within the first, and the last is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Steps {
    /// Numbers since 1970.
    first: i64,
    last: i64,
    seconds: i64,
}

impl Steps {
    pub fn over(span: Duration, now: Timestamp) -> Self {
        let seconds = if span.as_secs() <= 2 * DAY.unsigned_abs() { HOUR } else { DAY };
        Self { first: number(now - span, seconds), last: number(now, seconds), seconds }
    }

    /// That of the step that a moment lies in.
    pub const fn number(self, at: Timestamp) -> i64 {
        number(at, self.seconds)
    }

    pub const fn seconds(self) -> i64 {
        self.seconds
    }

    pub fn count(self) -> usize {
        usize::try_from(self.last - self.first + 1).unwrap_or_default()
    }

    /// When each begins.
    pub fn beginnings(self) -> impl Iterator<Item = Timestamp> {
        (self.first..=self.last).map(move |number| Timestamp::from_millis(number * self.seconds * 1_000))
    }

    /// The place of a number among them; none where it lies outside.
    pub fn place(self, number: i64) -> Option<usize> {
        usize::try_from(number - self.first).ok().filter(|place| *place < self.count())
    }
}

const fn number(at: Timestamp, seconds: i64) -> i64 {
    at.as_millis().div_euclid(seconds * 1_000)
}

/// What happened in one step of time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct RateStep {
    /// Its beginning, in UTC.
    pub at: Timestamp,
    /// Tests before an activation that ended, and of these those that failed.
    pub verifications: i64,
    pub verifications_failed: i64,
    /// Scenarios of diagnostic runs that were tried, and of these those that failed.
    pub scenarios: i64,
    pub scenarios_failed: i64,
    /// Requests that this console answered, for any team; those that it refused (4xx), and those that failed by its own fault (5xx).
    pub requests: i64,
    pub requests_refused: i64,
    pub requests_failed: i64,
    /// Errors that other programs reported; none for those who may not read errors.
    pub reported: i64,
}

impl RateStep {
    pub const fn new(at: Timestamp) -> Self {
        Self {
            at,
            verifications: 0,
            verifications_failed: 0,
            scenarios: 0,
            scenarios_failed: 0,
            requests: 0,
            requests_refused: 0,
            requests_failed: 0,
            reported: 0,
        }
    }
}

/// Requests that were answered, and how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, sqlx::FromRow)]
pub struct Answered {
    pub answered: i64,
    pub refused: i64,
    pub failed: i64,
}

impl Answered {
    pub const fn add(&mut self, other: Self) {
        self.answered += other.answered;
        self.refused += other.refused;
        self.failed += other.failed;
    }

    /// One, by its status.
    pub fn by_status(status: u16) -> Self {
        Self { answered: 1, refused: i64::from((400..500).contains(&status)), failed: i64::from(status >= 500) }
    }
}

/// Tries of one sort, of one kind or of one connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::FromRow, utoipa::ToSchema)]
pub struct Rate {
    pub kind: KindId,
    /// Absent where it is of all connections of the kind.
    pub connection_id: Option<ProfileId>,
    pub connection_name: Option<String>,
    /// Tests before an activation that ended, and of these those that failed.
    pub verifications: i64,
    pub verifications_failed: i64,
    /// Scenarios of diagnostic runs that were tried, and of these those that failed.
    pub scenarios: i64,
    pub scenarios_failed: i64,
    /// Of both, in each step of time.
    #[sqlx(skip)]
    pub tried: Vec<i64>,
    #[sqlx(skip)]
    pub failed: Vec<i64>,
}

/// What was tried of a kind or a connection in the step of that number.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct RateInStep {
    pub step: i64,
    #[sqlx(flatten)]
    pub rate: Rate,
}

impl Rate {
    /// Percent of all that succeeded.
    pub fn success(&self) -> Option<f64> {
        success(self.verifications + self.scenarios, self.verifications_failed + self.scenarios_failed)
    }

    /// Of the same kind and connection.
    fn of_nothing(like: &Self, steps: Steps) -> Self {
        Self {
            kind: like.kind.clone(),
            connection_id: like.connection_id,
            connection_name: like.connection_name.clone(),
            verifications: 0,
            verifications_failed: 0,
            scenarios: 0,
            scenarios_failed: 0,
            tried: vec![0; steps.count()],
            failed: vec![0; steps.count()],
        }
    }

    /// One of each kind and connection, in the order in which they come.
    pub fn summed(parts: &[RateInStep], steps: Steps) -> Vec<Self> {
        let mut sums: Vec<Self> = Vec::new();
        for RateInStep { step, rate } in parts {
            let known = sums.iter().position(|sum| (&sum.kind, sum.connection_id) == (&rate.kind, rate.connection_id));
            let at = known.unwrap_or_else(|| {
                sums.push(Self::of_nothing(rate, steps));
                sums.len() - 1
            });
            let sum = &mut sums[at];
            sum.verifications += rate.verifications;
            sum.verifications_failed += rate.verifications_failed;
            sum.scenarios += rate.scenarios;
            sum.scenarios_failed += rate.scenarios_failed;
            if let Some(place) = steps.place(*step) {
                sum.tried[place] += rate.verifications + rate.scenarios;
                sum.failed[place] += rate.verifications_failed + rate.scenarios_failed;
            }
        }
        sums
    }
}

/// How often one code of one program was recorded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct CodeCount {
    pub code: String,
    pub service: String,
    pub count: i64,
    /// In each step of time.
    pub counts: Vec<i64>,
}

/// How often a code of a program was recorded in the step of that number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeInStep {
    pub step: i64,
    pub code: String,
    pub service: String,
    pub count: i64,
}

impl CodeCount {
    /// One of each code of a program, the most frequent first.
    pub fn summed(parts: Vec<CodeInStep>, steps: Steps) -> Vec<Self> {
        let mut sums: Vec<Self> = Vec::new();
        for CodeInStep { step, code, service, count } in parts {
            let at = sums.iter().position(|sum| (&sum.code, &sum.service) == (&code, &service)).unwrap_or_else(|| {
                sums.push(Self { code, service, count: 0, counts: vec![0; steps.count()] });
                sums.len() - 1
            });
            sums[at].count += count;
            if let Some(place) = steps.place(step) {
                sums[at].counts[place] += count;
            }
        }
        sums.sort_by(|one, other| other.count.cmp(&one.count).then_with(|| (&one.code, &one.service).cmp(&(&other.code, &other.service))));
        sums
    }
}

/// Percent of all that succeeded, to a tenth and rounded down: 100 % means that nothing failed. None where nothing was tried.
pub fn success(tried: i64, failed: i64) -> Option<f64> {
    let tenths = (tried - failed).checked_mul(1_000)?.checked_div(tried)?;
    #[expect(clippy::cast_precision_loss, reason = "at most 1,000")]
    let tenths = tenths as f64;
    Some(tenths / 10.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_step(step: i64, kind: &str, verifications: i64, failed: i64) -> RateInStep {
        let rate = Rate {
            kind: kind.parse().expect("a kind"),
            connection_id: None,
            connection_name: None,
            verifications,
            verifications_failed: failed,
            scenarios: verifications,
            scenarios_failed: 0,
            tried: Vec::new(),
            failed: Vec::new(),
        };
        RateInStep { step, rate }
    }

    fn moment(text: &str) -> Timestamp {
        text.parse().expect("a moment")
    }

    #[test]
    fn a_hundred_percent_means_that_nothing_failed() {
        assert_eq!(success(0, 0), None);
        assert_eq!([(4, 0), (4, 2), (5_000, 1)].map(|(tried, failed)| success(tried, failed)), [Some(100.0), Some(50.0), Some(99.9)]);
        assert_eq!(in_step(0, "tcp", 4, 4).rate.success(), Some(50.0));
    }

    #[test]
    fn up_to_two_days_are_looked_at_by_the_hour_and_more_by_the_day() {
        let now = moment("2026-01-09T03:30:00Z");
        let beginnings = |span: i64| Steps::over(Duration::from_secs(span.unsigned_abs()), now).beginnings().collect::<Vec<_>>();
        assert_eq!(beginnings(HOUR), ["2026-01-09T02:00:00Z", "2026-01-09T03:00:00Z"].map(moment));
        assert_eq!(beginnings(2 * DAY).len(), 49);
        let week = beginnings(7 * DAY);
        assert_eq!((week.len(), week[0], week[7]), (8, moment("2026-01-02T00:00:00Z"), moment("2026-01-09T00:00:00Z")));
    }

    #[test]
    fn what_was_tried_stands_in_its_step_and_in_the_sum() {
        let steps = Steps::over(Duration::from_secs(7_200), Timestamp::from_millis(10 * HOUR * 1_000));
        let sums = Rate::summed(&[in_step(8, "tcp", 1, 1), in_step(10, "http", 2, 0), in_step(10, "tcp", 3, 1), in_step(99, "tcp", 1, 0)], steps);
        let told: Vec<_> = sums.iter().map(|sum| (sum.kind.to_string(), sum.verifications, sum.tried.clone(), sum.failed.clone())).collect();
        assert_eq!(told, [("tcp".to_owned(), 5, vec![2, 0, 6], vec![1, 0, 1]), ("http".to_owned(), 2, vec![0, 0, 4], vec![0, 0, 0])]);
    }

    #[test]
    fn the_most_frequent_code_stands_first() {
        let steps = Steps::over(Duration::from_secs(3_600), Timestamp::from_millis(10 * HOUR * 1_000));
        let of = |step, code: &str, count| CodeInStep { step, code: code.to_owned(), service: "shop".to_owned(), count };
        let sums = CodeCount::summed(vec![of(9, "declined", 1), of(9, "timeout", 2), of(10, "timeout", 3)], steps);
        let told: Vec<_> = sums.iter().map(|sum| (sum.code.as_str(), sum.count, sum.counts.clone())).collect();
        assert_eq!(told, [("timeout", 5, vec![2, 3]), ("declined", 1, vec![1, 0])]);
    }

    #[test]
    fn a_request_is_counted_by_its_status() {
        let mut sum = Answered::default();
        [200, 303, 404, 500, 503].map(Answered::by_status).into_iter().for_each(|one| sum.add(one));
        assert_eq!(sum, Answered { answered: 5, refused: 1, failed: 2 });
    }
}
