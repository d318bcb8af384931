//! Saves the severity policy.

#[cfg(feature = "ssr")]
use domain::{business_hours::wanted, error::FieldError, permission::Permission, severity_policy::SeverityPolicy};
#[cfg(feature = "ssr")]
use engine::{OpsError, severity};
#[cfg(feature = "ssr")]
use leptos_axum::redirect;
use serde::{Deserialize, Serialize};
#[cfg(feature = "ssr")]
use serde_json::{Value, json};

#[cfg(feature = "ssr")]
use super::PATH;
#[cfg(feature = "ssr")]
use crate::action_error::run_action;
use crate::{action::server, action_error::ActionError};

/// One row, as browsers post it: an empty number is none, and a box that is not ticked is left out.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RuleInput {
    respond_minutes: String,
    #[serde(default)]
    next_business_day: Option<String>,
    #[serde(default)]
    escalation_policy_id: String,
    post_mortem_hours: String,
    digest: String,
    #[serde(default)]
    escalates: Option<String>,
    remind_minutes: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct HoursInput {
    time_zone: String,
    #[serde(default)]
    days: Vec<String>,
    from: String,
    to: String,
    /// One a line.
    #[serde(default)]
    holidays: String,
}

/// `version` is the one that the person saw.
#[server]
pub async fn save_severity_policy(
    version: i64,
    p1: RuleInput,
    p2: RuleInput,
    p3: RuleInput,
    p4: RuleInput,
    business_hours: HoursInput,
) -> Result<(), ActionError> {
    run_action(async move |scope| {
        scope.authorize(Permission::ManageOnCall)?;
        let mut errors = Vec::new();
        let mut policy = SeverityPolicy::default();
        for (name, input, rule) in [("p1", p1, &mut policy.p1), ("p2", p2, &mut policy.p2), ("p3", p3, &mut policy.p3), ("p4", p4, &mut policy.p4)] {
            let mut number = |member: &str, text: &str| {
                let text = text.trim();
                let read = (!text.is_empty()).then(|| text.parse::<u32>()).transpose();
                read.unwrap_or_else(|_| {
                    errors.push(FieldError::new(format!("{name}.{member}"), "A whole number, or nothing."));
                    None
                })
            };
            let members = json!({
                "respond_minutes": number("respond_minutes", &input.respond_minutes),
                "next_business_day": input.next_business_day.is_some(),
                "escalation_policy_id": Some(input.escalation_policy_id).filter(|id| !id.is_empty()),
                "post_mortem_hours": number("post_mortem_hours", &input.post_mortem_hours),
                "digest": input.digest,
                "escalates": input.escalates.is_some(),
                "remind_minutes": number("remind_minutes", &input.remind_minutes).unwrap_or_default(),
            });
            read_into(rule, members, name, wanted(name), &mut errors);
        }
        let HoursInput { time_zone, days, from, to, holidays } = business_hours;
        let holidays: Vec<_> = holidays.lines().map(str::trim).filter(|day| !day.is_empty()).collect();
        let members = [("time_zone", json!(time_zone.trim())), ("days", json!(days)), ("from", json!(from)), ("to", json!(to)), ("holidays", json!(holidays))];
        for (member, value) in members {
            let mut whole = json!(policy.business_hours);
            whole[member] = value;
            read_into(&mut policy.business_hours, whole, &format!("business_hours.{member}"), wanted(member), &mut errors);
        }
        if !errors.is_empty() {
            return Err(OpsError::Invalid(errors));
        }
        severity::put(&scope, Some(version), policy).await.map(drop)
    })
    .await?;
    redirect(PATH);
    Ok(())
}

#[cfg(feature = "ssr")]
fn read_into<T: serde::de::DeserializeOwned>(into: &mut T, members: Value, place: &str, message: &str, errors: &mut Vec<FieldError>) {
    match serde_json::from_value(members) {
        Ok(read) => *into = read,
        Err(_) => errors.push(FieldError::new(place, message)),
    }
}
