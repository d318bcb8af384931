//! Every route and act against everyone: a table that fails when a route is not in it.

use std::{collections::BTreeSet, fs, path::Path};

use domain::operator::Role;
use engine::access;
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde_json::Value;
use switchboard_server::{api, assets, pages};

use crate::{
    second_factor,
    test_server::{TestServer, cookie},
};

/// Who may use a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    Anyone,
    Least(Role),
    /// Whoever has a session, and no token.
    Person,
}

use Who::{Anyone, Least, Person};

const SEVERITIES: &str = "version=0&p1[respond_minutes]=&p1[post_mortem_hours]=&p1[digest]=&p1[remind_minutes]=\
    &p2[respond_minutes]=&p2[post_mortem_hours]=&p2[digest]=&p2[remind_minutes]=&p3[respond_minutes]=&p3[post_mortem_hours]=&p3[digest]=&p3[remind_minutes]=\
    &p4[respond_minutes]=&p4[post_mortem_hours]=&p4[digest]=&p4[remind_minutes]=&business_hours[time_zone]=&business_hours[from]=&business_hours[to]=";

/// Method, path and, for acts, a body that can be read: what is not understood is refused before the role is looked at.
#[rustfmt::skip]
pub const ROUTES: &[(&str, &str, Who)] = &[
    ("GET /livez", "", Anyone),
    ("GET /readyz", "", Anyone),
    ("GET /health", "", Anyone),
    ("GET /api/openapi.json", "", Anyone),
    ("GET /api/kinds", "", Least(Role::Viewer)),
    ("GET /api/service-connections", "", Least(Role::Viewer)),
    ("POST /api/service-connections", "", Least(Role::Operator)),
    ("GET /api/service-connections/{id}", "", Least(Role::Viewer)),
    ("PATCH /api/service-connections/{id}", "", Least(Role::Operator)),
    ("DELETE /api/service-connections/{id}", "", Least(Role::Operator)),
    ("POST /api/service-connections/{id}/verify", "", Least(Role::Operator)),
    ("GET /api/service-connections/{id}/verifications", "", Least(Role::Viewer)),
    ("POST /api/service-connections/{id}/activate", "", Least(Role::Operator)),
    ("POST /api/service-connections/{id}/suspend", "", Least(Role::Operator)),
    ("POST /api/service-connections/{id}/resume", "", Least(Role::Operator)),
    ("GET /api/diagnostics/runs", "", Least(Role::Viewer)),
    ("POST /api/diagnostics/runs", "", Least(Role::Operator)),
    ("GET /api/diagnostics/runs/{id}", "", Least(Role::Viewer)),
    ("POST /api/diagnostics/runs/{id}/cancel", "", Least(Role::Operator)),
    ("POST /api/diagnostics/runs/{id}/again", "", Least(Role::Operator)),
    ("GET /api/diagnostics/runs/{id}/evidence", "", Least(Role::Viewer)),
    ("GET /api/diagnostics/runs/{id}/artefacts", "", Least(Role::Viewer)),
    ("GET /api/diagnostics/evidence/{id}", "", Least(Role::Viewer)),
    ("GET /api/notifications", "", Least(Role::Viewer)),
    ("GET /api/notifications/unread", "", Least(Role::Viewer)),
    ("POST /api/notifications/read", "", Least(Role::Viewer)),
    ("POST /api/notifications/{id}/read", "", Least(Role::Viewer)),
    ("GET /metrics", "", Least(Role::Viewer)),
    ("GET /api/success-rates", "", Least(Role::Operator)),
    ("GET /api/error-groups", "", Least(Role::Operator)),
    ("GET /api/error-groups/{id}", "", Least(Role::Operator)),
    ("POST /api/error-groups/{id}/resolve", "", Least(Role::Operator)),
    ("POST /api/errors", "", Least(Role::Operator)),
    ("GET /api/errors", "", Least(Role::Operator)),
    ("GET /api/errors/{correlation_id}", "", Least(Role::Operator)),
    ("POST /api/service-connections/heartbeat", "", Least(Role::Operator)),
    ("GET /api/service-connections/health", "", Least(Role::Viewer)),
    ("GET /api/service-connections/{id}/heartbeats", "", Least(Role::Viewer)),
    ("GET /api/service-connections/{id}/uptime", "", Least(Role::Viewer)),
    ("GET /api/service-connections/incidents", "", Least(Role::Viewer)),
    ("POST /api/service-connections/incidents", "", Least(Role::Operator)),
    ("GET /api/service-connections/incidents/{id}", "", Least(Role::Viewer)),
    ("GET /api/incidents", "", Least(Role::Viewer)),
    ("POST /api/incidents", "", Least(Role::Operator)),
    ("GET /api/incidents/{id}", "", Least(Role::Viewer)),
    ("PATCH /api/incidents/{id}", "", Least(Role::Operator)),
    ("POST /api/incidents/{id}/acknowledge", "", Least(Role::Operator)),
    ("POST /api/incidents/{id}/assess", "", Least(Role::Operator)),
    ("POST /api/incidents/{id}/mitigate", "", Least(Role::Operator)),
    ("POST /api/incidents/{id}/note", "", Least(Role::Operator)),
    ("POST /api/incidents/{id}/merge", "", Least(Role::Operator)),
    ("POST /api/incidents/{id}/split", "", Least(Role::Operator)),
    ("POST /api/incidents/{id}/resolve", "", Least(Role::Operator)),
    ("GET /api/incidents/{id}/blast-radius", "", Least(Role::Viewer)),
    ("GET /api/incidents/{id}/post-mortem", "", Least(Role::Viewer)),
    ("PUT /api/incidents/{id}/post-mortem", "", Least(Role::Operator)),
    ("GET /api/incidents/{id}/post-mortem/export", "", Least(Role::Viewer)),
    ("GET /api/action-items", "", Least(Role::Viewer)),
    ("POST /api/action-items", "", Least(Role::Operator)),
    ("GET /api/action-items/{id}", "", Least(Role::Viewer)),
    ("PATCH /api/action-items/{id}", "", Least(Role::Operator)),
    ("DELETE /api/action-items/{id}", "", Least(Role::Operator)),
    ("GET /api/silences", "", Least(Role::Viewer)),
    ("POST /api/silences", "", Least(Role::Operator)),
    ("DELETE /api/silences/{id}", "", Least(Role::Operator)),
    ("GET /api/daily-checklists", "", Least(Role::Viewer)),
    ("GET /api/daily-checklists/today", "", Least(Role::Viewer)),
    ("POST /api/daily-checklists/today", "", Least(Role::Operator)),
    ("GET /api/maintenance-tasks", "", Least(Role::Viewer)),
    ("POST /api/maintenance-tasks/{task}/done", "", Least(Role::Operator)),
    ("GET /api/maintenance-windows", "", Least(Role::Viewer)),
    ("POST /api/maintenance-windows", "", Least(Role::Operator)),
    ("DELETE /api/maintenance-windows/{id}", "", Least(Role::Operator)),
    ("GET /api/audit", "", Least(Role::Admin)),
    ("GET /api/audit/export", "", Least(Role::Admin)),
    ("GET /api/events", "", Least(Role::Viewer)),
    ("GET /api/tokens", "", Least(Role::Admin)),
    ("POST /api/tokens", "", Least(Role::Admin)),
    ("GET /api/tokens/{id}", "", Least(Role::Admin)),
    ("PATCH /api/tokens/{id}", "", Least(Role::Admin)),
    ("DELETE /api/tokens/{id}", "", Least(Role::Admin)),
    ("POST /api/tokens/{id}/rotate", "", Least(Role::Admin)),
    ("GET /api/channels", "", Least(Role::Viewer)),
    ("POST /api/channels", "", Least(Role::Admin)),
    ("GET /api/channels/{id}", "", Least(Role::Viewer)),
    ("PATCH /api/channels/{id}", "", Least(Role::Admin)),
    ("DELETE /api/channels/{id}", "", Least(Role::Admin)),
    ("POST /api/channels/{id}/test", "", Least(Role::Operator)),
    ("GET /api/deliveries", "", Least(Role::Viewer)),
    ("POST /api/deliveries/{id}/resend", "", Least(Role::Operator)),
    ("GET /api/runbooks", "", Least(Role::Viewer)),
    ("POST /api/runbooks", "", Least(Role::Operator)),
    ("POST /api/runbooks/validate", "", Least(Role::Viewer)),
    ("GET /api/runbooks/schema.json", "", Least(Role::Viewer)),
    ("GET /api/runbooks/{id}", "", Least(Role::Viewer)),
    ("PATCH /api/runbooks/{id}", "", Least(Role::Operator)),
    ("DELETE /api/runbooks/{id}", "", Least(Role::Operator)),
    ("GET /api/runbooks/{id}/versions", "", Least(Role::Viewer)),
    ("GET /api/executions", "", Least(Role::Viewer)),
    ("POST /api/executions", "", Least(Role::Operator)),
    ("GET /api/executions/{id}", "", Least(Role::Viewer)),
    ("POST /api/executions/{id}/steps/{n}", "", Least(Role::Operator)),
    ("POST /api/executions/{id}/resume", "", Least(Role::Operator)),
    ("POST /api/executions/{id}/sign-off", "", Least(Role::Operator)),
    ("POST /api/executions/{id}/cancel", "", Least(Role::Operator)),
    ("GET /api/executions/{id}/pack", "", Least(Role::Viewer)),
    ("GET /api/severity-policy", "", Least(Role::Viewer)),
    ("PUT /api/severity-policy", "", Least(Role::Admin)),
    ("GET /api/contacts", "", Least(Role::Viewer)),
    ("POST /api/contacts", "", Least(Role::Admin)),
    ("GET /api/contacts/{id}", "", Least(Role::Viewer)),
    ("PATCH /api/contacts/{id}", "", Least(Role::Admin)),
    ("DELETE /api/contacts/{id}", "", Least(Role::Admin)),
    ("GET /api/on-call", "", Least(Role::Viewer)),
    ("GET /api/on-call-schedules", "", Least(Role::Viewer)),
    ("POST /api/on-call-schedules", "", Least(Role::Admin)),
    ("GET /api/on-call-schedules/{id}", "", Least(Role::Viewer)),
    ("PATCH /api/on-call-schedules/{id}", "", Least(Role::Admin)),
    ("POST /api/on-call-schedules/{id}/calendar", "", Least(Role::Admin)),
    ("DELETE /api/on-call-schedules/{id}/calendar", "", Least(Role::Admin)),
    ("DELETE /api/on-call-schedules/{id}", "", Least(Role::Admin)),
    ("GET /api/escalation-policies", "", Least(Role::Viewer)),
    ("POST /api/escalation-policies", "", Least(Role::Admin)),
    ("GET /api/escalation-policies/{id}", "", Least(Role::Viewer)),
    ("PATCH /api/escalation-policies/{id}", "", Least(Role::Admin)),
    ("DELETE /api/escalation-policies/{id}", "", Least(Role::Admin)),
    ("POST /api/incidents/{id}/escalate", "", Least(Role::Operator)),
    ("GET /api/teams", "", Least(Role::Viewer)),
    ("POST /api/teams", "", Least(Role::Admin)),
    ("GET /api/teams/{id}", "", Least(Role::Viewer)),
    ("PATCH /api/teams/{id}", "", Least(Role::Admin)),
    ("GET /api/teams/{id}/members", "", Least(Role::Viewer)),
    ("PATCH /api/teams/{id}/members/{operator_id}", "", Least(Role::Admin)),
    ("DELETE /api/teams/{id}/members/{operator_id}", "", Least(Role::Admin)),
    ("GET /api/teams/{id}/invitations", "", Least(Role::Admin)),
    ("POST /api/teams/{id}/invitations", "", Least(Role::Admin)),
    ("DELETE /api/teams/{id}/invitations/{invitation_id}", "", Least(Role::Admin)),
    ("GET /", "", Least(Role::Viewer)),
    ("GET /settings/service-connections", "", Least(Role::Viewer)),
    ("GET /settings/service-connections/new", "", Least(Role::Operator)),
    ("GET /settings/service-connections/{id}", "", Least(Role::Viewer)),
    ("GET /settings/service-connections/{id}/edit", "", Least(Role::Operator)),
    ("GET /settings/channels", "", Least(Role::Viewer)),
    ("GET /settings/channels/new", "", Least(Role::Admin)),
    ("GET /settings/channels/{id}", "", Least(Role::Viewer)),
    ("GET /settings/on-call", "", Least(Role::Viewer)),
    ("GET /settings/on-call/contact", "", Least(Role::Admin)),
    ("GET /settings/on-call/schedule", "", Least(Role::Admin)),
    ("GET /settings/on-call/escalation", "", Least(Role::Admin)),
    ("GET /settings/severity", "", Least(Role::Viewer)),
    ("GET /settings/tokens", "", Least(Role::Admin)),
    ("GET /settings/tokens/{id}", "", Least(Role::Admin)),
    ("GET /settings/audit", "", Least(Role::Admin)),
    ("GET /settings/team", "", Least(Role::Viewer)),
    ("GET /settings/profile", "", Person),
    ("GET /settings/profile/second-factor", "", Person),
    ("GET /operations/diagnostics", "", Least(Role::Viewer)),
    ("GET /operations/diagnostics/new", "", Least(Role::Operator)),
    ("GET /operations/diagnostics/{run}", "", Least(Role::Viewer)),
    ("GET /operations/diagnostics/{run}/evidence/{id}", "", Least(Role::Viewer)),
    ("GET /operations/health", "", Least(Role::Viewer)),
    ("GET /operations/health/{id}", "", Least(Role::Viewer)),
    ("GET /operations/incidents", "", Least(Role::Viewer)),
    ("GET /operations/incidents/new", "", Least(Role::Operator)),
    ("GET /operations/incidents/actions", "", Least(Role::Viewer)),
    ("GET /operations/incidents/{id}", "", Least(Role::Viewer)),
    ("GET /operations/incidents/{id}/post-mortem", "", Least(Role::Viewer)),
    ("GET /operations/today", "", Least(Role::Viewer)),
    ("GET /operations/runbooks", "", Least(Role::Viewer)),
    ("GET /operations/runbooks/new", "", Least(Role::Operator)),
    ("GET /operations/runbooks/{id}", "", Least(Role::Viewer)),
    ("GET /operations/runbooks/{id}/edit", "", Least(Role::Operator)),
    ("GET /operations/runbooks/{id}/history", "", Least(Role::Viewer)),
    ("GET /operations/runbooks/executions/{id}", "", Least(Role::Viewer)),
    ("GET /operations/notifications", "", Least(Role::Viewer)),
    ("GET /operations/errors", "", Least(Role::Operator)),
    ("GET /operations/errors/catalogue", "", Least(Role::Viewer)),
    ("GET /operations/errors/groups/{id}", "", Least(Role::Operator)),
    ("GET /operations/errors/{correlation_id}", "", Least(Role::Operator)),
    ("GET /api/reference", "", Least(Role::Viewer)),
    ("GET /search", "", Least(Role::Viewer)),
    ("GET /sign-in", "", Anyone),
    ("GET /sign-in/code", "", Anyone),
    ("GET /sign-in/start", "", Anyone),
    ("GET /sign-in/callback", "", Anyone),
    ("GET /sign-in/sign-out", "", Anyone),
    ("GET /setup", "", Anyone),
    ("GET /acknowledge/{token}", "", Anyone),
    ("GET /invitations/{token}", "", Anyone),
    ("POST /actions/sign_in", "email=a@example.org&password=wrong+wrong+wrong", Anyone),
    ("POST /actions/finish_sign_in", "code=x", Anyone),
    ("POST /actions/sign_out", "", Anyone),
    ("POST /actions/set_up", "token=x&email=a@example.org&password=wrong+wrong+wrong", Anyone),
    ("POST /actions/save_connection", "kind=tcp&name=&environment=development", Least(Role::Operator)),
    ("POST /actions/check_settings", "kind=tcp&environment=staging", Least(Role::Operator)),
    ("POST /actions/apply_transition", "id={id}&step=suspend", Least(Role::Operator)),
    ("POST /actions/start_verification", "id={id}", Least(Role::Operator)),
    ("POST /actions/test_connection", "id={id}", Least(Role::Operator)),
    ("POST /actions/verification", "id={id}", Least(Role::Viewer)),
    ("POST /actions/start_diagnostics", "scope=chosen&connection_ids[]={id}", Least(Role::Operator)),
    ("POST /actions/run_again", "id={id}", Least(Role::Operator)),
    ("POST /actions/cancel_run", "id={id}", Least(Role::Operator)),
    ("POST /actions/read_run", "id={id}", Least(Role::Viewer)),
    ("POST /actions/acknowledge_incident", "id={id}", Least(Role::Operator)),
    ("POST /actions/assess_incident", "id={id}", Least(Role::Operator)),
    ("POST /actions/mitigate_incident", "id={id}", Least(Role::Operator)),
    ("POST /actions/declare_incident", "summary=x&severity=p4&connection_id={id}", Least(Role::Operator)),
    ("POST /actions/change_severity", "id={id}&severity=p4&reason=x", Least(Role::Operator)),
    ("POST /actions/hand_over", "id={id}&owner=x", Least(Role::Operator)),
    ("POST /actions/merge_incident", "id={id}&into={id}", Least(Role::Operator)),
    ("POST /actions/split_incident", "id={id}", Least(Role::Operator)),
    ("POST /actions/save_post_mortem", "id={id}&version=0&impact=x", Least(Role::Operator)),
    ("POST /actions/add_action_item", "id={id}&text=x", Least(Role::Operator)),
    ("POST /actions/set_action_item_done", "id={id}&done=true", Least(Role::Operator)),
    ("POST /actions/remove_action_item", "id={id}", Least(Role::Operator)),
    ("POST /actions/resolve_errors", "id={id}", Least(Role::Operator)),
    ("POST /actions/acknowledge_group", "id={id}", Least(Role::Operator)),
    ("POST /actions/silence", "tag=x&minutes=60&reason=", Least(Role::Operator)),
    ("POST /actions/end_silence", "id={id}", Least(Role::Operator)),
    ("POST /actions/set_dependencies", "id={id}&version=1", Least(Role::Operator)),
    ("POST /actions/sign_checklist", "", Least(Role::Operator)),
    ("POST /actions/finish_task", "task=dependency_updates", Least(Role::Operator)),
    ("POST /actions/note_incident", "id={id}&note=x", Least(Role::Operator)),
    ("POST /actions/resolve_incident", "id={id}", Least(Role::Operator)),
    ("POST /actions/declare_maintenance", "id={id}&reach=connection&time_zone=UTC&minutes=60&reason=x", Least(Role::Operator)),
    ("POST /actions/end_maintenance", "id={id}", Least(Role::Operator)),
    ("POST /actions/read_health", "", Least(Role::Viewer)),
    ("POST /actions/read_notification", "id={id}", Least(Role::Viewer)),
    ("POST /actions/read_notifications", "", Least(Role::Viewer)),
    ("POST /actions/save_channel", "kind=webhook&name=", Least(Role::Admin)),
    ("POST /actions/test_channel", "id={id}", Least(Role::Operator)),
    ("POST /actions/enable_channel", "id={id}&enabled=true", Least(Role::Admin)),
    ("POST /actions/remove_channel", "id={id}", Least(Role::Admin)),
    ("POST /actions/resend_delivery", "id={id}", Least(Role::Operator)),
    ("POST /actions/save_runbook", "yaml=x", Least(Role::Operator)),
    ("POST /actions/remove_runbook", "id={id}", Least(Role::Operator)),
    ("POST /actions/start_execution", "runbook_id={id}", Least(Role::Operator)),
    ("POST /actions/report_step", "id={id}&n=1&outcome=done", Least(Role::Operator)),
    ("POST /actions/resume_execution", "id={id}", Least(Role::Operator)),
    ("POST /actions/sign_off_execution", "id={id}", Least(Role::Operator)),
    ("POST /actions/cancel_execution", "id={id}", Least(Role::Operator)),
    ("POST /actions/save_contact", "name=", Least(Role::Admin)),
    ("POST /actions/save_schedule", "name=&time_zone=&rotation=&hand_over_day=&hand_over_time=&starts_on=&people=", Least(Role::Admin)),
    ("POST /actions/add_override", "id={id}&contact_id={id}&starts_at=2026-12-24T09:00&ends_at=2026-12-25T09:00", Least(Role::Admin)),
    ("POST /actions/remove_override", "id={id}&version=1&number=0", Least(Role::Admin)),
    ("POST /actions/issue_calendar", "id={id}", Least(Role::Admin)),
    ("POST /actions/revoke_calendar", "id={id}", Least(Role::Admin)),
    ("POST /actions/save_escalation_policy", "name=", Least(Role::Admin)),
    ("POST /actions/remove_escalation_policy", "id={id}", Least(Role::Admin)),
    ("POST /actions/remove_schedule", "id={id}", Least(Role::Admin)),
    ("POST /actions/remove_contact", "id={id}", Least(Role::Admin)),
    ("POST /actions/save_severity_policy", SEVERITIES, Least(Role::Admin)),
    ("POST /actions/escalate_incident", "id={id}", Least(Role::Operator)),
    ("POST /actions/report_breach", "id={id}", Least(Role::Operator)),
    ("POST /actions/acknowledge_by_link", "token=x", Anyone),
    ("POST /actions/issue_token", "name=&role=viewer", Least(Role::Admin)),
    ("POST /actions/edit_token", "id={id}&name=x&role=viewer&days=", Least(Role::Admin)),
    ("POST /actions/rotate_token", "id={id}&grace_minutes=0", Least(Role::Admin)),
    ("POST /actions/revoke_token", "id={id}", Least(Role::Admin)),
    ("POST /actions/invite_member", "email=&role=viewer", Least(Role::Admin)),
    ("POST /actions/withdraw_invitation", "id={id}", Least(Role::Admin)),
    ("POST /actions/change_role", "id={id}&role=viewer", Least(Role::Admin)),
    ("POST /actions/remove_member", "id={id}", Least(Role::Admin)),
    ("POST /actions/rename_team", "name=", Least(Role::Admin)),
    ("POST /actions/create_team", "new_name=", Least(Role::Admin)),
    ("POST /actions/accept_invitation", "token=x&password=wrong+wrong+wrong", Anyone),
    ("POST /actions/join_team", "token=x", Person),
    ("POST /actions/switch_team", "id={id}", Person),
    ("POST /actions/change_password", "current_password=x&password=wrong+wrong+wrong", Person),
    ("POST /actions/link_identity", "account_password=x", Person),
    ("POST /actions/unlink_identity", "unlink_password=x", Person),
    ("POST /actions/end_session", "key=x", Person),
    ("POST /actions/sign_out_everywhere", "", Person),
    ("POST /actions/leave_team", "", Person),
    ("POST /actions/begin_second_factor", "password=wrong+wrong+wrong", Person),
    ("POST /actions/confirm_second_factor", "code=x", Person),
    ("POST /actions/renew_recovery_codes", "code=x", Person),
    ("POST /actions/switch_off_second_factor", "current_password=x&last_code=x", Person),
    ("POST /actions/begin_passkey", "passkey_name=&passkey_password=x", Person),
    ("POST /actions/add_passkey", "answer=x", Person),
    ("POST /actions/remove_passkey", "removed={id}&removal_password=x", Person),
    ("POST /actions/begin_passkey_sign_in", "", Anyone),
    ("POST /actions/sign_in_with_passkey", "answer=x", Anyone),
    ("POST /actions/demand_second_factor", "demand=false", Least(Role::Admin)),
];

