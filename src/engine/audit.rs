//! The audit log: who did what to which thing, from where. An entry is written in the unit of work of the act, so that neither is without the other.

use std::{collections::BTreeMap, net::IpAddr, sync::Arc, time::Duration};

use serde::Serialize;
use tokio::sync::Mutex;
use uuid::Uuid;

use super::{
    Console, OpsError, Scope,
    audit_chain::{ChainFault, ChainWalk, hex},
    background::BackgroundTask,
    cursor,
    error::chain,
    scope::Client,
};
use domain::{
    audit::{AuditAct, AuditEntry, AuditFilter, Subject},
    correlation_id::CorrelationId,
    ids::{Id, TeamId},
    operator::{Actor, Who},
    permission::Permission,
};
use store::{
    StoreResult, Tx,
    audit_entries::{self, StoredEntry},
    audit_heads::{self, AuditHead, TeamHead},
    master_keys,
};

/// Entries that are looked at together.
const LOOKED_AT: i64 = 1_000;

/// Whoever can change the database as well as the server's log has this long to do so.
const TOLD_EVERY: Duration = Duration::from_secs(60);

/// From where someone acts who has a shell on the server.
pub(crate) const COMMAND_LINE: &str = "command line";

/// An act before it is written down.
#[derive(Clone, Debug)]
pub struct AuditRecord<'a> {
    pub team: TeamId,
    /// As the log shows them.
    pub actor: &'a str,
    pub actor_id: Option<Id<()>>,
    pub act: AuditAct,
    pub subject: Subject,
    pub from: Option<IpAddr>,
    pub correlation_id: &'a CorrelationId,
}

impl<'a> AuditRecord<'a> {
    /// What somebody does from outside who is not signed in yet.
    pub fn at(client: &'a Client, team: TeamId, actor: &'a str, act: AuditAct, subject: impl Into<Subject>) -> Self {
        Self { team, actor, actor_id: None, act, subject: subject.into(), from: Some(client.address), correlation_id: &client.correlation_id }
    }
}

impl Scope {
    /// Writes down what the actor does in this unit of work, which may span teams. Call it last before the commit: until then other acts of the team wait.
    ///
    /// # Errors
    /// The database failed, or is not as this console left it.
    pub(crate) async fn audit(&self, tx: &mut Tx, act: AuditAct, subject: impl Into<Subject>) -> Result<(), OpsError> {
        append(&self.console, tx, self.act(act, subject.into())).await
    }

    /// The same in the log of another team, which the actor comes into.
    pub(crate) async fn audit_in(&self, tx: &mut Tx, team: TeamId, act: AuditAct, subject: impl Into<Subject>) -> Result<(), OpsError> {
        append(&self.console, tx, AuditRecord { team, ..self.act(act, subject.into()) }).await
    }

    /// The same in the log of every team, for what concerns them all.
    pub(crate) async fn audit_everywhere(&self, tx: &mut Tx, act: AuditAct, subject: &Subject) -> Result<(), OpsError> {
        let mut teams: Vec<_> = audit_heads::all(&self.console.db).await?.into_iter().map(|head| head.team_id).collect();
        if !teams.contains(&self.team()) {
            teams.push(self.team());
        }
        for team in teams {
            self.audit_in(tx, team, act, subject.clone()).await?;
        }
        Ok(())
    }

    /// Writes down what the actor reads, or has done already.
    pub(crate) async fn audit_reading(&self, act: AuditAct, subject: impl Into<Subject>) {
        note(&self.console, self.act(act, subject.into())).await;
    }

    /// Writes down, now and then, that the actor reads `count` errors of a list.
    pub(crate) async fn audit_listing(&self, count: usize) {
        if count > 0 && self.console.audit_limits.takes_listing(self.team(), self.actor.who) {
            self.audit_reading(AuditAct::ErrorsListed, Subject::many(count)).await;
        }
    }

    /// Writes down, in the log of the team that they come into, that the actor comes from another of theirs.
    pub(crate) async fn audit_entering(&self, team: TeamId) {
        note(&self.console, AuditRecord { team, ..self.act(AuditAct::TeamEntered, team.into()) }).await;
    }

    /// Writes down that the actor leaves.
    pub async fn signed_out(&self) {
        self.audit_reading(AuditAct::SignedOut, Subject { id: id_of(self.actor.who).map(|id| id.to_string()), ..Subject::default() }).await;
    }

    fn act(&self, act: AuditAct, subject: Subject) -> AuditRecord<'_> {
        let Actor { team, name, who, .. } = &self.actor;
        AuditRecord { team: *team, actor: name, actor_id: id_of(*who), act, subject, from: self.from, correlation_id: &self.correlation_id }
    }
}

/// Names whoever acts, in every table; absent for the command line.
pub(crate) const fn id_of(who: Who) -> Option<Id<()>> {
    match who {
        Who::Operator(id) => Some(Id::from_uuid(id.as_uuid())),
        Who::Token(id) => Some(Id::from_uuid(id.as_uuid())),
        Who::CommandLine => None,
    }
}

