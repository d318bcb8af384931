//! Pages of a list by cursor: `next` in the body and `Link: …; rel="next"` in the header.

use axum::{
    Json,
    http::{HeaderValue, Uri, header},
    response::{IntoResponse, Response},
};
use domain::error::ErrorCode;
use engine::{OpsError, Scope};
use serde::Serialize;
use url::form_urlencoded;
use utoipa::ToSchema;

use super::caller::{Caller, Needed};
use crate::problem::Problem;

const USUAL: u32 = 50;
const MOST: u32 = 200;

/// One page.
#[derive(Serialize, ToSchema)]
pub struct Page<T> {
    pub items: Vec<T>,
    /// The `cursor` of the next page; absent on the last.
    pub next: Option<String>,
}

/// How many items were asked for: 1 to 200, usually 50.
///
/// # Errors
/// A number out of bounds.
pub fn limit(query: Option<u32>) -> Result<u32, OpsError> {
    match query.unwrap_or(USUAL) {
        limit @ 1..=MOST => Ok(limit),
        _ => Err(OpsError::invalid("limit", format!("Must be from 1 to {MOST}."))),
    }
}

/// One page of a list that goes on by a cursor, as `read` answers at most so many items of it.
///
/// # Errors
/// The problem to answer with: a limit out of bounds, a cursor of another list, what `read` refuses.
pub async fn list<N, T, Read, Reading>(caller: &Caller<N>, uri: &Uri, most: Option<u32>, read: Read) -> Result<Response, Problem>
where
    N: Needed,
    T: Serialize + Send + 'static,
    Read: FnOnce(Scope, u32) -> Reading + Send + 'static,
    Reading: Future<Output = Result<(Vec<T>, Option<String>), OpsError>> + Send + 'static,
{
    let page = caller.call(|scope| async move {
        let (items, next) = read(scope, limit(most)?).await.map_err(cursor_refused)?;
        Ok(Page { items, next })
    });
    Ok(answer(uri, page.await?))
}

/// A cursor that was not given out by this list is the caller's mistake, told by name.
fn cursor_refused(error: OpsError) -> OpsError {
    match error {
        OpsError::Refused(ErrorCode::MalformedRequest) => OpsError::invalid("cursor", "Must be a `next` that this list answered, with the same sort."),
        error => error,
    }
}

/// The page with its `Link` header: the same query with the next cursor.
fn answer<T: Serialize>(uri: &Uri, page: Page<T>) -> Response {
    let link = page.next.as_ref().and_then(|next| {
        let kept = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()).filter(|(name, _)| name != "cursor");
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(kept).append_pair("cursor", next).finish();
        HeaderValue::from_str(&format!("<{}?{query}>; rel=\"next\"", uri.path())).ok()
    });
    let mut response = Json(page).into_response();
    if let Some(link) = link {
        response.headers_mut().insert(header::LINK, link);
    }
    response
}
