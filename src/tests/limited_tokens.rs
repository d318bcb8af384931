//! Tokens that are limited to environments or permissions, that end, and that are rotated.

use std::{collections::BTreeSet, time::Duration};

use domain::{
    diagnostic::RunFilter,
    environment::Environment,
    health_table::HealthFilter,
    heartbeat::Slot,
    ids::{ProfileId, RunbookId},
    incident::{IncidentAction, IncidentFilter, IncidentStatus},
    listing::{Filter, Sort},
    operator::{Actor, Role},
    permission::Permission,
    profile::Transition,
    runbook::execution::ExecutionFilter,
    token_limits::TokenLimits,
};
use engine::{
    OpsError, Scope,
    access::{
        self, invitations, teams,
        tokens::{self, NewToken},
    },
    connections,
    diagnose::{self, RunRequest, Selection},
    evidence, health,
    heartbeat::sweep,
    incidents::{self, declare, post_mortem, related},
    maintenance, notify,
    runbooks::{
        executions::{self, NewExecution},
        offers,
    },
    thread, transition, verify,
};
use secrecy::ExposeSecret;
use serde_json::json;

use crate::{
    permissions::seeded::{Seeded, both},
    test_console::{TestConsole, connection, refused, wrong_fields},
};

/// As a token that sees `environments` alone.
fn limited_to(test: &TestConsole, environments: &[Environment]) -> Scope {
    let limits = TokenLimits { environments: Some(environments.iter().copied().collect()), ..TokenLimits::default() };
    test.console.for_team(Actor { limits, ..test.actor.clone() })
}

fn of(selection: Selection) -> RunRequest {
    RunRequest { selection, scenarios: None, release: None }
}

async fn environment(test: &TestConsole, id: ProfileId) -> Environment {
    connections::get(&test.scope(), id).await.expect("there").environment
}

fn about(runbook: RunbookId, connection: ProfileId) -> NewExecution {
    NewExecution { runbook_id: runbook, incident_id: None, connection_id: Some(connection) }
}

/// All that a verb answers of the seeded things that lie outside.
async fn outside(scope: &Scope, of_seed: &Seeded) -> Vec<(&'static str, String)> {
    let id = of_seed.watched.id;
    let (from, to) = (Slot::at(of_seed.now).plus(-60), Slot::at(of_seed.now).plus(60));
    let window = json!({"connection_id": id, "starts_at": of_seed.now, "ends_at": of_seed.now + Duration::from_secs(60), "reason": "Now."});
    let window = serde_json::from_value(window).expect("a window");
    let code = |result: Result<(), OpsError>| result.err().map_or_else(|| "allowed".to_owned(), |error| error.code().to_string());
    vec![
        ("get", code(connections::get(scope, id).await.map(drop))),
        ("edit", code(connections::edit(scope, id, of_seed.watched.version, serde_json::from_value(json!({"name": "X"})).expect("an edit")).await.map(drop))),
        // Before what is suspended fails its test, and so becomes a draft, which has none.
        ("health", code(health::get(scope, id).await.map(drop))),
        ("transition", code(transition::apply(scope, id, Transition::Suspend).await.map(drop))),
        ("verify", code(verify::start(scope, id).await.map(drop))),
        ("verification", code(verify::get(scope, of_seed.verification).await.map(drop))),
        ("slots", code(health::slots(scope, id, from, to).await.map(drop))),
        ("uptime", code(health::uptimes(scope, id).await.map(drop))),
        ("sweep", code(sweep::sweep(scope, Some(&[id])).await.map(drop))),
        ("incident", code(incidents::get(scope, of_seed.incident).await.map(drop))),
        ("act", code(incidents::apply(scope, of_seed.incident, IncidentAction::Acknowledge, None).await.map(drop))),
        ("window", code(maintenance::declare(scope, window).await.map(drop))),
        ("end window", code(maintenance::end(scope, of_seed.window).await)),
        ("run", code(diagnose::get(scope, of_seed.run.id).await.map(drop))),
        ("again", code(diagnose::again(scope, of_seed.run.id).await.map(drop))),
        ("cancel", code(diagnose::cancel(scope, of_seed.run.id).await.map(drop))),
        ("request", code(diagnose::request(scope, of(Selection::Connections(vec![of_seed.draft]))).await.map(drop))),
        ("artefact", code(evidence::read(scope, of_seed.evidence).await.map(drop))),
        ("pack", code(evidence::packed(scope, of_seed.run.id).await.map(drop))),
        ("offers", code(offers::for_connection(scope, id, None).await.map(drop))),
        ("carry out", code(executions::start(scope, about(of_seed.runbook, id)).await.map(drop))),
    ]
}

