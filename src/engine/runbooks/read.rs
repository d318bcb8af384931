//! Reads a runbook: every fault with its line, and nothing kept of a document that has one.

use std::fmt::Display;

use domain::{
    blank::is_blank,
    environment::Environment,
    identity::LONGEST_NAME,
    kind::KindId,
    runbook::{
        AppliesTo, Audience, Bound, Check, Diagnose, DnsLookup, HttpRequest, InvalidSpan, LARGEST, MOST_STEPS, Notice, Problem, Runbook, RunbookStep, Span,
        StepAction, Trigger, Wait, placeholder,
    },
};
use probes::kinds::{Cause, Kinds};
use strum::{IntoEnumIterator, VariantNames};

use super::verbs::{heartbeat_signals, measured_signals, request};
use document::{Content, Lines, Member, Node};

mod document;

/// Longest title, in characters.
const LONGEST_TITLE: usize = 200;
/// Longest Markdown, in characters.
const LONGEST_TEXT: usize = 10_000;
/// Most items of a list, apart from the steps.
const MOST_ITEMS: usize = 50;

/// The members of a document, by what they belong to: what the published schema has.
pub const MEMBERS: &[(&str, &[&str])] = &[
    ("runbook", &["name", "description", "applies_to", "trigger", "steps"]),
    ("applies_to", &["kinds", "causes", "tags", "environments"]),
    ("step", &["title", "text", "do"]),
    ("diagnose", &["scenarios"]),
    ("check", &["signal", "of", "below", "above", "equals", "within"]),
    ("dns", &["name", "record_type", "expected", "ttl_at_most"]),
    ("http", &["url", "method", "expected_status", "conditions"]),
    ("wait", &["for"]),
    ("notify", &["channel", "severity", "text"]),
];

/// What `do` may be, apart from `manual`, `approve` and `verify`, which are a word alone.
const VERBS: &str = "manual, approve, verify, diagnose, check, dns, http, wait, notify";

/// Tags of HTML that do something. Markdown is shown as text; whoever pastes one meant something else.
const MARKUP: [&str; 12] = ["script", "iframe", "img", "svg", "style", "object", "embed", "link", "meta", "form", "base", "a"];

/// # Errors
/// All that is wrong with it, by line; what cannot be read as YAML, only the first of it.
pub fn read(yaml: &str, kinds: &Kinds) -> Result<Runbook, Vec<Problem>> {
    if yaml.len() > LARGEST {
        return Err(vec![Problem { line: 1, message: format!("A runbook has at most {} KB.", LARGEST / 1024) }]);
    }
    let root = document::parse(yaml).map_err(|problem| vec![problem])?;
    let mut reader = Reader { source: yaml.lines().collect(), kinds, problems: Vec::new() };
    let runbook = reader.runbook(&root);
    let mut problems = reader.problems;
    problems.sort();
    problems.dedup();
    match runbook {
        Some(runbook) if problems.is_empty() => Ok(runbook),
        _ => Err(problems),
    }
}

/// All that is wrong with it, as this program reads it.
pub fn problems(yaml: &str) -> Vec<Problem> {
    read(yaml, &Kinds::all()).err().unwrap_or_default()
}

/// Reads on after a fault, so that a person is told all of them at once; what it answers counts only where there is none.
struct Reader<'a> {
    source: Vec<&'a str>,
    kinds: &'a Kinds,
    problems: Vec<Problem>,
}

/// The members of a map, and where it stands.
struct Map<'n> {
    lines: Lines,
    members: &'n [Member],
}

impl<'n> Map<'n> {
    fn get(&self, name: &str) -> Option<&'n Node> {
        self.members.iter().find(|member| member.name == name).map(|member| &member.value)
    }
}

