//! What a column of text holds by its name, such as `acknowledged`: the same in both databases.

use sqlx::{Database, Decode, Encode, Type, encode::IsNull, error::BoxDynError};

use super::{
    audit::{AuditAct, AuditedThing},
    channel::Digest,
    delivery::{DeliveryReason, DeliveryStatus},
    diagnostic::{RunStatus, Verdict},
    environment::Environment,
    error_group::GroupStatus,
    health::HealthStatus,
    incident::{IncidentStage, IncidentStatus, TimelineKind},
    maintenance_task::MaintenanceTask,
    permission::Role,
    profile::{ConnectionAct, State},
    runbook::execution::{ExecutionStatus, Outcome as ExecutionOutcome},
    severity::{IncidentSeverity, Severity},
    suppression_reason::SuppressionReason,
    verification::{StepOutcome, VerificationOutcome},
};

/// As `derive(sqlx::Type)` writes it, which needs both databases' drivers compiled a second time, for the compiler's own use.
macro_rules! text_columns {
    ($($name:ty),+ $(,)?) => {$(
        impl<DB: Database> Type<DB> for $name
        where
            str: Type<DB>,
        {
            fn type_info() -> DB::TypeInfo {
                str::type_info()
            }

            fn compatible(ty: &DB::TypeInfo) -> bool {
                str::compatible(ty)
            }
        }

        impl<'q, DB: Database> Encode<'q, DB> for $name
        where
            &'static str: Encode<'q, DB>,
        {
            fn encode_by_ref(&self, buf: &mut DB::ArgumentBuffer) -> Result<IsNull, BoxDynError> {
                <&'static str>::from(*self).encode(buf)
            }
        }

        impl<'r, DB: Database> Decode<'r, DB> for $name
        where
            &'r str: Decode<'r, DB>,
        {
            fn decode(value: DB::ValueRef<'r>) -> Result<Self, BoxDynError> {
                Ok(<&str>::decode(value)?.parse()?)
            }
        }
    )+};
}

text_columns!(
    AuditAct,
    AuditedThing,
    ConnectionAct,
    DeliveryReason,
    DeliveryStatus,
    Digest,
    Environment,
    ExecutionOutcome,
    ExecutionStatus,
    GroupStatus,
    HealthStatus,
    IncidentSeverity,
    IncidentStage,
    IncidentStatus,
    MaintenanceTask,
    Role,
    RunStatus,
    Severity,
    State,
    StepOutcome,
    SuppressionReason,
    TimelineKind,
    Verdict,
    VerificationOutcome,
);
