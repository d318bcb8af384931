//! Bottom right: what went wrong, what to do, and the thread to pull. It stays until dismissed.

use domain::error::{ErrorCode, UserError};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use super::icon::{ALERT, CHECK, CROSS, Icon};

/// An error that is there when the page arrives.
#[derive(Clone, Serialize, Deserialize)]
pub struct First(pub UserError);

#[derive(Clone)]
struct Toast {
    number: u32,
    sentence: String,
    next: String,
    correlation_id: String,
    /// Whether pressing *Retry* can do something.
    retry: bool,
    /// Where to go on, and the words for it.
    more: (String, &'static str),
    /// How many things it tells of that the console has noticed by itself.
    #[cfg_attr(not(feature = "hydrate"), expect(dead_code, reason = "only the browser is told of events"))]
    announced: u32,
    is_good: bool,
}

impl Toast {
    fn of(number: u32, error: UserError, retry: bool) -> Self {
        if error.code == ErrorCode::SignInRequired {
            return Self::session_ended(number);
        }
        let correlation_id = error.correlation_id.map(|id| id.to_string()).unwrap_or_default();
        let (sentence, next, more) = (error.message, error.remediation, (String::new(), ""));
        Self { number, sentence, next, correlation_id, retry, more, announced: 0, is_good: false }
    }

    /// No fault to look up: the way back is to sign in.
    fn session_ended(number: u32) -> Self {
        let (sentence, next) = ("Your session has ended.".to_owned(), "Sign in again, and you come back to this page.".to_owned());
        let more = (sign_in(), "Sign in");
        Self { number, sentence, next, correlation_id: String::new(), retry: false, more, announced: 0, is_good: false }
    }
}

/// The way to sign in and come back.
fn sign_in() -> String {
    #[cfg(feature = "hydrate")]
    return crate::browser::sign_in();
    #[cfg(not(feature = "hydrate"))]
    "/sign-in".to_owned()
}

/// Toasts that are to be seen at once, the newest; one that is dismissed makes room.
const PLACES: usize = 4;

/// All that is shown. The places are fixed and follow by texts of one type, which in the browser is a fraction of drawing them anew.
#[derive(Clone, Copy)]
struct Shown(RwSignal<Vec<Toast>>);

impl Shown {
    fn at(all: &[Toast], place: usize) -> Option<&Toast> {
        all.get(all.len().saturating_sub(PLACES) + place)
    }

    fn text(self, place: usize, words: fn(&Toast) -> String) -> Signal<String> {
        Signal::derive(move || self.0.with(|all| Self::at(all, place).map(words).unwrap_or_default()))
    }

    /// The class of what is seen only where it says something.
    fn class(self, place: usize, class: &'static str, says_something: fn(&Toast) -> bool) -> Signal<String> {
        Signal::derive(move || {
            let is_seen = self.0.with(|all| Self::at(all, place).is_some_and(says_something));
            if is_seen { class } else { "gone" }.to_owned()
        })
    }

    fn place_class(self, place: usize) -> Signal<String> {
        let class = |toast: &Toast| if toast.is_good { "toast good" } else { "toast" };
        Signal::derive(move || self.0.with(|all| Self::at(all, place).map_or("gone", class)).to_owned())
    }

    /// Takes away what stands at `place`: its number.
    fn dismiss(self, place: usize) -> Option<u32> {
        let number = self.0.with_untracked(|all| Self::at(all, place).map(|toast| toast.number))?;
        self.0.update(|all| all.retain(|toast| toast.number != number));
        Some(number)
    }

