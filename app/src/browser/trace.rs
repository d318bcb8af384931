//! The correlation ID of a refusal whose words stand beside the fields: at the end of the form, as `RefusedAs` draws it without script.

use domain::correlation_id::CorrelationId;
use web_sys::HtmlFormElement;

use super::dom::{document, inside};

/// In place of what is told of the attempt before; nothing where there is no ID.
pub fn show_trace(form: &HtmlFormElement, id: Option<&CorrelationId>) {
    for before in inside(form, ".refused-as") {
        before.remove();
    }
    let (Some(document), Some(id)) = (document(), id) else { return };
    let element = |name: &str, text: &str| {
        let element = document.create_element(name).ok()?;
        element.set_text_content(Some(text));
        Some(element)
    };
    let (Some(told), Some(code), Some(button)) = (element("p", "Correlation ID "), element("code", id.as_str()), element("button", "Copy ID")) else { return };
    told.set_class_name("refused-as");
    button.set_class_name("button small");
    for (name, value) in [("type", "button"), ("data-copy", id.as_str())] {
        drop(button.set_attribute(name, value));
    }
    for part in [code, button] {
        drop(told.append_child(&part));
    }
    drop(form.append_child(&told));
}
