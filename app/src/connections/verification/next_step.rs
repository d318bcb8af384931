//! What to do after a test: one thing, said plainly.

use domain::verification::{StepOutcome, VerificationOutcome};
use leptos::{either::Either, prelude::*};

use super::{Subject, Then, view::VerificationView};
use crate::{
    action::form_address,
    connections::server_fns::ApplyTransition,
    errors::LIST,
    ui::icon::{CHECK, CROSS, DASH, EXCLAMATION, Icon},
};

pub fn next_step(subject: &Subject, trial: Option<VerificationView>, stale: Option<String>, then: Then) -> impl IntoView + use<> {
    let failed = trial.as_ref().and_then(|trial| trial.rows.iter().find(|row| row.blocking && row.outcome == StepOutcome::Failed));
    let outcome = trial.as_ref().map(|trial| trial.outcome);
    let has_failed = outcome == Some(VerificationOutcome::Failed);
    let is_ready = outcome == Some(VerificationOutcome::Passed) && stale.is_none();
    let (tone, icon, text) = match (outcome, stale, failed) {
        (None, ..) => ("", DASH, "Not tested yet. It may be activated once every blocking step passes.".to_owned()),
        (Some(VerificationOutcome::Failed), _, Some(row)) => ("bad", CROSS, format!("“{}” failed. Do what it says, then test again.", row.title)),
        (Some(VerificationOutcome::Failed), ..) => ("bad", CROSS, "The test failed. Test again.".into()),
        (Some(VerificationOutcome::Passed), Some(stale), _) => ("warn", EXCLAMATION, stale),
        (Some(VerificationOutcome::Passed), ..) if then == Then::Nothing => ("good", CHECK, "Every blocking step passed.".into()),
        (Some(VerificationOutcome::Passed), ..) => ("good", CHECK, "Every blocking step passed. It may go live.".into()),
        (Some(_), ..) => ("warn", EXCLAMATION, "The test was interrupted before its last step. Test again.".into()),
    };
    let thread = trial.filter(|_| has_failed).map(|trial| {
        // Who may not change it may not read what is under its ID either.
        let address = subject.changeable.then(|| format!("{LIST}/{}", trial.correlation_id));
        view! { " Correlation ID " <a href=address><code>{trial.correlation_id}</code></a> }
    });
    let action = subject.changeable.then_some(then).and_then(|then| match then {
        Then::Activate if is_ready => Some(Either::Left(step_form(subject, "activate", "Activate", "Activating…"))),
        Then::Resume if is_ready => Some(Either::Left(step_form(subject, "resume", "Resume", "Resuming…"))),
        _ if has_failed => Some(Either::Right(view! { <a class="button" href=subject.edit.clone()>"Edit connection"</a> })),
        _ => None,
    });
    view! {
        <div class=format!("next-action {tone}")>
            <p>
                <Icon path=icon/>
                <span>{text} {thread}</span>
            </p>
            {action}
        </div>
    }
}

fn step_form(subject: &Subject, step: &'static str, label: &'static str, progress: &'static str) -> impl IntoView + use<> {
    let address = form_address::<ApplyTransition>(&subject.path);
    view! {
        <form method="post" action=address data-enhance="">
            <input type="hidden" name="id" value=subject.id.to_string()/>
            <input type="hidden" name="step" value=step/>
            <button type="submit" class="button primary" data-progress=progress>
                <span>{label}</span>
            </button>
        </form>
    }
}
