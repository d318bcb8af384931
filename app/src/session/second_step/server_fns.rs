//! Give the code.

#[cfg(feature = "ssr")]
use domain::{error::ErrorCode, local_path::LocalPath};
#[cfg(feature = "ssr")]
use engine::access::second_factor::{self, PendingSecondFactor};
#[cfg(feature = "ssr")]
use leptos_axum::redirect;

#[cfg(feature = "ssr")]
use super::PATH;
use crate::{action::server, action_error::ActionError, secret_input::SecretInput};
#[cfg(feature = "ssr")]
use crate::{
    action_error::run_anonymous_action,
    authorize::refused,
    session::{
        data,
        server_fns::{enter, failed, in_the_card, session},
    },
    ui::url::query,
};

#[server]
pub async fn finish_sign_in(
    code: SecretInput,
    /// Where the person was going.
    #[server(default)]
    next: String,
) -> Result<(), ActionError> {
    let half_way = data::half_way(&session().await?).await.map_err(failed)?;
    let half_way = half_way.ok_or_else(|| in_the_card(refused(ErrorCode::SecondStepExpired).into()))?;
    let finished = run_anonymous_action(async move |console, client| second_factor::finish(&console, half_way, &code.reveal(), client).await);
    enter(finished.await.map_err(in_the_card)?).await?;
    redirect(LocalPath::or_overview(&next).as_str());
    Ok(())
}

/// Remembers who gave their password, and leads them to where the code is asked for.
///
/// # Errors
/// The session could not be kept.
#[cfg(feature = "ssr")]
pub async fn lead_to(half_way: PendingSecondFactor, next: &str) -> Result<(), ActionError> {
    data::remember_half_way(&session().await?, half_way).await.map_err(failed)?;
    redirect(&format!("{PATH}{}", query([("next", next)])));
    Ok(())
}
