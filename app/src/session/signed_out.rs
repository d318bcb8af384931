//! The frame of the pages before the sign-in.

use leptos::prelude::*;

use super::server_fns::WHOLE_FORM;
use crate::{
    form_outcome::ActionFailure,
    status::status_of,
    ui::{
        badge::EnvironmentBadge,
        form::FormState,
        icon::{ALERT, Icon},
        layout::{Brand, Notifications, Tab, environment},
        markup::MarkupChildren,
        page::set_status,
    },
};

/// Why the form was refused as a whole.
#[component]
pub fn Refusal(form_state: FormState) -> impl IntoView {
    let told = form_state.error(WHOLE_FORM);
    view! {
        <div class="notice bad refusal">
            <Icon path=ALERT/>
            <p role="alert" data-error-for=WHOLE_FORM>
                {told}
            </p>
        </div>
    }
}

#[component]
pub fn SignedOutPage(title: &'static str, #[prop(into)] lede: String, children: MarkupChildren) -> impl IntoView {
    if let Some(error) = use_context::<ActionFailure>().and_then(|refused| refused.error) {
        set_status(status_of(error.code));
    }
    view! {
        <Tab title=title.to_owned()/>
        <main class="signed-out" id="main">
            <Brand/>
            <div class="card">
                <div>
                    <h1>{title}</h1>
                    <p class="lede">{lede}</p>
                </div>
                {children.write()}
            </div>
            <p class="where">
                <EnvironmentBadge environment=environment()/>
            </p>
        </main>
        <Notifications/>
    }
}
