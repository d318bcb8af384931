//! What is learned of an incident once it is over: drafted from its time line, written by people, exported as Markdown.

use std::time::Duration;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{
    blank::is_blank,
    blast_radius::{BlastRadius, ErrorCount},
    error::FieldError,
    ids::{ActionItemId, IncidentId},
    incident::{Incident, TimelineEntry},
    time::{Timestamp, span_in_words},
};

/// A post-mortem that is not complete is reminded of this long before it is due.
pub const REMINDED_BEFORE: Duration = Duration::from_secs(12 * 60 * 60);
/// Longest section, in characters.
const LONGEST_SECTION: usize = 20_000;
/// Connections that a draft names.
const NAMED: usize = 10;
/// Longest slug, in characters.
const LONGEST_SLUG: usize = 60;

/// In lists, what has no day comes after what has one.
const NO_DAY: NaiveDate = match NaiveDate::from_ymd_opt(9999, 12, 31) {
    Some(day) => day,
    None => NaiveDate::MAX,
};

/// What people write: plain text, with `- ` before what belongs into a list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, sqlx::FromRow, utoipa::ToSchema)]
#[serde(default)]
pub struct Sections {
    #[schema(max_length = 20_000)]
    pub impact: String,
    #[schema(max_length = 20_000)]
    pub detection: String,
    #[schema(max_length = 20_000)]
    pub response: String,
    #[schema(max_length = 20_000)]
    pub root_cause: String,
}

impl Sections {
    /// Everything that is wrong with them.
    pub fn check(&self) -> Vec<FieldError> {
        let sections = [("impact", &self.impact), ("detection", &self.detection), ("response", &self.response), ("root_cause", &self.root_cause)];
        let too_long = sections.into_iter().filter(|(_, text)| text.chars().count() > LONGEST_SECTION);
        too_long.map(|(name, _)| FieldError::new(name, format!("At most {LONGEST_SECTION} characters."))).collect()
    }

    /// What must be said before they are complete, and is not.
    pub fn missing(&self) -> Vec<FieldError> {
        let needed = [("impact", &self.impact, "Say what it did"), ("root_cause", &self.root_cause, "Say why it could happen")];
        let missing = needed.into_iter().filter(|(_, text, _)| is_blank(text));
        missing.map(|(name, _, what)| FieldError::new(name, format!("{what} before it is complete."))).collect()
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, utoipa::ToSchema)]
pub struct PostMortem {
    #[schema(value_type = Uuid)]
    pub incident_id: IncidentId,
    /// Rises by one with every edit; the `ETag` of the post-mortem. 0 for a draft of the console that nobody has saved.
    pub version: i64,
    #[serde(flatten)]
    pub sections: Sections,
    /// In the order in which they were added.
    pub action_items: Vec<ActionItem>,
    pub updated_by: Option<String>,
    pub updated_at: Option<Timestamp>,
    /// Absent until the incident is resolved, and where no post-mortem is asked for.
    pub due_at: Option<Timestamp>,
    pub completed_by: Option<String>,
    pub completed_at: Option<Timestamp>,
}

/// Something that is to be done so that it does not happen again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, sqlx::FromRow, utoipa::ToSchema)]
pub struct ActionItem {
    #[schema(value_type = Uuid)]
    pub id: ActionItemId,
    #[schema(value_type = Uuid)]
    pub incident_id: IncidentId,
    /// Rises by one with every edit; its `ETag`.
    pub version: i64,
    pub text: String,
    pub owner: Option<String>,
    pub due_on: Option<NaiveDate>,
    pub created_by: String,
    pub created_at: Timestamp,
    pub done_by: Option<String>,
    pub done_at: Option<Timestamp>,
}

/// Where an action item stands in the list of them: after what is not done, after what is due before it.
pub type Place = (i32, NaiveDate, ActionItemId);

impl ActionItem {
    pub fn place(&self) -> Place {
        (i32::from(self.done_at.is_some()), self.due_on.unwrap_or(NO_DAY), self.id)
    }

    /// Whether its day has passed without its being done.
    pub fn is_late(&self, now: Timestamp) -> bool {
        self.done_at.is_none() && self.due_on.is_some_and(|due| due < now.as_datetime().date_naive())
    }
}

