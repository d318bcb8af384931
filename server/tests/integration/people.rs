//! Teams, members, invitations, tokens and sessions over HTTP.

use std::time::Duration;

use domain::operator::Role;
use engine::access;
use reqwest::{Method, RequestBuilder, Response, StatusCode, header};
use serde_json::{Value, json};

use crate::test_server::{PASSWORD, TestServer, cookie, problem, read_until};

async fn json(request: RequestBuilder, status: StatusCode) -> Value {
    let response = request.send().await.expect("answer");
    let got = response.status();
    let text = response.text().await.expect("text");
    assert_eq!(got, status, "{text}");
    serde_json::from_str(&text).unwrap_or_default()
}

fn admin(server: &TestServer, method: Method, path: &str) -> RequestBuilder {
    server.by(Role::Admin, method, path)
}

/// The address of the one team that a token is of.
async fn team(server: &TestServer) -> String {
    let teams = json(admin(server, Method::GET, "/api/teams"), StatusCode::OK).await;
    assert_eq!((teams["items"].as_array().expect("items").len(), &teams["items"][0]["slug"]), (1, &json!("default")));
    format!("/api/teams/{}", teams["items"][0]["id"].as_str().expect("id"))
}

async fn with(server: &TestServer, token: &str, method: Method, path: &str) -> Response {
    server.anonymous(method, path).bearer_auth(token).send().await.expect("answer")
}

/// A form of someone signed in.
fn form(server: &TestServer, cookie: &str, path: &str, body: &str) -> RequestBuilder {
    server.form(path, body).header(header::COOKIE, cookie)
}

async fn read_page(server: &TestServer, cookie: &str, path: &str) -> (StatusCode, String) {
    let answer = server.anonymous(Method::GET, path).header(header::COOKIE, cookie).header("accept", "text/html").send().await.expect("answer");
    (answer.status(), answer.text().await.expect("text"))
}

#[tokio::test]
async fn a_token_is_made_read_changed_rotated_and_revoked() {
    let server = TestServer::new().await;
    let new = json!({"name": "ci", "role": "operator", "environments": ["staging"], "expires_at": null});
    let response = admin(&server, Method::POST, "/api/tokens").json(&new).send().await.expect("answer");
    assert_eq!((response.status(), &response.headers()[header::CACHE_CONTROL]), (StatusCode::CREATED, &header::HeaderValue::from_static("no-store")));
    let made: Value = response.json().await.expect("JSON");
    assert_eq!((&made["environments"], &made["permissions"], &made["created_by"]), (&json!(["staging"]), &Value::Null, &json!("token admin 2")));
    let (id, secret) = (made["id"].as_str().expect("id"), made["token"].as_str().expect("secret").to_owned());
    assert!(secret.starts_with("sbt_") && !server.keeps(&secret));
    assert_eq!(with(&server, &secret, Method::GET, "/api/service-connections").await.status(), StatusCode::OK);
    let path = format!("/api/tokens/{id}");
    let read = json(admin(&server, Method::GET, &path), StatusCode::OK).await;
    assert!(read.get("token").is_none() && read["last_used_at"].is_string());
    let edit = json!({"name": "pipeline", "environments": null, "permissions": ["read_connections"]});
    let edited = json(admin(&server, Method::PATCH, &path).json(&edit), StatusCode::OK).await;
    assert_eq!((&edited["name"], &edited["environments"], &edited["permissions"]), (&json!("pipeline"), &Value::Null, &json!(["read_connections"])));
    assert_eq!(problem(with(&server, &secret, Method::GET, "/api/errors").await).await, "out_of_reach");
    let rotated = json(admin(&server, Method::POST, &format!("{path}/rotate")), StatusCode::OK).await;
    let second = rotated["token"].as_str().expect("secret").to_owned();
    for good in [&secret, &second] {
        assert_eq!(with(&server, good, Method::GET, "/api/service-connections").await.status(), StatusCode::OK);
    }
    json(admin(&server, Method::POST, &format!("{path}/rotate")).json(&json!({"grace_seconds": 0})), StatusCode::OK).await;
    for dead in [&secret, &second] {
        assert_eq!(problem(with(&server, dead, Method::GET, "/api/service-connections").await).await, "sign_in_required");
    }
    json(admin(&server, Method::DELETE, &path), StatusCode::NO_CONTENT).await;
    assert_eq!(problem(admin(&server, Method::GET, &path).send().await.expect("answer")).await, "token_not_found");
    assert_eq!(problem(server.by(Role::Operator, Method::GET, "/api/tokens").send().await.expect("answer")).await, "forbidden");
}

#[tokio::test]
async fn a_secret_is_answered_again_for_the_same_key_and_lies_sealed_meanwhile() {
    let server = TestServer::new().await;
    let ask = || admin(&server, Method::POST, "/api/tokens").header("idempotency-key", "once").json(&json!({"name": "ci", "role": "viewer"}));
    let (first, again) = (json(ask(), StatusCode::CREATED).await, json(ask(), StatusCode::CREATED).await);
    assert_eq!(first, again);
    assert!(!server.keeps(first["token"].as_str().expect("secret")));
}

