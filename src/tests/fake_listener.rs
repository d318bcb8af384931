//! Services that are no services: a closed port, and listeners that misbehave.

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpSocket, TcpStream},
};

/// What a listener does to whoever connects.
#[derive(Clone, Copy, Debug)]
pub enum FakeListener {
    /// Accepts and never answers.
    Silent,
    /// Closes at once.
    Closing,
    /// Sends back whatever it gets, secrets too.
    Echo,
    /// Sends without end.
    Endless,
}

impl FakeListener {
    /// Listens on a free port of 127.0.0.1 until the test ends.
    ///
    /// # Panics
    /// No port is free.
    pub async fn listen(self) -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(self.meet(stream));
            }
        });
        port
    }

    async fn meet(self, mut stream: TcpStream) {
        match self {
            Self::Silent => std::future::pending().await,
            Self::Closing => {}
            Self::Echo => {
                let (mut reading, mut writing) = stream.split();
                let _ = tokio::io::copy(&mut reading, &mut writing).await;
            }
            Self::Endless => {
                let _ = stream.read(&mut [0; 16]).await;
                while stream.write_all(&[b'S'; 4096]).await.is_ok() {}
            }
        }
    }
}

/// A port of 127.0.0.1 that refuses: taken by the socket given back, which does not listen.
///
/// # Panics
/// No port is free.
pub fn closed_port() -> (TcpSocket, u16) {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.bind(([127, 0, 0, 1], 0).into()).expect("a free port");
    let port = socket.local_addr().expect("an address").port();
    (socket, port)
}
