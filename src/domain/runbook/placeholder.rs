//! `{{…}}` in the texts of a runbook: a fixed list, so that a text can name nothing but what its execution is about.

use std::{borrow::Cow, collections::BTreeMap};

use strum::{Display, EnumIter, EnumString, IntoEnumIterator, IntoStaticStr};

/// What may stand between the braces.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Display, EnumIter, EnumString, IntoStaticStr)]
pub enum Placeholder {
    /// Its name.
    #[strum(serialize = "connection")]
    Connection,
    #[strum(serialize = "connection.id")]
    ConnectionId,
    #[strum(serialize = "connection.kind")]
    ConnectionKind,
    #[strum(serialize = "connection.environment")]
    ConnectionEnvironment,
    #[strum(serialize = "connection.owner")]
    ConnectionOwner,
    #[strum(serialize = "connection.host")]
    ConnectionHost,
    #[strum(serialize = "connection.port")]
    ConnectionPort,
    #[strum(serialize = "connection.database")]
    ConnectionDatabase,
    #[strum(serialize = "connection.user")]
    ConnectionUser,
    #[strum(serialize = "connection.url")]
    ConnectionUrl,
    /// Its id.
    #[strum(serialize = "incident")]
    Incident,
    #[strum(serialize = "incident.severity")]
    IncidentSeverity,
    #[strum(serialize = "incident.summary")]
    IncidentSummary,
}

/// What they stand for in one execution. One that is absent stays as it was written, so that a person sees what is missing.
pub type Values = BTreeMap<Placeholder, String>;

/// What is wrong with the placeholders of a text, each with how many lines into it that is.
pub fn problems(text: &str) -> Vec<(usize, String)> {
    let mut problems = Vec::new();
    for (line, text) in text.lines().enumerate() {
        let mut rest = text;
        while let Some((_, after)) = rest.split_once("{{") {
            let Some((name, after)) = after.split_once("}}") else {
                problems.push((line, "A “{{” is not closed by “}}” on its line.".to_owned()));
                break;
            };
            problems.extend(wrong(name.trim()).map(|message| (line, message)));
            rest = after;
        }
    }
    problems
}

fn wrong(name: &str) -> Option<String> {
    if name.parse::<Placeholder>().is_ok() {
        return None;
    }
    if matches!(name.split('.').next(), Some("release" | "cutover")) {
        return Some("This console has no releases or cutovers yet, so nothing can be filled in for them.".to_owned());
    }
    let shown: String = name.chars().filter(|c| !c.is_control()).take(60).collect();
    let known: Vec<&str> = Placeholder::iter().map(Into::into).collect();
    Some(format!("“{shown}” cannot be filled in; known are {}.", known.join(", ")))
}

/// The text with what is known filled in.
pub fn fill<'a>(text: &'a str, values: &Values) -> Cow<'a, str> {
    if !text.contains("{{") {
        return text.into();
    }
    let (mut filled, mut rest) = (String::with_capacity(text.len()), text);
    while let Some((before, after)) = rest.split_once("{{") {
        filled.push_str(before);
        let Some((name, end)) = after.split_once("}}") else {
            rest = &rest[before.len()..];
            break;
        };
        match name.trim().parse().ok().and_then(|name| values.get(&name)) {
            Some(value) => filled.push_str(value),
            None => filled.extend(["{{", name, "}}"]),
        }
        rest = end;
    }
    filled.push_str(rest);
    filled.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_is_filled_in_once() {
        let values = Values::from([(Placeholder::Connection, "{{incident}}".to_owned()), (Placeholder::ConnectionPort, "5432".to_owned())]);
        assert_eq!(fill("a {{connection}} b {{ connection.port }} c", &values), "a {{incident}} b 5432 c");
        assert_eq!(fill("{{connection.host}} and {{ open", &values), "{{connection.host}} and {{ open");
    }

    #[test]
    fn what_is_not_in_the_list_is_refused_with_its_line() {
        assert!(problems("{{connection}} {{incident.summary}} { { } }").is_empty());
        let lines: Vec<_> = problems("fine\n{{team.other}}\n{{ connection\n{{release.version}}").into_iter().map(|(line, _)| line).collect();
        assert_eq!(lines, [1, 2, 3]);
        assert!(problems("{{connection.password}}")[0].1.starts_with("“connection.password” cannot be filled in"));
    }
}
