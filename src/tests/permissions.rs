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
use strum::IntoEnumIterator;

use crate::{sources::files, test_console::refused};

mod seeded;
mod verbs;

use seeded::both;
use verbs::{Stranger, VERBS};

/// The permission that each public function on a [`engine::Scope`] states in its first line, by `module::function`.
fn stated() -> BTreeMap<String, Permission> {
    let mut stated = BTreeMap::new();
    for path in files(Path::new(env!("CARGO_MANIFEST_DIR"))) {
        let source = fs::read_to_string(&path).expect("a source");
        let module = path.file_stem().expect("a name").to_string_lossy();
        for function in source.split("\npub async fn ").skip(1) {
            let (head, body) = function.split_once(" {\n").expect("a body");
            if !head.contains("scope: &Scope") {
                continue;
            }
            let verb = format!("{module}::{}", head.split('(').next().expect("a name"));
            let first = body.lines().next().unwrap_or_default().trim();
            let name = first.strip_prefix("scope.authorize(Permission::").and_then(|rest| rest.strip_suffix(")?;"));
            let permission = name.and_then(|name| Permission::iter().find(|permission| format!("{permission:?}") == name));
            let permission = permission.unwrap_or_else(|| panic!("{verb} does not begin with its permission: {first}"));
            assert!(stated.insert(verb.clone(), permission).is_none(), "two verbs are called {verb}");
        }
    }
    stated
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

#[tokio::test]
async fn a_verb_refuses_whoever_lacks_its_permission_and_hides_what_another_team_has() {
    let stated = stated();
    for (test, seeded) in both().await {
        for verb in VERBS {
            let context = format!("{} on {}", verb.name, test.database);
            for role in Role::iter().filter(|role| *role < stated[verb.name].least_role()) {
                let scope = test.console.for_team(Actor { role, ..test.actor.clone() });
                assert_eq!(refused((verb.call)(&scope, &seeded).await), "forbidden", "{context} by {role}");
            }
            let stranger = test.console.for_team(Actor { team: Id::new(), ..test.actor.clone() });
            match verb.to_a_stranger {
                Stranger::Refused(code) => assert_eq!(refused((verb.call)(&stranger, &seeded).await), code, "{context} by a stranger"),
                Stranger::SeesNothing => assert_eq!((verb.call)(&stranger, &seeded).await.expect(&context), 0, "{context} by a stranger"),
                Stranger::NamesNothing => {}
            }
            // Whose it is may: what a stranger was refused for is there.
            match (verb.call)(&test.scope(), &seeded).await {
                Ok(seen) => assert!(seen > 0, "{context}: there was nothing to see"),
                Err(error) => assert!(verb.may_be_over(&error), "{context}: {error}"),
            }
        }
    }
}
