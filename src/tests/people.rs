//! Members, invitations, teams, and what a person does about their own account.

use std::{net::Ipv4Addr, time::Duration};

use domain::{
    audit::AuditFilter,
    ids::OperatorId,
    operator::{Actor, Role, Who},
    time::Timestamp,
};
use engine::{
    Scope,
    access::{
        self, SignedIn,
        accounts::{self, ResetScope},
        invitations, members, profile, teams,
        tokens::{self, NewToken},
    },
    audit,
};
use secrecy::ExposeSecret;
use serde_json::json;
use store::sessions;

use crate::test_console::{TestConsole, refused, wrong_fields};

const ADDRESS: std::net::IpAddr = std::net::IpAddr::V4(Ipv4Addr::LOCALHOST);
const PASSWORD: &str = "correct horse";
const A_MOMENT: Duration = Duration::from_secs(1);

/// Someone of the default team, signed in; time has passed since.
async fn person(test: &TestConsole, name: &str, role: Role) -> SignedIn {
    let email = format!("{name}@example.org");
    access::create_operator(&test.scope(), &email, PASSWORD.into(), role).await.expect("created");
    let signed_in = sign_in(test, name, PASSWORD).await.expect("signed in");
    test.advance(A_MOMENT);
    signed_in
}

async fn sign_in(test: &TestConsole, name: &str, password: &str) -> Result<SignedIn, engine::OpsError> {
    let signed_in = access::sign_in(&test.console, &format!("{name}@example.org"), password.into(), ADDRESS).await?;
    Ok(signed_in.completed().expect("no second factor"))
}

async fn actor(test: &TestConsole, signed_in: SignedIn) -> Option<Actor> {
    access::actor_of_session(&test.console, signed_in).await.expect("asked")
}

async fn scope(test: &TestConsole, signed_in: SignedIn) -> Scope {
    test.console.for_team(actor(test, signed_in).await.expect("known"))
}

/// The link's token of a new invitation.
async fn invited(test: &TestConsole, email: &str, role: Role) -> String {
    invitations::invite(&test.scope(), email, role).await.expect("invited").1.expose_secret().to_owned()
}

async fn accept(test: &TestConsole, token: &str, password: &str) -> Result<SignedIn, engine::OpsError> {
    invitations::accept(&test.console, token, password.into(), ADDRESS).await
}

#[tokio::test]
async fn another_role_holds_at_once_and_ends_the_sessions_of_that_person_alone() {
    for test in TestConsole::both().await {
        let (ada, bob) = (person(&test, "ada", Role::Admin).await, person(&test, "bob", Role::Operator).await);
        let before = actor(&test, bob).await.expect("known");
        let since = test.now();
        test.advance(A_MOMENT);
        members::set_role(&scope(&test, ada).await, bob.operator, Role::Viewer).await.expect("changed");
        assert_eq!(actor(&test, bob).await, None, "{}", test.database);
        assert!(!access::is_still(&test.console, &before, since).await.expect("asked"), "an open stream ends");
        assert!(actor(&test, ada).await.is_some());
        let again = sign_in(&test, "bob", PASSWORD).await.expect("signed in");
        assert_eq!(actor(&test, again).await.expect("known").role, Role::Viewer);
    }
}

