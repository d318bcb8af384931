//! What the overview shows beside its rows, and texts that follow it.

use domain::health_table::{HealthFigures, HealthQuery};
use leptos::prelude::*;

#[derive(Clone, Default)]
pub struct Content {
    pub query: HealthQuery,
    /// How many connections the filter matches in all.
    pub total: u32,
    pub figures: HealthFigures,
}

/// Every text is of one type, and made by one closure: each closure more would be a kilobyte in the browser.
#[derive(Clone, Copy)]
pub struct Shown(pub RwSignal<Content>);

impl Shown {
    #[cfg(feature = "ssr")]
    pub fn of_figures(figures: HealthFigures) -> Self {
        Self(RwSignal::new(Content { figures, ..Content::default() }))
    }

    pub fn text(self, words: fn(&Content, usize) -> String) -> Signal<String> {
        self.text_at(0, words)
    }

    /// The text of one of several that are alike.
    pub fn text_at(self, index: usize, words: fn(&Content, usize) -> String) -> Signal<String> {
        Signal::derive(move || self.0.with(|content| words(content, index)))
    }
}
