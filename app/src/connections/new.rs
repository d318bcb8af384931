//! A new connection: choose a kind, or take one that is there as a pattern, then fill in its form.

use domain::{
    error::{ErrorCode, UserError},
    ids::ProfileId,
    kind::{KindDescriptor, KindId},
    permission::Permission,
};
use engine::connections;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::{
    LIST,
    kind::{descriptor, descriptors, icon_of},
    path_of,
    plan::Plan,
    sections::{FilledForm, Filling},
};
use crate::{
    authorize::in_scope,
    ui::{
        choice_card::ChoiceCard,
        page::{PageContent, page},
        url::query,
    },
};

#[component]
pub fn NewPage() -> impl IntoView {
    let query = use_query_map().read_untracked();
    let kind = query.get("kind").and_then(|kind| kind.parse::<KindId>().ok());
    let original = query.get("from").map(|id| id.parse().ok());
    page(async move {
        match original {
            Some(original) => copy(original).await,
            None => read(kind).await,
        }
    })
}

async fn read(kind: Option<KindId>) -> Result<PageContent, UserError> {
    let heartbeat = in_scope(async |scope| {
        scope.authorize(Permission::ConfigureConnections)?;
        Ok(scope.console().default_heartbeat())
    })
    .await?;
    let content = match kind.and_then(|kind| descriptor(&kind).map(|descriptor| (kind, descriptor))) {
        Some((kind, descriptor)) => {
            let title = format!("New {} connection", descriptor.title);
            PageContent::new(title.clone(), form(title, kind, descriptor, Filling::fresh(heartbeat)))
        }
        None => PageContent::new("New connection", choice(descriptors())),
    };
    Ok(content.under("Connections", LIST))
}

async fn copy(original: Option<ProfileId>) -> Result<PageContent, UserError> {
    let (original, descriptor) = in_scope(async move |scope| {
        scope.authorize(Permission::ConfigureConnections)?;
        let original = connections::get(&scope, original.ok_or(ErrorCode::ConnectionNotFound)?).await?;
        let kind = scope.console().kinds.get(&original.kind).ok_or(ErrorCode::ConnectionNotFound)?;
        Ok((original, kind.descriptor().clone()))
    })
    .await?;
    let (kind, title, name, path) = (original.kind.clone(), format!("Copy of {}", original.name), original.name.clone(), path_of(original.id));
    let form = form(title, kind, descriptor, Filling::copied_from(original));
    Ok(PageContent::new("Duplicate", form).under("Connections", LIST).under(name, path))
}

fn choice(kinds: Vec<KindDescriptor>) -> impl IntoView {
    let cards = kinds
        .into_iter()
        .map(|kind| {
            view! { <ChoiceCard href=format!("{LIST}/new{}", query([("kind", kind.id)])) icon=icon_of(kind.id) title=kind.title summary=kind.summary/> }
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

fn form(title: String, kind: KindId, descriptor: KindDescriptor, filling: Filling) -> impl IntoView {
    view! {
        <div class="page-head">
            <div>
                <h1>{title}</h1>
                <p class="lede">"It starts as a draft. Test it, and it may be activated."</p>
            </div>
        </div>
        <div class="columns">
            <FilledForm kind=kind descriptor=descriptor.clone() filling=filling cancel=LIST.to_owned()/>
            <Plan descriptor=descriptor/>
        </div>
    }
}