/// What the console itself knows of an incident, in the words of a first draft. `name` is what the incident is called.
pub fn draft(incident: &Incident, name: &str, radius: &BlastRadius) -> Sections {
    Sections {
        impact: impact(incident, name, radius),
        detection: detection(incident),
        response: response(&incident.timeline),
        root_cause: root_cause(incident, radius),
    }
}

fn impact(incident: &Incident, name: &str, radius: &BlastRadius) -> String {
    let ended = incident.resolved_at;
    let lasted = span_in_words(ended.unwrap_or(radius.until).seconds_since(incident.first_failed_at).max(0));
    let until = ended.map_or_else(|| "and goes on".to_owned(), |end| format!("until {}", end.exact()));
    let mut text = format!("{name}, {}: from {} {until}, {lasted}.", incident.severity.label(), incident.first_failed_at.exact());
    let affected = &radius.connections;
    if !affected.is_empty() {
        text.push_str(&format!("\n\nConnections that failed ({}):", affected.len()));
        for connection in affected.iter().take(NAMED) {
            let owner = connection.owner.as_deref().map(|owner| format!(", {}", one_line(owner))).unwrap_or_default();
            text.push_str(&format!("\n- {} ({}{owner})", one_line(&connection.name), connection.environment));
        }
        if affected.len() > NAMED {
            text.push_str(&format!("\n- and {} more", affected.len() - NAMED));
        }
    }
    text
}

fn detection(incident: &Incident) -> String {
    let opened = incident.opened_at;
    let after = span_in_words(opened.seconds_since(incident.first_failed_at).max(0));
    let mut text = match &incident.declared_by {
        Some(by) => format!("Declared by {by} at {}.", opened.exact()),
        None => format!("Opened by the console at {}, {after} after the first failure.", opened.exact()),
    };
    if let (Some(at), Some(by)) = (incident.acknowledged_at, &incident.acknowledged_by) {
        text.push_str(&format!(" Acknowledged by {by} after {}.", span_in_words(at.seconds_since(opened).max(0))));
    }
    text
}

/// A line for each thing that was done.
fn response(timeline: &[TimelineEntry]) -> String {
    timeline.iter().map(|entry| format!("- {}", line(entry))).collect::<Vec<_>>().join("\n")
}

fn line(entry: &TimelineEntry) -> String {
    let by = entry.by.as_deref().map(|by| format!(" by {by}")).unwrap_or_default();
    let kind = entry.kind.to_string().replace('_', " ");
    let said = if entry.text.is_empty() { String::new() } else { format!(": {}", one_line(&entry.text)) };
    format!("{} {kind}{by}{said}", entry.at.exact())
}

fn root_cause(incident: &Incident, radius: &BlastRadius) -> String {
    let mut text = format!("What was seen: {}", incident.summary);
    for host in radius.down_hosts() {
        text.push_str(&format!("\n\nAll {} connections to {} failed.", host.of, host.name));
    }
    if !radius.changes.is_empty() {
        text.push_str("\n\nChanged in the hour before:");
        for change in &radius.changes {
            let act = change.act.to_string().replace('_', " ");
            text.push_str(&format!("\n- {} {} {act} by {}", change.at.exact(), one_line(&change.connection_name), change.by));
        }
    }
    if !radius.releases.is_empty() {
        text.push_str("\n\nReleased in the hour before:");
        for release in &radius.releases {
            text.push_str(&format!("\n- {} {}, tested by {}", release.at.exact(), one_line(&release.release), release.by));
        }
    }
    text
}

/// All that is exported.
pub struct Export<'a> {
    pub incident: &'a Incident,
    pub name: &'a str,
    pub sections: &'a Sections,
    pub action_items: &'a [ActionItem],
    pub errors: &'a [ErrorCount],
    /// Where people reach the console, for links.
    pub address: &'a str,
}

