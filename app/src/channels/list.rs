//! The team's channels, how each stands, and the last message on it.

use std::collections::HashMap;

use domain::{channel::NotificationChannel, delivery::Delivery, error::UserError, ids::ChannelId, permission::Permission};
use engine::notify::{deliveries, manage};
use leptos::prelude::*;

use super::{
    LIST,
    log::{DeliveryBadge, reason_name},
    path_of,
};
use crate::{
    authorize::{in_scope, may},
    ui::{
        badge::{Badge, BadgeStyle, environment_name},
        empty::Empty,
        icon::{CIRCLE_CHECK, ENVELOPE, Icon, PAUSE, PLUS},
        markup::IntoMarkup,
        page::{PageContent, page},
        table::{DataTable, heads},
        time::Time,
    },
};

#[component]
pub fn ChannelsPage() -> impl IntoView {
    page(read())
}

async fn read() -> Result<PageContent, UserError> {
    let (channels, latest) = in_scope(async |scope| Ok((manage::list(&scope).await?, deliveries::latest_of_each(&scope).await?))).await?;
    Ok(PageContent::new("Channels", body(channels, latest)))
}

fn body(channels: Vec<NotificationChannel>, latest: HashMap<ChannelId, Delivery>) -> impl IntoView {
    let add = || {
        may(Permission::ManageChannels).then(|| {
            view! {
                <a class="button primary" href=format!("{LIST}/new")>
                    <Icon path=PLUS/>
                    "New channel"
                </a>
            }
        })
    };
    let is_empty = channels.is_empty();
    let listed = if is_empty {
        view! {
            <Empty icon=ENVELOPE title="No channels yet" text="Without one, an incident is told in these pages alone. Add a mailbox, a chat or a pager.">
                {add()}
            </Empty>
        }
        .into_markup()
    } else {
        let rows = channels.into_iter().map(|channel| row(channel, &latest)).collect_view();
        view! {
            <DataTable caption="Channels" heads=heads(["Channel", "State", "Hears of", "Last message"])>
                {rows}
            </DataTable>
        }
        .into_markup()
    };
    view! {
        <div class="page-head">
            <div>
                <h1>"Channels"</h1>
                <p class="lede">"Where the team is told of incidents, beside these pages."</p>
            </div>
            <div class="buttons">{(!is_empty).then(add)}</div>
        </div>
        <div class="card table-box">{listed}</div>
    }
}

pub const fn state_badge(is_disabled: bool) -> BadgeStyle {
    if is_disabled { ("Disabled", PAUSE, "warn") } else { ("Enabled", CIRCLE_CHECK, "good") }
}

fn row(channel: NotificationChannel, latest: &HashMap<ChannelId, Delivery>) -> impl IntoView + use<> {
    let last = latest.get(&channel.id).map_or_else(
        || view! { <span class="quiet">"None yet"</span> }.into_markup(),
        |last| {
            view! {
                <DeliveryBadge status=last.status/>
                " "
                {reason_name(last.reason)}
                " "
                <Time at=last.created_at/>
            }
            .into_markup()
        },
    );
    view! {
        <tr role="row">
            <td role="cell" class="name">
                <a class="row-link" href=path_of(channel.id)>
                    {channel.name.clone()}
                </a>
                <div class="quiet small">{manage::title_of(&channel.kind)}</div>
            </td>
            <td role="cell" class="state">
                <Badge badge_style=state_badge(channel.disabled_at.is_some())/>
            </td>
            <td role="cell" data-label="Hears of">
                {hears_of(&channel)}
            </td>
            <td role="cell" class="line">
                {last}
            </td>
        </tr>
    }
}

/// `P1, P2 in Production`
fn hears_of(channel: &NotificationChannel) -> String {
    if channel.contact_id.is_some() {
        return "What the contact is told".to_owned();
    }
    let severities: Vec<_> = channel.severities.iter().map(|severity| severity.label()).collect();
    let environments = channel
        .environments
        .as_ref()
        .map_or_else(|| "all environments".to_owned(), |some| some.iter().map(|environment| environment_name(*environment)).collect::<Vec<_>>().join(", "));
    format!("{} in {environments}", severities.join(", "))
}
