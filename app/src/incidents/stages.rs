//! How far an incident has come, by whom, and what is to be done now.

use domain::{
    incident::{Incident, IncidentStage},
    time::Timestamp,
};
use leptos::prelude::*;
use strum::IntoEnumIterator;

use crate::ui::{
    icon::{CHECK, Icon},
    time::Time,
};

/// The word of a stage, and what is to be done once it is reached.
const fn words(stage: IncidentStage) -> (&'static str, &'static str) {
    match stage {
        IncidentStage::Open => ("Open", "Nobody has it yet. Acknowledge it, so that others know that someone does."),
        IncidentStage::Acknowledged => ("Acknowledged", "Find out how far it reaches and what changed before, then mark it as assessed."),
        IncidentStage::Assessed => ("Assessed", "Make it stop hurting, by whatever is quickest: undo the last change, switch over, switch off."),
        IncidentStage::Mitigated => ("Mitigated", "It hurts nobody any more. Make sure that it stays so, then resolve it."),
        IncidentStage::Resolved => ("Resolved", "Write down what happened and what is to be done, so that it does not happen again."),
        IncidentStage::PostMortem => ("Post-mortem", "Nothing is left to do but the action items."),
    }
}

/// When a stage was reached, and by whom. One that was passed over has neither.
fn mark(incident: &Incident, stage: IncidentStage) -> Option<(Timestamp, Option<String>)> {
    let (at, by) = match stage {
        IncidentStage::Open => (Some(incident.opened_at), &incident.declared_by),
        IncidentStage::Acknowledged => (incident.acknowledged_at, &incident.acknowledged_by),
        IncidentStage::Assessed => (incident.assessed_at, &incident.assessed_by),
        IncidentStage::Mitigated => (incident.mitigated_at, &incident.mitigated_by),
        IncidentStage::Resolved => (incident.resolved_at, &incident.resolved_by),
        IncidentStage::PostMortem => (incident.post_mortem_at, &incident.post_mortem_by),
    };
    Some((at?, by.clone()))
}

/// What is to be done now. Whoever declared an incident has it, though nobody has acknowledged it.
fn next_step(incident: &Incident) -> String {
    match (incident.stage, &incident.owner) {
        (stage, _) if incident.merged_into.is_some() && stage < IncidentStage::Resolved => {
            "It is a part of another one: what is done there is done for both.".to_owned()
        }
        (IncidentStage::Open, Some(owner)) => format!("{owner} has it. Acknowledge it, so that nobody else is told."),
        (stage, _) => words(stage).1.to_owned(),
    }
}

#[component]
pub fn Stages(incident: Incident) -> impl IntoView {
    let (now, next) = (incident.stage, next_step(&incident));
    let stages = IncidentStage::iter()
        .map(|stage| {
            let mark = mark(&incident, stage);
            let class = if mark.is_some() { "reached" } else { "" };
            view! {
                <li class=class aria-current=(stage == now).then_some("step")>
                    <span class="dot">{mark.is_some().then(|| view! { <Icon path=CHECK/> })}</span>
                    <strong>{words(stage).0}</strong>
                    {mark.map(|(at, by)| view! { <span class="who"><Time at=at/> {by.map(|by| format!(" by {by}"))}</span> })}
                </li>
            }
        })
        .collect_view();
    view! {
        <section class="card life-cycle" aria-labelledby="stages" id="incident-stages" data-refresh="">
            <h2 class="unseen" id="stages">"How far it has come"</h2>
            <ol>{stages}</ol>
            <p class="now"><strong>"Now: "</strong>{next}</p>
        </section>
    }
}
