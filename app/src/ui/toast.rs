//! Bottom right: what went wrong, what to do, and the thread to pull. It stays until it is dismissed or followed, also on the pages that come next.

use domain::error::{ErrorCode, UserError};
use leptos::{ev::MouseEvent, prelude::*};
use serde::{Deserialize, Serialize};
#[cfg(feature = "hydrate")]
use web_sys::Element;

use super::icon::{ALERT, CHECK, CROSS, Icon};

/// The form that *Retry* sends where no island or form of the page answers it: what was posted without script and refused.
pub const AGAIN: &str = "again";

/// An error that is there when the page arrives.
#[derive(Clone, Serialize, Deserialize)]
pub struct InitialToast {
    pub error: UserError,
    /// The form that was refused, by its address.
    pub about: String,
    /// Whether the page carries [`AGAIN`].
    pub retry: bool,
}

#[derive(Clone)]
struct Toast {
    #[cfg_attr(not(feature = "hydrate"), expect(dead_code, reason = "only the browser takes one away"))]
    number: u32,
    /// What failed: another try at it takes its place, and success takes it away.
    #[cfg_attr(not(feature = "hydrate"), expect(dead_code, reason = "only the browser tries again"))]
    about: String,
    sentence: String,
    next: String,
    /// Who can help.
    contact: String,
    correlation_id: String,
    /// Whether pressing *Retry* can do something.
    retry: bool,
    /// Where to go on, and the words for it.
    more: (String, &'static str),
    /// How many things it tells of that the console has noticed by itself. These wait behind the bell too.
    #[cfg_attr(not(feature = "hydrate"), expect(dead_code, reason = "only the browser is told of events"))]
    announced: u32,
    /// Where it happened, for the next pages; empty once it is read, or where it says nothing there.
    #[cfg_attr(not(feature = "hydrate"), expect(dead_code, reason = "only the browser goes on to another page"))]
    origin: String,
    is_good: bool,
}

impl Toast {
    fn of(number: u32, about: String, error: &UserError, retry: bool) -> Self {
        if error.code == ErrorCode::SignInRequired {
            return Self::session_ended(number);
        }
        let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
        let is_stale = error.code == ErrorCode::VersionStale;
        Self {
            about,
            more: if is_stale { (here(), "Load it again") } else { (String::new(), "") },
            contact: text(error.contact()),
            correlation_id: text(error.correlation_id.as_ref().map(|id| id.as_str())),
            retry,
            // What a page that is read again has settled is told once.
            origin: if is_stale { String::new() } else { here() },
            ..Self::saying(number, error.message().to_owned(), error.remediation().to_owned())
        }
    }

    /// No fault to look up: the way back is to sign in.
    fn session_ended(number: u32) -> Self {
        let (sentence, next) = ("Your session has ended.", "Sign in again, and you come back to this page.");
        Self { more: (sign_in(), "Sign in"), ..Self::saying(number, sentence.to_owned(), next.to_owned()) }
    }

