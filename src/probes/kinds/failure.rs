//! Why a scenario failed, in words for the person: what it means and what to do.

use std::io;

use super::{Artefact, Measured};
use crate::{egress::DialError, tls::TlsError};

/// A scenario's failure: the cause gives `why` and `remediation`, `found` says what was seen.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure {
    pub cause: Cause,
    pub found: String,
    /// Only warns, though the scenario is blocking: near a limit, not over it.
    pub warns: bool,
    /// Which scenario it belongs to, where that is another than the one that ran: a heartbeat stands for several.
    pub scenario: Option<&'static str>,
    pub evidence: Vec<Artefact>,
    pub measured: Vec<Measured>,
}

impl Failure {
    pub fn new(cause: Cause, found: impl Into<String>) -> Self {
        Self { cause, found: found.into(), warns: false, scenario: None, evidence: Vec::new(), measured: Vec::new() }
    }

    /// A failure that warns, even in a blocking scenario.
    pub fn warning(cause: Cause, found: impl Into<String>) -> Self {
        Self { warns: true, ..Self::new(cause, found) }
    }

    /// The same, as a failure of `scenario`.
    #[must_use]
    pub fn of(self, scenario: &'static str) -> Self {
        Self { scenario: Some(scenario), ..self }
    }

    /// Keeps one more artefact.
    #[must_use]
    pub fn with(mut self, artefact: Artefact) -> Self {
        self.evidence.push(artefact);
        self
    }

    /// Keeps these artefacts too.
    #[must_use]
    pub fn with_all(mut self, artefacts: impl IntoIterator<Item = Artefact>) -> Self {
        self.evidence.extend(artefacts);
        self
    }

    /// Tells these numbers too.
    #[must_use]
    pub fn measuring(mut self, measured: impl IntoIterator<Item = Measured>) -> Self {
        self.measured.extend(measured);
        self
    }
}

/// The classified reason; one row of words each. Runbooks name it as `too_many_connections`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, strum::EnumIter, strum::EnumString, strum::IntoStaticStr, strum::VariantNames)]
#[strum(serialize_all = "snake_case")]
pub enum Cause {
    InvalidHost,
    NameNotFound,
    ResolverFailed,
    Denied,
    Refused,
    Unreachable,
    TimedOut,
    ConnectionClosed,
    NotTls,
    NoTls,
    TlsFailed,
    CertificateExpired,
    ChainExpired,
    CertificateNotYetValid,
    CertificateUntrusted,
    CertificateWrongHost,
    CertificateNamesNoHost,
    CertificateOutdated,
    CertificateUnacceptable,
    CertificateExpiring,
    ClientCertificateMissing,
    ClientCertificateRefused,
    AuthRejected,
    SchemeNotSpoken,
    SignInForbidden,
    SignInWantsTls,
    TurnedAway,
    TokenRefused,
    PermissionDenied,
    DatabaseMissing,
    OnReplica,
    ReadOnly,
    VersionOutdated,
    TooManyConnections,
    NotReady,
    ClusterDown,
    ServiceFailed,
    NotFound,
    UnexpectedStatus,
    UnexpectedAnswer,
    AnswerTooLarge,
    AnswerUnreadable,
    ConditionFailed,
    WrongCredentialAccepted,
    UnknownPathAnswered,
    TooSlow,
    NotCompressed,
    RedirectLeavesOrigin,
    TooManyRedirects,
    RoundTripDiffers,
    RoleTooPowerful,
    RowSecurityOff,
    TableMissing,
    NearLimit,
    LongRunningQuery,
    IdleInTransaction,
    WaitsForLock,
    VacuumBehind,
    StatementsSlow,
    PoliciesOff,
    ReplicationLags,
    BucketMissing,
    WrongRegion,
    ClocksApart,
    PublicRead,
    RecipientRefused,
    SenderRefused,
    ForeignSenderAccepted,
    SignInNotOffered,
    RecordMissing,
    LookupRefused,
    RecordsDiffer,
    TtlUnsuitable,
    ServersDisagree,
    NotServing,
    ServiceUnknown,
    HealthNotOffered,
    UnknownServiceAnswered,
    KeyNotAnonymous,
    TableReadable,
    ConfigurationInvalid,
    Network,
}

/// Why a cause matters and what to do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CauseText {
    pub why: &'static str,
    pub remediation: &'static str,
}

