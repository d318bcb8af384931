//! One request to an act. Not leptos' own client: that brings a URL parser and a second form encoder of 60 KB.

use domain::error::{ErrorCode, UserError};
use leptos::wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Headers, RequestInit, Response, window};

/// What an act answered.
pub struct Answer {
    /// Where to go next.
    pub location: Option<String>,
    /// The result as JSON.
    pub body: String,
}

/// Posts a form's fields, encoded as in a query, to `act`.
///
/// # Errors
/// What the act refused with; or, without a correlation ID, that the console was not reached.
pub async fn post(act: &str, fields: &str) -> Result<Answer, UserError> {
    let response = send(act, fields).await.map_err(|_| not_reached())?;
    let location = response.headers().get("location").ok().flatten();
    let body = read(&response).await.map_err(|_| not_reached())?;
    if response.ok() { Ok(Answer { location, body }) } else { Err(serde_json::from_str(&body).unwrap_or_else(|_| not_reached())) }
}

async fn send(act: &str, fields: &str) -> Result<Response, JsValue> {
    let headers = Headers::new()?;
    headers.set("accept", "application/json")?;
    headers.set("content-type", "application/x-www-form-urlencoded")?;
    let init = RequestInit::new();
    init.set_method("POST");
    init.set_headers(&headers);
    init.set_body(&JsValue::from_str(fields));
    let window = window().ok_or(JsValue::NULL)?;
    JsFuture::from(window.fetch_with_str_and_init(&format!("/actions/{act}"), &init)).await?.dyn_into()
}

async fn read(response: &Response) -> Result<String, JsValue> {
    Ok(JsFuture::from(response.text()?).await?.as_string().unwrap_or_default())
}

/// The console did not answer, so there is no correlation ID, and none is made up.
pub fn not_reached() -> UserError {
    UserError {
        code: ErrorCode::Overloaded,
        message: "The console cannot be reached.".into(),
        remediation: "Check your connection and that the console is running, then retry.".into(),
        retryable: true,
        correlation_id: None,
        fields: Vec::new(),
    }
}
