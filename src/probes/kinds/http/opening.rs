//! How an answer begins, which tells HTTP/2 from what is no HTTP at all.

use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use parking_lot::Mutex;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// The head of a frame of HTTP/2, in bytes: length, type, flags and stream (RFC 9113, section 4.1).
const HEAD: usize = 9;
/// The type of the frame that every server begins with.
const SETTINGS: u8 = 4;

/// The first bytes that came, at most as many as a frame's head has. Clones share them.
#[derive(Clone, Default)]
pub struct Noted(Arc<Mutex<Vec<u8>>>);

impl Noted {
    pub fn is_http2(&self) -> bool {
        matches!(self.0.lock()[..], [0, 0, _, SETTINGS, 0, 0, 0, 0, 0])
    }

    pub fn is_http1(&self) -> bool {
        self.0.lock().starts_with(b"HTTP/1.")
    }
}

/// Notes how what comes over `S` begins.
pub struct Opening<S> {
    inner: S,
    noted: Noted,
}

impl<S> Opening<S> {
    pub const fn new(inner: S, noted: Noted) -> Self {
        Self { inner, noted }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Opening<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.inner).poll_read(cx, buf))?;
        let mut noted = self.noted.0.lock();
        let missing = HEAD - noted.len();
        noted.extend(buf.filled()[before..].iter().take(missing));
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Opening<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}
