//! What it takes to work out how far the newest open incident reaches.

use engine::{
    access,
    incidents::{self, blast_radius::blast_radius},
};
use serde_json::json;

use super::{
    Outcome,
    console::{open, timed},
};

pub async fn run(url: &str) -> Outcome {
    let console = open(url).await?;
    let scope = access::command_line(&console, None).await?;
    let id = incidents::unresolved(&scope, 1).await?.0.first().ok_or("no incident is open")?.incident.id;
    let radius = blast_radius(&scope, id).await?;
    let ms = timed(|| async { blast_radius(&scope, id).await.map(drop) }).await?;
    println!("{}", json!({ "reached": radius.connections.len(), "changes": radius.changes.len(), "releases": radius.releases.len(), "ms": ms }));
    Ok(())
}
