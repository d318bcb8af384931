//! How the audit log is narrowed: by its address, for the page and for an export alike.

use domain::{
    audit::{AuditAct, AuditFilter, AuditedThing},
    time::Timestamp,
};
use leptos::prelude::*;
use leptos_router::{hooks::use_query_map, params::ParamsMap};
use strum::IntoEnumIterator;

use super::LIST;
use crate::ui::{
    filter::{FilterFrame, choice, chosen, parsed},
    url::query,
};

/// Longest text that is looked for.
const LONGEST: usize = 254;
const DAY: std::time::Duration = std::time::Duration::from_secs(24 * 60 * 60);

/// What the address asks for. What it asks for wrongly is left out.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct ListQuery {
    actor: String,
    act: Option<AuditAct>,
    /// A sort of thing, or the id of one.
    thing: String,
    /// Days, such as `2026-01-02`; both are included.
    from: String,
    to: String,
    /// Where the page begins.
    pub cursor: Option<String>,
}

impl ListQuery {
    pub fn from_address() -> Self {
        let map = use_query_map();
        let map: &ParamsMap = &map.read_untracked();
        let text = |name| map.get_str(name).map(str::trim).unwrap_or_default().chars().take(LONGEST).collect::<String>();
        let day = |name: &'static str, word: &'static str, about: &'static str, value: String| {
        view! {
            <label>
                {word}
                <input class="input" type="date" name=name value=value title=about/>
            </label>
        }
    };
    view! {
        <FilterFrame list=LIST label="Audit log" is_filtered=is_filtered>
            <div class="search">
                <Icon path=SEARCH/>
                <input class="input" type="text" name="actor" value=query.actor.clone() placeholder="Who" aria-label="Who" autocomplete="off"/>
            </div>
            {choice("act", "Act", "Any act", acts, query.act.map(|act| act.to_string()))}
            {choice("thing", "Thing", "Anything", things, Some(query.thing.clone()))}
            {day("from", "From", "First day, in UTC", query.from.clone())}
            {day("to", "To", "Last day, in UTC", query.to.clone())}
        </FilterFrame>
    }
}
