//! Passkeys: how one is made, what it signs in, and all that must not.

use std::{
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering},
    },
    time::Duration,
};

use domain::{
    audit::AuditFilter,
    ids::PasskeyId,
    operator::{Proof, Role},
    permission::Permission,
};
use engine::{
    Console, OpsError, Scope,
    access::{
        self, SignedIn,
        accounts::{self, ResetScope},
        passkeys::{self, Challenge, PendingRegistration},
        teams::{self, TeamEdit},
    },
    audit,
    sending::Sending,
};
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    authenticator::Authenticator,
    second_factor as codes,
    test_console::{TestConsole, refused, wrong_fields},
};

const ADDRESS: &str = "https://console.example.org";
const RP_ID: &str = "console.example.org";
const EMAIL: &str = "ada@example.org";
const PASSWORD: &str = "correct horse";
const MOMENT: Duration = Duration::from_secs(1);

async fn both() -> [TestConsole; 2] {
    let mut both = TestConsole::both().await;
    for test in &mut both {
        test.console.sending = reached_at(ADDRESS);
    }
    both
}

fn reached_at(address: &str) -> Arc<Sending> {
    Arc::new(Sending { address: address.into(), ..Sending::default() })
}

/// Each attempt comes from elsewhere: how many one may make is not the matter here.
fn anywhere() -> IpAddr {
    static NEXT: AtomicU8 = AtomicU8::new(0);
    IpAddr::from([192, 0, 2, NEXT.fetch_add(1, Ordering::Relaxed)])
}

async fn person(test: &TestConsole, email: &str) -> SignedIn {
    access::create_operator(&test.scope(), email, PASSWORD.into(), Role::Viewer).await.expect("created");
    by_password(&test.console, email).await
}

async fn by_password(console: &Console, email: &str) -> SignedIn {
    access::sign_in(console, email, PASSWORD.into(), anywhere()).await.expect("signed in").completed().expect("no code is asked for")
}

async fn scope(test: &TestConsole, signed_in: SignedIn) -> Scope {
    test.console.for_team(access::actor_of_session(&test.console, signed_in).await.expect("asked").expect("known"))
}

async fn begin(scope: &Scope, name: &str) -> PendingRegistration {
    passkeys::begin(scope, name, PASSWORD.into(), "", anywhere()).await.expect("begun")
}

/// Adds a passkey to the account, a moment before now.
async fn add(test: &TestConsole, signed_in: SignedIn) -> (Authenticator, SignedIn) {
    let scope = scope(test, signed_in).await;
    let begun = begin(&scope, "Phone").await;
    let mut device = Authenticator::new(ADDRESS, RP_ID);
    let answer = device.make(&begun.options);
    let goes_on = passkeys::add(&scope, Some(begun), &answer).await.expect("added");
    test.advance(MOMENT);
    (device, goes_on)
}

fn challenge(console: &Console) -> (Challenge, String) {
    passkeys::challenge(console, &anywhere().into()).expect("asked")
}

async fn sign_in(test: &TestConsole, device: &mut Authenticator) -> Result<SignedIn, OpsError> {
    let (challenge, options) = challenge(&test.console);
    test.advance(MOMENT);
    let answer = device.sign(&options);
    passkeys::sign_in(&test.console, Some(challenge), &answer, anywhere()).await
}

/// What another request finds in the session, too.
fn again<T: Serialize + DeserializeOwned>(kept: &T) -> Option<T> {
    serde_json::from_value(serde_json::to_value(kept).expect("JSON")).expect("the same")
}

/// Acts of the log, the oldest first.
async fn acts(test: &TestConsole) -> Vec<String> {
    let (mut entries, _) = audit::list(&test.scope(), &AuditFilter::default(), 100, None).await.expect("listed");
    entries.reverse();
    entries.into_iter().map(|entry| entry.act).collect()
}

async fn demand(test: &TestConsole) {
    let edit = TeamEdit { requires_second_factor: Some(true), ..TeamEdit::default() };
    teams::edit(&test.scope(), test.actor.team, edit).await.expect("edited");
}