#[tokio::test]
async fn nothing_outside_its_environments_is_there() {
    for (test, seeded) in both().await {
        let outer: BTreeSet<_> = [environment(&test, seeded.watched.id).await, environment(&test, seeded.draft).await].into();
        let inner =
            [Environment::Development, Environment::Staging, Environment::Production].into_iter().find(|one| !outer.contains(one)).expect("one is free");
        let scope = limited_to(&test, &[inner]);
        for (what, told) in outside(&scope, &seeded).await {
            assert!(told.ends_with("_not_found"), "{what}: {told} on {}", test.database);
        }
        let lists = [
            connections::page_after(&scope, &Filter::default(), Sort::Name, 9, None).await.expect("listed").0.len(),
            health::list(&scope, &HealthFilter::default(), 9, None).await.expect("listed").0.len(),
            incidents::list(&scope, IncidentFilter::default(), 9, None).await.expect("listed").0.len(),
            diagnose::list(&scope, &RunFilter::default(), 9, None).await.expect("listed").0.len(),
            maintenance::list(&scope).await.expect("listed").len(),
            evidence::of_run(&scope, seeded.run.id).await.expect("listed").len(),
            sweep::sweep(&scope, None).await.expect("swept").swept,
            executions::list(&scope, ExecutionFilter::default(), 9, None).await.expect("listed").0.len(),
            offers::for_incident(&scope, seeded.incident).await.expect("offered").len(),
        ];
        assert_eq!(lists, [0; 9], "{}", test.database);
        let new = |environment: Environment| {
            let new = json!({"name": format!("In {environment}"), "kind": "obedient", "environment": environment, "settings": {"host": "a", "auth": "none"}});
            serde_json::from_value(new).expect("a connection")
        };
        let elsewhere = *outer.first().expect("one");
        assert_eq!(refused(connections::create(&scope, new(elsewhere)).await), "out_of_reach");
        let made = connections::create(&scope, new(inner)).await.expect("made inside");
        let moved = serde_json::from_value(json!({"environment": elsewhere})).expect("an edit");
        assert_eq!(refused(connections::edit(&scope, made.id, made.version, moved).await), "out_of_reach");
        assert_eq!(connections::page_after(&scope, &Filter::default(), Sort::Name, 9, None).await.expect("listed").0.len(), 1);
        for selection in [Selection::Environment(elsewhere), Selection::Connections(vec![seeded.draft])] {
            assert!(diagnose::request(&scope, of(selection)).await.is_err());
        }
        // A runbook is carried out on what lies inside, and on nothing else.
        let begun = executions::start(&scope, about(seeded.runbook, made.id)).await.expect("begun");
        assert_eq!(executions::list(&scope, ExecutionFilter::default(), 9, None).await.expect("listed").0.len(), 1);
        executions::cancel(&scope, begun.id).await.expect("broken off");
        for id in [seeded.execution, seeded.executed] {
            assert_eq!(refused(executions::get(&scope, id).await), "execution_not_found");
            assert_eq!(refused(executions::resume(&scope, id).await), "execution_not_found");
        }
        let nothing = NewExecution { connection_id: None, ..about(seeded.runbook, made.id) };
        assert_eq!(refused(executions::start(&scope, nothing).await), "out_of_reach");
        // What belongs to no environment is beyond it.
        let everywhere = json!({"starts_at": test.now(), "ends_at": test.now() + Duration::from_secs(60), "reason": "All."});
        assert_eq!(refused(maintenance::declare(&scope, serde_json::from_value(everywhere).expect("a window")).await), "out_of_reach");
        assert_eq!(refused(notify::list(&scope, 9, None).await), "out_of_reach");
        assert_eq!(refused(thread::read(&scope, &seeded.error).await), "out_of_reach");
        assert_eq!(refused(invitations::list(&scope).await), "out_of_reach");
    }
}

