//! The compliance test suite of RFC 9535, as the npm package `jsonpath-rfc9535` carries it.

use std::{fs, path::Path};

use serde::Deserialize;
use serde_json::Value;
use serde_json_path::JsonPath;

use super::path;
use crate::kinds::http::text;

const SUITE: &str = "../../end2end/node_modules/jsonpath-rfc9535/src/__tests__/jsonpath-compliance-test-suite/cts.json";

#[derive(Deserialize)]
struct Suite {
    tests: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    selector: String,
    #[serde(default)]
    invalid_selector: bool,
    #[serde(default)]
    document: Value,
    result: Option<Vec<Value>>,
    /// Where the order of members is open, every order.
    results: Option<Vec<Vec<Value>>>,
}

fn suite() -> Vec<Case> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(SUITE);
    let text = fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}; run script/setup test", file.display()));
    serde_json::from_str::<Suite>(&text).expect("the suite").tests
}

#[test]
fn every_path_comes_to_what_the_standard_says() {
    let (mut wrong, mut tried, mut too_dear) = (Vec::new(), 0, 0);
    for case in suite() {
        let ours = path::parse(&case.selector);
        let Ok(path) = JsonPath::parse(&case.selector) else {
            if !case.invalid_selector {
                wrong.push(format!("{}: {} cannot be read", case.name, case.selector));
            }
            continue;
        };
        if case.invalid_selector {
            if ours.is_ok() {
                wrong.push(format!("{}: {} is taken", case.name, case.selector));
            }
            continue;
        }
        tried += 1;
        too_dear += usize::from(ours.is_err());
        // Through our own reading of bodies, as a condition sees it.
        let document = text::json(&case.document.to_string()).expect("JSON");
        let found: Vec<Value> = path.query(&document).all().into_iter().cloned().collect();
        let allowed = case.results.unwrap_or_else(|| case.result.into_iter().collect());
        if !allowed.contains(&found) {
            wrong.push(format!("{}: {} comes to {}", case.name, case.selector, Value::from(found)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // What `path` refuses for its cost is part of the standard, and of no use in a condition.
    assert!(tried > 400 && too_dear < tried / 2, "{tried} paths, {too_dear} too dear");
    println!("{tried} paths, of which {too_dear} are refused for their cost");
}
