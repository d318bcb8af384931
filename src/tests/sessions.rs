//! Rows of sessions.

use std::time::Duration;

use serde_json::json;
use store::sessions;

use crate::test_console::TestConsole;

#[tokio::test]
async fn a_session_that_has_ended_is_not_brought_back_by_a_request_under_way() {
    for test in TestConsole::both().await {
        let (db, now) = (&test.console.db, test.now());
        let ends = now + Duration::from_secs(60);
        assert!(sessions::insert(db, "one", None, &json!({}), ends).await.expect("inserted"));
        sessions::update(db, "one", None, &json!({"seen": 1}), ends, now).await.expect("updated");
        assert_eq!(sessions::load(db, "one", now).await.expect("loaded").expect("a session").data, json!({"seen": 1}));
        assert!(sessions::delete(db, "one").await.expect("deleted"));
        sessions::update(db, "one", None, &json!({"seen": 2}), ends, now).await.expect("nothing to update");
        assert!(sessions::load(db, "one", now).await.expect("loaded").is_none(), "{}", test.database);
        assert!(!sessions::delete(db, "one").await.expect("nothing to delete"));
    }
}
