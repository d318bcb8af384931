//! A QR code, drawn as one path.

use leptos::prelude::*;
use qrcode::{Color, QrCode};
use secrecy::{ExposeSecret, SecretString};

/// Light modules around it, without which cameras do not find it.
const MARGIN: usize = 4;

/// What `text` says, for a camera; nothing where it is too long for that. It is dark on light in every colour scheme, as some cameras read nothing else.
pub fn drawn(text: &SecretString, label: &'static str) -> impl IntoView + use<> {
    let code = QrCode::new(text.expose_secret()).ok()?;
    let (width, modules) = (code.width(), code.into_colors());
    let dark = modules.iter().enumerate().filter(|(_, color)| **color == Color::Dark);
    let path: String = dark.map(|(index, _)| format!("M{} {}h1v1h-1z", index % width + MARGIN, index / width + MARGIN)).collect();
    let side = width + 2 * MARGIN;
    Some(view! {
        <svg class="qr" viewBox=format!("0 0 {side} {side}") role="img" aria-label=label shape-rendering="crispEdges">
            <path d=path></path>
        </svg>
    })
}
