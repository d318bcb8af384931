//! How the audit log is narrowed: by its address, for the page and for an export alike.

use domain::{
    audit::{AuditAct, AuditFilter, AuditedThing},
    time::Timestamp,
};
use leptos::prelude::*;
use leptos_router::params::ParamsMap;
use strum::IntoEnumIterator;

use super::LIST;
use crate::ui::{
    filter::{FilterFrame, choice, chosen, parsed},
    icon::{Icon, SEARCH},
    list::ListQuery,
    url::query,
};

/// Longest text that is looked for.
const LONGEST: usize = 254;
const DAY: std::time::Duration = std::time::Duration::from_secs(24 * 60 * 60);

/// What the address asks for.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct AuditQuery {
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

impl ListQuery for AuditQuery {
    fn read(map: &ParamsMap) -> Self {
        let text = |name| map.get_str(name).map(str::trim).unwrap_or_default().chars().take(LONGEST).collect::<String>();
        let day = |name| Some(text(name)).filter(|day| begin_of(day).is_some()).unwrap_or_default();
        let cursor = Some(text("cursor")).filter(|cursor| !cursor.is_empty());
        Self { actor: text("actor"), act: parsed(map, "act"), thing: text("thing"), from: day("from"), to: day("to"), cursor }
    }

    fn is_filtered(&self) -> bool {
        *self != Self { cursor: self.cursor.clone(), ..Self::default() }
    }
}

impl AuditQuery {
    pub fn filter(&self) -> AuditFilter {
        let given = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
        AuditFilter {
            actor: given(&self.actor),
            act: self.act,
            thing: given(&self.thing),
            from: begin_of(&self.from),
            to: begin_of(&self.to).map(|begin| begin + DAY),
        }
    }

    /// The page that begins at `cursor`.
    pub fn address(&self, cursor: &str) -> String {
        let act = chosen(self.act.as_ref());
        format!("{LIST}{}", query([("actor", &*self.actor), ("act", &act), ("thing", &self.thing), ("from", &self.from), ("to", &self.to), ("cursor", cursor)]))
    }

    /// The same entries, all of them, as a file.
    pub fn export(&self, format: &str) -> String {
        let AuditFilter { from, to, .. } = self.filter();
        let (act, from, to) = (chosen(self.act.as_ref()), chosen(from.as_ref()), chosen(to.as_ref()));
        format!("/api/audit/export{}", query([("format", format), ("actor", &self.actor), ("act", &act), ("thing", &self.thing), ("from", &from), ("to", &to)]))
    }
}

/// The first moment of a day, in UTC.
fn begin_of(day: &str) -> Option<Timestamp> {
    format!("{day}T00:00:00Z").parse().ok()
}

#[component]
pub fn FilterForm(query: AuditQuery) -> impl IntoView {
    let is_filtered = query.is_filtered();
    let acts = AuditAct::iter().map(|act| (act.to_string(), act.sentence().to_owned())).collect();
    // An id is looked for too; it comes by a link and stays.
    let mut things: Vec<_> = AuditedThing::iter().map(|thing| (thing.to_string(), thing.to_string().replace('_', " "))).collect();
    if !query.thing.is_empty() && things.iter().all(|(thing, _)| *thing != query.thing) {
        things.push((query.thing.clone(), query.thing.clone()));
    }
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
