//! The newest lines of this process's log that go under a correlation ID, so that whoever looks up the ID finds them. One for the process, as its log is.
//! A moment later they are rows, which other nodes read, and later processes.

use std::{
    collections::{HashMap, VecDeque},
    time::Duration,
};

use parking_lot::Mutex;

use super::{Console, OpsError};
use domain::{correlation_id::CorrelationId, error_event::LogLine, ids::TeamId};
use store::{
    Db,
    log_lines::{self as rows, Said},
};

/// Bytes of text that are kept, about 20,000 lines.
const MOST_BYTES: usize = 4 * 1024 * 1024;
/// Of one line.
const LONGEST: usize = 2_000;
/// Lines that are told of one ID.
const MOST_TOLD: usize = 200;
/// What a line takes beside its text.
const OVERHEAD: usize = 120;
/// Correlation IDs of a second that become rows, so that a flood of requests is none of rows.
const MOST_SHARED: usize = 500;

static BUFFER: Mutex<LineBuffer> = Mutex::new(LineBuffer { lines: VecDeque::new(), bytes: 0, dropped: 0, unshared: 0 });

struct LineBuffer {
    lines: VecDeque<BufferedLine>,
    bytes: usize,
    /// How many have made room: the number of the first line that is left.
    dropped: usize,
    /// Number of the first line that is no row yet, nor left out.
    unshared: usize,
}

impl LineBuffer {
    /// The first that is to become a row, by its place.
    fn first_unshared(&self) -> usize {
        self.unshared.saturating_sub(self.dropped).min(self.lines.len())
    }
}

struct BufferedLine {
    correlation_id: String,
    /// Whose; absent where nobody was signed in, which every team may read.
    team: Option<TeamId>,
    line: LogLine,
}

impl BufferedLine {
    const fn bytes(&self) -> usize {
        OVERHEAD + self.correlation_id.len() + self.line.text.len()
    }
}

/// Keeps a line until newer ones take its place.
pub fn keep(correlation_id: &str, team: Option<TeamId>, mut line: LogLine) {
    line.text.truncate(line.text.floor_char_boundary(LONGEST));
    let kept_line = BufferedLine { correlation_id: correlation_id.to_owned(), team, line };
    let mut kept = BUFFER.lock();
    kept.bytes += kept_line.bytes();
    kept.lines.push_back(kept_line);
    while kept.bytes > MOST_BYTES {
        let Some(oldest) = kept.lines.pop_front() else { break };
        kept.bytes -= oldest.bytes();
        kept.dropped += 1;
    }
}

/// How often [`share`] is called: other nodes read the rows. Where there are none, they are for the process that comes after this one.
pub const fn shared_every(db: &Db) -> Duration {
    if db.is_embedded() { Duration::from_secs(10) } else { Duration::from_secs(1) }
}

/// Makes rows of what was said since the last time; asks the database nothing where that is nothing. While the database is away or full, nothing is left
/// out: what was refused meanwhile, before it could be known whose it is, is known under its ID to every node once the database is back. What it does not
/// take for another reason stays known to this process alone.
///
/// # Errors
/// The database failed.
pub async fn share(console: &Console) -> Result<(), OpsError> {
    let seconds = usize::try_from(shared_every(&console.db).as_secs()).unwrap_or(1);
    let (from, said) = unshared(MOST_SHARED * seconds);
    let written = write(console, &said).await;
    if let Err(error) = &written
        && error.is_passing()
    {
        let mut kept = BUFFER.lock();
        kept.unshared = kept.unshared.min(from);
    }
    written
}

async fn write(console: &Console, said: &[Said]) -> Result<(), OpsError> {
    if said.is_empty() {
        return Ok(());
    }
    let mut tx = console.db.begin().await?;
    rows::insert(&mut tx, said, console.clock.now()).await?;
    Ok(tx.commit().await?)
}

/// By whose and under which ID, with the number of the first line. Where there are too many, those that nobody was signed in for stay out, of these the ones in
/// which nothing failed before the others.
fn unshared(most: usize) -> (usize, Vec<Said>) {
    let mut kept = BUFFER.lock();
    let first = kept.first_unshared();
    let from = kept.dropped + first;
    kept.unshared = kept.dropped + kept.lines.len();
    let mut by_thread = HashMap::<_, Vec<_>>::new();
    for BufferedLine { correlation_id, team, line } in kept.lines.range(first..) {
        by_thread.entry((correlation_id, *team)).or_default().push(line);
    }
    let mut said: Vec<_> = by_thread
        .into_iter()
        .map(|((correlation_id, team), lines)| Said {
            correlation_id: correlation_id.clone(),
            team,
            lines: lines.into_iter().take(MOST_TOLD).cloned().collect(),
        })
        .collect();
    said.sort_by_key(|said| (said.team.is_none(), !said.lines.iter().any(|line| line.level == "ERROR")));
    said.truncate(most);
    (from, said)
}

/// What was logged under an ID for the team, or for nobody, the oldest first.
pub fn under(id: &CorrelationId, team: Option<TeamId>) -> Vec<LogLine> {
    let kept = BUFFER.lock();
    let is_meant = |kept: &&BufferedLine| kept.correlation_id == id.as_str() && (kept.team.is_none() || kept.team == team);
    let mut lines: Vec<_> = kept.lines.iter().rev().filter(is_meant).take(MOST_TOLD).map(|kept| kept.line.clone()).collect();
    lines.reverse();
    lines
}

#[cfg(test)]
mod tests {
    use domain::time::Timestamp;

    use super::*;

    fn line(text: &str) -> LogLine {
        LogLine { at: Timestamp::from_millis(0), level: "INFO".into(), text: text.into() }
    }

    fn texts(id: &CorrelationId, team: Option<TeamId>) -> Vec<String> {
        under(id, team).into_iter().map(|line| line.text).collect()
    }

    #[test]
    fn a_team_finds_its_own_lines_and_those_of_nobody() {
        let (id, mine, other) = (CorrelationId::mint(), TeamId::new(), TeamId::new());
        keep(id.as_str(), None, line("nobody's"));
        keep(id.as_str(), Some(mine), line("mine"));
        keep(id.as_str(), Some(other), line("another team's"));
        keep(CorrelationId::mint().as_str(), Some(mine), line("of another ID"));
        assert_eq!(texts(&id, Some(mine)), ["nobody's", "mine"]);
        assert_eq!(texts(&id, None), ["nobody's"]);
    }

    #[test]
    fn the_oldest_lines_make_room() {
        let (old, new) = (CorrelationId::mint(), CorrelationId::mint());
        keep(old.as_str(), None, line("old"));
        for _ in 0..=MOST_BYTES / LONGEST {
            keep(new.as_str(), None, line(&"ü".repeat(LONGEST)));
        }
        assert!(texts(&old, None).is_empty());
        let kept = texts(&new, None);
        assert_eq!((kept.len(), kept[0].len()), (MOST_TOLD, LONGEST));
        assert!(BUFFER.lock().bytes <= MOST_BYTES);
    }
}