/// Writes down an act that has no unit of work. Where that cannot be kept, it goes to the server's log alone: while the disk is full, people must be
/// able to come in and see what is the matter.
pub(crate) async fn note(console: &Console, act: AuditRecord<'_>) {
    let told = act.clone();
    let written = async {
        let mut tx = console.db.for_team(act.team).begin().await?;
        append(console, &mut tx, act).await?;
        Ok::<_, OpsError>(tx.commit().await?)
    };
    if let Err(error) = written.await {
        let AuditRecord { actor, act, subject, from, correlation_id, .. } = told;
        let (thing_id, from) = (subject.id.as_deref(), from.map(tracing::field::display));
        tracing::error!(actor, %act, thing_id, from, %correlation_id, error = chain(&error), "an act could not be kept in the audit log");
    }
}

/// Writes down what someone with a shell on the server does to a person of `team`.
///
/// # Errors
/// As [`append`].
pub(crate) async fn by_command(console: &Console, tx: &mut Tx, team: TeamId, act: AuditAct, subject: Subject) -> Result<(), OpsError> {
    let correlation_id = CorrelationId::mint();
    append(console, tx, AuditRecord { team, actor: COMMAND_LINE, actor_id: None, act, subject, from: None, correlation_id: &correlation_id }).await
}

/// Appends an act to the log of its team.
///
/// # Errors
/// The database failed, or somebody has set the head of the log back.
pub async fn append(console: &Console, tx: &mut Tx, act: AuditRecord<'_>) -> Result<(), OpsError> {
    let (keys, team) = (&console.audit_keys, act.team);
    let head = audit_heads::next(tx, team).await?;
    let unknown = head.key_id.as_deref().filter(|id| !keys.holds(id));
    if let Some(id) = unknown
        && !master_keys::is_retired(tx, id).await?
    {
        return Err(OpsError::Audit(format!("it goes on under the master key {id}, which this server is not given; name it in SWITCHBOARD_OTHER_MASTER_KEYS")));
    }
    let key_id = writing_key(console, tx, &head).await?;
    // What was given up was nobody's to alter; what is in no ring may be the work of whoever has an old key.
    let is_in_ring = head.key_id.as_deref().is_some_and(|id| keys.is_in_ring(id));
    let goes_on = unknown.is_some() || is_in_ring && keys.is_sealed(team, head.sequence - 1, &head);
    if head.sequence > 1 && !goes_on {
        // Going on from it would hide what was done; the break stays in the chain.
        tracing::error!(%team, sequence = head.sequence, "the head of the audit log is not what this console wrote; run `switchboard audit verify`");
    }
    let mut entry = StoredEntry {
        sequence: head.sequence,
        at: console.clock.now(),
        actor: act.actor.to_owned(),
        actor_id: act.actor_id,
        act: act.act.to_string(),
        thing: act.act.thing().to_string(),
        thing_id: act.subject.id,
        client: act.from.map_or_else(|| COMMAND_LINE.to_owned(), |address| address.to_string()),
        correlation_id: act.correlation_id.to_string(),
        detail: serde_json::to_value(&act.subject.detail).map_err(|error| OpsError::Audit(error.to_string()))?,
        key_id,
        previous: head.mac.filter(|_| goes_on),
        mac: Vec::new(),
    };
    entry.mac = keys.mac(team, &entry)?;
    audit_entries::append(tx, team, &entry).await?;
    let seal = keys.seal(team, entry.sequence, &entry.key_id, &entry.mac)?;
    Ok(audit_heads::seal(tx, team, &entry.key_id, &entry.mac, &seal).await?)
}

/// The current key; but a server that still seals under a key that has been retired goes on under the one that took its place.
async fn writing_key(console: &Console, tx: &mut Tx, head: &AuditHead) -> StoreResult<String> {
    let current = console.vault.current().to_string();
    match &head.key_id {
        Some(id) if *id != current && console.audit_keys.is_in_ring(id) && master_keys::is_retired(tx, &current).await? => Ok(id.clone()),
        _ => Ok(current),
    }
}

/// At most `limit` entries that match, the newest first, and the cursor of the next page.
///
/// # Errors
/// `malformed_request` for a cursor that was not given out here; the database failed.
pub async fn list(scope: &Scope, filter: &AuditFilter, limit: u32, cursor: Option<&str>) -> Result<(Vec<AuditEntry>, Option<String>), OpsError> {
    scope.authorize(Permission::ReadAudit)?;
    let latest = async |before, most| audit_entries::latest(&scope.db(), filter, before, most).await;
    let (found, next) = cursor::page(limit, cursor, |last: &StoredEntry| last.sequence, latest).await?;
    Ok((found.into_iter().map(read).collect(), next))
}

