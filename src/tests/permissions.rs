//! Every verb of the engine against every role, and against another team.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use domain::{
    ids::Id,
    operator::{Actor, Role},
    permission::Permission,
};
use engine::OpsError;
use strum::IntoEnumIterator;

use crate::sources::files;

pub mod seeded;
mod verbs;

use seeded::both;
use verbs::{Stranger, VERBS};

/// The public functions of the engine's modules: `module::function`, what it takes, and the first line of what it does.
fn functions() -> Vec<(String, String, String)> {
    let mut functions = Vec::new();
    for path in files(Path::new(env!("CARGO_MANIFEST_DIR"))) {
        let source = fs::read_to_string(&path).expect("a source");
        let module = path.file_stem().expect("a name").to_string_lossy();
        for item in source.split("\npub ").skip(1) {
            let Some(function) = item.strip_prefix("async fn ").or_else(|| item.strip_prefix("fn ")) else { continue };
            let (head, body) = function.split_once(" {\n").expect("a body");
            let (name, takes) = head.split_once('(').expect("arguments");
            let name = name.split('<').next().unwrap_or(name);
            let first = body.lines().next().unwrap_or_default().trim();
            functions.push((format!("{module}::{name}"), takes.to_owned(), first.to_owned()));
        }
    }
    functions
}

/// The permission that each verb states in its first line.
fn stated() -> BTreeMap<String, Permission> {
    let mut stated = BTreeMap::new();
    for (verb, _, first) in functions().into_iter().filter(|(_, takes, _)| takes.contains("&Scope")) {
        let name = first.strip_prefix("scope.authorize(Permission::").and_then(|rest| rest.strip_suffix(")?;"));
        let permission = name.and_then(|name| Permission::iter().find(|permission| format!("{permission:?}") == name));
        let permission = permission.unwrap_or_else(|| panic!("{verb} does not begin with its permission: {first}"));
        assert!(stated.insert(verb.clone(), permission).is_none(), "two verbs are called {verb}");
    }
    stated
}

#[test]
fn nothing_goes_by_an_actor_without_a_scope() {
    let by_an_actor = functions().into_iter().filter(|(_, takes, _)| takes.contains("&Actor") && !takes.contains("&Scope")).map(|(name, ..)| name);
    // It asks after the actor, and does nothing as one.
    assert_eq!(by_an_actor.collect::<Vec<_>>(), ["access::is_still"]);
}

#[test]
fn every_verb_states_its_permission_and_stands_in_the_table() {
    let (stated, table): (BTreeSet<_>, BTreeSet<_>) = (stated().into_keys().collect(), VERBS.iter().map(|verb| verb.name.to_owned()).collect());
    assert_eq!(stated.symmetric_difference(&table).collect::<Vec<_>>(), Vec::<&String>::new());
}

#[test]
fn every_permission_is_asked_for() {
    let stated: Vec<_> = stated().into_values().collect();
    assert_eq!(Permission::iter().filter(|permission| !stated.contains(permission)).collect::<Vec<_>>(), []);
}

/// What came of a verb, in a word.
fn outcome(result: Result<usize, OpsError>) -> String {
    result.map_or_else(|error| error.code().to_string(), |seen| format!("saw {seen}"))
}

#[tokio::test]
async fn a_verb_refuses_whoever_lacks_its_permission_and_hides_what_another_team_has() {
    let stated = stated();
    for (test, seeded) in both().await {
        let mut faults = Vec::new();
        for verb in VERBS {
            let mut note = |who: &str, came_of_it: String, is_right: &dyn Fn(&str) -> bool| {
                if !is_right(&came_of_it) {
                    faults.push(format!("{} by {who}: {came_of_it}", verb.name));
                }
            };
            for role in Role::iter().filter(|role| *role < stated[verb.name].least_role()) {
                let scope = test.console.for_team(Actor { role, ..test.actor.clone() });
                note(&role.to_string(), outcome((verb.call)(&scope, &seeded).await), &|told| told == "forbidden");
            }
            let stranger = test.console.for_team(Actor { team: Id::new(), ..test.actor.clone() });
            match verb.to_a_stranger {
                Stranger::Refused(code) => note("a stranger", outcome((verb.call)(&stranger, &seeded).await), &|told| told == code),
                Stranger::SeesNothing => note("a stranger", outcome((verb.call)(&stranger, &seeded).await), &|told| told == "saw 0"),
                Stranger::NamesNothing => {}
            }
            // Whose it is may: what a stranger was refused for is there.
            let is_there = |told: &str| told == verb.when_over || (told.starts_with("saw ") && told != "saw 0");
            note("its owner", outcome((verb.call)(&test.scope(), &seeded).await), &is_there);
        }
        assert_eq!(faults, Vec::<String>::new(), "on {}", test.database);
    }
}
