//! The focus in a list of fixed places goes along with what has it, whose place may change.

use gloo_timers::future::TimeoutFuture;
use leptos::{task::spawn_local, wasm_bindgen::JsCast};
use web_sys::{Element, HtmlElement};

use super::dom::document;

/// What has the focus.
pub struct Focused {
    element: Element,
    /// Finds what stands for the same at another place.
    like: String,
    list: Element,
    /// Its place in the list.
    pub place: usize,
}

/// What has the focus within one of the places that `selector` finds.
pub fn within(selector: &str) -> Option<Focused> {
    let element = document()?.active_element()?;
    let place = element.closest(selector).ok()??;
    let list = place.parent_element()?;
    let places = list.children();
    let place = (0..places.length()).find(|index| places.item(*index).as_ref() == Some(&place))?;
    Some(Focused { like: like(&element), element, list, place: place as usize })
}

pub fn is_within(selector: &str) -> bool {
    document().and_then(|document| document.active_element()).is_some_and(|element| element.closest(selector).is_ok_and(|found| found.is_some()))
}

impl Focused {
    /// Call when what had the focus goes to `place`, which shows it a moment later.
    pub fn go_along(self, place: usize) {
        spawn_local(async move {
            TimeoutFuture::new(0).await;
            let place = u32::try_from(place).ok().and_then(|place| self.list.children().item(place));
            if let Some(place) = place.filter(|place| !place.contains(Some(&self.element))) {
                focus(&place, &self.like);
            }
        });
    }
}

fn like(element: &Element) -> String {
    let class = element.class_list().item(0).map(|class| format!(".{class}")).unwrap_or_default();
    element.local_name() + &class
}

pub fn focus(within: &Element, selector: &str) {
    if let Ok(Some(element)) = within.query_selector(selector) {
        drop(element.unchecked_ref::<HtmlElement>().focus());
    }
}
