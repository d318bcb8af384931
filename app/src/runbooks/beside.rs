//! The incident that a runbook is carried out for.

use domain::{
    error::ErrorCode,
    ids::{IncidentId, ProfileId},
};
use engine::{OpsError, Scope, connections, incidents};
use leptos::prelude::*;

use crate::incidents::path_of;

pub struct IncidentContext {
    pub id: IncidentId,
    pub name: String,
    pub connection_id: Option<ProfileId>,
}

impl IncidentContext {
    /// None where none is named, and where it is gone: an execution outlives its incident.
    ///
    /// # Errors
    /// The database failed.
    pub async fn of(scope: &Scope, id: Option<IncidentId>) -> Result<Option<Self>, OpsError> {
        let Some(id) = id else { return Ok(None) };
        let incident = match incidents::get(scope, id).await {
            Err(error) if error.code() == ErrorCode::IncidentNotFound => return Ok(None),
            incident => incident?,
        };
        let connection = match incident.connection_id {
            Some(connection) => Some(connections::get(scope, connection).await?.name),
            None => None,
        };
        Ok(Some(Self { id, name: incident.name(connection.as_deref()).to_owned(), connection_id: incident.connection_id }))
    }
}

#[component]
pub fn ForIncident(incident: IncidentContext) -> impl IntoView {
    view! { <p>"For the incident " <a href=path_of(incident.id)>{incident.name}</a></p> }
}
