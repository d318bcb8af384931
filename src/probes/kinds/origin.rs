//! Where a connection leads.

use std::fmt;

/// A place that credentials are sent to. Written `scheme://host:port`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    pub scheme: String,
    /// As it is dialled: in lower case; an IPv6 address in brackets.
    pub host: String,
    /// Absent where the machine's own configuration says which.
    pub port: Option<u16>,
}

/// A service as its neighbours see it, whatever is spoken there: what limits and breakers go by.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct HostKey {
    pub host: String,
    pub port: Option<u16>,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { scheme, host, port } = self;
        write!(f, "{scheme}://{host}")?;
        port.map_or(Ok(()), |port| write!(f, ":{port}"))
    }
}

impl From<Origin> for HostKey {
    fn from(Origin { host, port, .. }: Origin) -> Self {
        Self { host, port }
    }
}
