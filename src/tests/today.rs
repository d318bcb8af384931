//! The day of a team, on both databases.

use engine::{severity, today};

use crate::test_console::TestConsole;

#[tokio::test]
async fn a_day_is_one_of_the_team_s_time_zone() {
    for test in TestConsole::both().await {
        let scope = test.scope();
        let mut days = Vec::new();
        // Twenty-five hours apart, so that it is never the same day there.
        for zone in ["Pacific/Kiritimati", "Pacific/Pago_Pago"] {
            let (version, mut policy) = severity::get(&scope).await.expect("a policy");
            policy.business_hours.time_zone = zone.parse().expect("a time zone");
            severity::put(&scope, Some(version), policy).await.unwrap_or_else(|error| panic!("{error:?}"));
            let day = today::checklist(&scope).await.expect("a list").day;
            let due = today::tasks(&scope).await.expect("tasks").into_iter().filter_map(|task| task.due_on).max();
            assert_eq!(due, Some(day), "what was never done is due today, on {}", test.database);
            days.push(day);
        }
        assert!(days[0] > days[1], "{days:?} on {}", test.database);
    }
}
