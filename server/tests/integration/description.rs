//! The API's description, read by a validator that is none of ours.

use std::process::Command;

use tempfile::TempDir;

use crate::{services::services, test_server::TestServer};

#[tokio::test]
async fn the_description_is_valid_openapi() {
    let server = TestServer::new().await;
    let described = server.get("/api/openapi.json").await;
    let folder = TempDir::new().expect("folder");
    let file = folder.path().join("openapi.json");
    std::fs::write(&file, described.to_string()).expect("written");
    let judged = Command::new(&services().python).args(["-m", "openapi_spec_validator"]).arg(&file).output().expect("started");
    assert!(judged.status.success(), "{}{}", String::from_utf8_lossy(&judged.stdout), String::from_utf8_lossy(&judged.stderr));
}
