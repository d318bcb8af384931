//! The diagnostics panel: one run, from its first result to its verdict, what it found, what changed, and what it kept.
//!
//! The server draws it whole, so that it reads and works without script. In the browser it follows the run to its end, and
//! filters, opens and compares in place. What is closed when the page arrives is not in the page: it is asked for when opened.

use domain::{diagnostic::RunStatus, ids::RunId};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

mod changes;
mod evidence;
mod facts;
mod group;
mod groups;
mod head;
#[cfg(feature = "hydrate")]
mod live;
mod moment;
mod progress;
mod verdict;

#[cfg(feature = "ssr")]
pub use self::{
    changes::{Change, ChangeList, ChangeSort},
    evidence::Artefact,
    group::{LastPass, ResultView},
    groups::{GroupPager, OUTCOMES},
    moment::Moment,
    progress::Ended,
};
pub use self::{
    changes::{ChangesView, EarlierRun},
    evidence::ArtefactText,
    facts::{Fact, PackView},
    group::{GroupDetail, GroupView},
    groups::{GroupPages, Narrowing},
    head::RunHead,
    progress::ProgressView,
    verdict::VerdictView,
};

/// A run as it stands.
#[derive(Clone, Serialize, Deserialize)]
pub struct RunView {
    pub status: RunStatus,
    pub progress: ProgressView,
    /// Absent until the run has ended.
    pub outcome: Option<RunOutcome>,
}

/// All that there is to see of a run that has ended.
#[derive(Clone, Serialize, Deserialize)]
pub struct RunOutcome {
    pub verdict: VerdictView,
    pub groups: Vec<GroupView>,
    pub pages: GroupPages,
    pub changes: ChangesView,
    /// Earlier runs that it may be compared with.
    pub earlier: Vec<EarlierRun>,
    pub pack: PackView,
    pub facts: Vec<Fact>,
    pub correlation_id: String,
}

/// What the parts of the panel share.
#[derive(Clone, Copy)]
struct Panel {
    id: RunId,
    view: RwSignal<RunView>,
    narrowing: RwSignal<Narrowing>,
    /// The run that it is compared with; empty for the time before each.
    against: RwSignal<String>,
    /// An action is on its way.
    busy: RwSignal<bool>,
    /// The verdict, which takes the focus when the button that had it is gone.
    verdict: NodeRef<leptos::html::Section>,
}

#[island]
pub fn RunPanel(id: RunId, head: RunHead, first: RunView, narrowing: Narrowing, against: String) -> impl IntoView {
    let panel = Panel {
        id,
        view: RwSignal::new(first),
        narrowing: RwSignal::new(narrowing),
        against: RwSignal::new(against),
        busy: RwSignal::new(false),
        verdict: NodeRef::new(),
    };
    #[cfg(feature = "hydrate")]
    {
        moment::tick();
        panel.follow();
    }
    let outcome = move || panel.view.with(|view| view.outcome.clone()).map(|outcome| ended(panel, outcome));
    view! {
        {head::head(panel, head)}
        {progress::progress(panel)}
        {outcome}
    }
}

fn ended(panel: Panel, outcome: RunOutcome) -> AnyView {
    let RunOutcome { verdict, groups, pages, changes, earlier, pack, facts, correlation_id } = outcome;
    let status = panel.view.with_untracked(|view| view.status);
    view! {
        <div class="columns">
            <div class="stack">{verdict::banner(panel, status, verdict)} {groups::groups(panel, groups, pages)}</div>
            <div class="stack">
                {changes::card(panel, changes, earlier)} {facts::pack(panel.id, pack)} {facts::about(facts, correlation_id)}
            </div>
        </div>
    }
    .into_any()
}
