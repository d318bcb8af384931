//! Names that were stored before characters that turn text around were refused: whatever a person reads shows them, and obeys none.

use domain::{bidi, operator::Role};
use engine::access;
use reqwest::{Method, StatusCode};
use store::profiles;

use crate::{
    health::{swept, watched},
    test_server::{TestServer, read_until},
};

const NAME: &str = "Bank\u{202e}drak\u{2066}";
const SHOWN: &str = "Bank⟨U+202E⟩drak⟨U+2066⟩";

/// Gives a connection a name that nobody could give it today.
async fn rename(server: &TestServer, id: &str) {
    let team = access::command_line(&server.console, None).await.expect("scope").actor().team;
    let id = id.parse().expect("id");
    let db = server.console.db.for_team(team);
    let mut profile = profiles::get(&db, id).await.expect("read").expect("a connection");
    let sealed = profiles::credential(&db, id).await.expect("read").expect("a credential");
    profile.name = NAME.into();
    profile.owner = Some(NAME.into());
    let mut tx = db.begin().await.expect("begun");
    assert!(profiles::update(&mut tx, &profile, &sealed, false, server.console.clock.now()).await.expect("renamed"));
    tx.commit().await.expect("committed");
}

#[tokio::test]
async fn a_name_that_was_stored_earlier_is_shown_and_not_obeyed() {
    let server = TestServer::new().await;
    let cookie = server.sign_in("admin@example.org", Role::Admin).await;
    let (id, listener) = watched(&server, "Orders").await;
    rename(&server, &id).await;
    let mut events = server.by(Role::Viewer, Method::GET, "/api/events").send().await.expect("answer");
    drop(listener);
    swept(&server).await;
    swept(&server).await;
    let told = read_until(&mut events, "event: notification\n").await + &read_until(&mut events, "\n\n").await;
    assert!(!told.contains(bidi::is_control), "{told:?}");
    let incident = server.get("/api/service-connections/incidents").await["items"][0]["id"].as_str().expect("id").to_owned();
    let connection = format!("/settings/service-connections/{id}");
    for path in [
        "/",
        "/settings/service-connections",
        &connection,
        &format!("{connection}/edit"),
        "/operations/health",
        &format!("/operations/health/{id}"),
        "/operations/incidents",
        &format!("/operations/incidents/{incident}"),
        "/operations/notifications",
        "/operations/diagnostics/new",
        "/search?q=Bank",
    ] {
        let answer = server.anonymous(Method::GET, path).header("cookie", &cookie).send().await.expect("answer");
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        let page = answer.text().await.expect("text");
        assert!(page.contains(SHOWN) && !page.contains(bidi::is_control), "{path}");
    }
    let read = server.anonymous(Method::POST, "/actions/read_health").header("cookie", &cookie).header("sec-fetch-site", "same-origin");
    let rows = read.json(&serde_json::json!({})).send().await.expect("answer").text().await.expect("text");
    assert!(rows.contains(SHOWN) && !rows.contains(bidi::is_control), "what an island is told: {rows}");
    let row = server.get(&format!("/api/service-connections/{id}")).await;
    assert_eq!(row["name"], NAME, "programs read what is stored");
}
