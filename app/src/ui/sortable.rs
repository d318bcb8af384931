//! A column head that orders the list, and turns the order round when it does already.

use leptos::prelude::*;

use super::icon::{ARROW_DOWN, ARROW_UP, Icon};

pub fn sortable<Sort: PartialEq + Copy>(now: Sort, name: &'static str, up: Sort, down: Sort, address: impl Fn(Sort) -> String) -> AnyView {
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
    .into_any()
}