#[tokio::test]
async fn whoever_is_removed_takes_sessions_and_tokens_with_them() {
    for test in TestConsole::both().await {
        let (ada, bob) = (person(&test, "ada", Role::Admin).await, person(&test, "bob", Role::Admin).await);
        let (_, secret) = tokens::issue(&scope(&test, bob).await, NewToken::of("his", Role::Admin)).await.expect("issued");
        let his = access::actor_of_token(&test.console, secret.expose_secret()).await.expect("asked").expect("known");
        let (_, grandchild) = tokens::issue(&test.console.for_team(his), NewToken::of("made with his", Role::Viewer)).await.expect("issued");
        let (_, other) = tokens::issue(&scope(&test, ada).await, NewToken::of("hers", Role::Viewer)).await.expect("issued");
        let admin = scope(&test, ada).await;
        assert_eq!(members::token_count(&admin, bob.operator).await.expect("counted"), 2);
        members::remove(&admin, bob.operator).await.expect("removed");
        assert_eq!(actor(&test, bob).await, None);
        for (secret, is_left) in [(secret, false), (grandchild, false), (other, true)] {
            assert_eq!(access::actor_of_token(&test.console, secret.expose_secret()).await.expect("asked").is_some(), is_left, "{}", test.database);
        }
        assert_eq!(refused(members::remove(&admin, bob.operator).await), "member_not_found");
        let token = invited(&test, "bob@example.org", Role::Viewer).await;
        test.advance(A_MOMENT);
        let back = accept(&test, &token, PASSWORD).await.expect("back");
        assert!(actor(&test, back).await.is_some());
        assert_eq!(actor(&test, bob).await, None, "what was begun before stays over");
    }
}

#[tokio::test]
async fn nobody_comes_back_by_what_they_made_before() {
    for test in TestConsole::both().await {
        let (ada, bob) = (person(&test, "ada", Role::Admin).await, person(&test, "bob", Role::Admin).await);
        let invite = async |name: &str| {
            let (_, token) = invitations::invite(&scope(&test, bob).await, &format!("{name}@example.org"), Role::Admin).await.expect("invited");
            token.expose_secret().to_owned()
        };
        let (_, admin_token) = tokens::issue(&scope(&test, bob).await, NewToken::of("leads", Role::Admin)).await.expect("issued");
        let (_, viewer_token) = tokens::issue(&scope(&test, bob).await, NewToken::of("reads", Role::Viewer)).await.expect("issued");
        let (link, mut late) = (invite("second-self").await, scope(&test, bob).await);
        members::set_role(&scope(&test, ada).await, bob.operator, Role::Viewer).await.expect("demoted");
        for (secret, is_left) in [(admin_token, false), (viewer_token, true)] {
            let known = access::actor_of_token(&test.console, secret.expose_secret()).await.expect("asked");
            assert_eq!(known.is_some(), is_left, "{}: what goes further than they do now ends", test.database);
        }
        assert_eq!(refused(accept(&test, &link, PASSWORD).await), "invitation_invalid", "{}", test.database);
        // A request that was let in before goes no further either.
        assert_eq!(refused(tokens::issue(&late, NewToken::of("late", Role::Admin)).await), "forbidden", "{}", test.database);
        assert_eq!(refused(invitations::invite(&late, "late@example.org", Role::Admin).await), "forbidden");
        late = test.scope();
        let link = invitations::invite(&late, "eve@example.org", Role::Admin).await.expect("invited").1;
        members::remove(&scope(&test, ada).await, bob.operator).await.expect("removed");
        assert!(accept(&test, link.expose_secret(), PASSWORD).await.is_ok(), "others' invitations stay");
    }
}

#[tokio::test]
async fn the_last_administrator_stays_one() {
    for test in TestConsole::both().await {
        let (ada, bob) = (person(&test, "ada", Role::Admin).await, person(&test, "bob", Role::Operator).await);
        let admin = scope(&test, ada).await;
        assert_eq!(refused(members::set_role(&admin, ada.operator, Role::Operator).await), "last_administrator");
        assert_eq!(refused(members::remove(&admin, ada.operator).await), "last_administrator");
        assert_eq!(refused(members::leave(&admin).await), "last_administrator");
        assert_eq!(refused(accounts::disable(&test.console, "ada@example.org").await), "last_administrator");
        assert_eq!(refused(accounts::remove(&test.console, "ada@example.org").await), "last_administrator");
        members::set_role(&admin, bob.operator, Role::Admin).await.expect("another one");
        accounts::disable(&test.console, "bob@example.org").await.expect("disabled");
        assert_eq!(refused(members::leave(&admin).await), "last_administrator", "one who cannot sign in leads nobody");
        accounts::enable(&test.console, "bob@example.org").await.expect("enabled");
        members::leave(&admin).await.expect("left");
        assert_eq!(actor(&test, ada).await, None);
        assert_eq!(refused(sign_in(&test, "ada", PASSWORD).await), "sign_in_refused", "{}", test.database);
    }
}

