//! What the panel asks the server for.

use domain::{
    error::UserError,
    ids::{EvidenceId, ProfileId, RunId},
};
use serde::de::DeserializeOwned;

use super::{ArtefactText, ChangesView, GroupDetail, RunView};
use crate::browser::{not_reached, post};

pub async fn run_progress(id: RunId) -> Result<RunView, UserError> {
    ask("run_progress", &format!("id={id}")).await
}

pub async fn run_group(id: RunId, connection: ProfileId) -> Result<GroupDetail, UserError> {
    ask("run_group", &format!("id={id}&connection={connection}")).await
}

pub async fn compare_runs(id: RunId, against: &str) -> Result<ChangesView, UserError> {
    ask("compare_runs", &format!("id={id}&against={against}")).await
}

pub async fn evidence_text(id: EvidenceId) -> Result<ArtefactText, UserError> {
    ask("evidence_text", &format!("id={id}")).await
}

pub async fn run_again(id: RunId) -> Result<RunId, UserError> {
    ask("run_again", &format!("id={id}")).await
}

pub async fn cancel_run(id: RunId) -> Result<(), UserError> {
    post("cancel_run", &format!("id={id}")).await.map(drop)
}

async fn ask<T: DeserializeOwned>(action: &str, fields: &str) -> Result<T, UserError> {
    let answer = post(action, fields).await?;
    serde_json::from_str(&answer.body).map_err(|_| not_reached())
}
