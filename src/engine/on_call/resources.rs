//! Adds, changes and removes contacts, schedules and escalation policies, which are kept alike.

use serde_json::{Map, Value};

use crate::{OpsError, Scope};
use domain::{
    audit::{AuditAct, Subject},
    business_hours,
    error::{ErrorCode, FieldError},
    ids::{ContactId, Id, OperatorId, TeamId},
    on_call::{Contact, EscalationPolicy, OnCallDocument, OnCallSchedule, Stored, Target},
    permission::Permission,
};
use lettre::Address as MailAddress;
use probes::dispatch::is_mail_address;
use store::{
    TeamTx, Tx, mailboxes,
    on_call_documents::{self, Table},
    operators, severity_policies,
};

/// Of each that one team may have.
const MOST: i64 = 200;

/// What sets one of the three apart.
pub trait OnCallResource: Table {
    const NOT_FOUND: ErrorCode;
    const CREATED: AuditAct;
    const EDITED: AuditAct;
    const REMOVED: AuditAct;

    /// The target that names it, if it can be one.
    fn target(id: Id<()>) -> Option<Target>;

    /// Where mails to it go; none for what has no mailbox.
    fn mailbox(&self) -> Option<&str> {
        None
    }

    /// The person that it is.
    fn operator(&self) -> Option<OperatorId> {
        None
    }
}

impl OnCallResource for Contact {
    const NOT_FOUND: ErrorCode = ErrorCode::ContactNotFound;
    const CREATED: AuditAct = AuditAct::ContactCreated;
    const EDITED: AuditAct = AuditAct::ContactEdited;
    const REMOVED: AuditAct = AuditAct::ContactRemoved;

    fn target(id: Id<()>) -> Option<Target> {
        Some(Target::Contact(Id::from_uuid(id.as_uuid())))
    }

    fn mailbox(&self) -> Option<&str> {
        self.email.as_deref()
    }

    fn operator(&self) -> Option<OperatorId> {
        self.operator_id
    }
}

impl OnCallResource for OnCallSchedule {
    const NOT_FOUND: ErrorCode = ErrorCode::ScheduleNotFound;
    const CREATED: AuditAct = AuditAct::ScheduleCreated;
    const EDITED: AuditAct = AuditAct::ScheduleEdited;
    const REMOVED: AuditAct = AuditAct::ScheduleRemoved;

    fn target(id: Id<()>) -> Option<Target> {
        Some(Target::Schedule(Id::from_uuid(id.as_uuid())))
    }
}

impl OnCallResource for EscalationPolicy {
    const NOT_FOUND: ErrorCode = ErrorCode::EscalationPolicyNotFound;
    const CREATED: AuditAct = AuditAct::EscalationPolicyCreated;
    const EDITED: AuditAct = AuditAct::EscalationPolicyEdited;
    const REMOVED: AuditAct = AuditAct::EscalationPolicyRemoved;

    fn target(_id: Id<()>) -> Option<Target> {
        None
    }
}

/// By name.
///
/// # Errors
/// The database failed.
pub async fn list<T: OnCallResource>(scope: &Scope) -> Result<Vec<Stored<T>>, OpsError> {
    scope.authorize(Permission::ReadOnCall)?;
    Ok(on_call_documents::of_team(&scope.db()).await?)
}

/// # Errors
/// There is no such thing in the actor's team.
pub async fn get<T: OnCallResource>(scope: &Scope, id: Id<()>) -> Result<Stored<T>, OpsError> {
    scope.authorize(Permission::ReadOnCall)?;
    on_call_documents::get(&scope.db(), id).await?.ok_or_else(|| T::NOT_FOUND.into())
}

/// Members that are absent have their defaults.
///
/// # Errors
/// Everything wrong with the input at once; a name that is taken; a team that has as many as it may.
pub async fn create<T: OnCallResource>(scope: &Scope, members: Map<String, Value>) -> Result<Stored<T>, OpsError> {
    scope.authorize(Permission::ManageOnCall)?;
    let of: T = merged(&T::default(), members)?;
    let (id, now) = (Id::new(), scope.console.clock.now());
    let mut tx = scope.begin().await?;
    check(scope, &mut tx, &of).await?;
    if on_call_documents::count::<T>(&mut tx).await? >= MOST {
        return Err(OpsError::invalid("name", format!("A team has at most {MOST} of them; remove one first.")));
    }
    on_call_documents::insert(&mut tx, id, &of, now).await?;
    set_mailbox(scope, &mut tx, id, &of).await?;
    scope.audit(&mut tx, T::CREATED, Subject::from(id).named(of.name())).await?;
    tx.commit().await?;
    Ok(Stored { id, version: 1, of, created_at: now, updated_at: now })
}

/// Members that are absent stay as they are. What is open goes on by the policy that stood when it opened.
///
/// # Errors
/// No such thing; `version_stale` when another version stands than the one that was `seen`, or somebody changes it meanwhile; invalid input; a name that is
/// taken.
pub async fn edit<T: OnCallResource>(scope: &Scope, id: Id<()>, seen: Option<i64>, members: Map<String, Value>) -> Result<Stored<T>, OpsError> {
    scope.authorize(Permission::ManageOnCall)?;
    let now = scope.console.clock.now();
    let mut tx = scope.begin().await?;
    let current: Stored<T> = on_call_documents::get_in(&mut tx, scope.team(), id).await?.ok_or(T::NOT_FOUND)?;
    if seen.is_some_and(|seen| seen != current.version) {
        return Err(ErrorCode::VersionStale.into());
    }
    let of = merged(&current.of, members)?;
    check(scope, &mut tx, &of).await?;
    if !on_call_documents::update(&mut tx, id, current.version, &of, now).await? {
        return Err(ErrorCode::VersionStale.into());
    }
    set_mailbox(scope, &mut tx, id, &of).await?;
    scope.audit(&mut tx, T::EDITED, Subject::from(id).named(of.name())).await?;
    tx.commit().await?;
    // What waited for a mailbox that was mended goes on.
    scope.console.events.wake_sender();
    Ok(Stored { version: current.version + 1, of, updated_at: now, ..current })
}

