//! The button that asks the browser for a passkey, and the part of the sign-in page that has it.

use std::sync::LazyLock;

use domain::local_path::LocalPath;
use engine::{Console, access::passkeys};
use leptos::{nonce::use_nonce, prelude::*, server_fn::ServerFn};

use super::server_fns::{BeginPasskeySignIn, SignInWithPasskey};
use crate::{
    session::signed_out::Refusal,
    ui::form::{ActionForm, FormState},
};

/// Asks the browser for a passkey, and sends its answer with the form.
static SCRIPT: LazyLock<String> = LazyLock::new(|| format!("({})();", include_str!("../../passkey.js").trim()));

/// Whether people can sign in with passkeys here.
pub fn are_taken() -> bool {
    use_context::<Console>().is_some_and(|console| passkeys::are_taken(&console))
}

/// In a form with the hidden input `answer` and a place for what is wrong; one on a page.
#[component]
pub fn PasskeyButton(
    label: &'static str,
    #[prop(default = "")] class: &'static str,
    /// To make a passkey: what the browser is asked. Otherwise it is asked to sign in with one.
    #[prop(optional)]
    options: String,
) -> impl IntoView {
    view! {
        <input type="hidden" name="answer" value=""/>
        <noscript>
            <p class="quiet">"Passkeys need JavaScript."</p>
        </noscript>
        <button type="button" class=format!("button needs-script {class}") data-passkey=options data-challenge=BeginPasskeySignIn::PATH>
            {label}
        </button>
        <script type="module" nonce=use_nonce()>
            {SCRIPT.as_str()}
        </script>
    }
}

/// Below the form for passwords; nothing where passkeys are not taken.
#[component]
pub fn PasskeySignIn(next: String) -> impl IntoView {
    let form_state = FormState::of::<SignInWithPasskey>();
    are_taken().then(|| {
        view! {
            <p class="or">"or with a passkey"</p>
            <ActionForm<SignInWithPasskey>>
                <Refusal form_state=form_state/>
                <input type="hidden" name="next" value=LocalPath::or_overview(&next).as_str().to_owned()/>
                <PasskeyButton label="Sign in with a passkey"/>
            </ActionForm<SignInWithPasskey>>
        }
    })
}