/// Every route that the server has, from the lists that it is built from.
fn routes() -> BTreeSet<String> {
    let description = serde_json::to_value(api::description()).expect("JSON");
    let paths = description["paths"].as_object().expect("paths");
    let api = paths.iter().flat_map(|(path, item)| {
        let methods = item.as_object().expect("item").keys().filter(|key| ["get", "post", "put", "patch", "delete"].contains(&key.as_str()));
        methods.map(move |method| format!("{} {path}", method.to_uppercase()))
    });
    let single_sign_on = pages::single_sign_on::PATHS.map(str::to_owned);
    let pages = pages::paths().into_iter().chain(single_sign_on).map(|path| format!("GET {path}"));
    let actions = pages::action_paths().into_iter().map(|(path, method)| format!("{method} {path}"));
    api.chain(pages).chain(actions).chain([format!("GET {}", api::DESCRIPTION)]).collect()
}

/// What adds a route by hand, by file: those of [`routes`] and of files that are served. Anything else would be in no list.
#[test]
fn no_route_is_added_beside_the_lists() {
    let mut found = Vec::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
            if entry.is_dir() {
                folders.push(entry);
                continue;
            }
            let source = fs::read_to_string(&entry).expect("a source");
            let added: usize = [".route(", ".nest(", "route_service(", "nest_service("].iter().map(|adds| source.matches(adds).count()).sum();
            if added > 0 {
                found.push(format!("{} {added}", entry.file_name().expect("a name").to_string_lossy()));
            }
        }
    }
    found.sort();
    assert_eq!(found, ["api.rs 1", "assets.rs 2", "calendars.rs 1", "pages.rs 2", "serve.rs 1", "single_sign_on.rs 3"]);
}

