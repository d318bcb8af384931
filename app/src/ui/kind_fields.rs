//! The inputs of a kind, drawn from its descriptor: nothing here knows any kind.

use domain::{
    kind::{Field, FieldType},
    profile::Settings,
    settings::has_its_field,
};
use leptos::{nonce::use_nonce, prelude::*};
use serde_json::Value;

use crate::ui::{
    field::{About, AreaField, CheckField, SelectField, TextField},
    form::FormState,
    input_name::input_name,
    markup::{IntoMarkup, Markup},
};

/// What the fields of a kind are filled with.
pub struct KindFilling {
    pub settings: Settings,
    /// A secret is stored, and may be left empty to keep it.
    pub stored: bool,
    /// There is a verification to lose.
    pub verified: bool,
}

#[component]
pub fn KindFields(fields: Vec<Field>, form_state: FormState, filling: KindFilling) -> impl IntoView {
    let rules = visibility(&fields);
    let fields = fields.iter().map(|field| one(field, form_state.clone(), &filling)).collect_view();
    view! {
        <style nonce=use_nonce()>{rules}</style>
        {fields}
    }
}

fn one(field: &Field, form_state: FormState, filling: &KindFilling) -> Markup {
    let about = about(field, filling);
    let value = filling.settings.get(&*field.name).or(field.default.as_ref()).map(text_of).unwrap_or_default();
    match field.kind {
        FieldType::Secret if field.list => view! { <AreaField about=about form_state=form_state secret=true/> }.into_markup(),
        FieldType::Secret => view! { <TextField about=about form_state=form_state kind="password" autocomplete="new-password" reveal=true/> }.into_markup(),
        FieldType::Boolean => view! { <CheckField about=about form_state=form_state checked=value == "true"/> }.into_markup(),
        FieldType::Multiline => view! { <AreaField about=about form_state=form_state value=value/> }.into_markup(),
        FieldType::Choice => {
            let choices = field.choices.iter().flatten().map(|choice| (choice.to_string(), choice.to_string())).collect();
            view! { <SelectField about=about form_state=form_state value=value choices=choices/> }.into_markup()
        }
        FieldType::Number => view! { <TextField about=about form_state=form_state value=value kind="number"/> }.into_markup(),
        FieldType::Url => view! { <TextField about=about form_state=form_state value=value kind="url" placeholder="https://"/> }.into_markup(),
        FieldType::Text => view! { <TextField about=about form_state=form_state value=value/> }.into_markup(),
    }
}

fn about(field: &Field, filling: &KindFilling) -> About {
    // The key of a certificate is stored where the certificate is.
    let stored = filling.stored && field.is_secret() && has_its_field(field, &filling.settings);
    let hint = match (field.is_secret(), stored) {
        (true, true) => format!("Stored, and never shown. Leave empty to keep it. {}", field.hint),
        (true, false) => format!("Sealed when saved, and never shown again. {}", field.hint),
        _ => field.hint.to_string(),
    };
    let width = match (field.kind, &*field.name) {
        (FieldType::Url | FieldType::Multiline | FieldType::Boolean, _) => "",
        (_, "port") => "third",
        (_, "host") => "wide",
        _ => "half",
    };
    About {
        name: input_name(&field.place()),
        label: field.label.to_string(),
        hint: hint.trim_end().to_owned(),
        required: field.required && !stored,
        optional: !field.required && field.default.is_none() && !stored,
        guarded: filling.verified && field.invalidates_verification,
        width,
    }
}

/// A setting as its input shows it: lists one item a line.
fn text_of(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("\n"),
        other => other.to_string(),
    }
}

/// Rules that hide the fields which are not asked for, so that the form follows its choices without script.
fn visibility(fields: &[Field]) -> String {
    let rule = |field: &Field| {
        let when = field.shown_when.as_ref()?;
        let chosen: Vec<_> = when.is.iter().map(|value| format!(r#"[name="settings[{}]"] [value="{value}"]:checked"#, when.field)).collect();
        Some(format!(r#"form:not(:has({})) [data-field="{}"]{{display:none}}"#, chosen.join(","), input_name(&field.place())))
    };
    fields.iter().filter_map(rule).collect()
}

#[cfg(test)]
mod tests {
    use domain::kind::Field;
    use serde_json::json;

    use super::{KindFilling, about, text_of, visibility};

    #[test]
    fn a_key_is_said_to_be_stored_only_with_the_certificate_it_belongs_to() {
        let key = Field::secret("client_key", "Private key").only_with("client_certificate");
        let told = |settings: serde_json::Value| {
            let about = about(&key, &KindFilling { settings: serde_json::from_value(settings).unwrap_or_default(), stored: true, verified: false });
            (about.hint.starts_with("Stored"), about.optional)
        };
        assert_eq!(told(json!({})), (false, true));
        assert_eq!(told(json!({"client_certificate": "-----BEGIN"})), (true, false));
    }

    #[test]
    fn a_conditional_field_is_hidden_unless_its_choice_is_made() {
        let fields = vec![Field::choice("auth", "Auth", &["none", "basic", "bearer"]), Field::secret("token", "Token").shown_when("auth", &["bearer"])];
        assert_eq!(visibility(&fields), r#"form:not(:has([name="settings[auth]"] [value="bearer"]:checked)) [data-field="credential[token]"]{display:none}"#);
    }

    #[test]
    fn values_are_shown_as_they_are_typed() {
        assert_eq!(text_of(&json!(["a", "b"])), "a\nb");
        assert_eq!(text_of(&json!(5432)), "5432");
        assert_eq!(text_of(&json!(true)), "true");
    }
}
