//! Watches active connections: each is due at slots, and each slot ends as exactly one row.
//!
//! A node claims what is due under a lease and a fencing token ([`claim`]), tries it with bounded concurrency ([`attempt`],
//! [`concurrency`]), and writes results in batches ([`record`]): slots, snapshots, incidents and notifications in one transaction
//! that refuses whoever lost the claim in the meantime. A process that dies leaves slots that have no row yet; whoever
//! claims them next gives them one. [`tick`] does this by the clock, [`sweep`] when asked; both go the same way.

pub mod active_claims;
pub mod attempt;
pub mod claim;
pub mod concurrency;
mod limits;
pub mod outage;
pub mod percentiles;
pub mod prepared;
pub mod record;
pub mod retention;
pub mod rollup;
pub mod schedule;
pub mod slots;
mod state;
pub mod sweep;
pub mod tick;

pub use limits::Limits;
pub use state::SchedulerState;