#[tokio::test]
async fn a_stream_ends_with_its_token_at_once() {
    let server = TestServer::new().await;
    let made = json(admin(&server, Method::POST, "/api/tokens").json(&json!({"name": "reader", "role": "viewer"})), StatusCode::CREATED).await;
    let mut stream = with(&server, made["token"].as_str().expect("secret"), Method::GET, "/api/events").await;
    assert_eq!(stream.status(), StatusCode::OK);
    read_until(&mut stream, ": alive").await;
    let began = std::time::Instant::now();
    json(admin(&server, Method::DELETE, &format!("/api/tokens/{}", made["id"].as_str().expect("id"))), StatusCode::NO_CONTENT).await;
    read_until(&mut stream, "event: ended").await;
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
}

#[tokio::test]
async fn someone_is_invited_joins_is_changed_and_removed() {
    let server = TestServer::new().await;
    let team = team(&server).await;
    let invite = json!({"email": "eve@example.org", "role": "viewer"});
    let invited = json(admin(&server, Method::POST, &format!("{team}/invitations")).json(&invite), StatusCode::CREATED).await;
    assert!(invited["id"].is_string() && invited["expires_at"].is_string());
    let path = invited["url"].as_str().expect("url").strip_prefix(&server.base).expect("of this console").to_owned();
    let token = path.strip_prefix("/invitations/").expect("a token").to_owned();
    assert!(!server.keeps(&token));
    let listed = json(admin(&server, Method::GET, &format!("{team}/invitations")), StatusCode::OK).await;
    assert_eq!((listed["items"].as_array().expect("items").len(), listed["items"][0].get("url")), (1, None));
    let (status, page) = read_page(&server, "", &path).await;
    assert!(status == StatusCode::OK && page.contains("eve@example.org") && page.contains("Join Default"));
    let joined = server.form(&format!("{path}?act=accept_invitation"), &format!("token={token}&password={}", PASSWORD.replace(' ', "+")));
    let joined = joined.send().await.expect("answer");
    assert_eq!(joined.status(), StatusCode::SEE_OTHER);
    let eve = cookie(&joined).expect("signed in");
    assert_eq!(read_page(&server, &eve, "/").await.0, StatusCode::OK);
    let (status, page) = read_page(&server, "", &path).await;
    assert!(status == StatusCode::FORBIDDEN && page.contains("not valid any more"), "{page}");
    let members = json(admin(&server, Method::GET, &format!("{team}/members")), StatusCode::OK).await;
    let id = members["items"][0]["id"].as_str().expect("id");
    let member = format!("{team}/members/{id}");
    json(admin(&server, Method::PATCH, &member).json(&json!({"role": "operator"})), StatusCode::OK).await;
    assert_eq!(read_page(&server, &eve, "/settings/team").await.0, StatusCode::SEE_OTHER, "signed out");
    json(admin(&server, Method::DELETE, &member), StatusCode::NO_CONTENT).await;
    assert_eq!(problem(admin(&server, Method::DELETE, &member).send().await.expect("answer")).await, "member_not_found");
    let elsewhere = format!("/api/teams/{}/members", uuid::Uuid::now_v7());
    assert_eq!(problem(admin(&server, Method::GET, &elsewhere).send().await.expect("answer")).await, "team_not_found");
}

