//! A runbook as it is carried out: each step, what came of it, and the one act that is next.

use domain::{
    error::{ErrorCode, UserError},
    ids::{ExecutionId, IncidentId},
    permission::Permission,
    runbook::{
        StepAction,
        execution::{Execution, ExecutionStatus, ExecutionStep, Next, Outcome},
    },
};
use engine::{connections, runbooks::executions};
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use super::{
    LIST,
    beside::IncidentContext,
    executions::ExecutionBadge,
    path_of,
    server_fns::{CancelExecution, ReportStep, ResumeExecution, SignOffExecution},
};
use crate::{
    authorize::{actor, in_scope, may},
    connections::path_of as connection_path,
    diagnostics, incidents,
    ui::{
        form::{ActionForm, FormState, Submit},
        icon::{CHECK, CIRCLE_DASHED, CROSS, DASH, DOWNLOAD, Icon, PULSE},
        live::Live,
        markdown::Markdown,
        markup::IntoMarkup,
        page::{PageContent, page},
        time::Time,
    },
};

struct PageData {
    execution: Execution,
    /// The name of the connection that it is about.
    connection: Option<String>,
    incident: Option<IncidentContext>,
}

#[component]
pub fn ExecutionPage() -> impl IntoView {
    let id = use_params_map().read_untracked().get("id").and_then(|id| id.parse().ok());
    page(read(id))
}

async fn read(id: Option<ExecutionId>) -> Result<PageContent, UserError> {
    let data = in_scope(async move |scope| {
        let execution = executions::get(&scope, id.ok_or(ErrorCode::ExecutionNotFound)?).await?;
        let connection = match execution.connection_id {
            Some(id) => Some(connections::get(&scope, id).await?.name),
            None => None,
        };
        let incident = IncidentContext::of(&scope, execution.incident_id).await?;
        Ok(PageData { execution, connection, incident })
    })
    .await?;
    let (name, runbook) = (data.execution.name.clone(), data.execution.runbook_id);
    Ok(PageContent::new(name.clone(), body(data)).under("Runbooks", LIST).under(name, path_of(runbook)))
}

fn body(data: PageData) -> impl IntoView {
    let PageData { execution, connection, incident } = data;
    let back = incident.as_ref().map(|incident| incident.id);
    let about = execution.connection_id.zip(connection).map(|(id, name)| {
        view! {
            <dt>"Connection"</dt>
            <dd><a href=connection_path(id)>{name}</a></dd>
        }
    });
    let incident = incident.map(|incident| {
        view! {
            <dt>"Incident"</dt>
            <dd><a href=incidents::path_of(incident.id)>{incident.name}</a></dd>
        }
    });
    let description = execution.description.clone();
    view! {
        <div class="page-head">
            // What the console does may be done before the page follows.
            <div id="execution-head" data-refresh="" data-unfinished=(execution.status == ExecutionStatus::Running).then_some("")>
                <h1>{execution.name.clone()}</h1>
                <p class="facts">
                    <ExecutionBadge status=execution.status/>
                    <span class="quiet small">{progress(&execution)}</span>
                </p>
                {(!execution.status.is_over() && is_to_be_looked_at_again(&execution))
                    .then(|| view! { <p class="lede">"All else is done. Try again what failed: it is looked at as it is now."</p> })}
            </div>
            <Live/>
            <div class=if execution.status.is_over() { "buttons" } else { "buttons come-and-go" } id="execution-actions" data-refresh="">
                <Acts execution=execution.clone() incident=back/>
            </div>
        </div>
        <div class="columns">
            <div class="stack">
                <section class="card" aria-labelledby="steps" id="execution-steps" data-refresh="">
                    <header>
                        <h2 id="steps">"Steps"</h2>
                    </header>
                    <Steps execution=execution.clone()/>
                </section>
            </div>
            <section class="card" aria-labelledby="facts" id="execution-facts" data-refresh="">
                <header>
                    <h2 id="facts">"About this"</h2>
                </header>
                <div class="body stack">
                    <Markdown text=description/>
                    <dl class="facts-list">
                        {about}
                        {incident}
                        <dt>"Begun"</dt>
                        <dd>
                            {execution.started_by.clone()} " " <Time at=execution.started_at/>
                        </dd>
                        {execution.signed_off_by.clone().map(|by| view! { <dt>"Signed off by"</dt><dd>{by}</dd> })}
                        {execution.ended_at.map(|at| view! { <dt>"Ended"</dt><dd><Time at=at/></dd> })}
                    </dl>
                </div>
            </section>
        </div>
    }
}

