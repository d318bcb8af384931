//! What was sent, waits, or was given up: of a channel, and of an incident.

use std::collections::HashMap;

use domain::{
    delivery::{Delivery, DeliveryReason, DeliveryStatus},
    ids::ChannelId,
    permission::Permission,
};
use leptos::prelude::*;

use super::{path_of, server_fns::ResendDelivery};
use crate::{
    authorize::may,
    ui::{
        badge::{Badge, BadgeStyle},
        form::{ActionForm, Submit},
        icon::{CIRCLE_CHECK, CIRCLE_CROSS, CIRCLE_DASHED},
        markup::{IntoMarkup, Markup},
        table::{DataTable, heads, unseen_head},
        time::{Shape, Time},
    },
};

pub const fn reason_name(reason: DeliveryReason) -> &'static str {
    match reason {
        DeliveryReason::Opened => "Opened",
        DeliveryReason::Escalated => "Escalated",
        DeliveryReason::Reminder => "Reminder",
        DeliveryReason::Acknowledged => "Acknowledged",
        DeliveryReason::Recovered => "Recovered",
        DeliveryReason::Overdue => "Overdue",
        DeliveryReason::Digest => "Digest",
        DeliveryReason::Test => "Test",
    }
}

#[component]
pub fn DeliveryBadge(status: DeliveryStatus) -> impl IntoView {
    let style: BadgeStyle = match status {
        DeliveryStatus::Waiting => ("Waiting", CIRCLE_DASHED, "warn"),
        DeliveryStatus::Sent => ("Sent", CIRCLE_CHECK, "good"),
        DeliveryStatus::Dead => ("Given up", CIRCLE_CROSS, "bad"),
    };
    view! { <Badge badge_style=style/> }
}

/// Of one channel: what each was about.
#[component]
pub fn ChannelLog(deliveries: Vec<Delivery>) -> impl IntoView {
    let rows = deliveries
        .into_iter()
        .map(|delivery| {
            let about = match (delivery.incident_id, delivery.connection_name.clone()) {
                (Some(id), name) => {
                    let name = name.unwrap_or_else(|| "Incident about no connection".to_owned());
                    view! { <a href=crate::incidents::path_of(id)>{name}</a> }.into_markup()
                }
                (None, _) => view! { <span class="quiet">"No incident"</span> }.into_markup(),
            };
            row(delivery, about)
        })
        .collect_view();
    table("About", rows.into_markup())
}

/// Of one incident: on which channel each went.
#[component]
pub fn IncidentLog(deliveries: Vec<Delivery>, names: HashMap<ChannelId, String>) -> impl IntoView {
    let rows = deliveries
        .into_iter()
        .map(|delivery| {
            let name = names.get(&delivery.channel_id).cloned().unwrap_or_default();
            let about = view! { <a href=path_of(delivery.channel_id)>{name}</a> }.into_markup();
            row(delivery, about)
        })
        .collect_view();
    table("Channel", rows.into_markup())
}

fn table(about: &'static str, rows: Markup) -> impl IntoView {
    let mut heads = heads(["Message", about, "State", "When"]);
    heads.push(unseen_head("Acts"));
    view! {
        <DataTable caption="Messages" heads=heads>
            {rows}
        </DataTable>
    }
}

fn row(delivery: Delivery, about: Markup) -> impl IntoView {
    let attempts = match (delivery.status, delivery.attempts) {
        (DeliveryStatus::Sent, ..=1) | (_, 0) => None,
        (_, 1) => Some("1 attempt".to_owned()),
        (_, attempts) => Some(format!("{attempts} attempts")),
    };
    let next =
        delivery.next_attempt_at.filter(|_| delivery.attempts > 0).map(|at| view! { <p class="quiet small">"again at " <Time at=at shape=Shape::Minute/></p> });
    let may_resend = delivery.status == DeliveryStatus::Dead && delivery.incident_id.is_some() && may(Permission::UseChannels);
    let id = delivery.id;
    let resend = may_resend.then(|| {
        view! {
            <ActionForm<ResendDelivery>>
                <input type="hidden" name="id" value=id.to_string()/>
                <Submit label="Send again" progress="Sending…" class="small"/>
            </ActionForm<ResendDelivery>>
        }
    });
    view! {
        <tr role="row">
            <td role="cell" class="name">
                <strong>{reason_name(delivery.reason)}</strong>
                {delivery.last_error.map(|error| view! { <div class="quiet small">{error}</div> })}
            </td>
            <td role="cell" class="line">
                {about}
            </td>
            <td role="cell" class="state">
                <DeliveryBadge status=delivery.status/>
                {attempts.map(|attempts| view! { <p class="quiet small">{attempts}</p> })}
                {next}
            </td>
            <td role="cell" class="place">
                <Time at=delivery.sent_at.unwrap_or(delivery.created_at)/>
            </td>
            <td role="cell" class="end">
                {resend}
            </td>
        </tr>
    }
}
