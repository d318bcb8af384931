//! Markdown as far as a runbook needs it: paragraphs, and fenced blocks that are commands to copy. All else is shown as it was written, so no text becomes
//! markup.

use std::mem;

use leptos::prelude::*;

const FENCE: &str = "```";

#[derive(Debug, PartialEq, Eq)]
enum Block {
    Text(String),
    Command(String),
}

fn blocks(markdown: &str) -> Vec<Block> {
    let (mut blocks, mut lines, mut is_command) = (Vec::new(), Vec::new(), false);
    let mut end = |lines: &mut Vec<&str>, is_command: bool| {
        let text = mem::take(lines).join("\n");
        if !text.trim().is_empty() {
            blocks.push(if is_command { Block::Command(text) } else { Block::Text(text.trim().to_owned()) });
        }
    };
    for line in markdown.lines() {
        if line.trim_start().starts_with(FENCE) {
            end(&mut lines, is_command);
            is_command = !is_command;
        } else {
            lines.push(line);
        }
    }
    end(&mut lines, is_command);
    blocks
}

#[component]
pub fn Prose(text: String) -> impl IntoView {
    let blocks = blocks(&text).into_iter().map(|block| match block {
        Block::Text(text) => view! { <p class="prose">{text}</p> }.into_any(),
        Block::Command(command) => view! {
            <div class="copied-command">
                <pre tabindex="0">{command.clone()}</pre>
                <button type="button" class="button small needs-script" data-copy=command>
                    "Copy"
                </button>
            </div>
        }
        .into_any(),
    });
    blocks.collect_view()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fenced_blocks_are_commands() {
        let text = "Look first.\n\n```sh\npsql -c \"select 1\"\n```\nThen <b>end</b> them.\n```\nlast";
        let expected = [
            Block::Text("Look first.".into()),
            Block::Command("psql -c \"select 1\"".into()),
            Block::Text("Then <b>end</b> them.".into()),
            Block::Command("last".into()),
        ];
        assert_eq!(blocks(text), expected);
        assert_eq!(blocks(" \n"), []);
    }
}
