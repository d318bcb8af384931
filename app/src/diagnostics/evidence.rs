//! Evidence: the list beside a result, and the page that shows one artefact.

use domain::evidence::Evidence;
use leptos::prelude::*;

mod page;
mod text;

pub use page::EvidencePage;

use super::path_of;
use crate::ui::icon::{FILE, Icon};

/// What was kept of a result.
pub fn kept(artefacts: &[&Evidence]) -> impl IntoView + use<> {
    let links = artefacts
        .iter()
        .map(|one| {
            view! {
                <li>
                    <a href=format!("{}/evidence/{}", path_of(one.run_id), one.id)>
                        <Icon path=FILE/>
                        {one.name.clone()}
                    </a>
                    <span class="quiet">{size(one.bytes)}</span>
                </li>
            }
        })
        .collect_view();
    (!artefacts.is_empty()).then(|| view! { <ul class="kept" aria-label="Evidence">{links}</ul> })
}

/// A number of bytes in words.
pub fn size(bytes: i64) -> String {
    match bytes {
        ..1_000 => format!("{bytes}\u{a0}bytes"),
        1_000..1_000_000 => format!("{}.{}\u{a0}KB", bytes / 1_000, bytes % 1_000 / 100),
        _ => format!("{}.{}\u{a0}MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000),
    }
}