#[tokio::test]
async fn the_table_has_every_route() {
    let table: BTreeSet<_> = ROUTES.iter().map(|(route, ..)| (*route).to_owned()).collect();
    let routes = routes();
    assert_eq!(routes.difference(&table).collect::<Vec<_>>(), Vec::<&String>::new(), "routes that no one decided on");
    assert_eq!(table.difference(&routes).collect::<Vec<_>>(), Vec::<&String>::new(), "routes that are gone");
    assert!(assets::paths().iter().all(|path| !path.starts_with("/api/") && !path.starts_with("/actions/")));
}

#[tokio::test]
async fn every_route_admits_whom_it_should_and_nobody_else() {
    for (database, server) in TestServer::both().await {
        admits_whom_it_should(database, &server).await;
    }
}

async fn admits_whom_it_should(database: &str, server: &TestServer) {
    for (route, body, who) in ROUTES {
        for role in [None, Some(Role::Viewer), Some(Role::Operator), Some(Role::Admin)] {
            let answer = send(server, route, body, role).await;
            let status = answer.status();
            let admitted = match (who, role) {
                (Anyone, _) => true,
                (Least(_) | Person, None) | (Person, Some(_)) => false,
                (Least(least), Some(role)) => role >= *least,
            };
            let context = format!("{route} by {role:?} on {database}: {status}");
            if admitted {
                let turned_away = matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) || to_sign_in(&answer);
                assert!(REFUSE_WHAT_IS_SENT.contains(route) || route.ends_with("sign_out") || !turned_away, "{context}");
                assert!(!status.is_server_error(), "{context}");
            } else if role.is_some() {
                assert_eq!(status, StatusCode::FORBIDDEN, "{context}");
            } else {
                assert!(status == StatusCode::UNAUTHORIZED || to_sign_in(&answer), "{context}");
            }
        }
    }
}