#[tokio::test]
async fn a_person_of_two_teams_switches_and_sees_what_belongs_to_each() {
    let server = TestServer::new().await;
    server.connection("Orders").await;
    let ada = server.sign_in("ada@example.org", Role::Admin).await;
    let one = read_page(&server, &ada, "/").await.1;
    assert!(!one.contains("switch_team"), "one team is no choice");
    let made = server.anonymous(Method::POST, "/api/teams").header(header::COOKIE, &ada).header("sec-fetch-site", "same-origin");
    let made = json(made.json(&json!({"name": "Mobile"})), StatusCode::CREATED).await;
    let (_, page) = read_page(&server, &ada, "/settings/service-connections").await;
    assert!(page.contains("switch_team") && page.contains("Mobile") && page.contains("Orders"));
    let switched = form(&server, &ada, "/?act=switch_team", &format!("id={}", made["id"].as_str().expect("id"))).send().await.expect("answer");
    assert_eq!(switched.status(), StatusCode::SEE_OTHER);
    let there = cookie(&switched).expect("a new session");
    assert_ne!(there, ada);
    assert_eq!(read_page(&server, &ada, "/").await.0, StatusCode::SEE_OTHER, "the session before is over");
    assert!(!read_page(&server, &there, "/settings/service-connections").await.1.contains("Orders"));
    let stranger = form(&server, &there, "/?act=switch_team", &format!("id={}", uuid::Uuid::now_v7())).send().await.expect("answer");
    assert_eq!(stranger.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn another_password_signs_other_browsers_out_and_keeps_this_one() {
    let server = TestServer::new().await;
    let mine = server.sign_in("ada@example.org", Role::Viewer).await;
    let sign_in = server.form("/sign-in?act=sign_in", &format!("email=ada@example.org&password={}", PASSWORD.replace(' ', "+")));
    let other = cookie(&sign_in.header("user-agent", "Firefox/145.0 (Linux)").send().await.expect("answer")).expect("cookie");
    let (_, page) = read_page(&server, &mine, "/settings/profile").await;
    assert!(page.contains("Firefox on Linux") && page.contains("127.0.0.1") && page.contains("this one"));
    let change = |old: &str| {
        let body = format!("current_password={}&password=another+horse+battery", old.replace(' ', "+"));
        form(&server, &mine, "/settings/profile?act=change_password", &body)
    };
    let refused = change("wrong horse").send().await.expect("answer");
    assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let page = refused.text().await.expect("text");
    assert!(page.contains("This is not your password.") && !page.contains("wrong horse"));
    let mut stream = server.anonymous(Method::GET, "/api/events").header(header::COOKIE, &other).send().await.expect("answer");
    read_until(&mut stream, ": alive").await;
    let changed = change(PASSWORD).send().await.expect("answer");
    assert_eq!(changed.status(), StatusCode::SEE_OTHER);
    let now = cookie(&changed).expect("a new session");
    assert_ne!(now, mine);
    read_until(&mut stream, "event: ended").await;
    for (cookie, status) in [(&now, StatusCode::OK), (&mine, StatusCode::SEE_OTHER), (&other, StatusCode::SEE_OTHER)] {
        assert_eq!(read_page(&server, cookie, "/settings/profile").await.0, status);
    }
    let out = form(&server, &now, "/settings/profile?act=sign_out_everywhere", "").send().await.expect("answer");
    assert_eq!(out.headers()[header::LOCATION], "/sign-in");
    assert_eq!(read_page(&server, &now, "/").await.0, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_link_s_token_stands_in_no_log_and_no_record() {
    let server = TestServer::new().await;
    let secret = "a-token-that-nobody-may-read";
    let answer = server.anonymous(Method::GET, &format!("/invitations/{secret}")).send().await.expect("answer");
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
    let posted = server.form(&format!("/invitations/{secret}?act=accept_invitation"), &format!("token={secret}&password=x")).send().await.expect("answer");
    assert_eq!(posted.status(), StatusCode::FORBIDDEN);
    assert!(!server.keeps(secret));
}

/// Every route of the API with a token that is limited to where nothing is.
#[tokio::test]
async fn no_route_tells_a_limited_token_of_what_lies_outside() {
    let server = TestServer::new().await;
    let scope = access::command_line(&server.console, None).await.expect("scope");
    let new = json!({"name": "production only", "role": "admin", "environments": ["production"]});
    let (_, secret) = access::tokens::issue(&scope, serde_json::from_value(new).expect("a token")).await.expect("issued");
    let secret = secrecy::ExposeSecret::expose_secret(&secret).to_owned();
    let made = server.connection("Canary of development").await;
    let id = made["id"].as_str().expect("id");
    let description = serde_json::to_value(switchboard_server::api::description()).expect("JSON");
    let mut tried = 0;
    for (path, item) in description["paths"].as_object().expect("paths") {
        let open = ["/livez", "/readyz", "/health"].contains(&path.as_str());
        for method in item.as_object().expect("item").keys().filter(|key| ["get", "post", "put", "patch", "delete"].contains(&key.as_str()) && !open) {
            let path = path.split('/').map(|part| if part.starts_with('{') { id } else { part }).collect::<Vec<_>>().join("/");
            let method: Method = method.to_uppercase().parse().expect("method");
            let request = server.anonymous(method.clone(), &path).bearer_auth(&secret);
            let request = if method == Method::GET { request } else { request.header("if-match", "*").json(&json!({})) };
            if path == "/api/events" {
                assert_eq!(request.send().await.expect("answer").status(), StatusCode::FORBIDDEN);
                continue;
            }
            let answer = request.send().await.expect("answer");
            let (status, text) = (answer.status(), answer.text().await.expect("text"));
            assert!(!text.contains("Canary"), "{method} {path}: {status} {text}");
            let has_id = path.contains(id);
            assert!(!has_id || status.is_client_error() || text.contains("\"items\":[]"), "{method} {path}: {status} {text}");
            tried += 1;
        }
    }
    assert!(tried > 50, "{tried}");
    for page in ["/", "/settings/service-connections", "/operations/health", "/search?q=Canary"] {
        let answer = server.anonymous(Method::GET, page).bearer_auth(&secret).header("accept", "text/html").send().await.expect("answer");
        assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{page}");
        assert!(!answer.text().await.expect("text").contains("Canary of"), "{page}");
    }
    assert_eq!(json(server.by(Role::Viewer, Method::GET, &format!("/api/service-connections/{id}")), StatusCode::OK).await["state"], "draft");
}
