//! A console on the database of a bench, and how long it takes to ask it something.

use std::time::Instant;

use engine::{Console, ConsoleSettings, OpsError, vault::Vault};
use probes::egress::{Egress, EgressPolicy, Resolver};
use serde_json::{Value, json};

use super::Outcome;

/// As `script/bench.d/stage.mjs` writes it for the server.
const MASTER_KEY: [u8; 32] = [7; 32];
const TURNS: usize = 20;

pub async fn open(url: &str) -> Outcome<Console> {
    let egress = Egress::new(EgressPolicy::default(), Resolver::System);
    Ok(Console::open(ConsoleSettings::new(url.to_owned().into(), Vault::from_key(&MASTER_KEY), egress)).await?)
}

/// Milliseconds of many turns: the median, and the longest.
pub async fn timed<Done: Future<Output = Result<(), OpsError>>>(act: impl Fn() -> Done) -> Outcome<Value> {
    let mut took = Vec::with_capacity(TURNS);
    for _ in 0..TURNS {
        let begun = Instant::now();
        act().await?;
        took.push(begun.elapsed().as_secs_f64() * 1_000.0);
    }
    took.sort_by(f64::total_cmp);
    let rounded = |ms: f64| (ms * 100.0).round() / 100.0;
    Ok(json!({ "p50": rounded(took[TURNS / 2]), "max": rounded(took[TURNS - 1]) }))
}