/// Writes down that someone takes the log away, before they are given any of it.
///
/// # Errors
/// The database failed.
pub async fn export(scope: &Scope) -> Result<(), OpsError> {
    scope.authorize(Permission::ReadAudit)?;
    let mut tx = scope.begin().await?;
    scope.audit(&mut tx, AuditAct::AuditExported, Subject::default()).await?;
    Ok(tx.commit().await?)
}

/// A row as people and programs read it.
pub(crate) fn read(row: StoredEntry) -> AuditEntry {
    AuditEntry {
        sequence: row.sequence,
        at: row.at,
        actor: row.actor,
        act: row.act,
        thing: row.thing,
        thing_id: row.thing_id,
        from: row.client,
        correlation_id: row.correlation_id,
        detail: serde_json::from_value(row.detail).unwrap_or_default(),
    }
}

/// What came of going through a team's log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Verified {
    /// Entries that were looked at and fit.
    pub entries: i64,
    /// Of these, those whose key was given up: they follow one another, and nobody can tell whether they were altered.
    pub unverified: i64,
    /// MAC of the last one that fits.
    pub head: Option<String>,
    #[serde(flatten)]
    pub fault: Option<ChainFault>,
}

impl Verified {
    pub const fn is_sound(&self) -> bool {
        self.fault.is_none()
    }
}

/// Goes through the log of the actor's team. With `pin`, a head in hex that the server's log told once, that entry must be there too.
///
/// # Errors
/// The database failed.
pub async fn verify(scope: &Scope, pin: Option<&str>) -> Result<Verified, OpsError> {
    scope.authorize(Permission::ReadAudit)?;
    let found = look_through(scope, pin).await?;
    // Its very first entry may have been written between the look at the head and the look at the entries.
    match found.fault {
        Some(ChainFault::HeadMissing { .. }) if audit_heads::get(&scope.db()).await?.is_some() => look_through(scope, pin).await,
        _ => Ok(found),
    }
}

async fn look_through(scope: &Scope, pin: Option<&str>) -> Result<Verified, OpsError> {
    let head = audit_heads::get(&scope.db()).await?;
    let mut walk = ChainWalk::new(&scope.console.audit_keys, scope.team(), head);
    let mut is_pinned = pin.is_none();
    let fault = loop {
        let rows = match page(scope, walk.last()).await? {
            Page::Unreadable => break Some(ChainFault::Altered { sequence: walk.last() + 1 }),
            Page::Rows(rows) if rows.is_empty() => break walk.finish().err(),
            Page::Rows(rows) => rows,
        };
        is_pinned |= pin.is_some_and(|pin| rows.iter().any(|row| hex(&row.mac).eq_ignore_ascii_case(pin)));
        if let Err(fault) = rows.iter().try_for_each(|row| walk.step(row)) {
            break Some(fault);
        }
    };
    let fault = fault.or_else(|| pin.filter(|_| !is_pinned).map(|pin| ChainFault::PinMissing { pin: pin.to_owned() }));
    Ok(Verified { entries: walk.last(), unverified: walk.unverified(), head: walk.head(), fault })
}

enum Page {
    Rows(Vec<StoredEntry>),
    /// The next one holds what no row of ours does.
    Unreadable,
}

async fn page(scope: &Scope, after: i64) -> StoreResult<Page> {
    let rows = async |limit| audit_entries::after(&scope.db(), after, limit).await;
    match rows(LOOKED_AT).await {
        Err(error) if error.is_unreadable() => match rows(1).await {
            Ok(rows) => Ok(Page::Rows(rows)),
            Err(error) if error.is_unreadable() => Ok(Page::Unreadable),
            Err(error) => Err(error),
        },
        rows => rows.map(Page::Rows),
    }
}

/// What each team's log ended with when the server's log was told last: number and MAC.
type ReportedHeads = BTreeMap<Uuid, (i64, Option<Vec<u8>>)>;

/// Tells the server's log where each team's log ends, whenever that has moved: if it is kept elsewhere, it shows that an audit log was cut short.
pub fn task() -> BackgroundTask {
    let told = Arc::new(Mutex::new(ReportedHeads::new()));
    BackgroundTask::every("audit_heads", TOLD_EVERY, move |console| {
        let told = Arc::clone(&told);
        async move { tell(&console, &mut *told.lock().await).await }
    })
}

async fn tell(console: &Console, told: &mut ReportedHeads) -> Result<(), OpsError> {
    for TeamHead { team_id: team, head } in audit_heads::all(&console.db).await? {
        let (sequence, shown, end) = (head.sequence, head.mac.as_deref().map(hex), (head.sequence, head.mac));
        match told.insert(team.as_uuid(), end.clone()) {
            Some(before) if before == end => {}
            Some((before, _)) if sequence <= before => {
                tracing::error!(%team, before, sequence, head = shown, "the audit log went back, or its end was changed; run `switchboard audit verify`");
            }
            _ => tracing::info!(%team, sequence, head = shown, "the audit log has moved on"),
        }
    }
    Ok(())
}
