//! Reads what a program sent, strictly: whatever is unknown, missing or of the wrong type is told by name.

use std::{convert::Infallible, fmt::Display, str::FromStr};

use axum::{
    body::HttpBody,
    extract::{FromRequest, FromRequestParts, Path, Request},
    http::request::Parts,
};
use domain::error::ErrorCode;
use engine::OpsError;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{body, problem::Problem, state::AppState};

mod unique_members;

/// A JSON body of at most 256 KB.
pub struct Body<T>(pub T);

/// A [`Body`] that may be left out.
pub struct OptionalBody<T>(pub T);

/// A [`Body`], or why it could not be read, for a handler that has something to do in either case.
pub struct Reading<T>(pub Result<T, OpsError>);

/// Query parameters; unknown ones are refused.
pub struct Query<T>(pub T);

/// The `{id}` of an address, such as `Id<ProfileId>`, as [`id`] reads it.
pub struct Id<T>(pub T);

/// An id that nothing has, for ids have their time in them.
const OF_NOTHING: &str = "00000000-0000-0000-0000-000000000000";

/// What can be no id is read as one that nothing has, so that the verb says in its own words that there is nothing of that id. Absent where a `T` is no
/// UUID either.
pub fn id<T: FromStr>(text: &str) -> Option<T> {
    text.parse().ok().or_else(|| OF_NOTHING.parse().ok())
}

impl<T: DeserializeOwned + Send> FromRequest<AppState> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        match read_json(&parts, body).await {
            Ok(value) => Ok(Self(value)),
            Err(error) => Err(state.refuse_request(&parts.extensions, error).await),
        }
    }
}

impl<T: DeserializeOwned + Send> FromRequest<AppState> for Reading<T> {
    type Rejection = Infallible;

    async fn from_request(request: Request, _state: &AppState) -> Result<Self, Infallible> {
        let (parts, body) = request.into_parts();
        Ok(Self(read_json(&parts, body).await))
    }
}

impl<T: DeserializeOwned + Default + Send> FromRequest<AppState> for OptionalBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, Problem> {
        if request.body().is_end_stream() {
            return Ok(Self(T::default()));
        }
        Body::from_request(request, state).await.map(|Body(value)| Self(value))
    }
}

impl<T: DeserializeOwned + Send> FromRequestParts<AppState> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let text = parts.uri.query().unwrap_or_default();
        let read = serde_path_to_error::deserialize(serde_urlencoded::Deserializer::new(form_pairs(text)));
        match read {
            Ok(value) => Ok(Self(value)),
            Err(error) => Err(state.refuse_request(&parts.extensions, invalid(&error.path().to_string(), error.inner())).await),
        }
    }
}

impl<T: FromStr + Send> FromRequestParts<AppState> for Id<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let text = Path::<String>::from_request_parts(parts, state).await;
        let text = text.map(|Path(text)| text).unwrap_or_default();
        match id(&text) {
            Some(id) => Ok(Self(id)),
            None => Err(state.refuse_request(&parts.extensions, ErrorCode::RouteNotFound).await),
        }
    }
}

fn form_pairs(text: &str) -> url::form_urlencoded::Parse<'_> {
    url::form_urlencoded::parse(text.as_bytes())
}

async fn read_json<T: DeserializeOwned>(parts: &Parts, bytes: axum::body::Body) -> Result<T, OpsError> {
    if !body::is_type(&parts.headers, "application/json") {
        return Err(ErrorCode::UnsupportedMediaType.into());
    }
    let bytes = body::read(&parts.headers, bytes).await?;
    if !bytes.trim_ascii_start().starts_with(b"{") {
        // Derived structs would take a list of members as well.
        let read = serde_json::from_slice::<Value>(&bytes).map_err(|_| ErrorCode::MalformedRequest);
        return Err(read.map_or_else(OpsError::from, |_| OpsError::invalid("", "Must be a JSON object.")));
    }
    unique_members::check(&bytes).map_err(|error| of_json(&bytes, &error))?;
    let mut deserializer = serde_json::Deserializer::from_slice(&bytes);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| of_json(&bytes, &error))?;
    deserializer.end().map_err(|_| ErrorCode::MalformedRequest)?;
    Ok(value)
}

fn of_json(bytes: &[u8], error: &serde_path_to_error::Error<serde_json::Error>) -> OpsError {
    // To serde_json a number where a name belongs is a matter of syntax.
    let is_json = error.inner().is_data() || serde_json::from_slice::<Value>(bytes).is_ok();
    if is_json { invalid(&error.path().to_string(), error.inner()) } else { ErrorCode::MalformedRequest.into() }
}

