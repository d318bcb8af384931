//! One message on one channel: why it is sent, how it stands, when it is tried again and when it is given up.

use std::{collections::BTreeMap, time::Duration};

use serde::{Deserialize, Serialize};
use strum::{Display, EnumIter, EnumString, IntoStaticStr};

use super::{
    environment::Environment,
    ids::{ChannelId, DeliveryId, IncidentId},
    severity::IncidentSeverity,
    time::Timestamp,
};

/// After so long a message says nothing of use any more.
pub const GIVEN_UP_AFTER: Duration = Duration::from_secs(24 * 60 * 60);
/// Before the second attempt; each wait after it is twice as long.
const FIRST_WAIT: Duration = Duration::from_secs(10);
const LONGEST_WAIT: Duration = Duration::from_secs(60 * 60);
/// Of a channel whose receiver has not asked for more.
const LONGEST_REST: Duration = Duration::from_secs(60);

/// Why a message is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Display, EnumIter, EnumString, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub enum DeliveryReason {
    Opened,
    Escalated,
    Reminder,
    Acknowledged,
    /// By itself, or by a person.
    Recovered,
    Overdue,
    Digest,
    Test,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Display, EnumIter, EnumString, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub enum DeliveryStatus {
    Waiting,
    Sent,
    /// Given up; a person may have it sent again.
    Dead,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(sqlx::FromRow, utoipa::ToSchema))]
pub struct Delivery {
    /// The receiver knows it by this, however often it is sent: `webhook-id`, `Message-ID`.
    pub id: DeliveryId,
    pub channel_id: ChannelId,
    pub incident_id: Option<IncidentId>,
    pub reason: DeliveryReason,
    pub status: DeliveryStatus,
    pub attempts: i32,
    /// While it waits.
    pub next_attempt_at: Option<Timestamp>,
    pub last_error: Option<String>,
    pub sent_at: Option<Timestamp>,
    pub created_at: Timestamp,
    /// Of the incident.
    pub severity: Option<IncidentSeverity>,
    /// As it was called then.
    pub connection_name: Option<String>,
    pub environment: Option<Environment>,
    /// How many incidents it is about: those that opened, or went on, together. The one above is the first.
    pub incident_count: i64,
}

/// Which deliveries are meant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DeliveryFilter {
    pub channel: Option<ChannelId>,
    pub incident: Option<IncidentId>,
    pub status: Option<DeliveryStatus>,
}

/// What one of several receivers said to a message, for good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    Sent,
    /// It takes the message never.
    Refused,
}

/// The receivers of a message that are done with, by what the channel calls them.
pub type Answers = BTreeMap<String, Answer>;

/// How an attempt ended that did not succeed; the gravest last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SendFailure {
    /// It may succeed later, and not before this long if the receiver said so.
    ForNow(Option<Duration>),
    /// The same of some receivers; the others are done with.
    InPart(Option<Duration>),
    /// The receiver takes this message never, and may take others.
    Message,
    /// The receiver takes nothing more until a person changes the channel.
    Channel,
}

/// What an HTTP status other than 2xx means for the message and its channel. A redirect is followed by nobody: what stands behind it was not checked.
pub const fn unsent(status: u16, retry_after: Option<Duration>) -> SendFailure {
    match status {
        401 | 403 | 404 | 410 => SendFailure::Channel,
        408 | 421 | 425 | 429 => SendFailure::ForNow(retry_after),
        400..=499 => SendFailure::Message,
        _ => SendFailure::ForNow(retry_after),
    }
}

