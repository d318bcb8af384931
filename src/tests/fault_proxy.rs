//! A tap in the pipe to a real service, so that it can be away at a chosen moment. The tests of the server use it too.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::watch,
};

/// What becomes of an upload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    Open,
    /// It does not reach the service.
    HoldsUploads,
    /// It reaches the service, and nobody learns of it.
    HoldsAnswers,
    /// Nothing goes through, and open connections break.
    Shut,
}

pub struct FaultProxy {
    pub address: SocketAddr,
    flow: watch::Sender<Flow>,
    /// The flow that held an upload last: what an earlier flow holds says nothing of this one.
    held: Arc<watch::Sender<Option<Flow>>>,
}

impl FaultProxy {
    /// Before the service at `host:port`, open.
    ///
    /// # Panics
    /// No port is free.
    pub async fn before(service: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let (flow, seen) = watch::channel(Flow::Open);
        let held = Arc::new(watch::Sender::new(None));
        let noticed = held.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (service, seen, noticed) = (service.clone(), seen.clone(), noticed.clone());
                tokio::spawn(async move {
                    let mut shut = seen.clone();
                    tokio::select! {
                        () = join(client, service, &seen, &noticed) => {}
                        _ = shut.wait_for(|flow| *flow == Flow::Shut) => {}
                    }
                });
            }
        });
        Self { address, flow, held }
    }

    pub fn set(&self, flow: Flow) {
        self.flow.send_replace(flow);
    }

    /// Until an upload is held by the flow that was set last.
    pub async fn holds(&self) {
        let wanted = Some(*self.flow.borrow());
        self.held.subscribe().wait_for(|held| *held == wanted).await.expect("the proxy holds the sender");
    }
}

async fn join(client: TcpStream, service: String, flow: &watch::Receiver<Flow>, held: &watch::Sender<Option<Flow>>) {
    let Ok(service) = TcpStream::connect(service).await else { return };
    let ((from_client, to_client), (from_service, to_service)) = (client.into_split(), service.into_split());
    let pipe = Pipe { uploads: AtomicBool::new(false), flow, held };
    tokio::join!(pipe.pass(from_client, to_service, Flow::HoldsUploads), pipe.pass(from_service, to_client, Flow::HoldsAnswers));
}

struct Pipe<'a> {
    uploads: AtomicBool,
    flow: &'a watch::Receiver<Flow>,
    held: &'a watch::Sender<Option<Flow>>,
}

impl Pipe<'_> {
    /// One way, until an upload meets the flow that holds it there.
    async fn pass(&self, mut from: OwnedReadHalf, mut to: OwnedWriteHalf, holding: Flow) {
        let mut chunk = vec![0; 64 << 10];
        while let Ok(read @ 1..) = from.read(&mut chunk).await {
            self.uploads.fetch_or(chunk.starts_with(b"PUT "), Ordering::SeqCst);
            if self.uploads.load(Ordering::SeqCst) && *self.flow.borrow() == holding {
                self.held.send_replace(Some(holding));
                std::future::pending::<()>().await;
            }
            if to.write_all(&chunk[..read]).await.is_err() {
                return;
            }
        }
    }
}
