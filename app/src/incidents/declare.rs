//! A person declares an incident.

use domain::{
    error::UserError,
    listing::{Filter, Sort},
    permission::Permission,
    severity::IncidentSeverity,
};
use engine::connections;
use leptos::prelude::*;

use super::{LIST, handling::severities, server_fns::DeclareIncident};
use crate::{
    authorize::in_scope,
    ui::{
        badge::{environment_name, environments},
        field::{About, AreaField, SelectField, TextField},
        form::{ActionForm, FormState, Submit},
        page::{PageContent, page},
    },
};

/// Connections to choose from; an incident about another is declared by the API.
const SHOWN: u32 = 500;

#[component]
pub fn DeclarePage() -> impl IntoView {
    page(read())
}

async fn read() -> Result<PageContent, UserError> {
    let connections = in_scope(async |scope| {
        scope.authorize(Permission::HandleIncidents)?;
        connections::list(&scope, &Filter::default(), Sort::Name, 1, SHOWN).await
    })
    .await?;
    let word = |name: &str, environment| format!("{name} ({})", environment_name(environment));
    let choices = connections.items.iter().map(|one| (one.id.to_string(), word(&one.name, one.environment))).collect();
    Ok(PageContent::new("Declare an incident", body(choices)).under("Incidents", LIST))
}

fn body(connections: Vec<(String, String)>) -> impl IntoView {
    let form_state = FormState::of::<DeclareIncident>();
    let none = |word: &str| (String::new(), word.to_owned());
    let connections = [none("None")].into_iter().chain(connections).collect();
    let environments = [none("That of the connection, or all")].into_iter().chain(environments()).collect();
    view! {
        <div class="page-head">
            <div>
                <h1>"Declare an incident"</h1>
                <p class="lede">"The team and its channels are told at once. It ends when a person resolves it."</p>
            </div>
        </div>
        <section class="card">
            <ActionForm<DeclareIncident>>
                <div class="form-section">
                    <TextField about=About::new("summary", "What is wrong").hint("One line.").required() form_state=form_state.clone()/>
                    <SelectField
                        about=About::new("severity", "Urgency")
                        form_state=form_state.clone()
                        value=IncidentSeverity::P2.to_string()
                        choices=severities()
                    />
                    <SelectField about=About::new("connection_id", "Connection") form_state=form_state.clone() value="" choices=connections/>
                    <SelectField about=About::new("environment", "Environment") form_state=form_state.clone() value="" choices=environments/>
                    <AreaField about=About::new("note", "Note").hint("What is known so far.").optional() form_state=form_state/>
                    <Submit label="Declare it" progress="Declaring…"/>
                </div>
            </ActionForm<DeclareIncident>>
        </section>
    }
}