/// Whoever may use these is turned away for what they sent.
const REFUSE_WHAT_IS_SENT: [&str; 10] = [
    "POST /actions/sign_in",
    "POST /actions/finish_sign_in",
    "POST /actions/begin_passkey_sign_in",
    "POST /actions/sign_in_with_passkey",
    "POST /actions/set_up",
    "POST /actions/accept_invitation",
    "POST /actions/join_team",
    "POST /actions/link_identity",
    "GET /invitations/{token}",
    "GET /sign-in/code",
];

/// After these the session that sent them is over, or its person belongs to no team.
const ENDS_SESSIONS: [&str; 4] = ["POST /actions/sign_out", "POST /actions/sign_out_everywhere", "POST /actions/leave_team", "GET /sign-in/sign-out"];

#[tokio::test]
async fn a_session_is_admitted_where_its_role_is_and_nowhere_else() {
    let server = TestServer::new().await;
    server.sign_in("owner@example.org", Role::Admin).await;
    for role in [Role::Viewer, Role::Operator, Role::Admin] {
        let cookie = server.sign_in(&format!("{role}@example.org"), role).await;
        for (route, body, who) in ROUTES.iter().filter(|(route, ..)| !ENDS_SESSIONS.contains(route)) {
            let answer = send_in(&server, route, body, &cookie).await;
            let (status, context) = (answer.status(), format!("{route} by a session of {role:?}: {}", answer.status()));
            assert!(!status.is_server_error(), "{context}");
            match who {
                // Those who are signed in already may be led on.
                Anyone => {}
                Person if REFUSE_WHAT_IS_SENT.contains(route) => {}
                Least(least) if role < *least => assert_eq!(status, StatusCode::FORBIDDEN, "{context}"),
                Least(_) | Person => {
                    assert!(!matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) && !to_sign_in(&answer), "{context}");
                }
            }
        }
        let is_in = send_in(&server, "GET /api/kinds", "", &cookie).await;
        assert_eq!(is_in.status(), StatusCode::OK, "the session of {role:?} was one all the time");
    }
}

