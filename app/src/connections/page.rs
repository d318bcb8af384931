//! One connection: where it stands, the test against the real service, the next act, its history.

use std::time::Duration;

use domain::{
    error::{ErrorCode, UserError},
    ids::ProfileId,
    kind::{Depth, KindDescriptor},
    permission::Permission,
    profile::{ConnectionChange, ServiceConnectionProfile, State},
    time::Timestamp,
    verification::{Verification, VerificationOutcome},
};
use engine::{connections, verify};
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use super::{
    LIST,
    exposed::Exposed,
    head::{Danger, Head},
    history::History,
    path_of,
    summary::Summary,
    verification::{LastTest, Planned, Subject, Then, VerificationPanel, view::VerificationView},
};
use crate::{
    authorize::{in_scope, may},
    diagnostics::{Latest, LatestRun},
    health,
    runbooks::{RunbookCard, RunbooksOf},
    suppression::{SuppressionNotice, SuppressionState},
    ui::{
        page::{PageContent, page},
        time::length,
    },
};

const TESTS_SHOWN: i64 = 20;

/// All that the page shows.
struct PageData {
    connection: ServiceConnectionProfile,
    /// Absent if this console does not know the kind any more.
    descriptor: Option<KindDescriptor>,
    changes: Vec<ConnectionChange>,
    /// The newest first.
    verifications: Vec<Verification>,
    latest: Latest,
    quiet: SuppressionState,
    /// Absent while it is well.
    runbooks: Option<RunbooksOf>,
    /// Absent for one that is not watched.
    glance: Option<health::HealthSummary>,
    now: Timestamp,
    time_to_live: Duration,
}

#[component]
pub fn ConnectionPage() -> impl IntoView {
    let id = use_params_map().read_untracked().get("id").and_then(|id| id.parse().ok());
    page(read(id))
}

async fn read(id: Option<ProfileId>) -> Result<PageContent, UserError> {
    let data = in_scope(async move |scope| {
        let connection = connections::get(&scope, id.ok_or(ErrorCode::ConnectionNotFound)?).await?;
        let id = connection.id;
        Ok(PageData {
            descriptor: scope.console().kinds.get(&connection.kind).map(|kind| kind.descriptor().clone()),
            changes: connections::changes(&scope, id).await?,
            verifications: verify::history(&scope, id, TESTS_SHOWN).await?,
            latest: Latest::of(&scope, id).await?,
            quiet: SuppressionState::of(&scope, &connection).await?,
            runbooks: RunbooksOf::connection(&scope, id).await?,
            glance: health::HealthSummary::of(&scope, &connection).await?,
            now: scope.console().clock.now(),
            time_to_live: scope.console().verification_time_to_live,
            connection,
        })
    })
    .await?;
    Ok(PageContent::new(data.connection.name.clone(), body(data)).under("Connections", LIST))
}

fn body(data: PageData) -> impl IntoView {
    let panel = panel(&data);
    let PageData { connection, descriptor, changes, verifications, latest, quiet, runbooks, glance, .. } = data;
    let id = connection.id;
    view! {
        <Head connection=connection.clone()/>
        <div class="stack-small apart-below">
            <Exposed connection=connection.clone()/>
            <SuppressionNotice quiet=quiet/>
        </div>
        <div class="columns">
            <div class="stack">
                <section class="card" aria-label="Verification">
                    {panel}
                </section>
                <History changes=changes verifications=verifications/>
            </div>
            <div class="stack">
                {glance.map(|glance| view! { <health::Card glance=glance/> })}
                <div id="connection-runbooks" data-refresh="">{runbooks.map(|runbooks| view! { <RunbookCard runbooks=runbooks/> })}</div>
                <LatestRun latest=latest connection=id/>
                <Summary connection=connection.clone() descriptor=descriptor/>
                <Danger connection=connection/>
            </div>
        </div>
    }
}

fn panel(data: &PageData) -> impl IntoView + use<> {
    let PageData { connection, descriptor, verifications, .. } = data;
    let changeable = may(Permission::ConfigureConnections) && connection.state != State::Archived;
    let subject = Subject { id: connection.id, path: path_of(connection.id), edit: format!("{}/edit", path_of(connection.id)), changeable };
    let planned = descriptor.iter().flat_map(|descriptor| descriptor.scenarios_to(Depth::Verify));
    let planned: Vec<_> = planned.map(|scenario| Planned { title: scenario.title.to_owned(), blocking: scenario.blocking }).collect();
    let then = match connection.state {
        State::Draft | State::Verified if changeable => Then::Activate,
        State::Suspended if changeable => Then::Resume,
        _ => Then::Nothing,
    };
    let last = verifications.first();
    let told = last.map_or_else(|| LastTest::plain("Never tested"), last_test);
    let stale = last.and_then(|last| stale(data, last));
    view! { <VerificationPanel subject=subject planned=planned last=last.cloned().map(VerificationView::from) told=told stale=stale then=then/> }
}

fn last_test(last: &Verification) -> LastTest {
    let outcome = match last.outcome {
        VerificationOutcome::Running => "is being tested",
        VerificationOutcome::Passed => "passed",
        VerificationOutcome::Failed => "failed",
        VerificationOutcome::Interrupted => "was interrupted",
    };
    LastTest {
        outcome: format!("Version {} {outcome}", last.profile_version),
        at: last.finished_at.unwrap_or(last.started_at).to_string(),
        by: format!(", tried by {}", last.requested_by),
    }
}

/// Why the last verification does not allow activation any more.
fn stale(data: &PageData, last: &Verification) -> Option<String> {
    let PageData { connection, now, time_to_live, .. } = data;
    if last.profile_version != connection.version && connection.verified_version != Some(connection.version) {
        return Some(format!("That was version {}; this is version {}. Test it as it is now.", last.profile_version, connection.version));
    }
    let refusal = connection.activation_refusal(*now, *time_to_live);
    let expired = refusal == Some(ErrorCode::VerificationExpired) && connection.state != State::Active;
    expired.then(|| format!("That was more than {} ago. Test again before activating.", length(time_to_live.as_secs())))
}
