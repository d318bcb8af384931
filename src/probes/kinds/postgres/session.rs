//! A signed-in session over a stream that our dialer opened.

use std::time::Duration;

use tokio::time::timeout;
use tokio_postgres::{
    Client, Config, Connection, Error, NoTls, SimpleQueryMessage,
    config::{SslMode, SslNegotiation},
    tls::{MakeTlsConnect, TlsConnect, TlsStream},
};
use tokio_postgres_rustls::MakeRustlsConnect;
use tokio_util::task::AbortOnDropHandle;

use super::{
    failure,
    negotiation::{self, Offer, Wire},
};
use crate::{
    kinds::{Failure, Target},
    tls::{self, TlsError, TlsPolicy},
};

/// How long a session may take to say goodbye, which keeps "unexpected EOF" out of the server's log.
const GOODBYE: Duration = Duration::from_millis(250);

pub struct Session {
    client: Client,
    /// Ends with the session, also when a deadline drops it.
    driver: AbortOnDropHandle<()>,
}

impl Session {
    /// Connects, encrypts as asked, signs in and opens the database.
    ///
    /// # Errors
    /// The first of these that failed, classified.
    pub async fn open(target: &Target) -> Result<Self, Failure> {
        Self::attempt(target).await?.map_err(|error| failure::classify(&error))
    }

    /// The same, with what the server or the client said of the session apart from what kept the two from talking.
    ///
    /// # Errors
    /// No connection, or TLS that is not as asked.
    pub async fn attempt(target: &Target) -> Result<Result<Self, Error>, Failure> {
        let mut config = config(target);
        Ok(match negotiation::negotiate(target).await? {
            Offer::Plain(wire) => config.ssl_mode(SslMode::Disable).connect_raw(wire, NoTls).await.map(Self::drive),
            Offer::Encrypted(wire, policy) => {
                let connector = connector(target.text("host"), &policy)?;
                // The server has agreed to TLS already, so the client must not ask for it once more.
                config.ssl_mode(SslMode::Require).ssl_negotiation(SslNegotiation::Direct);
                config.connect_raw(wire, connector).await.map(Self::drive)
            }
        })
    }

    fn drive<T: TlsStream + Unpin + Send + 'static>((client, connection): (Client, Connection<Wire, T>)) -> Self {
        let driver = tokio::spawn(async move {
            // What ends the connection also fails the query that waits on it, and is told there.
            let _ = connection.await;
        });
        Self { client, driver: AbortOnDropHandle::new(driver) }
    }

    /// The first row of `query`, as texts; a null is empty. Sent as one message, which every pooler understands.
    ///
    /// # Errors
    /// The query failed, or answered no row.
    pub async fn row(&self, query: &str) -> Result<Vec<String>, Failure> {
        self.rows(query).await?.into_iter().next().ok_or_else(failure::not_postgres)
    }

    /// Every row of `query`, as texts; a null is empty.
    ///
    /// # Errors
    /// The query failed.
    pub async fn rows(&self, query: &str) -> Result<Vec<Vec<String>>, Failure> {
        let answer = self.client.simple_query(query).await.map_err(|error| failure::classify(&error))?;
        let row = |message: &SimpleQueryMessage| match message {
            SimpleQueryMessage::Row(row) => Some((0..row.len()).map(|column| row.get(column).unwrap_or_default().to_owned()).collect()),
            _ => None,
        };
        Ok(answer.iter().filter_map(row).collect())
    }

    /// Runs a statement that answers no rows.
    ///
    /// # Errors
    /// It failed.
    pub async fn run(&self, statement: &str) -> Result<(), Failure> {
        self.client.batch_execute(statement).await.map_err(|error| failure::classify(&error))
    }

    /// Says goodbye to the server and waits until that is sent, for at most a quarter of a second.
    pub async fn close(self) {
        drop(self.client);
        let _ = timeout(GOODBYE, self.driver).await;
    }
}

/// `text` as a literal of SQL, whatever `standard_conforming_strings` says.
pub fn literal(text: &str) -> String {
    format!("E'{}'", text.replace('\\', "\\\\").replace('\'', "''"))
}

fn config(target: &Target) -> Config {
    let mut config = Config::new();
    config.user(target.text("user")).dbname(target.text("database"));
    // PostgreSQL shows this in pg_stat_activity and, with %a, in its log.
    config.application_name(format!("switchboard {}", target.correlation_id));
    if let Some(password) = target.secret("password") {
        config.password(password);
    }
    config
}

fn connector(host: &str, policy: &TlsPolicy) -> Result<impl TlsConnect<Wire, Stream: Send, Future: Send> + use<>, TlsError> {
    let name = tls::server_name(host).ok_or_else(|| TlsError::InvalidHost(host.to_owned()))?;
    let config = policy.client_config().map_err(TlsError::InvalidCa)?;
    let Ok(connector) = MakeTlsConnect::<Wire>::make_tls_connect(&mut MakeRustlsConnect::new((*config).clone()), &name.to_str());
    Ok(connector)
}

#[cfg(test)]
mod tests {
    use super::literal;

    #[test]
    fn a_literal_cannot_be_left() {
        assert_eq!(literal(r"o'\' or 1=1"), r"E'o''\\'' or 1=1'");
    }
}