#[tokio::test]
async fn the_routes_of_a_provider_let_nobody_in_by_themselves() {
    let provider = [
        ("oidc_issuer", "http://127.0.0.1:9"),
        ("oidc_client_id", "switchboard"),
        ("oidc_client_secret", "a-secret-of-the-provider"),
        ("oidc_groups", "ops=default:admin"),
    ];
    let server = TestServer::with_settings(&provider, None).await;
    for path in pages::single_sign_on::PATHS {
        for query in ["", "?code=x&state=y", "?error=access_denied&state=y", "?next=//evil.example", "?link=yes"] {
            let answer = server.anonymous(Method::GET, &format!("{path}{query}")).send().await.expect("answer");
            assert!(to_sign_in(&answer), "{path}{query}: {}", answer.status());
            let Some(cookie) = cookie(&answer) else { continue };
            let stranger = send_in(&server, "GET /api/kinds", "", &cookie).await;
            assert_eq!(stranger.status(), StatusCode::UNAUTHORIZED, "{path}{query}");
        }
    }
}

/// Sends the route's request about a fresh connection.
async fn send(server: &TestServer, route: &str, body: &str, role: Option<Role>) -> Response {
    let by = |method, path: &str| match role {
        Some(role) => server.by(role, method, path),
        None => server.anonymous(method, path),
    };
    send_by(server, route, body, by).await
}

