//! Lists by cursor: every connection once, and the way to the next page in the header.

use domain::operator::Role;
use reqwest::Method;
use serde_json::{Value, json};

use crate::test_server::TestServer;

fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

async fn walk(server: &TestServer, first: &str) -> Vec<String> {
    let (mut names, mut path) = (Vec::new(), Some(first.to_owned()));
    while let Some(next) = path {
        let answer = server.by(Role::Viewer, Method::GET, &next).send().await.expect("answer");
        let link = answer.headers().get("link").map(|link| link.to_str().expect("text").to_owned());
        let page: Value = answer.json().await.expect("JSON");
        assert_eq!(link.is_some(), page["next"].is_string());
        names.extend(page["items"].as_array().expect("items").iter().map(|item| item["name"].as_str().expect("name").to_owned()));
        path = link.map(|link| link.strip_prefix('<').and_then(|link| link.strip_suffix(">; rel=\"next\"")).expect("link").to_owned());
    }
    names
}

#[tokio::test]
async fn every_connection_is_listed_once_in_any_order() {
    let server = TestServer::new().await;
    let mut expected = Vec::new();
    for n in 0..7 {
        expected.push(format!("Connection {n}"));
        server.connection(&format!("Connection {n}")).await;
    }
    assert_eq!(walk(&server, "/api/service-connections?limit=3&q=connection&environment=development").await, expected);
    assert_eq!(walk(&server, "/api/service-connections?limit=2&sort=updated_at").await, expected);
    expected.reverse();
    assert_eq!(walk(&server, "/api/service-connections?limit=2&sort=-name").await, expected);
    assert_eq!(walk(&server, "/api/service-connections?limit=3&sort=-updated_at").await, expected);
}

#[tokio::test]
async fn reported_errors_are_listed_newest_first() {
    let server = TestServer::new().await;
    for n in 0..5 {
        let body = json!({"code": format!("boom_{n}"), "message": "m", "severity": "error", "service": "reporter", "correlation_id": format!("thread-{n}")});
        let answer = server.post("/api/errors", &body).await;
        assert_eq!(answer.status(), 201);
        assert_eq!(answer.json::<Value>().await.expect("JSON"), json!({"correlation_id": format!("thread-{n}")}));
    }
    let (mut codes, mut query) = (Vec::new(), String::new());
    loop {
        let page = server.get(&format!("/api/errors?service=reporter&limit=2{query}")).await;
        codes.extend(page["items"].as_array().expect("items").iter().map(|event| event["code"].as_str().expect("code").to_owned()));
        let Some(next) = page["next"].as_str() else { break };
        query = format!("&cursor={next}");
    }
    assert_eq!(codes, ["boom_4", "boom_3", "boom_2", "boom_1", "boom_0"]);
    assert_eq!(server.get("/api/errors/thread-3").await["events"][0]["code"], "boom_3");
}

#[tokio::test]
async fn names_in_any_letters_are_listed_found_and_unique() {
    let server = TestServer::new().await;
    let names = ["Ärzte", "öffnungszeiten", "Öl", "Заказы", "Zebra", "apple", "Éclair"];
    for name in names {
        server.connection(name).await;
    }
    for sort in ["name", "-name"] {
        let mut listed = walk(&server, &format!("/api/service-connections?limit=1&sort={sort}")).await;
        assert_eq!(listed.len(), names.len(), "{sort}: {listed:?}");
        listed.sort_unstable();
        let mut expected = names.map(str::to_owned);
        expected.sort_unstable();
        assert_eq!(listed, expected, "{sort}");
    }
    for (q, name) in [("Öffnungszeiten", "öffnungszeiten"), ("ÄRZTE", "Ärzte"), ("ЗАКАЗЫ", "Заказы"), ("éCLA", "Éclair"), ("A\u{308}rzte", "Ärzte")]
    {
        let page: Value = server.get(&format!("/api/service-connections?q={}", encoded(q))).await;
        assert_eq!(page["items"][0]["name"], name, "{q}");
    }
    let mut same = server.get("/api/service-connections?limit=1").await["items"][0].clone();
    let settings = same["settings"].take();
    for name in ["ärzte", "ÖFFNUNGSZEITEN", "заказы", "ÉCLAIR"] {
        let body = json!({"name": name, "kind": same["kind"], "environment": same["environment"], "settings": settings});
        let answer = server.post("/api/service-connections", &body).await;
        assert_eq!((answer.status().as_u16(), answer.json::<Value>().await.expect("JSON")["code"].clone()), (409, json!("name_taken")), "{name}");
    }
}

#[tokio::test]
async fn errors_in_any_letters_are_found() {
    let server = TestServer::new().await;
    for (code, message) in [("one", "Übertragung fehlgeschlagen"), ("two", "Plain message")] {
        server.post("/api/errors", &json!({"code": code, "message": message, "severity": "error", "service": "reporter"})).await;
    }
    for (q, code) in [("übertragung", "one"), ("ÜBERTRAGUNG FEHL", "one"), ("PLAIN", "two")] {
        let page: Value = server.get(&format!("/api/errors?service=reporter&q={}", encoded(q))).await;
        assert_eq!(page["items"].as_array().map(Vec::len), Some(1), "{q}");
        assert_eq!(page["items"][0]["code"], code, "{q}");
    }
}
