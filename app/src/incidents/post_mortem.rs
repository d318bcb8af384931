//! What is learned of an incident: its sections, and what is to be done.

use domain::{
    error::{ErrorCode, UserError},
    ids::IncidentId,
    incident::{Incident, IncidentStatus},
    permission::Permission,
    post_mortem::{ActionItem, PostMortem, Sections},
    time::Timestamp,
};
use engine::incidents::{self, post_mortem};
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use super::{
    LIST,
    action_items::{Done, due},
    path_of,
    server_fns::{AddActionItem, RemoveActionItem, SavePostMortem},
};
use crate::{
    authorize::{in_scope, may},
    ui::{
        badge::Badge,
        field::{About, AreaField, CheckField, TextField},
        form::{ActionForm, FormState, Submit},
        icon::{ALERT, CIRCLE_CHECK, DOWNLOAD, Icon, PENCIL},
        markdown::Markdown,
        markup::IntoMarkup,
        page::{PageContent, page},
        time::{Shape, Time, now},
    },
};

#[component]
pub fn PostMortemPage() -> impl IntoView {
    let id = use_params_map().read_untracked().get("id").and_then(|id| id.parse().ok());
    page(read(id))
}

async fn read(id: Option<IncidentId>) -> Result<PageContent, UserError> {
    let (incident, read, markdown) = in_scope(async move |scope| {
        let incident = incidents::get(&scope, id.ok_or(ErrorCode::IncidentNotFound)?).await?;
        let read = post_mortem::get(&scope, incident.id).await?;
        let file = post_mortem::preview(&scope, incident.id).await?;
        Ok((incident, read, file.markdown))
    })
    .await?;
    let at = path_of(incident.id);
    Ok(PageContent::new("Post-mortem", body(&incident, read, markdown)).under("Incidents", LIST).under("Incident", at))
}

fn body(incident: &Incident, read: PostMortem, markdown: String) -> impl IntoView + use<> {
    let id = incident.id;
    let state = match (read.completed_at, read.version) {
        (Some(_), _) => ("Complete", CIRCLE_CHECK, "good"),
        (None, 0) => ("Draft of the console", PENCIL, "idle"),
        (None, _) => ("In work", PENCIL, "note"),
    };
    let is_over = incident.status == IncidentStatus::Resolved;
    let items = read.action_items.clone();
    view! {
        <div class="page-head">
            <div id="post-mortem-head" data-refresh="">
                <h1>"Post-mortem"</h1>
                <p class="facts">
                    <Badge badge_style=state/>
                    {due_fact(&read)}
                    {read.updated_at.map(|at| view! { <span>"Saved " <Time at=at/> {read.updated_by.clone().map(|by| format!(" by {by}"))}</span> })}
                </p>
                <p class="lede">{incident.summary.clone()}</p>
            </div>
            <div class="buttons">
                <a class="button" href=format!("/api/incidents/{id}/post-mortem/export") download="">
                    <Icon path=DOWNLOAD/>
                    "Download"
                </a>
            </div>
        </div>
        <div class="columns">
            <div class="stack">
                {may(Permission::HandleIncidents).then(|| view! { <Write id=id read=read is_over=is_over/> })}
                <File markdown=markdown/>
            </div>
            <Items id=id items=items/>
        </div>
    }
}

/// When it is due, and whether that is past.
fn due_fact(read: &PostMortem) -> Option<impl IntoView + use<>> {
    let due = read.due_at.filter(|_| read.completed_at.is_none())?;
    let is_late = now().is_some_and(|now: Timestamp| now > due);
    Some(view! {
        <span>
            {is_late.then(|| view! { <Badge badge_style=("Late", ALERT, "bad")/> " " })}
            "Due "
            <Time at=due shape=Shape::Minute/>
        </span>
    })
}

