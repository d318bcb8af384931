//! What people read is written for them: the text of an error, which may name anything, is for the log.
//!
//! The words of a `UserError` are those of its code. Other texts (of a field, a step, a page) are strings, so the sources are read here: wherever an error is
//! bound and becomes text, the place stands in [`USED`], with who reads it.

use std::{collections::BTreeMap, fs, path::Path, sync::LazyLock};

use regex::Regex;

use crate::sources;

/// File, how often, and why nobody reads there what was not written for them.
const USED: &[(&str, usize, &str)] = &[
    ("app/src/action/protocol.rs", 2, "the browser tells that the console was not reached"),
    ("server/src/api/input.rs", 1, "taken apart: of a deserializer's words only what it expected is told, never what it read"),
    ("server/src/sessions.rs", 4, "logged"),
    ("server/src/traces.rs", 1, "told to whoever starts the program"),
    ("src/engine/access/passkeys/relying_party.rs", 1, "logged"),
    ("src/engine/diagnose/attempt.rs", 1, "`VaultError` is three sentences for people"),
    ("src/engine/error.rs", 1, "the chain of causes, which is logged and recorded for operators"),
    ("src/engine/evidence/inspect.rs", 5, "told to whoever inspects a pack on the command line"),
    ("src/engine/runbooks/shipped.rs", 3, "told to whoever builds a console whose own runbooks are broken, and logged"),
    ("src/probes/egress/policy.rs", 1, "told to whoever writes the setting"),
    ("src/probes/kinds/failure.rs", 2, "`DialError` and `TlsError` are sentences for people"),
    ("src/probes/kinds/http/exchange.rs", 1, "compared, not told"),
    ("src/probes/kinds/http/plan.rs", 1, "what is wrong with a condition is a sentence for people"),
    ("src/probes/system_error.rs", 1, "the operating system's words, such as “connection reset by peer”"),
    ("src/probes/web.rs", 1, "logged"),
];

/// Whoever starts the program reads these.
const OF_THE_COMMAND_LINE: [&str; 3] = ["server/src/cli", "server/src/settings", "server/src/main.rs"];

/// `map_err(|error|`, `Err(error)`, `error: &io::Error`, `error: impl Display`.
static BOUND: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"map_err\(\|(?:mut )?([a-z]\w*)|Err\(([a-z]\w*)\)|\b([a-z]\w*): (?:impl |&?dyn |&)?(?:[\w:]*::)?(?:\w*Error|Display)\b").expect("an expression")
});

/// Where one of `names` becomes text, by line; what goes to the log or into a fault, which only the log tells, is left out.
fn uses(code: &str) -> Vec<String> {
    let mut names: Vec<_> = BOUND.captures_iter(code).filter_map(|found| found.iter().skip(1).flatten().next().map(|name| name.as_str().to_owned())).collect();
    names.sort();
    names.dedup();
    let texts = |name: &String| [format!("{name}.to_string()"), format!("{{{name}}}"), format!("{{{name}:?")];
    let texts: Vec<_> = names.iter().flat_map(texts).collect();
    let is_told = |line: &&str| texts.iter().any(|text| line.contains(text)) && !["tracing::", "OpsError::", "panic!("].iter().any(|log| line.contains(log));
    code.lines().map(str::trim).filter(|line| !line.starts_with("//")).filter(is_told).map(str::to_owned).collect()
}

fn is_read_by_people(path: &str) -> bool {
    let is_test = path.ends_with("/tests.rs") || path.contains("/tests/");
    !is_test && !OF_THE_COMMAND_LINE.iter().any(|place| path.starts_with(place))
}

#[test]
fn no_text_of_an_error_is_read_by_people() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut found = BTreeMap::new();
    for folder in ["src/domain", "src/probes", "src/store", "src/engine", "app/src", "server/src"] {
        for file in sources::files(&root.join(folder)) {
            let path = file.strip_prefix(&root).expect("below").display().to_string();
            let source = fs::read_to_string(&file).expect("a source");
            let told = uses(source.split("#[cfg(test)]\nmod ").next().unwrap_or_default());
            if is_read_by_people(&path) && !told.is_empty() {
                found.insert(path, told);
            }
        }
    }
    for (path, count, _) in USED {
        let told = found.remove(*path).unwrap_or_default();
        assert_eq!(told.len(), *count, "{path}: {told:#?}");
    }
    assert!(found.is_empty(), "the text of an error may be read there: {found:#?}");
}

#[test]
fn the_text_of_an_error_is_found_however_the_error_is_called() {
    for code in [
        r#"text.parse().map_err(|fault| format!("Is no number: {fault}."))"#,
        "match read() { Ok(()) => {}, Err(e) => return Err(e.to_string()) }",
        "fn words(problem: &io::Error) -> String {\n    problem.to_string()\n}",
        "fn told(why: impl Display) -> String {\n    format!(\"{why}\")\n}",
    ] {
        assert_eq!(uses(code).len(), 1, "{code}");
    }
    for code in [
        r#"tracing::warn!("{error}: {}", read().map_err(|error| error))"#,
        r#"read().map_err(|error| OpsError::Settings(format!("no file: {error}")))"#,
        r#"read().map_err(|_| "Cannot be read.")"#,
        r#"format!("{name}")"#,
    ] {
        assert_eq!(uses(code), Vec::<String>::new(), "{code}");
    }
}
