//! What only diagnostics try of a project: that storage keeps an object, and that the public key does not read what is protected.

use bytes::Bytes;
use hyper::{Method, StatusCode};
use serde_json::json;

use super::project::{Key, Project, refusal};
use crate::kinds::{
    Artefact, Cause, Failure, Finding,
    http::{evidence, exchange::Answer},
};

pub async fn storage_round_trip(project: &Project<'_>) -> Result<Finding, Failure> {
    let bucket = project.target.text("bucket");
    if bucket.is_empty() || project.key(Key::ServiceRole).is_none() {
        return Ok(Finding::not_tried("the bucket or the service role key is not set."));
    }
    let name = format!("{}.txt", uuid::Uuid::new_v4());
    let path = ["storage", "v1", "object", bucket, "switchboard-diagnostics", name.as_str()];
    let outcome = use_object(project, &path).await;
    if outcome.is_err() {
        // Whatever was left behind; what went wrong before says more.
        let _ = project.send(Method::DELETE, &path, "", Key::ServiceRole, Bytes::new()).await;
    }
    outcome
}

async fn use_object(project: &Project<'_>, path: &[&str]) -> Result<Finding, Failure> {
    let content = Bytes::from(uuid::Uuid::new_v4().to_string());
    let key = Key::ServiceRole;
    project.expect_success("Storage", &project.send(Method::POST, path, "", key, content.clone()).await?)?;
    let read = project.get(path, "", key).await?;
    let kept = project.expect_success("Storage", &read)?.evidence;
    if read.body != content {
        return Err(Failure::new(Cause::RoundTripDiffers, "Something else was read than was written.").with_all(kept));
    }
    project.expect_success("Storage", &project.send(Method::DELETE, path, "", key, Bytes::new()).await?)?;
    let gone = project.get(path, "", key).await?;
    if gone.status.is_success() {
        return Err(Failure::new(Cause::RoundTripDiffers, "The object is still there after it was deleted.").with_all(evidence::of(project.target, &gone)));
    }
    Ok(Finding::from("Wrote an object, read it back, and deleted it.").with_all(kept))
}

/// A table counts as protected when the anon key is refused, or gets no row.
pub async fn protected_tables(project: &Project<'_>) -> Result<Finding, Failure> {
    let tables: Vec<_> = project.target.list("protected_tables").collect();
    if tables.is_empty() {
        return Ok(Finding::not_used("no tables are named as protected."));
    }
    let mut seen = Vec::with_capacity(tables.len());
    for table in &tables {
        let answer = project.get(&["rest", "v1", table], "select=*&limit=1", Key::Anon).await?;
        // Its rows are what must not be seen, so they are not kept either.
        seen.push(json!({ "table": table, "status": answer.status.as_u16(), "rows": rows(&answer) }));
        let failure = match answer.status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => continue,
            StatusCode::NOT_FOUND => Failure::new(Cause::TableMissing, format!("There is no table {table}.")),
            status if status.is_success() => match rows(&answer) {
                Some(0) => continue,
                Some(_) => Failure::new(Cause::TableReadable, format!("The anon key reads rows of {table}.")),
                None => Failure::new(Cause::UnexpectedAnswer, format!("The answer for {table} is no list of rows.")),
            },
            _ => refusal("REST", &answer),
        };
        return Err(failure.with(Artefact::json("tables", &seen.into())));
    }
    let found = match tables.len() {
        1 => format!("Nothing of {} can be read.", tables.concat()),
        all => format!("Nothing of {all} tables can be read."),
    };
    Ok(Finding::from(found).with(Artefact::json("tables", &seen.into())))
}

fn rows(answer: &Answer) -> Option<usize> {
    answer.json().ok()?.value.as_array().map(Vec::len)
}