#[tokio::test]
async fn someone_adds_a_passkey_signs_in_with_it_and_owes_no_second_factor() {
    for test in both().await {
        let first = person(&test, EMAIL).await;
        demand(&test).await;
        let held_up = scope(&test, first).await;
        assert!(held_up.actor().owes_second_factor && !held_up.may(Permission::ReadConnections));
        assert_eq!(wrong_fields(passkeys::begin(&held_up, " ", PASSWORD.into(), "", anywhere()).await), ["passkey_name"]);
        assert_eq!(wrong_fields(passkeys::begin(&held_up, "Phone", "wrong horse".into(), "", anywhere()).await), ["passkey_password"]);
        let (mut device, goes_on) = add(&test, first).await;
        assert!(scope(&test, goes_on).await.may(Permission::ReadConnections), "it has shown two factors");
        assert!(scope(&test, by_password(&test.console, EMAIL).await).await.actor().owes_second_factor, "a password alone is one still");

        let signed_in = sign_in(&test, &mut device).await.expect("signed in");
        assert_eq!((signed_in.operator, signed_in.proof), (first.operator, Proof::Passkey), "{}", test.database);
        let scope = scope(&test, signed_in).await;
        assert!(scope.may(Permission::ReadConnections) && !scope.actor().owes_second_factor);
        let own = passkeys::list(&scope).await.expect("listed");
        assert_eq!((own.len(), own[0].name.as_str(), own[0].last_used_at), (1, "Phone", Some(test.now())), "{}", test.database);
        assert_eq!(wrong_fields(passkeys::begin(&scope, "Phone", "wrong horse".into(), "", anywhere()).await), ["passkey_password"]);
        let expected =
            ["operator_created", "signed_in", "second_factor_demanded", "sign_in_refused", "passkey_added", "signed_in", "signed_in", "sign_in_refused"];
        assert_eq!(acts(&test).await, expected, "{}", test.database);
    }
}

#[tokio::test]
async fn what_is_no_answer_to_the_question_signs_nobody_in_and_is_written_down() {
    for test in both().await {
        let (mut device, _) = add(&test, person(&test, EMAIL).await).await;
        let (mut other, _) = add(&test, person(&test, "grace@example.org").await).await;
        for (fault, change) in [
            ("another origin", (|device| device.origin = "https://console.example.com") as fn(&mut Authenticator)),
            ("the same name, without TLS", |device| device.origin = "http://console.example.org"),
            ("another name", |device| device.rp_id = "example.org"),
            ("nobody was asked who they are", |device| device.verifies = false),
            ("another account", |device| device.user_handle = "AAAAAAAAAAAAAAAAAAAAAA".into()),
        ] {
            let before = (device.origin, device.rp_id, device.user_handle.clone());
            change(&mut device);
            assert_eq!(refused(sign_in(&test, &mut device).await), "passkey_refused", "{fault}, on {}", test.database);
            (device.origin, device.rp_id, device.user_handle, device.verifies) = (before.0, before.1, before.2, true);
        }
        std::mem::swap(&mut device.user_handle, &mut other.user_handle);
        assert_eq!(refused(sign_in(&test, &mut device).await), "passkey_refused", "for somebody else who is here");
        std::mem::swap(&mut device.user_handle, &mut other.user_handle);
        assert_eq!(refused(sign_in(&test, &mut Authenticator::new(ADDRESS, RP_ID)).await), "passkey_refused", "nobody has it");
        let (_, of_another) = challenge(&test.console);
        let answer = device.sign(&of_another);
        for (fault, challenge) in [("of another session", Some(challenge(&test.console).0)), ("of none", None)] {
            assert_eq!(refused(passkeys::sign_in(&test.console, challenge, &answer, anywhere()).await), "passkey_refused", "{fault}");
        }
        let (late, options) = challenge(&test.console);
        test.advance(Duration::from_secs(5 * 60));
        assert_eq!(refused(passkeys::sign_in(&test.console, Some(late), &device.sign(&options), anywhere()).await), "passkey_refused", "five minutes");
        for nonsense in ["", "{}", "null", "[1]"] {
            let (challenge, _) = challenge(&test.console);
            assert_eq!(refused(passkeys::sign_in(&test.console, Some(challenge), nonsense, anywhere()).await), "passkey_refused", "{nonsense:?}");
        }
        assert!(sign_in(&test, &mut device).await.is_ok(), "all else is as it should be, on {}", test.database);
        device.counter -= 1;
        assert_eq!(refused(sign_in(&test, &mut device).await), "passkey_refused", "its counter did not move");
        device.counter = 0;
        assert_eq!(refused(sign_in(&test, &mut device).await), "passkey_refused", "its counter went back");
        let acts = acts(&test).await;
        let written = |act: &str| acts.iter().filter(|written| *written == act).count();
        assert_eq!((written("passkey_refused"), written("passkey_copied")), (7, 2), "{acts:?}");
        assert!(written("sign_in_refused") <= 1, "those that nobody has count as one");
    }
}

