//! Every connection that is watched, and how it is: the page to look at when something is wrong.

use domain::{
    error::UserError,
    health_table::{HealthPage, HealthQuery},
    permission::Permission,
};
use leptos::prelude::*;

use super::{filter::asked, overview::HealthOverview, read::read_page};
use crate::{
    authorize::{in_scope, may},
    connections,
    ui::{
        empty::Empty,
        icon::PULSE,
        live::Live,
        markup::IntoMarkup,
        page::{PageContent, page},
    },
};

#[component]
pub fn HealthListPage() -> impl IntoView {
    page(read(asked()))
}

async fn read(query: HealthQuery) -> Result<PageContent, UserError> {
    let found = in_scope(async move |scope| read_page(&scope, &query).await).await?;
    Ok(PageContent::new("Health", body(found)))
}

fn body(found: HealthPage) -> impl IntoView {
    let nothing_yet = found.figures.places.iter().all(String::is_empty);
    view! {
        <div class="page-head">
            <div>
                <h1>"Health"</h1>
                <p class="lede">"Every active connection is tried on schedule. One failure degrades it; two in a row open an incident."</p>
            </div>
            <Live/>
        </div>
        {if nothing_yet {
            view! { <NothingYet/> }.into_markup()
        } else {
            view! { <HealthOverview found=found/> }.into_markup()
        }}
    }
}

#[component]
fn NothingYet() -> impl IntoView {
    view! {
        <div class="card" id="health" data-refresh="" data-live="">
            <Empty
                icon=PULSE
                title="Nothing is watched yet"
                text="Heartbeats begin when a connection is activated. Test one against the real thing, then activate it."
            >
                <a class="button primary" href=if may(Permission::ConfigureConnections) { "/settings/service-connections?state=verified" } else { connections::LIST }>
                    "Open the connections"
                </a>
            </Empty>
        </div>
    }
}
