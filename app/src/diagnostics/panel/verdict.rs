//! The verdict, said so that it is seen in two seconds.

use domain::diagnostic::RunStatus;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use super::Panel;
use crate::{diagnostics::verdict::badge_style, ui::icon::Icon};

/// What a run decides, and why.
#[derive(Clone, Serialize, Deserialize)]
pub struct VerdictView {
    pub reason: String,
    /// Why evidence is missing.
    pub lost: Option<String>,
    pub counts: String,
    /// Said to those who listen when it comes.
    pub announced: String,
}

pub fn banner(panel: Panel, status: RunStatus, verdict: VerdictView) -> impl IntoView {
    let (_, icon, tone) = badge_style(status);
    let word = if status == RunStatus::Passed { "Pass" } else { "Block" };
    view! {
        <section class=format!("verdict {tone}") aria-label="Verdict" tabindex="-1" node_ref=panel.verdict>
            <Icon path=icon/>
            <div>
                <p class="word">{word}</p>
                <p>{verdict.reason}</p>
                {verdict.lost.map(|lost| view! { <p>{lost}</p> })}
                <p class="counts">{verdict.counts}</p>
            </div>
        </section>
    }
}
