//! What a person signs in with instead of a password.

use super::{ids::PasskeyId, time::Timestamp};

/// As its person sees it. Its public key is of no use to anybody, and its private key stays where it was made.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Passkey {
    pub id: PasskeyId,
    pub name: String,
    pub created_at: Timestamp,
    /// When it last signed somebody in.
    pub last_used_at: Option<Timestamp>,
}