#[tokio::test]
async fn what_is_inside_its_environments_is_as_for_anyone() {
    for (test, seeded) in both().await {
        let both = [environment(&test, seeded.watched.id).await, environment(&test, seeded.draft).await];
        let scope = limited_to(&test, &both);
        for (what, told) in outside(&scope, &seeded).await {
            assert!(!told.ends_with("_not_found") && told != "out_of_reach", "{what}: {told} on {}", test.database);
        }
    }
}

#[tokio::test]
async fn a_token_makes_none_that_goes_further() {
    for test in TestConsole::both().await {
        let now = test.now();
        let day = Duration::from_secs(86_400);
        let staging = NewToken { environments: Some([Environment::Staging].into()), expires_at: Some(now + day), ..NewToken::of("staging", Role::Admin) };
        let (token, secret) = tokens::issue(&test.scope(), staging.clone()).await.expect("issued");
        let actor = access::actor_of_token(&test.console, secret.expose_secret()).await.expect("asked").expect("known");
        let scope = test.console.for_team(actor);
        let wider = [
            NewToken { environments: None, ..staging.clone() },
            NewToken { environments: Some([Environment::Staging, Environment::Production].into()), ..staging.clone() },
            NewToken { expires_at: None, ..staging.clone() },
            NewToken { expires_at: Some(now + day * 2), ..staging.clone() },
        ];
        for (n, new) in wider.into_iter().enumerate() {
            assert_eq!(refused(tokens::issue(&scope, NewToken { name: format!("wider {n}"), ..new }).await), "out_of_reach", "{n} on {}", test.database);
        }
        let (narrower, _) = tokens::issue(&scope, NewToken { name: "narrower".into(), role: Role::Viewer, ..staging }).await.expect("issued");
        let edit = |body| serde_json::from_value(body).expect("an edit");
        assert_eq!(refused(tokens::edit(&scope, narrower.id, edit(json!({"environments": null}))).await), "out_of_reach");
        let (all, _) = tokens::issue(&test.scope(), NewToken::of("all", Role::Viewer)).await.expect("issued");
        assert_eq!(refused(tokens::rotate(&scope, all.id, Duration::ZERO).await), "token_not_found", "it would learn a secret that goes further");
        assert_eq!(tokens::list(&scope).await.expect("listed").len(), 2);
        let reads = NewToken { permissions: Some([Permission::ManageTokens, Permission::ReadHealth].into()), ..NewToken::of("reads", Role::Admin) };
        let (_, secret) = tokens::issue(&test.scope(), reads).await.expect("issued");
        let scope = test.console.for_team(access::actor_of_token(&test.console, secret.expose_secret()).await.expect("asked").expect("known"));
        assert_eq!(refused(tokens::issue(&scope, NewToken::of("more", Role::Viewer)).await), "out_of_reach");
        assert_eq!(refused(connections::page_after(&scope, &Filter::default(), Sort::Name, 9, None).await), "out_of_reach");
        assert!(health::list(&scope, &HealthFilter::default(), 9, None).await.is_ok());
        assert_eq!(token.created_by, "command line");
    }
}

