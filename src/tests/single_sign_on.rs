//! Single sign-on against a provider that lies in every way, and what it makes of accounts and places.

use std::{net::Ipv4Addr, sync::Arc, time::Duration};

use domain::{
    audit::{AuditAct, AuditEntry, AuditFilter},
    environment::Environment,
    error::ErrorCode,
    operator::{Actor, Proof, Role},
};
use engine::{
    Client, OpsError, Scope,
    access::{
        self, SignedIn, accounts, invitations, members,
        single_sign_on::{self, Journey, Offer, Returned},
        teams,
        tokens::{self, NewToken},
    },
    audit,
    clock::SystemClock,
};
use secrecy::ExposeSecret;
use serde_json::json;

use crate::{
    fake_provider::{FakeProvider, SECRET, Script, Signature, ok, redirect},
    leaks,
    scripted::Server,
    second_factor,
    test_console::{TestConsole, refused, wrong_fields},
};

const GROUPS: &str = "ops=default:operator, leads=default:admin, mobile=mobile:viewer";
const A_MOMENT: Duration = Duration::from_secs(1);
const RETURN_TO: &str = "http://127.0.0.1:8080/sign-in/callback";

async fn with_provider(mut test: TestConsole) -> (TestConsole, FakeProvider) {
    let provider = FakeProvider::start(test.now()).await;
    test.console.identity_provider = Some(FakeProvider::known(provider.settings(GROUPS)));
    (test, provider)
}

/// The same with an administrator.
async fn led(test: TestConsole) -> (TestConsole, FakeProvider) {
    access::create_operator(&test.scope(), "owner@example.org", "correct horse".into(), Role::Admin).await.expect("created");
    with_provider(test).await
}

async fn both() -> Vec<(TestConsole, FakeProvider)> {
    let mut all = Vec::new();
    for test in TestConsole::both().await {
        all.push(led(test).await);
    }
    all
}

fn client(last: u8) -> Client {
    Client::from(std::net::IpAddr::V4(Ipv4Addr::new(192, 0, 2, last)))
}

async fn begin(test: &TestConsole, provider: &FakeProvider, client: &Client) -> Result<(Journey, Returned), OpsError> {
    let (address, journey) = single_sign_on::begin(&test.console, RETURN_TO.into(), "/".into(), None, client).await?;
    Ok((journey, provider.visit(&address)))
}

async fn sign_in_from(test: &TestConsole, provider: &FakeProvider, client: &Client) -> Result<SignedIn, OpsError> {
    let (journey, returned) = begin(test, provider, client).await?;
    single_sign_on::sign_in(&test.console, Some(journey), returned, client).await
}

async fn sign_in(test: &TestConsole, provider: &FakeProvider) -> Result<SignedIn, OpsError> {
    sign_in_from(test, provider, &client(1)).await
}

async fn actor(test: &TestConsole, signed_in: SignedIn) -> Option<Actor> {
    access::actor_of_session(&test.console, signed_in).await.expect("asked")
}

/// The newest entries of the default team's log, the oldest first.
async fn log(test: &TestConsole, act: Option<AuditAct>) -> Vec<AuditEntry> {
    let mut entries = audit::list(&test.scope(), &AuditFilter { act, ..AuditFilter::default() }, 100, None).await.expect("a log").0;
    entries.reverse();
    entries
}

fn groups(provider: &FakeProvider, groups: &[&str]) {
    provider.script.lock().claims = json!({"groups": groups});
}

