//! Lists by cursor: every connection once, and the way to the next page in the header.

use domain::operator::Role;
use reqwest::Method;
use serde_json::{Value, json};

use crate::test_server::TestServer;

async fn walk(house: &TestServer, first: &str) -> Vec<String> {
    let (mut names, mut path) = (Vec::new(), Some(first.to_owned()));
    while let Some(next) = path {
        let answer = house.by(Role::Viewer, Method::GET, &next).send().await.expect("answer");
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
    let house = TestServer::new().await;
    let mut expected = Vec::new();
    for n in 0..7 {
        expected.push(format!("Connection {n}"));
        house.connection(&format!("Connection {n}")).await;
    }
    assert_eq!(walk(&house, "/api/service-connections?limit=3&q=connection&environment=development").await, expected);
    assert_eq!(walk(&house, "/api/service-connections?limit=2&sort=updated_at").await, expected);
    expected.reverse();
    assert_eq!(walk(&house, "/api/service-connections?limit=2&sort=-name").await, expected);
    assert_eq!(walk(&house, "/api/service-connections?limit=3&sort=-updated_at").await, expected);
}

#[tokio::test]
async fn reported_errors_are_listed_newest_first() {
    let house = TestServer::new().await;
    for n in 0..5 {
        let body = json!({"code": format!("boom_{n}"), "message": "m", "severity": "error", "service": "reporter", "correlation_id": format!("thread-{n}")});
        let answer = house.post("/api/errors", &body).await;
        assert_eq!(answer.status(), 201);
        assert_eq!(answer.json::<Value>().await.expect("JSON"), json!({"correlation_id": format!("thread-{n}")}));
    }
    let (mut codes, mut query) = (Vec::new(), String::new());
    loop {
        let page = house.get(&format!("/api/errors?service=reporter&limit=2{query}")).await;
        codes.extend(page["items"].as_array().expect("items").iter().map(|event| event["code"].as_str().expect("code").to_owned()));
        let Some(next) = page["next"].as_str() else { break };
        query = format!("&cursor={next}");
    }
    assert_eq!(codes, ["boom_4", "boom_3", "boom_2", "boom_1", "boom_0"]);
    assert_eq!(house.get("/api/errors/thread-3").await["events"][0]["code"], "boom_3");
}
