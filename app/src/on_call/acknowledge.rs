//! `/acknowledge/{token}`: the page behind the link of a message. Reading it changes nothing, because scanners of mail follow links.

use domain::{error::UserError, incident::IncidentStatus};
use engine::escalation::by_link::{self, LinkedIncident};
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use super::server_fns::AcknowledgeByLink;
use crate::{
    authorize::anonymously,
    incidents,
    session::{Refusal, SignedOutPage},
    status::status_of,
    ui::{
        form::{ActionForm, FormState, Submit},
        markup::IntoMarkup,
        page::set_status,
    },
};

#[component]
pub fn AcknowledgePage() -> impl IntoView {
    let token = use_params_map().read_untracked().get("token").unwrap_or_default();
    Suspend::new(async move {
        let link = token.clone();
        match anonymously(async move |console, _| by_link::open(&console, &link).await).await {
            Ok(asked) => view! { <AskedFor asked=asked token=token/> }.into_markup(),
            Err(error) => view! { <NotValid error=error/> }.into_markup(),
        }
    })
}

#[component]
fn AskedFor(asked: LinkedIncident, token: String) -> impl IntoView {
    let LinkedIncident { incident, severity, status, summary, acknowledged_by, told } = asked;
    let page = incidents::path_of(incident);
    let form_state = FormState::of::<AcknowledgeByLink>();
    let lede = format!("[{}] {summary}", severity.label());
    match status {
        IncidentStatus::Open => view! {
            <SignedOutPage title="Acknowledge" lede=lede>
                <p>{format!("Nobody has taken this incident on yet. You are asked as {told}; the time line will say so.")}</p>
                <ActionForm<AcknowledgeByLink>>
                    <Refusal form_state=form_state/>
                    <input type="hidden" name="token" value=token/>
                    <Submit label="Acknowledge" progress="Acknowledging…"/>
                </ActionForm<AcknowledgeByLink>>
                <p>
                    <a href=page>"Open the incident"</a>
                </p>
            </SignedOutPage>
        }
        .into_markup(),
        _ if status == IncidentStatus::Resolved => view! {
            <SignedOutPage title="Resolved" lede=lede>
                <p>"This incident is over. There is nothing to do."</p>
            </SignedOutPage>
        }
        .into_markup(),
        _ => view! {
            <SignedOutPage title="Acknowledged" lede=lede>
                <p>{format!("Taken on by {}. Nobody is reminded any more.", acknowledged_by.unwrap_or_default())}</p>
                <a class="button" href=page>
                    "Open the incident"
                </a>
            </SignedOutPage>
        }
        .into_markup(),
    }
}

#[component]
fn NotValid(error: UserError) -> impl IntoView {
    set_status(status_of(error.code));
    view! {
        <SignedOutPage title="No incident" lede=error.message().to_owned()>
            <p>{error.remediation().to_owned()}</p>
            <a class="button" href="/">
                "Open the console"
            </a>
        </SignedOutPage>
    }
}
