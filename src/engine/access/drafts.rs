//! What somebody typed into a form whose session had ended, on its way through the sign-in: sealed for the one person whom the form was shown to.

use std::time::Duration;

use base64::{Engine, prelude::BASE64_STANDARD_NO_PAD};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{Console, scope::Client, signed_id};
use domain::{ids::OperatorId, time::Timestamp};

const PURPOSE: &[u8] = b"forms that a person was shown";
/// As long as the session of somebody who has not signed in.
const LIVES: Duration = Duration::from_secs(15 * 60);
/// Of what was typed, in bytes of JSON: twice the longest document that a form takes.
const LARGEST: usize = 128 * 1_024;

#[derive(Serialize, Deserialize)]
struct Draft<T> {
    typed_at: Timestamp,
    typed: T,
}

/// What each form says of the person whom it is shown to. So only they leave a draft here, and nobody who was never let in fills the database.
pub fn mark(console: &Console, person: OperatorId) -> Option<String> {
    // The current key is there, or nothing else would work.
    signed_id::sign(&console.vault, PURPOSE, person.as_uuid()).ok()
}

/// Seals what came back with the `mark` of a form. Nothing where the form is none of ours, where it is too large, or where too many come from the client.
pub fn seal(console: &Console, client: &Client, mark: &str, typed: &impl Serialize) -> Option<String> {
    let person = OperatorId::from_uuid(signed_id::read(&console.vault, PURPOSE, mark)?);
    let text = serde_json::to_string(&Draft { typed_at: console.clock.now(), typed }).ok().filter(|text| text.len() <= LARGEST)?;
    console.sign_in_limits.check_address(client.address).ok()?;
    Some(BASE64_STANDARD_NO_PAD.encode(console.vault.seal_text(&place(person), &text.into()).ok()?))
}

/// What was sealed for `person`, as long as it is young enough.
pub fn open<T: DeserializeOwned>(console: &Console, person: OperatorId, sealed: &str) -> Option<T> {
    let text = console.vault.open_text(&place(person), &BASE64_STANDARD_NO_PAD.decode(sealed).ok()?).ok()?;
    let Draft { typed_at, typed } = serde_json::from_str(text.expose_secret()).ok()?;
    (console.clock.now() < typed_at + LIVES).then_some(typed)
}

fn place(person: OperatorId) -> String {
    format!("draft of {person}")
}
