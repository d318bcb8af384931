//! Runbooks over HTTP and on the command line: what outside programs rely on.

use std::{fs, time::Duration};

use domain::operator::Role;
use engine::runbooks::carry_out::carry_on;
use reqwest::{Method, StatusCode, header};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{
    process::{run, text},
    test_server::{TestServer, problem},
};

const YAML: &str = "name: Mend it\napplies_to: { kinds: [tcp] }\nsteps:\n  - { title: Test, do: verify }\n  - { title: \"Mend {{connection}}\", do: manual }\n";
const WRONG: &str = "name: A\nsteps:\n  - title: B\n    do: jump\n";

#[tokio::test]
async fn a_runbook_has_a_place_a_version_and_errors_with_lines() {
    for (database, server) in TestServer::both().await {
        let shipped = server.get("/api/runbooks").await;
        let shipped = shipped["items"].as_array().expect("items").iter().find(|item| item["shipped"] == true).expect("one that is shipped").clone();
        let place = format!("/api/runbooks/{}", shipped["id"].as_str().expect("an id"));
        assert_eq!(server.get(&place).await["name"], shipped["name"]);
        let refused = server.by(Role::Operator, Method::DELETE, &place).send().await.expect("answer");
        assert_eq!((refused.status(), problem(refused).await.as_str()), (StatusCode::CONFLICT, "runbook_shipped"), "{database}");

        let added = server.post("/api/runbooks", &json!({"name": "Ours", "yaml": YAML})).await;
        assert_eq!((added.status(), added.headers()[header::ETAG].to_str().expect("a text")), (StatusCode::CREATED, "\"1\""), "{database}");
        let place = added.headers()[header::LOCATION].to_str().expect("a text").to_owned();
        let made: Value = added.json().await.expect("JSON");
        assert_eq!((&made["name"], &made["document"]["steps"][0]["do"]), (&json!("Ours"), &json!("verify")));
        let edit = async |seen: &str| {
            let yaml = YAML.replace("Test", "Test it");
            server.by(Role::Operator, Method::PATCH, &place).header(header::IF_MATCH, seen).json(&json!({"yaml": yaml})).send().await.expect("answer")
        };
        assert_eq!(edit("\"1\"").await.status(), StatusCode::OK);
        let stale = edit("\"1\"").await;
        assert_eq!((stale.status(), problem(stale).await.as_str()), (StatusCode::PRECONDITION_FAILED, "version_stale"), "{database}");
        assert_eq!(server.get(&format!("{place}/versions")).await["items"].as_array().map(Vec::len), Some(2));

        let wrong = server.post("/api/runbooks", &json!({"yaml": WRONG})).await;
        assert_eq!(wrong.status(), StatusCode::UNPROCESSABLE_ENTITY);
        let told: Value = wrong.json().await.expect("JSON");
        assert!(told["errors"][0]["message"].as_str().expect("a message").starts_with("Line 4: There is no verb “jump”"), "{told}");
        let validate = async |yaml: &str| server.post("/api/runbooks/validate", &json!({"yaml": yaml})).await.json::<Value>().await.expect("JSON");
        assert_eq!(validate(YAML).await, json!({"errors": []}));
        assert_eq!(validate(WRONG).await["errors"][0]["line"], 4);
        for (length, faults) in [(100, 0), (101, 1)] {
            let named = YAML.replacen(YAML.lines().next().expect("a line"), &format!("name: {}", "a".repeat(length)), 1);
            assert_eq!(validate(&named).await["errors"].as_array().map(Vec::len), Some(faults), "{length}");
            let kept = server.post("/api/runbooks", &json!({"yaml": named})).await.status();
            assert_eq!(kept, if faults == 0 { StatusCode::CREATED } else { StatusCode::UNPROCESSABLE_ENTITY }, "{length}: what is valid can be kept");
        }
        let schema = server.get("/api/runbooks/schema.json").await;
        assert_eq!(schema["required"], json!(["name", "steps"]));
    }
}

