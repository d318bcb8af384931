//! The fields of a token: its name, and how far it goes.

use domain::{
    environment::Environment,
    operator::{ApiToken, Role},
    permission::Permission,
};
use leptos::prelude::*;
use strum::IntoEnumIterator;

use super::{
    permissions::{GROUPS, words},
    server_fns::AS_IT_IS,
};
use crate::ui::{
    badge::EnvironmentBadge,
    field::{About, SelectField, TextField},
    form::FormState,
    role::role_name,
    time::{Shape, Time},
};

const ENDS: [(&str, &str); 6] =
    [("", "Never by itself"), ("1", "After a day"), ("7", "After a week"), ("30", "After 30 days"), ("90", "After 90 days"), ("365", "After a year")];

/// Of a new token, or as `token` has them.
#[component]
pub fn Fields(form_state: FormState, token: Option<ApiToken>) -> impl IntoView {
    let roles = Role::iter().map(|role| (role.to_string(), role_name(role).to_owned())).collect();
    let mut ends: Vec<_> = ENDS.iter().map(|(days, word)| ((*days).to_owned(), (*word).to_owned())).collect();
    if token.is_some() {
        ends.insert(0, (AS_IT_IS.to_owned(), "As it is".to_owned()));
    }
    let (name, role) = token.as_ref().map_or_else(|| (String::new(), Role::Viewer), |token| (token.name.clone(), token.role));
    let as_it_is = token.as_ref().map_or("", |_| AS_IT_IS);
    let ends_at = token.as_ref().and_then(|token| token.limits.expires_at);
    view! {
        <TextField about=About::new("name", "Name").hint("What will use it.").required() form_state=form_state.clone() value=name/>
        <SelectField about=About::new("role", "Role").required() form_state=form_state.clone() value=role.to_string() choices=roles/>
        <Environments form_state=form_state.clone() token=token.clone()/>
        <Permissions form_state=form_state.clone() token=token/>
        <SelectField about=About::new("days", "Ends") form_state=form_state value=as_it_is choices=ends/>
        {ends_at.map(|at| view! { <p class="quiet">"As it is: " <Time at=at shape=Shape::Minute/></p> })}
    }
}

/// Whether a box is ticked: as it was sent, or as the token has it.
fn is_ticked(form_state: &FormState, input: &str, choice: &str, of_token: bool) -> bool {
    if form_state.is_refused() { form_state.chose(input, choice) } else { of_token }
}

#[component]
fn Environments(form_state: FormState, token: Option<ApiToken>) -> impl IntoView {
    let some = token.and_then(|token| token.limits.environments).unwrap_or_default();
    let boxes = Environment::iter().map(|environment| {
        let name: &'static str = environment.into();
        let checked = is_ticked(&form_state, "environments[]", name, some.contains(&environment));
        view! {
            <label class="choice">
                <input type="checkbox" name="environments[]" value=name checked=checked/>
                <EnvironmentBadge environment=environment/>
            </label>
        }
    });
    view! {
        <fieldset class="field" aria-describedby="environments-hint environments-error">
            <legend class="label">"Environments"</legend>
            <div class="choices">{boxes.collect_view()}</div>
            <p class="hint" id="environments-hint">"None chosen means all. One that is limited reads neither notifications nor errors, and nothing of other environments."</p>
            <p class="error" id="environments-error" data-error-for="environments">{form_state.error("environments")}</p>
        </fieldset>
    }
}

#[component]
fn Permissions(form_state: FormState, token: Option<ApiToken>) -> impl IntoView {
    let some = token.and_then(|token| token.limits.permissions).unwrap_or_default();
    let wrong = form_state.error("permissions");
    let is_open = !some.is_empty() || form_state.is_refused();
    let group = |(title, permissions): (&'static str, &'static [Permission])| {
        let boxes = permissions.iter().map(|permission| {
            let name = permission.to_string();
            let checked = is_ticked(&form_state, "permissions[]", &name, some.contains(permission));
            view! {
                <label class="choice">
                    <input type="checkbox" name="permissions[]" value=name.clone() checked=checked/>
                    <span>{words(*permission)} " " <code class="quiet">{name}</code></span>
                </label>
            }
        });
        view! {
            <fieldset class="field">
                <legend class="label">{title}</legend>
                <div class="choices">{boxes.collect_view()}</div>
            </fieldset>
        }
    };
    let groups = GROUPS.into_iter().map(group).collect_view();
    view! {
        <details class="more-fields" open=is_open>
            <summary>"Limit what it may do"</summary>
            <div class="stack">
                <p class="hint">
                    "None chosen means all that its role has. Most acts read what they change, so choose the reading permission as well."
                </p>
                {groups}
            </div>
        </details>
        <p class="error" data-error-for="permissions">{wrong}</p>
    }
}
