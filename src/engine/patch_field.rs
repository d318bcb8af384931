//! Members of an edit: absent, `null`, or a value.

use serde::{Deserialize, Deserializer};

/// Tells a member that is `null` from one that is absent: for `deserialize_with`, beside `default`.
///
/// # Errors
/// Those of the value.
pub fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<T>>, D::Error> {
    Option::<T>::deserialize(deserializer).map(Some)
}

/// Refuses `null` for a member that cannot be cleared: for `deserialize_with`, beside `default`.
///
/// # Errors
/// Those of the value; `null`.
pub fn never_null<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}
