//! Pages of a list by cursor: the key of the last line, in a text that means something to its own list alone.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde::{Serialize, de::DeserializeOwned};

use super::OpsError;
use domain::error::ErrorCode;

/// At most `limit` lines after `cursor`, and the cursor of the next page. `read` answers the lines after a key, as many as it is asked for.
///
/// # Errors
/// `malformed_request` for a cursor that holds no such key; those of `read`.
pub async fn page<T, Key, E>(
    limit: u32,
    cursor: Option<&str>,
    key: impl Fn(&T) -> Key,
    read: impl AsyncFnOnce(Option<Key>, i64) -> Result<Vec<T>, E>,
) -> Result<(Vec<T>, Option<String>), OpsError>
where
    Key: Serialize + DeserializeOwned,
    OpsError: From<E>,
{
    let after = cursor.map(decode).transpose()?;
    // One more than is shown tells whether there is a next page.
    let mut lines = read(after, i64::from(limit) + 1).await?;
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = lines.len() > limit;
    lines.truncate(limit);
    let next = lines.last().filter(|_| more).map(|last| encode(&key(last)));
    Ok((lines, next))
}

fn encode(key: &impl Serialize) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(serde_json::json!(key).to_string())
}

fn decode<Key: DeserializeOwned>(cursor: &str) -> Result<Key, OpsError> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(cursor).ok();
    bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()).ok_or_else(|| ErrorCode::MalformedRequest.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn after(after: Option<u32>, most: i64) -> Result<Vec<u32>, OpsError> {
        Ok((after.map_or(0, |after| after + 1)..10).take(usize::try_from(most).expect("a few")).collect())
    }

    #[tokio::test]
    async fn pages_follow_each_other_and_the_last_names_none() {
        let (first, next) = page(4, None, |line| *line, after).await.expect("a page");
        let (second, then) = page(4, next.as_deref(), |line| *line, after).await.expect("a page");
        let (third, none) = page(4, then.as_deref(), |line| *line, after).await.expect("a page");
        assert_eq!((first, second, third, none), (vec![0, 1, 2, 3], vec![4, 5, 6, 7], vec![8, 9], None));
        assert_eq!(page(10, None, |line| *line, after).await.expect("a page").1, None, "a page that is just full is the last");
        assert!(page(4, Some("nonsense"), |line| *line, after).await.is_err());
    }
}