impl Cause {
    /// Whether nothing could be asked: the service was not reached, or let nobody in.
    pub const fn is_no_way_in(self) -> bool {
        matches!(
            self,
            Self::InvalidHost
                | Self::NameNotFound
                | Self::ResolverFailed
                | Self::Denied
                | Self::Refused
                | Self::Unreachable
                | Self::TimedOut
                | Self::ConnectionClosed
                | Self::NotTls
                | Self::NoTls
                | Self::TlsFailed
                | Self::CertificateExpired
                | Self::ChainExpired
                | Self::CertificateNotYetValid
                | Self::CertificateUntrusted
                | Self::CertificateWrongHost
                | Self::CertificateNamesNoHost
                | Self::CertificateOutdated
                | Self::CertificateUnacceptable
                | Self::ClientCertificateMissing
                | Self::ClientCertificateRefused
                | Self::AuthRejected
                | Self::SchemeNotSpoken
                | Self::SignInForbidden
                | Self::SignInWantsTls
                | Self::TurnedAway
                | Self::TokenRefused
                | Self::DatabaseMissing
                | Self::TooManyConnections
                | Self::NotReady
                | Self::ClusterDown
        )
    }

    /// The one place of words for failed scenarios.
    #[expect(clippy::too_many_lines, reason = "a table: one row a cause")]
    pub const fn text(self) -> CauseText {
        let (why, remediation) = match self {
            Self::InvalidHost => {
                ("This is neither a name nor an address, so nothing can be looked up.", "Enter the host alone, without a scheme, port or path.")
            }
            Self::NameNotFound => ("Nothing can connect to a name that has no address.", "Check the host for typing errors, and that its DNS record exists."),
            Self::ResolverFailed => {
                ("Without an answer from DNS no name can be reached.", "Check that this console's machine can reach its name servers, then try again.")
            }
            Self::Denied => (
                "The console does not connect to addresses that could lead into its own network or machine.",
                "If this is meant, an administrator of this server adds the address and port to SWITCHBOARD_EGRESS_ALLOW.",
            ),
            Self::Refused => ("The machine is there, but nothing listens on that port.", "Check the port, and that the service is running."),
            Self::Unreachable => {
                ("There is no way through the network to that address.", "Check the address, and the routes and firewall between this console and the service.")
            }
            Self::TimedOut => (
                "Requests to this service would hang.",
                "Check that the service runs and is not stuck, that the port is its own, and that no firewall drops the packets.",
            ),
            Self::ConnectionClosed => (
                "The service hung up before it answered, so no request can succeed.",
                "Check the port and whether it expects TLS, then look into the log of the service.",
            ),
            Self::NotTls => ("The service speaks without TLS here, so nothing would be encrypted.", "Check the port, or turn TLS on in the service."),
            Self::NoTls => (
                "The service offers no TLS, so the credential would travel in clear text.",
                "Turn TLS on in the service, or choose a TLS mode that does without it.",
            ),
            Self::TlsFailed => (
                "Both sides could not agree on an encrypted connection.",
                "Clients need TLS 1.2 or 1.3, a key of RSA, P-256, P-384 or Ed25519, and forward secrecy; the service's log may say more.",
            ),
            Self::CertificateExpired => ("Clients refuse a certificate that has expired.", "Renew the certificate on the service, then test again."),
            Self::ChainExpired => (
                "The service's own certificate is valid, but clients refuse it with an authority's that has expired.",
                "Install the present chain of the authority that issued it on the service, then test again.",
            ),
            Self::CertificateNotYetValid => {
                ("Clients refuse a certificate before its first day.", "Check the certificate's start date, and the clocks of both machines.")
            }
            Self::CertificateUntrusted => (
                "Clients cannot tell this service from an impostor.",
                "Send the full chain from the service, or paste the certificate of its private authority into the form.",
            ),
            Self::CertificateWrongHost => (
                "Clients refuse a certificate that names another host.",
                "Use the name that the certificate is for, or issue one for this host: a number as an IP address, not as a DNS name.",
            ),
            Self::CertificateNamesNoHost => (
                "Clients compare the host with the subject alternative names of the certificate, and it has none.",
                "Issue a certificate that has the host as a subject alternative name (SAN).",
            ),
            Self::CertificateOutdated => (
                "Clients take certificates of version 3 only, since earlier ones carry no host names and no purpose.",
                "Issue a certificate of X.509 version 3, with the host as a subject alternative name (SAN).",
            ),
            Self::ClientCertificateMissing => (
                "The service lets in only clients that show a certificate which it trusts.",
                "Give this connection a client certificate if its kind can have one, or use a port of the service that asks for none.",
            ),
            Self::ClientCertificateRefused => (
                "The service lets in only clients whose certificate it trusts, and not this one.",
                "Check that the certificate has not expired, and that the service trusts the authority that issued it.",
            ),
            Self::CertificateUnacceptable => {
                ("Clients refuse a certificate with this fault.", "Issue a certificate for server use with a current algorithm, and install it on the service.")
            }
            Self::CertificateExpiring => {
                ("Clients will refuse the certificate once it has expired.", "Renew the certificate, or check that automatic renewal works.")
            }
            Self::AuthRejected => ("The service does not accept the credential.", "Check the user name and the secret, and enter the secret again."),
            Self::SchemeNotSpoken => (
                "The console signs in with Basic, Bearer, a header or OAuth 2, and the service wants none of these here.",
                "Have the service take one of them at this URL, or point the check at a page that needs no sign-in.",
            ),
            Self::SignInForbidden => (
                "The service does not let this user sign in from here, whatever the secret.",
                "Check that this user may sign in by a password (for mail, often one for applications) and from here (pg_hba.conf, protected mode).",
            ),
            Self::SignInWantsTls => (
                "The service takes a password only over an encrypted connection, and this one is not encrypted.",
                "Choose an encryption for this connection, such as starttls or verify-full.",
            ),
            Self::TurnedAway => (
                "The service does not deal with clients at this console's address.",
                "Look up its answer in its documentation; often the address of the console must be allowed or taken off a block list.",
            ),
            Self::TokenRefused => {
                ("Without an access token no request can be signed in.", "Check the token URL, the client ID, the client secret and the scope.")
            }
            Self::PermissionDenied => {
                ("The credential is accepted, but it may not do what is needed.", "Grant the missing right in the service, or use a credential that has it.")
            }
            Self::DatabaseMissing => ("Queries cannot run in a database that does not exist.", "Check the name of the database, or create it."),
            Self::OnReplica => ("Writes would fail, because a replica only reads.", "Use the address of the primary."),
            Self::ReadOnly => ("Writes would fail, because the service is set to read only.", "Turn read-only mode off, or use another server."),
            Self::VersionOutdated => ("This version no longer gets security fixes.", "Upgrade the service to a supported version."),
            Self::TooManyConnections => {
                ("New clients are turned away, because all places are taken.", "Close idle connections, pool them, or raise the limit of the service.")
            }
            Self::NotReady => {
                ("The service is starting, stopping or busy, and answers no requests.", "Wait a moment and test again; if it lasts, look into its log.")
            }
            Self::ClusterDown => (
                "A cluster in which parts are missing refuses every command, though each node still answers PING.",
                "Look for nodes that are down (CLUSTER NODES), or assign the slots that nobody serves.",
            ),
            Self::ServiceFailed => ("The service is there, but reports an error of its own.", "Look up this moment in the log of the service."),
            Self::NotFound => ("The service answers, but has nothing at this path.", "Check the path of the URL."),
            Self::UnexpectedStatus => {
                ("The service answers, but not with the status that counts as well.", "Open the URL to see what it says, or change the expected status.")
            }
            Self::UnexpectedAnswer => {
                ("The answer is not one that this kind of service gives.", "Check that the host and port belong to this kind of service.")
            }
            Self::AnswerTooLarge => (
                "The answer is larger than the console reads.",
                "Have the service answer with less; of HTTP, point the check at a small page, such as a health address.",
            ),
            Self::AnswerUnreadable => (
                "Whether the condition holds cannot be told from an answer that the console cannot read.",
                "Ask about something else in the answer, or have the service send it in a plainer form.",
            ),
            Self::ConditionFailed => {
                ("The service answers, but is not in the state you asked for.", "Look at the value found, then mend the service or the condition.")
            }
            Self::WrongCredentialAccepted => (
                "Whoever reaches the service gets in, whatever credential they show.",
                "Turn the check of credentials on in the service, or in the proxy before it.",
            ),
            Self::UnknownPathAnswered => (
                "A mistyped path would pass for a good one, so errors of callers stay hidden.",
                "Have the service answer paths that it does not have with 404.",
            ),
            Self::TooSlow => {
                ("Whoever waits for this service waits longer than agreed.", "Look for what has slowed the service down, or raise the latency budget.")
            }
            Self::NotCompressed => {
                ("Every answer takes longer and costs more to send than it has to.", "Turn compression on for this type of content in the service.")
            }
            Self::RedirectLeavesOrigin => (
                "Callers that follow the redirect hand their request to another host.",
                "Check where the redirect leads, and use the final address in this connection.",
            ),
            Self::TooManyRedirects => (
                "The console follows five redirects and keeps no cookies, so a longer way, or one that goes by cookies, ends here.",
                "Use the final address in this connection, or look for two redirects that lead to each other.",
            ),
            Self::RoundTripDiffers => (
                "What was written did not come back, so data would be lost or altered.",
                "Check for a cache, a proxy or replication between writes and reads, and the log of the service.",
            ),
            Self::RoleTooPowerful => (
                "A leak of this credential would open every database and skip every row policy.",
                "Use a role without superuser and BYPASSRLS rights for this connection.",
            ),
            Self::RowSecurityOff => {
                ("Every role with access to the table sees all of its rows.", "Run ALTER TABLE … ENABLE ROW LEVEL SECURITY, and add policies.")
            }
            Self::TableMissing => {
                ("What is not there cannot be protected, or is protected elsewhere.", "Check the table's name and schema, or take it off the list.")
            }
            Self::NearLimit => ("Once the limit is reached, the service turns work away.", "Find out what uses so much, free some of it, or raise the limit."),
            Self::IdleInTransaction => (
                "A session that idles in a transaction holds its connection and its locks, and keeps old rows from being cleaned up.",
                "Find what opened it and did not commit, mend that, and end the session.",
            ),
            Self::WaitsForLock => {
                ("What waits for a lock does not answer, and whoever waits for it waits too.", "Find which session holds the lock, and end what it does.")
            }
            Self::VacuumBehind => (
                "Rows that were deleted still take room, so that every query reads more than it needs to.",
                "Run vacuum on the table, and look why autovacuum does not keep up.",
            ),
            Self::StatementsSlow => (
                "Such a statement holds a connection for seconds each time it runs.",
                "Look at its plan with explain, and add the index or the limit that it lacks.",
            ),
            Self::PoliciesOff => (
                "Policies do nothing while row-level security of their table is off, so everyone with rights on it sees every row.",
                "Turn row-level security on for the table, or drop the policies that nobody needs.",
            ),
            Self::ReplicationLags => (
                "What reads from the replica sees the past, and a failover would lose what it lacks.",
                "Look for long queries on the replica, for its disk, and for the network between the two.",
            ),
            Self::LongRunningQuery => (
                "Long queries hold locks and keep old rows from being cleaned up.",
                "Look at it in pg_stat_activity, and end it with pg_cancel_backend if it hangs.",
            ),
            Self::BucketMissing => ("Objects cannot be kept in a bucket that does not exist.", "Check the name of the bucket, or create it."),
            Self::WrongRegion => ("Requests that are signed for another region are turned away.", "Enter the region that the bucket is in."),
            Self::ClocksApart => {
                ("Signed requests are turned away while the clocks differ.", "Have this console's machine and the service keep time with NTP.")
            }
            Self::PublicRead => {
                ("Anyone who knows the address can read what is stored.", "Block public access in the service, and remove policies that allow it.")
            }
            Self::RecipientRefused => ("Mail to this recipient would bounce.", "Check the recipient's address, and that the service relays for this user."),
            Self::SenderRefused => ("Mail from this sender would not be taken.", "Check the sender's address, and that this user may send as it."),
            Self::ForeignSenderAccepted => {
                ("Whoever holds this credential can send mail in the name of others.", "Restrict the service to sender domains that it is responsible for.")
            }
            Self::SignInNotOffered => {
                ("Without sign-in the service takes no mail from this user.", "Have the service offer AUTH PLAIN or LOGIN, or use its submission port.")
            }
            Self::RecordMissing => {
                ("Whoever looks this name up finds nothing of the expected kind.", "Check the name and record type, and that the record is published.")
            }
            Self::LookupRefused => (
                "Whoever asks this name server learns nothing about the name.",
                "Ask a server that is responsible for the name or looks names up for others, or have this one admit the console's address.",
            ),
            Self::RecordsDiffer => {
                ("Whoever looks this name up is led somewhere else.", "Correct the record, or what is expected of it; wait for its TTL after a change.")
            }
            Self::TtlUnsuitable => ("A very short TTL loads the servers, a very long one delays every change.", "Set the TTL to between 30 seconds and a day."),
            Self::ServersDisagree => (
                "Which answer a client gets depends on chance.",
                "Check that the zone is transferred to every authoritative server, and compare their serials.",
            ),
            Self::NotServing => ("The service itself says that it cannot take requests.", "Look into its log for what it waits for, then test again."),
            Self::ServiceUnknown => {
                ("The server knows no service of this name, so calls to it fail.", "Check the full name of the service, such as shop.v1.Orders.")
            }
            Self::HealthNotOffered => {
                ("Without its health service nobody can ask the server how it is.", "Add grpc.health.v1.Health to the server; every gRPC library has it.")
            }
            Self::UnknownServiceAnswered => (
                "The server calls everything healthy, so its health says nothing.",
                "Have the health service answer NOT_FOUND for names that it does not know.",
            ),
            Self::KeyNotAnonymous => (
                "This key is meant to be public; with more rights it opens everything to everyone.",
                "Put the key whose role is anon here, and replace the one that was exposed.",
            ),
            Self::TableReadable => {
                ("Anyone with the public key can read what should be protected.", "Turn row-level security on for the table, and check its policies.")
            }
            Self::ConfigurationInvalid => ("The check cannot run with these settings.", "Open the form, correct the setting and save it."),
            Self::Network => {
                ("The connection broke for a reason the network gave.", "Try again; if it lasts, check the network between this console and the service.")
            }
        };
        CauseText { why, remediation }
    }
}

