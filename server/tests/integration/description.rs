//! The API's description, read by a validator that is none of ours.

use std::{
    env, fs,
    path::Path,
    process::{Command, Output},
};

use tempfile::TempDir;

use crate::{services::services, test_server::TestServer};

/// What a program in Python that takes `arguments` says of the description, which it is given as a file.
async fn judged_by(arguments: [&str; 2]) -> Output {
    let server = TestServer::new().await;
    let described = server.get("/api/openapi.json").await;
    let folder = TempDir::new().expect("folder");
    let file = folder.path().join("openapi.json");
    fs::write(&file, described.to_string()).expect("written");
    Command::new(&services().python).args(arguments).arg(&file).output().expect("started")
}

#[tokio::test]
async fn the_description_is_valid_openapi() {
    let judged = judged_by(["-m", "openapi_spec_validator"]).await;
    assert!(judged.status.success(), "{}{}", String::from_utf8_lossy(&judged.stdout), String::from_utf8_lossy(&judged.stderr));
}

/// Prints each example that its own schema refuses.
const JUDGE_EXAMPLES: &str = r#"
import json, sys
from jsonschema import Draft202012Validator as Validator

document = json.load(open(sys.argv[1]))
for path, operations in document["paths"].items():
    for verb, operation in operations.items():
        bodies = [("request", operation.get("requestBody", {}))] + list(operation["responses"].items())
        for where, body in bodies:
            for media in body.get("content", {}).values():
                if "example" in media:
                    schema = {**media["schema"], "components": document["components"]}
                    for wrong in Validator(schema, format_checker=Validator.FORMAT_CHECKER).iter_errors(media["example"]):
                        print(verb, path, where, wrong.json_path, wrong.message)
"#;

#[tokio::test]
async fn each_example_fits_its_own_schema() {
    let judged = judged_by(["-c", JUDGE_EXAMPLES]).await;
    assert!(judged.status.success(), "{}", String::from_utf8_lossy(&judged.stderr));
    assert_eq!(String::from_utf8_lossy(&judged.stdout), "");
}

/// What programs rely on changes in a diff that someone reads, never by the way of an edited struct.
///
/// `PIN=1 cargo test …` writes the file anew.
#[tokio::test]
async fn the_description_is_the_one_in_the_documentation() {
    let pinned = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/openapi.json");
    let described = serde_json::to_string_pretty(&TestServer::new().await.get("/api/openapi.json").await).expect("JSON") + "\n";
    if env::var_os("PIN").is_some() {
        fs::write(&pinned, &described).expect("written");
    }
    let kept = fs::read_to_string(&pinned).expect("docs/openapi.json");
    let changed = described.lines().zip(kept.lines()).take_while(|(now, then)| now == then).count() + 1;
    assert!(described == kept, "docs/openapi.json says otherwise from line {} on; if it is meant, set PIN=1 and read the diff", changed);
}
