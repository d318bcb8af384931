//! Hours of latencies for a made-up history, with the sketches that the engine itself would keep of them.

use domain::{
    heartbeat::{Outcome as Heartbeat, Slot},
    latency::Latency,
};
use engine::heartbeat::percentiles::{count, merge, quantile};
use serde_json::{Value, json};
use store::heartbeats::SlotRow;

use super::Outcome;

/// Slots of an hour: one every five minutes.
const SLOTS: i64 = 12;

#[expect(clippy::unnecessary_wraps, reason = "as the others")]
pub fn print(number: i32) -> Outcome {
    println!("{}", Value::from((0..number).map(shape).collect::<Vec<_>>()));
    Ok(())
}

fn shape(index: i32) -> Value {
    // Between 5 and 60 ms, in tenths.
    let latency = |slot: i64| Latency::from_tenths(50 + index * 23 + i32::try_from(slot * 37 % 101).unwrap_or_default() * 3);
    let kept: Vec<SlotRow> =
        (0..SLOTS).map(|slot| SlotRow { slot: Slot(slot * 300), outcome: Heartbeat::Pass, reason: None, latency: Some(latency(slot)) }).collect();
    let hour = count(Slot(0), &kept);
    let day = merge(Slot(0), &vec![hour.clone(); 24]);
    json!({
        "latencies": kept.iter().map(|kept| kept.latency.map(Latency::tenths)).collect::<Vec<_>>(),
        "p95": quantile(&day, 0.95), "hour": hex(hour.sketch), "day": hex(day.sketch),
    })
}

fn hex(bytes: Option<Vec<u8>>) -> String {
    bytes.unwrap_or_default().iter().map(|byte| format!("{byte:02x}")).collect()
}