#[component]
fn Write(id: IncidentId, read: PostMortem, is_over: bool) -> impl IntoView {
    let form_state = FormState::of::<SavePostMortem>();
    let Sections { impact, detection, response, root_cause } = read.sections;
    let version = form_state.version(read.version);
    let area = |name: &'static str, label: &'static str, hint: &'static str, value: String| {
        let form_state = form_state.clone();
        view! { <AreaField about=About::new(name, label).hint(hint) form_state=form_state value=value/> }
    };
    let areas = [
        area("impact", "Impact", "Who noticed what, how many, for how long.", impact),
        area("detection", "Detection", "How it was noticed, and whether that could have been sooner.", detection),
        area("response", "Response", "What was done, in order.", response),
        area("root_cause", "Root cause", "Why it could happen.", root_cause),
    ];
    let complete = (is_over && read.completed_at.is_none()).then(|| {
        let about = About::new("completed", "It is complete").hint("It may still be edited afterwards.");
        let form_state = form_state.clone();
        view! { <CheckField about=about form_state=form_state checked=false/> }
    });
    view! {
        <section class="card post-mortem" aria-labelledby="sections">
            <header>
                <h2 id="sections">"What happened"</h2>
                <p>"Plain text; a line that begins with - is an item of a list."</p>
            </header>
            <ActionForm<SavePostMortem>>
                <div class="form-section">
                    <input type="hidden" name="id" value=id.to_string()/>
                    <input type="hidden" name="version" value=version/>
                    {areas}
                    {complete}
                    <Submit label="Save" progress="Saving…"/>
                </div>
            </ActionForm<SavePostMortem>>
        </section>
    }
}

/// The file that is downloaded, as a reader of Markdown shows it.
#[component]
fn File(markdown: String) -> impl IntoView {
    view! {
        <section class="card" aria-labelledby="file" id="post-mortem-file" data-refresh="">
            <header>
                <h2 id="file">"As it is exported"</h2>
            </header>
            <div class="body">
                <Markdown text=markdown/>
            </div>
        </section>
    }
}

#[component]
fn Items(id: IncidentId, items: Vec<ActionItem>) -> impl IntoView {
    let is_empty = items.is_empty();
    let handles = may(Permission::HandleIncidents);
    let lines = items.into_iter().map(|item| line(item, handles)).collect_view();
    view! {
        <div class="stack">
            <section class="card" aria-labelledby="items" id="action-items" data-refresh="">
                <header>
                    <h2 id="items">"Action items"</h2>
                </header>
                {if is_empty {
                    view! { <div class="body"><p class="quiet">"Nothing decided yet."</p></div> }.into_markup()
                } else {
                    view! { <ul class="related">{lines}</ul> }.into_markup()
                }}
            </section>
            {handles.then(|| view! { <Add id=id/> })}
        </div>
    }
}

fn line(item: ActionItem, handles: bool) -> impl IntoView {
    let remove = (handles && item.done_at.is_none()).then(|| {
        view! {
            <ActionForm<RemoveActionItem> stay=true>
                <input type="hidden" name="id" value=item.id.to_string()/>
                <Submit label="Remove" progress="Removing…" class="small"/>
            </ActionForm<RemoveActionItem>>
        }
    });
    view! {
        <li>
            <div>
                {item.text.clone()}
                <p class="quiet small">{item.owner.clone()} " " {due(&item)}</p>
            </div>
            <div class="buttons">{handles.then(|| view! { <Done item=item.clone()/> })} {remove}</div>
        </li>
    }
}

#[component]
fn Add(id: IncidentId) -> impl IntoView {
    let form_state = FormState::of::<AddActionItem>();
    view! {
        <section class="card screen-only" aria-labelledby="add-item">
            <header>
                <h2 id="add-item">"Add an action item"</h2>
            </header>
            <div class="body">
                <ActionForm<AddActionItem> class="stack-small">
                    <input type="hidden" name="id" value=id.to_string()/>
                    <TextField about=About::new("text", "What is to be done").required() form_state=form_state.clone()/>
                    <TextField about=About::new("owner", "Who does it").optional() form_state=form_state.clone()/>
                    <TextField about=About::new("due_on", "Until").optional() form_state=form_state kind="date"/>
                    <div class="buttons">
                        <Submit label="Add action item" progress="Adding…" class=""/>
                    </div>
                </ActionForm<AddActionItem>>
            </div>
        </section>
    }
}
