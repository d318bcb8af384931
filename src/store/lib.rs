//! Rows: one file a table, SQL once for both databases.
//!
//! Reads take a [`TeamDb`] and use its readers; writes take a [`TeamTx`], so that several join into one unit of work. What spans teams takes
//! [`Db`] and [`Tx`] instead.

pub mod action_items;
mod affected;
pub mod api_tokens;
pub mod audit_entries;
pub mod audit_heads;
pub mod baselines;
pub mod bulk;
pub mod calendars;
pub mod changes;
pub mod connection_schedules;
pub mod daily_checklists;
pub mod db;
pub mod deliveries;
pub mod diagnostic_results;
pub mod diagnostic_runs;
pub mod digests;
mod error;
pub mod error_events;
pub mod error_groups;
pub mod escalations;
pub mod evidence;
pub mod evidence_manifests;
pub mod execution_steps;
pub mod folding;
pub mod health_snapshots;
pub mod heartbeat_nodes;
pub mod heartbeat_rollups;
pub mod heartbeats;
pub mod idempotency;
pub mod identities;
pub mod incidents;
pub mod invitations;
pub mod log_lines;
pub mod mailboxes;
pub mod maintenance_tasks;
pub mod maintenance_windows;
pub mod master_keys;
pub mod notification_channels;
pub mod notifications;
pub mod on_call_documents;
pub mod operators;
pub mod passkeys;
pub mod pool_figures;
pub mod post_mortems;
pub mod profiles;
pub mod rates;
pub mod readers;
pub mod restores;
pub mod retention;
mod row_level_security;
pub mod runbook_executions;
pub mod runbooks;
pub mod schema;
pub mod sealed;
pub mod second_factors;
pub mod sessions;
pub mod setup_links;
pub mod severity_policies;
pub mod silences;
pub mod snapshot;
pub mod team;
pub mod teams;
pub mod transaction;
pub mod verifications;
pub mod whole_file;
pub mod write_checks;

use affected::affected_one;
pub use db::{Db, Tx};
pub use error::{StoreError, Taken};
pub use team::{TeamDb, TeamTx};

/// What a store function answers.
pub type StoreResult<T> = Result<T, StoreError>;

/// SHA-256, under which tokens and session ids are kept.
pub fn hash_token(secret: &str) -> Vec<u8> {
    use sha2::{Digest, Sha256};
    Sha256::digest(secret).to_vec()
}

/// `q` anywhere in a text, taken literally, for `like … escape`.
fn like_pattern(q: &str) -> String {
    let literal = domain::folding::fold(q).replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    format!("%{literal}%")
}
