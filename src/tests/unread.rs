//! What one person has read another has not.

use std::time::Duration;

use domain::{
    operator::{Actor, Role, Who},
    token_limits::TokenLimits,
};
use engine::{Scope, access, notify};
use serde_json::json;

use crate::{
    diagnose::{both, connection, run},
    invariants,
    test_console::{TestConsole, refused},
};

const SECOND: Duration = Duration::from_secs(1);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

async fn person(test: &TestConsole, email: &str) -> Scope {
    let operator = access::create_operator(&test.scope(), email, "a long enough password".to_owned().into(), Role::Viewer).await.expect("an operator");
    let actor = Actor { role: Role::Viewer, name: operator.email, who: Who::Operator(operator.id), limits: TokenLimits::default(), ..test.actor.clone() };
    test.advance(SECOND);
    test.console.for_team(actor)
}

async fn unread(scope: &Scope) -> i64 {
    let unread = notify::unread(scope).await.expect("counted");
    assert_eq!(notify::waiting(scope).await.expect("counted").unread, unread, "the bell says the same");
    let listed = notify::list(scope, 50, None).await.expect("listed").0.into_iter().filter(|one| one.read_at.is_none()).count();
    assert_eq!(listed, notify::latest_unread(scope, 50).await.expect("listed").len());
    unread
}

#[tokio::test]
async fn what_one_person_has_read_another_has_not() {
    for (test, _) in both().await {
        let (ada, bea) = (person(&test, "ada@example.org").await, person(&test, "bea@example.org").await);
        connection(&test, "Broken", json!({"host": "b", "fails": "answers"})).await;
        run(&test).await;
        run(&test).await;
        let told = notify::latest_unread(&ada, 9).await.expect("listed");
        for _ in 0..2 {
            notify::mark_read(&ada, told[0].id).await.expect("read");
        }
        assert_eq!((unread(&ada).await, unread(&bea).await, unread(&test.scope()).await), (1, 2, 2), "{}", test.database);
        // One is older than a minute, one is not.
        test.advance(DAY);
        run(&test).await;
        notify::mark_all_read(&ada).await.expect("read");
        assert_eq!((unread(&ada).await, unread(&bea).await), (0, 3), "{}", test.database);
        test.advance(DAY);
        notify::mark_all_read(&ada).await.expect("read");
        assert_eq!(unread(&ada).await, 0, "{}: with no mark left", test.database);
        // What was told before somebody came is not theirs to read.
        let cara = person(&test, "cara@example.org").await;
        run(&test).await;
        assert_eq!((unread(&ada).await, unread(&bea).await, unread(&cara).await), (1, 4, 1), "{}", test.database);
        assert_eq!(refused(notify::mark_read(&cara, domain::ids::NotificationId::new()).await), "notification_not_found");
        invariants::check(&test.console, "reading").await;
    }
}