/// `3 of 7 steps`
fn progress(execution: &Execution) -> String {
    let over = execution.steps.iter().filter(|step| matches!(step.outcome, Outcome::Done | Outcome::Skipped)).count();
    format!("{over} of {} steps", execution.steps.len())
}

/// Whether nothing is left but what the console found wrong at first.
fn is_to_be_looked_at_again(execution: &Execution) -> bool {
    let Next::Person(n) = execution.next() else { return false };
    execution.step(n).is_some_and(|step| step.outcome == Outcome::Failed && step.step.action.only_informs())
}

/// What may be done with all of it.
#[component]
fn Acts(execution: Execution, incident: Option<IncidentId>) -> impl IntoView {
    let id = execution.id;
    let back = incident.map(|incident| {
        let class = if execution.status.is_over() { "button primary" } else { "button" };
        view! {
            <a class=class href=incidents::path_of(incident)>
                "Back to the incident"
            </a>
        }
    });
    if execution.status == ExecutionStatus::SignedOff {
        return view! {
            {back}
            <a class="button" href=format!("/api/executions/{id}/pack") download="">
                <Icon path=DOWNLOAD/>
                "Download the pack"
            </a>
        }
        .into_markup();
    }
    if execution.status.is_over() || !may(Permission::RunRunbooks) {
        return back.into_markup();
    }
    let has_failed = execution.steps.iter().any(|step| step.outcome == Outcome::Failed);
    let is_last = is_to_be_looked_at_again(&execution);
    // After a restore the console waits to be told.
    let stands_still = matches!(execution.next(), Next::Console(_));
    let resume = ((has_failed || stands_still) && execution.status != ExecutionStatus::Running).then(|| {
        let label = if has_failed { "Try again what failed" } else { "Go on" };
        view! {
            <ActionForm<ResumeExecution>>
                <input type="hidden" name="id" value=id.to_string()/>
                <Submit label=label progress="Trying…" class=if is_last { "primary" } else { "" }/>
            </ActionForm<ResumeExecution>>
        }
    });
    let sign_off = (execution.status == ExecutionStatus::Done).then(|| {
        view! {
            <ActionForm<SignOffExecution>>
                <input type="hidden" name="id" value=id.to_string()/>
                <Submit label="Sign off" progress="Signing off…"/>
            </ActionForm<SignOffExecution>>
        }
    });
    view! {
        {sign_off}
        {resume}
        {back}
        <details class="ask" name="ask">
            <summary class="button">"Break off"</summary>
            <div class="ask-body">
                <h2>"Break this off?"</h2>
                <p>"What was done stays noted. The steps that are left are not done."</p>
                <ActionForm<CancelExecution>>
                    <input type="hidden" name="id" value=id.to_string()/>
                    <Submit label="Break off" progress="Breaking off…" class="danger primary"/>
                </ActionForm<CancelExecution>>
            </div>
        </details>
    }
    .into_markup()
}

#[component]
fn Steps(execution: Execution) -> impl IntoView {
    let next = if execution.status.is_over() { Next::End } else { execution.next() };
    let id = execution.id;
    let is_own = actor().is_some_and(|actor| actor.name == execution.started_by);
    let lines = execution.steps.into_iter().map(|step| line(id, step, next, is_own)).collect_view();
    view! { <ol class="procedure">{lines}</ol> }
}

/// `is_own` to whoever began it, who cannot agree to it as well.
fn line(id: ExecutionId, step: ExecutionStep, next: Next, is_own: bool) -> impl IntoView {
    let (class, icon, word) = match step.outcome {
        Outcome::Pending => ("pending", CIRCLE_DASHED, "To come"),
        Outcome::Running => ("under-way", PULSE, "Running"),
        Outcome::Done => ("ended-well", CHECK, "Done"),
        Outcome::Skipped => ("left-out", DASH, "Skipped"),
        Outcome::Failed => ("ended-badly", CROSS, "Failed"),
    };
    let is_next = next.step() == Some(step.n);
    let may_report = may(Permission::RunRunbooks) && (next == Next::Person(step.n) || (step.outcome == Outcome::Failed && !matches!(next, Next::Console(_))));
    let by = step.by.clone().or_else(|| step.at.map(|_| "the console".to_owned()));
    let who = by.zip(step.at).map(|(by, at)| view! { <p class="quiet small">{by} " " <Time at=at/></p> });
    let run = step.run_id.map(|run| view! { <p class="small"><a href=diagnostics::path_of(run)>"Evidence of the run"</a></p> });
    let waits =
        (may_report && is_own && step.step.action == StepAction::Approve).then(|| view! { <p class="quiet small">"Somebody other than you has to agree."</p> });
    let report = (may_report && waits.is_none()).then(|| view! { <Report id=id step=step.clone() is_next=is_next/> });
    // What only informs holds nothing up: the step that is next stands out.
    let report = report.map(|report| {
        if is_next {
            return report.into_markup();
        }
        view! {
            <details class="procedure-else" open=Refused::of(step.n).outcome.is_some()>
                <summary>"Answer for it yourself"</summary>
                {report}
            </details>
        }
        .into_markup()
    });
    view! {
        <li class=class aria-current=is_next.then_some("step")>
            <div class="procedure-head">
                <strong>{step.step.title.clone()}</strong>
                <span class="procedure-state">
                    <Icon path=icon/>
                    {word}
                </span>
            </div>
            <p class="quiet small">{step.step.action.words()}</p>
            <Markdown text=step.step.text.clone()/>
            {step.found.clone().map(|found| view! { <p class="procedure-found">{found}</p> })}
            {step.note.clone().map(|note| view! { <p class="procedure-note">{note}</p> })}
            {who}
            {run}
            {waits}
            {report}
        </li>
    }
}

