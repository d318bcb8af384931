//! The page of one run: the panel, and what reloads it where there is no script.

use domain::{
    diagnostic::DiagnosticTestRun,
    error::{ErrorCode, UserError},
    ids::{ProfileId, RunId},
    operator::{Actor, Role},
};
use engine::{
    Console, OpsError, configure, diagnose,
    diagnose::{queries, queries::RunQuery},
};
use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};

mod changes;
mod groups;
mod outcome;
mod progress;

pub use self::{
    changes::{by_scenario, compared, since_each},
    groups::detail_of,
    outcome::viewed,
};
use super::{
    LIST,
    panel::{Moment, Narrowing, OUTCOMES, RunHead, RunPanel, RunView},
    path_of,
    server_fns::{CancelRun, EARLIER, RunAgain, SHOWN},
    verdict::subject,
};
use crate::{
    action::form_address,
    authorize::{authorize, may},
    ui::{
        badge::environment_name,
        filter::parsed,
        page::{PageContent, page},
        url::here,
    },
};

/// Which part of a long run is shown.
#[derive(Clone, Default)]
pub struct Part {
    /// 1-based; 0 is the first, too.
    pub page: u32,
    /// Only this connection.
    pub connection: Option<ProfileId>,
    pub narrowing: Narrowing,
}

/// A run with all that its panel shows.
pub struct RunData {
    pub looked: RunQuery,
    /// Earlier runs, the newest first.
    pub earlier: Vec<DiagnosticTestRun>,
    pub public_key: String,
    /// The run it is compared with; absent for the time before each.
    pub against: Option<DiagnosticTestRun>,
}

/// # Errors
/// There is no such run.
pub async fn look(console: &Console, actor: &Actor, id: RunId, against: Option<RunId>) -> Result<RunData, OpsError> {
    let looked = queries::whole(console, actor, id, SHOWN).await?;
    let finished = looked.run.status.is_finished();
    let earlier = if finished { queries::earlier(console, actor, &looked.run, EARLIER).await? } else { Vec::new() };
    let against = match against.filter(|_| finished) {
        Some(against) => Some(diagnose::get(console, actor, against).await?),
        None => None,
    };
    Ok(RunData { looked, earlier, public_key: console.signer.public_key(), against })
}

#[component]
pub fn RunPage() -> impl IntoView {
    let id = use_params_map().read_untracked().get("run").and_then(|id| id.parse().ok());
    let query = use_query_map();
    let map = &query.read_untracked();
    let short = |name| -> String { map.get_str(name).unwrap_or_default().chars().take(100).collect() };
    let part = Part {
        page: parsed(map, "page").unwrap_or(1).clamp(1, 100_000),
        connection: parsed(map, "connection"),
        narrowing: Narrowing { q: short("q"), outcome: Some(short("outcome")).filter(|outcome| OUTCOMES.contains(&outcome.as_str())).unwrap_or_default() },
    };
    page(read(id, part, parsed(map, "against")))
}

async fn read(id: Option<RunId>, part: Part, against: Option<RunId>) -> Result<PageContent, UserError> {
    let (data, name) = authorize(Role::Viewer, async move |console, actor, _| {
        let data = look(&console, &actor, id.ok_or(ErrorCode::RunNotFound)?, against).await?;
        let run = &data.looked.run;
        let name = match (run.connection_ids.as_slice(), run.results.first()) {
            ([_], Some(result)) => Some(result.connection_name.clone()),
            ([only], None) => Some(configure::get(&console, &actor, *only).await?.name),
            _ => None,
        };
        Ok((data, name))
    })
    .await?;
    let title = subject(&data.looked.run, name);
    let against = against.map(|id| id.to_string()).unwrap_or_default();
    let head = head_of(title.clone(), &data.looked.run);
    let run = data.looked.run.id;
    let narrowing = part.narrowing.clone();
    let view = viewed(data, &part);
    Ok(PageContent::new(title, body(run, head, view, narrowing, against)).under("Diagnostics", LIST))
}

fn head_of(title: String, run: &DiagnosticTestRun) -> RunHead {
    RunHead {
        title,
        requested_by: run.requested_by.clone(),
        requested_at: Moment::at(run.requested_at),
        environment: run.environment.map(|environment| (environment.to_string(), environment_name(environment).to_owned())),
        release: run.release.clone(),
        form_actions: may(Role::Operator).then(|| (form_address::<RunAgain>(&here()), form_address::<CancelRun>(&here()))),
    }
}

fn body(run: RunId, head: RunHead, view: RunView, narrowing: Narrowing, against: String) -> impl IntoView {
    let live = view.outcome.is_none();
    view! {
        <RunPanel id=run head=head first=view narrowing=narrowing against=against/>
        {live
            .then(|| {
                view! {
                    <noscript>
                        // The browser heeds it anywhere; with script the panel does better.
                        <meta http-equiv="refresh" content="5"/>
                        <p class="refresh">"This page loads itself again every 5 s. " <a href=path_of(run)>"Load it now"</a></p>
                    </noscript>
                }
            })}
    }
}
