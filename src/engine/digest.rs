//! The background task `digests`: what opened, what is still open, what was slow and which certificates come due, daily or weekly, in the team's time zone.
//!
//! A node takes on one channel at a time, in a unit of work that holds its row: the digest is queued and the next moment set together, so it is sent once.

use std::{ops::Range, time::Duration};

use crate::{Console, OpsError};
use domain::{
    business_hours::{Day, next_moment},
    channel::Digest,
    heartbeat::Slot,
    incident::IncidentStatus,
    latency::Latency,
    severity_policy::SeverityPolicy,
    time::Timestamp,
};
use store::{
    Tx, deliveries,
    digests::{self, Due, Line},
    severity_policies,
};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// Lines of each part.
const MOST: usize = 20;
/// What is read of each, so that it can be said how much is left out.
const READ: i64 = 1_000;
const SLOW: Latency = Latency::from_tenths(5_000);
/// What diagnostics found longer ago says nothing of today.
const CERTIFICATES_SEEN_WITHIN: Duration = DAY.saturating_mul(30);

/// Queues every digest that is due by now.
///
/// # Errors
/// The database failed.
pub async fn run(console: &Console) -> Result<(), OpsError> {
    while digests::is_due(&console.db, console.clock.now()).await? {
        let mut tx = console.db.begin().await?;
        let now = console.clock.now();
        // Whatever else is due, another node is at.
        let Some(due) = digests::due(&mut tx, now).await? else { break };
        let (_, policy) = severity_policies::get_in(&mut tx, due.team_id).await?;
        if let Some(moment) = due.digest_at {
            let (summary, lines) = composed(&mut tx, &console.sending.address, due, moment..now, &policy).await?;
            deliveries::queue_digest(&mut tx, due.team_id, due.id, &summary, &lines.join("\n"), now).await?;
        }
        digests::set_next(&mut tx, due.id, next(&policy, due.digest, now)).await?;
        tx.commit().await?;
        console.events.wake_sender();
    }
    Ok(())
}

/// At the beginning of the working day, by the team's clock: each day, or on Mondays.
fn next(policy: &SeverityPolicy, digest: Digest, now: Timestamp) -> Timestamp {
    let hours = &policy.business_hours;
    next_moment(hours.time_zone, (digest == Digest::Weekly).then_some(Day::Monday), hours.from, now)
}

/// What happened since the digest before, which was due a day or a week before this one; up to now, however late it is.
async fn composed(tx: &mut Tx, address: &str, due: Due, moment: Range<Timestamp>, policy: &SeverityPolicy) -> Result<(String, Vec<String>), OpsError> {
    let (word, length) = if due.digest == Digest::Weekly { ("week", DAY * 7) } else { ("day", DAY) };
    let (team, from, to) = (due.team_id, moment.start - length, moment.end);
    let mine = |line: &Line| policy.is_in(due.digest, line.severity);
    let opened: Vec<_> = digests::opened(tx, team, from, to, READ).await?.into_iter().filter(mine).collect();
    let unresolved: Vec<_> = digests::unresolved(tx, team, from, READ).await?.into_iter().filter(mine).collect();
    let slow = digests::slow(tx, team, Slot::at(from), Slot::at(to), SLOW, READ).await?;
    let certificates = digests::certificates(tx, team, to - CERTIFICATES_SEEN_WITHIN, READ).await?;
    let open = opened.iter().filter(|line| line.status != IncidentStatus::Resolved).count() + unresolved.len();
    let summary = format!("The last {word}: {} opened, {open} still open, {} slow, {} certificates come due.", opened.len(), slow.len(), certificates.len());
    let text = |line: &Line| text_of(line, address);
    let mut lines = Vec::new();
    // What nobody was told of before is told whole, and first.
    let (told_here_alone, told): (Vec<_>, Vec<_>) = opened.iter().partition(|line| policy.is_told_by(due.digest, line.severity));
    add_all(&mut lines, "Opened, and told here alone:", told_here_alone.into_iter().map(&text));
    add(&mut lines, "Opened:", told.into_iter().map(&text));
    add(&mut lines, "Still open from before:", unresolved.iter().map(&text));
    add(
        &mut lines,
        "Slow:",
        slow.iter().map(|(name, mean, worst)| format!("{name}: {:.0} ms on average, {:.0} ms at worst", mean.as_millis(), worst.as_millis())),
    );
    add(&mut lines, "Certificates that come due:", certificates.iter().map(|(name, found)| format!("{name}: {found}")));
    Ok((summary, lines))
}

fn text_of(line: &Line, address: &str) -> String {
    let Line { id, severity, status, summary, opened_at } = line;
    let severity = severity.label();
    format!("[{severity}] {summary} ({status}, opened {}) {address}/operations/incidents/{id}", opened_at.exact())
}

fn add_all(lines: &mut Vec<String>, head: &str, entries: impl ExactSizeIterator<Item = String>) {
    if entries.len() > 0 {
        lines.push(head.to_owned());
        lines.extend(entries.map(|entry| format!("- {entry}")));
    }
}

fn add(lines: &mut Vec<String>, head: &str, entries: impl ExactSizeIterator<Item = String>) {
    let count = entries.len();
    add_all(lines, head, entries.take(MOST));
    if count > MOST {
        lines.push(format!("- and {} more", count - MOST));
    }
}
