//! The health overview: the figures, what narrows and orders the table, and the table. Its rows follow the stream of events; all of it
//! is links and forms where there is no script.

use domain::health_table::{HealthPage, HealthRow, HealthSort};
use leptos::{
    ev::{Event, MouseEvent, SubmitEvent},
    html::Form,
    prelude::*,
};

use super::{
    LIST,
    count::{figure_list, verdict_line},
    filter::{PER_PAGE, acknowledge_address, address_of_query, asked, fields},
    row::row,
    shown::{Content, Shown},
};
use crate::ui::{
    empty::empty,
    gone::class,
    icon::{ARROW_DOWN, ARROW_UP, Icon, SEARCH},
    pool::pool,
};

#[cfg(feature = "hydrate")]
#[cfg(feature = "hydrate")]
mod follow;

/// What the island shows.
#[derive(Clone, Copy)]
pub struct Overview {
    shown: Shown,
    lines: StoredValue<Vec<RwSignal<HealthRow>>>,
    filter: NodeRef<Form>,
}

#[cfg_attr(not(feature = "hydrate"), expect(clippy::unused_self, unused_variables, reason = "nobody does anything on the server"))]
impl Overview {
    fn on_press(self, event: &MouseEvent) {
        #[cfg(feature = "hydrate")]
        follow::on_press(self, event);
    }

    fn on_input(self, event: &Event) {
        #[cfg(feature = "hydrate")]
        follow::on_input(self, event);
    }

    fn on_submit(self, event: &SubmitEvent) {
        #[cfg(feature = "hydrate")]
        follow::on_submit(self, event);
    }
}

#[island(lazy)]
pub fn HealthOverview(found: HealthPage) -> impl IntoView {
    let query = asked();
    let fields = fields(&query);
    let shown = Shown(RwSignal::new(Content { query, total: found.total, figures: found.figures }));
    let overview = Overview { shown, lines: pool(found.rows, PER_PAGE as usize), filter: NodeRef::new() };
    #[cfg(feature = "hydrate")]
    follow::follow(overview);
    let start = shown.text(|_, _| LIST.to_owned());
    view! {
        <div
            class="health-overview"
            on:click=move |event| overview.on_press(&event)
            on:input=move |event| overview.on_input(&event)
            on:submit=move |event| overview.on_submit(&event)
        >
            <p class="unseen" role="status">
                {shown.text(|shown, _| if shown.query.is_filtered() { counted(shown.total) } else { String::new() })}
            </p>
            {verdict_line(shown)}
            <div class="apart-below">{figure_list(shown)}</div>
            <form class="filter" method="get" action=LIST role="search" aria-label="Health" node_ref=overview.filter>
                {fields}
                {link(None, shown.text(|shown, _| class("button plain", shown.query.is_filtered())), start, "Clear")}
            </form>
            <div class=shown.text(|shown, _| class("card", shown.total == 0))>
                {empty(
                    SEARCH,
                    "Nothing matches",
                    "No connection that is watched fits this search. Drafts are not watched.",
                    link(None, shown.text(|_, _| "button".to_owned()), start, "Clear the filter"),
                )}
            </div>
            <form class=shown.text(|shown, _| class("card table-box", shown.total > 0)) method="post" action=acknowledge_address()>
                {table(overview)} {pager(shown)}
            </form>
        </div>
    }
}

/// What a filter gives, for whoever cannot see it.
fn counted(total: u32) -> String {
    format!("{total} connection{}", if total == 1 { "" } else { "s" })
}

fn link(rel: Option<&'static str>, class: Signal<String>, href: Signal<String>, words: &'static str) -> impl IntoView {
    view! {
        <a class=class rel=rel href=href>
            {words}
        </a>
    }
}

fn table(overview: Overview) -> impl IntoView {
    let head = |name, index| head(overview.shown, name, index);
    view! {
        <table class="table health" role="table">
            <caption class="unseen">"Health of connections"</caption>
            <thead role="rowgroup">
                <tr role="row">
                    {head("Status", 0)} {head("Name", 1)} <th scope="col" role="columnheader">
                        "Environment"
                    </th> <th scope="col" role="columnheader">
                        "Heartbeats"
                    </th> {head("24 h uptime", 2)} <th scope="col" role="columnheader">
                        "Streak"
                    </th> {head("Latency", 3)} <th scope="col" role="columnheader">
                        <span class="unseen">"Incident"</span>
                    </th>
                </tr>
            </thead>
            <tbody role="rowgroup">
                {overview.lines.get_value().into_iter().map(row).collect_view()}
            </tbody>
        </table>
    }
}

/// What the table may be ordered by, and the other way round.
const ORDERS: [[HealthSort; 2]; 4] = [
    [HealthSort::Status, HealthSort::Status],
    [HealthSort::Name, HealthSort::NameDescending],
    [HealthSort::Uptime, HealthSort::UptimeDescending],
    [HealthSort::Latency, HealthSort::LatencyDescending],
];

/// A column head that orders the table, and turns the order round when it does already.
fn head(shown: Shown, name: &'static str, index: usize) -> impl IntoView {
    let next = |shown: &Content, index: usize| {
        let [up, down] = ORDERS[index];
        address_of_query(&shown.query.sorted_by(if shown.query.sort == up { down } else { up }))
    };
    view! {
        <th scope="col" role="columnheader" aria-sort=shown.text_at(index, |shown, index| of_order(shown, index, ["ascending", "descending", "none"]))>
            <a href=shown.text_at(index, next)>{name} <Icon path=shown.text_at(index, |shown, index| of_order(shown, index, [ARROW_UP, ARROW_DOWN, ""]))/></a>
        </th>
    }
}

/// One of three, as the table is ordered by this column, the other way round, or by another.
fn of_order(shown: &Content, index: usize, [up, down, other]: [&str; 3]) -> String {
    match ORDERS[index].iter().position(|sort| *sort == shown.query.sort) {
        Some(0) => up,
        Some(_) => down,
        None => other,
    }
    .to_owned()
}

fn pager(shown: Shown) -> impl IntoView {
    let told = |shown: &Content, _| {
        let page = shown.query.page;
        format!("{}–{} of {}", (page - 1) * PER_PAGE + 1, shown.total.min(page * PER_PAGE), shown.total)
    };
    let before = shown.text(|shown, _| address_of_query(&shown.query.at_page(shown.query.page.saturating_sub(1))));
    let after = shown.text(|shown, _| address_of_query(&shown.query.at_page(shown.query.page + 1)));
    view! {
        <nav class="pager" aria-label="Pages">
            <span>{shown.text(told)}</span>
            <span class="buttons">
                {link(Some("prev"), shown.text(|shown, _| class("button small", shown.query.page > 1)), before, "Previous")}
                {link(Some("next"), shown.text(|shown, _| class("button small", shown.query.page * PER_PAGE < shown.total)), after, "Next")}
            </span>
        </nav>
    }
}
