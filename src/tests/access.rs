//! Set-up, sign-in and tokens.

use std::{
    net::Ipv4Addr,
    time::{Duration, Instant},
};

use domain::operator::Role;
use engine::{
    Scope,
    access::{
        self, SignedIn, invitations,
        tokens::{self, NewToken},
    },
};
use secrecy::{ExposeSecret, SecretString};

use crate::test_console::{TestConsole, refused, wrong_fields};

const ADDRESS: std::net::IpAddr = std::net::IpAddr::V4(Ipv4Addr::LOCALHOST);

async fn set_up(test: &TestConsole) -> SignedIn {
    let token = access::setup_link_token(&test.console).await.expect("a link").expect("nobody yet");
    access::set_up(&test.console, &token, " Ada@Example.org ", "correct horse".to_owned().into(), ADDRESS).await.expect("set up")
}

#[tokio::test]
async fn a_set_up_link_works_once_for_an_hour_and_only_for_the_first_person() {
    for test in TestConsole::both().await {
        let try_link = async |token: &str| access::set_up(&test.console, token, "a@b.org", "correct horse".to_owned().into(), ADDRESS).await;
        let late = access::setup_link_token(&test.console).await.expect("a link").expect("nobody yet");
        test.advance(Duration::from_secs(3_600));
        assert_eq!(refused(try_link(&late).await), "setup_link_invalid");
        assert_eq!(refused(try_link("made up").await), "setup_link_invalid");
        let fresh = access::setup_link_token(&test.console).await.expect("a link").expect("nobody yet");
        assert!(try_link(&fresh).await.is_ok());
        assert_eq!(refused(try_link(&fresh).await), "setup_link_invalid");
        assert_eq!(access::setup_link_token(&test.console).await.expect("asked"), None);
    }
}

#[tokio::test]
async fn guesses_at_a_set_up_link_are_limited_and_cost_no_hash() {
    for test in TestConsole::both().await {
        let (mut told, begun) = (Vec::new(), Instant::now());
        for _ in 0..40 {
            told.push(refused(access::set_up(&test.console, "made up", "a@b.org", "correct horse".to_owned().into(), ADDRESS).await));
        }
        // Thirty, and one more every two seconds.
        let most = 30 + usize::try_from(begun.elapsed().as_secs()).expect("few") / 2 + 1;
        let looked_at = told.iter().filter(|told| *told == "setup_link_invalid").count();
        assert!((30..=most).contains(&looked_at), "{looked_at} of at most {most} on {}", test.database);
        assert!(told.iter().all(|told| ["setup_link_invalid", "too_many_requests"].contains(&told.as_str())), "{told:?}");
    }
}

#[tokio::test]
async fn an_address_that_nobody_can_have_is_refused_like_any_other() {
    let test = TestConsole::sqlite().await;
    let long = format!("{}@example.org", "a".repeat(200_000));
    let mut told = Vec::new();
    for _ in 0..9 {
        told.push(refused(access::sign_in(&test.console, &long, "correct horse".to_owned().into(), ADDRESS).await));
    }
    assert_eq!((told[0].as_str(), told[8].as_str()), ("sign_in_refused", "too_many_requests"), "all of them are one account to the limit");
}

#[tokio::test]
async fn the_first_person_is_an_administrator_and_signs_in() {
    for test in TestConsole::both().await {
        let signed_in = set_up(&test).await;
        let actor = access::actor_of_session(&test.console, signed_in).await.expect("asked").expect("known");
        assert_eq!((actor.role, actor.name.as_str()), (Role::Admin, "ada@example.org"));
        let sign_in = async |email: &str, password: &str| access::sign_in(&test.console, email, password.to_owned().into(), ADDRESS).await;
        assert!(sign_in("ADA@example.org", "correct horse").await.is_ok());
        assert_eq!(refused(sign_in("ada@example.org", "wrong horse").await), "sign_in_refused");
        assert_eq!(refused(sign_in("nobody@example.org", "correct horse").await), "sign_in_refused");
    }
}

#[tokio::test]
async fn a_session_from_before_the_last_change_of_password_is_dead() {
    for test in TestConsole::both().await {
        let signed_in = set_up(&test).await;
        let a_moment_before = signed_in.at - Duration::from_millis(1);
        for before in [SignedIn { at: a_moment_before, ..signed_in }, SignedIn { entered_at: a_moment_before, ..signed_in }] {
            assert_eq!(access::actor_of_session(&test.console, before).await.expect("asked"), None);
        }
    }
}

