//! Conditions as written, against an answer.

use std::time::Duration;

use hyper::{HeaderMap, StatusCode, header::HeaderValue};
use proptest::prelude::*;

use super::Condition;
use crate::{
    kinds::{Cause, Failure, http::exchange::Answer},
    tls::PeerCertificate,
};

const BODY: &str = r#"{"status":"ok","version":"1.2.3","count":3,"ratio":1.0,"ready":true,"gone":null,
    "a b":{"c == d":"x"},"tags":["eu","us"],"items":[{"name":"one","up":true},{"name":"two","up":false}]}"#;

fn answer() -> Answer {
    let certificate = PeerCertificate { subject: "a".into(), issuer: "b".into(), not_after: chrono::DateTime::UNIX_EPOCH.into(), days_left: 20 };
    let headers = HeaderMap::from_iter([(hyper::header::CONTENT_TYPE, HeaderValue::from_static("application/json"))]);
    Answer { latency: Duration::from_micros(12_400), certificate: Some(certificate), ..Answer::new(StatusCode::OK, headers, BODY.into()) }
}

fn judge(text: &str) -> Result<(), Failure> {
    text.parse::<Condition>().unwrap_or_else(|error| panic!("{text}: {error}")).judge(&answer())
}

#[test]
fn these_hold() {
    let table = [
        "status == 200",
        "status==200",
        "status != 500",
        "status < 300",
        "latency_ms <= 12.4",
        "latency_ms > 12",
        "certificate_days >= 20",
        "body contains \"status\"",
        "body contains 1.2",
        r#"body matches "version":"\d+\.\d+"#,
        "header:Content-Type == application/json",
        "header:content-type matches ^application/(json|xml)$",
        "header:content-type contains json",
        "json:$.status == ok",
        "json:$.status == \"ok\"",
        "json:$.status != down",
        "json:$.version matches ^1\\.",
        "json:$.count == 3",
        "json:$.count == 3.0",
        "json:$.count >= 3",
        "json:$.ratio == 1",
        "json:$.ready == true",
        "json:$.gone == null",
        "json:$['a b']['c == d'] == x",
        "json:$.tags contains eu",
        "json:$.tags == [\"eu\",\"us\"]",
        "json:$.items[0] contains name",
        "json:$.items[?@.up == true].name == one",
        "json:$.items[*].name contains two",
        "json:$..c contains x",
    ];
    for text in table {
        // `$..c` finds nothing: the member is called `c == d`.
        assert_eq!(judge(text).is_ok(), !text.contains("$..c"), "{text}: {:?}", judge(text));
    }
}

#[test]
fn a_failed_one_shows_the_value_found() {
    let table = [
        ("status == 204", "status == 204: found 200."),
        ("latency_ms < 5", "latency_ms < 5: found 12."),
        ("certificate_days > 30", "certificate_days > 30: found 20."),
        ("json:$.status == down", "json:$.status == down: found \"ok\"."),
        ("json:$.count > 3", "json:$.count > 3: found 3."),
        ("json:$.ready != true", "json:$.ready != true: found true."),
        ("json:$.missing == x", "json:$.missing == x: there is nothing at this path."),
        ("json:$.missing != x", "json:$.missing != x: there is nothing at this path."),
        ("header:x-none contains x", "header:x-none contains x: the answer has no such header."),
        ("header:content-type == text/html", "header:content-type == text/html: found \"application/json\"."),
        ("json:$.tags contains asia", "json:$.tags contains asia: found [\"eu\",\"us\"]."),
    ];
    for (text, found) in table {
        assert_eq!(judge(text), Err(Failure::new(Cause::ConditionFailed, found)));
    }
    let long = judge("body contains nowhere").expect_err("fails").found;
    assert!(long.ends_with("….") && long.chars().count() < 160 && !long.contains('\n'), "{long}");
}

#[test]
fn a_body_that_is_cut_or_no_json_fails_clearly() {
    let condition: Condition = "json:$.status == ok".parse().expect("condition");
    let cut = condition.judge(&Answer { cut: true, ..answer() }).expect_err("cut");
    assert_eq!(cut.cause, Cause::AnswerTooLarge);
    let text = condition.judge(&Answer::new(StatusCode::OK, HeaderMap::new(), "<html>".into())).expect_err("no JSON");
    assert_eq!(text.found, "json:$.status == ok: the body is not JSON.");
}

#[test]
fn what_cannot_be_meant_is_refused_with_a_sentence() {
    let long = format!("body contains {}", "x".repeat(500));
    let table = [
        "",
        "status",
        "status 200",
        "== 200",
        "status == ",
        "status == ok",
        "status == NaN",
        "status contains 2",
        "latency_ms matches 1",
        "weather == fine",
        "body < much",
        "body containswelcome",
        "json:$.[ == x",
        "json:status == ok",
        "json:$..*..* == x",
        "header:a b == x",
        "body matches (",
        "body matches (a{1000}){1000}",
        "body == \"a\" \"",
        &long,
    ];
    for text in table {
        let error = text.parse::<Condition>().map(|_| ()).expect_err(text);
        assert!(error.ends_with('.'), "{text}: {error}");
    }
}

proptest! {
    #[test]
    fn reading_never_panics(text in ".{0,80}") {
        let _ = text.parse::<Condition>();
    }

    #[test]
    fn reading_what_looks_like_one_never_panics(text in r#"(status|body|json:\$|header:)[ .\[\]?@*'"\\()a-z0-9]{0,30}(==|!=|<=|>|contains|matches)?[ "\\a-z0-9(\[*+?{}é]{0,20}"#) {
        if let Ok(condition) = text.parse::<Condition>() {
            let _ = condition.judge(&answer());
        }
    }
}