/// When a message that waits since `since` is tried again after `attempts` that failed, the last of them `now`; none once it is given up.
///
/// `jitter`, from 0 to 1, spreads what failed together over the second half of the wait. What the receiver asks for is honoured up to an hour.
pub fn next_attempt(since: Timestamp, now: Timestamp, attempts: u32, asked: Option<Duration>, jitter: f64) -> Option<Timestamp> {
    let wait = FIRST_WAIT.saturating_mul(2_u32.saturating_pow(attempts.saturating_sub(1))).min(LONGEST_WAIT);
    let wait = wait.mul_f64((1.0 + jitter.clamp(0.0, 1.0)) / 2.0);
    let next = now + wait.max(asked.unwrap_or_default().min(LONGEST_WAIT));
    (next < since + GIVEN_UP_AFTER).then_some(next)
}

/// How long a channel rests on which a message failed `now` that is tried again at `next`: else all that wait there would be tried one after the other.
/// Other messages may go through, so it is not long, unless the receiver asks for it.
pub fn rests_until(now: Timestamp, next: Option<Timestamp>, asked: Option<Duration>) -> Timestamp {
    let rested = now + LONGEST_REST;
    next.map_or(rested, |next| next.min(rested)).max(now + asked.unwrap_or_default().min(LONGEST_WAIT))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const START: i64 = 1_700_000_000_000;

    fn waits(attempts: u32, asked: Option<u64>, jitter: f64) -> Option<u64> {
        let now = Timestamp::from_millis(START);
        let next = next_attempt(now, now, attempts, asked.map(Duration::from_secs), jitter)?;
        u64::try_from(next.as_millis() - now.as_millis()).ok()
    }

    #[test]
    fn waits_double_up_to_an_hour() {
        assert_eq!((1..=4).map(|attempts| waits(attempts, None, 1.0)).collect::<Vec<_>>(), [Some(10_000), Some(20_000), Some(40_000), Some(80_000)]);
        assert_eq!((waits(1, None, 0.0), waits(30, None, 1.0), waits(u32::MAX, None, 1.0)), (Some(5_000), Some(3_600_000), Some(3_600_000)));
    }

    #[test]
    fn what_the_receiver_asks_for_is_honoured_within_reason() {
        assert_eq!((waits(1, Some(120), 1.0), waits(1, Some(1), 1.0), waits(1, Some(u64::MAX), 1.0)), (Some(120_000), Some(10_000), Some(3_600_000)));
    }

    #[test]
    fn a_channel_rests_a_minute_at_most_unless_it_is_asked_for_more() {
        let (now, after) = (Timestamp::from_millis(START), |seconds: i64| Timestamp::from_millis(START + seconds * 1_000));
        for (next, asked, rests) in [(Some(10), None, 10), (Some(3_600), None, 60), (None, None, 60), (Some(120), Some(120), 120), (None, Some(9_999), 3_600)] {
            assert_eq!(rests_until(now, next.map(after), asked.map(Duration::from_secs)), after(rests), "{next:?} {asked:?}");
        }
    }

    #[test]
    fn statuses_are_of_the_moment_of_the_message_or_of_the_channel() {
        let asked = Some(Duration::from_secs(3));
        for status in [401, 403, 404, 410] {
            assert_eq!(unsent(status, asked), SendFailure::Channel, "{status}");
        }
        for status in [301, 308, 408, 429, 500, 503] {
            assert_eq!(unsent(status, asked), SendFailure::ForNow(asked), "{status}");
        }
        assert_eq!((unsent(400, None), unsent(413, None), unsent(422, None)), (SendFailure::Message, SendFailure::Message, SendFailure::Message));
    }

    proptest! {
        /// Every message ends, within a day, after a number of attempts that no receiver would mind.
        #[test]
        fn it_is_given_up_after_a_day(jitter in 0.0..=1.0_f64) {
            let since = Timestamp::from_millis(START);
            let (mut now, mut attempts) = (since, 0);
            loop {
                attempts += 1;
                let Some(next) = next_attempt(since, now, attempts, None, jitter) else { break };
                prop_assert!(next > now && next < since + GIVEN_UP_AFTER);
                now = next;
            }
            prop_assert!((25..=60).contains(&attempts), "{attempts}");
            prop_assert!(now.seconds_since(since) > 22 * 60 * 60);
        }
    }
}