#[tokio::test]
async fn a_challenge_counts_once_on_all_nodes() {
    for test in both().await {
        let (mut device, _) = add(&test, person(&test, EMAIL).await).await;
        let mut other = test.another(test.console.scheduler.limits).await;
        other.sending = reached_at(ADDRESS);
        let (challenge, options) = challenge(&test.console);
        test.advance(MOMENT);
        let answer = device.sign(&options);
        let here = passkeys::sign_in(&test.console, again(&challenge), &answer, anywhere());
        let there = passkeys::sign_in(&other, again(&challenge), &answer, anywhere());
        let (here, there) = tokio::join!(here, there);
        assert_eq!(usize::from(here.is_ok()) + usize::from(there.is_ok()), 1, "at the same moment, on {}", test.database);
        assert_eq!(refused(passkeys::sign_in(&test.console, again(&challenge), &answer, anywhere()).await), "passkey_refused");
        // Also with what a device signs that counts nothing.
        let anew = device.sign(&options);
        assert_eq!(refused(passkeys::sign_in(&other, again(&challenge), &anew, anywhere()).await), "passkey_refused", "{}", test.database);
        test.advance(MOMENT);
        assert!(sign_in(&test, &mut device).await.is_ok(), "the next one is good");
    }
}

#[tokio::test]
async fn only_what_was_asked_for_is_added_by_whoever_asked() {
    for test in both().await {
        let (ada, grace) = (person(&test, EMAIL).await, person(&test, "grace@example.org").await);
        let scope_of_ada = scope(&test, ada).await;
        for (fault, change) in [
            ("another origin", (|device| device.origin = "https://console.example.com") as fn(&mut Authenticator)),
            ("another name", |device| device.rp_id = "example.org"),
            ("nobody was asked who they are", |device| device.verifies = false),
        ] {
            let (begun, mut device) = (begin(&scope_of_ada, "Phone").await, Authenticator::new(ADDRESS, RP_ID));
            change(&mut device);
            let answer = device.make(&begun.options);
            assert_eq!(wrong_fields(passkeys::add(&scope_of_ada, Some(begun), &answer).await), ["answer"], "{fault}, on {}", test.database);
        }
        let (begun, mut device) = (begin(&scope_of_ada, "Phone").await, Authenticator::new(ADDRESS, RP_ID));
        let answer = device.make(&begun.options);
        let hers = scope(&test, grace).await;
        assert_eq!(wrong_fields(passkeys::add(&hers, again(&begun), &answer).await), ["answer"], "somebody else's");
        assert_eq!(wrong_fields(passkeys::add(&scope_of_ada, None, &answer).await), ["answer"], "nobody asked");
        assert_eq!(wrong_fields(passkeys::add(&scope_of_ada, Some(begin(&scope_of_ada, "Phone").await), &answer).await), ["answer"], "another question");
        passkeys::add(&scope_of_ada, again(&begun), &answer).await.expect("added");
        assert_eq!(wrong_fields(passkeys::add(&scope_of_ada, again(&begun), &answer).await), ["answer"], "it is there already");
        let late = begin(&scope_of_ada, "Key").await;
        assert!(late.options.contains("excludeCredentials\":[{"), "the browser knows which are there: {}", late.options);
        test.advance(Duration::from_secs(5 * 60));
        let answer = Authenticator::new(ADDRESS, RP_ID).make(&late.options);
        assert_eq!(wrong_fields(passkeys::add(&scope_of_ada, Some(late), &answer).await), ["answer"], "five minutes");
        let ended = begin(&scope_of_ada, "Key").await;
        test.advance(MOMENT);
        accounts::reset_password(&test.console, EMAIL, "another horse".into(), ResetScope::Password).await.expect("reset");
        let answer = Authenticator::new(ADDRESS, RP_ID).make(&ended.options);
        assert_eq!(refused(passkeys::add(&scope_of_ada, Some(ended), &answer).await), "sign_in_required", "{}", test.database);
    }
}

