//! The runbooks that come with the console: `runbooks/` of the project, inside the binary.

use std::{borrow::Cow, sync::LazyLock};

use domain::{ids::RunbookId, runbook::KeptRunbook};
use probes::kinds::Kinds;
use rust_embed::RustEmbed;
use sha2::{Digest, Sha256};
use uuid::Builder;

use super::read;

#[derive(RustEmbed)]
#[folder = "../../runbooks"]
struct Documents;

const SCHEMA: &str = "schema.json";

/// Each has an id made of its file's name, the same in every console.
pub fn all() -> &'static [KeptRunbook] {
    static ALL: LazyLock<Vec<KeptRunbook>> = LazyLock::new(|| {
        let (readable, unreadable) = read_all(Documents::iter().filter_map(|path| Documents::get(&path).map(|file| (path, file.data))));
        for wrong in unreadable {
            tracing::error!(%wrong, "a runbook that comes with the console cannot be read; it is left out");
        }
        readable
    });
    &ALL
}

/// Those that can be read, and of each other one its file and what is wrong with it. The schema stands beside them.
fn read_all<'a>(files: impl Iterator<Item = (Cow<'a, str>, Cow<'a, [u8]>)>) -> (Vec<KeptRunbook>, Vec<String>) {
    let kinds = Kinds::all();
    let (mut readable, mut unreadable) = (Vec::new(), Vec::new());
    for (path, document) in files.filter(|(path, _)| path != SCHEMA) {
        let read = path.strip_suffix(".yaml").ok_or_else(|| "its name does not end in .yaml".to_owned());
        match read.and_then(|name| shipped(name, &document, &kinds)) {
            Ok(runbook) => readable.push(runbook),
            Err(wrong) => unreadable.push(format!("{path}: {wrong}")),
        }
    }
    (readable, unreadable)
}

/// # Errors
/// What is wrong with the document.
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
        let files = Documents::iter().map(|path| (path.clone(), Documents::get(&path).expect("a file").data));
        let (readable, unreadable) = read_all(files);
        assert_eq!(unreadable, Vec::<String>::new());
        let names: BTreeSet<_> = readable.iter().map(|runbook| runbook.name.clone()).collect();
        assert_eq!((names.len(), readable.len()), (all().len(), all().len()));
        assert_eq!(readable.len() + 1, Documents::iter().count(), "all but the schema");
    }

    #[test]
    fn one_that_cannot_be_read_is_named_and_the_others_stay() {
        let whole = "name: Look\nsteps:\n  - { title: Look, do: manual }\n";
        let files = [("whole.yaml", whole), ("broken.yaml", "name: Look\nsteps:\n  - { title: Look, do: jump }\n"), ("other.yml", whole), (SCHEMA, "{}")];
        let (readable, unreadable) = read_all(files.into_iter().map(|(path, text)| (Cow::from(path), Cow::from(text.as_bytes()))));
        assert_eq!(readable.iter().map(|runbook| runbook.name.as_str()).collect::<Vec<_>>(), ["Look"]);
        assert!(
            matches!(&unreadable[..], [broken, other] if broken.starts_with("broken.yaml: ") && broken.contains("jump") && other.starts_with("other.yml: ")),
            "{unreadable:?}"
        );
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

    #[test]
    fn what_is_offered_for_a_cause_names_it() {
        let kinds = Kinds::all();
        for (kind, cause) in kinds.iter().flat_map(|kind| Cause::iter().map(|cause| (kind.descriptor().id, cause))) {
            let id = kind.parse().expect("a kind");
            let occasion = Occasion { kind: &id, cause: Some(cause.into()), tags: &[], environment: Environment::Production };
            let names: Vec<_> = offered(all(), occasion).into_iter().map(|runbook| runbook.name.as_str()).collect();
            assert_eq!(names, named(kind, cause), "{cause:?} of {kind}");
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
