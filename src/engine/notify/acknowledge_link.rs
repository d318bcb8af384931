//! Links in messages by which whoever was told takes an incident on, without signing in.
//!
//! A link names the delivery it came with, under a signature: nothing of it is kept, and the same message is written the same way again. It is good for
//! a day and for one incident, which is acknowledged once.

use std::time::Duration;

use domain::{
    delivery::{Delivery, DeliveryReason},
    ids::DeliveryId,
    time::Timestamp,
};

use crate::{
    Console, signed_id,
    vault::{Vault, VaultError},
};

const PURPOSE: &[u8] = b"links that acknowledge incidents";
const LIVES: Duration = Duration::from_secs(24 * 60 * 60);

/// Where the links lead.
const PATH: &str = "/acknowledge";

/// The link for a message; none for one that asks nobody to take anything on.
pub fn of(console: &Console, delivery: &Delivery) -> Option<String> {
    use DeliveryReason::{Escalated, Opened, Overdue, Reminder};
    let asks = delivery.incident_id.is_some() && matches!(delivery.reason, Opened | Escalated | Reminder | Overdue);
    let token = asks.then(|| token(&console.vault, delivery.id)).transpose();
    // The current key is there, or nothing else would work.
    token.ok().flatten().map(|token| format!("{}{PATH}/{token}", console.sending.address))
}

/// The token of a link.
///
/// # Errors
/// There is no key.
pub fn token(vault: &Vault, id: DeliveryId) -> Result<String, VaultError> {
    signed_id::sign(vault, PURPOSE, id.as_uuid())
}

/// The delivery that a token names; none where no key of the ring has signed it.
pub fn read(vault: &Vault, token: &str) -> Option<DeliveryId> {
    signed_id::read(vault, PURPOSE, token).map(DeliveryId::from_uuid)
}

/// Whether the link of a message may still be used.
pub fn is_alive(sent: &Delivery, now: Timestamp) -> bool {
    now < sent.created_at + LIVES
}
