//! The document around every page.

use leptos::{nonce::use_nonce, prelude::*};
use leptos_meta::MetaTags;

use crate::routes::App;

/// Loads the browser part when the page is idle and hydrates its islands. The same walk as leptos' own script, which
/// however preloads modules without a nonce, and so would be refused by a strict content security policy.
const HYDRATE: &str = include_str!("hydrate.js");

/// Addresses of what every page loads.
#[derive(Clone, Debug)]
pub struct BrowserFiles {
    pub style: String,
    pub script: String,
    pub wasm: String,
}

pub fn shell(files: BrowserFiles, options: LeptosOptions) -> impl IntoView {
    let BrowserFiles { style, script, wasm } = files;
    let hydrate = format!("({})({script:?}, {wasm:?})", HYDRATE.trim());
    let nonce = use_nonce();
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover"/>
                <meta name="color-scheme" content="light dark"/>
                <meta name="theme-color" media="(prefers-color-scheme: light)" content="#f9fafc"/>
                <meta name="theme-color" media="(prefers-color-scheme: dark)" content="#101216"/>
                <link rel="stylesheet" href=style/>
                <link rel="icon" href="/favicon.svg" type="image/svg+xml"/>
                <link rel="modulepreload" href=script nonce=nonce.clone()/>
                <link rel="preload" href=wasm r#as="fetch" r#type="application/wasm" crossorigin="anonymous"/>
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
