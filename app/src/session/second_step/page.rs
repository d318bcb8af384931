//! `/sign-in/code`, for whoever has given their password and has a second factor.

use domain::local_path::LocalPath;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::server_fns::FinishSignIn;
use crate::{
    authorize::actor,
    session::{
        data,
        server_fns::session,
        signed_out::{Refusal, SignedOutPage},
    },
    ui::{
        field::{About, TextField},
        form::{ActionForm, FormState, Submit},
        page::go_to,
        url::query,
    },
};

#[component]
pub fn SecondStepPage() -> impl IntoView {
    let next = use_query_map().read_untracked().get("next").unwrap_or_default();
    if actor().is_some() {
        go_to(LocalPath::or_overview(&next).as_str());
    }
    Suspend::new(async move {
        let form_state = FormState::of::<FinishSignIn>();
        if !form_state.is_refused() && !is_half_way().await {
            go_to(&format!("/sign-in{}", query([("next", next.as_str())])));
        }
        view! { <CodeForm next=next form_state=form_state/> }
    })
}

/// A session that cannot be read is told of when the form is sent.
async fn is_half_way() -> bool {
    let Ok(session) = session().await else { return true };
    !matches!(data::half_way(&session).await, Ok(None))
}

#[component]
fn CodeForm(next: String, form_state: FormState) -> impl IntoView {
    let again = format!("/sign-in{}", query([("next", next.as_str())]));
    view! {
        <SignedOutPage title="Second step" lede="Your password is right. Now the code of your app.">
            <ActionForm<FinishSignIn>>
                <Refusal form_state=form_state.clone()/>
                <input type="hidden" name="next" value=LocalPath::or_overview(&next).as_str().to_owned()/>
                <TextField
                    about=About::new("code", "Code").hint("Six digits, or one of your recovery codes.").required()
                    form_state=form_state
                    autocomplete="one-time-code"
                />
                <Submit label="Sign in" progress="Signing in…"/>
            </ActionForm<FinishSignIn>>
            <p>
                "Lost both? Whoever runs the server can take your second factor away. "<a href=again>"Begin again"</a>
            </p>
        </SignedOutPage>
    }
}