impl Export<'_> {
    /// Where it belongs below a folder of post-mortems: `2026-01/2026-01-02-orders-9af31c.md`. The end of the id keeps two of a day apart.
    pub fn path(&self) -> String {
        let (day, id) = (self.incident.opened_at.as_datetime().date_naive(), self.incident.id.to_string());
        let end = id.get(id.len().saturating_sub(6)..).unwrap_or_default();
        format!("{}/{day}-{}-{end}.md", day.format("%Y-%m"), slug(self.name))
    }

    /// Names and texts stand in it as they are: none of them begins anything that Markdown or HTML would make something of.
    pub fn markdown(&self) -> String {
        let incident = self.incident;
        let mut lines = vec![format!("# Post-mortem: {}", inline(self.name)), String::new()];
        let by = |by: &Option<String>| by.as_deref().map(|by| format!(" by {}", inline(by))).unwrap_or_default();
        let step = |what: &str, at: Option<Timestamp>, who: &Option<String>| at.map(|at| format!("- {what}: {}{}", at.exact(), by(who)));
        lines.push(format!("- Severity: {}", incident.severity.label()));
        lines.push(format!("- What was seen: {}", inline(&incident.summary)));
        let steps = [
            step("First failure", Some(incident.first_failed_at), &None),
            step("Opened", Some(incident.opened_at), &incident.declared_by),
            step("Acknowledged", incident.acknowledged_at, &incident.acknowledged_by),
            step("Assessed", incident.assessed_at, &incident.assessed_by),
            step("Mitigated", incident.mitigated_at, &incident.mitigated_by),
            step("Resolved", incident.resolved_at, &incident.resolved_by),
        ];
        lines.extend(steps.into_iter().flatten());
        lines.push(format!("- Incident: <{}/operations/incidents/{}>", self.address, incident.id));
        let Sections { impact, detection, response, root_cause } = self.sections;
        for (title, text) in [("Impact", impact), ("Detection", detection), ("Response", response), ("Root cause", root_cause)] {
            lines.extend([String::new(), format!("## {title}"), String::new(), paragraphs(text)]);
        }
        section(&mut lines, "Action items", "None.", self.action_items.iter().map(action_item));
        section(&mut lines, "Time line", "Removed at the end of its retention.", incident.timeline.iter().map(|entry| format!("- {}", inline(&line(entry)))));
        section(&mut lines, "Errors", "None recorded.", self.errors.iter().map(|error| self.error(error)));
        lines.push(String::new());
        lines.join("\n")
    }

    fn error(&self, error: &ErrorCount) -> String {
        let id = error.correlation_id.to_string();
        format!("- {} × {} of {}: [{}]({}/operations/errors/{id})", error.count, inline(&error.code), inline(&error.service), inline(&id), self.address)
    }
}

fn section(lines: &mut Vec<String>, title: &str, otherwise: &str, content: impl Iterator<Item = String>) {
    lines.extend([String::new(), format!("## {title}"), String::new()]);
    let before = lines.len();
    lines.extend(content);
    if lines.len() == before {
        lines.push(otherwise.to_owned());
    }
}

fn action_item(item: &ActionItem) -> String {
    let mark = if item.done_at.is_some() { 'x' } else { ' ' };
    let facts = [item.owner.as_deref().map(inline), item.due_on.map(|due| format!("due {due}"))];
    let facts: Vec<_> = facts.into_iter().flatten().collect();
    let facts = if facts.is_empty() { String::new() } else { format!(" ({})", facts.join(", ")) };
    format!("- [{mark}] {}{facts}", inline(&item.text))
}

/// Lines of their own, with a blank line around each list.
fn paragraphs(text: &str) -> String {
    let mut out: Vec<String> = Vec::new();
    let is_item = |line: &str| line.starts_with("- ");
    for text in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let line = text.strip_prefix("- ").map_or_else(|| inline(text), |item| format!("- {}", inline(item)));
        if out.last().is_some_and(|before| !(is_item(before) && is_item(&line))) {
            out.push(String::new());
        }
        out.push(line);
    }
    if out.is_empty() { "Nothing written yet.".to_owned() } else { out.join("\n") }
}

/// One line that Markdown shows as it is.
fn inline(text: &str) -> String {
    let text = one_line(text);
    let mut out = String::with_capacity(text.len());
    for (index, c) in text.chars().enumerate() {
        let begins_block = index == 0 && matches!(c, '+' | '-' | '=' | '#');
        if begins_block || matches!(c, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '&' | '|' | '~') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

fn one_line(text: &str) -> String {
    text.split(|c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')).map(str::trim).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

/// Letters and digits of ASCII, everything else a hyphen.
fn slug(name: &str) -> String {
    let words: Vec<_> = name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_ascii_lowercase).collect();
    let mut slug = words.join("-");
    slug.truncate(LONGEST_SLUG);
    let slug = slug.trim_end_matches('-');
    if slug.is_empty() { "incident".to_owned() } else { slug.to_owned() }
}

#[cfg(test)]
mod tests;
