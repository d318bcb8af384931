//! What a page says of a connection whose address holds a secret.

use domain::profile::ServiceConnectionProfile;
use engine::connections::exposed_secrets;
use leptos::prelude::*;

use crate::ui::icon::{ALERT, Icon};

#[component]
pub fn Exposed(connection: ServiceConnectionProfile) -> impl IntoView {
    let notices = exposed_secrets(&connection).into_iter().map(|exposed| {
        view! {
            <div class="notice bad">
                <Icon path=ALERT/>
                <p class="grow">
                    <strong>"A secret stands in the open. "</strong>
                    {exposed.message}
                </p>
            </div>
        }
    });
    notices.collect_view()
}
