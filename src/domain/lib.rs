//! Words and rules of the product. No input or output, so the same code runs in the browser and on the server.

pub mod alerting;
pub mod bidi;
pub mod correlation;
pub mod diagnostic;
pub mod environment;
pub mod error;
pub mod error_event;
pub mod events;
pub mod evidence;
pub mod folding;
pub mod health;
pub mod health_table;
pub mod heartbeat;
pub mod ids;
pub mod incident;
pub mod kind;
pub mod listing;
pub mod maintenance;
pub mod notification;
pub mod operator;
pub mod policy;
pub mod profile;
pub mod settings;
pub mod severity;
pub mod time;
pub mod verification;
