//! YAML as a tree that knows its lines. What a runbook has no use for is refused where it stands: anchors, aliases, tags, a second document.

use domain::{bidi, runbook::Problem};
use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span};

/// Deepest nesting; a runbook needs six.
const DEEPEST: usize = 12;
/// Most values of a document.
const MOST_NODES: usize = 5_000;

/// One value.
#[derive(Debug)]
pub struct Node {
    pub lines: Lines,
    pub content: Content,
}

/// The first and the last line of a value, the first of the document being 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lines {
    pub first: usize,
    pub last: usize,
}

#[derive(Debug)]
pub enum Content {
    /// `is_plain` without quotes, where a number is a number and nothing is nothing.
    Scalar {
        text: String,
        is_plain: bool,
    },
    List(Vec<Node>),
    Map(Vec<Member>),
}

#[derive(Debug)]
pub struct Member {
    pub line: usize,
    pub name: String,
    pub value: Node,
}

/// A list or map whose end is still to come.
enum Open {
    List { first: usize, items: Vec<Node> },
    Map { first: usize, members: Vec<Member>, name: Option<(usize, String)> },
}

/// The one value of a document.
///
/// # Errors
/// Why it is none, and where; the first reason only, for what comes after it may be a consequence.
pub fn parse(yaml: &str) -> Result<Node, Problem> {
    let mut building = Building::default();
    for event in Parser::new_from_str(yaml) {
        let (event, span) = event.map_err(|error| no_yaml(yaml, &error))?;
        building.add(event, span)?;
    }
    building.root.ok_or_else(|| problem(1, "The document is empty.".to_owned()))
}

/// Of a tab the parser tells where the value before it began; a person looks for the tab.
fn no_yaml(yaml: &str, error: &ScanError) -> Problem {
    let first = error.marker().line().max(1);
    let is_tabbed = |line: &str| line[..line.len() - line.trim_start().len()].contains('\t');
    let tabbed = yaml.lines().enumerate().skip(first - 1).find(|(_, line)| is_tabbed(line)).filter(|_| error.info().contains("tab"));
    problem(tabbed.map_or(first, |(at, _)| at + 1), format!("This is no YAML: {}.", error.info()))
}

fn problem(line: usize, message: String) -> Problem {
    Problem { line: line.max(1), message }
}

#[derive(Default)]
struct Building {
    open: Vec<Open>,
    root: Option<Node>,
    nodes: usize,
}

impl Building {
    fn add(&mut self, event: Event<'_>, span: Span) -> Result<(), Problem> {
        let line = span.start.line();
        match event {
            Event::Alias(_) => Err(problem(line, "Aliases (*name) are not taken; write it out.".to_owned())),
            Event::Scalar(_, _, anchor, _) | Event::SequenceStart(anchor, _) | Event::MappingStart(anchor, _) if anchor > 0 => {
                Err(problem(line, "Anchors (&name) are not taken; write it out.".to_owned()))
            }
            Event::Scalar(.., Some(_)) | Event::SequenceStart(_, Some(_)) | Event::MappingStart(_, Some(_)) => {
                Err(problem(line, "Tags (!name) are not taken.".to_owned()))
            }
            Event::Scalar(text, style, ..) => {
                check_text(&text, line)?;
                let last = span.end.line().max(line);
                self.value(Node {
                    lines: Lines { first: line, last },
                    content: Content::Scalar { text: text.into_owned(), is_plain: style == ScalarStyle::Plain },
                })
            }
            Event::SequenceStart(..) => self.open(Open::List { first: line, items: Vec::new() }, line),
            Event::MappingStart(..) => self.open(Open::Map { first: line, members: Vec::new(), name: None }, line),
            Event::SequenceEnd | Event::MappingEnd => {
                let last = span.end.line();
                match self.open.pop() {
                    Some(Open::List { first, items }) => self.value(Node { lines: Lines { first, last }, content: Content::List(items) }),
                    Some(Open::Map { first, members, .. }) => self.value(Node { lines: Lines { first, last }, content: Content::Map(members) }),
                    None => Ok(()),
                }
            }
            Event::DocumentStart(_) if self.root.is_some() => Err(problem(line, "One document only.".to_owned())),
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentStart(_) | Event::DocumentEnd => Ok(()),
        }
    }

    fn open(&mut self, open: Open, line: usize) -> Result<(), Problem> {
        if self.open.len() >= DEEPEST {
            return Err(problem(line, format!("Nested more than {DEEPEST} deep.")));
        }
        if let Some(Open::Map { name: None, .. }) = self.open.last() {
            return Err(problem(line, "The name of a member must be a word.".to_owned()));
        }
        self.open.push(open);
        Ok(())
    }

    /// A value is the root, an item, the name of a member, or its value.
    fn value(&mut self, node: Node) -> Result<(), Problem> {
        self.nodes += 1;
        if self.nodes > MOST_NODES {
            return Err(problem(node.lines.first, format!("More than {MOST_NODES} values.")));
        }
        match self.open.last_mut() {
            None => self.root = Some(node),
            Some(Open::List { items, .. }) => items.push(node),
            Some(Open::Map { members, name, .. }) => match (name.take(), node) {
                (Some((line, name)), value) => members.push(Member { line, name, value }),
                (None, Node { lines, content: Content::Scalar { text, .. } }) => {
                    if members.iter().any(|member| member.name == text) {
                        return Err(problem(lines.first, format!("“{text}” is given twice.")));
                    }
                    *name = Some((lines.first, text));
                }
                (None, node) => return Err(problem(node.lines.first, "The name of a member must be a word.".to_owned())),
            },
        }
        Ok(())
    }
}

fn check_text(text: &str, line: usize) -> Result<(), Problem> {
    if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\t')) {
        return Err(problem(line, "There is a control character in it.".to_owned()));
    }
    if bidi::visible(text) != text {
        return Err(problem(line, "There is a character in it that turns text around.".to_owned()));
    }
    Ok(())
}
