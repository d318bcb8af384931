//! Typed identifiers: an [`Id<T>`] of one thing cannot be passed where another is meant.

use std::{fmt, hash, marker::PhantomData, str::FromStr};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// UUIDv7 of a `T`, so ids sort by the time they were made.
#[derive(Serialize, Deserialize)]
#[serde(transparent, bound = "")]
pub struct Id<T>(Uuid, #[serde(skip)] PhantomData<fn() -> T>);

/// What ids are told apart by. The rows themselves stand above this module.
pub mod tag {
    pub enum Profile {}
    pub enum Incident {}
    pub enum Run {}
    pub enum Evidence {}
    pub enum Notification {}
    pub enum Verification {}
    pub enum Window {}
    pub enum Silence {}
    pub enum Team {}
    pub enum Operator {}
    pub enum ApiToken {}
    pub enum Invitation {}
    pub enum Passkey {}
    pub enum Channel {}
    pub enum Delivery {}
    pub enum ActionItem {}
    pub enum ErrorGroup {}
    pub enum Runbook {}
    pub enum Execution {}
    pub enum Contact {}
    pub enum Schedule {}
    pub enum EscalationPolicy {}
}

pub type ProfileId = Id<tag::Profile>;
pub type IncidentId = Id<tag::Incident>;
pub type RunId = Id<tag::Run>;
pub type EvidenceId = Id<tag::Evidence>;
pub type NotificationId = Id<tag::Notification>;
pub type VerificationId = Id<tag::Verification>;
pub type WindowId = Id<tag::Window>;
pub type SilenceId = Id<tag::Silence>;
pub type TeamId = Id<tag::Team>;
pub type OperatorId = Id<tag::Operator>;
pub type ApiTokenId = Id<tag::ApiToken>;
pub type InvitationId = Id<tag::Invitation>;
pub type PasskeyId = Id<tag::Passkey>;
pub type ChannelId = Id<tag::Channel>;
pub type DeliveryId = Id<tag::Delivery>;
pub type ActionItemId = Id<tag::ActionItem>;
pub type ErrorGroupId = Id<tag::ErrorGroup>;
pub type RunbookId = Id<tag::Runbook>;
pub type ExecutionId = Id<tag::Execution>;
pub type ContactId = Id<tag::Contact>;
pub type ScheduleId = Id<tag::Schedule>;
pub type EscalationPolicyId = Id<tag::EscalationPolicy>;

impl<T> Id<T> {
    pub const fn from_uuid(uuid: Uuid) -> Self {
        Self(uuid, PhantomData)
    }

    pub const fn as_uuid(&self) -> Uuid {
        self.0
    }

    #[cfg(feature = "server")]
    pub fn new() -> Self {
        Self::from_uuid(Uuid::now_v7())
    }
}

#[cfg(feature = "server")]
impl<T> Default for Id<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> Clone for Id<T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for Id<T> {}
impl<T> PartialEq for Id<T> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}
impl<T> Eq for Id<T> {}
impl<T> hash::Hash for Id<T> {
    fn hash<H: hash::Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}
impl<T> fmt::Debug for Id<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
impl<T> fmt::Display for Id<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
impl<T> FromStr for Id<T> {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Uuid::parse_str(text).map(Self::from_uuid)
    }
}

#[cfg(feature = "server")]
mod column {
    use sqlx::{Database, Decode, Encode, encode::IsNull, error::BoxDynError};
    use utoipa::openapi::{KnownFormat, ObjectBuilder, RefOr, Schema, SchemaFormat, schema::Type};

    use super::{Id, Uuid};

    impl<T, DB: Database> sqlx::Type<DB> for Id<T>
    where
        Uuid: sqlx::Type<DB>,
    {
        fn type_info() -> DB::TypeInfo {
            Uuid::type_info()
        }

        fn compatible(ty: &DB::TypeInfo) -> bool {
            Uuid::compatible(ty)
        }
    }

    impl<'q, T, DB: Database> Encode<'q, DB> for Id<T>
    where
        Uuid: Encode<'q, DB>,
    {
        fn encode_by_ref(&self, buf: &mut DB::ArgumentBuffer) -> Result<IsNull, BoxDynError> {
            self.0.encode_by_ref(buf)
        }
    }

    impl<'r, T, DB: Database> Decode<'r, DB> for Id<T>
    where
        Uuid: Decode<'r, DB>,
    {
        fn decode(value: DB::ValueRef<'r>) -> Result<Self, BoxDynError> {
            Uuid::decode(value).map(Self::from_uuid)
        }
    }

    // What `derive(ToSchema)` writes for a newtype; the derive itself cannot look past the phantom field.
    impl<T> utoipa::__dev::ComposeSchema for Id<T> {
        fn compose(_: Vec<RefOr<Schema>>) -> RefOr<Schema> {
            let format = SchemaFormat::KnownFormat(KnownFormat::Uuid);
            ObjectBuilder::new().schema_type(Type::String).format(Some(format)).into()
        }
    }

    impl<T> utoipa::ToSchema for Id<T> {}
}
