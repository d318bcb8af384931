//! A stream that stops a service from filling our memory: the clients of PostgreSQL and Redis buffer whatever length is announced.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Most bytes read in one scenario. `INFO` of Redis and the greeting of PostgreSQL with a long certificate chain take under 32 KB.
pub const MOST_BYTES: usize = 1 << 20;

/// Reads at most [`MOST_BYTES`] from `S`, then fails.
pub struct LimitedStream<S> {
    inner: S,
    left: usize,
}

impl<S> LimitedStream<S> {
    pub const fn new(inner: S) -> Self {
        Self { inner, left: MOST_BYTES }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for LimitedStream<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.inner).poll_read(cx, buf))?;
        let read = buf.filled().len() - before;
        match self.left.checked_sub(read) {
            Some(left) => {
                self.left = left;
                Poll::Ready(Ok(()))
            }
            None => {
                // A read that fails has read nothing.
                buf.set_filled(before);
                Poll::Ready(Err(io::Error::new(io::ErrorKind::InvalidData, "the service sent more than 1 MB")))
            }
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for LimitedStream<S> {
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

#[cfg(test)]
mod tests {
    use tokio::io::AsyncReadExt;

    use super::*;

    #[tokio::test]
    async fn an_endless_answer_ends_in_an_error() {
        let mut sink = Vec::new();
        let error = LimitedStream::new(tokio::io::repeat(b'x')).read_to_end(&mut sink).await.expect_err("must stop");
        assert_eq!(error.to_string(), "the service sent more than 1 MB");
        assert!(sink.len() <= MOST_BYTES);
    }
}
