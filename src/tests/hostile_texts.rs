//! Letters that no page shows and PostgreSQL keeps nowhere, wherever people write in their own words.

use std::time::Duration;

use domain::{
    error::ErrorCode,
    incident::IncidentAction,
    listing::{Filter, Sort},
    maintenance_task::MaintenanceTask,
    post_mortem::Sections,
    runbook::execution::Reported,
    severity::IncidentSeverity,
};
use engine::{
    connections,
    incidents::{
        self,
        action_items::{self, NewActionItem},
        declare::{NewIncident, declare},
        edit::{IncidentEdit, edit},
        post_mortem::{self, PostMortemEdit},
    },
    maintenance,
    runbooks::{self, NewRunbook, executions::NewExecution},
    suppression::silences,
    today,
};
use serde_json::json;

use crate::{
    runbooks::{report, start},
    test_console::{TestConsole, wrong_fields},
};

const WRITTEN: &str = " a\u{0}b\u{1b}c\u{202e}d ";
const SEEN: &str = "a␀b␛c⟨U+202E⟩d";

#[tokio::test]
async fn they_are_written_out_and_nothing_is_lost() {
    for test in TestConsole::both().await {
        let (scope, said) = (test.scope(), || WRITTEN.to_owned());
        let new = NewIncident { summary: said(), severity: IncidentSeverity::P3, connection_id: None, environment: None, note: Some(said()) };
        let incident = declare(&scope, new).await.expect("declared");
        let wanted = IncidentEdit { severity: Some(IncidentSeverity::P2), reason: Some(said()), owner: Some(Some(said())) };
        edit(&scope, incident.id, None, wanted).await.expect("edited");
        let noted = incidents::apply(&scope, incident.id, IncidentAction::Note, Some(WRITTEN)).await.expect("noted");
        assert_eq!((noted.summary.as_str(), noted.owner.as_deref()), (SEEN, Some(SEEN)));
        let told = noted.timeline.iter().filter(|entry| entry.text.ends_with(SEEN)).count();
        assert!(told >= 3, "urgency, owner and note: {:?}", noted.timeline);
        let item = NewActionItem { incident_id: incident.id, text: said(), owner: Some(said()), due_on: None };
        assert_eq!(action_items::add(&scope, item).await.expect("added").text, SEEN);
        let sections = Sections { impact: said(), ..Sections::default() };
        assert_eq!(post_mortem::save(&scope, incident.id, None, PostMortemEdit { sections, completed: false }).await.expect("saved").sections.impact, SEEN);

        let ends_at = test.now() + Duration::from_secs(600);
        let silence = json!({"matchers": {"environment": "production"}, "ends_at": ends_at, "reason": WRITTEN});
        assert_eq!(silences::make(&scope, serde_json::from_value(silence).expect("a silence")).await.expect("made").reason, SEEN);
        let silence = json!({"matchers": {"tag": "x".repeat(10_000)}, "ends_at": ends_at, "reason": "A tag that no connection can have."});
        assert_eq!(wrong_fields(silences::make(&scope, serde_json::from_value(silence).expect("a silence")).await), ["matchers.tag"]);
        let window = json!({"starts_at": test.now(), "ends_at": ends_at, "reason": WRITTEN});
        assert_eq!(maintenance::declare(&scope, serde_json::from_value(window).expect("a window")).await.expect("declared").reason, SEEN);
        today::done(&scope, MaintenanceTask::BackupVerification, WRITTEN).await.expect("done");

        let yaml = "name: Look\nsteps:\n  - { title: Look, do: manual }\n".to_owned();
        let runbook = runbooks::create(&scope, NewRunbook { name: None, yaml }).await.expect("a runbook");
        let execution = start(&test, NewExecution { runbook_id: runbook.id, incident_id: None, connection_id: None }).await;
        let reported = report(&scope, &execution, 1, Reported::Done, WRITTEN).await.expect("reported");
        assert_eq!(reported.steps[0].note.as_deref(), Some(SEEN), "{}", test.database);
    }
}

/// SQLite finds nothing; PostgreSQL does not take the question.
#[tokio::test]
async fn a_question_that_a_database_does_not_take_is_no_fault_of_the_console() {
    for test in TestConsole::both().await {
        let filter = Filter { q: Some("a\u{0}b".to_owned()), ..Filter::default() };
        match connections::list(&test.scope(), &filter, Sort::Name, 1, 9).await {
            Ok(page) => assert_eq!(page.total, 0, "{}", test.database),
            Err(error) => assert_eq!((error.code(), error.is_fault()), (ErrorCode::MalformedRequest, false), "{error:?}"),
        }
    }
}