/// # Errors
/// There is no such thing in the actor's team; `in_use` while something else names it.
pub async fn remove<T: OnCallResource>(scope: &Scope, id: Id<()>) -> Result<(), OpsError> {
    scope.authorize(Permission::ManageOnCall)?;
    let mut tx = scope.begin().await?;
    let current: Stored<T> = on_call_documents::get_in(&mut tx, scope.team(), id).await?.ok_or(T::NOT_FOUND)?;
    if is_named(&mut tx, scope.team(), id, T::target(id)).await? {
        return Err(ErrorCode::InUse.into());
    }
    if current.of.mailbox().is_some() {
        mailboxes::remove(&mut tx, Id::from_uuid(id.as_uuid())).await?;
    }
    if !on_call_documents::delete::<T>(&mut tx, id).await? {
        return Err(T::NOT_FOUND.into());
    }
    scope.audit(&mut tx, T::REMOVED, Subject::from(id).named(current.of.name())).await?;
    Ok(tx.commit().await?)
}

/// `current` with other members, each of which is read by itself, so that what is wrong with it is told by its name.
fn merged<T: OnCallDocument>(current: &T, members: Map<String, Value>) -> Result<T, OpsError> {
    let whole = |of: &T| match serde_json::to_value(of) {
        Ok(Value::Object(members)) => members,
        _ => Map::new(),
    };
    let (mut of, mut errors) = (current.clone(), Vec::new());
    for (name, value) in members {
        let mut wanted = whole(&of);
        if wanted.insert(name.clone(), trimmed(value)).is_none() {
            errors.push(FieldError::new(name, "There is no such member."));
            continue;
        }
        match T::deserialize(Value::Object(wanted)) {
            Ok(read) => of = read,
            Err(_) => errors.push(FieldError::new(name.clone(), business_hours::wanted(&name))),
        }
    }
    if errors.is_empty() { Ok(of) } else { Err(OpsError::Invalid(errors)) }
}

fn trimmed(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(text.trim().to_owned()),
        other => other,
    }
}

async fn check<T: OnCallResource>(scope: &Scope, tx: &mut TeamTx, of: &T) -> Result<(), OpsError> {
    let mut errors = of.check();
    if of.mailbox().is_some_and(|address| !is_mail_address(address) || address.parse::<MailAddress>().is_err()) {
        errors.push(FieldError::new("email", "This is no mail address."));
    }
    if let Some(id) = of.operator()
        && !operators::of_team(&scope.console.db, scope.team()).await?.iter().any(|person| person.id == id)
    {
        errors.push(FieldError::new("operator_id", "Nobody of the team."));
    }
    let known = known(tx, scope.team()).await?;
    if of.targets().iter().any(|target| !known.contains(target)) {
        errors.push(FieldError::new("", "It names a contact, schedule or channel that is not there."));
    }
    if errors.is_empty() { Ok(()) } else { Err(OpsError::Invalid(errors)) }
}

/// All that can be named.
async fn known(tx: &mut Tx, team: TeamId) -> Result<Vec<Target>, OpsError> {
    let contacts = on_call_documents::of_team_in::<Contact>(tx, team).await?.into_iter().filter_map(|contact| Contact::target(contact.id));
    let schedules = on_call_documents::of_team_in::<OnCallSchedule>(tx, team).await?.into_iter().filter_map(|schedule| OnCallSchedule::target(schedule.id));
    let channels = mailboxes::all(tx, team).await?.into_iter().map(Target::Channel);
    Ok(contacts.chain(schedules).chain(channels).collect())
}

async fn is_named(tx: &mut Tx, team: TeamId, id: Id<()>, target: Option<Target>) -> Result<bool, OpsError> {
    let (_, severities) = severity_policies::get_in(tx, team).await?;
    if severities.escalation_policies().any(|policy| policy.as_uuid() == id.as_uuid()) {
        return Ok(true);
    }
    let Some(target) = target else { return Ok(false) };
    let in_schedules = on_call_documents::of_team_in::<OnCallSchedule>(tx, team).await?.into_iter().any(|schedule| schedule.of.targets().contains(&target));
    Ok(in_schedules || on_call_documents::of_team_in::<EscalationPolicy>(tx, team).await?.into_iter().any(|policy| policy.of.targets().contains(&target)))
}

/// Its mailbox is called after it, and as no channel is likely to be.
async fn set_mailbox<T: OnCallResource>(scope: &Scope, tx: &mut TeamTx, id: Id<()>, of: &T) -> Result<(), OpsError> {
    let contact = ContactId::from_uuid(id.as_uuid());
    match of.mailbox() {
        Some(address) => Ok(mailboxes::set(tx, contact, &format!("{} (contact)", of.name()), address, scope.console.clock.now()).await?),
        None => Ok(mailboxes::remove(tx, contact).await?),
    }
}