#[tokio::test]
async fn the_first_time_makes_an_account_and_the_next_finds_it() {
    for (test, provider) in both().await {
        let first = sign_in(&test, &provider).await.expect("signed in");
        let known = actor(&test, first).await.expect("known");
        assert_eq!((known.name.as_str(), known.role), ("ada@example.org", Role::Operator), "{}", test.database);
        test.advance(A_MOMENT);
        // The address may change, and need not be verified any more; who they are does not.
        provider.script.lock().claims = json!({"email": "lovelace@example.org", "email_verified": false});
        let again = sign_in(&test, &provider).await.expect("signed in");
        assert_eq!(again.operator, first.operator);
        assert!(actor(&test, first).await.is_some(), "nothing has changed, so that other sessions go on");
        let theirs = log(&test, None).await.into_iter().filter(|entry| entry.from == "192.0.2.1");
        let acts: Vec<_> = theirs.map(|entry| (entry.actor, entry.act, entry.from)).collect();
        let line = |actor: &str, act: &str| (actor.to_owned(), act.to_owned(), "192.0.2.1".to_owned());
        let expected = [line("single sign-on", "operator_created"), line("ada@example.org", "signed_in"), line("ada@example.org", "signed_in")];
        assert_eq!(acts, expected, "{}", test.database);
        let guessed = access::sign_in(&test.console, "ada@example.org", SECRET.into(), client(1)).await;
        assert_eq!(refused(guessed), "sign_in_refused", "nobody knows a password");
    }
}

#[tokio::test]
async fn a_session_is_no_older_than_the_place_that_it_begins_in() {
    let (mut test, provider) = led(TestConsole::sqlite().await).await;
    // One that goes on, between the look at it and the place that is given.
    test.console.clock = Arc::new(SystemClock);
    for held in ["ops", "leads"] {
        groups(&provider, &[held]);
        let signed_in = sign_in(&test, &provider).await.expect("signed in");
        assert!(actor(&test, signed_in).await.is_some(), "{held}");
    }
}

