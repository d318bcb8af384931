//! What went wrong between us and a Redis, by the code it gave. Its own words are not passed on: some repeat what was sent, password and all.

use std::{error::Error, io, sync::Arc};

use redis::{ErrorKind, RedisError};

use crate::{
    kinds::{Cause, Failure},
    tls::TlsError,
};

/// What was being done; the same code means different things.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    SigningIn,
    /// The number of the database.
    Selecting(i64),
    /// The name of the command.
    Asking(&'static str),
}

pub fn classify(error: &RedisError, stage: Stage) -> Failure {
    if let Some(code) = error.code() {
        return answered(code, error.detail().unwrap_or_default(), stage);
    }
    if error.kind() != ErrorKind::Io {
        return Failure::new(Cause::UnexpectedAnswer, "The answer is not Redis's protocol.");
    }
    if let Some(error) = tls_error(error) {
        return TlsError::from(error).into();
    }
    if error.is_connection_dropped() {
        return Failure::new(Cause::ConnectionClosed, "The server closed the connection.");
    }
    Failure::new(Cause::Network, "The connection broke.")
}

fn tls_error(error: &RedisError) -> Option<&rustls::Error> {
    // The client keeps what it was given behind a pointer, and calls the pointer the source.
    let kept = error.source()?.downcast_ref::<Arc<dyn Error + Send + Sync>>()?;
    (**kept).downcast_ref::<io::Error>()?.get_ref()?.downcast_ref()
}

fn answered(code: &str, detail: &str, stage: Stage) -> Failure {
    let known = |cause, found: &str| Failure::new(cause, found);
    match (code, stage) {
        ("NOAUTH", _) => known(Cause::AuthRejected, "The server asks for a password, and none is set."),
        ("WRONGPASS", _) => known(Cause::AuthRejected, "The server refused the user or the password (WRONGPASS)."),
        ("NOPERM", Stage::Asking(command)) if detail.to_ascii_lowercase().contains("permissions to access") => Failure::new(
            Cause::PermissionDenied,
            format!("The user may run {command}, but not on the key it was tried with (NOPERM). A prefix of keys can be set."),
        ),
        ("NOPERM", Stage::Asking(command)) => Failure::new(Cause::PermissionDenied, format!("The user may not run {command} (NOPERM).")),
        ("NOPERM", _) => known(Cause::PermissionDenied, "The user may not do this (NOPERM)."),
        ("DENIED", _) => known(Cause::SignInForbidden, "The server is in protected mode: without a password it answers its own machine only (DENIED)."),
        (code @ ("MOVED" | "ASK"), _) => Failure::new(Cause::UnexpectedAnswer, format!("Another node of the cluster holds this key ({code}).")),
        ("CLUSTERDOWN", _) => known(Cause::ClusterDown, "The cluster is down (CLUSTERDOWN)."),
        ("LOADING" | "MASTERDOWN" | "BUSY" | "TRYAGAIN", _) => Failure::new(Cause::NotReady, format!("The server is not ready ({code}).")),
        // As hosted servers word the quota of a plan.
        ("ERR", _) if detail.contains("limit exceeded") => known(Cause::NearLimit, "The server says that a limit is exceeded (ERR)."),
        ("ERR", _) if detail.contains("max number of clients") => known(Cause::TooManyConnections, "The server has as many clients as it takes."),
        ("OOM", _) => known(Cause::NearLimit, "The server has no memory left for writes (OOM)."),
        ("READONLY", _) => known(Cause::OnReplica, "The server is a replica, which takes no writes (READONLY)."),
        ("MISCONF", _) => known(Cause::ServiceFailed, "The server takes no writes, because it cannot save to its disk (MISCONF)."),
        ("ERR", Stage::SigningIn) => known(Cause::AuthRejected, refusal(detail)),
        ("ERR", Stage::Selecting(_)) if detail.contains("cluster mode") => {
            known(Cause::ConfigurationInvalid, "The server is part of a cluster, which has only database 0.")
        }
        ("ERR", Stage::Selecting(number)) => Failure::new(Cause::DatabaseMissing, format!("The server has no database {number}.")),
        ("ERR", Stage::Asking(command)) => Failure::new(Cause::ServiceFailed, format!("The server answered {command} with an error (ERR).")),
        ("NOREPLICAS", _) => known(Cause::NotReady, "The server takes no writes, because too few replicas are connected (NOREPLICAS)."),
        (code, _) if is_plain(code) => Failure::new(Cause::ServiceFailed, format!("The server answered with an error ({code}).")),
        _ => known(Cause::ServiceFailed, "The server answered with an error."),
    }
}

/// Whether it is made like a code of Redis, and not like something that was sent.
fn is_plain(code: &str) -> bool {
    code.len() <= 20 && code.bytes().all(|byte| byte.is_ascii_uppercase())
}

/// Whether a node of a cluster, healthy as it is, says that another one holds the key.
pub fn is_held_elsewhere(error: &RedisError) -> bool {
    matches!(error.code(), Some("MOVED" | "ASK"))
}

fn refusal(detail: &str) -> &'static str {
    if detail.contains("without any password configured") || detail.contains("no password is set") {
        "A password was sent, but the server has none set for this user."
    } else if detail.contains("unknown command") {
        "The server knows no sign-in (AUTH): leave the user and the password empty."
    } else if detail.contains("wrong number of arguments") {
        "The server knows no users, only a password: leave the user empty."
    } else {
        "The server refused the password."
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_may_not_be_used_is_not_a_command_that_may_not_be_run() {
        let of = |detail: &str| answered("NOPERM", detail, Stage::Asking("SET")).found;
        assert!(of("No permissions to access a key").starts_with("The user may run SET, but not on the key"));
        assert!(of("this user has no permissions to access one of the keys used as arguments").starts_with("The user may run SET"));
        assert!(of("User keycloak has no permissions to access the 'a' key").starts_with("The user may run SET, but not on the key"));
        for user in ["this user", "User keycloak", "User monkey", "User key"] {
            assert_eq!(of(&format!("{user} has no permissions to run the 'set' command")), "The user may not run SET (NOPERM).");
        }
    }

    #[test]
    fn an_error_without_words_of_its_own_is_told_by_its_code() {
        assert_eq!(answered("CROSSSLOT", "", Stage::Asking("SET")).found, "The server answered with an error (CROSSSLOT).");
        assert_eq!(answered("NOREPLICAS", "", Stage::Asking("SET")).cause, Cause::NotReady);
        assert_eq!(answered("ERR", "SELECT is not allowed in cluster mode", Stage::Selecting(3)).cause, Cause::ConfigurationInvalid);
    }

    #[test]
    fn nothing_a_server_repeats_is_passed_on() {
        let repeated = "unknown command 'AUTH', with args beginning with: 'orders' 's3cret'";
        for stage in [Stage::SigningIn, Stage::Selecting(1), Stage::Asking("PING")] {
            for code in ["ERR", "WRONGPASS", "s3cret"] {
                assert!(!answered(code, repeated, stage).found.contains("s3cret"), "{code} {stage:?}");
            }
        }
    }
}