#[tokio::test]
async fn of_two_administrators_who_demote_each_other_one_is_left() {
    for test in TestConsole::both().await {
        let (ada, bob) = (person(&test, "ada", Role::Admin).await, person(&test, "bob", Role::Admin).await);
        let (by_ada, by_bob) = (scope(&test, ada).await, scope(&test, bob).await);
        let (one, other) = tokio::join!(members::set_role(&by_ada, bob.operator, Role::Viewer), members::set_role(&by_bob, ada.operator, Role::Viewer));
        assert_eq!(usize::from(one.is_ok()) + usize::from(other.is_ok()), 1, "{}", test.database);
    }
}

#[tokio::test]
async fn an_invitation_makes_an_account_once_for_a_week() {
    for test in TestConsole::both().await {
        let used = invited(&test, " New@Example.org ", Role::Operator).await;
        assert_eq!(wrong_fields(accept(&test, &used, "short").await), ["password"]);
        let joined = accept(&test, &used, PASSWORD).await.expect("joined");
        let known = actor(&test, joined).await.expect("known");
        assert_eq!((known.name.as_str(), known.role), ("new@example.org", Role::Operator));
        assert!(sign_in(&test, "new", PASSWORD).await.is_ok());
        let late = invited(&test, "late@example.org", Role::Viewer).await;
        let replaced = invited(&test, "twice@example.org", Role::Viewer).await;
        invited(&test, "twice@example.org", Role::Viewer).await;
        let (withdrawn, token) = invitations::invite(&test.scope(), "never@example.org", Role::Viewer).await.expect("invited");
        invitations::withdraw(&test.scope(), withdrawn.id).await.expect("withdrawn");
        test.advance(Duration::from_secs(7 * 24 * 3_600));
        for dead in [used.as_str(), &late, &replaced, token.expose_secret(), "made up"] {
            assert_eq!(refused(accept(&test, dead, PASSWORD).await), "invitation_invalid", "{}", test.database);
        }
        assert_eq!(refused(invitations::open(&test.console, &used).await), "invitation_invalid");
        assert_eq!(refused(invitations::invite(&test.scope(), "new@example.org", Role::Viewer).await), "already_member");
        assert_eq!(wrong_fields(invitations::invite(&test.scope(), "nobody", Role::Viewer).await), ["email"]);
    }
}

#[tokio::test]
async fn someone_with_an_account_joins_another_team_as_themselves() {
    for test in TestConsole::both().await {
        let ada = person(&test, "ada", Role::Admin).await;
        let team = teams::create(&test.scope(), serde_json::from_value(json!({"name": "Mobile Apps"})).expect("a team")).await.expect("made");
        assert_eq!(team.slug, "mobile-apps");
        let there = access::command_line(&test.console, Some("mobile-apps")).await.expect("a team");
        let token = invitations::invite(&there, "ada@example.org", Role::Viewer).await.expect("invited").1.expose_secret().to_owned();
        assert_eq!(wrong_fields(accept(&test, &token, "wrong horse").await), ["password"], "the account is not taken over");
        let bob = person(&test, "bob", Role::Viewer).await;
        assert_eq!(refused(invitations::join(&scope(&test, bob).await, &token, bob).await), "invitation_invalid", "it is not theirs");
        let joined = invitations::join(&scope(&test, ada).await, &token, ada).await.expect("joined");
        assert_eq!((joined.team, joined.at), (team.id, ada.at), "the session grows no younger");
        assert_eq!(actor(&test, joined).await.expect("known").role, Role::Viewer);
        assert_eq!(teams::mine(&scope(&test, joined).await).await.expect("teams").len(), 2);
        assert_eq!(refused(invitations::join(&scope(&test, ada).await, &token, ada).await), "invitation_invalid");
        let back = teams::switch(&scope(&test, joined).await, ada.team, joined).await.expect("switched");
        assert_eq!(actor(&test, back).await.expect("known").role, Role::Admin);
        assert_eq!(refused(teams::switch(&scope(&test, bob).await, team.id, bob).await), "team_not_found", "{}", test.database);
    }
}

