//! What a person's groups at the provider make of their places in teams.

use super::{ACTOR, VouchedPerson, provider};
use crate::{
    Console, OpsError,
    access::members,
    audit::{self, AuditRecord},
    scope::Client,
};
use domain::{
    audit::{AuditAct, Subject},
    error::ErrorCode,
    ids::TeamId,
    operator::Role,
    time::Timestamp,
};
use store::{Tx, operators, teams};

pub(super) fn has_group(places: &[(TeamId, Option<Role>)]) -> bool {
    places.iter().any(|(_, role)| role.is_some())
}

/// The teams that groups decide on, and what those that are `held` make of it there; in the order in which units of work hold teams.
pub(super) async fn places(console: &Console, held: &[String]) -> Result<Vec<(TeamId, Option<Role>)>, OpsError> {
    let mut places = Vec::new();
    for (slug, role) in provider(console)?.settings().groups.places(held) {
        match teams::by_slug(&console.db, slug).await? {
            Some(team) => places.push((team.id, role)),
            None => tracing::warn!(team = slug, "SWITCHBOARD_OIDC_GROUPS names a team that does not exist"),
        }
    }
    places.sort_unstable_by_key(|(team, _)| team.as_uuid());
    Ok(places)
}

/// Gives the places that groups give, and takes those that they give no longer; whether any has changed. Teams that no group decides on stay as they are.
/// At `now`, when the session begins: one that is older than its place would be dead.
pub(super) async fn follow(
    console: &Console,
    tx: &mut Tx,
    comer: &VouchedPerson,
    places: &[(TeamId, Option<Role>)],
    client: &Client,
    now: Timestamp,
) -> Result<bool, OpsError> {
    let mut acts = Vec::new();
    for (team, wanted) in places {
        if operators::member(tx, *team, comer.id).await?.map(|member| member.role) == *wanted {
            continue;
        }
        teams::hold(tx, *team).await?;
        let act = match (operators::member(tx, *team, comer.id).await?, *wanted) {
            (None, Some(role)) => {
                operators::join(tx, *team, comer.id, role, now).await?;
                Ok(AuditAct::OperatorCreated)
            }
            (Some(member), Some(role)) => members::give_role(tx, *team, &member, role, now).await.map(|()| AuditAct::RoleChanged),
            (Some(member), None) => members::end_place(tx, *team, &member).await.map(|()| AuditAct::PersonRemoved),
            (None, None) => continue,
        };
        let act = match act {
            Err(OpsError::Refused(ErrorCode::LastAdministrator)) => {
                tracing::warn!(%team, person = comer.email, "the last administrator of a team stays one, whatever their groups say");
                continue;
            }
            act => act?,
        };
        let subject = Subject::from(comer.id).named(&comer.email);
        let subject = if let Some(role) = wanted { subject.role(*role) } else { subject };
        acts.push(AuditRecord::at(client, *team, ACTOR, act, subject));
    }
    let has_changed = !acts.is_empty();
    for act in acts {
        audit::append(console, tx, act).await?;
    }
    Ok(has_changed)
}
