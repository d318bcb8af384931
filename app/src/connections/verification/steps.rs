//! The steps of a test: those that finished, the one that runs, those to come.

use leptos::prelude::*;

use super::{Planned, view::VerificationView};
use crate::ui::steps::{Line, drawn};

/// The finished steps, then those still to come; those that a finished test never reached are not repeated.
pub fn lines(planned: &[Planned], trial: Option<&VerificationView>, running: bool) -> impl IntoView + use<> {
    let done = trial.map(|trial| trial.rows.as_slice()).unwrap_or_default();
    let to_come = if trial.is_none() || running { planned.get(done.len()..).unwrap_or_default() } else { &[] };
    let to_come = to_come.iter().enumerate().map(|(index, step)| {
        let (class, word) = match (running, index) {
            (true, 0) => ("running", "Running"),
            (true, _) => ("pending", "Waiting"),
            _ => ("pending", "Not run"),
        };
        Line::to_come(step.title.clone(), step.blocking, class, word)
    });
    done.iter().cloned().map(Line::from).chain(to_come).map(drawn).collect_view()
}
