//! What P1 to P4 mean to a team: how soon somebody responds, who is told next, and what is told together.

use serde::{Deserialize, Serialize};

use super::{
    business_hours::BusinessHours,
    channel::Digest,
    error::FieldError,
    ids::EscalationPolicyId,
    on_call::Level,
    severity::IncidentSeverity::{self, P1, P2, P3, P4},
    time::Timestamp,
};

/// A week, in minutes.
const LONGEST: u32 = 7 * 24 * 60;

/// One object a team; a team that has stored none has the default.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SeverityPolicy {
    pub p1: SeverityRule,
    pub p2: SeverityRule,
    pub p3: SeverityRule,
    pub p4: SeverityRule,
    pub business_hours: BusinessHours,
}

/// One row of the policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SeverityRule {
    /// Somebody acknowledges within this; absent where the next business day is soon enough, or nobody has to.
    #[schema(minimum = 1, maximum = 10_080)]
    pub respond_minutes: Option<u32>,
    /// Somebody acknowledges by the end of the next business day.
    #[serde(default)]
    pub next_business_day: bool,
    /// Absent: the usual levels.
    #[schema(value_type = Option<uuid::Uuid>)]
    pub escalation_policy_id: Option<EscalationPolicyId>,
    /// Absent: none is due.
    #[schema(minimum = 1, maximum = 10_080)]
    pub post_mortem_hours: Option<u32>,
    /// Channels whose own digest takes it up are told by that alone.
    #[serde(default)]
    pub digest: Digest,
    /// Whether levels are reached by themselves. Absent: of P1 and P2.
    #[serde(default)]
    pub escalates: Option<bool>,
    /// Between reminders while nobody has acknowledged; 0: never. Absent: 30 for P1, 60 for P2, otherwise never.
    #[serde(default)]
    #[schema(maximum = 10_080)]
    pub remind_minutes: Option<u32>,
}

impl SeverityRule {
    const fn usual(severity: IncidentSeverity) -> Self {
        let (respond_minutes, post_mortem_hours, digest) = match severity {
            P1 => (Some(15), Some(48), Digest::None),
            P2 => (Some(60), Some(48), Digest::None),
            P3 => (Some(4 * 60), None, Digest::Daily),
            P4 => (None, None, Digest::Weekly),
        };
        Self {
            respond_minutes,
            next_business_day: matches!(severity, P4),
            escalation_policy_id: None,
            post_mortem_hours,
            digest,
            escalates: Some(usually_escalates(severity)),
            remind_minutes: Some(usual_reminder(severity)),
        }
    }

    /// With what is absent as it usually is.
    fn complete(self, severity: IncidentSeverity) -> Self {
        let escalates = self.escalates.or(Some(usually_escalates(severity)));
        Self { escalates, remind_minutes: self.remind_minutes.or(Some(usual_reminder(severity))), ..self }
    }

    fn check(&self, name: &str) -> Vec<FieldError> {
        let numbers =
            [("respond_minutes", self.respond_minutes, 1), ("post_mortem_hours", self.post_mortem_hours, 1), ("remind_minutes", self.remind_minutes, 0)];
        let wrong = numbers.into_iter().filter(|(_, number, least)| number.is_some_and(|number| !(*least..=LONGEST).contains(&number)));
        let mut errors: Vec<_> = wrong.map(|(field, _, least)| FieldError::new(format!("{name}.{field}"), format!("{least} to {LONGEST}."))).collect();
        if self.next_business_day && self.respond_minutes.is_some() {
            errors.push(FieldError::new(format!("{name}.respond_minutes"), "Leave it empty where the next business day is soon enough."));
        }
        errors
    }
}

impl Default for SeverityPolicy {
    fn default() -> Self {
        let [p1, p2, p3, p4] = [P1, P2, P3, P4].map(SeverityRule::usual);
        Self { p1, p2, p3, p4, business_hours: BusinessHours::default() }
    }
}

impl SeverityPolicy {
    pub const fn rule(&self, severity: IncidentSeverity) -> &SeverityRule {
        match severity {
            P1 => &self.p1,
            P2 => &self.p2,
            P3 => &self.p3,
            P4 => &self.p4,
        }
    }

    /// With what is absent as it usually is.
    #[must_use]
    pub fn complete(self) -> Self {
        Self { p1: self.p1.complete(P1), p2: self.p2.complete(P2), p3: self.p3.complete(P3), p4: self.p4.complete(P4), ..self }
    }

    /// The escalation policies that it names.
    pub fn escalation_policies(&self) -> impl Iterator<Item = EscalationPolicyId> {
        [&self.p1, &self.p2, &self.p3, &self.p4].into_iter().filter_map(|rule| rule.escalation_policy_id)
    }

    /// What is wrong with it, by the member's name.
    pub fn check(&self) -> Vec<FieldError> {
        let rules = [("p1", &self.p1), ("p2", &self.p2), ("p3", &self.p3), ("p4", &self.p4)];
        rules.into_iter().flat_map(|(name, rule)| rule.check(name)).chain(self.business_hours.check()).collect()
    }

    /// When somebody must have acknowledged what opened then; none where nobody has to.
    pub fn respond_by(&self, severity: IncidentSeverity, opened_at: Timestamp) -> Option<Timestamp> {
        let rule = self.rule(severity);
        if rule.next_business_day {
            return Some(self.business_hours.end_of_next_business_day(opened_at));
        }
        rule.respond_minutes.map(|minutes| opened_at + super::on_call::minutes(minutes))
    }