    fn saying(number: u32, sentence: String, next: String) -> Self {
        let (about, contact, correlation_id, origin) = (String::new(), String::new(), String::new(), String::new());
        Self { number, about, sentence, next, contact, correlation_id, retry: false, more: (String::new(), ""), announced: 0, origin, is_good: false }
    }
}

/// The page's address.
fn here() -> String {
    #[cfg(feature = "hydrate")]
    return crate::browser::here();
    #[cfg(not(feature = "hydrate"))]
    String::new()
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

    #[cfg(feature = "hydrate")]
    fn number(self, place: usize) -> Option<u32> {
        self.0.with_untracked(|all| Self::at(all, place).map(|toast| toast.number))
    }

    /// Takes away what stands at `place`.
    #[cfg(feature = "hydrate")]
    fn dismiss(self, place: usize) {
        let number = self.number(place);
        self.0.update(|all| all.retain(|toast| Some(toast.number) != number));
        self.keep();
    }

    /// Whoever has followed what stands at `place` need not be told of it on the next page.
    #[cfg(feature = "hydrate")]
    fn read(self, place: usize) {
        let number = self.number(place);
        let forget = |toast: &mut Toast| {
            if Some(toast.number) == number {
                toast.origin.clear();
            }
        };
        self.0.update_untracked(|all| all.iter_mut().for_each(forget));
        self.keep();
    }

    /// What was pressed of the toast at `place`: the way to dismiss it, a link, *Retry*.
    #[cfg_attr(not(feature = "hydrate"), expect(clippy::unused_self, unused_variables, reason = "nobody presses anything on the server"))]
    fn press(self, place: usize, event: &MouseEvent) {
        #[cfg(feature = "hydrate")]
        {
            let is_within = |selector| event_target::<Element>(event).closest(selector).ok().flatten().is_some();
            if is_within(".dismiss") {
                self.dismiss(place);
            } else if is_within("a") {
                self.read(place);
            } else if is_within("[type=submit]") {
                self.retry(place, event);
            }
        }
    }

    /// What stood on the page before the browser part woke is sent again by the browser itself.
    #[cfg(feature = "hydrate")]
    fn retry(self, place: usize, event: &MouseEvent) {
        if let Some(again) = self.number(place).and_then(raised::again_of) {
            event.prevent_default();
            self.dismiss(place);
            again();
        }
    }

    /// For the next page.
    #[cfg(feature = "hydrate")]
    fn keep(self) {
        self.0.with_untracked(|all| kept::keep(all));
    }

    /// Those that wait for a place.
    fn waiting(self) -> usize {
        self.0.with(Vec::len).saturating_sub(PLACES)
    }
}

#[island]
pub fn Toasts(
    first: Option<InitialToast>,
    /// Whether the person may open the record behind a correlation ID.
    operator: bool,
) -> impl IntoView {
    let first = first.map(|InitialToast { error, about, retry }| Toast::of(0, about, &error, retry));
    let shown = Shown(RwSignal::new(first.into_iter().collect()));
    #[cfg(feature = "hydrate")]
    raised::remember(shown);
    let place = |index| place(shown, index, operator);
    view! {
        <section class="toasts" aria-label="Notifications" aria-live="polite">
            <p hidden=move || shown.waiting() == 0>{move || format!("and {} earlier: dismiss one to read it", shown.waiting())}</p>
            {[place(0), place(1), place(2), place(3)]}
        </section>
    }
}

fn place(shown: Shown, index: usize, operator: bool) -> impl IntoView {
    let text = move |words| shown.text(index, words);
    let class = move |name, says_something| shown.class(index, name, says_something);
    let record = if operator { "button small plain" } else { "gone" };
    view! {
        <div class=shown.place_class(index) role="group" on:click=move |event| shown.press(index, &event)>
            <Icon path=text(|toast| if toast.is_good { CHECK } else { ALERT }.to_owned())/>
            <div>
                <p class="sentence">{text(|toast| toast.sentence.clone())}</p>
                <p class="next">{text(|toast| toast.next.clone())}</p>
                <p class=class("next", |toast| !toast.contact.is_empty())>{text(|toast| format!("Who can help: {}", toast.contact))}</p>
                <p class=class("trace", has_id)>
                    {text(|toast| if has_id(toast) { "Correlation ID " } else { "" }.to_owned())}
                    <code>{text(|toast| toast.correlation_id.clone())}</code>
                </p>
                <div class="buttons">
                    <button type="submit" form=AGAIN class=class("button small primary", |toast| toast.retry)>
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
            <button type="button" class="dismiss needs-script" aria-label="Dismiss">
                <Icon path=CROSS/>
            </button>
        </div>
    }
}

fn has_id(toast: &Toast) -> bool {
    !toast.correlation_id.is_empty()
}

/// What the next page has to tell again, in this tab alone.
#[cfg(feature = "hydrate")]
mod kept {
    use web_sys::{Storage, window};

    use super::{Toast, here};

    const KEY: &str = "toasts";
    /// Stands in no sentence, ID or address.
    const BETWEEN: char = '\n';

    fn storage() -> Option<Storage> {
        window()?.session_storage().ok()?
    }

    /// Without a way to send it again: what was typed may hold a secret, and stays on its page.
    pub fn keep(all: &[Toast]) {
        let unread = all.iter().filter(|toast| !toast.origin.is_empty());
        let mut text = String::new();
        for toast in unread {
            for part in [&toast.about, &toast.sentence, &toast.next, &toast.contact, &toast.correlation_id, &toast.origin] {
                text.push_str(part);
                text.push(BETWEEN);
            }
        }
        if let Some(storage) = storage() {
            drop(storage.set_item(KEY, &text));
        }
    }

