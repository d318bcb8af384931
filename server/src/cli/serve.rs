//! `switchboard serve`: opens the console, listens, says so, and stops when told to.

use std::{
    io::{self, Write, stdout},
    net::SocketAddr,
    time::Duration,
};

use axum::{Router, routing::get};
use domain::{correlation_id::CorrelationId, error::ErrorCode};
use engine::{
    Console, OpsError,
    access::{self, single_sign_on},
    background::{Background, tasks},
    readiness::is_disk_full,
    verify,
};
use tokio::{
    net::{TcpListener, TcpSocket},
    signal::unix::{SignalKind, signal},
    time::sleep,
};

use super::{Failure, prepare};
use crate::{
    api::health,
    assets, correlation,
    listener::{self, Limits},
    problem::Problem,
    router::router,
    settings::Settings,
    state::AppState,
    traces::Traces,
};

/// Connections that wait in the kernel for one of ours to end.
const BACKLOG: u32 = 1_024;

const ROOM_IS_LOOKED_FOR_EVERY: Duration = Duration::from_secs(1);

/// Serves until SIGTERM or SIGINT.
///
/// # Errors
/// Whatever keeps it from starting, in one sentence.
pub async fn serve(settings: Settings, traces: Option<Traces>) -> Result<(), Failure> {
    // First, so that a second server on the same address touches nothing.
    let listener = bind(settings.listen).map_err(|error| in_words(settings.listen, &error))?;
    let address = listener.local_addr()?;
    let limits = Limits { trusted_proxies: settings.trusted_proxies.clone(), ..Limits::default() };
    let listener = when_there_is_room(&settings, listener, &limits).await?;
    let console = prepare(&settings).await?;
    console.egress.deny_listener(address);
    verify::recover(&console, console.db.is_embedded()).await?;
    let told = stopped()?;
    let stopping = console.stopping.clone();
    tokio::spawn(async move {
        told.await;
        stopping.cancel();
    });
    let background = Background::start(&console, tasks::of_server(&console))?;
    let router = router(AppState::new(console.clone(), &settings, background.tasks()));
    warn_of_locked_out(&console, &settings).await?;
    let link = access::setup_link_token(&console).await?;
    announce(address, &settings, link.as_deref())?;
    if !assets::is_split() {
        tracing::warn!("the browser part was built without --split: pages work as they do without script");
    }
    tracing::info!(%address, version = env!("CARGO_PKG_VERSION"), environment = %settings.environment, "serving");
    listener::serve(listener, router, limits, console.stopping.cancelled()).await;
    background.drain().await;
    console.db.close().await;
    if let Some(traces) = traces {
        traces.shut_down().await;
    }
    tracing::info!("stopped");
    Ok(())
}

/// Waits while the disk of SQLite is full, for a console is not opened without writing; whoever asks meanwhile is told.
async fn when_there_is_room(settings: &Settings, listener: TcpListener, limits: &Limits) -> Result<TcpListener, Failure> {
    let is_full = || settings.database_file().is_some_and(is_disk_full);
    if !is_full() {
        return Ok(listener);
    }
    tracing::error!("the disk is full; the console starts once there is room");
    let address = listener.local_addr()?;
    let refuse = async || {
        let id = CorrelationId::mint();
        ([(correlation::HEADER.clone(), id.to_string())], Problem::new(ErrorCode::DiskFull, id))
    };
    let router = Router::new().route("/livez", get(health::livez)).fallback(refuse);
    let is_free = async {
        while is_full() {
            sleep(ROOM_IS_LOOKED_FOR_EVERY).await;
        }
    };
    listener::serve(listener, router, limits.clone(), is_free).await;
    Ok(bind(address)?)
}

/// Tells of teams whose administrators cannot sign in.
async fn warn_of_locked_out(console: &Console, settings: &Settings) -> Result<(), OpsError> {
    let Some(provider) = &settings.identity_provider else { return Ok(()) };
    for team in single_sign_on::locked_out(&console.db, provider).await? {
        tracing::warn!(team, "passwords are off, and no administrator of the team is linked to the identity provider");
    }
    Ok(())
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