impl From<DialError> for Failure {
    fn from(error: DialError) -> Self {
        let cause = match &error {
            DialError::InvalidHost(_) => Cause::InvalidHost,
            DialError::NameNotFound(_) => Cause::NameNotFound,
            DialError::ResolverFailed(_) => Cause::ResolverFailed,
            DialError::Denied { .. } => Cause::Denied,
            DialError::Refused(_) => Cause::Refused,
            DialError::Unreachable(_) => Cause::Unreachable,
            DialError::TimedOut(_) => Cause::TimedOut,
            DialError::Io(_) => Cause::Network,
        };
        Self::new(cause, sentence(&error.to_string()))
    }
}

impl From<TlsError> for Failure {
    fn from(error: TlsError) -> Self {
        let cause = match &error {
            TlsError::Expired(_) => Cause::CertificateExpired,
            TlsError::ChainExpired(_) => Cause::ChainExpired,
            TlsError::NotYetValid(_) => Cause::CertificateNotYetValid,
            TlsError::UnknownIssuer | TlsError::SelfSigned => Cause::CertificateUntrusted,
            TlsError::WrongHost(_) => Cause::CertificateWrongHost,
            TlsError::NoNames => Cause::CertificateNamesNoHost,
            TlsError::OldVersion => Cause::CertificateOutdated,
            TlsError::ShortKey(_) | TlsError::BadCertificate(_) => Cause::CertificateUnacceptable,
            TlsError::ClientCertificateMissing => Cause::ClientCertificateMissing,
            TlsError::ClientCertificateRefused(_) => Cause::ClientCertificateRefused,
            TlsError::NotTls => Cause::NotTls,
            TlsError::NoHttp2 => Cause::UnexpectedAnswer,
            TlsError::Protocol(_) => Cause::TlsFailed,
            TlsError::Closed => Cause::ConnectionClosed,
            TlsError::InvalidHost(_) => Cause::InvalidHost,
            TlsError::InvalidCa(_) => Cause::ConfigurationInvalid,
            TlsError::Io(_) => Cause::Network,
        };
        Self::new(cause, sentence(&error.to_string()))
    }
}

