//! HTML that is written at once. A browser takes up islands alone, so of every other view nothing is compiled but the writing.

use leptos::{children::ToChildren, prelude::*, tachys::html::InertElement};

/// HTML as text.
pub type Markup = InertElement;

pub trait IntoMarkup {
    /// For what no browser takes up, outside islands, and has nothing more to wait for: a `Suspend` would be written as nothing.
    fn into_markup(self) -> Markup;
}

impl<V: RenderHtml> IntoMarkup for V {
    fn into_markup(self) -> Markup {
        InertElement::new(self.to_html())
    }
}

/// What stands inside a component that the server alone draws.
pub struct MarkupChildren(Box<dyn FnOnce() -> Markup + Send>);

impl MarkupChildren {
    pub fn write(self) -> Markup {
        (self.0)()
    }
}

impl<F: FnOnce() -> V + Send + 'static, V: RenderHtml> ToChildren<F> for MarkupChildren {
    fn to_children(children: F) -> Self {
        Self(Box::new(move || children().into_markup()))
    }
}