#[tokio::test]
async fn a_token_ends_when_it_was_said_to_and_says_so() {
    for test in TestConsole::both().await {
        let hour = Duration::from_secs(3_600);
        let new = NewToken { expires_at: Some(test.now() + hour), ..NewToken::of("short", Role::Viewer) };
        let (token, secret) = tokens::issue(&test.scope(), new).await.expect("issued");
        let actor = access::actor_of_token(&test.console, secret.expose_secret()).await.expect("asked").expect("known");
        let since = test.now();
        assert!(access::is_still(&test.console, &actor, since).await.expect("asked"));
        test.advance(hour);
        assert_eq!(refused(access::actor_of_token(&test.console, secret.expose_secret()).await), "token_expired", "{}", test.database);
        assert_eq!(access::actor_of_token(&test.console, "sbt_made_up").await.expect("asked"), None);
        assert!(!access::is_still(&test.console, &actor, since).await.expect("asked"), "an open stream ends");
        let edit = |body| serde_json::from_value(body).expect("an edit");
        tokens::edit(&test.scope(), token.id, edit(json!({"name": "renamed"}))).await.expect("renamed though it is over");
        tokens::edit(&test.scope(), token.id, edit(json!({"expires_at": test.now() + hour}))).await.expect("longer");
        assert!(access::actor_of_token(&test.console, secret.expose_secret()).await.expect("asked").is_some());
        let past = NewToken { expires_at: Some(test.now()), environments: Some(BTreeSet::new()), ..NewToken::of("past", Role::Viewer) };
        assert_eq!(wrong_fields(tokens::issue(&test.scope(), past).await), ["environments", "expires_at"]);
        let beyond = NewToken { permissions: Some([Permission::ManageTokens].into()), ..NewToken::of("beyond", Role::Viewer) };
        assert_eq!(wrong_fields(tokens::issue(&test.scope(), beyond).await), ["permissions"]);
    }
}

#[tokio::test]
async fn a_rotated_token_has_two_secrets_for_a_while_and_then_one() {
    for test in TestConsole::both().await {
        let (token, first) = tokens::issue(&test.scope(), NewToken::of("ci", Role::Operator)).await.expect("issued");
        let known = async |secret: &secrecy::SecretString| access::actor_of_token(&test.console, secret.expose_secret()).await.expect("asked");
        let began = test.now();
        let actor = known(&first).await.expect("known");
        test.advance(Duration::from_secs(1));
        let (rotated, second) = tokens::rotate(&test.scope(), token.id, tokens::USUAL_GRACE).await.expect("rotated");
        assert_eq!((rotated.id, rotated.previous_until), (token.id, Some(test.now() + tokens::USUAL_GRACE)));
        assert_ne!(rotated.prefix, token.prefix);
        assert_eq!(known(&first).await, known(&second).await, "both are the one token");
        assert_eq!(tokens::list(&test.scope()).await.expect("listed").len(), 1);
        test.advance(tokens::USUAL_GRACE);
        assert!(known(&first).await.is_none() && known(&second).await.is_some(), "{}", test.database);
        assert!(!access::is_still(&test.console, &actor, began).await.expect("asked"), "what began with the old one ends");
        assert!(access::is_still(&test.console, &actor, test.now()).await.expect("asked"));
        let (_, third) = tokens::rotate(&test.scope(), token.id, Duration::ZERO).await.expect("rotated");
        assert!(known(&second).await.is_none() && known(&third).await.is_some());
        assert_eq!(wrong_fields(tokens::rotate(&test.scope(), token.id, Duration::from_secs(8 * 86_400)).await), ["grace_seconds"]);
    }
}

#[tokio::test]
async fn a_token_that_is_limited_makes_nobody_who_is_not() {
    for test in TestConsole::both().await {
        let soon = test.now() + Duration::from_secs(3_600);
        for limits in [
            TokenLimits { permissions: Some([Permission::ManageOperators].into()), ..TokenLimits::default() },
            TokenLimits { expires_at: Some(soon), ..TokenLimits::default() },
        ] {
            let scope = test.console.for_team(Actor { limits, ..test.actor.clone() });
            assert_eq!(refused(invitations::invite(&scope, "eve@example.org", Role::Viewer).await), "out_of_reach", "{}", test.database);
            assert_eq!(refused(teams::create(&scope, serde_json::from_value(json!({"name": "Mine"})).expect("a team")).await), "out_of_reach");
        }
    }
}