    #[cfg_attr(not(feature = "hydrate"), expect(clippy::unused_self, unused_variables, reason = "nobody presses anything on the server"))]
    fn retry(self, place: usize) {
        #[cfg(feature = "hydrate")]
        if let Some(number) = self.dismiss(place) {
            raised::retry(number);
        }
    }
}

#[island]
pub fn Toasts(
    first: Option<First>,
    /// Whether the person may open the record behind a correlation ID.
    operator: bool,
) -> impl IntoView {
    let first = first.map(|First(error)| Toast::of(0, error, false));
    let shown = Shown(RwSignal::new(first.into_iter().collect()));
    #[cfg(feature = "hydrate")]
    raised::remember(shown);
    let place = |index| place(shown, index, operator);
    view! {
        <section class="toasts" aria-label="Notifications" aria-live="polite">
            {[place(0), place(1), place(2), place(3)]}
        </section>
    }
}

fn place(shown: Shown, index: usize, operator: bool) -> impl IntoView {
    let text = move |words| shown.text(index, words);
    let class = move |name, says_something| shown.class(index, name, says_something);
    let record = if operator { "button small plain" } else { "gone" };
    view! {
        <div class=shown.place_class(index) role="group">
            <Icon path=text(|toast| if toast.is_good { CHECK } else { ALERT }.to_owned())/>
            <div>
                <p class="sentence">{text(|toast| toast.sentence.clone())}</p>
                <p class="next">{text(|toast| toast.next.clone())}</p>
                <p class=class("trace", has_id)>
                    {text(|toast| if has_id(toast) { "Correlation ID " } else { "" }.to_owned())}
                    <code>{text(|toast| toast.correlation_id.clone())}</code>
                </p>
                <div class="buttons">
                    <button type="button" class=class("button small primary", |toast| toast.retry) on:click=move |_| shown.retry(index)>
                        "Retry"
                    </button>
                    <button type="button" class=class("button small needs-script", has_id) data-copy=text(|toast| toast.correlation_id.clone())>
                        "Copy ID"
                    </button>
                    <a class=class("button small", |toast| !toast.more.0.is_empty()) href=text(|toast| toast.more.0.clone())>
                        {text(|toast| toast.more.1.to_owned())}
                    </a>
                    <a class=class(record, has_id) href=text(|toast| format!("/operations/errors/{}", toast.correlation_id))>
                        "Open"
                    </a>
                </div>
            </div>
            <button type="button" class="dismiss needs-script" aria-label="Dismiss" on:click=move |_| { shown.dismiss(index); }>
                <Icon path=CROSS/>
            </button>
        </div>
    }
}

fn has_id(toast: &Toast) -> bool {
    !toast.correlation_id.is_empty()
}

/// Lets anything in the browser part show a toast.
#[cfg(feature = "hydrate")]
mod raised {
    use std::{
        cell::{Cell, RefCell},
        collections::BTreeMap,
    };

    use domain::{error::UserError, events::NotificationChange, severity::Severity};
    use leptos::prelude::{GetUntracked, Update};

    use super::{Shown, Toast};

    type Again = Box<dyn FnOnce()>;

    const INCIDENTS: &str = "/operations/incidents/";
    const NOTIFICATIONS: &str = "/operations/notifications";

    thread_local! {
        static SHOWN: Cell<Option<Shown>> = const { Cell::new(None) };
        static AGAIN: RefCell<BTreeMap<u32, Again>> = const { RefCell::new(BTreeMap::new()) };
    }

    pub fn remember(shown: Shown) {
        SHOWN.set(Some(shown));
    }

    /// Shows an error; *Retry*, where it can help, does `again`.
    pub fn show_toast(error: impl Into<UserError>, again: impl FnOnce() + 'static) {
        let error = error.into();
        let Some(shown) = SHOWN.get() else { return };
        let (number, retry) = (next_number(shown), error.retryable);
        if retry {
            AGAIN.with_borrow_mut(|all| all.insert(number, Box::new(again)));
        }
        show(shown, Toast::of(number, error, retry));
    }

    /// Tells that nothing on the page works before the person has signed in again.
    pub fn show_session_end() {
        if let Some(shown) = SHOWN.get() {
            show(shown, Toast::session_ended(next_number(shown)));
        }
    }

    /// The same sentence twice says nothing new; the newer ID is the one to quote.
    fn show(shown: Shown, toast: Toast) {
        shown.0.update(|all| {
            all.retain(|before| before.sentence != toast.sentence);
            all.push(toast);
        });
    }

    /// Tells what the console has noticed by itself: in one toast, however much happens.
    pub fn announce(change: NotificationChange) {
        let Some(shown) = SHOWN.get() else { return };
        let number = next_number(shown);
        let is_good = change.severity == Severity::Info;
        shown.0.update(|all| {
            let before = all.iter_mut().find(|toast| toast.announced > 0);
            match before {
                Some(toast) => {
                    toast.next = format!("and {} more", toast.announced);
                    toast.announced += 1;
                    toast.is_good &= is_good;
                    toast.sentence = change.title;
                    toast.more = (NOTIFICATIONS.to_owned(), "Open all");
                }
                None => all.push(Toast {
                    number,
                    sentence: change.title,
                    next: String::new(),
                    correlation_id: String::new(),

                    retry: false,
                    more: (change.incident_id.map_or_else(|| NOTIFICATIONS.to_owned(), |id| format!("{INCIDENTS}{id}")), "Open"),
                    announced: 1,
                    is_good,
                }),
            }
        });
    }

    fn next_number(shown: Shown) -> u32 {
        shown.0.get_untracked().iter().map(|toast| toast.number).max().unwrap_or_default() + 1
    }

    pub fn retry(number: u32) {
        let again = AGAIN.with_borrow_mut(|all| all.remove(&number));
        if let Some(again) = again {
            again();
        }
    }
}

#[cfg(feature = "hydrate")]
pub use raised::{announce, show_session_end, show_toast};
