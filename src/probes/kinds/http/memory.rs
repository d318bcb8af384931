//! What is worked out once for a connection and kept while it is watched: its conditions, and its access token.

use std::{
    sync::{Arc, OnceLock},
    time::{Duration, Instant},
};

use parking_lot::Mutex;
use secrecy::SecretString;

use super::{
    condition::Condition,
    plan::{self, invalid},
};
use crate::kinds::{Failure, Target};

/// A token is not used in this last part of its life, so that it does not expire on its way.
const LAST_PART: u32 = 10;
/// Longest that a token is kept, however long it lives: that the client may still fetch one is watched too.
const LONGEST: Duration = Duration::from_secs(60 * 60);

#[derive(Default)]
pub struct Memory {
    conditions: OnceLock<Result<Arc<[Condition]>, String>>,
    token: Mutex<Option<Token>>,
}

struct Token {
    value: SecretString,
    /// A digest of everything it was asked for with: for anything else there is no token.
    asked_with: [u8; 32],
    used_until: Instant,
}

/// The conditions of the settings, read once.
///
/// # Errors
/// One that cannot be read; settings that passed the check have none.
pub fn conditions(target: &Target) -> Result<Arc<[Condition]>, Failure> {
    let read = || plan::conditions(&target.settings).map(|(_, condition)| condition).collect();
    let conditions = match target.memory.of::<Memory>() {
        Some(memory) => memory.conditions.get_or_init(read).clone(),
        None => read(),
    };
    conditions.map_err(invalid)
}

/// The token that is kept for exactly this question.
pub fn token(target: &Target, asked_with: &[u8; 32]) -> Option<SecretString> {
    let token = target.memory.of::<Memory>()?.token.lock();
    token.as_ref().filter(|token| token.asked_with == *asked_with && Instant::now() < token.used_until).map(|token| token.value.clone())
}

pub fn keep_token(target: &Target, asked_with: [u8; 32], value: &str, lives: Duration) {
    let kept = (lives - lives / LAST_PART).min(LONGEST);
    if let Some(memory) = target.memory.of::<Memory>() {
        *memory.token.lock() = Some(Token { value: value.into(), asked_with, used_until: Instant::now() + kept });
    }
}

pub fn drop_token(target: &Target) {
    if let Some(memory) = target.memory.of::<Memory>() {
        *memory.token.lock() = None;
    }
}
