//! A new connection: choose a kind, then fill in its form.

use domain::{
    error::UserError,
    kind::{KindDescriptor, KindId},
    operator::Role,
    policy::HeartbeatPolicy,
};
use engine::Console;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::{
    LIST,
    form::{ConnectionForm, Plan},
    kind::{descriptor, descriptors, icon_of},
    server_fns::SaveConnection,
};
use crate::{
    authorize::authorize,
    ui::{
        icon::Icon,
        page::{PageContent, page},
        url::query,
    },
};

#[component]
pub fn NewPage() -> impl IntoView {
    let kind = use_query_map().read_untracked().get("kind").and_then(|kind| kind.parse::<KindId>().ok());
    page(read(kind))
}

async fn read(kind: Option<KindId>) -> Result<PageContent, UserError> {
    let heartbeat = authorize(Role::Operator, async |console: Console, _, _| Ok(console.default_heartbeat())).await?;
    let sheet = match kind.and_then(|kind| descriptor(&kind)) {
        Some(descriptor) => PageContent::new(format!("New {} connection", descriptor.title), filling(descriptor, heartbeat)),
        None => PageContent::new("New connection", choice(descriptors())),
    };
    Ok(sheet.under("Connections", LIST))
}

fn choice(kinds: Vec<KindDescriptor>) -> impl IntoView {
    let cards = kinds
        .into_iter()
        .map(|kind| {
            view! {
                <li>
                    <a href=format!("{LIST}/new{}", query([("kind", kind.id)]))>
                        <Icon path=icon_of(kind.id)/>
                        <strong>{kind.title}</strong>
                        <p>{kind.summary}</p>
                    </a>
                </li>
            }
        })
        .collect_view();
    view! {
        <div class="page-head">
            <div>
                <h1>"New connection"</h1>
                <p class="lede">"Which kind of service is it?"</p>
            </div>
        </div>
        <ul class="kinds">{cards}</ul>
    }
}

fn filling(descriptor: KindDescriptor, heartbeat: HeartbeatPolicy) -> impl IntoView {
    let kind = descriptor.id;
    view! {
        <div class="page-head">
            <div>
                <h1>{format!("New {} connection", descriptor.title)}</h1>
                <p class="lede">"It starts as a draft. Test it, and it may be activated."</p>
            </div>
        </div>
        <div class="columns">
            <ConnectionForm<SaveConnection> descriptor=descriptor.clone() heartbeat=heartbeat cancel=LIST.to_owned()>
                <input type="hidden" name="kind" value=kind/>
            </ConnectionForm<SaveConnection>>
            <Plan descriptor=descriptor/>
        </div>
    }
}