#[tokio::test]
async fn another_password_ends_everything_else() {
    for test in TestConsole::both().await {
        let ada = person(&test, "ada", Role::Viewer).await;
        let other = sign_in(&test, "ada", PASSWORD).await.expect("signed in");
        sessions::insert(&test.console.db, "elsewhere", Some(ada.operator), &json!({}), test.now() + A_MOMENT).await.expect("kept");
        test.advance(A_MOMENT);
        let change = async |old: &str, new: &str| profile::change_password(&scope(&test, ada).await, old.into(), new.into(), ADDRESS).await;
        assert_eq!(wrong_fields(change("wrong horse", "another horse").await), ["current_password"]);
        assert_eq!(wrong_fields(change(PASSWORD, "short").await), ["password"]);
        let mine = change(PASSWORD, "another horse").await.expect("changed");
        assert!(actor(&test, mine).await.is_some());
        assert_eq!(actor(&test, other).await, None, "{}", test.database);
        assert!(sessions::load(&test.console.db, "elsewhere", ada.at).await.expect("asked").is_none());
        assert_eq!(refused(sign_in(&test, "ada", PASSWORD).await), "sign_in_refused");
        assert!(sign_in(&test, "ada", "another horse").await.is_ok());
    }
}

#[tokio::test]
async fn a_sign_in_with_the_old_password_does_not_outlive_its_change() {
    for test in TestConsole::both().await {
        let ada = person(&test, "ada", Role::Viewer).await;
        let scope = scope(&test, ada).await;
        let change = async {
            test.advance(A_MOMENT);
            profile::change_password(&scope, PASSWORD.into(), "another horse".into(), ADDRESS).await
        };
        let (stolen, changed) = tokio::join!(sign_in(&test, "ada", PASSWORD), change);
        assert!(changed.is_ok());
        if let Ok(stolen) = stolen {
            assert_eq!(actor(&test, stolen).await, None, "{}", test.database);
        }
    }
}

#[tokio::test]
async fn of_two_changes_of_one_password_the_first_holds() {
    for test in TestConsole::both().await {
        let ada = person(&test, "ada", Role::Viewer).await;
        let scope = scope(&test, ada).await;
        let change = |new: &'static str| profile::change_password(&scope, PASSWORD.into(), new.into(), ADDRESS);
        let (one, other) = tokio::join!(change("one horse or two"), change("another horse"));
        assert_eq!([&one, &other].iter().filter(|changed| changed.is_ok()).count(), 1, "{}: {one:?}, {other:?}", test.database);
    }
}

#[tokio::test]
async fn guesses_at_the_old_password_are_limited() {
    let test = TestConsole::sqlite().await;
    let ada = person(&test, "ada", Role::Viewer).await;
    let guess = async || profile::change_password(&scope(&test, ada).await, "wrong horse".into(), "another horse".into(), ADDRESS).await;
    let mut told = Vec::new();
    for _ in 0..10 {
        told.push(refused(guess().await));
    }
    // One of the eight a minute was the sign-in.
    assert_eq!(told.iter().filter(|told| *told == "validation_failed").count(), 7, "{told:?}");
    assert_eq!(told.last().map(String::as_str), Some("too_many_requests"));
}

