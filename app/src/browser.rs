//! What runs in the browser beside the islands: forms that do not reload, and their tidy ends.

mod click_handlers;
mod debounce;
mod dom;
mod events;
pub mod focus;
mod forms;
pub mod in_place;
mod polling;
mod refresh;
mod trace;
mod way_back;

pub use click_handlers::add_click_handlers;
pub use debounce::Debounced;
pub use dom::{document, inside, is_hidden, parameters, search};
pub use events::{LiveEvent, Reading, follow_events, note_reading, on_event, refresh, remember_status, stream};
pub use forms::enhance_forms;
pub use polling::poll_unfinished;
pub use trace::show_trace;
pub use way_back::{here, sign_in};
