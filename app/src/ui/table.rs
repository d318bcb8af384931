//! The table of every list. Where there is no room for columns its styles make a card of each row, and with that take away what a table is;
//! so roles say it.

use leptos::prelude::*;

use super::{
    icon::{ARROW_DOWN, ARROW_UP, Icon},
    markup::{IntoMarkup, Markup, MarkupChildren},
};

#[component]
pub fn DataTable(
    /// For whoever hears the page.
    caption: &'static str,
    heads: Vec<Markup>,
    /// The rows.
    children: MarkupChildren,
) -> impl IntoView {
    view! {
        <table class="table" role="table">
            <caption class="unseen">{caption}</caption>
            <thead role="rowgroup">
                <tr role="row">{heads}</tr>
            </thead>
            <tbody role="rowgroup">{children.write()}</tbody>
        </table>
    }
}

/// Heads of columns that cannot be ordered.
pub fn heads<const N: usize>(names: [&'static str; N]) -> Vec<Markup> {
    names.map(head).into()
}

pub fn head(name: &'static str) -> Markup {
    view! {
        <th scope="col" role="columnheader">
            {name}
        </th>
    }
    .into_markup()
}

/// The head of a column of buttons, which needs no name to be seen.
pub fn unseen_head(name: &'static str) -> Markup {
    view! {
        <th scope="col" role="columnheader">
            <span class="unseen">{name}</span>
        </th>
    }
    .into_markup()
}

/// A head that orders the list, and turns the order round when it does already.
pub fn sortable_head<Sort: PartialEq + Copy>(now: Sort, name: &'static str, up: Sort, down: Sort, address: impl Fn(Sort) -> String) -> Markup {
    let (order, icon) = match now {
        sort if sort == up => (Some("ascending"), Some(ARROW_UP)),
        sort if sort == down => (Some("descending"), Some(ARROW_DOWN)),
        _ => (None, None),
    };
    let href = address(if now == up { down } else { up });
    view! {
        <th scope="col" role="columnheader" aria-sort=order>
            <a href=href>
                {name} {icon.map(|icon| view! { <Icon path=icon/> })}
            </a>
        </th>
    }
    .into_markup()
}