#[tokio::test]
async fn a_person_sees_and_ends_their_own_sessions_alone() {
    for test in TestConsole::both().await {
        let (ada, bob) = (person(&test, "ada", Role::Viewer).await, person(&test, "bob", Role::Viewer).await);
        let keep = async |id: &str, who: SignedIn| {
            let data = json!({"operator_id": who.operator, "team_id": who.team, "signed_in_at": who.at, "browser": "Firefox on Linux"});
            assert!(sessions::insert(&test.console.db, id, Some(who.operator), &data, test.now() + A_MOMENT).await.expect("kept"));
        };
        keep("mine", ada).await;
        keep("hers too", ada).await;
        keep("his", bob).await;
        let hers = scope(&test, ada).await;
        let listed = profile::sessions(&hers, Some("mine")).await.expect("listed");
        assert_eq!(listed.iter().map(|session| session.is_current).collect::<Vec<_>>(), [true, false]);
        assert_eq!(listed[1].browser.as_deref(), Some("Firefox on Linux"));
        let his = profile::sessions(&scope(&test, bob).await, None).await.expect("listed").remove(0).key;
        assert_eq!(refused(profile::end_session(&hers, &his).await), "session_not_found", "{}", test.database);
        profile::end_session(&hers, &listed[1].key).await.expect("ended");
        assert!(sessions::load(&test.console.db, "hers too", test.now()).await.expect("asked").is_none());
        profile::sign_out_everywhere(&hers).await.expect("ended");
        assert_eq!(actor(&test, ada).await, None);
        assert!(actor(&test, bob).await.is_some());
    }
}

#[tokio::test]
async fn a_session_past_its_lifetime_stands_for_nobody_and_is_not_listed_however_often_it_was_visited() {
    for test in TestConsole::both().await {
        let before = person(&test, "ada", Role::Viewer).await;
        let data = json!({"operator_id": before.operator, "team_id": before.team, "signed_in_at": before.at});
        let visited_until = test.now() + test.console.session_lifetime * 2;
        assert!(sessions::insert(&test.console.db, "old", Some(before.operator), &data, visited_until).await.expect("kept"));
        let hers = scope(&test, before).await;
        test.advance(test.console.session_lifetime.saturating_sub(A_MOMENT * 2));
        assert_eq!(profile::sessions(&hers, None).await.expect("listed").len(), 1);
        test.advance(A_MOMENT * 2);
        assert_eq!(actor(&test, before).await, None, "{}", test.database);
        assert_eq!(profile::sessions(&hers, None).await.expect("listed").len(), 0);
    }
}

#[tokio::test]
async fn whoever_is_disabled_is_out_until_enabled_and_their_tokens_stay_revoked() {
    for test in TestConsole::both().await {
        person(&test, "ada", Role::Admin).await;
        let bob = person(&test, "bob", Role::Admin).await;
        let (_, secret) = tokens::issue(&scope(&test, bob).await, NewToken::of("his", Role::Viewer)).await.expect("issued");
        accounts::disable(&test.console, " BOB@example.org").await.expect("disabled");
        assert_eq!(actor(&test, bob).await, None);
        assert_eq!(refused(sign_in(&test, "bob", PASSWORD).await), "sign_in_refused", "as if there were nobody");
        test.advance(A_MOMENT);
        accounts::enable(&test.console, "bob@example.org").await.expect("enabled");
        assert_eq!(actor(&test, bob).await, None, "the session from before is over");
        assert!(sign_in(&test, "bob", PASSWORD).await.is_ok());
        assert_eq!(access::actor_of_token(&test.console, secret.expose_secret()).await.expect("asked"), None, "{}", test.database);
        accounts::reset_password(&test.console, "bob@example.org", "another horse".into(), ResetScope::Password).await.expect("reset");
        assert!(sign_in(&test, "bob", "another horse").await.is_ok());
        accounts::remove(&test.console, "bob@example.org").await.expect("removed");
        assert_eq!(refused(accounts::remove(&test.console, "bob@example.org").await), "operator_not_found");
    }
}