/// One field's fault, from a deserializer's message without the value that it repeats, for that may be a secret.
fn invalid(path: &str, error: &dyn Display) -> OpsError {
    let text = error.to_string();
    let quoted = |prefix: &str| text.strip_prefix(prefix).and_then(|rest| rest.split('`').next()).map(str::to_owned);
    // The path may end with the member already, or not.
    let under = |name: String| match path {
        "." | "" | "?" => name,
        path if path == name || path.ends_with(&format!(".{name}")) => path.to_owned(),
        path => format!("{path}.{name}"),
    };
    let (field, message) = if let Some(name) = quoted("missing field `") {
        (under(name), "Is required.".to_owned())
    } else if let Some(name) = quoted("unknown field `") {
        (under(name), "There is no such member.".to_owned())
    } else if let Some(name) = quoted("duplicate field `") {
        (under(name), "Is given twice.".to_owned())
    } else {
        (path.to_owned(), expectation(&text))
    };
    OpsError::invalid(field, message)
}

fn expectation(text: &str) -> String {
    match text.rsplit_once(", expected ") {
        Some((_, expected)) => {
            let expected = expected.split(" at line ").next().unwrap_or(expected);
            format!("Must be {}.", in_words(expected))
        }
        None => "Has a value that is not allowed here.".into(),
    }
}

/// What serde expects, without the names of Rust.
fn in_words(expected: &str) -> String {
    let words = match expected {
        "u8" => "a whole number from 0 to 255",
        "u16" => "a whole number from 0 to 65535",
        "u32" | "u64" | "usize" => "a whole number that is not negative",
        "i8" | "i16" | "i32" | "i64" => "a whole number",
        "f32" | "f64" => "a number",
        "a string" | "str" | "string" => "a text",
        "a boolean" => "true or false",
        "a sequence" => "a list",
        "a map" => "an object",
        "unit" => "null",
        name if name.starts_with("struct ") => "an object",
        name if name.starts_with("a sequence") || name.starts_with("tuple ") => "a list",
        other => return other.replace('`', ""),
    };
    words.to_owned()
}

#[cfg(test)]
mod tests {
    use domain::error::FieldError;
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only what is refused matters")]
    struct Outer {
        name: String,
        inner: Inner,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only what is refused matters")]
    struct Inner {
        port: u16,
    }

    fn fault(text: &str) -> (String, String) {
        let error = serde_path_to_error::deserialize::<_, Outer>(&mut serde_json::Deserializer::from_str(text)).expect_err("refused");
        let OpsError::Invalid(fields) = invalid(&error.path().to_string(), error.inner()) else { panic!("fields") };
        (fields[0].field.clone(), fields[0].message.clone())
    }

    /// Where a map is read, the last of two would win.
    #[test]
    fn a_member_that_is_given_twice_is_told_at_any_depth() {
        let table = [
            (r#"{"name":"a","name":"hunter2"}"#, "name"),
            (r#"{"settings":{"url":"a","port":1,"url":"b"}}"#, "settings.url"),
            (r#"{"levels":[{"targets":[]},{"targets":[{"id":1,"id":2}]}]}"#, "levels[1].targets[0].id"),
            (r#"{"context":{"a":{"b":null,"b":null}}}"#, "context.a.b"),
        ];
        for (text, field) in table {
            let error = of_json(text.as_bytes(), &unique_members::check(text.as_bytes()).expect_err("refused"));
            let OpsError::Invalid(fields) = error else { panic!("{text}: {error:?}") };
            assert_eq!(fields, [FieldError::new(field, "Is given twice.")], "{text}");
        }
        assert!(unique_members::check(br#"{"a":{"b":1.5},"b":[true,-1,1e3,{"a":"","b":null}]}"#).is_ok());
        for bad in [r#"{"a":"#, r#"{"a":1,}"#, r#"{"a" 1}"#] {
            let error = of_json(bad.as_bytes(), &unique_members::check(bad.as_bytes()).expect_err("no JSON"));
            assert!(matches!(error, OpsError::Refused(ErrorCode::MalformedRequest)), "{bad}");
        }
    }

    #[test]
    fn a_fault_names_the_field_and_never_repeats_the_value() {
        let table = [
            (r#"{"name":"a","inner":{"port":"hunter2"}}"#, "inner.port", "Must be a whole number from 0 to 65535."),
            (r#"{"name":"a","inner":{"port":70000}}"#, "inner.port", "Must be a whole number from 0 to 65535."),
            (r#"{"name":"a","inner":"hunter2"}"#, "inner", "Must be an object."),
            (r#"{"name":"a","inner":{"port":1,"x":2}}"#, "inner.x", "There is no such member."),
            (r#"{"name":"a","inner":{}}"#, "inner.port", "Is required."),
            (r#"{"name":"a","name":"b"}"#, "name", "Is given twice."),
            (r#"{"inner":{"port":1}}"#, "name", "Is required."),
        ];
        for (text, field, message) in table {
            assert_eq!(fault(text), (field.to_owned(), message.to_owned()), "{text}");
        }
    }
}
