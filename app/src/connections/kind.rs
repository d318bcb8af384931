//! How a kind is named and drawn. A kind without a drawing of its own gets the plain plug.

use domain::kind::{KindDescriptor, KindId};
use engine::Console;
use leptos::prelude::*;

use crate::ui::icon::{ARROWS, BOLT, BUCKET, DATABASE, ENVELOPE, GLOBE, Icon, LAYERS, PLUG, SIGNPOST, SOCKET};

pub fn icon_of(kind: &str) -> Icon {
    match kind {
        "http" => GLOBE,
        "postgres" => DATABASE,
        "redis" => LAYERS,
        "tcp" => SOCKET,
        "supabase" => BOLT,
        "s3" => BUCKET,
        "smtp" => ENVELOPE,
        "dns" => SIGNPOST,
        "grpc" => ARROWS,
        _ => PLUG,
    }
}

/// Every kind, in the order a person chooses from.
pub fn descriptors() -> Vec<KindDescriptor> {
    use_context::<Console>().map(|console| console.kinds.iter().map(|kind| kind.descriptor().clone()).collect()).unwrap_or_default()
}

pub fn descriptor(kind: &KindId) -> Option<KindDescriptor> {
    use_context::<Console>()?.kinds.get(kind).map(|kind| kind.descriptor().clone())
}

/// The kind's title; its id if this console does not know it any more.
pub fn title_of(kind: &KindId) -> String {
    descriptor(kind).map_or_else(|| kind.to_string(), |descriptor| descriptor.title.to_owned())
}

#[component]
pub fn KindName(kind: KindId) -> impl IntoView {
    view! {
        <span class="kind">
            <Icon path=icon_of(kind.as_str())/>
            {title_of(&kind)}
        </span>
    }
}
