//! The document around every page.

use leptos::{nonce::use_nonce, prelude::*};
use leptos_meta::MetaTags;

use crate::routes::App;

/// Loads the browser part when the page is idle and wakes its islands. The same walk as leptos' own script, which
/// however preloads modules without a nonce, and so would be refused by a strict content security policy.
const WAKE: &str = include_str!("wake.js");

pub fn shell(options: LeptosOptions) -> impl IntoView {
    let base = format!("/{}/{}", options.site_pkg_dir, options.output_name);
    let wake = format!("({})({:?})", WAKE.trim(), base);
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
                <link rel="stylesheet" href=format!("{base}.css")/>
                <link rel="icon" href="/favicon.svg" type="image/svg+xml"/>
                <link rel="modulepreload" href=format!("{base}.js") nonce=nonce.clone()/>
                <link rel="preload" href=format!("{base}_bg.wasm") r#as="fetch" r#type="application/wasm" crossorigin="anonymous"/>
                <script type="module" nonce=nonce>{wake}</script>
                <MetaTags/>
            </head>
            <body>
                <App/>
            </body>
        </html>
    }
}
