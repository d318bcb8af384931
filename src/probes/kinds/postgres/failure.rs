//! What went wrong between us and a PostgreSQL, by its SQLSTATE where it gave one.

use std::{error::Error as _, io};

use tokio_postgres::{
    Error,
    error::{DbError, SqlState},
};

use crate::{
    kinds::{Cause, Failure},
    system_error,
    tls::TlsError,
};

/// Longest message of a server that is passed on, in characters.
const LONGEST: usize = 300;

pub fn classify(error: &Error) -> Failure {
    if let Some(answer) = error.as_db_error() {
        return Failure::new(cause_of(answer), message_of(answer));
    }
    if let Some(error) = error.source().and_then(|source| source.downcast_ref::<io::Error>()) {
        return of_io(error);
    }
    if error.is_closed() {
        return Failure::new(Cause::ConnectionClosed, "The server closed the connection.");
    }
    match error.source().map(ToString::to_string).as_deref() {
        Some("password missing") => Failure::new(Cause::AuthRejected, "The server asks for a password, and none is set."),
        Some("unsupported authentication method" | "unsupported SASL mechanism") => {
            Failure::new(Cause::SignInForbidden, "The server asks to sign in by a method that the console does not know; it knows passwords and SCRAM.")
        }
        _ => not_postgres(),
    }
}

/// An error of the connection itself, or of the TLS in it.
pub fn of_io(error: &io::Error) -> Failure {
    use io::ErrorKind;

    if let Some(error) = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        return TlsError::from(error).into();
    }
    match error.kind() {
        ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted | ErrorKind::BrokenPipe => {
            Failure::new(Cause::ConnectionClosed, "The server closed the connection.")
        }
        ErrorKind::InvalidData | ErrorKind::InvalidInput | ErrorKind::Other => not_postgres(),
        _ => Failure::new(Cause::Network, format!("The connection broke: {}.", system_error::words(error))),
    }
}

pub fn not_postgres() -> Failure {
    Failure::new(Cause::UnexpectedAnswer, "The answer is not PostgreSQL's protocol.")
}

fn cause_of(answer: &DbError) -> Cause {
    match answer.code() {
        &SqlState::INVALID_PASSWORD => Cause::AuthRejected,
        &SqlState::INVALID_AUTHORIZATION_SPECIFICATION if answer.message().contains("client certificate") => Cause::ClientCertificateMissing,
        &SqlState::INVALID_AUTHORIZATION_SPECIFICATION if wants_encryption(answer.message()) => Cause::SignInWantsTls,
        // Servers that ask for no password say so; others do not tell it from a wrong one.
        &SqlState::INVALID_AUTHORIZATION_SPECIFICATION if answer.message().ends_with("does not exist") => Cause::AuthRejected,
        &SqlState::INVALID_AUTHORIZATION_SPECIFICATION => Cause::SignInForbidden,
        &SqlState::INVALID_CATALOG_NAME => Cause::DatabaseMissing,
        &SqlState::INSUFFICIENT_PRIVILEGE => Cause::PermissionDenied,
        // The database accepts no connections. Elsewhere the same code is about a state of the server, such as a library that it did not load.
        &SqlState::OBJECT_NOT_IN_PREREQUISITE_STATE if answer.routine() == Some("CheckMyDatabase") => Cause::PermissionDenied,
        &SqlState::DISK_FULL | &SqlState::OUT_OF_MEMORY => Cause::NearLimit,
        &SqlState::TOO_MANY_CONNECTIONS => Cause::TooManyConnections,
        &SqlState::CANNOT_CONNECT_NOW | &SqlState::ADMIN_SHUTDOWN | &SqlState::CRASH_SHUTDOWN => Cause::NotReady,
        code if is_of_poolers(code) => of_pooler(answer.message()),
        _ => Cause::ServiceFailed,
    }
}

/// As servers and proxies say that let nobody in without encryption. PostgreSQL itself says of pg_hba.conf only that there was none.
fn wants_encryption(message: &str) -> bool {
    ["requires TLS", "SSL connection is required"].iter().any(|words| message.contains(words))
}

/// Whether it is of those that pgbouncer (the first), Supavisor and pgcat have for everything, so that their words tell.
fn is_of_poolers(code: &SqlState) -> bool {
    [SqlState::PROTOCOL_VIOLATION, SqlState::INTERNAL_ERROR, SqlState::SYSTEM_ERROR].contains(code)
}

/// Whether a pooler may have refused before it looked at the role: PostgreSQL looks for the database last.
pub fn may_precede_sign_in(error: &Error) -> bool {
    error.code().is_some_and(is_of_poolers)
}

fn of_pooler(message: &str) -> Cause {
    let message = message.to_ascii_lowercase();
    let table = [
        ("no such database", Cause::DatabaseMissing),
        // Of the server behind it, whose code it keeps to itself.
        ("\" does not exist", Cause::DatabaseMissing),
        ("not allowed", Cause::SignInForbidden),
        ("database does not exist", Cause::DatabaseMissing),
        ("no pool configured for database", Cause::DatabaseMissing),
        ("is disabled", Cause::PermissionDenied),
        ("no more connections allowed", Cause::TooManyConnections),
        ("max client", Cause::TooManyConnections),
        ("too many", Cause::TooManyConnections),
        ("shutting down", Cause::NotReady),
        ("query_wait_timeout", Cause::NotReady),
        ("cannot connect to server", Cause::NotReady),
        ("no such user", Cause::AuthRejected),
        ("tenant or user not found", Cause::AuthRejected),
        ("authentication failed", Cause::AuthRejected),
        ("auth failed", Cause::AuthRejected),
        ("server login has been failing", Cause::NotReady),
        ("server_login_retry", Cause::NotReady),
        ("ssl required", Cause::SignInWantsTls),
        ("tls required", Cause::SignInWantsTls),
        ("login rejected", Cause::SignInForbidden),
    ];
    table.into_iter().find(|(words, _)| message.contains(words)).map_or(Cause::ServiceFailed, |(_, cause)| cause)
}

/// The server's message on one line, with its SQLSTATE.
fn message_of(answer: &DbError) -> String {
    let message: String = answer.message().chars().map(|c| if c.is_control() { ' ' } else { c }).take(LONGEST).collect();
    let mut letters = message.trim().chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{} (SQLSTATE {}).", letters.as_str().trim_end_matches('.'), answer.code().code())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pooler_is_understood_by_its_words() {
        for (message, cause) in [
            ("password authentication failed", Cause::AuthRejected),
            ("SASL authentication failed", Cause::AuthRejected),
            ("no such user: orders", Cause::AuthRejected),
            ("no such database: nowhere", Cause::DatabaseMissing),
            ("database \"nowhere\" does not exist", Cause::DatabaseMissing),
            ("not allowed", Cause::SignInForbidden),
            ("no more connections allowed (max_client_conn)", Cause::TooManyConnections),
            ("pgbouncer is shutting down", Cause::NotReady),
            ("server login has been failing, cached error: connect failed (server_login_retry)", Cause::NotReady),
            ("server login has been failing, cached error: password authentication failed for user (server_login_retry)", Cause::AuthRejected),
            ("invalid startup packet", Cause::ServiceFailed),
            ("pgbouncer cannot connect to server", Cause::NotReady),
            ("SSL required", Cause::SignInWantsTls),
            ("Tenant or user not found", Cause::AuthRejected),
            ("Max client connections reached", Cause::TooManyConnections),
            ("No pool configured for database: \"nowhere\", user: \"orders\"", Cause::DatabaseMissing),
        ] {
            assert_eq!(of_pooler(message), cause, "{message}");
        }
    }
}
