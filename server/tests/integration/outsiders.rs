//! Every route and act, about things that are there, by two administrators to whom they are not: one of another team, and a token that is limited to
//! an environment where nothing is.

use std::{collections::BTreeMap, time::Duration};

use domain::{ids::ApiTokenId, operator::Role, time::Timestamp};
use engine::{
    Scope,
    access::{
        self,
        teams::{self, NewTeam},
        tokens::{self, NewToken},
    },
};
use reqwest::{Method, RequestBuilder, StatusCode};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use store::db::Pool;
use tokio::time::timeout;

use crate::{
    held_target::HeldTarget,
    roles::{ROUTES, Who},
    test_server::{PASSWORD, TestServer, cookie},
};

/// Stands in the name of everything, in whatever letters.
const CANARY: &str = "canary";

/// What a route of the API is sent that names something elsewhere than in its path, or that would be refused before anything is looked for.
#[rustfmt::skip]
const BODIES: &[(&str, &str)] = &[
    ("POST /api/diagnostics/runs", r#"{"connection_ids":["{connection}"]}"#),
    ("POST /api/service-connections/heartbeat", r#"{"connection_ids":["{connection}"]}"#),
    ("POST /api/service-connections/incidents", r#"{"incident_id":"{incident}","action":"acknowledge"}"#),
    ("POST /api/incidents", r#"{"summary":"x","severity":"p4","connection_id":"{connection}"}"#),
    ("PATCH /api/incidents/{id}", r#"{"owner":"x"}"#),
    ("POST /api/incidents/{id}/note", r#"{"note":"x"}"#),
    ("POST /api/incidents/{id}/merge", r#"{"into":"{declared}"}"#),
    ("PUT /api/incidents/{id}/post-mortem", r#"{"impact":"x"}"#),
    ("POST /api/action-items", r#"{"incident_id":"{incident}","text":"x"}"#),
    ("PATCH /api/action-items/{id}", r#"{"done":true}"#),
    ("POST /api/maintenance-windows", r#"{"connection_id":"{connection}","starts_at":"2099-01-01T00:00:00Z","ends_at":"2099-01-02T00:00:00Z","reason":"x"}"#),
    ("POST /api/silences", r#"{"matchers":{"connection_id":"{connection}"},"ends_at":"2099-01-02T00:00:00Z","reason":"x"}"#),
    ("PATCH /api/teams/{id}/members/{operator_id}", r#"{"role":"viewer"}"#),
    ("POST /api/executions", r#"{"runbook_id":"{runbook}"}"#),
    ("POST /api/executions/{id}/steps/{n}", r#"{"outcome":"done"}"#),
    ("POST /api/runbooks/validate", r#"{"yaml":"name: A"}"#),
    ("POST /api/teams/{id}/invitations", r#"{"email":"new@example.org","role":"viewer"}"#),
];

/// Acts whose `{id}` is not a connection's.
#[rustfmt::skip]
const THINGS_OF_ACTS: &[(&str, &str)] = &[
    ("verification", "verification"), ("run_again", "run"), ("cancel_run", "run"), ("read_run", "run"),
    ("acknowledge_incident", "incident"), ("note_incident", "incident"), ("resolve_incident", "incident"), ("end_maintenance", "window"),
    ("acknowledge_group", "incident"), ("end_silence", "silence"),
    ("assess_incident", "incident"), ("mitigate_incident", "incident"), ("change_severity", "incident"), ("hand_over", "incident"),
    ("merge_incident", "incident"), ("split_incident", "incident"), ("save_post_mortem", "incident"), ("add_action_item", "incident"),
    ("set_action_item_done", "action item"), ("remove_action_item", "action item"),
    ("read_notification", "notification"), ("edit_token", "token"), ("rotate_token", "token"), ("revoke_token", "token"), ("withdraw_invitation", "invitation"),
    ("change_role", "member"), ("remove_member", "member"), ("switch_team", "team"),
    ("test_channel", "channel"), ("enable_channel", "channel"), ("remove_channel", "channel"), ("resend_delivery", "delivery"), ("resolve_errors", "error_group"),
    ("remove_contact", "contact"), ("add_override", "schedule"), ("remove_override", "schedule"), ("issue_calendar", "schedule"),
    ("revoke_calendar", "schedule"), ("remove_schedule", "schedule"), ("remove_escalation_policy", "policy"), ("escalate_incident", "incident"),
    ("report_breach", "incident"),
    ("remove_runbook", "runbook"), ("start_execution", "runbook"), ("report_step", "execution"), ("resume_execution", "execution"),
    ("sign_off_execution", "execution"), ("cancel_execution", "execution"),
];

/// After these what they name is gone, or another person.
const ENDS: &[&str] = &[
    "DELETE ",
    "end_maintenance",
    "end_silence",
    "revoke_token",
    "withdraw_invitation",
    "change_role",
    "remove_member",
    "members/",
    "remove_channel",
    "remove_action_item",
    "remove_runbook",
    "remove_contact",
    "remove_schedule",
    "remove_escalation_policy",
];

/// After these a session is over, of whomever it is.
const ENDS_SESSIONS: [&str; 2] = ["POST /actions/sign_out", "POST /actions/sign_out_everywhere"];

/// The ids of one of everything, by what it is.
type Things = BTreeMap<&'static str, String>;

async fn post(server: &TestServer, path: &str, body: Value) -> Value {
    let answer = server.by(Role::Admin, Method::POST, path).json(&body).send().await.expect("answer");
    let (status, text) = (answer.status(), answer.text().await.expect("text"));
    assert!(status.is_success(), "{path}: {status} {text}");
    serde_json::from_str(&text).unwrap_or_default()
}

async fn get(server: &TestServer, path: &str) -> Value {
    server.by(Role::Admin, Method::GET, path).send().await.expect("answer").json().await.unwrap_or_default()
}

fn id(value: &Value) -> String {
    value["id"].as_str().unwrap_or_else(|| panic!("no id: {value}")).to_owned()
}

/// One of everything that a route can name, of the default team, in development.
async fn seed(server: &TestServer) -> Things {
    let target = HeldTarget::start().await;
    let new = json!({
        "name": "Canary connection", "kind": "http", "environment": "development", "settings": {"url": target.url("canary"), "auth": "bearer"},
        "credential": {"token": "secret"}, "owner": "Canary owner", "heartbeat": {"retries": 0},
    });
    let connection = id(&post(server, "/api/service-connections", new).await);
    let at = format!("/api/service-connections/{connection}");
    let verification = id(&post(server, &format!("{at}/verify"), json!({})).await);
    post(server, &format!("{at}/activate"), json!({})).await;
    let run = id(&post(server, "/api/diagnostics/runs?wait=30", json!({"connection_ids": [connection], "release": "Canary release"})).await);
    let evidence = id(&get(server, &format!("/api/diagnostics/runs/{run}/artefacts")).await[0]);
    let sweep = json!({"connection_ids": [connection]});
    post(server, "/api/service-connections/heartbeat", sweep.clone()).await;
    let chat = json!({"name": "Canary channel", "type": "slack", "settings": {"url": "http://127.0.0.1:9/canary"}});
    let channel = id(&post(server, "/api/channels", chat).await);
    target.is_well(false);
    for _ in 0..2 {
        post(server, "/api/service-connections/heartbeat", sweep.clone()).await;
    }
    let incident = id(&get(server, "/api/service-connections/incidents").await["items"][0]);
    post(server, "/api/service-connections/incidents", json!({"incident_id": incident, "action": "note", "note": "Canary note"})).await;
    let declared = json!({"summary": "Canary outage", "severity": "p3", "connection_id": connection});
    let declared = id(&post(server, "/api/incidents", declared).await);
    let item = json!({"incident_id": incident, "text": "Canary item", "owner": "Canary"});
    let item = id(&post(server, "/api/action-items", item).await);
    let notification = id(&get(server, "/api/notifications").await["items"][0]);
    let delivery = id(&get(server, "/api/deliveries").await["items"][0]);
    let planned = json!({"connection_id": connection, "starts_at": "2098-01-01T00:00:00Z", "ends_at": "2098-01-02T00:00:00Z", "reason": "Canary window"});
    let window = id(&post(server, "/api/maintenance-windows", planned).await);
    let known = json!({"matchers": {"connection_id": connection}, "ends_at": "2098-01-02T00:00:00Z", "reason": "Canary silence"});
    let silence = id(&post(server, "/api/silences", known).await);
    let error = json!({"code": "canary", "message": "Canary message", "severity": "error", "service": "Canary service"});
    let error = post(server, "/api/errors", error).await["correlation_id"].as_str().expect("an id").to_owned();
    let error_group = id(&get(server, "/api/error-groups?code=canary").await["items"][0]);
    let token = id(&post(server, "/api/tokens", json!({"name": "Canary token", "role": "viewer"})).await);
    let runbook = id(&post(server, "/api/runbooks", json!({"yaml": "name: Canary runbook\nsteps: [{ title: Canary step, do: manual }]"})).await);
    let execution = id(&post(server, "/api/executions", json!({"runbook_id": runbook, "connection_id": connection})).await);
    post(server, &format!("/api/executions/{execution}/steps/1"), json!({"outcome": "done", "note": "Canary note"})).await;
    post(server, &format!("/api/executions/{execution}/sign-off"), json!({})).await;
    let team = id(&get(server, "/api/teams").await["items"][0]);
    let invited = post(server, &format!("/api/teams/{team}/invitations"), json!({"email": "Canary@example.org", "role": "viewer"})).await;
    let scope = access::command_line(&server.console, None).await.expect("scope");
    let member = access::create_operator(&scope, "canary.member@example.org", PASSWORD.into(), Role::Viewer).await.expect("created").id.to_string();
    let edit = server.by(Role::Admin, Method::PATCH, &format!("/api/teams/{team}")).json(&json!({"name": "Canary team"})).send().await.expect("answer");
    assert_eq!(edit.status(), StatusCode::OK);
    // As long as it is a draft it says how long the incident goes on.
    let written = server.by(Role::Admin, Method::PUT, &format!("/api/incidents/{incident}/post-mortem")).json(&json!({"impact": "Canary impact"}));
    assert_eq!(written.send().await.expect("answer").status(), StatusCode::OK);
    let contact = id(&post(server, "/api/contacts", json!({"name": "Canary contact"})).await);
    let schedule = id(&post(server, "/api/on-call-schedules", json!({"name": "Canary schedule", "contact_ids": [contact]})).await);
    let policy = id(&post(server, "/api/escalation-policies", json!({"name": "Canary policy", "levels": [{"after_minutes": 0}]})).await);
    let pairs = [("connection", connection), ("verification", verification), ("run", run), ("evidence", evidence), ("incident", incident)];
    let more = [("notification", notification), ("window", window), ("error", error), ("token", token), ("team", team), ("member", member)];
    let last = [("invitation", id(&invited)), ("channel", channel), ("delivery", delivery), ("runbook", runbook), ("execution", execution)];
    let latest = [("silence", silence), ("declared", declared), ("action item", item), ("contact", contact), ("schedule", schedule), ("policy", policy)];
    pairs.into_iter().chain(more).chain(last).chain(latest).chain([("error_group", error_group)]).collect()
}

/// Which thing a parameter of a path stands for.
fn thing_of(path: &str, parameter: &str) -> &'static str {
    match parameter {
        "{operator_id}" => "member",
        "{invitation_id}" => "invitation",
        "{correlation_id}" => "error",
        "{run}" => "run",
        _ => {
            let places = [
                ("/incidents/", "incident"),
                ("/action-items/", "action item"),
                ("/evidence/", "evidence"),
                ("/diagnostics/runs/", "run"),
                ("/notifications/", "notification"),
                ("/maintenance-windows/", "window"),
                ("/silences/", "silence"),
                ("/tokens/", "token"),
                ("/channels/", "channel"),
                ("/contacts/", "contact"),
                ("/on-call-schedules/", "schedule"),
                ("/escalation-policies/", "policy"),
                ("/deliveries/", "delivery"),
                ("/executions/", "execution"),
                ("/runbooks/", "runbook"),
                ("/teams/", "team"),
                ("/error-groups/", "error_group"),
                ("/errors/groups/", "error_group"),
            ];
            let at = path.split(parameter).next().unwrap_or_default();
            places.iter().find(|(place, _)| at.ends_with(place)).map_or("connection", |(_, thing)| thing)
        }
    }
}

/// What a request is sent with.
enum Proof {
    Token(String),
    /// The cookie of a browser.
    Session(String),
}

/// A request of the table about these things, and whether it names one.
struct MatrixRequest {
    method: Method,
    path: String,
    body: String,
    names_something: bool,
}

impl MatrixRequest {
    fn of(route: &str, form: &str, things: &Things) -> Self {
        let (method, path) = route.split_once(' ').expect("method and path");
        let is_parameter = |part: &str| part.starts_with('{') && !["{token}", "{task}", "{n}"].contains(&part);
        let part = |part: &str| match part {
            "{n}" => "1".to_owned(),
            part if is_parameter(part) => things[thing_of(path, part)].clone(),
            part => part.to_owned(),
        };
        let act = path.strip_prefix("/actions/");
        let of_act = THINGS_OF_ACTS.iter().find(|(name, _)| act == Some(name)).map_or("connection", |(_, thing)| thing);
        let body = if act.is_some() { form } else { BODIES.iter().find(|(known, _)| *known == route).map_or("{}", |(_, body)| body) };
        let filled = things.iter().fold(body.replace("{id}", &things[of_act]), |body, (thing, id)| body.replace(&format!("{{{thing}}}"), id));
        Self {
            method: method.parse().expect("method"),
            path: path.split('/').map(part).collect::<Vec<_>>().join("/"),
            names_something: path.split('/').any(is_parameter) || filled != body,
            body: filled,
        }
    }

    fn send(&self, server: &TestServer, proof: &Proof) -> RequestBuilder {
        let request = server.anonymous(self.method.clone(), &self.path);
        let request = match proof {
            Proof::Token(token) => request.bearer_auth(token),
            Proof::Session(cookie) => request.header("cookie", cookie).header("sec-fetch-site", "same-origin"),
        };
        if self.method == Method::GET {
            return request.header("accept", if self.path.starts_with("/api/") { "application/json" } else { "text/html" });
        }
        let kind = if self.path.starts_with("/actions/") { "application/x-www-form-urlencoded" } else { "application/json" };
        request.header("content-type", kind).header("if-match", "*").body(self.body.clone())
    }
}

/// All that the team has, as its administrator sees it; without when tokens were used last.
async fn all_of_it(server: &TestServer, things: &Things) -> Vec<Value> {
    let (connection, team) = (&things["connection"], &things["team"]);
    let paths = [
        "/api/service-connections".to_owned(),
        format!("/api/service-connections/{connection}/verifications"),
        format!("/api/service-connections/{connection}/heartbeats"),
        "/api/service-connections/incidents".to_owned(),
        format!("/api/service-connections/incidents/{}", things["incident"]),
        "/api/diagnostics/runs".to_owned(),
        format!("/api/diagnostics/runs/{}/artefacts", things["run"]),
        "/api/action-items".to_owned(),
        format!("/api/incidents/{}/post-mortem", things["incident"]),
        "/api/notifications".to_owned(),
        "/api/maintenance-windows".to_owned(),
        "/api/silences".to_owned(),
        "/api/channels".to_owned(),
        "/api/deliveries".to_owned(),
        "/api/runbooks".to_owned(),
        "/api/executions".to_owned(),
        "/api/contacts".to_owned(),
        "/api/on-call-schedules".to_owned(),
        "/api/on-call".to_owned(),
        "/api/escalation-policies".to_owned(),
        "/api/tokens".to_owned(),
        "/api/teams".to_owned(),
        format!("/api/teams/{team}/members"),
        format!("/api/teams/{team}/invitations"),
    ];
    let mut all = Vec::new();
    for path in paths {
        let mut seen = get(server, &path).await;
        for item in seen.get_mut("items").and_then(Value::as_array_mut).into_iter().flatten() {
            item.as_object_mut().expect("an object").remove("last_used_at");
        }
        all.push(seen);
    }
    all
}

/// How a route of the table answered.
struct Seen {
    route: &'static str,
    who: Who,
    names_something: bool,
    status: StatusCode,
    text: String,
}

impl Seen {
    fn tells(&self) -> bool {
        self.text.to_lowercase().contains(CANARY)
    }

    /// It names something that is not there. Of a run that is not there, there are no artefacts.
    fn finds_nothing(&self) -> bool {
        self.status == StatusCode::NOT_FOUND || (self.route.ends_with("/artefacts") && self.text == "[]")
    }
}

/// The routes of the table that answer `proof` as they should not.
async fn faults(server: &TestServer, things: &Things, proof: &Proof, is_right: impl Fn(&Seen) -> bool) -> Vec<String> {
    let mut faults = Vec::new();
    let ends_it = |route: &str| matches!(proof, Proof::Session(_)) && ENDS_SESSIONS.contains(&route);
    for (route, form, who) in ROUTES.iter().filter(|(route, ..)| !ends_it(route)) {
        let asked = MatrixRequest::of(route, form, things);
        let mut answer = asked.send(server, proof).send().await.expect("answer");
        let status = answer.status();
        // A stream has no end.
        let text = if *route == "GET /api/events" {
            timeout(Duration::from_millis(100), answer.chunk()).await.map_or_else(|_| String::new(), |chunk| format!("{chunk:?}"))
        } else {
            String::from_utf8_lossy(&answer.bytes().await.expect("body")).into_owned()
        };
        let seen = Seen { route, who: *who, names_something: asked.names_something, status, text };
        if !is_right(&seen) {
            let start: String = seen.text.chars().take(300).collect();
            faults.push(format!("{route}: {status} {start}"));
        }
    }
    faults
}

/// As if its last day were over.
async fn end_token(server: &TestServer, id: ApiTokenId) {
    let past = Timestamp::from_millis(1_000);
    let sql = "update api_tokens set expires_at = $2 where id = $1";
    match &server.console.db.writer {
        Pool::Sqlite(pool) => sqlx::query(sql).bind(id).bind(past).execute(pool).await.map(drop),
        Pool::Postgres(pool) => sqlx::query(sql).bind(id).bind(past).execute(pool).await.map(drop),
    }
    .expect("it is over");
}

/// A console with things of a team, of which outsiders are to learn and to change nothing.
struct Place<'a> {
    database: &'a str,
    server: &'a TestServer,
    things: &'a Things,
    /// All that may be read of them, as it was.
    before: &'a [Value],
    /// Of whoever has a shell.
    scope: &'a Scope,
}

/// By a token, and by a session.
async fn tells_another_team_nothing(place: &Place<'_>) {
    let Place { database, server, things, before, scope } = *place;
    let team = teams::create(scope, NewTeam { name: "Another".into(), slug: Some("another".into()) }).await.expect("a team");
    let theirs = access::command_line(&server.console, Some(&team.slug)).await.expect("scope");
    let (_, stranger) = tokens::issue(&theirs, NewToken::of("stranger", Role::Admin)).await.expect("a token");
    access::create_operator(&theirs, "stranger@example.org", PASSWORD.into(), Role::Admin).await.expect("created");
    let form = format!("email=stranger@example.org&password={}", PASSWORD.replace(' ', "+"));
    let signed_in = server.form("/sign-in?act=sign_in", &form).send().await.expect("answer");
    let session = Proof::Session(cookie(&signed_in).expect("a cookie"));
    for proof in [Proof::Token(stranger.expose_secret().to_owned()), session] {
        let is_person = matches!(proof, Proof::Session(_));
        let seen = faults(server, things, &proof, |seen| {
            let is_admitted = !seen.status.is_server_error() && ![StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN].contains(&seen.status);
            let is_right = match seen.who {
                Who::Anyone => true,
                // It is about the person alone.
                Who::Person if is_person => !seen.status.is_server_error(),
                Who::Person => seen.status == StatusCode::FORBIDDEN,
                _ if seen.names_something => seen.finds_nothing(),
                _ => is_admitted,
            };
            is_right && !seen.tells()
        });
        assert_eq!(seen.await, Vec::<String>::new(), "another team's administrator, by a session: {is_person}, on {database}");
        assert_eq!(all_of_it(server, things).await, before, "changed by another team's administrator on {database}");
    }
    let stays = server.anonymous(Method::GET, "/api/teams").header("cookie", cookie(&signed_in).expect("a cookie")).send().await.expect("answer");
    assert_eq!(stays.status(), StatusCode::OK, "the session was one all the time");
}

/// Limited to an environment in which there is nothing.
async fn tells_a_limited_token_nothing(place: &Place<'_>) {
    let Place { database, server, things, before, scope } = *place;
    let limited = json!({"name": "limited", "role": "admin", "environments": ["production"]});
    let (row, limited) = tokens::issue(scope, serde_json::from_value(limited).expect("a token")).await.expect("issued");
    let limited = Proof::Token(limited.expose_secret().to_owned());
    let seen = faults(server, things, &limited, |seen| {
        let (is_refused, fails) = (seen.status == StatusCode::FORBIDDEN, seen.status.is_server_error());
        match seen.who {
            Who::Anyone => !seen.tells(),
            // Pages draw over all of a team, and acts are those of pages.
            _ if !seen.route.contains(" /api/") => is_refused && !seen.tells(),
            // It is of this team, and may know it.
            _ if seen.route.starts_with("GET /api/teams") || seen.route.starts_with("GET /api/runbooks") => !fails,
            _ if seen.names_something => (is_refused || seen.finds_nothing()) && !seen.tells(),
            _ => !fails && !seen.tells(),
        }
    });
    assert_eq!(seen.await, Vec::<String>::new(), "a limited token on {database}");
    tokens::revoke(scope, row.id).await.expect("revoked");
    assert_eq!(all_of_it(server, things).await, before, "changed by a limited token on {database}");
}

/// What whoever may read channels is told.
const OF_CHANNELS: [&str; 5] = ["GET /api/channels", "GET /api/channels/{id}", "GET /api/deliveries", "GET /settings/channels", "GET /settings/channels/{id}"];
/// Words that are the same for everyone.
const OF_NO_TEAM: [&str; 2] = ["GET /operations/errors/catalogue", "GET /api/reference"];

/// While it counts, and when it is over.
async fn tells_a_token_of_one_permission_nothing_else(place: &Place<'_>) {
    let Place { database, server, things, before, scope } = *place;
    let one = json!({"name": "one permission", "role": "admin", "permissions": ["read_channels"]});
    let (row, one) = tokens::issue(scope, serde_json::from_value(one).expect("a token")).await.expect("issued");
    let one = Proof::Token(one.expose_secret().to_owned());
    let seen = faults(server, things, &one, |seen| match seen.who {
        Who::Anyone => !seen.tells(),
        _ if OF_CHANNELS.contains(&seen.route) => seen.status == StatusCode::OK,
        _ if OF_NO_TEAM.contains(&seen.route) => seen.status == StatusCode::OK && !seen.tells(),
        _ => seen.status == StatusCode::FORBIDDEN && !seen.tells(),
    });
    assert_eq!(seen.await, Vec::<String>::new(), "a token of one permission on {database}");

    end_token(server, row.id).await;
    let seen = faults(server, things, &one, |seen| !seen.tells() && (seen.who == Who::Anyone || seen.status == StatusCode::UNAUTHORIZED));
    assert_eq!(seen.await, Vec::<String>::new(), "a token that is over on {database}");
    tokens::revoke(scope, row.id).await.expect("revoked");
    assert_eq!(all_of_it(server, things).await, before, "changed by a token of one permission on {database}");
}

#[tokio::test]
async fn another_team_s_administrator_and_a_limited_token_are_told_nothing_and_change_nothing() {
    for (database, server) in TestServer::both().await {
        let things = seed(&server).await;
        let own = Proof::Token(server.token(Role::Admin).to_owned());
        for (route, form, _) in ROUTES.iter().filter(|(route, ..)| route.starts_with("GET ")) {
            let asked = MatrixRequest::of(route, form, &things);
            let answer = asked.send(&server, &own).send().await.expect("answer");
            assert!(!asked.names_something || answer.status() == StatusCode::OK, "{route}: its own administrator is told {}", answer.status());
        }
        let before = all_of_it(&server, &things).await;
        assert!(before.iter().all(|seen| seen.get("items").unwrap_or(seen) != &json!([])), "{before:#?}");

        let scope = access::command_line(&server.console, None).await.expect("scope");
        let place = Place { database, server: &server, things: &things, before: &before, scope: &scope };
        tells_another_team_nothing(&place).await;
        tells_a_limited_token_nothing(&place).await;
        tells_a_token_of_one_permission_nothing_else(&place).await;

        // The control: each of these requests finds what it names when its own administrator sends it.
        for (route, form, who) in ROUTES.iter().filter(|(route, ..)| !ENDS.iter().any(|end| route.contains(end))) {
            let asked = MatrixRequest::of(route, form, &things);
            let is_meant = asked.names_something && matches!(who, Who::Least(_)) && asked.method != Method::GET;
            let status = asked.send(&server, &own).send().await.expect("answer").status();
            assert!(!is_meant || status != StatusCode::NOT_FOUND, "{route} on {database} finds nothing");
        }
    }
}