#[tokio::test]
async fn an_execution_is_driven_to_its_pack() {
    for (database, server) in TestServer::both().await {
        let connection = server.connection("Orders").await;
        let runbook: Value = server.post("/api/runbooks", &json!({"yaml": YAML})).await.json().await.expect("JSON");
        let nameless = server.post("/api/executions", &json!({"runbook_id": runbook["id"], "incident_id": null, "connection_id": null})).await;
        assert_eq!(nameless.status(), StatusCode::UNPROCESSABLE_ENTITY);
        let begun = server.post("/api/executions", &json!({"runbook_id": runbook["id"], "connection_id": connection["id"]})).await;
        assert_eq!(begun.status(), StatusCode::CREATED, "{database}");
        let place = begun.headers()[header::LOCATION].to_str().expect("a text").to_owned();
        assert_eq!(begun.json::<Value>().await.expect("JSON")["status"], "running");
        for n in ["0", "99", "x"] {
            let none = server.post(&format!("{place}/steps/{n}"), &json!({"outcome": "done"})).await;
            assert_eq!((none.status(), problem(none).await.as_str()), (StatusCode::NOT_FOUND, "step_not_found"), "{n} on {database}");
        }
        carry_on(&server.console).await.expect("carried on");
        let seen = server.get(&place).await;
        assert_eq!((&seen["status"], &seen["steps"][0]["outcome"], &seen["steps"][1]["title"]), (&json!("waiting"), &json!("failed"), &json!("Mend Orders")));
        assert!(seen["steps"][0]["found"].as_str().expect("a finding").contains("refused the connection"), "{seen}");

        let offered = server.get(&format!("/api/runbooks?connection_id={}", connection["id"].as_str().expect("an id"))).await;
        assert_eq!(offered["items"][0]["name"], "Mend it", "the team's own before what is shipped: {offered}");

        let report = async |n: u32, body: Value| server.post(&format!("{place}/steps/{n}"), &body).await;
        let mended = report(2, json!({"outcome": "done", "note": "Mended."})).await;
        assert_eq!(mended.json::<Value>().await.expect("JSON")["status"], "waiting", "for the test that failed, on {database}");
        let early = server.post(&format!("{place}/sign-off"), &json!({})).await;
        assert_eq!((early.status(), problem(early).await.as_str()), (StatusCode::CONFLICT, "execution_not_done"), "{database}");
        let ended = report(1, json!({"outcome": "skipped", "note": "Nothing listens there."})).await;
        assert_eq!(ended.json::<Value>().await.expect("JSON")["status"], "done");
        assert_eq!(server.post(&format!("{place}/sign-off"), &json!({})).await.status(), StatusCode::OK);
        let over = server.post(&format!("{place}/resume"), &json!({})).await;
        assert_eq!((over.status(), problem(over).await.as_str()), (StatusCode::CONFLICT, "execution_over"));
        let pack = server.by(Role::Viewer, Method::GET, &format!("{place}/pack")).send().await.expect("answer");
        assert!(pack.status() == StatusCode::OK && pack.headers()[header::CONTENT_TYPE] == "application/zip", "{pack:?}");
        let (pack, folder) = (pack.bytes().await.expect("bytes").to_vec(), TempDir::new().expect("folder"));
        fs::write(folder.path().join("pack.zip"), &pack).expect("written");
        let key = server.console.signer.public_key();
        let verified = run(folder.path(), &["evidence", "verify", "pack.zip", "--public-key", &key], &[], "");
        assert_eq!(verified.status.code(), Some(0), "{}", text(&verified.stderr));
        let mut flipped = pack;
        let at = flipped.len() / 3;
        flipped[at] ^= 1;
        fs::write(folder.path().join("flipped.zip"), &flipped).expect("written");
        let altered = run(folder.path(), &["evidence", "verify", "flipped.zip", "--public-key", &key], &[], "");
        assert!(altered.status.code() == Some(1) && text(&altered.stderr).contains("altered"), "{}", text(&altered.stderr));
        assert_eq!(
            server.get(&format!("/api/executions?status=signed_off&runbook_id={}", runbook["id"].as_str().expect("an id"))).await["items"]
                .as_array()
                .map(Vec::len),
            Some(1)
        );
    }
}

/// The background task does it without being asked, and what a person reads is drawn without script.
#[tokio::test]
async fn its_pages_are_drawn_and_their_forms_posted_without_script() {
    let server = TestServer::new().await;
    let connection = server.connection("Orders").await;
    let cookie = server.sign_in("ada@example.org", Role::Operator).await;
    let page = async |path: &str| {
        let answer = server.anonymous(Method::GET, path).header("cookie", &cookie).header("accept", "text/html").send().await.expect("answer");
        (answer.status(), answer.text().await.expect("text"))
    };
    let post = async |path: String, body: String| {
        let answer = server.form(&path, &body).header("cookie", &cookie).send().await.expect("answer");
        let place = answer.headers().get(header::LOCATION).map(|place| place.to_str().expect("a text").to_owned());
        (answer.status(), place, answer.text().await.expect("text"))
    };
    let yaml = |text: &str| format!("yaml={}", url_encoded(text));
    let (status, _, html) = post("/operations/runbooks/new?act=save_runbook".into(), yaml(WRONG)).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(html.contains("It was not saved") && html.contains("There is no verb “jump”"), "{html}");
    let (status, place, _) = post("/operations/runbooks/new?act=save_runbook".into(), yaml(YAML)).await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    let runbook = place.expect("a place");
    let id = runbook.rsplit('/').next().expect("an id").to_owned();
    for (path, words) in [
        ("/operations/runbooks".to_owned(), "Mend it"),
        (runbook.clone(), "Carry it out"),
        (format!("{runbook}/edit"), "applies_to: { kinds: [tcp] }"),
        (format!("{runbook}/history"), "Version 1"),
    ] {
        let (status, html) = page(&path).await;
        assert!(status == StatusCode::OK && html.contains(words), "{path}: {status} {html}");
    }
    let (_, place, _) =
        post(format!("{runbook}?act=start_execution"), format!("runbook_id={id}&connection_id={}", connection["id"].as_str().expect("an id"))).await;
    let execution = place.expect("a place");
    tokio::time::timeout(Duration::from_secs(30), carry_on(&server.console)).await.expect("in time").expect("carried on");
    let (_, html) = page(&execution).await;
    assert!(html.contains("refused the connection") && html.contains("Try again what failed"), "{html}");
    let id = execution.rsplit('/').next().expect("an id").to_owned();
    let (status, _, html) = post(format!("{execution}?act=report_step"), format!("id={id}&n=1&outcome=skipped&note=")).await;
    assert!(status == StatusCode::UNPROCESSABLE_ENTITY && html.contains("Say why."), "{status} {html}");
    let (status, ..) = post(format!("{execution}?act=report_step"), format!("id={id}&n=1&outcome=skipped&note=later")).await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    let (_, html) = page(&execution).await;
    assert!(html.contains("Mend Orders") && html.contains("aria-current=\"step\""), "{html}");
}

