//! The catalogue, the thread behind every ID, and what programs report.

use std::{collections::BTreeSet, env, fs, path::Path, time::Duration};

use domain::{correlation_id::CorrelationId, error::ErrorCode, ids::TeamId, operator::Role};
use engine::{access, log_lines};
use reqwest::{Method, Response, StatusCode, header};
use serde_json::{Value, json};
use store::db::Pool;
use strum::IntoEnumIterator;
use switchboard_app::errors;
use tempfile::TempDir;
use tokio::time::{sleep, timeout};

use crate::{
    process::{Server, run, text},
    test_server::{TestServer, client, new_postgres, problem, set_open},
};

/// `PIN=1 cargo test …` writes the file anew.
#[tokio::test]
async fn the_catalogue_is_the_one_in_the_documentation() {
    let pinned = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/errors.md");
    let told = errors::catalogue::markdown();
    if env::var_os("PIN").is_some() {
        fs::write(&pinned, &told).expect("written");
    }
    assert!(fs::read_to_string(&pinned).expect("docs/errors.md") == told, "docs/errors.md says otherwise; if it is meant, set PIN=1 and read the diff");
}

#[tokio::test]
async fn every_problem_leads_to_its_place_in_the_catalogue() {
    let server = TestServer::new().await;
    let answer = server.by(Role::Viewer, Method::GET, "/api/nonsense").send().await.expect("answer");
    assert_eq!(answer.headers()[header::LINK], "</operations/errors/catalogue#route_not_found>; rel=\"help\"");
    let cookie = server.sign_in("vera@example.org", Role::Viewer).await;
    let page = server.anonymous(Method::GET, "/operations/errors/catalogue").header(header::COOKIE, cookie).send().await.expect("answer");
    assert_eq!(page.status(), StatusCode::OK);
    let page = page.text().await.expect("text");
    for code in ErrorCode::iter() {
        assert!(page.contains(&format!("id=\"{code}\"")), "{code}");
    }
}

/// Every code, by its name or variant, in the tests of the engine, the server, the browser, or beside what refuses with it.
#[test]
fn every_code_is_reached_by_a_test() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut texts = Vec::new();
    for folder in ["src/tests", "server/tests", "end2end/tests"] {
        gather(&root.join(folder), &mut texts);
    }
    let mut sources = Vec::new();
    gather(&root.join("server/src"), &mut sources);
    texts.extend(sources.iter().filter_map(|source| source.split_once("#[cfg(test)]")).map(|(_, tests)| tests.to_owned()));
    let tested = texts.join("\n");
    let missing: Vec<_> =
        ErrorCode::iter().filter(|code| !tested.contains(&format!("\"{code}\"")) && !tested.contains(&format!("ErrorCode::{code:?}"))).collect();
    assert_eq!(missing, Vec::<ErrorCode>::new());
}

fn gather(folder: &Path, texts: &mut Vec<String>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            gather(&path, texts);
        } else if path.extension().is_some_and(|extension| extension == "rs" || extension == "ts") {
            texts.push(fs::read_to_string(path).expect("a source"));
        }
    }
}

fn id_of(answer: &Response) -> CorrelationId {
    answer.headers()["x-correlation-id"].to_str().expect("text").parse().expect("an ID")
}

async fn own_team(server: &TestServer) -> TeamId {
    access::command_line(&server.console, None).await.expect("an actor").actor().team
}

#[tokio::test]
async fn with_the_error_store_failing_the_answer_still_has_an_id_and_the_log_has_it() {
    for (database, server) in TestServer::both().await {
        match &server.console.db.writer {
            Pool::Sqlite(pool) => drop(sqlx::raw_sql("alter table error_events rename to gone").execute(pool).await.expect("renamed")),
            Pool::Postgres(pool) => drop(sqlx::raw_sql("alter table error_events rename to gone").execute(pool).await.expect("renamed")),
        }
        let answer = server.post("/api/service-connections", &json!({"name": ""})).await;
        let id = id_of(&answer);
        assert_eq!(problem(answer).await, "validation_failed", "{database}");
        let team = own_team(&server).await;
        let lines = log_lines::under(&id, Some(team));
        assert!(lines.iter().any(|line| line.text.starts_with("the error could not be recorded")), "{database}: {lines:?}");
        // What is looked up there fails too, and says so itself.
        let looked = server.by(Role::Operator, Method::GET, &format!("/api/errors/{id}")).send().await.expect("answer");
        assert_eq!(problem(looked).await, "internal", "{database}");
        match &server.console.db.writer {
            Pool::Sqlite(pool) => drop(sqlx::raw_sql("alter table gone rename to error_events").execute(pool).await.expect("renamed")),
            Pool::Postgres(pool) => drop(sqlx::raw_sql("alter table gone rename to error_events").execute(pool).await.expect("renamed")),
        }
    }
}

