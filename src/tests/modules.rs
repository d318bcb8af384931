//! No module stands on one that stands on it, however long the way round. A module and what lies inside it count as one.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use crate::sources::files;

/// A module, or an item in one: `heartbeat`, `record`. The crate itself is empty.
type Names = Vec<String>;

/// One imported item.
struct Import {
    path: Names,
    is_public: bool,
}

/// The imports of a crate's modules.
#[derive(Default)]
struct Modules(BTreeMap<Names, Vec<Import>>);

impl Modules {
    /// Of the crate in `folder`.
    fn read(folder: &Path) -> Self {
        let mut modules = Self::default();
        for file in files(folder) {
            let inside = file.strip_prefix(folder).expect("below it").with_extension("");
            let names: Names = inside.iter().map(|name| name.to_string_lossy().into_owned()).collect();
            modules.add(if names == ["lib"] { Names::new() } else { names }, &fs::read_to_string(&file).expect("a source"));
        }
        modules
    }

    fn add(&mut self, module: Names, source: &str) {
        let code = source.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
        let code: String = code.lines().filter(|line| !line.trim_start().starts_with("//")).flat_map(|line| [line, "\n"]).collect();
        let mut imports = Vec::new();
        for statement in code.split(';') {
            let Some((before, tree)) = statement.split_once("use ") else { continue };
            let head = before.rsplit('\n').next().unwrap_or_default().trim();
            if head.is_empty() || head.starts_with("pub") {
                expand(&[], tree, &mut |path| imports.push(Import { path, is_public: head.starts_with("pub") }));
            }
        }
        for at in ["crate::", "super::"].iter().flat_map(|root| code.match_indices(root)).map(|(at, _)| at) {
            let path = code[at..].split(|c: char| !c.is_alphanumeric() && c != '_' && c != ':').next().unwrap_or_default();
            imports.push(Import { path: path.split("::").filter(|name| !name.is_empty()).map(str::to_owned).collect(), is_public: false });
        }
        self.0.insert(module, imports);
    }

    /// The module that holds what `module` calls `path`; none where that is another crate.
    fn home(&self, module: &[String], path: &[String]) -> Option<Names> {
        let inner = |name: &String| [module, std::slice::from_ref(name)].concat();
        let (mut home, mut rest) = match path.first()?.as_str() {
            "crate" => (Names::new(), &path[1..]),
            "self" => (module.to_vec(), &path[1..]),
            "super" => {
                let up = path.iter().take_while(|name| *name == "super").count();
                (module[..module.len().checked_sub(up)?].to_vec(), &path[up..])
            }
            _ if self.0.contains_key(&inner(&path[0])) => (module.to_vec(), path),
            _ => return None,
        };
        while let [name, more @ ..] = rest {
            let deeper = [home.as_slice(), std::slice::from_ref(name)].concat();
            if !self.0.contains_key(&deeper) {
                break;
            }
            (home, rest) = (deeper, more);
        }
        // Handed on from where it really stands.
        let handed_on = rest.first().and_then(|name| self.0[&home].iter().find(|import| import.is_public && import.path.last() == Some(name)));
        match handed_on {
            Some(import) if home != module => self.home(&home, &import.path).or(Some(home)),
            _ => Some(home),
        }
    }

    /// What each module stands on.
    fn edges(&self) -> BTreeMap<&Names, BTreeSet<Names>> {
        let is_apart = |one: &Names, other: &Names| !one.starts_with(other) && !other.starts_with(one);
        let homes = |module: &Names, imports: &[Import]| {
            let homes = imports.iter().filter_map(|import| self.home(module, &import.path));
            homes.filter(|home| is_apart(module, home)).collect()
        };
        self.0.iter().map(|(module, imports)| (module, homes(module, imports))).collect()
    }