type Lie = (&'static str, fn(&mut Script), ErrorCode);

/// What a provider, or whoever stands in its place, may try.
const LIES: [Lie; 22] = [
    ("signed with a stranger's key", |script| script.signs = Signature::WithAStrangersKey, ErrorCode::ProviderUntrusted),
    ("signed with the client's secret", |script| script.signs = Signature::WithTheClientsSecret, ErrorCode::ProviderUntrusted),
    ("not signed", |script| script.signs = Signature::Not, ErrorCode::ProviderUntrusted),
    ("of another issuer", |script| script.claims = json!({"iss": "https://evil.example"}), ErrorCode::ProviderUntrusted),
    ("for another client", |script| script.claims = json!({"aud": "somebody-else"}), ErrorCode::ProviderUntrusted),
    ("for another client too", |script| script.claims = json!({"aud": ["switchboard", "somebody-else"]}), ErrorCode::ProviderUntrusted),
    ("for nobody", |script| script.claims = json!({"aud": null}), ErrorCode::ProviderUntrusted),
    ("given to another client", |script| script.claims = json!({"azp": "somebody-else"}), ErrorCode::ProviderUntrusted),
    ("of another sign-in", |script| script.claims = json!({"nonce": "of another sign-in"}), ErrorCode::ProviderUntrusted),
    ("of no sign-in", |script| script.claims = json!({"nonce": null}), ErrorCode::ProviderUntrusted),
    ("over", |script| script.claims = json!({"exp": 1_000_000_000}), ErrorCode::ProviderUntrusted),
    ("without an end", |script| script.claims = json!({"exp": null}), ErrorCode::ProviderUntrusted),
    ("of nobody", |script| script.claims = json!({"sub": null}), ErrorCode::ProviderUntrusted),
    ("no token", |script| drop(script.answers.insert("/token", Some(ok(&json!({"access_token": "x", "token_type": "Bearer"}))))), ErrorCode::ProviderUntrusted),
    ("no JSON", |script| drop(script.answers.insert("/token", Some("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n<ok>".into()))), ErrorCode::ProviderUntrusted),
    ("refused", |script| drop(script.answers.insert("/token", Some(refusal("invalid_grant")))), ErrorCode::ProviderRefused),
    ("endless", |script| drop(script.answers.insert("/token", Some(ok(&json!({"padding": "x".repeat(2 << 20)}))))), ErrorCode::ProviderUnavailable),
    ("an address that is not verified", |script| script.claims = json!({"email_verified": false}), ErrorCode::EmailUnverified),
    ("no address", |script| script.claims = json!({"email": null}), ErrorCode::EmailUnverified),
    ("no group", |script| script.claims = json!({"groups": ["others"]}), ErrorCode::NoGroup),
    ("no word of groups", |script| script.claims = json!({"groups": null}), ErrorCode::GroupsMissing),
    ("groups that are no names", |script| script.claims = json!({"groups": [{"name": "ops"}]}), ErrorCode::GroupsMissing),
];

fn refusal(code: &str) -> String {
    ok(&json!({"error": code})).replacen("200 OK", "400 Bad Request", 1)
}

#[tokio::test]
async fn every_lie_is_refused_in_words_and_written_down() {
    let (test, provider) = led(TestConsole::sqlite().await).await;
    for (from, (lie, tell, code)) in (1..).zip(LIES) {
        tell(&mut provider.script.lock());
        assert_eq!(refused(sign_in_from(&test, &provider, &client(from)).await), code.to_string(), "{lie}");
        let last = log(&test, Some(AuditAct::SignInRefused)).await.pop().expect("a line");
        assert_eq!((last.actor.as_str(), last.from, last.detail.reason), ("single sign-on", format!("192.0.2.{from}"), Some(code)), "{lie}");
        let mut script = provider.script.lock();
        (script.claims, script.signs) = (json!({}), Signature::Well);
        script.answers.clear();
    }
    assert_eq!(members::list(&test.scope()).await.expect("members").len(), 1, "none of it made an account");
    sign_in_from(&test, &provider, &client(100)).await.expect("the truth is let in");
}

#[tokio::test]
async fn a_clock_may_be_a_minute_behind() {
    let (test, provider) = led(TestConsole::sqlite().await).await;
    let now = test.now().as_millis() / 1_000;
    provider.script.lock().claims = json!({"exp": now - 61});
    assert_eq!(refused(sign_in(&test, &provider).await), "provider_untrusted");
    provider.script.lock().claims = json!({"exp": now - 58});
    sign_in(&test, &provider).await.expect("signed in");
}

/// What a provider may say of itself.
const POOR_PROVIDERS: [Lie; 6] = [
    ("another issuer", |script| script.metadata = json!({"issuer": "https://evil.example"}), ErrorCode::ProviderUntrusted),
    ("an address that is none of the web", |script| script.metadata = json!({"authorization_endpoint": "javascript:alert(1)"}), ErrorCode::ProviderUntrusted),
    ("no token endpoint", |script| script.metadata = json!({"token_endpoint": null}), ErrorCode::ProviderUntrusted),
    (
        "keys without end",
        |script| drop(script.answers.insert("/jwks", Some(ok(&json!({"keys": [], "padding": "x".repeat(2 << 20)}))))),
        ErrorCode::ProviderUnavailable,
    ),
    ("keys at the metadata address", |script| script.metadata = json!({"jwks_uri": "http://169.254.169.254/jwks"}), ErrorCode::ProviderUnavailable),
    ("a fault", |script| drop(script.answers.insert(DISCOVERY, Some("HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n".into()))), ErrorCode::ProviderUnavailable),
];
const DISCOVERY: &str = "/.well-known/openid-configuration";
/// After it failed, which takes a moment itself.
const LEFT_ALONE_FOR: Duration = Duration::from_secs(6);

#[tokio::test]
async fn nobody_is_sent_to_a_provider_that_says_what_cannot_be() {
    let (test, provider) = led(TestConsole::sqlite().await).await;
    for (from, (what, tell, code)) in (1..).zip(POOR_PROVIDERS) {
        tell(&mut provider.script.lock());
        assert_eq!(refused(begin(&test, &provider, &client(from)).await), code.to_string(), "{what}");
        assert_eq!(log(&test, Some(AuditAct::SignInRefused)).await.pop().expect("a line").detail.reason, Some(code), "{what}");
        test.advance(LEFT_ALONE_FOR);
        let mut script = provider.script.lock();
        script.metadata = json!({});
        script.answers.clear();
    }
    begin(&test, &provider, &client(100)).await.expect("a good one is asked again");
}

#[tokio::test]
async fn no_redirect_of_the_provider_is_followed_and_no_denied_address_is_dialled() {
    let decoy = Server::answering(ok(&json!({}))).await;
    for path in [DISCOVERY, "/jwks", "/token"] {
        let (test, provider) = led(TestConsole::sqlite().await).await;
        for (from, to) in (1..).zip([decoy.url(), "http://169.254.169.254/latest/meta-data/".into()]) {
            provider.script.lock().answers.insert(path, Some(redirect(&to)));
            let told = refused(sign_in_from(&test, &provider, &client(from)).await);
            assert!(["provider_unavailable", "provider_untrusted"].contains(&told.as_str()), "{path} to {to}: {told}");
            test.advance(LEFT_ALONE_FOR);
        }
    }
    let (mut test, provider) = led(TestConsole::sqlite().await).await;
    let in_production = |issuer: String| {
        FakeProvider::known(engine::identity_provider::ProviderSettings { environment: Environment::Production, issuer, ..provider.settings(GROUPS) })
    };
    test.console.identity_provider = Some(in_production(format!("http://{}", decoy.address)));
    assert_eq!(refused(begin(&test, &provider, &client(9)).await), "provider_unavailable", "production takes a grant for a private address");
    assert_eq!(decoy.accepted().await, 0);
}

#[tokio::test]
async fn a_provider_that_says_nothing_is_given_up() {
    let (test, provider) = led(TestConsole::sqlite().await).await;
    provider.script.lock().answers.insert("/token", None);
    assert_eq!(refused(sign_in(&test, &provider).await), "provider_unavailable");
}

#[tokio::test]
async fn a_provider_that_failed_is_left_alone_for_a_moment_and_nobody_asks_it_without_end() {
    let (test, provider) = led(TestConsole::sqlite().await).await;
    provider.script.lock().answers.insert(DISCOVERY, Some(redirect("/")));
    let leave = async || single_sign_on::sign_out(&test.console, RETURN_TO.into(), &client(1)).await;
    let failed = refused(leave().await);
    provider.script.lock().answers.clear();
    assert_eq!(refused(leave().await), failed, "it is not asked again");
    test.advance(LEFT_ALONE_FOR);
    assert_eq!(leave().await.expect("asked"), None, "it has no such page");
    let mut last = Ok(None);
    for _ in 0..40 {
        last = leave().await;
    }
    assert_eq!(refused(last), "too_many_requests");
}

#[tokio::test]
async fn a_console_without_a_provider_writes_nothing_down() {
    let test = TestConsole::sqlite().await;
    let arrived = single_sign_on::sign_in(&test.console, None, Returned::default(), &client(1)).await;
    assert_eq!(refused(arrived), "route_not_found");
    assert_eq!(log(&test, Some(AuditAct::SignInRefused)).await.len(), 0);
}

#[tokio::test]
async fn each_identity_that_is_refused_is_written_down_by_its_name() {
    let (test, provider) = led(TestConsole::sqlite().await).await;
    for subject in ["one", "two", "two"] {
        provider.script.lock().claims = json!({"sub": subject, "email": format!("{subject}@example.org"), "groups": []});
        assert_eq!(refused(sign_in(&test, &provider).await), "no_group");
    }
    provider.script.lock().claims = json!({"sub": "three", "email": null});
    assert_eq!(refused(sign_in(&test, &provider).await), "email_unverified");
    let names: Vec<_> = log(&test, Some(AuditAct::SignInRefused)).await.into_iter().filter_map(|entry| entry.detail.name).collect();
    assert_eq!(names, ["one@example.org", "two@example.org", "three"], "once a minute each");
}

#[tokio::test]
async fn before_an_administrator_nobody_else_comes_in_and_the_set_up_link_stays_good() {
    for test in TestConsole::both().await {
        let (test, provider) = with_provider(test).await;
        assert_eq!(refused(sign_in(&test, &provider).await), "not_set_up", "{}", test.database);
        assert!(access::setup_link_token(&test.console).await.expect("asked").is_some());
        groups(&provider, &["leads"]);
        let first = sign_in(&test, &provider).await.expect("signed in");
        assert_eq!(actor(&test, first).await.expect("known").role, Role::Admin, "{}", test.database);
    }
}

#[tokio::test]
async fn a_provider_that_says_nothing_of_groups_takes_no_place() {
    for (test, provider) in both().await {
        let first = sign_in(&test, &provider).await.expect("signed in");
        for said in [json!(null), json!({"ops": true}), json!(["ops", 1])] {
            provider.script.lock().claims = json!({"groups": said});
            assert_eq!(refused(sign_in(&test, &provider).await), "groups_missing", "{said} on {}", test.database);
        }
        assert!(actor(&test, first).await.is_some(), "{}", test.database);
        groups(&provider, &[]);
        assert_eq!(refused(sign_in(&test, &provider).await), "no_group");
        assert_eq!(actor(&test, first).await, None, "an empty list does");
    }
}

#[tokio::test]
async fn whom_the_provider_vouches_for_owes_no_second_factor() {
    for (test, provider) in both().await {
        let first = sign_in(&test, &provider).await.expect("signed in");
        let (before, since) = (actor(&test, first).await.expect("known"), test.now());
        teams::edit(&test.scope(), first.team, serde_json::from_value(json!({"requires_second_factor": true})).expect("an edit")).await.expect("edited");
        assert!(!actor(&test, first).await.expect("known").owes_second_factor, "{}", test.database);
        assert!(access::is_still(&test.console, &before, since).await.expect("asked"), "an open stream goes on");
        let by_password = SignedIn { proof: Proof::Password, ..first };
        assert!(actor(&test, by_password).await.expect("known").owes_second_factor, "{}", test.database);
    }
}

#[tokio::test]
async fn what_a_session_remembers_of_the_way_is_sealed_for_it_alone() {
    let (test, provider) = led(TestConsole::sqlite().await).await;
    let next = "/invitations/a-link-that-works";
    let begun = single_sign_on::begin(&test.console, RETURN_TO.into(), next.into(), None, &client(1)).await;
    let (address, journey) = begun.expect("begun");
    let returned = provider.visit(&address);
    let sealed = single_sign_on::seal(&test.console, "here", &journey).expect("sealed");
    for secret in [next, returned.state.as_deref().expect("a state")] {
        assert_eq!(leaks::find(secret, &String::from_utf8_lossy(&sealed)), None, "{secret}");
    }
    assert!(single_sign_on::unseal::<Journey>(&test.console, "elsewhere", &sealed).is_none());
    let opened = single_sign_on::unseal(&test.console, "here", &sealed);
    single_sign_on::sign_in(&test.console, opened, returned, &client(1)).await.expect("signed in");
}

#[tokio::test]
async fn a_new_key_of_the_provider_is_fetched_when_it_is_met() {
    let (test, provider) = led(TestConsole::sqlite().await).await;
    sign_in(&test, &provider).await.expect("signed in");
    provider.rotate();
    // Its description is known, and not asked for again.
    provider.script.lock().answers.insert(DISCOVERY, Some(redirect("/")));
    sign_in(&test, &provider).await.expect("signed in with the new key");
    sign_in(&test, &provider).await.expect("which is kept");
}

#[tokio::test]
async fn a_journey_ends_once_in_ten_minutes_where_it_was_begun() {
    for (test, provider) in both().await {
        let mut from = 0;
        let mut arrive = async |journey: Option<Journey>, returned: Returned| {
            from += 1;
            let outcome = single_sign_on::sign_in(&test.console, journey, returned, &client(from)).await;
            let told = refused(outcome);
            let reason = log(&test, Some(AuditAct::SignInRefused)).await.pop().expect("a line").detail.reason.expect("a reason");
            assert_eq!(reason.to_string(), told, "{}", test.database);
            told
        };
        let (journey, returned) = begin(&test, &provider, &client(200)).await.expect("begun");
        assert_eq!(arrive(None, returned.clone()).await, "sign_on_unknown", "elsewhere, or once more");
        let forged = Returned { state: Some("forged".into()), ..returned.clone() };
        assert_eq!(arrive(Some(journey.clone()), forged).await, "sign_on_unknown");
        assert_eq!(arrive(Some(journey.clone()), Returned { state: None, ..returned.clone() }).await, "sign_on_unknown");
        let denied = Returned { code: None, error: Some("access_denied".into()), ..returned.clone() };
        assert_eq!(arrive(Some(journey.clone()), denied).await, "provider_refused");
        let mixed_up = Returned { iss: Some("https://evil.example".into()), ..returned.clone() };
        assert_eq!(arrive(Some(journey.clone()), mixed_up).await, "provider_untrusted");
        test.advance(Duration::from_secs(10 * 60));
        assert_eq!(arrive(Some(journey), returned).await, "sign_on_expired");
    }
}

#[tokio::test]
async fn roles_follow_the_groups_at_each_sign_in() {
    for (test, provider) in both().await {
        teams::create(&test.scope(), serde_json::from_value(json!({"name": "Mobile"})).expect("a team")).await.expect("made");
        groups(&provider, &["leads", "ops", "mobile"]);
        let first = sign_in(&test, &provider).await.expect("signed in");
        let leads = test.console.for_team(actor(&test, first).await.expect("known"));
        assert_eq!(leads.actor().role, Role::Admin, "of two groups the higher role");
        assert_eq!(teams::mine(&leads).await.expect("teams").len(), 2, "{}", test.database);
        let secret = tokens::issue(&leads, NewToken::of("leads", Role::Admin)).await.expect("issued").1;
        test.advance(A_MOMENT);
        groups(&provider, &["ops"]);
        let second = sign_in(&test, &provider).await.expect("signed in");
        assert_eq!(actor(&test, second).await.expect("known").role, Role::Operator);
        assert_eq!(actor(&test, first).await, None, "sessions from before the change are over");
        assert_eq!(access::actor_of_token(&test.console, secret.expose_secret()).await.expect("asked"), None, "and so is what goes further");
        let mine = test.console.for_team(actor(&test, second).await.expect("known"));
        assert_eq!(teams::mine(&mine).await.expect("teams").len(), 1, "no group leads to the other team any more");
        test.advance(A_MOMENT);
        groups(&provider, &[]);
        assert_eq!(refused(sign_in(&test, &provider).await), "no_group", "{}", test.database);
        assert_eq!(actor(&test, second).await, None, "and their place is gone");
        let acts: Vec<_> =
            log(&test, None).await.into_iter().filter(|entry| entry.actor == "single sign-on").map(|entry| (entry.act, entry.detail.role)).collect();
        let expected = [("operator_created", Some(Role::Admin)), ("role_changed", Some(Role::Operator)), ("person_removed", None)];
        assert_eq!(acts, expected.map(|(act, role)| (act.to_owned(), role)), "{}", test.database);
    }
}

#[tokio::test]
async fn the_last_administrator_stays_one_whatever_the_groups_say() {
    for (test, provider) in both().await {
        groups(&provider, &["leads"]);
        let first = sign_in(&test, &provider).await.expect("signed in");
        accounts::remove(&test.console, "owner@example.org").await.expect("removed");
        for held in [&["ops"][..], &[]] {
            groups(&provider, held);
            let _ = sign_in(&test, &provider).await;
            assert_eq!(actor(&test, first).await.expect("known").role, Role::Admin, "{}: {held:?}", test.database);
        }
    }
}

#[tokio::test]
async fn a_team_that_no_group_decides_on_stays_as_it_is() {
    for (test, provider) in both().await {
        let other = teams::create(&test.scope(), serde_json::from_value(json!({"name": "Other"})).expect("a team")).await.expect("made");
        let first = sign_in(&test, &provider).await.expect("signed in");
        let there = access::command_line(&test.console, Some("other")).await.expect("a team");
        let token = invitations::invite(&there, "ada@example.org", Role::Viewer).await.expect("invited").1;
        let scope = test.console.for_team(actor(&test, first).await.expect("known"));
        invitations::join(&scope, token.expose_secret(), first).await.expect("joined");
        sign_in(&test, &provider).await.expect("signed in");
        let people = members::list(&there).await.expect("members");
        assert_eq!(people.iter().map(|person| person.id).collect::<Vec<_>>(), [first.operator], "{}: {}", test.database, other.slug);
    }
}

/// An account with a password, signed in.
async fn local(test: &TestConsole, name: &str) -> SignedIn {
    let email = format!("{name}@example.org");
    access::create_operator(&test.scope(), &email, "correct horse".into(), Role::Viewer).await.expect("created");
    access::sign_in(&test.console, &email, "correct horse".into(), client(50)).await.expect("signed in").completed().expect("no second factor")
}

async fn offered(test: &TestConsole, provider: &FakeProvider, to: SignedIn) -> Offer {
    let client = client(51);
    let begun = single_sign_on::begin(&test.console, RETURN_TO.into(), String::new(), Some(to.operator), &client).await;
    let (address, journey) = begun.expect("begun");
    single_sign_on::offer(&test.console, journey, provider.visit(&address), &client).await.expect("offered")
}

#[tokio::test]
async fn an_account_is_never_found_by_its_address_and_is_linked_by_its_owner_alone() {
    for (test, provider) in both().await {
        let (ada, eve) = (local(&test, "ada").await, local(&test, "eve").await);
        assert_eq!(refused(sign_in(&test, &provider).await), "account_unlinked", "{}", test.database);
        let scope = |actor: Option<Actor>| test.console.for_team(actor.expect("known"));
        let (hers, eves) = (scope(actor(&test, ada).await), scope(actor(&test, eve).await));
        let offer = offered(&test, &provider, ada).await;
        assert_eq!(offer.email, "ada@example.org");
        let link =
            async |scope: &_, offer: &Offer, password: &str| single_sign_on::link(scope, Some(offer.clone()), password.into(), "", client(60).address).await;
        let is_open = |scope: &Scope| offer.is_open(scope.actor().who, test.now());
        assert!(is_open(&hers) && !is_open(&eves));
        assert_eq!(refused(link(&eves, &offer, "correct horse").await), "sign_on_unknown", "it was not offered to them");
        assert_eq!(wrong_fields(link(&hers, &offer, "wrong horse").await), ["account_password"]);
        assert_eq!(single_sign_on::linked(&hers).await.expect("asked"), None);
        link(&hers, &offer, "correct horse").await.expect("linked");
        assert_eq!(single_sign_on::linked(&hers).await.expect("asked").map(|identity| identity.subject).as_deref(), Some("person-1"));
        assert_eq!(log(&test, Some(AuditAct::IdentityLinked)).await.len(), 1);
        let again = sign_in(&test, &provider).await.expect("signed in");
        assert_eq!(again.operator, ada.operator);
        let taken = offered(&test, &provider, eve).await;
        assert_eq!(refused(link(&eves, &taken, "correct horse").await), "identity_taken", "{}", test.database);
        let late = offered(&test, &provider, eve).await;
        test.advance(Duration::from_secs(10 * 60));
        assert_eq!(refused(link(&eves, &late, "correct horse").await), "sign_on_expired");
        assert!(!late.is_open(eves.actor().who, test.now()));
    }
}

#[tokio::test]
async fn linking_is_no_way_round_a_second_factor_and_lasts_until_it_is_unlinked() {
    for (test, provider) in both().await {
        let ada = second_factor::set_up(&test, Role::Viewer).await;
        let offer = offered(&test, &provider, ada.signed_in).await;
        let hers = async |signed_in| test.console.for_team(actor(&test, signed_in).await.expect("known"));
        let link = async |signed_in, code: &str| {
            single_sign_on::link(&hers(signed_in).await, Some(offer.clone()), "correct horse".into(), code, client(60).address).await
        };
        for code in ["", "not a code"] {
            assert_eq!(wrong_fields(link(ada.signed_in, code).await), ["account_code"], "{}", test.database);
        }
        link(ada.signed_in, &second_factor::code_of(&test, &ada.seed)).await.expect("linked");
        let by_provider = sign_in(&test, &provider).await.expect("signed in");
        assert_eq!(by_provider.operator, ada.signed_in.operator);
        test.advance(A_MOMENT);
        let unlink = async |password: &str| single_sign_on::unlink(&hers(by_provider).await, password.into(), client(60).address).await;
        assert_eq!(wrong_fields(unlink("wrong horse").await), ["unlink_password"]);
        let alone = unlink("correct horse").await.expect("unlinked");
        assert!(actor(&test, by_provider).await.is_none() && actor(&test, alone).await.is_some(), "{}", test.database);
        assert_eq!(refused(sign_in(&test, &provider).await), "account_unlinked");
        test.advance(second_factor::STEP);
        link(alone, &second_factor::code_of(&test, &ada.seed)).await.expect("linked anew");
        accounts::reset_password(&test.console, "ada@example.org", "another horse".into(), accounts::ResetScope::Password).await.expect("reset");
        assert_eq!(refused(sign_in(&test, &provider).await), "account_unlinked", "whoever linked it is out too, on {}", test.database);
        for act in [AuditAct::IdentityUnlinked, AuditAct::IdentitiesForgotten] {
            assert_eq!(log(&test, Some(act)).await.len(), 1, "{act} on {}", test.database);
        }
    }
}

#[tokio::test]
async fn once_passwords_are_off_no_session_that_one_began_goes_on() {
    for (mut test, provider) in both().await {
        let ada = second_factor::set_up(&test, Role::Operator).await;
        let offer = offered(&test, &provider, ada.signed_in).await;
        let hers = test.console.for_team(actor(&test, ada.signed_in).await.expect("known"));
        let code = second_factor::code_of(&test, &ada.seed);
        single_sign_on::link(&hers, Some(offer), "correct horse".into(), &code, client(60).address).await.expect("linked");
        let by_provider = sign_in(&test, &provider).await.expect("signed in");
        assert!(actor(&test, ada.signed_in).await.is_some(), "{}", test.database);
        let settings = engine::identity_provider::ProviderSettings { only: true, ..provider.settings(GROUPS) };
        test.console.identity_provider = Some(FakeProvider::known(settings));
        assert!(actor(&test, ada.signed_in).await.is_none(), "{}", test.database);
        assert!(actor(&test, by_provider).await.is_some(), "{}", test.database);
    }
}

#[tokio::test]
async fn whoever_is_disabled_or_forgotten_comes_in_no_more_as_that_account() {
    for (test, provider) in both().await {
        let first = sign_in(&test, &provider).await.expect("signed in");
        accounts::disable(&test.console, "ada@example.org").await.expect("disabled");
        assert_eq!(refused(sign_in(&test, &provider).await), "account_disabled", "{}", test.database);
        assert_eq!(log(&test, Some(AuditAct::SignInRefused)).await.pop().expect("a line").actor, "ada@example.org");
        accounts::remove(&test.console, "ada@example.org").await.expect("removed");
        let anew = sign_in(&test, &provider).await.expect("signed in");
        assert_ne!(anew.operator, first.operator, "{}", test.database);
    }
}

#[tokio::test]
async fn without_passwords_set_up_and_the_command_line_still_work() {
    for test in TestConsole::both().await {
        let (mut test, provider) = with_provider(test).await;
        let settings = engine::identity_provider::ProviderSettings { only: true, ..provider.settings(GROUPS) };
        test.console.identity_provider = Some(FakeProvider::known(settings.clone()));
        let locked_out = async || single_sign_on::locked_out(&test.console.db, &settings).await.expect("asked");
        let token = access::setup_link_token(&test.console).await.expect("a link").expect("nobody yet");
        let first = access::set_up(&test.console, &token, "first@example.org", "correct horse".into(), client(1)).await.expect("set up");
        assert!(actor(&test, first).await.is_some());
        assert_eq!(locked_out().await, ["default"], "{}", test.database);
        access::create_operator(&test.scope(), "eve@example.org", "correct horse".into(), Role::Viewer).await.expect("created");
        let by_password = access::sign_in(&test.console, "first@example.org", "correct horse".into(), client(1)).await;
        assert_eq!(refused(by_password), "passwords_off", "{}", test.database);
        let link = invitations::invite(&test.scope(), "new@example.org", Role::Viewer).await.expect("invited").1;
        assert_eq!(refused(invitations::accept(&test.console, link.expose_secret(), "correct horse".into(), client(1)).await), "passwords_off");
        provider.script.lock().claims = json!({"sub": "eve", "email": "eve@example.org"});
        assert_eq!(refused(sign_in(&test, &provider).await), "account_unreachable", "no password is told to be given");
        groups(&provider, &["leads"]);
        let leads = sign_in(&test, &provider).await.expect("signed in");
        assert_eq!(locked_out().await, Vec::<String>::new(), "{}", test.database);
        let scope = test.console.for_team(actor(&test, leads).await.expect("known"));
        assert_eq!(refused(single_sign_on::unlink(&scope, "correct horse".into(), client(1).address).await), "passwords_off");
    }
}
