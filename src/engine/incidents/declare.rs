//! A person says that something is wrong which no heartbeat has found.

use serde::Deserialize;

use super::{
    LONGEST_NOTE, get,
    open::{Opening, open},
};
use crate::{OpsError, Scope, events::PendingEvents};
use domain::{
    audit::{AuditAct, Subject},
    environment::Environment,
    error::{ErrorCode, FieldError},
    ids::ProfileId,
    incident::Incident,
    permission::Permission,
    plain_text,
    severity::IncidentSeverity,
};
use store::profiles;

/// Longest summary, in characters.
pub const LONGEST_SUMMARY: usize = 200;

#[derive(Clone, Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewIncident {
    /// One line.
    #[schema(max_length = 200, pattern = r"\S")]
    pub summary: String,
    pub severity: IncidentSeverity,
    /// Absent or `null` where it is about none.
    #[serde(default)]
    #[schema(value_type = Option<Uuid>)]
    pub connection_id: Option<ProfileId>,
    /// That of the connection, where there is one.
    #[serde(default)]
    pub environment: Option<Environment>,
    /// What is known so far.
    #[serde(default)]
    #[schema(max_length = 2_000)]
    pub note: Option<String>,
}

/// Opens an incident that ends by a person alone, and tells the team and its channels of it. Whoever declares it has it.
///
/// # Errors
/// No such connection; a summary or note that is missing or too long; an environment that is not the connection's, or out of reach.
pub async fn declare(scope: &Scope, new: NewIncident) -> Result<Incident, OpsError> {
    scope.authorize(Permission::HandleIncidents)?;
    let mut wrong = Vec::new();
    let mut kept = |field: &str, said: &str, required: bool, most: usize| {
        plain_text::kept(field, said, required, most).map_err(|error| wrong.push(error)).unwrap_or_default()
    };
    let summary = kept("summary", &new.summary.split_whitespace().collect::<Vec<_>>().join(" "), true, LONGEST_SUMMARY);
    let note = kept("note", new.note.as_deref().unwrap_or_default(), false, LONGEST_NOTE);
    wrong.extend(check_place(scope, &new).await?);
    if !wrong.is_empty() {
        return Err(OpsError::Invalid(wrong));
    }
    let by = &scope.actor.name;
    let incident = Incident {
        connection_id: new.connection_id,
        severity: new.severity,
        environment: new.environment,
        declared_by: Some(by.clone()),
        owner: Some(by.clone()),
        ..Incident::new(scope.console.clock.now(), summary, scope.correlation_id.clone())
    };
    let title = format!("{} ({})", incident.summary, incident.severity.label());
    let body = if note.is_empty() { format!("Declared by {by}.") } else { note.clone() };
    let mut pending = PendingEvents::default();
    let mut tx = scope.begin().await?;
    open(&mut tx, scope.team(), &incident, None, Opening { title: &title, body: &body, detail: &note }, &mut pending).await?;
    scope.audit(&mut tx, AuditAct::IncidentDeclared, Subject::from(incident.id).named(&incident.summary)).await?;
    tx.commit().await?;
    scope.console.events.publish(pending);
    get(scope, incident.id).await
}

/// What is declared lies within the actor's reach; or what is wrong with where it lies.
async fn check_place(scope: &Scope, new: &NewIncident) -> Result<Option<FieldError>, OpsError> {
    let Some(connection) = new.connection_id else {
        new.environment.map_or_else(|| scope.enter_all(), |environment| scope.enter(environment))?;
        return Ok(None);
    };
    let profile = profiles::get(&scope.db(), connection).await?.filter(|profile| scope.sees(profile.environment));
    let profile = profile.ok_or(ErrorCode::ConnectionNotFound)?;
    let is_another = new.environment.is_some_and(|environment| environment != profile.environment);
    Ok(is_another.then(|| FieldError::new("environment", format!("Must be that of the connection: {}.", profile.environment))))
}