/// From the incident to the list, to a runbook, to its steps: the incident goes along.
#[tokio::test]
async fn an_incident_about_no_connection_leads_to_a_runbook_and_back() {
    for (database, server) in TestServer::both().await {
        let declared = json!({"summary": "Checkout <b>is</b> down", "severity": "p1"});
        let incident: Value = server.post("/api/incidents", &declared).await.json().await.expect("JSON");
        let incident = incident["id"].as_str().expect("an id");
        let offered = server.get(&format!("/api/runbooks?incident_id={incident}")).await;
        let stop = offered["items"].as_array().expect("items").iter().find(|one| one["name"] == "Emergency stop of traffic").expect("it is offered");
        let begun = server.post("/api/executions", &json!({"runbook_id": stop["id"], "incident_id": incident})).await;
        assert_eq!(begun.status(), StatusCode::CREATED, "{database}");
        let begun = begun.json::<Value>().await.expect("JSON");
        assert_eq!((&begun["incident_id"], &begun["connection_id"], &begun["status"]), (&json!(incident), &Value::Null, &json!("waiting")), "{database}");

        let cookie = server.sign_in("ada@example.org", Role::Operator).await;
        let page = async |path: &str| {
            let answer = server.anonymous(Method::GET, path).header("cookie", &cookie).header("accept", "text/html").send().await.expect("answer");
            assert_eq!(answer.status(), StatusCode::OK, "{path}");
            answer.text().await.expect("text")
        };
        let html = page(&format!("/operations/incidents/{incident}")).await;
        assert!(html.contains("Fast roll back") && html.contains(&format!("/operations/runbooks?incident_id={incident}")), "{html}");
        let html = page(&format!("/operations/runbooks?incident_id={incident}")).await;
        let added: Value = server.post("/api/runbooks", &json!({"yaml": YAML})).await.json().await.expect("JSON");
        let place = format!("/operations/runbooks/{}?incident_id={incident}", added["id"].as_str().expect("an id"));
        assert!(html.contains("For the incident ") && html.contains("Checkout &lt;b&gt;is&lt;/b&gt; down"), "{html}");
        assert!(page(&format!("/operations/runbooks?incident_id={incident}")).await.contains(&place), "{database}");
        let html = page(&place).await;
        assert!(html.contains(&format!("name=\"incident_id\" value=\"{incident}\"")), "{html}");
        let form = format!("runbook_id={}&incident_id={incident}&connection_id=", added["id"].as_str().expect("an id"));
        let answer = server.form(&format!("{place}&act=start_execution"), &form).header("cookie", &cookie).send().await.expect("answer");
        assert_eq!(answer.status(), StatusCode::SEE_OTHER, "{database}");
        let execution = answer.headers()[header::LOCATION].to_str().expect("a text").to_owned();
        let html = page(&execution).await;
        assert!(html.contains("Back to the incident") && html.contains("Checkout &lt;b&gt;is&lt;/b&gt; down"), "{html}");
        assert_eq!(page("/operations/runbooks?incident_id=nonsense").await.matches("For the incident").count(), 0);
    }
}

fn url_encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

#[test]
fn a_document_is_validated_on_the_command_line() {
    let folder = TempDir::new().expect("folder");
    fs::write(folder.path().join("good.yaml"), YAML).expect("written");
    fs::write(folder.path().join("wrong.yaml"), WRONG).expect("written");
    let validate = |file: &str| run(folder.path(), &["runbooks", "validate", file], &[], "");
    let good = validate("good.yaml");
    assert!(good.status.code() == Some(0) && text(&good.stdout) == "valid: Mend it, 2 steps\n", "{good:?}");
    let wrong = validate("wrong.yaml");
    assert!(wrong.status.code() == Some(1) && text(&wrong.stderr).contains("wrong.yaml:4: There is no verb “jump”"), "{wrong:?}");
    assert_eq!(validate("absent.yaml").status.code(), Some(2));
    let told = run(folder.path(), &["runbooks", "validate", "wrong.yaml", "--json"], &[], "");
    assert_eq!(serde_json::from_slice::<Value>(&told.stdout).expect("JSON")["errors"][0]["line"], 4);
}