#[tokio::test]
async fn a_token_that_is_limited_neither_sees_nor_ends_what_was_merged_from_elsewhere() {
    for test in TestConsole::both().await {
        let all = test.scope();
        let declared = async |summary: &str, environment: Environment| {
            let new = json!({"summary": summary, "severity": "p2", "environment": environment});
            declare::declare(&all, serde_json::from_value(new).expect("an incident")).await.expect("declared").id
        };
        let [staging, beside] = [declared("Staging is slow", Environment::Staging).await, declared("Beside it", Environment::Staging).await];
        let development = declared("A canary in development", Environment::Development).await;
        related::merge(&all, development, staging).await.expect("merged");
        related::merge(&all, beside, staging).await.expect("merged");
        let scope = limited_to(&test, &[Environment::Staging]);
        let words = async |id| {
            let incident = incidents::get(&scope, id).await.expect("there");
            incident.timeline.into_iter().map(|entry| entry.text).collect::<Vec<_>>()
        };
        assert_eq!(words(staging).await[1..], ["Another incident.", "With: Beside it"], "{}", test.database);
        let exported = post_mortem::export(&scope, staging).await.expect("exported").markdown;
        assert!(exported.contains("Beside it") && !exported.contains("canary"), "{exported}");
        assert_eq!(post_mortem::get(&all, staging).await.expect("a draft").sections.response.matches("canary").count(), 1, "whoever sees it is told");

        incidents::apply(&scope, staging, IncidentAction::Resolve, None).await.expect("resolved");
        let status = async |id| incidents::get(&all, id).await.expect("there").status;
        assert_eq!((status(beside).await, status(development).await), (IncidentStatus::Resolved, IncidentStatus::Open), "{}", test.database);

        let part = declared("Slow as well", Environment::Staging).await;
        let whole = declared("A canary in production", Environment::Production).await;
        related::merge(&all, part, whole).await.expect("merged");
        let seen = incidents::get(&scope, part).await.expect("there");
        let listed = incidents::list(&scope, IncidentFilter::default(), 50, None).await.expect("a list").0;
        let listed = listed.into_iter().find(|incident| incident.id == part).expect("listed");
        assert_eq!((seen.merged_into, listed.merged_into, incidents::get(&all, part).await.expect("there").merged_into), (None, None, Some(whole)));
        assert_eq!(refused(related::split(&scope, part).await), "incident_not_merged");
        incidents::apply(&all, whole, IncidentAction::Resolve, None).await.expect("resolved");
        assert!(words(part).await.iter().all(|text| !text.contains("canary")), "{}", test.database);
    }
}

#[tokio::test]
async fn a_token_that_is_limited_is_told_no_id_of_what_is_depended_on_elsewhere() {
    for test in TestConsole::both().await {
        let all = test.scope();
        let made = async |name: &str, environment: Environment, depends_on: &[ProfileId]| {
            let mut new = connection(name);
            (new.environment, new.depends_on) = (environment, depends_on.to_vec());
            connections::create(&all, new).await.expect("created")
        };
        let [near, far] = [made("Near", Environment::Staging, &[]).await.id, made("Far", Environment::Production, &[]).await.id];
        let orders = made("Orders", Environment::Staging, &[near, far]).await;
        let scope = limited_to(&test, &[Environment::Staging]);
        let told = connections::get(&scope, orders.id).await.expect("there").depends_on;
        let page = connections::page_after(&scope, &Filter::default(), Sort::Name, 50, None).await.expect("a list").0;
        assert_eq!((told, page[1].depends_on.clone()), (vec![near], vec![near]), "{}", test.database);
        let renamed = serde_json::from_value(json!({"owner": "payments"})).expect("an edit");
        connections::edit(&scope, orders.id, orders.version, renamed).await.expect("edited");
        assert_eq!(connections::get(&all, orders.id).await.expect("there").depends_on, [near, far], "it stays though it is not seen");
        let of_none = serde_json::from_value(json!({"depends_on": []})).expect("an edit");
        assert_eq!(connections::edit(&scope, orders.id, orders.version + 1, of_none).await.expect("edited").depends_on, []);
        assert_eq!(connections::get(&all, orders.id).await.expect("there").depends_on, [far], "nobody takes away what they do not see");
    }
}
