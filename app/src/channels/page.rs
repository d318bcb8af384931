//! One channel: how it stands, its form, and what was sent on it.

use domain::{
    channel::{ChannelDescriptor, NotificationChannel},
    delivery::{Delivery, DeliveryFilter, DeliveryReason, DeliveryStatus},
    error::{ErrorCode, UserError},
    ids::{ChannelId, ContactId},
    permission::Permission,
};
use engine::notify::{deliveries, manage};
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use super::{
    LIST,
    form::{ChannelForm, Filling},
    list::state_badge,
    log::ChannelLog,
    server_fns::{EnableChannel, RemoveChannel, TestChannel},
};
use crate::{
    authorize::{in_scope, may},
    on_call,
    ui::{
        badge::Badge,
        empty::Empty,
        form::{ActionForm, Submit},
        icon::{ALERT, CIRCLE_CHECK, ENVELOPE, Icon},
        markup::{IntoMarkup, MarkupChildren},
        page::{PageContent, page},
        remove::AskToRemove,
        time::Time,
    },
};

/// Messages of the log that the page shows.
const SHOWN: u32 = 50;

struct PageData {
    channel: NotificationChannel,
    descriptor: ChannelDescriptor,
    log: Vec<Delivery>,
    /// There are older ones than the page shows.
    goes_on: bool,
}

#[component]
pub fn ChannelPage() -> impl IntoView {
    let id = use_params_map().read_untracked().get("id").and_then(|id| id.parse().ok());
    page(read(id))
}

async fn read(id: Option<ChannelId>) -> Result<PageContent, UserError> {
    let data = in_scope(async move |scope| {
        let channel = manage::get(&scope, id.ok_or(ErrorCode::ChannelNotFound)?).await?;
        let filter = DeliveryFilter { channel: Some(channel.id), ..DeliveryFilter::default() };
        let (log, next) = deliveries::list(&scope, filter, SHOWN, None).await?;
        Ok(PageData { descriptor: manage::descriptor(&channel)?.clone(), channel, log, goes_on: next.is_some() })
    })
    .await?;
    Ok(PageContent::new(data.channel.name.clone(), body(data)).under("Channels", LIST))
}

fn body(data: PageData) -> impl IntoView {
    let PageData { channel, descriptor, log, goes_on } = data;
    let (id, is_disabled, title) = (channel.id, channel.disabled_at.is_some(), descriptor.title);
    let tested = log.first().filter(|last| last.reason == DeliveryReason::Test).cloned();
    let test = may(Permission::UseChannels).then(|| {
        view! {
            <ActionForm<TestChannel>>
                <input type="hidden" name="id" value=id.to_string()/>
                <Submit label="Send a test" progress="Sending…" class=""/>
            </ActionForm<TestChannel>>
        }
    });
    let disabled = channel.disabled_at.map(|_| disabled(&channel));
    let name = channel.name.clone();
    let mailbox = channel.contact_id.map(mailbox);
    let manages = may(Permission::ManageChannels) && mailbox.is_none();
    view! {
        <div class="page-head">
            <div>
                <h1>{channel.name.clone()}</h1>
                <p class="facts">
                    <Badge badge_style=state_badge(is_disabled)/>
                    <span class="tag">{title}</span>
                </p>
            </div>
            <div class="buttons">{test}</div>
        </div>
        <div class="stack">
            {mailbox}
            {disabled}
            {tested.map(came_of_it)}
            {manages.then(|| view! { <ChannelForm descriptor=descriptor filling=Filling::of(channel)/> })}
            <section class="card table-box" aria-labelledby="log">
                <header>
                    <h2 id="log">"Messages"</h2>
                </header>
                {if log.is_empty() {
                    view! { <Empty icon=ENVELOPE title="Nothing sent yet" text="The next incident that this channel is to hear of stands here first."/> }.into_markup()
                } else {
                    view! { <ChannelLog deliveries=log/> }.into_markup()
                }}
                {goes_on.then(|| view! { <p class="pager">{format!("The newest {SHOWN}.")}</p> })}
            </section>
            {manages.then(|| view! { <End id=id name=name is_disabled=is_disabled/> })}
        </div>
    }
}

/// Where a contact's mailbox is changed, and enabled again.
fn mailbox(contact: ContactId) -> impl IntoView {
    let edit = may(Permission::ManageOnCall).then(|| {
        view! {
            <a class="button small" href=on_call::path_of_contact(contact)>
                "Edit the contact"
            </a>
        }
    });
    view! {
        <div class="notice">
            <Icon path=ENVELOPE/>
            <div class="grow">"This is the mailbox of a contact. It goes where the contact’s address says, and is enabled again when the contact is saved."</div>
            {edit}
        </div>
    }
}

/// Why nothing is sent, and the way back.
fn disabled(channel: &NotificationChannel) -> impl IntoView + use<> {
    let id = channel.id;
    let enable = (may(Permission::ManageChannels) && channel.contact_id.is_none()).then(|| {
        view! {
            <Switch id=id enabled=true>
                <Submit label="Enable" progress="Enabling…" class="small"/>
            </Switch>
        }
    });
    view! {
        <div class="notice warn" role="status">
            <Icon path=ALERT/>
            <div class="grow">
                <strong>"Nothing is sent on this channel. "</strong>
                {channel.disabled_reason.clone()}
            </div>
            {enable}
        </div>
    }
}

/// The form that enables a channel, or disables it, around its button.
#[component]
fn Switch(id: ChannelId, enabled: bool, children: MarkupChildren) -> impl IntoView {
    view! {
        <ActionForm<EnableChannel>>
            <input type="hidden" name="id" value=id.to_string()/>
            <input type="hidden" name="enabled" value=enabled.to_string()/>
            {children.write()}
        </ActionForm<EnableChannel>>
    }
}

/// What came of the test, while nothing was sent after it.
fn came_of_it(last: Delivery) -> impl IntoView {
    let is_sent = last.status == DeliveryStatus::Sent;
    let said = if is_sent { "The receiver took the test.".to_owned() } else { last.last_error.unwrap_or_default() };
    view! {
        <div class=if is_sent { "notice" } else { "notice warn" } role="status">
            <Icon path=if is_sent { CIRCLE_CHECK } else { ALERT }/>
            <div class="grow">
                <strong>{if is_sent { "The test arrived. " } else { "The test did not arrive. " }}</strong>
                {said}
                " "
                <Time at=last.created_at/>
            </div>
        </div>
    }
}

#[component]
fn End(id: ChannelId, name: String, is_disabled: bool) -> impl IntoView {
    let disable = (!is_disabled).then(|| {
        view! {
            <Switch id=id enabled=false>
                <Submit label="Disable" progress="Disabling…" class=""/>
            </Switch>
        }
    });
    view! {
        <section class="card" aria-labelledby="end">
            <header>
                <h2 id="end">"No longer needed"</h2>
            </header>
            <div class="body stack">
                <p>"While it is disabled, nothing is sent on it. Removing it removes its messages, too."</p>
                <div class="buttons">
                    {disable} <AskToRemove<RemoveChannel> id=id.to_string() name=name consequence="What waits on it is never sent."/>
                </div>
            </div>
        </section>
    }
}