#[tokio::test]
async fn one_that_is_removed_signs_nobody_in_and_ends_what_it_began() {
    for test in both().await {
        let ada = codes::set_up(&test, Role::Viewer).await;
        let hers = scope(&test, ada.signed_in).await;
        let begin = async |code: &str| passkeys::begin(&hers, "Phone", PASSWORD.into(), code, anywhere()).await;
        assert_eq!(wrong_fields(begin("").await), ["passkey_code"], "a password alone adds none where codes are asked for");
        let begun = begin(&codes::code_of(&test, &ada.seed)).await.expect("begun");
        let mut device = Authenticator::new(ADDRESS, RP_ID);
        let answer = device.make(&begun.options);
        passkeys::add(&hers, Some(begun), &answer).await.expect("added");
        test.advance(codes::STEP);
        let signed_in = sign_in(&test, &mut device).await.expect("no code is asked for");
        let id = passkeys::list(&hers).await.expect("listed")[0].id;
        let (challenge, options) = challenge(&test.console);
        test.advance(MOMENT);
        let remove = async |id: PasskeyId, password: &str, code: &str| passkeys::remove(&hers, id, password.into(), code, anywhere()).await;
        assert_eq!(wrong_fields(remove(id, "wrong horse", "").await), ["removal_password"]);
        assert_eq!(wrong_fields(remove(id, PASSWORD, "").await), ["removal_code"], "{}", test.database);
        assert_eq!(wrong_fields(remove(PasskeyId::new(), PASSWORD, &ada.recovery_codes[0]).await), ["removed"]);
        let goes_on = remove(id, PASSWORD, &ada.recovery_codes[1]).await.expect("removed");
        let alive = async |signed_in| access::actor_of_session(&test.console, signed_in).await.expect("asked").is_some();
        assert!(alive(goes_on).await && !alive(signed_in).await && !alive(ada.signed_in).await, "{}", test.database);
        assert_eq!(refused(passkeys::sign_in(&test.console, Some(challenge), &device.sign(&options), anywhere()).await), "passkey_refused");
        assert!(acts(&test).await.contains(&"passkey_removed".to_owned()));
    }
}

#[tokio::test]
async fn whoever_helps_from_a_shell_takes_passkeys_away_with_all_else() {
    for test in both().await {
        let before = person(&test, EMAIL).await;
        let helped = async |expected: &'static str| {
            let (mut device, _) = add(&test, by_password(&test.console, EMAIL).await).await;
            assert!(sign_in(&test, &mut device).await.is_ok());
            match expected {
                "password_reset" => {
                    accounts::reset_password(&test.console, EMAIL, PASSWORD.into(), ResetScope::Password).await.expect("reset");
                }
                "person_disabled" => {
                    accounts::disable(&test.console, EMAIL).await.expect("disabled");
                    accounts::enable(&test.console, EMAIL).await.expect("enabled");
                }
                "person_forgotten" => accounts::remove(&test.console, EMAIL).await.expect("removed"),
                _ => accounts::reset_second_factor(&test.console, EMAIL).await.expect("reset"),
            }
            assert_eq!(refused(sign_in(&test, &mut device).await), "passkey_refused", "{expected} on {}", test.database);
            let acts = acts(&test).await;
            assert!(acts.contains(&expected.to_owned()), "{expected} in {acts:?}");
        };
        for act in ["password_reset", "person_disabled", "passkeys_forgotten", "person_forgotten"] {
            helped(act).await;
            test.advance(MOMENT);
        }
        assert_eq!(access::actor_of_session(&test.console, before).await.expect("asked"), None);
    }
}

#[tokio::test]
async fn none_are_taken_where_browsers_have_none() {
    let mut test = TestConsole::sqlite().await;
    let scope = scope(&test, person(&test, EMAIL).await).await;
    assert!(!passkeys::are_taken(&test.console));
    assert_eq!(wrong_fields(passkeys::begin(&scope, "Phone", PASSWORD.into(), "", anywhere()).await), ["passkey_name"]);
    assert_eq!(refused(passkeys::challenge(&test.console, &anywhere().into())), "passkey_refused");
    test.console.sending = reached_at(ADDRESS);
    assert!(passkeys::are_taken(&test.console));
    let from = anywhere();
    let asked = (0..100).filter(|_| passkeys::challenge(&test.console, &from.into()).is_ok()).count();
    assert_eq!(asked, 30, "a minute, from one address");
}
