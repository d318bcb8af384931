//! The heartbeat part of the form: how often a connection is tried, and when its failures become an incident.

use domain::{
    policy::{AlertPolicy, HeartbeatPolicy},
    severity::IncidentSeverity,
};
use leptos::prelude::*;
use strum::IntoEnumIterator;

use crate::ui::{
    field::{About, SelectField, TextField},
    form::FormState,
    time::length,
};

/// Folded away: what is usual suits most connections.
#[component]
pub fn Heartbeats(form_state: FormState, policy: HeartbeatPolicy) -> impl IntoView {
    let in_short = in_short(&policy);
    let is_wrong = form_state.is_wrong_below("heartbeat");
    view! {
        <details class="card folded" open=is_wrong>
            <summary>
                <h2>"Heartbeats"</h2>
                <span>{in_short}</span>
            </summary>
            <div class="form-section">
                <HeartbeatFields form_state=form_state policy=policy/>
            </div>
        </details>
    }
}

fn in_short(policy: &HeartbeatPolicy) -> String {
    let AlertPolicy { failures, of_last, .. } = policy.alert;
    let rule = match (failures, of_last) {
        (1, _) => "one failure".to_owned(),
        (failures, of_last) if of_last > failures => format!("{failures} failures of {of_last}"),
        (failures, _) => format!("{failures} failures in a row"),
    };
    format!("Every {}, an incident after {rule}", length(policy.interval_seconds.into()))
}

#[component]
fn HeartbeatFields(form_state: FormState, policy: HeartbeatPolicy) -> impl IntoView {
    let AlertPolicy { failures, of_last, recovery_passes, slow_ms, severity } = policy.alert;
    let number = |about: About, value: Option<u32>| {
        let value = value.map(|value| value.to_string()).unwrap_or_default();
        view! { <TextField about=about.width("third") form_state=form_state.clone() value=value kind="number"/> }
    };
    let severities = IncidentSeverity::iter().map(|severity| (severity.to_string(), severity.label().to_owned()));
    let usual = (String::new(), "As usual in its environment".to_owned());
    view! {
        {number(input("[interval_seconds]", "Heartbeat every", "Seconds, 5 to 86400.").required(), Some(policy.interval_seconds))}
        {number(input("[timeout_seconds]", "Timeout", "Seconds, 1 to 60.").required(), Some(policy.timeout_seconds))}
        {number(input("[retries]", "Retries", "Before it counts as failed.").required(), Some(policy.retries))}
        {number(input("[alert][failures]", "Incident after", "Failures, 1 to 32.").required(), Some(failures))}
        {number(input("[alert][of_last]", "Among the last", "Heartbeats. Empty: in a row.").optional(), (of_last > 0).then_some(of_last))}
        {number(input("[alert][recovery_passes]", "Recovered after", "Passes in a row, 1 to 32.").required(), Some(recovery_passes))}
        {number(input("[alert][slow_ms]", "Slow above", "Milliseconds; slower is degraded.").optional(), slow_ms)}
        <SelectField
            about=input("[alert][severity]", "Urgency of an incident", "Usually P2 in production, P3 in staging, P4 in development.").width("wide")
            form_state=form_state
            value=severity.map(|severity| severity.to_string()).unwrap_or_default()
            choices=std::iter::once(usual).chain(severities).collect()
        />
    }
}

/// `place` is where its value stands in [`super::input::HeartbeatInput`].
fn input(place: &str, label: &str, hint: &str) -> About {
    About::new(format!("heartbeat{place}"), label).hint(hint)
}

#[cfg(test)]
mod tests {
    use domain::policy::{AlertPolicy, HeartbeatPolicy};

    use super::in_short;

    #[test]
    fn a_policy_is_told_in_short() {
        let policy = |failures, of_last| HeartbeatPolicy { alert: AlertPolicy { failures, of_last, ..AlertPolicy::default() }, ..HeartbeatPolicy::default() };
        assert_eq!(in_short(&policy(2, 0)), "Every 5\u{a0}min, an incident after 2 failures in a row");
        assert_eq!(in_short(&policy(3, 5)), "Every 5\u{a0}min, an incident after 3 failures of 5");
        assert_eq!(in_short(&policy(1, 0)), "Every 5\u{a0}min, an incident after one failure");
    }
}
