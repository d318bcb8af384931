//! Markdown as people write it, drawn with our own elements. None of its HTML becomes markup, no picture is fetched, and a link leads to the web, to a
//! mailbox, or to a page of the console. A block of code is a command, with a button that copies it.

use domain::{local_path::LocalPath, web_address};
use leptos::prelude::*;
use pulldown_cmark::{Event, LinkType, Parser, Tag};

use super::markup::{IntoMarkup, Markup};

/// Quotes and lists inside one another. What lies deeper is drawn as text, so that nobody's text is too deep for the stack.
const DEEPEST: usize = 12;

#[component]
pub fn Markdown(text: String) -> impl IntoView {
    (!text.trim().is_empty()).then(|| view! { <div class="markdown">{content(&mut Parser::new(&text), 0)}</div> })
}

/// What stands before the end of the element that was begun last.
fn content(events: &mut Parser<'_>, depth: usize) -> Vec<Markup> {
    let mut drawn = Vec::new();
    while let Some(event) = events.next() {
        drawn.push(match event {
            Event::End(_) => break,
            Event::Start(tag) if depth < DEEPEST => element(&tag, events, depth + 1),
            Event::Start(_) => text_of(events).into_markup(),
            Event::Code(code) => view! { <code>{code.into_string()}</code> }.into_markup(),
            Event::HardBreak => view! { <br/> }.into_markup(),
            Event::Rule => view! { <hr/> }.into_markup(),
            other => text_in(&other).to_owned().into_markup(),
        });
    }
    drawn
}

fn element(tag: &Tag<'_>, events: &mut Parser<'_>, depth: usize) -> Markup {
    if matches!(tag, Tag::CodeBlock(_)) {
        return command(text_of(events).trim_end().to_owned()).into_markup();
    }
    let content = content(events, depth);
    match tag {
        Tag::Paragraph | Tag::HtmlBlock => view! { <p>{content}</p> }.into_markup(),
        // Below the headings of the page, whichever it names itself.
        Tag::Heading { .. } => view! { <h3>{content}</h3> }.into_markup(),
        Tag::BlockQuote(_) => view! { <blockquote>{content}</blockquote> }.into_markup(),
        Tag::List(Some(first)) => view! { <ol start=first.to_string()>{content}</ol> }.into_markup(),
        Tag::List(None) => view! { <ul>{content}</ul> }.into_markup(),
        Tag::Item => view! { <li>{content}</li> }.into_markup(),
        Tag::Emphasis => view! { <em>{content}</em> }.into_markup(),
        Tag::Strong => view! { <strong>{content}</strong> }.into_markup(),
        Tag::Link { link_type, dest_url, .. } => match followed(*link_type, dest_url) {
            Some(address) => view! { <a href=address rel="noreferrer nofollow">{content}</a> }.into_markup(),
            None => content.into_markup(),
        },
        // Of a picture its words.
        _ => content.into_markup(),
    }
}

/// The address of a link that may be followed.
fn followed(link_type: LinkType, address: &str) -> Option<String> {
    let is_plain = address.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if link_type == LinkType::Email {
        return is_plain.then(|| format!("mailto:{address}"));
    }
    let is_mail = is_plain && address.get(..7).is_some_and(|scheme| scheme.eq_ignore_ascii_case("mailto:"));
    let is_local = address.starts_with('/') && LocalPath::or_overview(address).as_str() == address;
    (is_mail || is_local || web_address::is_link(address)).then(|| address.to_owned())
}

/// All text of the element that was begun last.
fn text_of(events: &mut Parser<'_>) -> String {
    let (mut text, mut open) = (String::new(), 1_usize);
    for event in events {
        match event {
            Event::Start(_) => open += 1,
            Event::End(_) => open -= 1,
            other => text.push_str(text_in(&other)),
        }
        if open == 0 {
            break;
        }
    }
    text
}