/// The same in a session.
async fn send_in(server: &TestServer, route: &str, body: &str, cookie: &str) -> Response {
    let by = |method, path: &str| server.anonymous(method, path).header("cookie", cookie).header("sec-fetch-site", "same-origin");
    send_by(server, route, body, by).await
}

async fn send_by(server: &TestServer, route: &str, body: &str, by: impl Fn(Method, &str) -> RequestBuilder) -> Response {
    let (method, path) = route.split_once(' ').expect("method and path");
    let method: Method = method.parse().expect("method");
    let name = uuid::Uuid::now_v7().to_string();
    let id = server.connection(&name).await["id"].as_str().expect("id").to_owned();
    let path = path
        .replace("{id}", &id)
        .replace("{correlation_id}", "thread")
        .replace("{operator_id}", &id)
        .replace("{invitation_id}", &id)
        .replace("{token}", "x")
        .replace("{task}", "dependency_updates")
        .replace("{n}", "1");
    let request = by(method.clone(), &path);
    let is_form = path.starts_with("/actions/");
    let request = if method == Method::GET {
        request.header("accept", if path.starts_with("/api/") { "application/json" } else { "text/html" })
    } else if is_form {
        request.header("content-type", "application/x-www-form-urlencoded").body(body.replace("{id}", &id))
    } else {
        request
    };
    request.send().await.expect("answer")
}

