//! Errors as programs read them: `application/problem+json` (RFC 9457).

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use domain::{
    correlation_id::CorrelationId,
    error::{ErrorCode, FieldError, UserError},
};
use serde::Serialize;
use switchboard_app::{errors::catalogue, status::status_of};
use utoipa::ToSchema;

pub const MEDIA_TYPE: &str = "application/problem+json";
/// Followed by the code; an identifier, not a page that must exist. The page of ours about it stands in `Link`.
const TYPES: &str = "https://switchboard.dev/errors/";

/// The body of every answer that is an error.
#[derive(Debug, Serialize, ToSchema)]
pub struct Problem {
    /// Names the kind of problem: `https://switchboard.dev/errors/<code>`.
    #[serde(rename = "type")]
    kind: String,
    title: &'static str,
    status: u16,
    code: ErrorCode,
    /// One sentence about this occurrence.
    detail: String,
    /// What to do next.
    remediation: String,
    /// Whether the same request may succeed later.
    retryable: bool,
    /// Also in the `X-Correlation-Id` header, the log and `error_events`.
    correlation_id: Option<CorrelationId>,
    /// Who can help, where what to do next may not be enough.
    #[serde(skip_serializing_if = "Option::is_none")]
    contact: Option<String>,
    /// What is wrong with which member of the request.
    errors: Vec<FieldError>,
    /// What all of this tells, for the page that a person reads in its place.
    #[serde(skip)]
    told: Box<UserError>,
}

impl Problem {
    pub fn new(code: ErrorCode, correlation_id: CorrelationId) -> Self {
        UserError::new(code, Some(correlation_id)).into()
    }
}

impl From<UserError> for Problem {
    fn from(error: UserError) -> Self {
        let code = error.code;
        Self {
            kind: format!("{TYPES}{code}"),
            title: code.text().message,
            status: status_of(code).as_u16(),
            code,
            detail: error.message().to_owned(),
            remediation: error.remediation().to_owned(),
            retryable: error.retryable,
            contact: error.contact().map(str::to_owned),
            correlation_id: error.correlation_id.clone(),
            errors: error.fields.clone(),
            told: Box::new(error),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let (code, status, retry_after) = (self.code, status_of(self.code), self.told.retry_after);
        let mut response = (status, Json(&self)).into_response();
        response.extensions_mut().insert(*self.told);
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
        if let Ok(help) = HeaderValue::from_str(&format!("<{}>; rel=\"help\"", catalogue::path_of(code))) {
            headers.insert(header::LINK, help);
        }
        if let Some(seconds) = retry_after {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use domain::error::FieldError;

    use super::*;

    /// A server function may be refused before it is reached: a session that cannot be read, a request from another site, too many of them.
    #[test]
    fn the_browser_reads_a_problem_as_the_error_that_it_is() {
        let mut error = UserError::new(ErrorCode::DatabaseUnavailable, Some(CorrelationId::mint()));
        error.fields.push(FieldError { field: "name".into(), message: "It is taken.".into() });
        let body = serde_json::to_string(&Problem::from(error.clone())).expect("JSON");
        assert_eq!(serde_json::from_str::<UserError>(&body).expect("an error"), error);
    }
}
