//! One request of the browser to the server. Generic over nothing: server functions and forms share it, so that it is there once.

use std::cell::RefCell;

use leptos::wasm_bindgen::{JsCast, JsValue};
use send_wrapper::SendWrapper;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Headers, RequestInit, Response, js_sys::Math, window};

/// What the server answered.
pub struct Answer {
    /// Whether it did what was asked.
    pub done: bool,
    /// Where to go next.
    pub location: Option<String>,
    /// JSON: the result, or the error.
    pub body: String,
}

/// No answer came: the server was not reached, or the answer broke off.
pub struct ResponseLost;

impl From<JsValue> for ResponseLost {
    fn from(_: JsValue) -> Self {
        Self
    }
}

/// Posts `body` and asks for JSON; under a key it is done once, however often it is sent.
///
/// # Errors
/// No answer came.
pub fn post(address: &str, content_type: &str, body: &str, key: Option<&str>) -> impl Future<Output = Result<Answer, ResponseLost>> + Send + use<> {
    let request = request(content_type, body, key);
    let address = address.to_owned();
    // The browser has one thread.
    SendWrapper::new(async move {
        let window = window().ok_or(ResponseLost)?;
        let response: Response = JsFuture::from(window.fetch_with_str_and_init(&address, &request?)).await?.dyn_into()?;
        let location = response.headers().get("location")?;
        let body = JsFuture::from(response.text()?).await?.as_string().unwrap_or_default();
        Ok(Answer { done: response.ok(), location, body })
    })
}

/// Whether the server would answer `address` if the person were signed in. Asks for the head alone, so that a stream is not begun.
pub async fn is_signed_out(address: &str) -> bool {
    let init = RequestInit::new();
    init.set_method("HEAD");
    let Some(window) = window() else { return false };
    let answer = JsFuture::from(window.fetch_with_str_and_init(address, &init)).await;
    answer.ok().and_then(|answer| answer.dyn_into::<Response>().ok()).is_some_and(|response| response.status() == 401)
}

thread_local! {
    /// Calls that are not known to have been done, each with its key: the same call is sent again under it.
    static KEYS: RefCell<Vec<(String, String)>> = const { RefCell::new(Vec::new()) };
}

/// The key of a call: that of the last time, unless that was done.
pub fn key_of(call: &str) -> String {
    KEYS.with_borrow_mut(|keys| {
        let known = keys.iter().find(|(known, _)| known == call).map(|(_, key)| key.clone());
        known.unwrap_or_else(|| {
            let key = new_key();
            keys.push((call.to_owned(), key.clone()));
            key
        })
    })
}

/// The same call once more is meant.
pub fn is_done(call: &str) {
    KEYS.with_borrow_mut(|keys| keys.retain(|(known, _)| known != call));
}

/// The act at an address, whatever key it is sent again under.
pub fn about(address: &str) -> &str {
    address.split("&once=").next().unwrap_or_default()
}

/// Not a secret: it need only differ from every other.
pub fn new_key() -> String {
    format!("{:x}{:x}", Math::random().to_bits(), Math::random().to_bits())
}

fn request(content_type: &str, body: &str, key: Option<&str>) -> Result<RequestInit, JsValue> {
    let headers = Headers::new()?;
    headers.set("accept", "application/json")?;
    headers.set("content-type", content_type)?;
    if let Some(key) = key {
        headers.set("idempotency-key", key)?;
    }
    let init = RequestInit::new();
    init.set_method("POST");
    init.set_headers(&headers);
    init.set_body(&JsValue::from_str(body));
    Ok(init)
}
