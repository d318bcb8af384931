//! Reads again soon, once for everything that happens meanwhile.

use std::{cell::Cell, pin::Pin, rc::Rc};

use gloo_timers::future::TimeoutFuture;
use leptos::task::spawn_local;

/// Milliseconds that changes gather for before they are read, so that a hundred at once are one reading.
const GATHER: u32 = 400;
/// Milliseconds between two readings at least: what another person did is seen within two seconds, a reading included.
const REST: u32 = 1_000;

type Reading = Pin<Box<dyn Future<Output = ()>>>;

pub struct Debounced {
    read: Box<dyn Fn() -> Reading>,
    is_due: Cell<bool>,
    is_running: Cell<bool>,
}

impl Debounced {
    pub fn new<R: Future<Output = ()> + 'static>(read: impl Fn() -> R + 'static) -> Rc<Self> {
        Rc::new(Self { read: Box::new(move || Box::pin(read())), is_due: Cell::new(false), is_running: Cell::new(false) })
    }

    pub fn call(self: &Rc<Self>) {
        self.is_due.set(true);
        if self.is_running.replace(true) {
            return;
        }
        let this = self.clone();
        spawn_local(async move {
            while this.is_due.get() {
                TimeoutFuture::new(GATHER).await;
                this.is_due.set(false);
                (this.read)().await;
                TimeoutFuture::new(REST).await;
            }
            this.is_running.set(false);
        });
    }
}