    /// When the post-mortem of what ended at `resolved_at` is due; none where none is asked for.
    pub fn post_mortem_due(&self, severity: IncidentSeverity, resolved_at: Timestamp) -> Option<Timestamp> {
        self.rule(severity).post_mortem_hours.map(|hours| resolved_at + super::on_call::minutes(hours.saturating_mul(60)))
    }

    /// The digests that take up what opens, so that channels which have one are not told at once.
    pub const fn told_by(&self, severity: IncidentSeverity) -> &'static [Digest] {
        match self.rule(severity).digest {
            Digest::None => &[],
            // The weekly one leaves nothing out.
            Digest::Daily => &[Digest::Daily, Digest::Weekly],
            Digest::Weekly => &[Digest::Weekly],
        }
    }

    /// Whether what opens of this severity is told on a channel by its digest, and not before.
    pub fn is_told_by(&self, digest: Digest, severity: IncidentSeverity) -> bool {
        self.told_by(severity).contains(&digest)
    }

    /// Whether the digest of a channel says what opened of this severity.
    pub fn is_in(&self, digest: Digest, severity: IncidentSeverity) -> bool {
        match digest {
            Digest::None => false,
            Digest::Daily => self.rule(severity).digest != Digest::Weekly,
            Digest::Weekly => true,
        }
    }
}

/// Where a team has chosen no escalation policy. Each names nobody, so that whoever goes by its name is reached, and else the channels of the incident.
pub fn usual_levels(severity: IncidentSeverity) -> Vec<Level> {
    let all = [("On call", 0), ("Platform", 15), ("Leadership", 30)];
    let reached = if severity == P1 { 3 } else { 2 };
    all.into_iter().take(reached).map(|(name, after_minutes)| Level { name: name.to_owned(), after_minutes, targets: Vec::new() }).collect()
}

const fn usually_escalates(severity: IncidentSeverity) -> bool {
    matches!(severity, P1 | P2)
}

const fn usual_reminder(severity: IncidentSeverity) -> u32 {
    match severity {
        P1 => 30,
        P2 => 60,
        P3 | P4 => 0,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_defaults_are_those_of_the_table() {
        let policy = serde_json::to_value(SeverityPolicy::default()).expect("JSON");
        assert_eq!(
            (&policy["p1"]["respond_minutes"], &policy["p2"]["respond_minutes"], &policy["p3"]["respond_minutes"]),
            (&json!(15), &json!(60), &json!(240))
        );
        assert_eq!((&policy["p4"]["respond_minutes"], &policy["p4"]["next_business_day"]), (&json!(null), &json!(true)));
        assert_eq!((&policy["p3"]["digest"], &policy["p4"]["digest"], &policy["p2"]["post_mortem_hours"]), (&json!("daily"), &json!("weekly"), &json!(48)));
        assert_eq!(policy["business_hours"]["from"], "09:00");
    }

    #[test]
    fn what_a_program_leaves_out_is_as_usual() {
        let bare = json!({"respond_minutes": 5, "next_business_day": false, "escalation_policy_id": null, "post_mortem_hours": null, "digest": "none"});
        let hours = json!({"time_zone": "Europe/Berlin", "days": ["mon", "friday"], "from": "08:00", "to": "16:30", "holidays": ["2026-12-25"]});
        let read: SeverityPolicy = serde_json::from_value(json!({"p1": bare, "p2": bare, "p3": bare, "p4": bare, "business_hours": hours})).expect("a policy");
        let policy = read.complete();
        assert_eq!((policy.p1.escalates, policy.p1.remind_minutes, policy.p4.escalates), (Some(true), Some(30), Some(false)));
        assert!(policy.check().is_empty());
    }

    #[test]
    fn a_digest_and_being_told_at_once_leave_nothing_out() {
        let policy = SeverityPolicy::default();
        for severity in [P1, P2, P3, P4] {
            for digest in [Digest::Daily, Digest::Weekly] {
                let at_once = !policy.told_by(severity).contains(&digest);
                assert!(at_once || policy.is_in(digest, severity), "{severity} {digest}");
            }
        }
        assert!(!policy.is_in(Digest::Daily, P4) && policy.is_in(Digest::Daily, P3));
    }

    #[test]
    fn only_what_is_significant_asks_for_a_post_mortem() {
        let (policy, resolved) = (SeverityPolicy::default(), Timestamp::from_millis(0));
        let two_days = Some(Timestamp::from_millis(48 * 60 * 60 * 1_000));
        assert_eq!([P1, P2, P3, P4].map(|severity| policy.post_mortem_due(severity, resolved)), [two_days, two_days, None, None]);
    }

    #[test]
    fn a_response_is_due_in_minutes_or_by_the_next_business_day() {
        let policy = SeverityPolicy::default();
        let friday: Timestamp = "2026-07-03T12:00:00Z".parse().expect("a moment");
        let due = |severity| policy.respond_by(severity, friday).expect("a deadline").to_string();
        assert_eq!((due(P1), due(P4)), ("2026-07-03T12:15:00.000Z".to_owned(), "2026-07-06T17:00:00.000Z".to_owned()));
    }
}
