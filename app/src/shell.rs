//! The document around every page.

use domain::notification::Waiting;
use leptos::{nonce::use_nonce, prelude::*};
use leptos_meta::MetaTags;

use crate::{routes::App, ui::time::now};

/// Loads the browser part when the page is idle and hydrates its islands. The same walk as leptos' own script, which
/// however preloads modules without a nonce, and so would be refused by a strict content security policy.
const HYDRATE: &str = include_str!("hydrate.js");

/// What a page does by itself without the browser part, as files of `public`: times pass, the tab counts, shortcuts; what was typed and not sent is
/// asked about before the page is left, and there again after Back, a reload or a new sign-in; what is found stands below the search box.
pub const SCRIPTS: [&str; 3] = ["page.js", "unsaved.js", "suggest.js"];

/// Addresses of what every page loads.
#[derive(Clone, Debug)]
pub struct BrowserFiles {
    pub style: String,
    pub script: String,
    pub wasm: String,
    /// Of each of [`SCRIPTS`].
    pub scripts: [String; 3],
}

pub fn shell(files: BrowserFiles, options: LeptosOptions) -> impl IntoView {
    let BrowserFiles { style, script, wasm, scripts } = files;
    let hydrate = format!("({})({script:?}, {wasm:?})", HYDRATE.trim());
    let open = use_context::<Waiting>().unwrap_or_default().open_incidents;
    let icon = if open > 0 { format!("/favicon.svg?open={open}") } else { "/favicon.svg".to_owned() };
    let nonce = use_nonce();
    view! {
        <!DOCTYPE html>
        <html lang="en" data-now=now().map(|now| now.as_millis())>
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover"/>
                <meta name="color-scheme" content="light dark"/>
                <link rel="icon" id="favicon" href=icon type="image/svg+xml"/>
                <meta name="theme-color" media="(prefers-color-scheme: light)" content="#f9fafc"/>
                <meta name="theme-color" media="(prefers-color-scheme: dark)" content="#101216"/>
                <link rel="stylesheet" href=style/>
                <link rel="modulepreload" href=script nonce=nonce.clone()/>
                <link rel="preload" href=wasm r#as="fetch" r#type="application/wasm" crossorigin="anonymous"/>
                {scripts.map(|address| view! { <script type="module" src=address nonce=nonce.clone()></script> })}
                <script type="module" nonce=nonce>{hydrate}</script>
                <AutoReload options/>
                <MetaTags/>
            </head>
            <body>
                <App/>
            </body>
        </html>
    }
}