/// What broke on a connection that stands.
impl From<&io::Error> for Failure {
    fn from(error: &io::Error) -> Self {
        match TlsError::from(error) {
            TlsError::Closed => Self::new(Cause::ConnectionClosed, "The service closed the connection."),
            TlsError::Io(text) => Self::new(Cause::Network, format!("The connection broke: {text}.")),
            other => other.into(),
        }
    }
}

/// An error's text as a sentence: a capital first, a full stop last.
fn sentence(text: &str) -> String {
    let mut letters = text.trim_end_matches('.').chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use strum::IntoEnumIterator;

    use super::*;

    #[test]
    fn every_cause_has_plain_sentences_of_its_own() {
        let mut seen = HashSet::new();
        for cause in Cause::iter() {
            let CauseText { why, remediation } = cause.text();
            for text in [why, remediation] {
                assert!(text.ends_with('.') && !text.contains("..") && text.len() > 20 && text.len() < 140, "{cause:?}: {text}");
                assert!(text.starts_with(char::is_uppercase) && !text.contains('!') && !text.contains("Oops"), "{cause:?}: {text}");
                for blame in ["you failed", "your mistake", "your fault", "invalid", "illegal"] {
                    assert!(!text.to_lowercase().contains(blame), "{cause:?}: {text}");
                }
                assert!(seen.insert(text), "{cause:?} repeats: {text}");
            }
        }
    }

    #[test]
    fn an_error_becomes_a_sentence() {
        let failure = Failure::from(DialError::NameNotFound("db.example".into()));
        assert_eq!(failure, Failure::new(Cause::NameNotFound, "The name db.example has no address."));
        assert_eq!(Failure::from(TlsError::NotTls).found, "The answer is not TLS.");
    }
}
