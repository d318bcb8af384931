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

/// Each row is also in `docs/conditions.md`.
#[test]
fn lists_numbers_and_lines_are_compared_as_they_were_sent() {
    let body = r#"{"items":[{"s":"not ok","n":1},{"s":"ok then","n":2}],"one":[{"s":"not ok"}],"id":9007199254740993,"price":0.1,"more":0.30000000000000004,
        "huge":1e400,"digits":"3","tags":["eu"]}"#;
    let mut headers = HeaderMap::new();
    for line in ["max-age=0", "no-store"] {
        headers.append(hyper::header::CACHE_CONTROL, HeaderValue::from_static(line));
    }
    let answer = Answer::new(StatusCode::OK, headers, body.into());
    let table = [
        ("json:$.one[*].s contains ok", false),
        ("json:$.one[*].s contains \"not ok\"", true),
        ("json:$.one[*].s any contains ok", true),
        ("json:$.one[0].s contains ok", true),
        ("json:$.items[*].s == \"ok then\"", true),
        ("json:$.items[*].s != \"ok then\"", false),
        ("json:$.items[*].s != other", true),
        ("json:$.items[*].n all > 0", true),
        ("json:$.items[*].n all > 1", false),
        ("json:$.items[*].n > 1", true),
        ("json:$.items[*].n none > 2", true),
        ("json:$.items[*].n none > 1", false),
        ("json:$.items[*].n == [1,2]", true),
        ("json:$.items[*].n == [1.0, 2]", true),
        ("json:$.items[*].n == [2,1]", false),
        ("json:$.items[*].nothing none == 1", false),
        ("json:$.tags == [\"eu\"]", true),
        ("json:$.tags contains e", false),
        ("json:$.id == 9007199254740993", true),
        ("json:$.id == 9007199254740992", false),
        ("json:$.id > 9007199254740992", true),
        ("json:$.price == 0.10", true),
        ("json:$.more == 0.3", false),
        ("json:$.more == 0.30000000000000004", true),
        ("json:$.huge > 1e399", true),
        ("json:$.huge == 1e400", true),
        ("json:$.digits == 3", true),
        ("json:$.digits == 3.0", false),
        ("json:$.digits >= 2.5", true),
        ("header:cache-control contains no-store", true),
        ("header:cache-control == no-store", true),
        ("header:cache-control all contains a", false),
        ("header:cache-control none contains private", true),
        ("header:cache-control != no-store", false),
    ];
    for (text, holds) in table {
        let condition: Condition = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(condition.judge(&answer).is_ok(), holds, "{text}: {:?}", condition.judge(&answer));
    }
}

#[test]
fn what_stands_in_quotes_is_a_text_and_no_literal() {
    for text in [r#"json:$.gone != "null""#, r#"json:$.ready != "true""#, r#"json:$.version matches "^\d\.\d""#, r#"json:$.version matches "^\\d""#] {
        assert_eq!(judge(text), Ok(()), "{text}");
    }
    for text in [r#"json:$.gone == "null""#, r#"json:$.ready == "true""#, r#"json:$.tags == "[\"eu\",\"us\"]""#] {
        assert!(judge(text).is_err(), "{text}");
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
    for (body, found) in [("<html>", "the body is not JSON"), ("", "the body is empty"), (" \r\n", "the body is empty")] {
        let text = condition.judge(&Answer::new(StatusCode::OK, HeaderMap::new(), body.into())).expect_err("no JSON");
        assert_eq!(text.found, format!("json:$.status == ok: {found}."));
    }
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
        "status any == 200",
        "body all contains x",
        "json:$.[ == x",
        "json:status == ok",
        "json:$..*..* == x",
        "header:a b == x",
        "body matches (",
        "body matches (a{1000}){1000}",
        "body matches (a{1000}){50}",
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
