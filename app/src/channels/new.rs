//! A new channel: choose a type, then fill in its form.

use domain::{
    channel::{ChannelDescriptor, ChannelType},
    error::UserError,
    permission::Permission,
};
use engine::notify::channels;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::{
    LIST,
    form::{ChannelForm, Filling},
};
use crate::{
    authorize::in_scope,
    ui::{
        choice_card::ChoiceCard,
        icon::{BELL, ENVELOPE, GLOBE, Icon, PULSE},
        page::{PageContent, page},
        url::query,
    },
};

#[component]
pub fn NewChannelPage() -> impl IntoView {
    let kind = use_query_map().read_untracked().get("type").and_then(|kind| kind.parse::<ChannelType>().ok());
    page(read(kind))
}

async fn read(kind: Option<ChannelType>) -> Result<PageContent, UserError> {
    in_scope(async |scope| scope.authorize(Permission::ManageChannels)).await?;
    let content = match kind.and_then(|kind| channels::get(&kind)) {
        Some(channel) => PageContent::new("New channel", form(channel.descriptor().clone())),
        None => PageContent::new("New channel", choice()),
    };
    Ok(content.under("Channels", LIST))
}

fn icon_of(kind: &str) -> Icon {
    match kind {
        "email" => ENVELOPE,
        "pagerduty" | "sms" | "ntfy" => BELL,
        "alertmanager" => PULSE,
        _ => GLOBE,
    }
}

fn choice() -> impl IntoView {
    let cards = channels::all()
        .map(|channel| {
            let ChannelDescriptor { id, title, summary, .. } = channel.descriptor();
            view! { <ChoiceCard href=format!("{LIST}/new{}", query([("type", *id)])) icon=icon_of(id) title=title summary=summary/> }
        })
        .collect_view();
    view! {
        <div class="page-head">
            <div>
                <h1>"New channel"</h1>
                <p class="lede">"Where is the team to be told?"</p>
            </div>
        </div>
        <ul class="kinds">{cards}</ul>
    }
}

fn form(descriptor: ChannelDescriptor) -> impl IntoView {
    view! {
        <div class="page-head">
            <div>
                <h1>"New channel"</h1>
                <p class="lede">"It is told of what happens from now on."</p>
            </div>
        </div>
        <ChannelForm descriptor=descriptor filling=Filling::fresh()/>
    }
}
