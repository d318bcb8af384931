//! What runs in the browser beside the islands: forms that do not reload, and their tidy ends.

mod debounce;
mod dom;
mod events;
mod forms;
mod fresh;
pub mod in_place;
mod presses;
mod refresh;
mod way_back;

pub use debounce::Debounced;
pub use dom::{document, inside, parameters, search};
pub use events::{Told, follow_events, on_event, remember_status, stream};
pub use forms::enhance_forms;
pub use fresh::keep_fresh;
pub use presses::{copy_text, listen_for_presses};
pub use refresh::refresh;
pub use way_back::sign_in;
