//! The form of a connection. Its fields are drawn on the server and can be used as they come; awake, it checks them by the domain's
//! rules while a person types, says what saving will cost, and loses nothing.

use domain::{
    ids::ProfileId,
    kind::{Field, KindId},
};
use leptos::{html, prelude::*};
use serde::{Deserialize, Serialize};
use serde_json::Value;

#[cfg(feature = "hydrate")]
mod controls;
#[cfg(feature = "hydrate")]
mod live;

use super::input::{AfterSave, ConnectionInput, Values, Verified};

/// What the form is about.
#[derive(Clone, Deserialize)]
#[cfg_attr(feature = "ssr", derive(Serialize))]
#[serde(try_from = "Value")]
pub struct FormSubject {
    /// The connection it changes, and the version the person sees; nothing for a new one.
    pub changes: Option<ProfileId>,
    pub version: i64,
    pub kind: KindId,
    pub fields: Vec<Field>,
    pub has_credential: bool,
    pub verified: Option<Verified>,
    /// What it says beside *Save* when that would take the verification away.
    pub cost: String,
}

/// Islands can write out what they are given, though only the server does: in the browser this would be two kilobytes for nothing.
#[cfg(not(feature = "ssr"))]
impl Serialize for FormSubject {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_unit()
    }
}

/// By hand: derived, it would be a tenth of what this page loads.
impl TryFrom<Value> for FormSubject {
    type Error = &'static str;

    fn try_from(json: Value) -> Result<Self, Self::Error> {
        Self::of_json(&json).ok_or("not the subject of a form")
    }
}

impl FormSubject {
    fn of_json(json: &Value) -> Option<Self> {
        let text = |name: &str| json.get(name)?.as_str();
        Some(Self {
            changes: text("changes").and_then(|id| id.parse().ok()),
            version: json.get("version")?.as_i64()?,
            kind: text("kind")?.parse().ok()?,
            fields: json.get("fields")?.as_array()?.iter().filter_map(Field::of_json).collect(),
            has_credential: json.get("has_credential")?.as_bool()?,
            verified: json.get("verified").and_then(Verified::of_json),
            cost: text("cost")?.to_owned(),
        })
    }
}

/// The end of the form, which brings it to life. The fields before it are not drawn again in the browser: that would be most of what
/// this page loads.
#[island(lazy)]
pub fn ConnectionForm(subject: FormSubject) -> impl IntoView {
    let live = LiveForm::new(subject);
    #[cfg(feature = "hydrate")]
    live.wake();
    view! {
        <div class="form-said" role="status" node_ref=live.place>
            <p class=live.shows(Part::CostClass)>{live.shows(Part::Cost)}</p>
            <p>{live.shows(Part::Filled)}</p>
        </div>
        {save_button(live, AfterSave::Nothing)}
        {save_button(live, AfterSave::Test)}
    }
}

/// Names what it does, and says so while that is done.
fn save_button(live: LiveForm, then: AfterSave) -> impl IntoView {
    let (class, value) = if then == AfterSave::Test { ("button", "test") } else { ("button primary", "nothing") };
    view! {
        <button type="submit" class=class name="then" value=value aria-busy=live.shows(Part::IsBusy(then)) aria-disabled=live.shows(Part::IsHeld)>
            <span>{live.shows(Part::Label(then))}</span>
        </button>
    }
}

/// The form as it changes. One signal, and texts of the type that the toast has as well: each further type is a kilobyte of what the page loads.
#[derive(Clone, Copy)]
struct LiveForm {
    /// Where it stands in its form.
    place: NodeRef<html::Div>,
    state: RwSignal<LiveState>,
}

#[cfg_attr(not(feature = "hydrate"), expect(dead_code, reason = "only the browser changes it"))]
struct LiveState {
    subject: FormSubject,
    /// What stands in its inputs; nothing until it wakes.
    values: Values,
    notes: Vec<FieldNote>,
    /// What was asked for, while that is on its way.
    sending: Option<AfterSave>,
    /// What an address that was pasted has filled in.
    filled: String,
}

/// What stands under an input.
#[cfg_attr(not(feature = "hydrate"), expect(dead_code, reason = "only the browser makes them"))]
struct FieldNote {
    input: String,
    message: String,
    /// Holds until the field is changed, because only the server can say whether it was mended.
    by_server: bool,
}

/// A text of the view that follows the state.
#[derive(Clone, Copy)]
enum Part {
    Cost,
    CostClass,
    Filled,
    Label(AfterSave),
    IsBusy(AfterSave),
    IsHeld,
}

impl LiveForm {
    fn new(subject: FormSubject) -> Self {
        let state = LiveState { subject, values: Values::new(), notes: Vec::new(), sending: None, filled: String::new() };
        Self { place: NodeRef::new(), state: RwSignal::new(state) }
    }

    fn shows(self, part: Part) -> Signal<String> {
        Signal::derive(move || self.state.with(|state| state.text_of(part)))
    }
}

impl LiveState {
    fn text_of(&self, part: Part) -> String {
        let text = match part {
            Part::Cost => return self.subject.cost.clone(),
            Part::Filled => return self.filled.clone(),
            Part::CostClass if self.costs_verification() => "notice warn",
            Part::CostClass => "unsaid",
            Part::Label(AfterSave::Test) if self.sending == Some(AfterSave::Test) => "Saving, then testing…",
            Part::Label(AfterSave::Test) => "Save & test",
            Part::Label(then) if self.sending == Some(then) => "Saving…",
            Part::Label(_) => "Save connection",
            Part::IsBusy(then) if self.sending == Some(then) => "true",
            Part::IsHeld if self.sending.is_some() => "true",
            Part::IsBusy(_) | Part::IsHeld => "false",
        };
        text.to_owned()
    }

    fn input(&self) -> Option<ConnectionInput> {
        ConnectionInput::read(&self.subject.fields, &self.values)
    }

    fn costs_verification(&self) -> bool {
        let Some(verified) = &self.subject.verified else { return false };
        self.input().is_some_and(|input| input.invalidates(&self.subject.fields, verified))
    }
}
