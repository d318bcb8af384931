//! A change to a connection, which says beforehand what it costs.

use domain::{
    error::{ErrorCode, UserError},
    ids::ProfileId,
    kind::KindDescriptor,
    listing::{Filter, Sort},
    permission::Permission,
    profile::{ServiceConnectionProfile, State},
};
use engine::{OpsError, connections};
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use super::{
    LIST,
    dependencies::Dependencies,
    path_of,
    plan::Plan,
    sections::{FilledForm, Filling},
};
use crate::{
    authorize::in_scope,
    ui::{
        icon::{Icon, LOCK},
        page::{PageContent, page},
    },
};

/// Connections that may be chosen here as what it depends on; the API takes any.
const OFFERED: u32 = 500;

#[component]
pub fn EditPage() -> impl IntoView {
    let id = use_params_map().read_untracked().get("id").and_then(|id| id.parse().ok());
    page(read(id))
}

async fn read(id: Option<ProfileId>) -> Result<PageContent, UserError> {
    let (current, descriptor, others) = in_scope(async move |scope| {
        scope.authorize(Permission::ConfigureConnections)?;
        let current = connections::get(&scope, id.ok_or(ErrorCode::ConnectionNotFound)?).await?;
        if current.state == State::Archived {
            return Err(ErrorCode::ConnectionArchived.into());
        }
        let kind = scope.console().kinds.get(&current.kind).ok_or_else(|| OpsError::Settings(format!("this program has no kind '{}'", current.kind)))?;
        let others = connections::list(&scope, &Filter::default(), Sort::Name, 1, OFFERED).await?.items;
        let others = others.into_iter().filter(|other| other.id != current.id).map(|other| (other.id, other.name)).collect();
        Ok((current, kind.descriptor().clone(), others))
    })
    .await?;
    let (name, path) = (current.name.clone(), path_of(current.id));
    Ok(PageContent::new("Edit", body(current, descriptor, others)).under("Connections", LIST).under(name, path))
}

fn body(current: ServiceConnectionProfile, descriptor: KindDescriptor, others: Vec<(ProfileId, String)>) -> impl IntoView {
    let (id, version, kind) = (current.id, current.version, current.kind.clone());
    let verified = current.verified_version == Some(version);
    view! {
        <div class="page-head">
            <div>
                <h1>{format!("Edit {}", current.name)}</h1>
            </div>
        </div>
        <div class="columns">
            <div class="stack">
                {verified.then(|| warning(current.state))}
                <FilledForm
                    kind=kind
                    descriptor=descriptor.clone()
                    changes=(id, version)
                    filling=Filling::of(current.clone())
                    cancel=path_of(id)
                />
                <Dependencies connection=current others=others/>
            </div>
            <Plan descriptor=descriptor/>
        </div>
    }
}

fn warning(state: State) -> impl IntoView {
    let text = match state {
        State::Active => "This connection is active. Changing a field marked with a lock makes it a draft again, until it is tested and activated anew.",
        State::Suspended => "Changing a field marked with a lock makes this connection a draft again, until it is tested and activated anew.",
        _ => "Changing a field marked with a lock takes the verification away, until the connection is tested again.",
    };
    view! {
        <p class="notice warn">
            <Icon path=LOCK/>
            <span>{text}</span>
        </p>
    }
}
