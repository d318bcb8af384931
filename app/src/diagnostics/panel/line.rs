//! One line of a run: a connection, one of its scenarios, or what that kept; and one line of the comparison.

use domain::run_page::RunLine;
use leptos::prelude::*;

use crate::ui::{
    gone::class,
    icon::{FILE, Icon},
    moment::moment,
};

type Line = RwSignal<RunLine>;

/// A text that follows a line.
fn text(line: Line, words: fn(&RunLine) -> String) -> Signal<String> {
    Signal::derive(move || line.with(words))
}

/// Where a line has none of what is beside its title, it is empty: the styles leave it no room.
pub fn line(line: Line) -> impl IntoView {
    let text = move |words| text(line, words);
    view! {
        <li class=text(|line| class(&line.class, !line.class.is_empty()))>
            <span class="mark">
                <Icon path=text(|line| line.icon.clone())/>
            </span>
            <span class="title">
                <a
                    class=text(|line| class("unfolds", !line.link.is_empty()))
                    href=text(|line| line.address.clone())
                    aria-expanded=text(|line| line.expanded.clone())
                >
                    {text(|line| line.link.clone())}
                </a>
                {text(|line| line.title.clone())} " " <span class="of">{text(|line| line.of.clone())}</span> " "
                <span class="advisory">{text(|line| line.advisory.clone())}</span>
            </span>
            <span class="result">
                <span class="word">{text(|line| line.word.clone())}</span>
                <span class="latency">
                    {text(|line| line.latency.clone())} <span class="median">{text(|line| line.measure.clone())}</span>
                </span>
            </span>
            <p class=text(|line| class("found", line.why.is_empty() && !line.found.is_empty()))>{text(|line| line.found.clone())}</p>
            <dl class=text(|line| class("advice", !line.why.is_empty()))>
                {advice("Found", text(|line| line.found.clone()))} {advice("Why it matters", text(|line| line.why.clone()))}
                {advice("What to do", text(|line| line.remediation.clone()))}
            </dl>
            {passed(line)}
            <a
                class=text(|line| class("kept", !line.evidence.is_empty()))
                href=text(|line| line.evidence_address.clone())
                aria-expanded=text(|line| line.evidence_expanded.clone())
            >
                <Icon path=FILE/>
                {text(|line| line.evidence.clone())}
            </a>
            <pre class=text(|line| class("artefact", !line.text.is_empty())) tabindex="0">
                {text(|line| line.text.clone())}
            </pre>
            <p class=text(|line| class("foot", !line.connection.is_empty()))>
                {way(text(|line| line.connection.clone()), "Open the connection")} {way(text(|line| line.runs.clone()), "Its runs")}
                <span class="trace">
                    "Correlation ID "<code>{text(|line| line.correlation_id.clone())}</code>" "
                    <button type="button" class="button small needs-script" data-copy=text(|line| line.correlation_id.clone())>
                        "Copy ID"
                    </button>
                    <a class=text(|line| class("button small plain", !line.thread.is_empty())) href=text(|line| line.thread.clone())>
                        "Open"
                    </a>
                </span>
            </p>
        </li>
    }
}

fn advice(name: &'static str, words: Signal<String>) -> impl IntoView {
    view! {
        <dt>{name}</dt>
        <dd>{words}</dd>
    }
}

fn way(href: Signal<String>, words: &'static str) -> impl IntoView {
    view! { <a href=href>{words}</a> }
}

/// When it last passed, with the way to that run.
fn passed(line: Line) -> impl IntoView {
    let text = move |words| text(line, words);
    view! {
        <p class=text(|line| class("since", !line.since.is_empty()))>
            {text(|line| line.since.clone())} " "
            <a class=text(|line| class("", !line.passed_at.is_empty())) href=text(|line| line.passed_address.clone())>
                {moment(text(|line| line.passed_at.clone()))}
            </a>
        </p>
    }
}

pub fn change(line: Line) -> impl IntoView {
    let text = move |words| text(line, words);
    view! {
        <li class=text(|line| class(&line.class, !line.class.is_empty()))>
            <Icon path=text(|line| line.icon.clone())/>
            {text(|line| line.title.clone())} " " <span class="quiet">{text(|line| line.found.clone())}</span> " "
            {passed(line)}
        </li>
    }
}