fn to_sign_in(answer: &Response) -> bool {
    answer.status() == StatusCode::SEE_OTHER && answer.headers().get("location").is_some_and(|location| location.as_bytes().starts_with(b"/sign-in"))
}

#[tokio::test]
async fn half_way_through_the_sign_in_nobody_may_do_more_than_a_stranger() {
    let server = TestServer::new().await;
    let ada = second_factor::set_up(&server, "ada@example.org", Role::Admin).await;
    let cookie = second_factor::half_way(&server, &ada).await;
    // Whose purpose it is, and what ends it.
    let own = ["GET /sign-in/code", "POST /actions/finish_sign_in", "POST /actions/sign_out"];
    for (route, body, _) in ROUTES.iter().filter(|(route, ..)| !own.contains(route)) {
        let (stranger, half_way) = (send(&server, route, body, None).await, send_in(&server, route, body, &cookie).await);
        assert_eq!((half_way.status(), to_sign_in(&half_way)), (stranger.status(), to_sign_in(&stranger)), "{route}");
    }
    let asked = send_in(&server, "GET /sign-in/code", "", &cookie).await;
    assert!(asked.status() == StatusCode::OK && asked.text().await.expect("text").contains("one-time-code"), "it was half-way all the time");
}

#[tokio::test]
async fn whoever_owes_their_team_a_second_factor_may_do_nothing_in_it() {
    let server = TestServer::new().await;
    let cookie = server.sign_in("ada@example.org", Role::Admin).await;
    second_factor::demand(&server).await;
    for (route, body, who) in ROUTES.iter().filter(|(.., who)| matches!(who, Least(_))) {
        let answer = send_in(&server, route, body, &cookie).await;
        let is_program = route.starts_with("GET /api/") && *route != "GET /api/reference" || *route == "GET /metrics";
        let (is_page, location) = (route.starts_with("GET /") && !is_program, answer.headers().get("location"));
        let is_led_away = answer.status() == StatusCode::SEE_OTHER && location.is_some_and(|path| path == "/settings/profile/second-factor");
        assert!(if is_page { is_led_away } else { answer.status() == StatusCode::FORBIDDEN }, "{route} of {who:?}: {}", answer.status());
    }
    let page = send_in(&server, "GET /settings/profile/second-factor", "", &cookie).await;
    assert_eq!(page.status(), StatusCode::OK);
    let html = page.text().await.expect("text");
    assert!(html.contains("Your team demands a second factor") && html.contains("Sign out") && !html.contains("Connections"), "{html}");
    assert_eq!(server.by(Role::Viewer, Method::GET, "/api/service-connections").send().await.expect("answer").status(), StatusCode::OK, "tokens go on");
}

#[tokio::test]
async fn a_session_may_do_what_its_role_may() {
    let server = TestServer::new().await;
    let cookie = server.sign_in("viewer@example.org", Role::Viewer).await;
    let read = server.anonymous(Method::GET, "/api/service-connections").header("cookie", &cookie).send().await.expect("answer");
    assert_eq!(read.status(), StatusCode::OK);
    let write = server.anonymous(Method::POST, "/api/service-connections").header("cookie", &cookie).header("sec-fetch-site", "same-origin");
    assert_eq!(write.json(&Value::Null).send().await.expect("answer").status(), StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_revoked_token_is_worth_nothing() {
    let server = TestServer::new().await;
    let scope = access::command_line(&server.console, None).await.expect("team");
    for token in access::tokens::list(&scope).await.expect("tokens") {
        access::tokens::revoke(&scope, token.id).await.expect("revoked");
    }
    let answer = server.by(Role::Admin, Method::GET, "/api/kinds").send().await.expect("answer");
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
}
