//! What is learned of an incident: read as a draft or as it was saved, written, completed, exported.

use serde::Deserialize;

use super::{blast_radius, get as get_incident, write_down};
use crate::{OpsError, Scope, events::PendingEvents};
use domain::{
    audit::AuditAct,
    error::ErrorCode,
    ids::{IncidentId, ProfileId},
    incident::{Incident, IncidentStatus, TimelineEntry, TimelineKind},
    permission::Permission,
    plain_text::written_out,
    post_mortem::{Export, PostMortem, Sections, draft},
};
use store::{action_items, incidents, post_mortems, profiles};

/// A post-mortem that was read may be sent back with changes: what is not written here is passed over.
#[derive(Clone, Debug, Deserialize, utoipa::ToSchema)]
pub struct PostMortemEdit {
    #[serde(flatten)]
    pub sections: Sections,
    /// That it is complete. It stays so, and may still be edited.
    #[serde(default)]
    pub completed: bool,
}

/// A post-mortem as a file.
pub struct Exported {
    /// Below a folder of post-mortems.
    pub path: String,
    pub markdown: String,
}

/// As it was last saved; before that, a draft of what the console knows.
///
/// # Errors
/// No such incident; the database failed.
pub async fn get(scope: &Scope, id: IncidentId) -> Result<PostMortem, OpsError> {
    scope.authorize(Permission::ReadIncidents)?;
    let incident = get_incident(scope, id).await?;
    read(scope, &incident).await
}

async fn read(scope: &Scope, incident: &Incident) -> Result<PostMortem, OpsError> {
    let written = post_mortems::get(&scope.db(), incident.id).await?;
    let (version, sections, updated_by, updated_at) = match written {
        Some(written) => (written.version, written.sections, Some(written.updated_by), Some(written.updated_at)),
        None => {
            let radius = blast_radius::of(scope, incident).await?;
            (0, draft(incident, &name(scope, incident).await?, &radius), None, None)
        }
    };
    Ok(PostMortem {
        incident_id: incident.id,
        version,
        sections,
        action_items: action_items::of_incident(&scope.db(), incident.id).await?,
        updated_by,
        updated_at,
        due_at: incident.post_mortem_due_at,
        completed_by: incident.post_mortem_by.clone(),
        completed_at: incident.post_mortem_at,
    })
}

async fn name(scope: &Scope, incident: &Incident) -> Result<String, OpsError> {
    let connection = match incident.connection_id {
        Some(id) => connection_name(scope, id).await?,
        None => None,
    };
    Ok(incident.name(connection.as_deref()).to_owned())
}

async fn connection_name(scope: &Scope, id: ProfileId) -> Result<Option<String>, OpsError> {
    Ok(profiles::get(&scope.db(), id).await?.map(|profile| profile.name))
}

/// Saves it over the version that was `seen`, or over the one that stands.
///
/// # Errors
/// No such incident; `version_stale`; a section that is too long, or missing where it is said to be complete; `incident_not_resolved` where it is said to be complete too early.
pub async fn save(scope: &Scope, id: IncidentId, seen: Option<i64>, edit: PostMortemEdit) -> Result<PostMortem, OpsError> {
    scope.authorize(Permission::HandleIncidents)?;
    let mut wrong = edit.sections.check();
    if edit.completed {
        wrong.extend(edit.sections.missing());
    }
    if !wrong.is_empty() {
        return Err(OpsError::Invalid(wrong));
    }
    let now = scope.console.clock.now();
    let incident = get_incident(scope, id).await?;
    if edit.completed && incident.status != IncidentStatus::Resolved {
        return Err(ErrorCode::IncidentNotResolved.into());
    }
    let version = match seen {
        Some(seen) => seen,
        None => post_mortems::get(&scope.db(), id).await?.map_or(0, |written| written.version),
    };
    let mut tx = scope.begin().await?;
    if !post_mortems::save(&mut tx, id, version, &visible(&edit.sections), &scope.actor.name, now).await? {
        return Err(ErrorCode::VersionStale.into());
    }
    scope.audit(&mut tx, AuditAct::PostMortemWritten, id).await?;
    if edit.completed && incidents::complete(&mut tx, id, now, &scope.actor.name).await? {
        write_down(&mut tx, &scope.actor, id, TimelineEntry::new(now, TimelineKind::PostMortem, "", Some(&scope.actor.name))).await?;
        scope.audit(&mut tx, AuditAct::PostMortemCompleted, id).await?;
    } else {
        incidents::touch(&mut tx, id, now).await?;
    }
    tx.commit().await?;
    let mut pending = PendingEvents::default();
    pending.incident(scope.team(), id, incident.status);
    scope.console.events.publish(pending);
    get(scope, id).await
}

fn visible(sections: &Sections) -> Sections {
    let visible = |text: &str| written_out(text.trim()).into_owned();
    let Sections { impact, detection, response, root_cause } = sections;
    Sections { impact: visible(impact), detection: visible(detection), response: visible(response), root_cause: visible(root_cause) }
}

/// As Markdown, with links to the console.
///
/// # Errors
/// No such incident; the database failed.
pub async fn export(scope: &Scope, id: IncidentId) -> Result<Exported, OpsError> {
    scope.authorize(Permission::ReadIncidents)?;
    let exported = file(scope, id).await?;
    let mut tx = scope.begin().await?;
    scope.audit(&mut tx, AuditAct::PostMortemExported, id).await?;
    tx.commit().await?;
    Ok(exported)
}

/// The file as it would be exported now, to look at.
///
/// # Errors
/// No such incident; the database failed.
pub async fn preview(scope: &Scope, id: IncidentId) -> Result<Exported, OpsError> {
    scope.authorize(Permission::ReadIncidents)?;
    file(scope, id).await
}

async fn file(scope: &Scope, id: IncidentId) -> Result<Exported, OpsError> {
    let incident = get_incident(scope, id).await?;
    let (post_mortem, radius) = (read(scope, &incident).await?, blast_radius::of(scope, &incident).await?);
    let name = name(scope, &incident).await?;
    let PostMortem { sections, action_items, .. } = &post_mortem;
    let address = &scope.console.sending.address;
    let export = Export { incident: &incident, name: &name, sections, action_items, errors: &radius.errors, address };
    Ok(Exported { path: export.path(), markdown: export.markdown() })
}
