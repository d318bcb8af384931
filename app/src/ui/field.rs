//! Label, control, hint and error: one shape for every input.

use leptos::{
    attr::{
        any_attribute::{AnyAttribute, IntoAnyAttribute},
        custom::custom_attribute,
    },
    prelude::*,
};

use super::{
    form::FormState,
    icon::{Icon, LOCK},
    input_name::input_id,
    markup::IntoMarkup,
};

const GUARDED: &str = "A change asks for a new test.";

/// What every input has, whatever its control.
#[derive(Clone, Default)]
pub struct About {
    /// The input's name in the form: `name`, `settings[host]`.
    pub name: String,
    pub label: String,
    pub hint: String,
    pub required: bool,
    /// Says that it may be left empty. A field that is neither has a value to begin with.
    pub optional: bool,
    /// Says that a change takes the verification away.
    pub guarded: bool,
    /// `half`, `third`, `wide`; the whole row otherwise.
    pub width: &'static str,
}

impl About {
    pub fn new(name: impl Into<String>, label: impl Into<String>) -> Self {
        Self { name: name.into(), label: label.into(), ..Self::default() }
    }

    #[must_use]
    pub fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: hint.into(), ..self }
    }

    #[must_use]
    pub fn required(self) -> Self {
        Self { required: true, ..self }
    }

    #[must_use]
    pub fn optional(self) -> Self {
        Self { optional: true, ..self }
    }

    #[must_use]
    pub fn width(self, width: &'static str) -> Self {
        Self { width, ..self }
    }

    fn id(&self) -> String {
        input_id(&self.name)
    }

    fn guard_id(&self) -> Option<String> {
        self.guarded.then(|| format!("{}-guard", self.id()))
    }

    /// The ids of whatever explains the input, for `aria-describedby`.
    fn described_by(&self) -> String {
        let id = self.id();
        let hint = (!self.hint.is_empty()).then(|| format!("{id}-hint"));
        hint.into_iter().chain(self.guard_id()).chain([format!("{id}-error")]).collect::<Vec<_>>().join(" ")
    }
}

/// A text input of any type.
#[component]
pub fn TextField(
    about: About,
    form_state: FormState,
    #[prop(optional, into)] value: String,
    #[prop(default = "text")] kind: &'static str,
    #[prop(default = "on")] autocomplete: &'static str,
    #[prop(optional, into)] placeholder: String,
    /// Of a secret: lets the person look at what is typed.
    #[prop(optional)]
    reveal: bool,
) -> impl IntoView {
    let secret = kind == "password";
    let value = if secret { String::new() } else { form_state.text(&about.name, value) };
    let numeric = kind == "number";
    let control = view! {
        <input
            type=if numeric { "text" } else { kind }
            class="input"
            value=value
            inputmode=numeric.then_some("numeric")
            placeholder=(!placeholder.is_empty()).then_some(placeholder)
            autocomplete=autocomplete
            spellcheck="false"
            autocapitalize="off"
            {..common(&about, &form_state)}
        />
    };
    if !reveal {
        return labelled(about, &form_state, control).into_markup();
    }
    let control = view! {
        <div class="secret">
            {control} <button type="button" class="button small plain reveal needs-script" aria-controls=about.id()>
                "Show"
            </button>
        </div>
    };
    labelled(about, &form_state, control).into_markup()
}

#[component]
pub fn AreaField(
    about: About,
    form_state: FormState,
    #[prop(optional, into)] value: String,
    /// Never filled in, not even with what a refused form said.
    #[prop(optional)]
    secret: bool,
) -> impl IntoView {
    let value = if secret { String::new() } else { form_state.text(&about.name, value) };
    let control = view! {
        <textarea class="input code" rows="3" spellcheck="false" {..common(&about, &form_state)}>
            {value}
        </textarea>
    };
    labelled(about, &form_state, control)
}

#[component]
pub fn SelectField(
    about: About,
    form_state: FormState,
    #[prop(into)] value: String,
    /// Value and word of each choice.
    choices: Vec<(String, String)>,
) -> impl IntoView {
    let chosen = form_state.text(&about.name, value);
    let choices = choices.into_iter().map(|(value, word)| view! { <option selected=value == chosen value=value>{word}</option> }).collect_view();
    let control = view! {
        <select class="select" {..common(&about, &form_state)}>
            {choices}
        </select>
    };
    labelled(about, &form_state, control)
}

#[component]
pub fn CheckField(about: About, form_state: FormState, checked: bool) -> impl IntoView {
    let checked = form_state.ticked(&about.name, checked);
    let controls = common(&about, &form_state);
    view! {
        <div class=format!("field check {}", about.width) data-field=about.name.clone()>
            <input type="checkbox" {..controls} checked=checked/>
            <div class="label-line">
                <label for=about.id()>{about.label.clone()}</label>
                {guard(&about)}
            </div>
            {notes(&about, &form_state)}
        </div>
    }
}

/// Radios drawn as one control.
#[component]
pub fn SegmentsField(about: About, form_state: FormState, #[prop(into)] value: String, choices: Vec<(String, String)>) -> impl IntoView {
    let chosen = form_state.text(&about.name, value);
    let name = about.name.clone();
    let choices = choices
        .into_iter()
        .map(|(value, word)| {
            view! {
                <label>
                    <input type="radio" name=name.clone() checked=value == chosen value=value/>
                    {word}
                </label>
            }
        })
        .collect_view();
    view! {
        <fieldset class=format!("field {}", about.width) aria-describedby=about.described_by()>
            <legend class="label">{about.label.clone()}</legend>
            <div class="segments">{choices}</div>
            {notes(&about, &form_state)}
        </fieldset>
    }
}

/// What any control needs to belong to its label, hint and error.
fn common(about: &About, form_state: &FormState) -> Vec<AnyAttribute> {
    let invalid = form_state.error(&about.name).is_some();
    vec![
        custom_attribute("id", about.id()).into_any_attr(),
        custom_attribute("name", about.name.clone()).into_any_attr(),
        custom_attribute("aria-describedby", about.described_by()).into_any_attr(),
        custom_attribute("aria-invalid", invalid.then_some("true")).into_any_attr(),
        custom_attribute("aria-required", about.required.then_some("true")).into_any_attr(),
        // Of several, browsers take the first that they show: the person is led to what is wrong without script too.
        custom_attribute("autofocus", invalid.then_some("")).into_any_attr(),
    ]
}

fn labelled<Control: IntoView>(about: About, form_state: &FormState, control: Control) -> impl IntoView + use<Control> {
    view! {
        <div class=format!("field {}", about.width) data-field=about.name.clone()>
            <div class="label-line">
                <label for=about.id()>{about.label.clone()}</label>
                {about.optional.then(|| view! { <span class="optional">"optional"</span> })}
                {guard(&about)}
            </div>
            {control}
            {notes(&about, form_state)}
        </div>
    }
}

/// A lock beside the label of a field that is guarded.
fn guard(about: &About) -> impl IntoView + use<> {
    let id = about.guard_id()?;
    Some(view! {
        <span class="guard" id=id title=GUARDED>
            <Icon path=LOCK/>
            <span class="unseen">{GUARDED}</span>
        </span>
    })
}

/// Hint and error under a control.
fn notes(about: &About, form_state: &FormState) -> impl IntoView + use<> {
    let id = about.id();
    let hint = (!about.hint.is_empty()).then(|| view! { <p class="hint" id=format!("{id}-hint")>{about.hint.clone()}</p> });
    view! {
        {hint}
        <p class="error" id=format!("{id}-error") data-error-for=about.name.clone()>{form_state.error(&about.name)}</p>
    }
}