fn text_in<'a>(event: &'a Event<'_>) -> &'a str {
    match event {
        Event::Text(text) | Event::Code(text) | Event::Html(text) | Event::InlineHtml(text) => text,
        Event::SoftBreak | Event::HardBreak => "\n",
        // Extensions, none of which is on.
        _ => "",
    }
}

fn command(text: String) -> impl IntoView {
    view! {
        <div class="copied-command">
            <pre tabindex="0">{text.clone()}</pre>
            <button type="button" class="button small needs-script" data-copy=text>
                "Copy"
            </button>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn html(text: &str) -> String {
        let owner = Owner::new();
        owner.with(|| view! { <Markdown text=text.to_owned()/> }.to_html())
    }

    /// Names of the elements that a browser would make of it.
    fn elements(html: &str) -> Vec<&str> {
        let name = |rest: &'_ str| rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
        html.split('<').skip(1).filter(|rest| rest.starts_with(|c: char| c.is_ascii_alphabetic())).map(|rest| &rest[..name(rest)]).collect()
    }

    #[test]
    fn what_people_write_is_drawn() {
        let table = [
            ("Look *first*,\nthen **act**.", vec!["div", "p", "em", "strong"]),
            ("1. one\n2. two\n   - `inner`", vec!["div", "ol", "li", "li", "ul", "li", "code"]),
            ("> said\n\n---\n# Head", vec!["div", "blockquote", "p", "hr", "h3"]),
            ("Look first.\n\n```sh\npsql -c \"select 1\"\n```\nThen end them.", vec!["div", "p", "div", "pre", "button", "p"]),
            ("<https://example.org/a?b#c> and <desk@example.org>", vec!["div", "p", "a", "a"]),
            ("[the console](/operations/incidents) [mail](mailto:a@b.example)", vec!["div", "p", "a", "a"]),
            (" \n", vec![]),
        ];
        for (text, expected) in table {
            assert_eq!(elements(&html(text)), expected, "{text:?}: {}", html(text));
        }
        assert!(html("```\nselect 1\n```").contains("data-copy=\"select 1\""));
        assert!(html("<desk@example.org>").contains("href=\"mailto:desk@example.org\""));
    }

    /// Scripts, frames, pictures, handlers, addresses that run something or hide where they lead.
    #[test]
    fn what_would_do_something_is_text() {
        let table = [
            "<script>alert(1)</script>",
            "<img src=x onerror=alert(1)>",
            "a <b onclick=\"alert(1)\">b</b> <iframe src=//evil.example></iframe>",
            "![picture](https://evil.example/pixel.png)",
            "![picture][ref]\n\n[ref]: https://evil.example/pixel.png",
            "[x](javascript:alert(1))",
            "[x](JaVaScRiPt:alert(1))",
            "[x](java&#10;script:alert(1))",
            "[x](&#106;avascript:alert(1))",
            "[x](data:text/html,<script>alert(1)</script>)",
            "[x](vbscript:x)",
            "[x](//evil.example)",
            "[x](/\\evil.example)",
            "[x](file:///etc/passwd)",
            "[x](<https://a.example@evil.example>)",
            "<javascript:alert(1)>",
            "[x][ref]\n\n[ref]: javascript:alert(1)",
            "```\n</pre><script>alert(1)</script>\n```",
            "``` \"><script>\nx\n```",
            "|a|\n|-|\n|<script>|",
        ];
        for text in table {
            let html = html(text);
            let ours = ["div", "p", "pre", "button"];
            assert!(elements(&html).iter().all(|name| ours.contains(name)), "{text:?}: {html}");
        }
    }

    #[test]
    fn no_text_is_too_deep() {
        for text in [">".repeat(60_000), "- ".repeat(30_000), "*a **b ".repeat(8_000), "[".repeat(60_000)] {
            assert!(elements(&html(&format!("{text}end"))).len() < 20_000);
        }
    }
}
