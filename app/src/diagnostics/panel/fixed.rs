//! What does not change while the page of a run stands: drawn by the server alone. In the browser each part is an element without
//! children, which stay as they are found.

#[cfg(not(feature = "ssr"))]
use leptos::prelude::*;

#[derive(Clone, Copy)]
pub enum Part {
    Title,
    /// What the run is for.
    Facts,
    /// The button that asks whether to cancel it, and what that means.
    Question,
    Warning,
    /// Of the filter.
    Fields,
    PackHead,
    /// How the pack is checked.
    PackCheck,
    AboutHead,
    About,
}

/// What a person may do with a run.
#[derive(Clone, Copy)]
pub enum PanelAction {
    Again,
    Cancel,
}

#[cfg(feature = "ssr")]
pub use on_server::{RunFrame, address_of, fixed};

#[cfg(not(feature = "ssr"))]
pub fn fixed(_part: Part) -> impl IntoView {
    view! { <div></div> }
}

#[cfg(not(feature = "ssr"))]
pub const fn address_of(_act: PanelAction) -> String {
    String::new()
}

#[cfg(feature = "ssr")]
mod on_server {
    use domain::{
        diagnostic::DiagnosticTestRun,
        run_page::RunPageQuery,
        verification::StepOutcome::{Failed, Passed, Skipped, Warned},
    };
    use leptos::prelude::*;

    use super::{PanelAction, Part};
    use crate::{
        action::form_address,
        diagnostics::{
            server_fns::{CancelRun, RunAgain},
            verdict::{badge_style, connections, plural},
        },
        errors::ThreadLink,
        ui::{
            badge::EnvironmentBadge,
            filter::choice,
            icon::{CROSS, DOWNLOAD, Icon, SEARCH},
            steps,
            time::Time,
            url::here,
        },
    };

    /// What the parts are drawn from. The page provides it.
    #[derive(Clone)]
    pub struct RunFrame {
        pub title: String,
        pub run: DiagnosticTestRun,
        pub query: RunPageQuery,
        /// Runs that it may be compared with, the newest first.
        pub earlier: Vec<DiagnosticTestRun>,
        /// Of who signs the evidence.
        pub public_key: String,
    }

    /// Where a form without script posts to.
    pub fn address_of(act: PanelAction) -> String {
        match act {
            PanelAction::Again => form_address::<RunAgain>(&here()),
            PanelAction::Cancel => form_address::<CancelRun>(&here()),
        }
    }

    /// Exactly one element.
    pub fn fixed(part: Part) -> AnyView {
        use_context::<RunFrame>().map_or_else(|| view! { <div></div> }.into_any(), |frame| frame.part(part))
    }

    impl RunFrame {
        fn part(self, part: Part) -> AnyView {
            match part {
                Part::Title => view! { <h1>{self.title}</h1> }.into_any(),
                Part::Facts => self.facts().into_any(),
                Part::Question => view! {
                    <summary class="button danger">
                        <Icon path=CROSS/>
                        "Cancel"
                    </summary>
                }
                .into_any(),
                Part::Warning => view! {
                    <div>
                        <h2>"Cancel this run?"</h2>
                        <p>"It ends as interrupted, and its verdict is block. What it found so far is kept."</p>
                    </div>
                }
                .into_any(),
                Part::Fields => self.fields().into_any(),
                Part::PackHead => self.pack_head().into_any(),
                Part::PackCheck => self.pack_check().into_any(),
                Part::AboutHead => view! { <header><h2 id="about">"About this run"</h2></header> }.into_any(),
                Part::About => self.about().into_any(),
            }
        }

        fn facts(self) -> impl IntoView {
            let run = self.run;
            view! {
                <span class="facts">
                    {run.environment.map(|environment| view! { <EnvironmentBadge environment=environment/> })}
                    {run.release.map(|release| view! { <span class="tag">{release}</span> })}
                    <span>{format!("by {} ", run.requested_by)} <Time at=run.requested_at/></span>
                </span>
            }
        }

        fn fields(self) -> impl IntoView {
            let outcomes = [Failed, Warned, Passed, Skipped].map(|outcome| (outcome.to_string(), steps::badge_style(outcome).2.to_owned()));
            let told = |run: DiagnosticTestRun| {
                let release = run.release.map(|release| format!(", {release}")).unwrap_or_default();
                (run.id.to_string(), format!("{}{release}: {}", run.requested_at.exact(), badge_style(run.status).0.to_lowercase()))
            };
            let earlier = self.earlier.into_iter().map(told).collect();
            let RunPageQuery { q, outcome, against, .. } = self.query;
            view! {
                <div class="fields">
                    <div class="search">
                        <Icon path=SEARCH/>
                        <input
                            class="input"
                            type="search"
                            name="q"
                            value=q
                            placeholder="Connection or scenario"
                            aria-label="Search results"
                            autocomplete="off"
                        />
                    </div>
                    {choice("outcome", "Outcome", "All outcomes", outcomes.into(), outcome.map(|outcome| outcome.to_string()))}
                    {choice("against", "Compare with", "Compared with the last run", earlier, against.map(|id| id.to_string()))}
                    <button class="button" type="submit">
                        "Filter"
                    </button>
                </div>
            }
        }

        fn pack_head(self) -> impl IntoView {
            let run = self.run.id;
            view! {
                <header>
                    <h2 id="pack">"Evidence"</h2>
                    <a class="button small" href=format!("/api/diagnostics/runs/{run}/evidence") download=format!("evidence-{run}.zip")>
                        <Icon path=DOWNLOAD/>
                        "Download pack"
                    </a>
                </header>
            }
        }

        fn pack_check(self) -> impl IntoView {
            let command = format!("switchboard evidence verify evidence-{}.zip --public-key {}", self.run.id, self.public_key);
            view! {
                <div class="stack-small">
                    <p class="quiet small">"Check it anywhere, without this console:"</p>
                    <pre tabindex="0" class="command">{command.clone()}</pre>
                    <div>
                        <button type="button" class="button small needs-script" data-copy=command>
                            "Copy"
                        </button>
                    </div>
                </div>
            }
        }

        fn about(self) -> impl IntoView {
            let run = self.run;
            let fact = |name: &'static str, value: Option<String>| value.map(|value| view! { <dt>{name}</dt><dd>{value}</dd> });
            let planned = usize::try_from(run.planned).unwrap_or_default();
            let over = format!("{}, {}", connections(run.connection_ids.len()), plural(planned, "scenario"));
            let correlation_id = run.correlation_id.to_string();
            view! {
                <div class="fact">
                    {fact("Over", Some(over))} {fact("Narrowed to", run.scenarios.map(|scenarios| scenarios.join(", ")))}
                    {fact("Release", run.release)} {fact("Asked for by", Some(run.requested_by))} <dt>"Correlation ID"</dt> <dd>
                        <ThreadLink id=correlation_id.clone()/>
                        " "
                        <button type="button" class="button small needs-script" data-copy=correlation_id>
                            "Copy"
                        </button>
                    </dd>
                </div>
            }
        }
    }
}
