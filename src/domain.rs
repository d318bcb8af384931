//! Words and rules of the product. No input or output, so the same code runs in the browser and on the server.

pub mod correlation;
pub mod diagnostic;
pub mod error;
pub mod error_event;
pub mod evidence;
pub mod id;
pub mod kind;
pub mod listing;
pub mod notification;
pub mod operator;
pub mod profile;
pub mod settings;
pub mod time;
pub mod verification;
