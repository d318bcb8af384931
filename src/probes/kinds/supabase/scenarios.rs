//! Whether each service of a project answers, and what the anon key says of itself.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use bytes::Bytes;
use hyper::Method;
use serde_json::Value;

use super::project::{Key, Project, expect_json, member};
use crate::kinds::{Cause, Failure, Finding, http::evidence};

/// Every part of the project that verification asks, all at the same time.
pub async fn heartbeat(project: &Project<'_>) -> Result<(), Failure> {
    let named = |scenario: &'static str| move |failure: Failure| failure.of(scenario);
    // In this order it is told what failed, as in a verification.
    let (health, auth, rest, storage, functions) = tokio::join!(auth_health(project), auth(project), rest(project), storage(project), functions(project));
    health?;
    anonymous(project).map_err(named("anonymous"))?;
    auth.map_err(named("auth"))?;
    rest.map_err(named("rest"))?;
    storage.map_err(named("storage"))?;
    functions.map_err(named("functions"))?;
    Ok(())
}

pub async fn auth_health(project: &Project<'_>) -> Result<Finding, Failure> {
    expect_json(project, "The health of Auth", &project.get(&["auth", "v1", "health"], "", Key::Anon).await?)
}

pub async fn auth(project: &Project<'_>) -> Result<Finding, Failure> {
    expect_json(project, "Auth", &project.get(&["auth", "v1", "settings"], "", Key::Anon).await?)
}

pub async fn rest(project: &Project<'_>) -> Result<Finding, Failure> {
    // Its description is given to the service role only, where there is one.
    let key = if project.key(Key::ServiceRole).is_some() { Key::ServiceRole } else { Key::Anon };
    let answer = project.get(&["rest", "v1", ""], "", key).await?;
    // Newer projects keep the description from the anon key, in words of PostgREST's gateway: it answers, and knows the key.
    if key == Key::Anon && member(&answer, "message").is_some_and(|message| message.contains("schema is forbidden")) {
        return Ok(Finding::from(format!("Answers, and keeps its description from the anon key ({}).", answer.status.as_u16()))
            .with_all(evidence::of(project.target, &answer)));
    }
    expect_json(project, "REST", &answer)
}

pub async fn storage(project: &Project<'_>) -> Result<Finding, Failure> {
    let bucket = project.target.text("bucket");
    if bucket.is_empty() || project.key(Key::ServiceRole).is_none() {
        return Ok(Finding::not_tried("the bucket or the service role key is not set."));
    }
    let answer = project.get(&["storage", "v1", "bucket", bucket], "", Key::ServiceRole).await?;
    expect_json(project, "Storage", &answer).map_err(|failure| match failure.cause {
        Cause::NotFound => Failure { cause: Cause::BucketMissing, ..failure },
        _ => failure,
    })
}

/// Asks what the function accepts, which does not run it.
pub async fn functions(project: &Project<'_>) -> Result<Finding, Failure> {
    let function = project.target.text("function");
    if function.is_empty() {
        return Ok(Finding::not_used("no function is named."));
    }
    let answer = project.send(Method::OPTIONS, &["functions", "v1", function], "", Key::Anon, Bytes::new()).await?;
    project.expect_success("The function", &answer)
}

/// Looks into the key itself: nothing is sent.
pub fn anonymous(project: &Project<'_>) -> Result<Finding, Failure> {
    let key = project.key(Key::Anon).unwrap_or_default();
    if key.starts_with("sb_publishable_") {
        return Ok("A publishable key.".into());
    }
    if key.starts_with("sb_secret_") {
        return Err(Failure::new(Cause::KeyNotAnonymous, "This is a secret key."));
    }
    match role(key).as_deref() {
        Some("anon") => Ok("Its role is anon.".into()),
        Some("service_role") => Err(Failure::new(Cause::KeyNotAnonymous, "Its role is service_role.")),
        Some(_) => Err(Failure::new(Cause::KeyNotAnonymous, "Its role is another than anon.")),
        None => Err(Failure::new(Cause::ConfigurationInvalid, "This is neither a publishable key nor a token with a role.")),
    }
}

/// The role in a JSON Web Token. Whether it is signed rightly is for the service to say.
fn role(token: &str) -> Option<String> {
    let mut parts = token.split('.');
    let (_, payload, Some(_), None) = (parts.next()?, parts.next()?, parts.next(), parts.next()) else { return None };
    let payload: Value = serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(payload).ok()?).ok()?;
    payload.get("role")?.as_str().map(str::to_owned)
}