#[tokio::test]
async fn a_poor_address_or_password_is_told() {
    for test in TestConsole::both().await {
        let token = access::setup_link_token(&test.console).await.expect("a link").expect("nobody yet");
        let poor = access::set_up(&test.console, &token, "ada", "short".to_owned().into(), ADDRESS).await;
        assert_eq!(wrong_fields(poor), ["email", "password"]);
        assert!(access::set_up(&test.console, &token, "ada@example.org", "correct horse".to_owned().into(), ADDRESS).await.is_ok(), "the link is not used up");
    }
}

#[tokio::test]
async fn a_token_is_shown_once_known_by_its_hash_and_revoked() {
    for test in TestConsole::both().await {
        let (token, secret) = tokens::issue(&test.scope(), NewToken::of("ci", Role::Operator)).await.expect("issued");
        let secret = secret.expose_secret();
        assert!(secret.starts_with("sbt_") && secret.starts_with(&token.prefix) && token.prefix.len() < 12);
        let actor = access::actor_of_token(&test.console, secret).await.expect("asked").expect("known");
        assert_eq!((actor.role, actor.name.as_str(), actor.team), (Role::Operator, "token ci", test.actor.team));
        assert_eq!(wrong_fields(tokens::issue(&test.scope(), NewToken::of("CI", Role::Viewer)).await), ["name"]);
        let listed = tokens::list(&test.scope()).await.expect("listed");
        assert_eq!(listed[0].last_used_at, Some(test.now()));
        tokens::revoke(&test.scope(), token.id).await.expect("revoked");
        assert_eq!(access::actor_of_token(&test.console, secret).await.expect("asked"), None);
        assert_eq!(refused(tokens::revoke(&test.scope(), token.id).await), "token_not_found");
    }
}

#[tokio::test]
async fn a_token_that_is_revoked_takes_along_what_was_made_with_it() {
    for test in TestConsole::both().await {
        let (first, secret) = tokens::issue(&test.scope(), NewToken::of("stolen", Role::Admin)).await.expect("issued");
        let thief = as_token(&test, &secret).await.expect("known");
        let (_, second) = tokens::issue(&thief, NewToken::of("way back in", Role::Admin)).await.expect("issued");
        let again = as_token(&test, &second).await.expect("known");
        let (_, third) = tokens::issue(&again, NewToken::of("and another", Role::Viewer)).await.expect("issued");
        invitations::invite(&again, "thief@example.org", Role::Admin).await.expect("invited");
        tokens::issue(&test.scope(), NewToken::of("ours", Role::Admin)).await.expect("issued");
        tokens::revoke(&test.scope(), first.id).await.expect("revoked");
        assert!(as_token(&test, &second).await.is_none() && as_token(&test, &third).await.is_none(), "on {}", test.database);
        assert!(invitations::list(&test.scope()).await.expect("listed").is_empty(), "on {}", test.database);
        assert_eq!(tokens::list(&test.scope()).await.expect("listed").len(), 1);
    }
}

#[tokio::test]
async fn a_token_that_is_narrowed_ends_what_goes_further() {
    for test in TestConsole::both().await {
        let (first, secret) = tokens::issue(&test.scope(), NewToken::of("first", Role::Admin)).await.expect("issued");
        let first_one = as_token(&test, &secret).await.expect("known");
        let (_, far) = tokens::issue(&first_one, NewToken::of("far", Role::Admin)).await.expect("issued");
        let (_, near) = tokens::issue(&first_one, NewToken::of("near", Role::Viewer)).await.expect("issued");
        invitations::invite(&first_one, "ada@example.org", Role::Viewer).await.expect("invited");
        let narrowed = tokens::TokenEdit { role: Some(Role::Operator), ..tokens::TokenEdit::default() };
        tokens::edit(&test.scope(), first.id, narrowed).await.expect("edited");
        assert!(as_token(&test, &far).await.is_none(), "on {}", test.database);
        assert!(as_token(&test, &near).await.is_some(), "on {}", test.database);
        assert!(invitations::list(&test.scope()).await.expect("listed").is_empty(), "an operator invites nobody, on {}", test.database);
    }
}

async fn as_token(test: &TestConsole, secret: &SecretString) -> Option<Scope> {
    let actor = access::actor_of_token(&test.console, secret.expose_secret()).await.expect("asked")?;
    Some(test.console.for_team(actor))
}