/// `count` rows of a table, each as `columns` says for the number `n`.
async fn fill(test: &TestConsole, table: &str, columns: &str, count: u32) {
    let id = if test.console.db.is_embedded() { "randomblob(16)" } else { "gen_random_uuid()" };
    let hash = if test.console.db.is_embedded() { "randomblob(32)" } else { "sha256(n::text::bytea)" };
    let columns = columns.replace("ID", id).replace("HASH", hash);
    let sql = format!(
        "with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < {count}) insert into {table} select {columns} from numbers"
    );
    test.sql(&sql).await.expect("filled");
}

#[tokio::test]
async fn there_is_an_end_to_what_an_administrator_may_make() {
    for test in TestConsole::both().await {
        let ada = person(&test, "ada", Role::Admin).await;
        let hers = scope(&test, ada).await;
        let of_default = "(select id from teams where slug = 'default')";
        let now = test.now().as_millis();
        let invite = async |name: &str| invitations::invite(&hers, &format!("{name}@example.org"), Role::Viewer).await;

        let columns = "(id, team_id, email, role, token_hash, created_by, created_at, expires_at)";
        let stamp = |millis: i64| {
            if test.console.db.is_embedded() {
                format!("'{}'", Timestamp::from_millis(millis))
            } else {
                format!("'{}'::timestamptz", Timestamp::from_millis(millis))
            }
        };
        let row = format!("ID, {of_default}, 'p' || n, 'viewer', HASH, 'ada', {}, {}", stamp(now), stamp(now + 60_000));
        fill(&test, &format!("invitations {columns}"), &row, 199).await;
        invite("last").await.expect("there is room for one");
        assert_eq!(wrong_fields(invite("more").await), ["email"], "{}", test.database);
        invite("last").await.expect("in place of the one before");

        let row = format!("ID, {of_default}, 't' || n, 't' || n, 'sbt_', HASH, 'viewer', {}, 'ada'", stamp(now));
        fill(&test, "api_tokens (id, team_id, name, name_key, prefix, token_hash, role, created_at, created_by)", &row, 499).await;
        tokens::issue(&hers, NewToken::of("last", Role::Viewer)).await.expect("there is room for one");
        assert_eq!(wrong_fields(tokens::issue(&hers, NewToken::of("more", Role::Viewer)).await), ["name"], "{}", test.database);

        fill(&test, "teams (id, slug, name, created_at)", &format!("ID, 'team' || n, 'Team', {}", stamp(now)), 98).await;
        test.sql("insert into memberships (team_id, operator_id, role) select t.id, o.id, 'admin' from teams t, operators o where t.slug like 'team%'")
            .await
            .expect("done");
        let make = async |name: &str| teams::create(&hers, serde_json::from_value(json!({"name": name})).expect("a team")).await;
        make("Last").await.expect("there is room for one");
        assert_eq!(wrong_fields(make("More").await), ["name"], "{}", test.database);
    }
}

#[tokio::test]
async fn a_team_has_at_most_so_many_people() {
    for test in TestConsole::both().await {
        let stamp = if test.console.db.is_embedded() { "'2026-01-01T00:00:00.000Z'" } else { "now()" };
        fill(&test, "operators (id, email, password_hash, sessions_valid_from, created_at)", &format!("ID, 'p' || n, '', {stamp}, {stamp}"), 999).await;
        test.sql("insert into memberships (team_id, operator_id, role) select t.id, o.id, 'viewer' from teams t, operators o").await.expect("done");
        let invite = async |name: &str| invitations::invite(&test.scope(), &format!("{name}@example.org"), Role::Viewer).await;
        invite("last").await.expect("there is room for one");
        assert_eq!(wrong_fields(invite("more").await), ["email"], "{}", test.database);
    }
}

