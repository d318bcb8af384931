//! A fixed number of lines, each a signal, those at the end empty: lines that come and go would be built in the browser too, by as much program
//! again as finds them in the page.

use leptos::prelude::*;

pub fn pool<T: Default + Send + Sync + 'static>(lines: Vec<T>, most: usize) -> StoredValue<Vec<RwSignal<T>>> {
    let mut lines = lines.into_iter();
    StoredValue::new((0..most).map(|_| RwSignal::new(lines.next().unwrap_or_default())).collect())
}
