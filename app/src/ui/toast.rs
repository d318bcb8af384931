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
    correlation_id: Option<String>,
    /// Whether pressing *Retry* can do something.
    retry: bool,
    /// Where to go on, and the words for it.
    more: Option<(String, &'static str)>,
    /// How many things it tells of that the console has noticed by itself.
    #[cfg_attr(not(feature = "hydrate"), expect(dead_code, reason = "only the browser is told of events"))]
    announced: u32,
    is_good: bool,
}

impl Toast {
    fn of(number: u32, error: UserError, retry: bool) -> Self {
        let correlation_id = error.correlation_id.map(|id| id.to_string());
        let toast = Self { number, sentence: error.message, next: error.remediation, correlation_id, retry, more: None, announced: 0, is_good: false };
        if error.code == ErrorCode::SignInRequired { toast.about_session() } else { toast }
    }

    /// An ended session is no fault to look up: the way back is to sign in.
    fn about_session(self) -> Self {
        let next = "Sign in again, and you come back to this page.".to_owned();
        Self { next, correlation_id: None, more: Some((sign_in(), "Sign in")), ..self }
    }
}

/// The way to sign in and come back.
fn sign_in() -> String {
    #[cfg(feature = "hydrate")]
    return crate::browser::sign_in();
    #[cfg(not(feature = "hydrate"))]
    "/sign-in".to_owned()
}

type Shown = RwSignal<Vec<Toast>>;

#[island]
pub fn Toasts(
    first: Option<First>,
    /// Whether the person may open the record behind a correlation ID.
    operator: bool,
) -> impl IntoView {
    let first = first.map(|First(error)| Toast::of(0, error, false));
    let shown: Shown = RwSignal::new(first.into_iter().collect());
    #[cfg(feature = "hydrate")]
    raised::remember(shown);
    view! {
        <section class="toasts" aria-label="Notifications" aria-live="polite">
            {move || shown.get().into_iter().map(|toast| one(toast, operator, shown)).collect_view()}
        </section>
    }
}

fn one(toast: Toast, operator: bool, shown: Shown) -> impl IntoView {
    let Toast { number, sentence, next, correlation_id: id, retry, more, is_good, .. } = toast;
    let dismiss = move || shown.update(|all| all.retain(|toast| toast.number != number));
    let pull = id.clone().map(|id| {
        view! {
            <p class="trace">
                "Correlation ID "
                <code>{id}</code>
            </p>
        }
    });
    let icon = if is_good { CHECK } else { ALERT };
    let again = retry.then(|| {
        view! {
            <button
                type="button"
                class="button small primary"
                on:click=move |_| {
                    dismiss();
                    #[cfg(feature = "hydrate")]
                    raised::retry(number);
                }
            >
                "Retry"
            </button>
        }
    });
    view! {
        <div class="toast" class:good=is_good role="group">
            <Icon path=icon/>
            <div>
                <p class="sentence">{sentence}</p>
                <p class="next">{next}</p>
                {pull}
                <div class="buttons">
                    {again} {id.clone().map(copy)}
                    {more.map(|(path, words)| view! { <a class="button small" href=path>{words}</a> })}
                    {id.filter(|_| operator).map(|id| view! { <a class="button small plain" href=format!("/operations/errors/{id}")>"Open"</a> })}
                </div>
            </div>
            <button type="button" class="dismiss needs-script" aria-label="Dismiss" on:click=move |_| dismiss()>
                <Icon path=CROSS/>
            </button>
        </div>
    }
}

fn copy(id: String) -> impl IntoView {
    let copied = RwSignal::new(false);
    let press = move |_| {
        #[cfg(feature = "hydrate")]
        crate::browser::copy_text(&id);
        let _ = &id;
        copied.set(true);
    };
    view! {
        <button type="button" class="button small needs-script" on:click=press>
            {move || if copied.get() { "Copied" } else { "Copy ID" }}
        </button>
    }
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
        let toast = Toast::of(number, error, retry);
        shown.update(|all| {
            // The same sentence twice says nothing new; the newer ID is the one to quote.
            all.retain(|before| before.sentence != toast.sentence);
            all.push(toast);
        });
    }

    /// Tells what the console has noticed by itself: in one toast, however much happens.
    pub fn announce(change: NotificationChange) {
        let Some(shown) = SHOWN.get() else { return };
        let number = next_number(shown);
        let is_good = change.severity == Severity::Info;
        shown.update(|all| {
            let before = all.iter_mut().find(|toast| toast.announced > 0);
            let incident = change.incident_id.map(|id| format!("{INCIDENTS}{id}"));
            match before {
                Some(toast) => {
                    toast.next = format!("and {} more", toast.announced);
                    toast.announced += 1;
                    toast.is_good &= is_good;
                    toast.sentence = change.title;
                    toast.more = Some((NOTIFICATIONS.to_owned(), "Open all"));
                }
                None => all.push(Toast {
                    number,
                    sentence: change.title,
                    next: String::new(),
                    correlation_id: None,
                    retry: false,
                    more: Some((incident.unwrap_or_else(|| NOTIFICATIONS.to_owned()), "Open")),
                    announced: 1,
                    is_good,
                }),
            }
        });
    }

    fn next_number(shown: Shown) -> u32 {
        shown.get_untracked().iter().map(|toast| toast.number).max().unwrap_or_default() + 1
    }

    pub fn retry(number: u32) {
        let again = AGAIN.with_borrow_mut(|all| all.remove(&number));
        if let Some(again) = again {
            again();
        }
    }
}

#[cfg(feature = "hydrate")]
pub use raised::{announce, show_toast};