/// Every correlation ID that stands anywhere in a JSON answer.
fn ids(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            if let Some(id) = members.get("correlation_id").and_then(Value::as_str) {
                found.insert(id.to_owned());
            }
            members.values().for_each(|member| ids(member, found));
        }
        Value::Array(items) => items.iter().for_each(|item| ids(item, found)),
        _ => {}
    }
}

#[tokio::test]
async fn every_id_that_is_shown_opens_a_page_with_what_is_behind_it() {
    for (database, server) in TestServer::both().await {
        let connection = server.connection("Orders").await;
        let path = format!("/api/service-connections/{}", connection["id"].as_str().expect("an id"));
        let mut shown = BTreeSet::new();
        for (method, path, body) in [
            (Method::POST, format!("{path}/verify"), json!({})),
            (Method::POST, format!("{path}/activate"), json!({})),
            (Method::POST, "/api/diagnostics/runs?wait=30".to_owned(), json!({"connection_ids": [connection["id"]]})),
            (Method::POST, "/api/errors".to_owned(), json!({"code": "declined", "message": "no", "severity": "error", "service": "shop"})),
            (Method::GET, "/api/service-connections/no-id".to_owned(), json!({})),
            (Method::GET, path.clone(), json!({})),
        ] {
            let request = server.by(Role::Operator, method, &path);
            let answer = request.json(&body).send().await.expect("answer");
            shown.insert(id_of(&answer).to_string());
            ids(&answer.json().await.expect("JSON"), &mut shown);
        }
        // A stranger's is found too.
        shown.insert(id_of(&server.anonymous(Method::GET, "/api/kinds").send().await.expect("answer")).to_string());
        for list in ["/api/errors", "/api/error-groups", "/api/diagnostics/runs", "/api/service-connections/incidents", "/api/audit"] {
            let answer = server.by(Role::Admin, Method::GET, list).send().await.expect("answer");
            assert_eq!(answer.status(), StatusCode::OK, "{list}");
            ids(&answer.json().await.expect("JSON"), &mut shown);
        }
        assert!(shown.len() > 10, "{shown:?}");
        let cookie = server.sign_in("ada@example.org", Role::Admin).await;
        for id in shown {
            let page = server.anonymous(Method::GET, &format!("/operations/errors/{id}")).header(header::COOKIE, &cookie).send().await.expect("answer");
            let status = page.status();
            let text = page.text().await.expect("text");
            assert!(status == StatusCode::OK && text.contains(&id) && text.contains("Time line"), "{database}: {id} {status}");
        }
    }
}

#[tokio::test]
async fn an_error_names_the_connection_that_its_request_or_the_page_of_it_is_about() {
    for (database, server) in TestServer::both().await {
        let id = server.connection("Orders").await["id"].as_str().expect("an id").to_owned();
        let cookie = server.sign_in("ada@example.org", Role::Admin).await;
        let of_page = server.form("/actions/apply_transition", &format!("id={id}&step=activate")).header(header::COOKIE, cookie);
        let of_page = of_page.header(header::REFERER, format!("{}/settings/service-connections/{id}?q=1", server.base));
        for answer in [
            server.post(&format!("/api/service-connections/{id}/activate"), &json!({})).await,
            of_page.header(header::ACCEPT, "application/json").send().await.expect("answer"),
        ] {
            assert_eq!(answer.status(), StatusCode::CONFLICT, "{database}");
            let thread = server.get(&format!("/api/errors/{}", id_of(&answer))).await;
            assert_eq!((&thread["events"][0]["connection_id"], &thread["connections"][0]["name"]), (&json!(id), &json!("Orders")), "{database}");
        }
        // Of another team, or of nobody, as the database has it.
        let none = server.by(Role::Operator, Method::GET, "/api/service-connections/0190a000-0000-7000-8000-000000000000").send().await.expect("answer");
        assert_eq!(server.get(&format!("/api/errors/{}", id_of(&none))).await["events"][0]["connection_id"], Value::Null, "{database}");
    }
}

