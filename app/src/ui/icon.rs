//! Icons: strokes on a grid of 16, drawn inline so that they take the colour of their text.

use leptos::{attr::AttributeValue, prelude::*};

/// The path of an icon. Constants rather than an enum: the browser part carries only those it draws.
pub type Icon = &'static str;

pub const CHECK: Icon = "m3.5 8.5 3 3 6-7";
pub const CROSS: Icon = "m4.5 4.5 7 7m0-7-7 7";
pub const DASH: Icon = "M4.5 8h7";
pub const EXCLAMATION: Icon = "M8 4v4.5m0 3.2v.1";
pub const ALERT: Icon = "M8 6v3m0 2.2v.1M7.1 2.3 1.6 12a1 1 0 0 0 .9 1.5h11a1 1 0 0 0 .9-1.5L8.9 2.3a1 1 0 0 0-1.8 0Z";
pub const HOME: Icon = "M2.5 7 8 2.5 13.5 7v6.5h-4v-4h-3v4h-4z";
pub const PLUG: Icon = "M6 1.75v3m4-3v3m-6 0h8v3a4 4 0 0 1-8 0zm4 7v2.5";
pub const KEY: Icon = "M10.5 5.5h.01M9.75 10.5a4 4 0 1 0-3.8-2.75L2 11.7V14h2.3v-1.5h1.5V11l1.3-1.2c.75.45 1.7.7 2.65.7Z";
pub const PEOPLE: Icon =
    "M6 7.5A2.5 2.5 0 1 0 6 2.5a2.5 2.5 0 0 0 0 5ZM1.5 13.5c0-2.5 2-4 4.5-4s4.5 1.5 4.5 4M10.5 2.7a2.4 2.4 0 0 1 0 4.6M12.2 9.8c1.4.6 2.3 1.9 2.3 3.7";
pub const LEAVE: Icon = "M6 14H3.5V2H6m4.5 9 3-3-3-3m3 3H6.5";
pub const PLUS: Icon = "M8 3.5v9M3.5 8h9";
pub const SEARCH: Icon = "M7 11.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9Zm3.3-1.2 3.2 3.2";
pub const PENCIL: Icon = "m10.5 3.5 2 2L6 12l-2.5.5L4 10zM9 5l2 2";
pub const COPY: Icon = "M6 5.5h7.5V14H6zM6 11H2.5V2H10v3.5";
pub const PAUSE: Icon = "M5.75 4v8m4.5-8v8";
pub const PLAY: Icon = "M5.5 3.5v9l7-4.5z";
pub const BOX: Icon = "M2.5 5.5h11v7h-11zm-.5-3h12v3H2zm4.5 5.5h3";
pub const CIRCLE_DASHED: Icon = "M5.6 2.7a6 6 0 0 1 4.8 0M13.3 5.6a6 6 0 0 1 0 4.8m-2.9 2.9a6 6 0 0 1-4.8 0M2.7 10.4a6 6 0 0 1 0-4.8";
pub const CIRCLE_CROSS: Icon = "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM6 6l4 4m0-4-4 4";
pub const CHECKLIST: Icon = "m2 4.2 1.2 1.2L5.4 3.2M2 11l1.2 1.2L5.4 10M8 4.5h6M8 11.3h6";
pub const BELL: Icon = "M8 2.2a3.8 3.8 0 0 0-3.8 3.8c0 3.6-1.7 4.8-1.7 4.8h11s-1.7-1.2-1.7-4.8A3.8 3.8 0 0 0 8 2.2ZM6.7 13.2a1.5 1.5 0 0 0 2.6 0";
pub const BOOK: Icon = "M8 4.2C6.6 3.2 4.6 2.8 2 2.8v9.6c2.6 0 4.6.4 6 1.4 1.4-1 3.4-1.4 6-1.4V2.8c-2.6 0-4.6.4-6 1.4Zm0 0v9.6";
pub const FILE: Icon = "M4 2h5l3 3v9H4zm5 0v3h3";
pub const DOWNLOAD: Icon = "M8 2.5V10M4.8 7 8 10.2 11.2 7M3 13.3h10";
pub const CIRCLE_CHECK: Icon = "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM5.5 8.2l1.8 1.8 3.2-3.8";
pub const PULSE: Icon = "M1.5 8.5h3l2-5 3 9 2-4h3";
pub const LOCK: Icon = "M3.5 7h9v6.5h-9zm2-.2V5a2.5 2.5 0 0 1 5 0v1.8";
pub const ARROW_DOWN: Icon = "M8 3v10m-3.5-3.5L8 13l3.5-3.5";
pub const ARROW_UP: Icon = "M8 13V3M4.5 6.5 8 3l3.5 3.5";
pub const DATABASE: Icon =
    "M8 6.5c3 0 5-.9 5-2.25S11 2 8 2s-5 .9-5 2.25S5 6.5 8 6.5ZM3 4.5v7C3 12.9 5 14 8 14s5-1.1 5-2.5v-7M3 8c0 1.4 2 2.25 5 2.25S13 9.4 13 8";
pub const GLOBE: Icon = "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM2 8h12M8 2c2 1.7 2.7 3.7 2.7 6S10 12.3 8 14c-2-1.7-2.7-3.7-2.7-6S6 3.7 8 2Z";
pub const LAYERS: Icon = "m8 2 6 3-6 3-6-3zM2 8l6 3 6-3M2 11l6 3 6-3";
pub const DOTS: Icon = "M3.5 8h.01M8 8h.01M12.5 8h.01";
pub const BOLT: Icon = "M9 1.8 3.5 9H8l-1 5.2L12.5 7H8z";
pub const BUCKET: Icon = "M2.5 4.2 4 13.5h8l1.5-9.3M8 6c3 0 5.5-.8 5.5-1.8S11 2.4 8 2.4s-5.5.8-5.5 1.8S5 6 8 6Z";
pub const ENVELOPE: Icon = "M2 3.8h12v8.4H2zM2.3 4.3 8 8.7l5.7-4.4";
pub const SIGNPOST: Icon = "M8 2v12M3 3.5h8l2 1.75L11 7H3zM13 8.5H5.5L3.5 10l2 1.5H13z";
pub const ARROWS: Icon = "M2.5 5.5h10M9.5 2.5l3 3-3 3M13.5 10.5h-10M6.5 7.5l-3 3 3 3";
pub const SOCKET: Icon = "M2.5 4.5h11v7h-11zM5.5 7v2m5-2v2M8 7v2";

#[component]
pub fn Icon<P: AttributeValue + Send + 'static>(path: P) -> impl IntoView {
    view! {
        <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
            <path d=path></path>
        </svg>
    }
}
