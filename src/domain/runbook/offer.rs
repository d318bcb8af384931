//! Which runbooks are offered for a failure, the best first.

use super::{AppliesTo, KeptRunbook, Trigger};
use crate::{environment::Environment, identity::has_tag, kind::KindId};

/// What has failed.
#[derive(Clone, Copy, Debug)]
pub struct Occasion<'a> {
    pub kind: &'a KindId,
    /// Absent where it is not known.
    pub cause: Option<&'a str>,
    pub tags: &'a [String],
    pub environment: Environment,
}

/// The runbooks that are for it, the best first: by how much of what it names fits, a team's own before what is shipped, then by name.
pub fn offered<'a>(runbooks: &'a [KeptRunbook], occasion: Occasion<'_>) -> Vec<&'a KeptRunbook> {
    let is_for_incidents = |runbook: &KeptRunbook| matches!(runbook.document.trigger, None | Some(Trigger::Incident));
    let mut fitting: Vec<_> = runbooks
        .iter()
        .filter(|runbook| is_for_incidents(runbook))
        .filter_map(|runbook| Some((fit(&runbook.document.applies_to, occasion)?, runbook)))
        .collect();
    fitting.sort_by(|(one, a), (other, b)| other.cmp(one).then(a.shipped.cmp(&b.shipped)).then_with(|| a.name.cmp(&b.name)));
    fitting.into_iter().map(|(_, runbook)| runbook).collect()
}

/// The runbooks for an incident about no connection, the best first: those that say that they are for incidents, and name no kind or tag. What names its cause
/// stands before what names none, a team's own before what is shipped.
pub fn offered_without_connection<'a>(runbooks: &'a [KeptRunbook], cause: Option<&str>, environment: Option<Environment>) -> Vec<&'a KeptRunbook> {
    let mut fitting: Vec<_> = runbooks.iter().filter(|runbook| runbook.document.trigger == Some(Trigger::Incident)).collect();
    fitting.retain(|runbook| {
        let AppliesTo { kinds, causes, tags, environments } = &runbook.document.applies_to;
        let fits_cause = causes.is_empty() || causes.iter().any(|one| Some(one.as_str()) == cause);
        let fits_environment = environments.is_empty() || environment.is_none_or(|environment| environments.contains(&environment));
        kinds.is_empty() && tags.is_empty() && fits_cause && fits_environment
    });
    fitting.sort_by(|a, b| {
        let key = |runbook: &KeptRunbook| (runbook.document.applies_to.causes.is_empty(), runbook.shipped);
        key(a).cmp(&key(b)).then_with(|| a.name.cmp(&b.name))
    });
    fitting
}

/// How well it fits; nothing where it names another thing, or none that is to the point. A cause says more than a tag, and that more than a kind.
fn fit(applies_to: &AppliesTo, occasion: Occasion<'_>) -> Option<u32> {
    let AppliesTo { kinds, causes, tags, environments } = applies_to;
    let judged = [
        (kinds.is_empty(), kinds.contains(occasion.kind), 1),
        (tags.is_empty(), tags.iter().any(|tag| has_tag(occasion.tags, tag)), 4),
        // A cause that is not known rules nothing out.
        (causes.is_empty() || occasion.cause.is_none(), causes.iter().any(|cause| Some(cause.as_str()) == occasion.cause), 8),
        (environments.is_empty(), environments.contains(&occasion.environment), 0),
    ];
    if judged.iter().any(|(is_open, fits, _)| !is_open && !fits) {
        return None;
    }
    let fit = judged.iter().filter(|(_, fits, _)| *fits).map(|(.., weight)| weight).sum();
    (fit > 0).then_some(fit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        ids::RunbookId,
        runbook::{Runbook, RunbookStep, StepAction},
    };

    fn runbook(name: &str, shipped: bool, applies_to: serde_json::Value, trigger: Option<Trigger>) -> KeptRunbook {
        let steps = vec![RunbookStep { title: "Look".into(), text: String::new(), action: StepAction::Manual }];
        let applies_to = serde_json::from_value(applies_to).expect("what it applies to");
        let document = Runbook { name: name.into(), description: String::new(), applies_to, trigger, steps };
        let id = RunbookId::from_uuid(uuid::Uuid::nil());
        KeptRunbook { id, name: name.into(), shipped, version: 1, yaml: String::new(), document, updated_by: None, created_at: None, updated_at: None }
    }

    #[test]
    fn the_cause_counts_most_and_what_names_another_thing_is_left_out() {
        let all = [
            runbook("any postgres", true, serde_json::json!({"kinds": ["postgres"]}), None),
            runbook("ours", false, serde_json::json!({"kinds": ["postgres"]}), None),
            runbook("pool", true, serde_json::json!({"kinds": ["postgres"], "causes": ["too_many_connections"]}), Some(Trigger::Incident)),
            runbook("password", true, serde_json::json!({"causes": ["auth_rejected"]}), None),
            runbook("payments", true, serde_json::json!({"tags": ["payments"]}), None),
            runbook("redis", true, serde_json::json!({"kinds": ["redis"]}), None),
            runbook("staging", true, serde_json::json!({"kinds": ["postgres"], "environments": ["staging"]}), None),
            runbook("of a release", true, serde_json::json!({"kinds": ["postgres"]}), Some(Trigger::Preflight)),
            runbook("for nothing", true, serde_json::json!({}), None),
        ];
        let (kind, tags) = ("postgres".parse().expect("a kind"), ["payments".to_owned()]);
        let names = |cause| {
            let occasion = Occasion { kind: &kind, cause, tags: &tags, environment: Environment::Production };
            offered(&all, occasion).into_iter().map(|runbook| runbook.name.clone()).collect::<Vec<_>>()
        };
        assert_eq!(names(Some("too_many_connections")), ["pool", "payments", "ours", "any postgres"]);
        assert_eq!(names(None), ["payments", "ours", "any postgres", "pool"]);
    }

    #[test]
    fn beside_no_connection_stands_what_is_for_any_incident_or_for_its_cause() {
        let for_incidents = Some(Trigger::Incident);
        let all = [
            runbook("stop", true, serde_json::json!({}), for_incidents),
            runbook("ours", false, serde_json::json!({}), for_incidents),
            runbook("network", true, serde_json::json!({"causes": ["network"]}), for_incidents),
            runbook("password", true, serde_json::json!({"causes": ["auth_rejected"]}), for_incidents),
            runbook("staging", true, serde_json::json!({"environments": ["staging"]}), for_incidents),
            runbook("postgres", true, serde_json::json!({"kinds": ["postgres"]}), for_incidents),
            runbook("payments", true, serde_json::json!({"tags": ["payments"]}), for_incidents),
            runbook("upgrade", true, serde_json::json!({}), None),
            runbook("of a release", true, serde_json::json!({}), Some(Trigger::Preflight)),
        ];
        let names = |cause, environment| {
            let offered = offered_without_connection(&all, cause, environment);
            offered.into_iter().map(|runbook| runbook.name.as_str()).collect::<Vec<_>>()
        };
        assert_eq!(names(Some("network"), Some(Environment::Production)), ["network", "ours", "stop"]);
        assert_eq!(names(None, None), ["ours", "staging", "stop"]);
    }
}
