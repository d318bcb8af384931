//! How far an incident reaches, what changed before it, and the errors that came with it.

use domain::{
    blast_radius::{AffectedConnection, BlastRadius, ErrorCount, RecentChange, RecentRelease, Share},
    diagnostic::Verdict,
    health::HealthStatus,
};
use leptos::prelude::*;

use crate::{
    authorize::may,
    diagnostics, errors, health,
    ui::{badge::EnvironmentBadge, markup::IntoMarkup, time::Time},
};

/// Of each, on the page; the API tells all.
const SHOWN: usize = 12;

#[component]
pub fn Radius(radius: BlastRadius) -> impl IntoView {
    let BlastRadius { connections, environments, owners, tags, hosts, changes, releases, errors, .. } = radius;
    let verdict = match connections.len() {
        0 => "No connection has failed since five minutes before it opened.".to_owned(),
        1 => "One connection has failed since five minutes before it opened.".to_owned(),
        count => format!("{count} connections have failed since five minutes before it opened."),
    };
    let groups = [("Host", hosts), ("Environment", environments), ("Owner", owners), ("Tag", tags)];
    let groups = groups.into_iter().filter(|(_, shares)| !shares.is_empty()).map(|(title, shares)| group(title, shares)).collect_view();
    view! {
        <section class="card blast-radius" aria-labelledby="radius" id="incident-radius" data-refresh="">
            <header>
                <h2 id="radius">"Blast radius"</h2>
            </header>
            <div class="body stack">
                <p>{verdict}</p>
                {(!connections.is_empty()).then(|| affected(connections))}
                <dl class="shares">{groups}</dl>
                <Changes changes=changes/>
                <Releases releases=releases/>
                {may(domain::permission::Permission::ReadErrors).then(|| view! { <Errors errors=errors/> })}
            </div>
        </section>
    }
}

fn affected(connections: Vec<AffectedConnection>) -> impl IntoView {
    let more = connections.len().saturating_sub(SHOWN);
    let lines = connections
        .into_iter()
        .take(SHOWN)
        .map(|connection| {
            let is_well_again = connection.status == Some(HealthStatus::Healthy);
            view! {
                <li>
                    <a href=health::path_of(connection.connection_id)>{connection.name}</a>
                    " "
                    <EnvironmentBadge environment=connection.environment/>
                    <span class="quiet small">{if is_well_again { " well again, failed " } else { " since " }}<Time at=connection.first_failed_at/></span>
                </li>
            }
        })
        .collect_view();
    view! {
        <ul>{lines} {(more > 0).then(|| view! { <li class="quiet">{format!("and {more} more")}</li> })}</ul>
    }
}

/// `b.example 13 of 13`
fn group(title: &'static str, shares: Vec<Share>) -> impl IntoView {
    let shown = shares
        .into_iter()
        .take(SHOWN)
        .map(|Share { name, failing, of }| {
            let is_all = failing == of;
            view! { <span class=if is_all { "share all" } else { "share" }>{name} " " <b>{format!("{failing} of {of}")}</b></span> }
        })
        .collect_view();
    view! {
        <dt>{title}</dt>
        <dd>{shown}</dd>
    }
}

#[component]
fn Changes(changes: Vec<RecentChange>) -> impl IntoView {
    let is_empty = changes.is_empty();
    let lines = changes
        .into_iter()
        .take(SHOWN)
        .map(|change| {
            let act = change.act.to_string().replace('_', " ");
            view! {
                <li>
                    <Time at=change.at/>
                    {format!(" {} {act} ", change.by)}
                    <a href=crate::connections::path_of(change.connection_id)>{change.connection_name}</a>
                </li>
            }
        })
        .collect_view();
    view! {
        <div>
            <h3>"Changed in the hour before"</h3>
            {if is_empty { view! { <p class="quiet">"No configuration was changed."</p> }.into_markup() } else { view! { <ul>{lines}</ul> }.into_markup() }}
        </div>
    }
}

/// Nothing where no release was tested: a team may not name any.
#[component]
fn Releases(releases: Vec<RecentRelease>) -> impl IntoView {
    (!releases.is_empty()).then(|| {
        let lines = releases
            .into_iter()
            .take(SHOWN)
            .map(|release| {
                let ended = match release.verdict {
                    Some(Verdict::Pass) => "passed",
                    Some(Verdict::Block) => "blocked",
                    None => "under way",
                };
                view! {
                    <li>
                        <Time at=release.at/>
                        " "
                        <a href=diagnostics::path_of(release.run_id)>{release.release}</a>
                        {format!(", diagnostics asked for by {}: {ended}", release.by)}
                    </li>
                }
            })
            .collect_view();
        view! {
            <div>
                <h3>"Released in the hour before"</h3>
                <ul>{lines}</ul>
            </div>
        }
    })
}

#[component]
fn Errors(errors: Vec<ErrorCount>) -> impl IntoView {
    let is_empty = errors.is_empty();
    let lines = errors
        .into_iter()
        .take(SHOWN)
        .map(|error| {
            let id = error.correlation_id.to_string();
            view! {
                <li>
                    <b>{error.count}</b>
                    " × "
                    <a href=format!("{}/{id}", errors::LIST)>{error.code}</a>
                    {format!(" of {}", error.service)}
                    <span class="quiet small">", last "<Time at=error.latest_at/></span>
                </li>
            }
        })
        .collect_view();
    view! {
        <div>
            <h3>"Errors meanwhile"</h3>
            {if is_empty { view! { <p class="quiet">"None was recorded."</p> }.into_markup() } else { view! { <ul>{lines}</ul> }.into_markup() }}
        </div>
    }
}
