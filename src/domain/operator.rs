//! Who may do what.

use serde::{Deserialize, Serialize};

use super::{
    ids::{ApiTokenId, InvitationId, OperatorId, TeamId},
    permission::Permission,
    time::Timestamp,
    token_limits::TokenLimits,
};

pub use super::permission::Role;

/// The owner of every row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(sqlx::FromRow, utoipa::ToSchema))]
pub struct Team {
    #[cfg_attr(feature = "server", schema(value_type = Uuid))]
    pub id: TeamId,
    /// Stands in commands: lower-case letters, digits and hyphens.
    pub slug: String,
    pub name: String,
    /// People without a second factor may do nothing in it but set one up.
    pub requires_second_factor: bool,
}

/// A person who signs in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(sqlx::FromRow, utoipa::ToSchema))]
pub struct Operator {
    #[cfg_attr(feature = "server", schema(value_type = Uuid))]
    pub id: OperatorId,
    pub email: String,
    pub role: Role,
    pub created_at: Timestamp,
    /// Since when they cannot sign in.
    pub disabled_at: Option<Timestamp>,
}

/// Who a person is at an identity provider.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "server", derive(sqlx::FromRow))]
pub struct LinkedIdentity {
    pub issuer: String,
    /// Names them there, for ever.
    pub subject: String,
    pub created_at: Timestamp,
}

/// Someone who may join the team by a link, until they do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(sqlx::FromRow, utoipa::ToSchema))]
pub struct Invitation {
    #[cfg_attr(feature = "server", schema(value_type = Uuid))]
    pub id: InvitationId,
    pub email: String,
    pub role: Role,
    /// Who invited them.
    pub created_by: String,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
}

/// A program's key to the HTTP API; the secret itself is never kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(sqlx::FromRow, utoipa::ToSchema))]
pub struct ApiToken {
    #[cfg_attr(feature = "server", schema(value_type = Uuid))]
    pub id: ApiTokenId,
    pub name: String,
    /// The first characters of the secret, enough to recognise it by.
    pub prefix: String,
    pub role: Role,
    #[serde(flatten)]
    #[cfg_attr(feature = "server", sqlx(flatten))]
    pub limits: TokenLimits,
    /// Who made it; empty for one that is older than this was noted.
    pub created_by: String,
    pub created_at: Timestamp,
    pub last_used_at: Option<Timestamp>,
    /// Until when the secret before the last rotation is good, too.
    pub previous_until: Option<Timestamp>,
}

/// Who acts: a person in a session, or a program with a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    pub team: TeamId,
    pub role: Role,
    /// An e-mail address, or `token NAME`: what history shows.
    pub name: String,
    pub who: Who,
    /// How far they may go within the role.
    pub limits: TokenLimits,
    /// Their team demands a second factor, and they have none: until they do, only what is their own concerns them.
    pub owes_second_factor: bool,
    pub proof: Proof,
}

impl Actor {
    pub fn may(&self, permission: Permission) -> bool {
        self.role >= permission.least_role() && self.limits.allows(permission) && !self.is_held_up(permission)
    }

    /// Whether they must set up a second factor first.
    pub fn is_held_up(&self, permission: Permission) -> bool {
        self.owes_second_factor && permission != Permission::ManageProfile
    }
}

/// What showed at the sign-in who a person is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Proof {
    /// And a code, of whoever has a second factor.
    #[default]
    Password,
    /// A device that they have, which asked them who they are: two factors in one.
    Passkey,
    /// The identity provider vouched for them, and asks for as much as its owner wants.
    Provider,
}

impl Proof {
    /// Whether a team that demands a second factor asks for nothing more.
    pub const fn is_enough(self) -> bool {
        matches!(self, Self::Passkey | Self::Provider)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Who {
    Operator(OperatorId),
    Token(ApiTokenId),
    /// Someone with a shell on the server.
    CommandLine,
}
