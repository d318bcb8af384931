//! `/settings/on-call/contact`: someone who can be told.

use domain::{
    channel::NotificationChannel,
    error::UserError,
    ids::{ContactId, Id},
    on_call::{Contact, Stored},
    permission::Permission,
};
use engine::{notify::manage, on_call::resources};
use leptos::prelude::*;

use super::{
    LIST, asked_for, changed,
    server_fns::{RemoveContact, SaveContact},
};
use crate::{
    authorize::in_scope,
    channels::form::Several,
    ui::{
        field::{About, TextField},
        form::{ActionForm, FormState, Submit},
        page::{PageContent, page},
        remove::AskToRemove,
    },
};

#[component]
pub fn ContactPage() -> impl IntoView {
    page(read(asked_for()))
}

async fn read(id: Option<Id<()>>) -> Result<PageContent, UserError> {
    let (contact, channels) = in_scope(async move |scope| {
        scope.authorize(Permission::ManageOnCall)?;
        let contact = match id {
            Some(id) => Some(resources::get::<Contact>(&scope, id).await?),
            None => None,
        };
        Ok((contact, manage::list(&scope).await?))
    })
    .await?;
    let title = contact.as_ref().map_or_else(|| "New contact".to_owned(), |contact| contact.of.name.clone());
    Ok(PageContent::new(title.clone(), body(title, contact, channels)).under("On call", LIST))
}

fn body(title: String, stored: Option<Stored<Contact>>, channels: Vec<NotificationChannel>) -> impl IntoView {
    let form_state = FormState::of::<SaveContact>();
    let stands = stored.as_ref().map(|stored| (stored.id, stored.version));
    let of = stored.map(|stored| stored.of).unwrap_or_default();
    let boxes: Vec<_> = channels
        .into_iter()
        .filter(|channel| channel.contact_id.is_none())
        .map(|channel| {
            let value = channel.id.to_string();
            let is_ticked = if form_state.is_refused() { form_state.chose("channel_ids[]", &value) } else { of.channel_ids.contains(&channel.id) };
            view! {
                <label class="choice">
                    <input type="checkbox" name="channel_ids[]" value=value checked=is_ticked/>
                    {channel.name}
                </label>
            }
        })
        .collect();
    let remove = stands.map(|(id, _)| view! { <Remove id=ContactId::from_uuid(id.as_uuid()) name=of.name.clone()/> });
    view! {
        <div class="page-head">
            <div>
                <h1>{title}</h1>
                <p class="lede">"Someone who is told when it is their turn, by mail, on channels, or both."</p>
            </div>
        </div>
        <div class="stack">
            <section class="card" aria-labelledby="contact">
                <header>
                    <h2 id="contact">"Contact"</h2>
                </header>
                <ActionForm<SaveContact>>
                    <div class="form-section">
                        {stands.map(|stands| changed(stands, &form_state))}
                        <TextField about=About::new("name", "Name").required() form_state=form_state.clone() value=of.name/>
                        <TextField
                            about=About::new("email", "E-mail address").optional().hint("Mails are sent by the console’s own mail server.")
                            form_state=form_state.clone()
                            kind="email"
                            autocomplete="off"
                            value=of.email.unwrap_or_default()
                        />
                        {(!boxes.is_empty())
                            .then(|| {
                                view! {
                                    <Several name="channel_ids" label="Channels" hint="A chat or pager that reaches them." form_state=form_state>
                                        {boxes}
                                    </Several>
                                }
                            })}
                        <Submit label="Save contact" progress="Saving…"/>
                    </div>
                </ActionForm<SaveContact>>
            </section>
            {remove}
        </div>
    }
}

#[component]
fn Remove(id: ContactId, name: String) -> impl IntoView {
    view! {
        <div class="buttons">
            <AskToRemove<RemoveContact> id=id.to_string() name=name consequence="What was sent to their mailbox goes with them."/>
        </div>
    }
}
