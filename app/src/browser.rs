//! What runs in the browser beside the islands: forms that do not reload, and their tidy ends.

mod dom;
mod events;
mod forms;
mod fresh;
mod moves;
mod presses;
mod refresh;
mod way_back;

pub use dom::{document, inside};
pub use events::{follow_events, stream};
pub use forms::enhance_forms;
pub use fresh::keep_fresh;
pub use presses::{copy_text, listen_for_presses};
pub use refresh::refresh;
pub use way_back::sign_in;
