//! The page of a run. While it goes on, how far it is and what ended; then its verdict, its results, and what is otherwise than before.
//! Links and the filter are answered in place; all of it is links and forms where there is no script.

use domain::{
    ids::RunId,
    run_page::{CHANGES, LINES, RunLine, RunPage, RunPageQuery},
};
use leptos::{
    ev::{Event, MouseEvent, SubmitEvent},
    html::{Form, Section},
    prelude::*,
};

pub mod fixed;
#[cfg(feature = "hydrate")]
mod follow;
mod line;

use self::{
    fixed::{PanelAction, Part, address_of, fixed},
    line::{change, line},
};
use super::path_of;
use crate::ui::{
    empty::empty,
    gone::class,
    icon::{CROSS, Icon, PLAY, SEARCH},
    moment::moment,
    pool::pool,
};

/// What the island shows.
#[derive(Clone, Copy)]
#[cfg_attr(not(feature = "hydrate"), expect(dead_code, reason = "only the browser asks for something else"))]
pub struct Panel {
    id: RunId,
    shown: RwSignal<RunPage>,
    lines: StoredValue<Vec<RwSignal<RunLine>>>,
    changes: StoredValue<Vec<RwSignal<RunLine>>>,
    /// What the address asks for.
    query: StoredValue<RunPageQuery>,
    filter: NodeRef<Form>,
    again: NodeRef<Form>,
    /// Takes the focus when the button that had it is gone.
    verdict: NodeRef<Section>,
}

#[cfg_attr(not(feature = "hydrate"), expect(clippy::unused_self, unused_variables, reason = "nobody does anything on the server"))]
impl Panel {
    fn on_press(self, event: &MouseEvent) {
        #[cfg(feature = "hydrate")]
        follow::on_press(self, event);
    }

    fn on_input(self, event: &Event) {
        #[cfg(feature = "hydrate")]
        follow::on_input(self, event);
    }

    fn on_submit(self, event: &SubmitEvent) {
        #[cfg(feature = "hydrate")]
        follow::on_submit(self, event);
    }
}

impl Panel {
    fn new(id: RunId, mut first: RunPage) -> Self {
        let (lines, changes) = (std::mem::take(&mut first.lines), std::mem::take(&mut first.changes));
        Self {
            id,
            shown: RwSignal::new(first),
            lines: pool(lines, LINES),
            changes: pool(changes, CHANGES),
            query: StoredValue::new(RunPageQuery::default()),
            filter: NodeRef::new(),
            again: NodeRef::new(),
            verdict: NodeRef::new(),
        }
    }

    /// A text that follows what is shown.
    fn text(self, words: fn(&RunPage) -> String) -> Signal<String> {
        Signal::derive(move || self.shown.with(words))
    }
}

#[island(lazy)]
pub fn RunPanel(id: RunId, first: RunPage) -> impl IntoView {
    let panel = Panel::new(id, first);
    #[cfg(feature = "hydrate")]
    follow::follow(panel);
    view! {
        <div
            class="run-panel"
            on:click=move |event| panel.on_press(&event)
            on:input=move |event| panel.on_input(&event)
            on:submit=move |event| panel.on_submit(&event)
        >
            {head(panel)}
            <p class="unseen" role="status">
                {panel.text(|page| page.words.announced.clone())}
            </p>
            <div class="columns">
                <div class="stack">
                    // While the run goes on, its verdict has its room already.
                    <div class=panel.text(|page| if page.is_finished { "run-top" } else { "run-top undecided" }.to_owned())>
                        {progress(panel)} <div class="decision stack">{verdict(panel)} {filter(panel)}</div>
                    </div> {results(panel)}
                </div>
                // What comes with the verdict comes below what stands.
                <div class="stack">{about(panel)} {comparison(panel)} {pack(panel)}</div>
            </div>
        </div>
    }
}

fn head(panel: Panel) -> impl IntoView {
    view! {
        <div class="page-head" id="run-head">
            <div>
                {fixed(Part::Title)} <p class="facts">
                    <span class=panel.text(|page| format!("badge {}", page.words.tone))>
                        <Icon path=panel.text(|page| page.words.icon.clone())/>
                        {panel.text(|page| page.words.status.clone())}
                    </span>
                    {fixed(Part::Facts)}
                </p>
            </div>
            <div class="page-actions">
                <form node_ref=panel.again class=panel.text(|page| class("", page.may_act && page.is_finished)) method="post" action=address_of(PanelAction::Again)>
                    {button(panel, "button", PLAY, |page| if page.is_sending { "Starting…" } else { "Run again" }.to_owned())}
                </form>
                <details name="ask" class=panel.text(|page| class("ask", page.may_act && !page.is_finished))>
                    {fixed(Part::Question)} <div class="ask-body">
                        {fixed(Part::Warning)} <form method="post" action=address_of(PanelAction::Cancel)>
                            {button(
                                panel,
                                "button danger primary",
                                CROSS,
                                |page| if page.is_sending { "Cancelling…" } else { "Cancel the run" }.to_owned(),
                            )}
                        </form>
                    </div>
                </details>
            </div>
        </div>
    }
}

fn button(panel: Panel, class: &'static str, icon: Icon, words: fn(&RunPage) -> String) -> impl IntoView {
    view! {
        <button type="submit" class=class name="id" value=panel.id.to_string() aria-busy=panel.text(|page| page.is_sending.to_string())>
            <Icon path=icon/>
            <span>{panel.text(words)}</span>
        </button>
    }
}