    /// One way round, if there is any.
    fn circle(&self) -> Option<String> {
        let mut edges = self.edges();
        // Whatever stands on nothing that is left is in no circle.
        loop {
            let left: BTreeSet<Names> = edges.keys().map(|module| (*module).clone()).collect();
            edges.retain(|_, on| on.iter().any(|module| left.contains(module)));
            if edges.len() == left.len() {
                break;
            }
        }
        let mut way: Vec<&Names> = vec![edges.keys().next()?];
        loop {
            let (next, _) = edges[way[way.len() - 1]].iter().find_map(|on| edges.get_key_value(on)).expect("it stands on one of them");
            let begins = way.iter().position(|module| module == next);
            way.push(next);
            if let Some(begins) = begins {
                return Some(way[begins..].iter().map(|module| module.join("::")).collect::<Vec<_>>().join(" → "));
            }
        }
    }
}

/// Every path that a tree of imports names.
fn expand(before: &[String], tree: &str, found: &mut impl FnMut(Names)) {
    let (head, group) = tree.split_once('{').map_or((tree, None), |(head, group)| (head, Some(group)));
    let head = head.split(" as ").next().unwrap_or_default();
    let path: Names = before.iter().cloned().chain(head.split("::").map(|name| name.trim().to_owned()).filter(|name| !name.is_empty())).collect();
    let Some(group) = group else { return found(path) };
    let (mut depth, mut begins) = (0_usize, 0);
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            ',' | '}' if depth == 0 => {
                let part = group[begins..at].trim();
                if !part.is_empty() {
                    expand(&path, part, found);
                }
                begins = at + 1;
            }
            '}' => depth -= 1,
            _ => {}
        }
    }
}

#[test]
fn no_crate_has_a_circle_of_modules() {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("a workspace");
    for folder in ["src/domain", "src/probes", "src/store", "src/engine", "app/src", "server/src"] {
        let modules = Modules::read(&workspace.join(folder));
        assert!(modules.0.len() > 20, "{folder} was not read");
        assert_eq!(modules.circle(), None, "in {folder}");
    }
}

/// They ask the engine. Tests may look into the rows.
#[test]
fn pages_and_server_stand_on_no_store() {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("a workspace");
    for folder in ["app", "server"] {
        let manifest = fs::read_to_string(workspace.join(folder).join("Cargo.toml")).expect("a manifest");
        let dependencies = manifest.split("[dev-dependencies]").next().unwrap_or_default();
        assert!(dependencies.contains("\nengine") && !["store", "sqlx"].iter().any(|name| dependencies.contains(&format!("\n{name} "))), "{folder}");
    }
}

#[test]
fn a_circle_is_found_however_it_is_written() {
    let circle = |sources: &[(&str, &str)]| {
        let mut modules = Modules::default();
        for (module, source) in sources {
            modules.add(module.split("::").filter(|name| !name.is_empty()).map(str::to_owned).collect(), source);
        }
        modules.circle()
    };
    let lib = ("", "pub mod a;\npub mod b;\n\npub use b::Thing;\n");
    assert_eq!(circle(&[lib, ("a", "use crate::b::Thing;\n"), ("b", "pub struct Thing;\n")]), None);
    let back = "use std::{\n    fmt,\n    sync::Arc,\n};\n\nuse super::{\n    other,\n    a::{self, Part},\n};\n";
    assert_eq!(circle(&[lib, ("a", "use crate::Thing;\n"), ("b", back)]).as_deref(), Some("a → b → a"), "by way of what the crate hands on");
    assert_eq!(circle(&[lib, ("a", "fn f() { crate::b::g() }\n"), ("b", "fn g() { super::a::f() }\n")]).as_deref(), Some("a → b → a"), "without an import");
    assert_eq!(circle(&[lib, ("a", "// crate::b\nfn f() {}\n"), ("b", "use crate::a;\n")]), None, "a comment");
    assert_eq!(
        circle(&[lib, ("a", "mod inner;\npub use inner::Part;\n"), ("a::inner", "use super::f;\npub struct Part;\n"), ("b", "")]),
        None,
        "one inside the other"
    );
    let inside = [lib, ("a", ""), ("a::one", "use super::two;\n"), ("a::two", "use super::three;\n"), ("a::three", "use crate::a::one::X;\n"), ("b", "")];
    assert_eq!(circle(&inside).as_deref(), Some("a::one → a::two → a::three → a::one"));
}
