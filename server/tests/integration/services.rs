//! What `script/services` started for the tests, as far as these tests need it.

use std::sync::LazyLock;

use serde::Deserialize;

#[derive(Deserialize)]
pub struct Services {
    /// An interpreter with junitparser, openapi-spec-validator and schemathesis.
    pub python: String,
    pub postgres: PostgresPrograms,
    pub s3: S3Service,
}

#[derive(Deserialize)]
pub struct PostgresPrograms {
    /// The folder of `initdb`, `postgres` and `psql`.
    pub programs: String,
    pub superuser_url: String,
}

#[derive(Deserialize)]
pub struct S3Service {
    pub endpoint: String,
    pub region: String,
    pub bucket: String,
    pub writer: S3Key,
}

#[derive(Deserialize)]
pub struct S3Key {
    pub access_key_id: String,
    pub secret_access_key: String,
}

/// # Panics
/// Without `TEST_SERVICES`: a test that needs a service fails, it is never skipped.
pub fn services() -> &'static Services {
    static SERVICES: LazyLock<Services> = LazyLock::new(|| {
        let path = std::env::var("TEST_SERVICES").expect("TEST_SERVICES names no file: run the tests with script/services cargo test …");
        serde_json::from_str(&std::fs::read_to_string(path).expect("TEST_SERVICES can be read")).expect("TEST_SERVICES is JSON")
    });
    &SERVICES
}
