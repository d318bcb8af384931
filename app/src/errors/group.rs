//! Errors of one kind: how often they come, the newest of them, and that somebody has dealt with them.

use domain::{
    error::{ErrorCode, UserError},
    error_event::{ErrorEvent, ErrorFilter},
    error_group::{ErrorGroup, GroupStatus},
    ids::ErrorGroupId,
    permission::Permission,
};
use engine::report::{self, error_groups};
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use super::{
    LIST,
    chart::Hours,
    groups::{name, status_style},
    list::Events,
    server_fns::ResolveErrors,
    severity::SeverityBadge,
    thread_link::ThreadLink,
};
use crate::{
    authorize::{in_scope, may},
    connections,
    ui::{
        badge::Badge,
        field::{About, AreaField},
        form::{ActionForm, FormState, Submit},
        icon::{CIRCLE_CHECK, Icon},
        page::{PageContent, page},
        time::Time,
    },
};

/// Errors that the page shows, the newest first.
const SHOWN: u32 = 50;
/// A week.
const HOURS: usize = 7 * 24;

struct PageData {
    group: ErrorGroup,
    hours: Vec<i64>,
    events: Vec<ErrorEvent>,
}

#[component]
pub fn GroupPage() -> impl IntoView {
    let id = use_params_map().read_untracked().get("id").and_then(|id| id.parse().ok());
    page(read(id))
}

async fn read(id: Option<ErrorGroupId>) -> Result<PageContent, UserError> {
    let data = in_scope(async move |scope| {
        let id = id.ok_or(ErrorCode::ErrorGroupNotFound)?;
        let group = error_groups::get(&scope, id).await?;
        let filter = ErrorFilter { group: Some(id), ..ErrorFilter::default() };
        Ok(PageData { group, hours: error_groups::counts_of(&scope, id, HOURS).await?, events: report::events(&scope, &filter, SHOWN, None).await?.0 })
    })
    .await?;
    Ok(PageContent::new(name(&data.group), body(data)).under("Errors", LIST))
}

fn body(data: PageData) -> impl IntoView {
    let PageData { group, hours, events } = data;
    // What nobody was signed in for is no one team's to close.
    let may_close = may(Permission::ResolveErrors) && group.status == GroupStatus::Open && group.team_id.is_some();
    view! {
        <div class="page-head">
            <div>
                <h1>{name(&group)}</h1>
                <p class="facts">
                    <Badge badge_style=status_style(group.status)/>
                    <SeverityBadge severity=group.severity/>
                    <code>{group.code.clone()}</code>
                </p>
            </div>
            {may_close.then(|| view! { <div class="page-actions"><Resolve id=group.id/></div> })}
        </div>
        <div class="stack">
            <section class="card" aria-labelledby="often">
                <header>
                    <h2 id="often">"Last 7 days"</h2>
                </header>
                <div class="body">
                    <Hours counts=hours/>
                </div>
            </section>
            <Facts group=group/>
            <section class="card table-box" aria-labelledby="newest">
                <header>
                    <h2 id="newest">"Newest"</h2>
                </header>
                <Events events=events shown=SHOWN/>
            </section>
        </div>
    }
}

#[component]
fn Facts(group: ErrorGroup) -> impl IntoView {
    let connection = group.connection_id.map(|id| view! { <dt>"Connection"</dt><dd><a href=connections::path_of(id)>{id.to_string()}</a></dd> });
    let resolved = group.resolved_at.zip(group.resolved_by).map(|(at, by)| {
        let note = group.note.filter(|note| !note.is_empty()).map(|note| view! { <p class="said">{note}</p> });
        view! {
            <dt>"Resolved"</dt>
            <dd>
                {by} " " <Time at=at/> {note}
            </dd>
        }
    });
    let came_back = (group.reopened > 0).then(|| view! { <dt>"Came back"</dt><dd>{times(group.reopened)}</dd> });
    view! {
        <section class="card" aria-labelledby="facts">
            <header>
                <h2 id="facts">"About these errors"</h2>
            </header>
            <div class="body">
                <dl class="facts-list">
                    <dt>"In all"</dt>
                    <dd>{times(group.count)}</dd>
                    <dt>"First seen"</dt>
                    <dd><Time at=group.first_seen/></dd>
                    <dt>"Last seen"</dt>
                    <dd><Time at=group.last_seen/></dd>
                    <dt>"Service"</dt>
                    <dd>{group.service}</dd>
                    <dt>"Where"</dt>
                    <dd class="mono">{group.place}</dd>
                    {connection}
                    <dt>"Newest"</dt>
                    <dd><ThreadLink id=group.correlation_id.to_string()/></dd>
                    {resolved}
                    {came_back}
                </dl>
            </div>
        </section>
    }
}

fn times(count: i64) -> String {
    if count == 1 { "Once".to_owned() } else { format!("{count} times") }
}

#[component]
fn Resolve(id: ErrorGroupId) -> impl IntoView {
    let form_state = FormState::of::<ResolveErrors>();
    let is_refused = form_state.is_refused();
    view! {
        <details class="ask" name="ask" open=is_refused>
            <summary class="button">
                <Icon path=CIRCLE_CHECK/>
                "Resolve"
            </summary>
            <div class="ask-body">
                <h2>"Resolve these errors?"</h2>
                <p>"They are open again by themselves once one comes back."</p>
                <ActionForm<ResolveErrors> class="stack-small">
                    <input type="hidden" name="id" value=id.to_string()/>
                    <AreaField about=About::new("note", "Note").hint("What you found, and did about it.") form_state=form_state/>
                    <Submit label="Mark as resolved" progress="Resolving…"/>
                </ActionForm<ResolveErrors>>
            </div>
        </details>
    }
}