    /// What earlier pages kept, each with the way back to where it happened.
    pub fn read() -> Vec<Toast> {
        let text = storage().and_then(|storage| storage.get_item(KEY).ok().flatten()).unwrap_or_default();
        let (mut parts, mut all) = (text.split(BETWEEN).map(str::to_owned), Vec::new());
        while let (Some(about), Some(sentence), Some(next), Some(contact), Some(correlation_id), Some(origin)) =
            (parts.next(), parts.next(), parts.next(), parts.next(), parts.next(), parts.next())
        {
            let more = if origin == here() { (String::new(), "") } else { (origin.clone(), "On another page: go back there") };
            all.push(Toast { about, contact, correlation_id, more, origin, ..Toast::saying(0, sentence, next) });
        }
        all
    }
}

/// Lets anything in the browser part show a toast.
#[cfg(feature = "hydrate")]
mod raised {
    use std::cell::{Cell, RefCell};

    use domain::{error::UserError, events::NotificationChange, severity::Severity};
    use leptos::{
        prelude::{GetUntracked, Set, Update, WithUntracked},
        task::spawn_local,
    };

    use super::{Shown, Toast, here, kept};

    type Again = Box<dyn FnOnce()>;

    const INCIDENTS: &str = "/operations/incidents/";
    const NOTIFICATIONS: &str = "/operations/notifications";

    thread_local! {
        static SHOWN: Cell<Option<Shown>> = const { Cell::new(None) };
        /// By the toasts' numbers.
        static AGAIN: RefCell<Vec<(u32, Again)>> = const { RefCell::new(Vec::new()) };
    }

    /// From now on toasts are shown here; those that nobody has read yet, as soon as the page is as the server drew it.
    pub fn remember(shown: Shown) {
        SHOWN.set(Some(shown));
        spawn_local(async move {
            let here = shown.0.get_untracked();
            let mut all = kept::read();
            all.retain(|toast| here.iter().all(|newer| newer.about != toast.about));
            for (number, toast) in (next_number(shown)..).zip(&mut all) {
                toast.number = number;
            }
            all.extend(here);
            shown.0.set(all);
            shown.keep();
        });
    }

    /// Shows an error of what is called `what` on this page; *Retry*, where it can help, does `again`.
    pub fn show_toast(what: &str, error: impl Into<UserError>, again: impl FnOnce() + 'static) {
        let error = error.into();
        let Some(shown) = SHOWN.get() else { return };
        let (number, retry) = (next_number(shown), error.retryable);
        if retry {
            AGAIN.with_borrow_mut(|all| all.push((number, Box::new(again))));
        }
        show(shown, Toast::of(number, named(what), &error, retry));
    }

    /// It has been done after all: what was said of it is said no more.
    pub fn settle(what: &str) {
        let Some(shown) = SHOWN.get() else { return };
        let about = named(what);
        if shown.0.with_untracked(|all| all.iter().any(|toast| toast.about == about)) {
            shown.0.update(|all| all.retain(|toast| toast.about != about));
            shown.keep();
        }
    }

    /// The same act on another page is another.
    fn named(what: &str) -> String {
        if what.starts_with('/') { what.to_owned() } else { format!("{} {what}", here().split('?').next().unwrap_or_default()) }
    }

    /// Tells that nothing on the page works before the person has signed in again.
    pub fn show_session_end() {
        if let Some(shown) = SHOWN.get() {
            show(shown, Toast::session_ended(next_number(shown)));
        }
    }

    /// What came of an act the last time it was tried says nothing any more; the newer ID is the one to quote. The same sentence of two acts is two toasts.
    fn show(shown: Shown, toast: Toast) {
        shown.0.update(|all| {
            all.retain(|before| before.announced > 0 || before.about != toast.about);
            all.push(toast);
        });
        shown.keep();
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
                None => {
                    let more = (change.incident_id.map_or_else(|| NOTIFICATIONS.to_owned(), |id| format!("{INCIDENTS}{id}")), "Open");
                    all.push(Toast { more, announced: 1, is_good, ..Toast::saying(number, change.title, String::new()) });
                }
            }
        });
    }

    fn next_number(shown: Shown) -> u32 {
        shown.0.get_untracked().iter().map(|toast| toast.number).max().unwrap_or_default() + 1
    }

    pub fn again_of(number: u32) -> Option<Again> {
        AGAIN.with_borrow_mut(|all| Some(all.swap_remove(all.iter().position(|(of, _)| *of == number)?).1))
    }
}

#[cfg(feature = "hydrate")]
pub use raised::{announce, settle, show_session_end, show_toast};
