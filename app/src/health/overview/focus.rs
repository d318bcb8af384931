//! The focus within the table goes along with its connection, whose place may change.

use domain::{health_table::HealthRow, ids::ProfileId};
use leptos::wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, HtmlTableRowElement, window};

/// What has the focus.
pub struct Focused {
    connection: ProfileId,
    element: Element,
    rows: Element,
}

/// What has the focus in the table that shows `rows`.
pub fn within(rows: &[HealthRow]) -> Option<Focused> {
    let element = window()?.document()?.active_element()?;
    let row: HtmlTableRowElement = element.closest("tbody tr").ok()??.dyn_into().ok()?;
    let index = usize::try_from(row.section_row_index()).ok()?;
    Some(Focused { connection: rows.get(index)?.connection_id()?, element, rows: row.parent_element()? })
}

impl Focused {
    /// Call when the table shows `rows` instead.
    pub fn go_along(self, rows: &[HealthRow]) {
        let index = rows.iter().position(|row| row.connection_id() == Some(self.connection));
        let row = index.and_then(|index| self.rows.children().item(u32::try_from(index).ok()?));
        if let Some(row) = row.filter(|row| !row.contains(Some(&self.element))) {
            focus(&row, &self.element.local_name());
        }
    }
}

/// The row's own link takes the focus of a button that goes.
pub fn give_to_link(button: &Element) {
    if let Ok(Some(row)) = button.closest("tr") {
        focus(&row, "a");
    }
}

fn focus(row: &Element, name: &str) {
    if let Ok(Some(element)) = row.query_selector(name) {
        drop(element.unchecked_ref::<HtmlElement>().focus());
    }
}
