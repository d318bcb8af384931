//! The runbooks that come with the console: `runbooks/` of the project, inside the binary.

use std::sync::LazyLock;

use domain::{ids::RunbookId, runbook::KeptRunbook};
use probes::kinds::Kinds;
use rust_embed::RustEmbed;
use sha2::{Digest, Sha256};
use uuid::Builder;

use super::read;

#[derive(RustEmbed)]
#[folder = "../../runbooks"]
struct Documents;

/// Each has an id made of its file's name, the same in every console.
pub fn all() -> &'static [KeptRunbook] {
    static ALL: LazyLock<Vec<KeptRunbook>> = LazyLock::new(|| {
        let kinds = Kinds::all();
        Documents::iter().filter_map(|path| Some(shipped(path.strip_suffix(".yaml")?, &Documents::get(&path)?.data, &kinds))).filter_map(Result::ok).collect()
    });
    &ALL
}

/// # Errors
/// What is wrong with the document; a test reads each of them.
fn shipped(name: &str, document: &[u8], kinds: &Kinds) -> Result<KeptRunbook, String> {
    let yaml = std::str::from_utf8(document).map_err(|error| error.to_string())?;
    let document = read::read(yaml, kinds).map_err(|problems| format!("{problems:?}"))?;
    Ok(KeptRunbook {
        id: id_of(name),
        name: document.name.clone(),
        shipped: true,
        version: 1,
        yaml: yaml.to_owned(),
        document,
        updated_by: None,
        created_at: None,
        updated_at: None,
    })
}

fn id_of(name: &str) -> RunbookId {
    let digest = Sha256::digest(format!("switchboard runbook {name}"));
    RunbookId::from_uuid(Builder::from_custom_bytes(std::array::from_fn(|at| digest[at])).into_uuid())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use domain::{
        environment::Environment,
        runbook::offer::{Occasion, offered},
    };
    use probes::kinds::Cause;
    use strum::IntoEnumIterator;

    use super::*;

    #[test]
    fn every_document_can_be_read_and_has_a_name_of_its_own() {
        let kinds = Kinds::all();
        let mut names = BTreeSet::new();
        for path in Documents::iter().filter(|path| path.ends_with(".yaml")) {
            let document = Documents::get(&path).expect("a file");
            let read = shipped(path.trim_end_matches(".yaml"), &document.data, &kinds).unwrap_or_else(|wrong| panic!("{path}: {wrong}"));
            assert!(names.insert(read.name.clone()), "{path}: {} is taken", read.name);
        }
        assert_eq!(names.len(), all().len());
        assert!(!names.is_empty());
    }

    /// The names of those that are offered and name the cause, the best first.
    fn named(kind: &str, cause: Cause) -> Vec<&'static str> {
        let (kind, cause) = (kind.parse().expect("a kind"), <&str>::from(cause));
        let occasion = Occasion { kind: &kind, cause: Some(cause), tags: &[], environment: Environment::Production };
        let naming = offered(all(), occasion).into_iter().filter(|runbook| runbook.document.applies_to.causes.iter().any(|named| named == cause));
        naming.map(|runbook| runbook.name.as_str()).collect()
    }

    #[test]
    fn each_cause_has_its_runbook_whatever_the_kind_that_can_have_it() {
        let kinds = Kinds::all();
        let ids: Vec<_> = kinds.iter().map(|kind| kind.descriptor().id).collect();
        for cause in Cause::iter() {
            assert!(ids.iter().any(|kind| !named(kind, cause).is_empty()), "{cause:?} has no runbook");
        }
        // What can befall whatever is reached over a network.
        let anywhere =
            [Cause::NameNotFound, Cause::Refused, Cause::Unreachable, Cause::TimedOut, Cause::ConnectionClosed, Cause::Denied, Cause::CertificateExpired];
        for (kind, cause) in ids.iter().flat_map(|kind| anywhere.map(|cause| (kind, cause))) {
            assert!(!named(kind, cause).is_empty(), "{cause:?} of {kind} has no runbook");
        }
    }

    /// What a person is to read first.
    #[test]
    fn the_best_is_the_one_that_is_meant() {
        let table = [
            ("postgres", Cause::TooManyConnections, "Database connections are exhausted"),
            ("postgres", Cause::AuthRejected, "Sign-in fails"),
            ("postgres", Cause::Refused, "The database refuses connections"),
            ("postgres", Cause::WaitsForLock, "The database is slow"),
            ("redis", Cause::NearLimit, "Memory is short"),
            ("http", Cause::CertificateExpired, "Certificate is invalid or expires"),
            ("http", Cause::UnexpectedStatus, "The application does not answer"),
            ("http", Cause::TokenRefused, "An OAuth connection fails"),
            ("supabase", Cause::ServiceFailed, "Functions fail"),
            ("s3", Cause::PermissionDenied, "Object storage refuses"),
            ("smtp", Cause::RecipientRefused, "Mail is refused"),
            ("dns", Cause::RecordMissing, "A name leads nowhere"),
        ];
        for (kind, cause, expected) in table {
            assert_eq!(named(kind, cause).first(), Some(&expected), "{cause:?} of {kind}: {:?}", named(kind, cause));
        }
    }
}
