//! `/settings/on-call/escalation`: who is told after how long.

use domain::{
    error::UserError,
    ids::{EscalationPolicyId, Id},
    on_call::{Contact, EscalationPolicy, Level, OnCallSchedule, Stored, Target},
    permission::Permission,
};
use engine::{notify::manage, on_call::resources};
use leptos::prelude::*;

use super::{
    LIST, asked_for, changed,
    server_fns::{RemoveEscalationPolicy, SaveEscalationPolicy},
};
use crate::{
    authorize::in_scope,
    ui::{
        field::{About, TextField},
        form::{ActionForm, FormState, Submit},
        page::{PageContent, page},
        remove::AskToRemove,
    },
};

/// Rows of the form; more where there are more levels.
const ROWS: usize = 3;

/// Whom a level may name: the value of its box, and its word.
type Choice = (String, String);

#[component]
pub fn EscalationPage() -> impl IntoView {
    page(read(asked_for()))
}

async fn read(id: Option<Id<()>>) -> Result<PageContent, UserError> {
    let (policy, choices) = in_scope(async move |scope| {
        scope.authorize(Permission::ManageOnCall)?;
        let policy = match id {
            Some(id) => Some(resources::get::<EscalationPolicy>(&scope, id).await?),
            None => None,
        };
        let schedules = resources::list::<OnCallSchedule>(&scope).await?;
        let contacts = resources::list::<Contact>(&scope).await?;
        let channels = manage::list(&scope).await?.into_iter().filter(|channel| channel.contact_id.is_none());
        let schedules = schedules.into_iter().map(|one| (value_of(Target::Schedule(Id::from_uuid(one.id.as_uuid()))), format!("On call: {}", one.of.name)));
        let contacts = contacts.into_iter().map(|one| (value_of(Target::Contact(Id::from_uuid(one.id.as_uuid()))), one.of.name));
        let channels = channels.map(|one| (value_of(Target::Channel(one.id)), format!("Channel: {}", one.name)));
        Ok((policy, schedules.chain(contacts).chain(channels).collect::<Vec<Choice>>()))
    })
    .await?;
    let title = policy.as_ref().map_or_else(|| "New escalation policy".to_owned(), |policy| policy.of.name.clone());
    Ok(PageContent::new(title.clone(), body(title, policy, &choices)).under("On call", LIST))
}

fn value_of(target: Target) -> String {
    match target {
        Target::Contact(id) => format!("contact_id:{id}"),
        Target::Schedule(id) => format!("schedule_id:{id}"),
        Target::Channel(id) => format!("channel_id:{id}"),
    }
}

fn body(title: String, stored: Option<Stored<EscalationPolicy>>, choices: &[Choice]) -> impl IntoView + use<> {
    let form_state = FormState::of::<SaveEscalationPolicy>();
    let stands = stored.as_ref().map(|stored| (stored.id, stored.version));
    let policy = stored.map(|stored| stored.of).unwrap_or_default();
    let rows = ROWS.max(policy.levels.len() + 1);
    let levels = (0..rows).map(|number| level(number, policy.levels.get(number), choices, &form_state)).collect_view();
    let remove = stands.map(|(id, _)| view! { <Remove id=EscalationPolicyId::from_uuid(id.as_uuid()) name=policy.name.clone()/> });
    view! {
        <div class="page-head">
            <div>
                <h1>{title}</h1>
                <p class="lede">"Level after level is told while nobody has acknowledged. An incident goes on by the policy as it stood when it opened."</p>
            </div>
        </div>
        <div class="stack">
            <section class="card" aria-labelledby="policy">
                <header>
                    <h2 id="policy">"Policy"</h2>
                </header>
                <ActionForm<SaveEscalationPolicy>>
                    <div class="form-section">
                        {stands.map(|stands| changed(stands, &form_state))}
                        <TextField about=About::new("name", "Name").required() form_state=form_state value=policy.name/>
                    </div>
                    {levels}
                    <div class="form-section">
                        <Submit label="Save policy" progress="Saving…"/>
                    </div>
                </ActionForm<SaveEscalationPolicy>>
            </section>
            {remove}
        </div>
    }
}

/// A level that has no time yet is left out.
fn level(number: usize, level: Option<&Level>, choices: &[Choice], form_state: &FormState) -> impl IntoView + use<> {
    let input = |name: &str| format!("levels[{number}][{name}]");
    let boxes_name = format!("{}[]", input("targets"));
    let chosen: Vec<_> = level.map(|level| level.targets.iter().copied().map(value_of).collect()).unwrap_or_default();
    let boxes = choices
        .iter()
        .map(|(value, word)| {
            let is_ticked = if form_state.is_refused() { form_state.chose(&boxes_name, value) } else { chosen.contains(value) };
            view! {
                <label class="choice">
                    <input type="checkbox" name=boxes_name.clone() value=value.clone() checked=is_ticked/>
                    {word.clone()}
                </label>
            }
        })
        .collect_view();
    view! {
        <fieldset class="form-section">
            <legend class="label">{format!("Level {}", number + 1)}</legend>
            <TextField
                about=About::new(input("after_minutes"), "After so many minutes").hint("0 is at once. Empty: there is no such level.")
                form_state=form_state.clone()
                kind="number"
                value=level.map(|level| level.after_minutes.to_string()).unwrap_or_default()
            />
            <TextField
                about=About::new(input("name"), "Name").optional().hint("Where nobody is chosen, whoever goes by this name is told.")
                form_state=form_state.clone()
                value=level.map(|level| level.name.clone()).unwrap_or_default()
            />
            <fieldset class="field">
                <legend class="label">"Whom"</legend>
                <div class="choices">{boxes}</div>
                <p class="error" data-error-for=input("targets")>{form_state.error(&input("targets"))}</p>
            </fieldset>
        </fieldset>
    }
}

#[component]
fn Remove(id: EscalationPolicyId, name: String) -> impl IntoView {
    view! {
        <div class="buttons">
            <AskToRemove<RemoveEscalationPolicy> id=id.to_string() name=name consequence="What is open goes on by it."/>
        </div>
    }
}
