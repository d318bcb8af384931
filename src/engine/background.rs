//! What goes on beside requests: one list, started and drained in one place, each with the outcome of its last run.

use std::{
    collections::BTreeMap,
    io,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use futures_util::{FutureExt, future::BoxFuture};
use parking_lot::Mutex;
use serde::Serialize;
use tokio::{
    runtime,
    sync::oneshot,
    task::JoinSet,
    time::{sleep, timeout},
};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::{Console, OpsError, error::chain};
use domain::time::Timestamp;

pub mod tasks;

/// How long a stop waits for runs that are under way; what is cut off is done again after the next start.
const DRAIN: Duration = Duration::from_secs(12);

type Run = Box<dyn FnMut(Console) -> BoxFuture<'static, Result<(), OpsError>> + Send>;

/// One piece of work that goes on for as long as the process lives.
pub struct BackgroundTask {
    /// As `/health` and the log call it.
    name: &'static str,
    work: Work,
    /// Whether it runs once more when it is told to stop.
    is_at_the_end: bool,
}

enum Work {
    /// One run after the other, with a pause between them.
    Every(Duration, Run),
    /// On a thread of its own, until the token is cancelled.
    Throughout(fn(Console, CancellationToken) -> BoxFuture<'static, ()>),
}

impl BackgroundTask {
    /// Runs at once, and again `period` after each end, whether it failed or not.
    pub fn every<F>(name: &'static str, period: Duration, mut run: impl FnMut(Console) -> F + Send + 'static) -> Self
    where
        F: Future<Output = Result<(), OpsError>> + Send + 'static,
    {
        Self { name, work: Work::Every(period, Box::new(move |console| run(console).boxed())), is_at_the_end: false }
    }

    /// Also once more when it is told to stop: it writes down what is otherwise lost.
    #[must_use]
    pub fn and_at_the_end(self) -> Self {
        Self { is_at_the_end: true, ..self }
    }

    /// Keeps its own time, and ends by itself once it is told to stop.
    pub const fn throughout(name: &'static str, run: fn(Console, CancellationToken) -> BoxFuture<'static, ()>) -> Self {
        Self { name, work: Work::Throughout(run), is_at_the_end: false }
    }
}

/// How a task is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TaskStatus {
    /// Its last run went well; or it is in its first one, or goes on without a break.
    Ok,
    /// Its last run failed; it is tried again.
    Failed,
    /// It ended though nobody told it to.
    Ended,
}

/// What is known of a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct TaskHealth {
    pub status: TaskStatus,
    /// When its last run ended; absent while none has.
    pub ended_at: Option<Timestamp>,
    /// How long that took, in milliseconds.
    pub took_ms: Option<u64>,
    /// Runs in a row that failed.
    pub failures: u32,
}

impl TaskHealth {
    const NEW: Self = Self { status: TaskStatus::Ok, ended_at: None, took_ms: None, failures: 0 };
}

/// How every task is, by its name. Cloning shares it.
#[derive(Clone, Default)]
pub struct Tasks(Arc<Mutex<BTreeMap<&'static str, TaskHealth>>>);

impl Tasks {
    pub fn health(&self) -> BTreeMap<&'static str, TaskHealth> {
        self.0.lock().clone()
    }

    fn note(&self, name: &'static str, change: impl FnOnce(&mut TaskHealth)) {
        change(self.0.lock().entry(name).or_insert(TaskHealth::NEW));
    }
}

/// The tasks that were started. Dropping it tells them to stop, and waits for none.
pub struct Background {
    console: Console,
    running: JoinSet<()>,
    stop: DropGuard,
    tasks: Tasks,
}

impl Background {
    /// Starts `tasks`, which stop with the console.
    ///
    /// # Errors
    /// The system has no thread left.
    pub fn start(console: &Console, tasks: Vec<BackgroundTask>) -> io::Result<Self> {
        let stop = console.stopping.child_token();
        let mut background = Self { console: console.clone(), running: JoinSet::new(), stop: stop.clone().drop_guard(), tasks: Tasks::default() };
        for BackgroundTask { name, work, is_at_the_end } in tasks {
            background.tasks.note(name, |_| {});
            let (console, stop, tasks) = (console.clone(), stop.clone(), background.tasks.clone());
            match work {
                Work::Every(period, run) => background.running.spawn(repeat(name, period, run, is_at_the_end, console, stop, tasks)),
                Work::Throughout(run) => {
                    let ended = on_thread(name, run(console, stop.clone()))?;
                    background.running.spawn(watch(name, ended, stop, tasks))
                }
            };
        }
        Ok(background)
    }

    /// Completes when a task has ended, which none does unless it is told to stop or breaks.
    pub async fn ended(&mut self) {
        self.running.join_next().await;
    }

    pub fn tasks(&self) -> Tasks {
        self.tasks.clone()
    }

    /// Tells every task to stop, and waits until those under way have ended. Then nothing is claimed any more that another node would have to wait for.
    pub async fn drain(mut self) {
        self.stop.disarm().cancel();
        let all = async {
            while self.running.join_next().await.is_some() {}
            self.console.scheduler.leave(&self.console.db).await
        };
        let drained = timeout(DRAIN, all).await;
        match drained {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(error = chain(&error), "claims could not be given back; they lapse by themselves"),
            Err(_) => tracing::warn!(tasks = self.running.len(), seconds = DRAIN.as_secs(), "left background tasks that were still busy"),
        }
    }
}

async fn repeat(name: &'static str, period: Duration, mut run: Run, is_at_the_end: bool, console: Console, stop: CancellationToken, tasks: Tasks) {
    loop {
        let is_last = stop.is_cancelled();
        let begun = Instant::now();
        // A task of its own, so that a panic is a failure like others.
        let outcome = super::scope::run_to_end(run(console.clone())).await.flatten();
        if let Err(error) = &outcome {
            tracing::warn!(task = name, error = chain(error), "background work failed; it is tried again");
        }
        tasks.note(name, |health| {
            *health = TaskHealth {
                status: if outcome.is_ok() { TaskStatus::Ok } else { TaskStatus::Failed },
                ended_at: Some(console.clock.now()),
                took_ms: u64::try_from(begun.elapsed().as_millis()).ok(),
                failures: if outcome.is_ok() { 0 } else { health.failures.saturating_add(1) },
            };
        });
        tokio::select! {
            () = stop.cancelled() => {}
            () = sleep(period) => {}
        }
        if is_last || stop.is_cancelled() && !is_at_the_end {
            return;
        }
    }
}

/// What is due together is woken together there, and pages do not hold it up.
fn on_thread(name: &'static str, work: BoxFuture<'static, ()>) -> io::Result<oneshot::Receiver<()>> {
    let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
    let (ended, end) = oneshot::channel();
    thread::Builder::new().name(name.to_owned()).spawn(move || {
        runtime.block_on(work);
        // Nobody waits any more where the process gave up on it.
        let _ = ended.send(());
    })?;
    Ok(end)
}

async fn watch(name: &'static str, ended: oneshot::Receiver<()>, stop: CancellationToken, tasks: Tasks) {
    // An error means that it panicked.
    let outcome = ended.await;
    if outcome.is_err() || !stop.is_cancelled() {
        tracing::error!(task = name, "background work ended early");
        tasks.note(name, |health| health.status = TaskStatus::Ended);
    }
}