fn progress(panel: Panel) -> impl IntoView {
    view! {
        <section class=panel.text(|page| class("card watch", !page.is_finished)) aria-label="Progress">
            <header>
                <p>{panel.text(|page| page.words.progress.clone())}</p>
            </header>
            <progress
                aria-label="Scenarios that ended"
                max=panel.text(|page| page.words.planned.clone())
                value=panel.text(|page| page.words.done.clone())
            ></progress>
        </section>
    }
}

/// What the run decides, said so that it is seen in two seconds.
fn verdict(panel: Panel) -> impl IntoView {
    view! {
        <section
            class=panel.text(|page| format!("run-verdict {}", page.words.tone))
            aria-label="Verdict"
            tabindex="-1"
            node_ref=panel.verdict
        >
            <Icon path=panel.text(|page| page.words.icon.clone())/>
            <div>
                <p class="word">{panel.text(|page| page.words.verdict.clone())}</p>
                <p class="reason">{panel.text(|page| page.words.reason.clone())}</p>
                <p class=panel.text(|page| class("", !page.words.lost.is_empty()))>{panel.text(|page| page.words.lost.clone())}</p>
                <p class="counts">{panel.text(|page| page.words.counts.clone())}</p>
            </div>
        </section>
    }
}

fn filter(panel: Panel) -> impl IntoView {
    view! {
        <form
            class="filter"
            method="get"
            action=path_of(panel.id)
            role="search"
            aria-label="Results"
            node_ref=panel.filter
        >
            {fixed(Part::Fields)}
            {link(panel.text(|page| class("button plain", !page.words.clear.is_empty())), panel.text(|page| page.words.clear.clone()), "Clear")}
        </form>
    }
}

fn results(panel: Panel) -> impl IntoView {
    view! {
        <section class="card" aria-label="Results">
            <ol class="steps">{panel.lines.get_value().into_iter().map(line).collect_view()}</ol>
            <div class=panel.text(|page| class("", !page.words.nothing.is_empty()))>
                {empty(
                    SEARCH,
                    "No results",
                    panel.text(|page| page.words.nothing.clone()),
                    link(
                        panel.text(|page| class("button", !page.words.clear.is_empty())),
                        panel.text(|page| page.words.clear.clone()),
                        "Clear the filter",
                    ),
                )}
            </div>
            <nav class=panel.text(|page| class("pager", !page.words.page.is_empty())) aria-label="Pages">
                <span>{panel.text(|page| page.words.page.clone())}</span>
                <span class="buttons">
                    {link(
                        panel.text(|page| class("button small", !page.words.previous.is_empty())),
                        panel.text(|page| page.words.previous.clone()),
                        "Previous",
                    )}
                    {link(panel.text(|page| class("button small", !page.words.next.is_empty())), panel.text(|page| page.words.next.clone()), "Next")}
                </span>
            </nav>
        </section>
    }
}

fn link(class: Signal<String>, href: Signal<String>, words: &'static str) -> impl IntoView {
    view! {
        <a class=class href=href>
            {words}
        </a>
    }
}

/// What is otherwise than before.
fn comparison(panel: Panel) -> impl IntoView {
    view! {
        <section class=panel.text(|page| class("card", page.is_finished)) aria-labelledby="changes">
            <header>
                <h2 id="changes">
                    {panel.text(|page| page.words.compared.clone())} {moment(panel.text(|page| page.words.compared_at.clone()))}
                </h2>
            </header>
            <div class="body changes">
                <p class=panel.text(|page| class("quiet", !page.words.unchanged.is_empty()))>{panel.text(|page| page.words.unchanged.clone())}</p>
                <ul>{panel.changes.get_value().into_iter().map(change).collect_view()}</ul>
            </div>
        </section>
    }
}

/// The evidence: how much there is, the pack, and how anyone can check it.
fn pack(panel: Panel) -> impl IntoView {
    view! {
        <section class=panel.text(|page| class("card", page.is_finished)) aria-labelledby="pack">
            {fixed(Part::PackHead)} <div class="body stack-small">
                <p>{panel.text(|page| page.words.kept.clone())}</p>
                {fixed(Part::PackCheck)}
            </div>
        </section>
    }
}

/// When it was, for how long, and the thread to pull.
fn about(panel: Panel) -> impl IntoView {
    view! {
        <section class="card" aria-labelledby="about">
            {fixed(Part::AboutHead)} <div class="body">
                <dl class="facts-list">
                    {fixed(Part::About)} <div class=panel.text(|page| class("fact", page.is_finished))>
                        <dt>"Ended"</dt>
                        <dd>
                            {moment(panel.text(|page| page.words.ended_at.clone()))}
                        </dd>
                    </div> <div class=panel.text(|page| class("fact", !page.words.took.is_empty()))>
                        <dt>"Took"</dt>
                        <dd>{panel.text(|page| page.words.took.clone())}</dd>
                    </div> <div class=panel.text(|page| class("fact", !page.words.waited.is_empty()))>
                        <dt>"Waited"</dt>
                        <dd>{panel.text(|page| page.words.waited.clone())}</dd>
                    </div>
                </dl>
            </div>
        </section>
    }
}
