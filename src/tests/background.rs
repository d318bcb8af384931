//! What goes on beside requests: it goes on after a failure, tells how it is, and ends when it is told to.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use domain::error::ErrorCode;
use engine::background::{Background, BackgroundTask, TaskHealth, TaskStatus, Tasks};
use futures_util::FutureExt;
use tokio::{
    sync::{Mutex, Notify, mpsc},
    task::yield_now,
};

use crate::{active_connections::until, test_console::TestConsole};

const SOON: Duration = Duration::from_millis(1);

enum Order {
    Succeed,
    Fail,
    Panic,
}

/// Does at each run as it is told.
fn obedient() -> (BackgroundTask, mpsc::Sender<Order>) {
    let (orders, told) = mpsc::channel(8);
    let told = Arc::new(Mutex::new(told));
    let task = BackgroundTask::every("obedient", SOON, move |_console| {
        let told = Arc::clone(&told);
        async move {
            match told.lock().await.recv().await {
                None | Some(Order::Succeed) => Ok(()),
                Some(Order::Fail) => Err(ErrorCode::DatabaseUnavailable.into()),
                Some(Order::Panic) => panic!("as it was told"),
            }
        }
    });
    (task, orders)
}

async fn becomes(tasks: &Tasks, name: &str, is: impl Fn(&TaskHealth) -> bool) {
    until(name, async || tasks.health().get(name).is_some_and(&is)).await;
}

#[tokio::test]
async fn a_task_goes_on_after_a_failure_and_tells_of_its_last_run() {
    let test = TestConsole::sqlite().await;
    let (task, orders) = obedient();
    let background = Background::start(&test.console, vec![task]).expect("started");
    let tasks = background.tasks();
    assert_eq!(tasks.health()["obedient"].ended_at, None, "nothing has ended yet");
    orders.send(Order::Fail).await.expect("it listens");
    becomes(&tasks, "obedient", |task| (task.status, task.failures) == (TaskStatus::Failed, 1)).await;
    orders.send(Order::Panic).await.expect("it listens");
    becomes(&tasks, "obedient", |task| (task.status, task.failures) == (TaskStatus::Failed, 2)).await;
    test.advance(Duration::from_secs(60));
    orders.send(Order::Succeed).await.expect("it listens");
    becomes(&tasks, "obedient", |task| (task.status, task.failures, task.ended_at) == (TaskStatus::Ok, 0, Some(test.now()))).await;
}

#[tokio::test]
async fn a_stop_waits_for_the_run_under_way() {
    let test = TestConsole::sqlite().await;
    let (begun, release, is_whole) = (Arc::new(Notify::new()), Arc::new(Notify::new()), Arc::new(AtomicBool::new(false)));
    let (begins, released, whole) = (Arc::clone(&begun), Arc::clone(&release), Arc::clone(&is_whole));
    let task = BackgroundTask::every("slow", SOON, move |_console| {
        let (begins, released, whole) = (Arc::clone(&begins), Arc::clone(&released), Arc::clone(&whole));
        async move {
            begins.notify_one();
            released.notified().await;
            for _ in 0..100 {
                yield_now().await;
            }
            whole.store(true, Ordering::SeqCst);
            Ok(())
        }
    });
    let background = Background::start(&test.console, vec![task]).expect("started");
    begun.notified().await;
    release.notify_one();
    background.drain().await;
    assert!(is_whole.load(Ordering::SeqCst));
}

#[tokio::test]
async fn what_writes_down_what_would_be_lost_runs_once_more_at_the_end() {
    let test = TestConsole::sqlite().await;
    let counting = |name| {
        let runs = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&runs);
        let task = BackgroundTask::every(name, Duration::from_secs(3_600), move |_console| {
            counted.fetch_add(1, Ordering::SeqCst);
            async { Ok(()) }
        });
        (task, runs)
    };
    let ((usual, usual_runs), (keeping, keeping_runs)) = (counting("usual"), counting("keeping"));
    let background = Background::start(&test.console, vec![usual, keeping.and_at_the_end()]).expect("started");
    let tasks = background.tasks();
    for name in ["usual", "keeping"] {
        becomes(&tasks, name, |task| task.ended_at.is_some()).await;
    }
    background.drain().await;
    assert_eq!((usual_runs.load(Ordering::SeqCst), keeping_runs.load(Ordering::SeqCst)), (1, 2));
}

#[tokio::test]
async fn what_goes_on_throughout_is_told_of_when_it_ends_early_and_not_when_it_is_stopped() {
    let test = TestConsole::sqlite().await;
    let brief = BackgroundTask::throughout("brief", |_console, _stop| async {}.boxed());
    let broken = BackgroundTask::throughout("broken", |_console, _stop| async { panic!("as it was told") }.boxed());
    let steady = BackgroundTask::throughout("steady", |_console, stop| stop.cancelled_owned().boxed());
    let background = Background::start(&test.console, vec![brief, broken, steady]).expect("started");
    let tasks = background.tasks();
    for name in ["brief", "broken"] {
        becomes(&tasks, name, |task| task.status == TaskStatus::Ended).await;
    }
    background.drain().await;
    assert_eq!(tasks.health()["steady"].status, TaskStatus::Ok);
}
