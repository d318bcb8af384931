//! What stands where there is nothing yet: it says what to do next.

use leptos::prelude::*;

use super::icon::Icon;

#[component]
pub fn Empty(
    icon: Icon,
    #[prop(into)] title: String,
    #[prop(into)] text: String,
    /// The next act.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="empty">
            <Icon path=icon/>
            <h2>{title}</h2>
            <p>{text}</p>
            {children.map(|children| view! { <div class="buttons">{children()}</div> })}
        </div>
    }
}
