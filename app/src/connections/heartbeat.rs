//! The heartbeat part of the form: how often a connection is tried, and when its failures become an incident.

use domain::{
    policy::{AlertPolicy, HeartbeatPolicy},
    severity::IncidentSeverity,
};
use engine::configure::HeartbeatEdit;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use strum::IntoEnumIterator;

use crate::ui::{
    field::{About, SelectField, TextField},
    form::FormState,
};

/// As browsers post it: every value a text. What is left out or empty takes its default.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct HeartbeatForm {
    interval_seconds: String,
    timeout_seconds: String,
    retries: String,
    alert: AlertForm,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct AlertForm {
    failures: String,
    of_last: String,
    recovery_passes: String,
    slow_ms: String,
    severity: String,
}

impl HeartbeatForm {
    pub fn read(&self) -> HeartbeatEdit {
        HeartbeatEdit {
            interval_seconds: number(&self.interval_seconds),
            timeout_seconds: number(&self.timeout_seconds),
            retries: number(&self.retries),
            alert: Some(self.alert.read()),
        }
    }
}

impl AlertForm {
    fn read(&self) -> AlertPolicy {
        let usual = AlertPolicy::default();
        AlertPolicy {
            failures: number(&self.failures).unwrap_or(usual.failures),
            of_last: number(&self.of_last).unwrap_or(usual.of_last),
            recovery_passes: number(&self.recovery_passes).unwrap_or(usual.recovery_passes),
            slow_ms: number(&self.slow_ms),
            severity: self.severity.parse().ok(),
        }
    }
}

/// What is not a number becomes one that the limits refuse, so that it is told with everything else that is wrong.
fn number(text: &str) -> Option<u32> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.parse().unwrap_or(u32::MAX))
}

#[component]
pub fn HeartbeatFields(form_state: FormState, policy: HeartbeatPolicy) -> impl IntoView {
    let AlertPolicy { failures, of_last, recovery_passes, slow_ms, severity } = policy.alert;
    let number = |about: About, value: Option<u32>| {
        let value = value.map(|value| value.to_string()).unwrap_or_default();
        view! { <TextField about=about.width("third") form_state=form_state.clone() value=value kind="number"/> }
    };
    let severities = IncidentSeverity::iter().map(|severity| (severity.to_string(), severity.to_string().to_uppercase()));
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

/// `place` is where its value stands in [`HeartbeatForm`].
fn input(place: &str, label: &str, hint: &str) -> About {
    About::new(format!("heartbeat{place}"), label).hint(hint)
}