impl Reader<'_> {
    fn tell(&mut self, lines: Lines, message: impl Into<String>) {
        self.problems.push(Problem { line: lines.first, message: message.into() });
    }

    fn runbook(&mut self, root: &Node) -> Option<Runbook> {
        let map = self.map(root, "runbook")?;
        let name = self.required(&map, "name").and_then(|node| self.line_within(node, LONGEST_NAME));
        let description = map.get("description").and_then(|node| self.text(node)).unwrap_or_default();
        let applies_to = map.get("applies_to").and_then(|node| self.applies_to(node)).unwrap_or_default();
        let trigger = map.get("trigger").and_then(|node| self.choice::<Trigger>(node));
        let steps = self.required(&map, "steps").map(|node| self.steps(node, &applies_to.kinds)).unwrap_or_default();
        Some(Runbook { name: name?, description, applies_to, trigger, steps })
    }

    fn applies_to(&mut self, node: &Node) -> Option<AppliesTo> {
        let map = self.map(node, "applies_to")?;
        let mut applies_to = AppliesTo::default();
        for node in map.get("kinds").map(|node| self.list(node)).unwrap_or_default() {
            let Some(name) = self.line(node) else { continue };
            match name.parse::<KindId>().ok().filter(|kind| self.kinds.get(kind).is_some()) {
                Some(kind) => applies_to.kinds.push(kind),
                None => {
                    let known: Vec<_> = self.kinds.iter().map(|kind| kind.descriptor().id).collect();
                    self.tell(node.lines, format!("There is no kind “{}”; known are {}.", shown(&name), known.join(", ")));
                }
            }
        }
        for node in map.get("causes").map(|node| self.list(node)).unwrap_or_default() {
            let Some(name) = self.line(node) else { continue };
            if name.parse::<Cause>().is_ok() {
                applies_to.causes.push(name);
            } else {
                self.tell(node.lines, format!("There is no cause “{}”; docs/runbooks.md lists them.", shown(&name)));
            }
        }
        applies_to.tags = map.get("tags").map(|node| self.lines(node)).unwrap_or_default();
        for node in map.get("environments").map(|node| self.list(node)).unwrap_or_default() {
            applies_to.environments.extend(self.choice::<Environment>(node));
        }
        Some(applies_to)
    }

    fn steps(&mut self, node: &Node, kinds: &[KindId]) -> Vec<RunbookStep> {
        let Content::List(items) = &node.content else {
            self.tell(node.lines, "“steps” must be a list.");
            return Vec::new();
        };
        if !(1..=MOST_STEPS).contains(&items.len()) {
            self.tell(node.lines, format!("A runbook has 1 to {MOST_STEPS} steps."));
            return Vec::new();
        }
        items.iter().filter_map(|item| self.step(item, kinds)).collect()
    }

    fn step(&mut self, node: &Node, kinds: &[KindId]) -> Option<RunbookStep> {
        let map = self.map(node, "step")?;
        let title = self.required(&map, "title").and_then(|node| self.line(node));
        let text = map.get("text").and_then(|node| self.text(node)).unwrap_or_default();
        let action = self.required(&map, "do").and_then(|node| self.action(node, kinds));
        Some(RunbookStep { title: title?, text, action: action? })
    }

    fn action(&mut self, node: &Node, kinds: &[KindId]) -> Option<StepAction> {
        let members = match &node.content {
            Content::Scalar { text, .. } => return self.bare_verb(node.lines, text),
            Content::Map(members) => members,
            Content::List(_) => {
                self.tell(node.lines, "“do” is one verb, not a list.");
                return None;
            }
        };
        let [verb] = &members[..] else {
            self.tell(node.lines, format!("“do” has exactly one verb, of {VERBS}."));
            return None;
        };
        let value = &verb.value;
        match verb.name.as_str() {
            "manual" | "approve" | "verify" if is_nothing(value) => self.bare_verb(value.lines, &verb.name),
            "manual" | "approve" | "verify" => {
                self.tell(value.lines, format!("“{0}” takes nothing: write “do: {0}”.", verb.name));
                None
            }
            "diagnose" => self.diagnose(value, kinds),
            "check" => self.check(value, kinds),
            "dns" => self.dns(value),
            "http" => self.http(value),
            "wait" => {
                let map = self.map(value, "wait")?;
                let span = self.required(&map, "for").and_then(|node| self.span(node))?;
                Some(StepAction::Wait(Wait { span }))
            }
            "notify" => self.notify(value),
            name => self.bare_verb(Lines { first: verb.line, last: verb.line }, name),
        }
    }

    /// A verb that is a word alone, or why it is none.
    fn bare_verb(&mut self, lines: Lines, name: &str) -> Option<StepAction> {
        let message = match name {
            "manual" => return Some(StepAction::Manual),
            "approve" => return Some(StepAction::Approve),
            "verify" => return Some(StepAction::Verify),
            "flag" => "This console has no flags yet, so that none can be switched.".to_owned(),
            "diagnose" | "check" | "dns" | "http" | "wait" | "notify" => format!("“{name}” must say more; docs/runbooks.md shows what."),
            name => format!("There is no verb “{}”; known are {VERBS}.", shown(name)),
        };
        self.tell(lines, message);
        None
    }

    fn diagnose(&mut self, node: &Node, kinds: &[KindId]) -> Option<StepAction> {
        let map = self.map(node, "diagnose")?;
        let list = self.required(&map, "scenarios")?;
        if matches!(&list.content, Content::List(items) if items.is_empty()) {
            self.tell(list.lines, "Name at least one scenario.");
        }
        let mut scenarios = Vec::new();
        for item in self.list(list) {
            let Some(name) = self.line(item) else { continue };
            if self.applicable(kinds).any(|kind| kind.scenarios.iter().any(|scenario| scenario.id == name)) {
                scenarios.push(name);
            } else {
                self.tell(item.lines, format!("None of the kinds that this is for has a scenario “{}”; /api/kinds lists them.", shown(&name)));
            }
        }
        (!scenarios.is_empty()).then_some(StepAction::Diagnose(Diagnose { scenarios }))
    }

    fn check(&mut self, node: &Node, kinds: &[KindId]) -> Option<StepAction> {
        let map = self.map(node, "check")?;
        let signal = self.required(&map, "signal").and_then(|node| Some((node.lines, self.line(node)?)));
        if let Some((lines, signal)) = &signal {
            let known: Vec<_> = heartbeat_signals().chain(self.applicable(kinds).flat_map(measured_signals)).collect();
            if !known.contains(&signal.as_str()) {
                let known = known.join(", ");
                self.tell(*lines, format!("There is no signal “{}”; known are {known}.", shown(signal)));
            }
        }
        if let Some(of) = map.get("of")
            && self.line(of).is_some_and(|of| of.replace(' ', "") != "{{connection}}")
        {
            self.tell(of.lines, "“of” can only be \"{{connection}}\".");
        }
        let mut bounds = Vec::new();
        for (name, bound) in [("below", Bound::Below as fn(f64) -> Bound), ("above", Bound::Above), ("equals", Bound::Equals)] {
            if let Some(node) = map.get(name) {
                bounds.push(self.number(node).map(bound));
            }
        }
        let within = map.get("within").and_then(|node| self.span(node));
        let [bound] = bounds[..] else {
            self.tell(map.lines, "Give exactly one of below, above and equals.");
            return None;
        };
        Some(StepAction::Check(Check { signal: signal?.1, bound: bound?, within }))
    }

    fn dns(&mut self, node: &Node) -> Option<StepAction> {
        let map = self.map(node, "dns")?;
        let name = self.required(&map, "name").and_then(|node| self.line(node));
        let record_type = map.get("record_type").map_or(Some("A".to_owned()), |node| self.line(node));
        let expected = map.get("expected").map(|node| self.lines(node)).unwrap_or_default();
        let ttl_at_most = map.get("ttl_at_most").and_then(|node| self.whole(node, 1, 604_800));
        let lookup = DnsLookup { name: name?, record_type: record_type?, expected, ttl_at_most };
        self.told_by_kind(&map, request::check_dns(&lookup));
        Some(StepAction::Dns(lookup))
    }

    fn http(&mut self, node: &Node) -> Option<StepAction> {
        let map = self.map(node, "http")?;
        let url = self.required(&map, "url").and_then(|node| self.line(node));
        let method = map.get("method").map_or(Some("GET".to_owned()), |node| self.line(node));
        let expected_status = map.get("expected_status").map_or(Some("200-299".to_owned()), |node| self.line(node));
        let conditions = map.get("conditions").map(|node| self.lines(node)).unwrap_or_default();
        let request = HttpRequest { url: url?, method: method?, expected_status: expected_status?, conditions };
        self.told_by_kind(&map, request::check_http(&request));
        Some(StepAction::Http(request))
    }

    /// What the kind says of its settings, at the members that they come from.
    fn told_by_kind(&mut self, map: &Map<'_>, errors: Vec<domain::error::FieldError>) {
        for error in errors {
            let member = error.field.strip_prefix("settings.").unwrap_or(&error.field);
            let lines = map.get(member).map_or(map.lines, |node| node.lines);
            self.tell(lines, format!("“{member}”: {}", error.message));
        }
    }

    fn notify(&mut self, node: &Node) -> Option<StepAction> {
        let map = self.map(node, "notify")?;
        let text = self.required(&map, "text").and_then(|node| self.text(node));
        let channel = map.get("channel").map(|node| self.line(node).map(Audience::Channel));
        let severity = map.get("severity").map(|node| self.choice(node).map(Audience::Severity));
        let ((Some(to), None) | (None, Some(to))) = (channel, severity) else {
            self.tell(map.lines, "Give either a channel, by its name, or a severity.");
            return None;
        };
        Some(StepAction::Notify(Notice { to: to?, text: text? }))
    }

    /// The kinds that a step may meet.
    fn applicable<'s>(&'s self, kinds: &'s [KindId]) -> impl Iterator<Item = &'s domain::kind::KindDescriptor> {
        self.kinds.iter().map(|kind| kind.descriptor()).filter(|kind| kinds.is_empty() || kinds.iter().any(|id| id.as_str() == kind.id))
    }

    /// The map called `what`, with no members but its own.
    fn map<'n>(&mut self, node: &'n Node, what: &str) -> Option<Map<'n>> {
        let Content::Map(members) = &node.content else {
            self.tell(node.lines, format!("“{what}” must have members, as “name: value”."));
            return None;
        };
        let known = MEMBERS.iter().find(|(name, _)| *name == what).map(|(_, members)| *members).unwrap_or_default();
        for member in members.iter().filter(|member| !known.contains(&member.name.as_str())) {
            let lines = Lines { first: member.line, last: member.line };
            self.tell(lines, format!("“{}” is no member of “{what}”; known are {}.", shown(&member.name), known.join(", ")));
        }
        Some(Map { lines: node.lines, members })
    }

    fn required<'n>(&mut self, map: &Map<'n>, name: &str) -> Option<&'n Node> {
        let node = map.get(name);
        if node.is_none() {
            self.tell(map.lines, format!("“{name}” is missing."));
        }
        node
    }

    fn list<'n>(&mut self, node: &'n Node) -> &'n [Node] {
        match &node.content {
            Content::List(items) if items.len() <= MOST_ITEMS => items,
            Content::List(_) => {
                self.tell(node.lines, format!("At most {MOST_ITEMS} items."));
                &[]
            }
            _ => {
                self.tell(node.lines, "This must be a list.");
                &[]
            }
        }
    }

    /// The texts of a list, each on one line.
    fn lines(&mut self, node: &Node) -> Vec<String> {
        self.list(node).iter().filter_map(|item| self.line(item)).collect()
    }

    /// A text on one line.
    fn line(&mut self, node: &Node) -> Option<String> {
        self.line_within(node, LONGEST_TITLE)
    }

    /// The same, of at most so many characters.
    fn line_within(&mut self, node: &Node, most: usize) -> Option<String> {
        let text = self.scalar(node)?.trim();
        if is_blank(text) || is_nothing(node) {
            self.tell(node.lines, "A value is missing.");
            return None;
        }
        if text.contains('\n') || text.chars().count() > most {
            self.tell(node.lines, format!("At most {most} characters on one line."));
            return None;
        }
        self.check_texts(node, text);
        Some(text.to_owned())
    }

    /// A text of any number of lines.
    fn text(&mut self, node: &Node) -> Option<String> {
        let text = self.scalar(node)?.trim_end();
        if is_nothing(node) {
            self.tell(node.lines, "A value is missing.");
            return None;
        }
        if text.chars().count() > LONGEST_TEXT {
            self.tell(node.lines, format!("At most {LONGEST_TEXT} characters."));
            return None;
        }
        self.check_texts(node, text);
        Some(text.to_owned())
    }

    fn scalar<'n>(&mut self, node: &'n Node) -> Option<&'n str> {
        match &node.content {
            Content::Scalar { text, .. } => Some(text),
            _ => {
                self.tell(node.lines, "This must be a text.");
                None
            }
        }
    }

    /// Placeholders that are not known, and markup. The lines are those of the source, whichever way the text is folded in it.
    fn check_texts(&mut self, node: &Node, text: &str) {
        let lines = node.lines;
        let source = self.source.get(lines.first - 1..lines.last.min(self.source.len())).unwrap_or_default().join("\n");
        let (wrong, in_source) = (placeholder::problems(text), placeholder::problems(&source));
        let told = if in_source.len() >= wrong.len() { in_source } else { wrong.iter().map(|(_, message)| (0, message.clone())).collect() };
        if !wrong.is_empty() {
            self.problems.extend(told.into_iter().map(|(line, message)| Problem { line: lines.first + line, message }));
        }
        if let Some(tag) = MARKUP.iter().find(|tag| has_tag(text, tag)) {
            let line = source.lines().position(|line| has_tag(line, tag)).unwrap_or_default();
            self.problems.push(Problem { line: lines.first + line, message: format!("HTML (<{tag}>) is not taken; write Markdown.") });
        }
    }

    fn choice<T: std::str::FromStr + IntoEnumIterator + Display>(&mut self, node: &Node) -> Option<T> {
        let text = self.line(node)?;
        let chosen = text.parse().ok();
        if chosen.is_none() {
            let known: Vec<_> = T::iter().map(|one| one.to_string()).collect();
            self.tell(node.lines, format!("“{}” must be one of {}.", shown(&text), known.join(", ")));
        }
        chosen
    }

    fn span(&mut self, node: &Node) -> Option<Span> {
        match self.line(node)?.parse() {
            Ok(span) => Some(span),
            Err(InvalidSpan) => {
                self.tell(node.lines, InvalidSpan::WORDS);
                None
            }
        }
    }

    fn number(&mut self, node: &Node) -> Option<f64> {
        let number = self.line(node)?.parse::<f64>().ok().filter(|number| number.is_finite());
        if number.is_none() {
            self.tell(node.lines, "This must be a number.");
        }
        number
    }

    fn whole(&mut self, node: &Node, least: u32, most: u32) -> Option<u32> {
        let number = self.line(node)?.parse::<u32>().ok().filter(|number| (least..=most).contains(number));
        if number.is_none() {
            self.tell(node.lines, format!("This must be a whole number from {least} to {most}."));
        }
        number
    }
}

/// `name:` with nothing after it.
fn is_nothing(node: &Node) -> bool {
    matches!(&node.content, Content::Scalar { text, is_plain: true } if matches!(text.as_str(), "" | "~" | "null"))
}

/// Whether `<tag` stands in it, as a browser would read it.
fn has_tag(text: &str, tag: &str) -> bool {
    text.match_indices('<').any(|(at, _)| {
        let rest = text[at + 1..].trim_start_matches('/');
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
        rest[..end].eq_ignore_ascii_case(tag) && rest[end..].starts_with(['>', ' ', '/', '\n', '\t'])
    })
}

fn shown(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(60).collect()
}

/// Every cause that `applies_to` can name.
pub fn causes() -> &'static [&'static str] {
    Cause::VARIANTS
}

#[cfg(test)]
mod tests;
