//! The team's audit log, the newest entry first.

use domain::{
    audit::{AuditAct, AuditEntry, AuditedThing},
    error::UserError,
};
use engine::audit;
use leptos::prelude::*;

use super::{
    LIST,
    filter::{AuditQuery, FilterForm},
};
use crate::{
    authorize::in_scope,
    connections, diagnostics,
    errors::{self, ThreadLink},
    incidents, runbooks,
    ui::{
        empty::Empty,
        icon::{DOWNLOAD, FILE, Icon},
        list::{ListCard, ListQuery},
        markup::IntoMarkup,
        page::{PageContent, page},
        role::role_name,
        table::{DataTable, heads},
        time::Time,
    },
};

const PER_PAGE: u32 = 50;

#[component]
pub fn AuditPage() -> impl IntoView {
    page(read(AuditQuery::from_address()))
}

async fn read(query: AuditQuery) -> Result<PageContent, UserError> {
    let (filter, cursor) = (query.filter(), query.cursor.clone());
    let (entries, next) = in_scope(async move |scope| audit::list(&scope, &filter, PER_PAGE, cursor.as_deref()).await).await?;
    Ok(PageContent::new("Audit log", body(query, entries, next)))
}

fn body(query: AuditQuery, entries: Vec<AuditEntry>, next: Option<String>) -> impl IntoView {
    let (csv, lines) = (query.export("csv"), query.export("jsonl"));
    let (is_empty, is_filtered) = (entries.is_empty(), query.is_filtered());
    let nothing_yet = view! { <Empty icon=FILE title="Nothing yet" text="What people and programs do in this team is written down here."/> };
    view! {
        <div class="page-head">
            <div>
                <h1>"Audit log"</h1>
                <p class="lede">"Who did what, from where. Entries are added and never changed; "<code>"switchboard audit verify"</code>" proves it."</p>
            </div>
            <div class="buttons">
                <a class="button" href=csv download="">
                    <Icon path=DOWNLOAD/>
                    "CSV"
                </a>
                <a class="button" href=lines download="">
                    <Icon path=DOWNLOAD/>
                    "JSON lines"
                </a>
            </div>
        </div>
        <FilterForm query=query.clone()/>
        <ListCard
            is_empty=is_empty
            is_filtered=is_filtered
            nothing_yet=nothing_yet.into_markup()
            no_match="No entry fits this filter."
            list=LIST
        >
            <Entries query=query entries=entries next=next/>
        </ListCard>
    }
}

#[component]
fn Entries(query: AuditQuery, entries: Vec<AuditEntry>, next: Option<String>) -> impl IntoView {
    let newest = query.cursor.is_some().then(|| view! { <a class="button small" href=query.address("")>"Newest"</a> });
    let older = next.map(|cursor| view! { <a class="button small" rel="next" href=query.address(&cursor)>"Older"</a> });
    let pager = (newest.is_some() || older.is_some()).then(|| {
        view! {
            <nav class="pager" aria-label="Pages">
                <span class="buttons">{newest} {older}</span>
            </nav>
        }
    });
    view! {
        <DataTable caption="Audit log" heads=heads(["What", "Who", "From", "When", "Correlation ID"])>
            {entries.into_iter().map(row).collect_view()}
        </DataTable>
        {pager}
    }
}

fn row(entry: AuditEntry) -> impl IntoView {
    let sentence = entry.sentence();
    let what = match path_of(&entry) {
        Some(path) => view! { <a class="row-link" href=path>{sentence}</a> }.into_markup(),
        None => sentence.into_markup(),
    };
    view! {
        <tr role="row">
            <td role="cell" class="name">
                {what}
                <div class="quiet small clipped">{detail(&entry)}</div>
            </td>
            <td role="cell" data-label="Who">{entry.actor}</td>
            <td role="cell" class="mono small" data-label="From">{entry.from}</td>
            <td role="cell" data-label="When">
                <Time at=entry.at/>
            </td>
            <td role="cell" class="line mono small">
                <ThreadLink id=entry.correlation_id/>
            </td>
        </tr>
    }
}

/// Where the thing is shown, if it is.
fn path_of(entry: &AuditEntry) -> Option<String> {
    let id = entry.thing_id.as_deref()?;
    if entry.act.parse() == Ok(AuditAct::ErrorsResolved) {
        return Some(errors::group_path(id.parse().ok()?));
    }
    match entry.thing.parse().ok()? {
        AuditedThing::Connection => Some(connections::path_of(id.parse().ok()?)),
        AuditedThing::Run => Some(diagnostics::path_of(id.parse().ok()?)),
        AuditedThing::Incident => Some(incidents::path_of(id.parse().ok()?)),
        AuditedThing::Runbook => Some(runbooks::path_of(id.parse().ok()?)),
        AuditedThing::Execution => Some(runbooks::path_of_execution(id.parse().ok()?)),
        AuditedThing::Error => Some(errors::path_of(&id.parse().ok()?)),
        _ => None,
    }
}

/// What else is known, on one line.
fn detail(entry: &AuditEntry) -> String {
    let detail = &entry.detail;
    let parts = [
        detail.name.clone(),
        detail.role.map(|role| role_name(role).to_owned()),
        detail.version.map(|version| format!("version {version}")),
        detail.count.map(|count| format!("{count} in all")),
        detail.reason.map(|code| code.text().message.to_owned()),
        detail.used_credential.filter(|used| *used).map(|_| "with its stored credential".to_owned()),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}