#[tokio::test]
async fn a_log_line_of_a_request_is_told_to_its_team_alone() {
    let server = TestServer::new().await;
    let id = id_of(&server.by(Role::Operator, Method::GET, "/api/kinds").send().await.expect("answer"));
    let team = own_team(&server).await;
    // The access line is written after the answer.
    let line = timeout(Duration::from_secs(10), async {
        loop {
            if let Some(line) = log_lines::under(&id, Some(team)).pop() {
                return line;
            }
            sleep(Duration::from_millis(5)).await;
        }
    });
    let line = line.await.expect("a line");
    assert!(line.text.contains("status=200") && line.text.contains("path=/api/kinds"), "{line:?}");
    assert!(log_lines::under(&id, Some(TeamId::new())).is_empty());
}

#[tokio::test]
async fn a_program_reports_with_its_own_id_and_trace_once_however_often_it_sends() {
    for (database, server) in TestServer::both().await {
        let body = json!({"code": "declined", "message": "token=canary", "severity": "error", "service": "shop", "operation": "POST /orders/7",
            "correlation_id": "order-7", "context": {"headers": {"cookie": "canary"}}});
        for _ in 0..2 {
            let request = server.by(Role::Operator, Method::POST, "/api/errors").header("idempotency-key", "order-7");
            let request = request.header("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
            let answer = request.json(&body).send().await.expect("answer");
            assert_eq!(answer.status(), StatusCode::CREATED);
            assert_eq!(answer.json::<Value>().await.expect("JSON")["correlation_id"], "order-7");
        }
        let thread = server.get("/api/errors/order-7").await;
        let events = thread["events"].as_array().expect("events");
        assert_eq!((events.len(), &events[0]["trace_id"]), (1, &json!("0af7651916cd43dd8448eb211c80319c")), "{database}");
        assert!(!thread.to_string().contains("canary"), "{database}: {thread}");
        let groups = server.get("/api/error-groups?q=declined").await;
        let group = &groups["items"][0];
        assert_eq!((&group["place"], &group["count"], &group["status"]), (&json!("POST /orders/{id}"), &json!(1), &json!("open")), "{database}");
        let path = format!("/api/error-groups/{}", group["id"].as_str().expect("an id"));
        assert_eq!(server.get(&path).await["hours"].as_array().map(Vec::len), Some(24));
        let resolved = server.post(&format!("{path}/resolve"), &json!({"note": "Paid."})).await;
        assert_eq!(resolved.json::<Value>().await.expect("JSON")["status"], "resolved");
        assert_eq!(problem(server.post(&format!("{path}/resolve"), &json!({})).await).await, "error_group_resolved");
        let gone = server.post("/api/error-groups/0190a000-0000-7000-8000-000000000000/resolve", &json!({})).await;
        assert_eq!(problem(gone).await, "error_group_not_found");
        assert_eq!(server.get("/api/error-groups?status=open&service=shop").await["items"], json!([]), "{database}");
    }
}

/// Two processes on one database.
#[tokio::test(flavor = "multi_thread")]
async fn an_id_of_which_nothing_was_recorded_is_known_to_every_node() {
    let (database, folders) = (new_postgres(), [TempDir::new().expect("folder"), TempDir::new().expect("folder")]);
    let variables = [("DATABASE_URL", database.as_str()), ("SWITCHBOARD_MASTER_KEY", "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=")];
    let nodes = folders.each_ref().map(|folder| Server::start(folder.path(), &variables));
    let made = run(folders[0].path(), &["tokens", "create", "reader", "--role", "operator"], &variables, "");
    let token = text(&made.stdout).trim().to_owned();
    let client = client();
    let stranger = client.get(format!("{}/api/kinds", nodes[0].base)).send().await.expect("answer");
    assert_eq!(stranger.status(), StatusCode::UNAUTHORIZED);
    let well = client.get(format!("{}/api/kinds", nodes[0].base)).bearer_auth(&token).send().await.expect("answer");
    assert_eq!(well.status(), StatusCode::OK);
    // Whose it is cannot be known while the database is away.
    set_open(&database, false);
    let away = client.get(format!("{}/api/kinds", nodes[0].base)).bearer_auth(&token).send().await.expect("answer");
    assert_eq!(away.status(), StatusCode::SERVICE_UNAVAILABLE);
    set_open(&database, true);
    for id in [id_of(&stranger), id_of(&well), id_of(&away)] {
        for node in &nodes {
            let found = async || client.get(format!("{}/api/errors/{id}", node.base)).bearer_auth(&token).send().await.expect("answer").status();
            let known = async {
                while found().await != StatusCode::OK {
                    sleep(Duration::from_millis(20)).await;
                }
            };
            timeout(Duration::from_secs(20), known).await.expect("known to every node");
        }
    }
}
