//! The top of a run's page: what it is over, how it stands, what may be done with it.

use domain::{diagnostic::DiagnosticTestRun, ids::RunId, permission::Permission};
use leptos::prelude::*;

use crate::{
    authorize::may,
    diagnostics::server_fns::{CancelRun, RunAgain},
    diagnostics::verdict::VerdictBadge,
    ui::{
        badge::EnvironmentBadge,
        form::{ActionForm, Submit},
        icon::{CROSS, Icon, PLAY},
        time::Time,
    },
};

#[component]
pub fn Head(title: String, run: DiagnosticTestRun) -> impl IntoView {
    let finished = run.status.is_finished();
    let acts = may(Permission::RunDiagnostics).then(|| if finished { again(run.id).into_any() } else { cancel(run.id).into_any() });
    view! {
        <div class="page-head" id="run-head" data-refresh="">
            <div>
                <h1>{title}</h1>
                <p class="facts">
                    <VerdictBadge status=run.status/>
                    {run.environment.map(|environment| view! { <EnvironmentBadge environment=environment/> })}
                    {run.release.map(|release| view! { <span class="tag">{release}</span> })}
                    <span>{format!("by {} ", run.requested_by)} <Time at=run.requested_at/></span>
                </p>
            </div>
            <div class="page-acts">{acts}</div>
        </div>
    }
}

fn again(id: RunId) -> impl IntoView {
    view! {
        <ActionForm<RunAgain>>
            <input type="hidden" name="id" value=id.to_string()/>
            <Submit label="Run again" progress="Starting…" class="" icon=PLAY/>
        </ActionForm<RunAgain>>
    }
}

fn cancel(id: RunId) -> impl IntoView {
    view! {
        <details class="ask" name="ask">
            <summary class="button danger">
                <Icon path=CROSS/>
                "Cancel"
            </summary>
            <div class="ask-body">
                <h2>"Cancel this run?"</h2>
                <p>"It ends as interrupted, and its verdict is block. What it found so far is kept."</p>
                <ActionForm<CancelRun>>
                    <input type="hidden" name="id" value=id.to_string()/>
                    <Submit label="Cancel the run" progress="Cancelling…" class="danger primary"/>
                </ActionForm<CancelRun>>
            </div>
        </details>
    }
}
