//! The action items of every post-mortem.

use domain::{error::UserError, permission::Permission, post_mortem::ActionItem};
use engine::incidents::action_items::{self, ListedActionItem};
use leptos::prelude::*;

use super::{LIST, post_mortem_of, server_fns::SetActionItemDone};
use crate::{
    authorize::{in_scope, may},
    ui::{
        badge::Badge,
        empty::Empty,
        form::{ActionForm, Submit},
        icon::{ALERT, CHECKLIST},
        markup::IntoMarkup,
        page::{PageContent, page},
        table::{DataTable, heads},
        time::{Time, now},
    },
};

/// What is due first; the API tells the rest.
const SHOWN: u32 = 200;

#[component]
pub fn ActionItemsPage() -> impl IntoView {
    page(read())
}

async fn read() -> Result<PageContent, UserError> {
    let (items, next) = in_scope(async |scope| action_items::list(&scope, None, SHOWN, None).await).await?;
    Ok(PageContent::new("Action items", body(items, next.is_some())).under("Incidents", LIST))
}

fn body(items: Vec<ListedActionItem>, goes_on: bool) -> impl IntoView {
    let listed = if items.is_empty() {
        let text = "They are decided on when a post-mortem is written, on the page of its incident.";
        view! { <Empty icon=CHECKLIST title="No action items" text=text/> }.into_markup()
    } else {
        let rows = items.into_iter().map(row).collect_view();
        view! {
            <DataTable caption="Action items" heads=heads(["What is to be done", "Who", "Until", "State"])>
                {rows}
            </DataTable>
            {goes_on.then(|| view! { <p class="pager">{format!("The first {SHOWN}.")}</p> })}
        }
        .into_markup()
    };
    view! {
        <div class="page-head">
            <div>
                <h1>"Action items"</h1>
                <p class="lede">"What was decided so that incidents do not happen again. What is due first stands first."</p>
            </div>
        </div>
        <div class="card table-box" id="action-items" data-refresh="">{listed}</div>
    }
}

fn row(ListedActionItem { item, incident }: ListedActionItem) -> impl IntoView {
    let state = if may(Permission::HandleIncidents) {
        view! { <Done item=item.clone()/> }.into_markup()
    } else {
        if item.done_at.is_some() { "Done" } else { "To do" }.into_markup()
    };
    view! {
        <tr role="row">
            <td role="cell" class="name">
                {item.text.clone()}
                <div class="quiet small">
                    <a class="above" href=post_mortem_of(item.incident_id)>{incident}</a>
                </div>
            </td>
            <td role="cell" data-label="Who">
                {item.owner.clone().unwrap_or_else(|| "Nobody".to_owned())}
            </td>
            <td role="cell" data-label="Until">
                {due(&item)}
            </td>
            <td role="cell" class="line">
                {state}
            </td>
        </tr>
    }
}

/// Its day, and whether that has passed; or when it was done.
pub fn due(item: &ActionItem) -> impl IntoView + use<> {
    if let Some(at) = item.done_at {
        let by = item.done_by.clone().map(|by| format!(" by {by}"));
        return view! { "Done " <Time at=at/> {by} }.into_markup();
    }
    let is_late = now().is_some_and(|now| item.is_late(now));
    let day = item.due_on.map_or_else(|| "No day".to_owned(), |day| day.to_string());
    view! { {day} {is_late.then(|| view! { " " <Badge badge_style=("Late", ALERT, "bad")/> })} }.into_markup()
}

/// Says that it is done, or that it is not.
#[component]
pub fn Done(item: ActionItem) -> impl IntoView {
    let is_done = item.done_at.is_some();
    view! {
        <ActionForm<SetActionItemDone> stay=true>
            <input type="hidden" name="id" value=item.id.to_string()/>
            <input type="hidden" name="done" value=(!is_done).to_string()/>
            <Submit label=if is_done { "Not done" } else { "Done" } progress="Saving…" class="small"/>
        </ActionForm<SetActionItemDone>>
    }
}
