//! In the place of the crate of this name, which server_fn links for server functions that stream. None of ours does; but the original exports three
//! classes to scripts, so that no linker may leave them out: 5 KB of every page.
//!
//! A server function that streams needs the original: take this crate out of `[patch.crates-io]`.

use futures_util::stream::Empty;
use wasm_bindgen::JsValue;

#[derive(Debug)]
pub struct ReadableStream(web_sys::ReadableStream);

impl ReadableStream {
    pub const fn from_raw(raw: web_sys::ReadableStream) -> Self {
        Self(raw)
    }

    pub fn into_raw(self) -> web_sys::ReadableStream {
        self.0
    }

    /// # Panics
    /// Always: what a server function is sent does not stream here.
    #[expect(clippy::unimplemented, reason = "whoever writes such a function must meet it at once")]
    pub fn from_stream<S>(_: S) -> Self {
        unimplemented!("server functions do not stream: see frontend/wasm-streams")
    }

    /// # Panics
    /// Always: what a server function answers does not stream here.
    #[expect(clippy::unimplemented, reason = "whoever writes such a function must meet it at once")]
    pub fn into_stream(self) -> Empty<Result<JsValue, JsValue>> {
        unimplemented!("server functions do not stream: see frontend/wasm-streams")
    }
}
