//! What runs in the browser beside the islands: forms that do not reload, and their tidy ends.

mod forms;
mod post;
mod refresh;

pub use forms::improve_forms;
pub use post::{not_reached, post};
pub use refresh::refresh;
