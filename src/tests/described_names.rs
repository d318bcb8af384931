//! The API's description has one place for each name, and of two types with the same the later takes it without a word.

use std::{collections::BTreeMap, fs, path::Path};

use crate::sources::files;

/// The name that a type goes by in the description; none for one that does not stand there. What lies between two empty lines is a type with its attributes.
fn described(item: &str) -> Option<String> {
    if !item.contains("ToSchema") {
        return None;
    }
    if let Some((_, renamed)) = item.split_once("schema(as = ") {
        return renamed.split(')').next().map(str::to_owned);
    }
    item.lines().find_map(|line| {
        let declared = line.strip_prefix("pub ").unwrap_or(line);
        let named = declared.strip_prefix("struct ").or_else(|| declared.strip_prefix("enum "))?;
        named.split(|letter: char| !letter.is_alphanumeric()).next().map(str::to_owned)
    })
}

#[test]
fn no_two_types_go_by_one_name() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut named = BTreeMap::<String, Vec<String>>::new();
    for folder in ["src/domain", "src/engine", "server/src"] {
        for file in files(&root.join(folder)) {
            let source = fs::read_to_string(&file).expect("a source");
            for name in source.split("\n\n").filter_map(described) {
                named.entry(name).or_default().push(file.display().to_string());
            }
        }
    }
    assert!(named.len() > 150, "{}", named.len());
    named.retain(|_, files| files.len() > 1);
    assert!(named.is_empty(), "give one of them `#[schema(as = …)]`: {named:#?}");
}