/// One primary act, and under a fold the ways round it.
#[component]
fn Report(id: ExecutionId, step: ExecutionStep, is_next: bool) -> impl IntoView {
    let label = match step.step.action {
        StepAction::Approve => "Approve",
        StepAction::Manual => "Done",
        _ => "It is done after all",
    };
    let hint = if step.step.action.is_by_a_person() { "Whatever is worth knowing afterwards." } else { "Say why: the console found otherwise." };
    let class = if is_next && step.outcome != Outcome::Failed { "small primary" } else { "small" };
    let refused = Refused::of(step.n);
    let once_more = refused.clone();
    let may_fail = step.outcome != Outcome::Failed;
    let other = refused.outcome.clone().filter(|outcome| outcome != "done");
    let chosen = other.clone().unwrap_or_else(|| "skipped".to_owned());
    let choices = [("skipped", "Skip it", true), ("failed", "It failed", may_fail)]
        .into_iter()
        .filter(|(.., is_offered)| *is_offered)
        .map(|(value, word, _)| {
            view! {
                <label class="choice">
                    <input type="radio" name="outcome" value=value checked=chosen == value/>
                    {word}
                </label>
            }
        })
        .collect_view();
    let hidden = move || view! { <input type="hidden" name="id" value=id.to_string()/> <input type="hidden" name="n" value=step.n.to_string()/> };
    view! {
        <ActionForm<ReportStep> class="procedure-report">
            {hidden()}
            <input type="hidden" name="outcome" value="done"/>
            <NoteField place=format!("note-{}", step.n) hint=hint refused=refused/>
            <Submit label=label progress="Noting…" class=class/>
        </ActionForm<ReportStep>>
        <details class="procedure-else" open=other.is_some()>
            <summary>"Skip it, or say that it failed"</summary>
            <ActionForm<ReportStep> class="procedure-report">
                {hidden()}
                <fieldset class="choices">
                    <legend class="unseen">"What came of it"</legend>
                    {choices}
                </fieldset>
                <NoteField place=format!("why-{}", step.n) hint="Say why, if you skip it." refused=once_more/>
                <Submit label="Note it" progress="Noting…" class="small"/>
            </ActionForm<ReportStep>>
        </details>
    }
}

/// What was typed about one step, where that was refused.
#[derive(Clone, Default)]
struct Refused {
    outcome: Option<String>,
    note: String,
    error: Option<String>,
}

impl Refused {
    fn of(n: i32) -> Self {
        let form_state = FormState::of::<ReportStep>();
        if !form_state.is_refused() || form_state.text("n", "") != n.to_string() {
            return Self::default();
        }
        Self { outcome: Some(form_state.text("outcome", "")), note: form_state.text("note", ""), error: form_state.error("note") }
    }
}

#[component]
fn NoteField(place: String, hint: &'static str, refused: Refused) -> impl IntoView {
    view! {
        <div class="field">
            <label for=place.clone()>"Note"</label>
            <input
                class="input"
                id=place.clone()
                name="note"
                value=refused.note
                autocomplete="off"
                aria-invalid=refused.error.is_some().then_some("true")
                aria-describedby=format!("{place}-hint {place}-error")
            />
            <p class="hint" id=format!("{place}-hint")>{hint}</p>
            <p class="error" id=format!("{place}-error") data-error-for="note">{refused.error}</p>
        </div>
    }
}