#[tokio::test]
async fn a_team_that_a_token_of_nobody_makes_is_led_by_those_who_lead_the_token_s() {
    for test in TestConsole::both().await {
        let ada = person(&test, "ada", Role::Admin).await;
        person(&test, "bob", Role::Operator).await;
        let (_, secret) = tokens::issue(&test.scope(), NewToken::of("of the shell", Role::Admin)).await.expect("issued");
        let token = access::actor_of_token(&test.console, secret.expose_secret()).await.expect("asked").expect("known");
        let make = serde_json::from_value(json!({"name": "Mobile"})).expect("a team");
        teams::create(&test.console.for_team(token), make).await.expect("made");
        let there = access::command_line(&test.console, Some("mobile")).await.expect("a team");
        let leaders = members::list(&there).await.expect("members");
        assert_eq!(leaders.iter().map(|person| (person.id, person.role)).collect::<Vec<_>>(), [(ada.operator, Role::Admin)], "{}", test.database);
        let log = audit::list(&there, &AuditFilter::default(), 10, None).await.expect("a log").0;
        assert_eq!(log.iter().map(|entry| entry.act.as_str()).collect::<Vec<_>>(), ["team_created"], "its own log begins with it");
    }
}

#[tokio::test]
async fn a_rescue_ends_what_somebody_else_may_have_left_behind() {
    for test in TestConsole::both().await {
        let ada = person(&test, "ada", Role::Admin).await;
        let (_, secret) = tokens::issue(&scope(&test, ada).await, NewToken::of("left behind", Role::Admin)).await.expect("issued");
        let link = invitations::invite(&scope(&test, ada).await, "eve@example.org", Role::Admin).await.expect("invited").1;
        let reset = async |reset_scope| accounts::reset_password(&test.console, "ada@example.org", PASSWORD.into(), reset_scope).await.expect("reset");
        assert_eq!(reset(ResetScope::Password).await, 2, "{}: both go on, and that is said", test.database);
        let is_known = async || access::actor_of_token(&test.console, secret.expose_secret()).await.expect("asked").is_some();
        assert!(is_known().await && invitations::open(&test.console, link.expose_secret()).await.is_ok());
        assert_eq!(reset(ResetScope::Account).await, 0);
        assert!(!is_known().await, "{}", test.database);
        assert_eq!(refused(invitations::open(&test.console, link.expose_secret()).await), "invitation_invalid");
        let log = audit::list(&test.scope(), &AuditFilter::default(), 3, None).await.expect("a log").0;
        assert_eq!(log.iter().map(|entry| entry.act.as_str()).collect::<Vec<_>>(), ["invitation_withdrawn", "token_revoked", "password_reset"]);
    }
}

#[tokio::test]
async fn a_team_s_name_and_slug_are_checked() {
    for test in TestConsole::both().await {
        let make = async |body: serde_json::Value| teams::create(&test.scope(), serde_json::from_value(body).expect("a team")).await;
        assert_eq!(wrong_fields(make(json!({"name": " "})).await), ["name"]);
        assert_eq!(wrong_fields(make(json!({"name": "Ops", "slug": "Ops Team"})).await), ["slug"]);
        assert_eq!(wrong_fields(make(json!({"name": "Default", "slug": "default"})).await), ["slug"], "it is taken");
        let moved = teams::TeamEdit { slug: Some("elsewhere".into()), ..teams::TeamEdit::default() };
        assert_eq!(wrong_fields(teams::edit(&test.scope(), test.actor.team, moved).await), ["slug"], "commands mean it");
        assert_eq!(make(json!({"name": "Default"})).await.expect("made").slug, "default-2", "nobody asked for that one");
        assert_eq!(make(json!({"name": "Команда"})).await.expect("made").slug, "team");
        let ada = person(&test, "ada", Role::Admin).await;
        let made = teams::create(&scope(&test, ada).await, serde_json::from_value(json!({"name": "Ops"})).expect("a team")).await.expect("made");
        let there = access::command_line(&test.console, Some("ops")).await.expect("a team");
        let leaders = members::list(&there).await.expect("members");
        assert_eq!(leaders.iter().map(|person| (person.id, person.role)).collect::<Vec<(OperatorId, Role)>>(), [(ada.operator, Role::Admin)]);
        assert_eq!(refused(teams::get(&scope(&test, ada).await, made.id).await), "team_not_found", "one is in another team");
        assert_eq!(there.actor().who, Who::CommandLine);
    }
}
