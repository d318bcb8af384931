//! Channels over HTTP: what their answers carry besides the channel.

use domain::operator::Role;
use reqwest::{Method, StatusCode, header};
use serde_json::{Value, json};

use crate::test_server::{TestServer, problem};

#[tokio::test]
async fn a_channel_has_a_place_a_version_and_a_name_of_its_own() {
    for (database, server) in TestServer::both().await {
        let chat = json!({"name": "Chat", "type": "slack", "settings": {"url": "http://127.0.0.1:9/hook"}});
        let add = async || server.by(Role::Admin, Method::POST, "/api/channels").json(&chat).send().await.expect("answer");
        let added = add().await;
        assert_eq!((added.status(), added.headers()[header::ETAG].to_str().expect("a text")), (StatusCode::CREATED, "\"1\""), "{database}");
        let place = added.headers()[header::LOCATION].to_str().expect("a text").to_owned();
        let channel: Value = added.json().await.expect("JSON");
        assert_eq!(place, format!("/api/channels/{}", channel["id"].as_str().expect("an id")));
        let again = add().await;
        assert_eq!((again.status(), problem(again).await.as_str()), (StatusCode::CONFLICT, "name_taken"), "{database}");

        let rename = async |seen: &str, name: &str| {
            server.by(Role::Admin, Method::PATCH, &place).header(header::IF_MATCH, seen).json(&json!({"name": name})).send().await.expect("answer")
        };
        let renamed = rename("\"1\"", "Desk").await;
        assert_eq!((renamed.status(), renamed.headers()[header::ETAG].to_str().expect("a text")), (StatusCode::OK, "\"2\""), "{database}");
        let stale = rename("\"1\"", "Front").await;
        assert_eq!((stale.status(), problem(stale).await.as_str()), (StatusCode::PRECONDITION_FAILED, "version_stale"), "{database}");
        let unchanged = server.by(Role::Admin, Method::GET, &place).header(header::IF_NONE_MATCH, "\"2\"").send().await.expect("answer");
        assert_eq!(unchanged.status(), StatusCode::NOT_MODIFIED, "{database}");
    }
}
