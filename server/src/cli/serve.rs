//! `switchboard serve`: opens the console, listens, says so, and stops when told to.

use std::{
    io::{self, Write, stdout},
    net::SocketAddr,
    thread::{self, JoinHandle},
    time::Duration,
};

use engine::{
    Console, access,
    diagnose::recover::{self, ALIVE_EVERY},
    events::follow,
    evidence::retention,
    heartbeat::{self, tick},
    verify,
};
use store::sessions;
use tokio::{
    net::{TcpListener, TcpSocket},
    runtime,
    signal::unix::{SignalKind, signal},
    task::spawn_blocking,
};

use crate::{
    assets,
    cli::{Failure, prepare},
    listener::{self, Limits},
    router::router,
    settings::Settings,
    state::AppState,
};

/// How often ended sessions and old evidence are removed.
const SWEEP_EVERY: Duration = Duration::from_secs(60 * 60);
/// Connections that wait in the kernel for one of ours to end.
const BACKLOG: u32 = 1_024;

/// Serves until SIGTERM or SIGINT.
///
/// # Errors
/// Whatever keeps it from starting, in one sentence.
pub async fn serve(settings: Settings) -> Result<(), Failure> {
    // First, so that a second server on the same address touches nothing.
    let listener = bind(settings.listen).map_err(|error| in_words(settings.listen, &error))?;
    let address = listener.local_addr()?;
    let console = prepare(&settings).await?;
    console.egress.deny_listener(address);
    log_panics();
    let is_embedded = matches!(console.db.writer, store::db::Pool::Sqlite(_));
    verify::recover(&console, is_embedded).await?;
    tokio::spawn(sweep(console.clone()));
    tokio::spawn(watch_runs(console.clone()));
    let told = stopped()?;
    let stopping = console.stopping.clone();
    tokio::spawn(async move {
        told.await;
        stopping.cancel();
    });
    let scheduler = schedule(console.clone())?;
    tokio::spawn(heartbeat::retention::run(console.clone()));
    tokio::spawn(engine::retention::run(console.clone()));
    if !is_embedded {
        tokio::spawn(follow::run(console.clone()));
    }
    let router = router(AppState::new(console.clone(), &settings));
    let limits = Limits { trusted_proxies: settings.trusted_proxies.clone(), ..Limits::default() };
    let link = access::setup_link_token(&console).await?;
    announce(address, &settings, link.as_deref())?;
    if !assets::is_split() {
        tracing::warn!("the browser part was built without --split: pages work as they do without script");
    }
    tracing::info!(%address, version = env!("CARGO_PKG_VERSION"), environment = %settings.environment, "serving");
    listener::serve(listener, router, limits, console.stopping.cancelled()).await;
    if !matches!(spawn_blocking(|| scheduler.join()).await, Ok(Ok(()))) {
        tracing::error!("the scheduler ended early");
    }
    console.db.close().await;
    tracing::info!("stopped");
    Ok(())
}

/// Heartbeats have a thread to themselves: what is due together is woken together, and pages and heartbeats do not hold each other up.
fn schedule(console: Console) -> io::Result<JoinHandle<()>> {
    let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
    let stop = console.stopping.clone().cancelled_owned();
    thread::Builder::new().name("heartbeats".to_owned()).spawn(move || runtime.block_on(tick::run(console, stop)))
}

fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

fn in_words(address: SocketAddr, error: &io::Error) -> Failure {
    let problem = match error.kind() {
        io::ErrorKind::AddrInUse => "another program listens there".to_owned(),
        io::ErrorKind::PermissionDenied => "ports below 1024 need a privilege that this user lacks".to_owned(),
        io::ErrorKind::AddrNotAvailable => "this machine has no such address".to_owned(),
        _ => error.to_string(),
    };
    Failure::Fatal(format!("cannot listen on {address}: {problem}; choose another with SWITCHBOARD_LISTEN or --listen"))
}

/// The lines that people and scripts wait for, written at once.
fn announce(address: SocketAddr, settings: &Settings, link: Option<&str>) -> io::Result<()> {
    let mut lines = format!("listening on http://{address}\n");
    if let Some(token) = link {
        let base = settings.public_url.as_ref().map_or_else(|| format!("http://{address}"), |url| url.as_str().trim_end_matches('/').to_owned());
        lines += &format!("set up: {base}/setup?token={token}\n");
    }
    stdout().lock().write_all(lines.as_bytes())?;
    stdout().flush()
}

/// Completes at the first SIGTERM or SIGINT.
fn stopped() -> io::Result<impl Future<Output = ()>> {
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => tracing::info!("SIGTERM: stopping"),
            _ = interrupt.recv() => tracing::info!("SIGINT: stopping"),
        }
    })
}

/// Logs where a panic happened, and not what it says, for that may hold a secret.
fn log_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "panic");
    }));
}

async fn sweep(console: Console) {
    loop {
        if let Err(error) = sessions::delete_expired(&console.db, console.clock.now()).await {
            tracing::warn!(%error, "ended sessions could not be removed");
        }
        if let Err(error) = retention::prune(&console).await {
            tracing::warn!(%error, "evidence past its retention could not be removed");
        }
        if let Err(error) = retention::sweep(&console).await {
            tracing::warn!(%error, "the evidence store could not be swept");
        }
        tokio::time::sleep(SWEEP_EVERY).await;
    }
}

/// Ends the runs that other processes left, and those of this one before it was killed.
async fn watch_runs(console: Console) {
    loop {
        if let Err(error) = recover::recover(&console).await {
            tracing::warn!(%error, "abandoned diagnostic runs could not be ended");
        }
        tokio::time::sleep(ALIVE_EVERY).await;
    }
}
