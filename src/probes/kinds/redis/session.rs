//! A session over a stream that our dialer opened. Signing in is spelled out here, because the client's own hides what the server said.

use std::collections::HashMap;

use redis::{AsyncConnectionConfig, FromRedisValue, RedisConnectionInfo, RedisError, aio::MultiplexedConnection};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_util::task::AbortOnDropHandle;

use super::failure::{self, Stage};
use crate::{
    kinds::{Failure, Target, encryption, limited_stream::LimitedStream},
    tls,
};

pub struct Session {
    connection: MultiplexedConnection,
    /// Ends with the session, also when a deadline drops it.
    _driver: AbortOnDropHandle<()>,
}

impl Session {
    /// Connects, and encrypts if asked. Sends nothing yet.
    ///
    /// # Errors
    /// The first of these that failed, classified.
    pub async fn connect(target: &Target) -> Result<Self, Failure> {
        if !target.flag("tls") {
            return Self::connect_plain(target).await;
        }
        let host = target.text("host");
        let wire = LimitedStream::new(target.dial(host, target.port()).await?);
        Self::over(tls::handshake(wire, host, &encryption::policy(target)?).await?).await
    }

    /// Connects without TLS, whatever the settings say. Nothing secret may be sent unless they agree.
    ///
    /// # Errors
    /// Whatever kept the connection from opening.
    pub async fn connect_plain(target: &Target) -> Result<Self, Failure> {
        Self::over(LimitedStream::new(target.dial(target.text("host"), target.port()).await?)).await
    }

    async fn over(stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static) -> Result<Self, Failure> {
        let silent = RedisConnectionInfo::default().set_skip_set_lib_name();
        // The deadline of the scenario stands over everything.
        let patient = AsyncConnectionConfig::new().set_response_timeout(None);
        let (connection, driver) =
            MultiplexedConnection::new_with_config(&silent, stream, patient).await.map_err(|error| failure::classify(&error, Stage::SigningIn))?;
        Ok(Self { connection, _driver: AbortOnDropHandle::new(tokio::spawn(driver)) })
    }

    /// Connects, signs in and chooses the database.
    ///
    /// # Errors
    /// The first of these that failed, classified.
    pub async fn open(target: &Target) -> Result<Self, Failure> {
        let mut session = Self::connect(target).await?;
        session.sign_in(target).await?;
        session.select(target).await?;
        Ok(session)
    }

    /// Sends the user and password, if either is set.
    ///
    /// # Errors
    /// The server refused them, or knows no such sign-in.
    pub async fn sign_in(&mut self, target: &Target) -> Result<(), Failure> {
        let (user, password) = (target.text("user"), target.secret("password"));
        if user.is_empty() && password.is_none() {
            return Ok(());
        }
        let mut auth = redis::cmd("AUTH");
        if !user.is_empty() {
            auth.arg(user);
        }
        auth.arg(password.unwrap_or_default());
        self.ask::<String>(&auth, Stage::SigningIn).await.map(drop)
    }

    /// Chooses the database; number 0 is chosen already.
    ///
    /// # Errors
    /// The server has no database of that number.
    pub async fn select(&mut self, target: &Target) -> Result<(), Failure> {
        match target.number("database") {
            0 => Ok(()),
            number => self.ask::<String>(redis::cmd("SELECT").arg(number), Stage::Selecting(number)).await.map(drop),
        }
    }

    /// # Errors
    /// The server refused, or answered something else than a `T`; classified.
    pub async fn ask<T: FromRedisValue>(&mut self, command: &redis::Cmd, stage: Stage) -> Result<T, Failure> {
        self.query(command).await.map_err(|error| failure::classify(&error, stage))
    }

    /// # Errors
    /// As the client gives them.
    pub async fn query<T: FromRedisValue>(&mut self, command: &redis::Cmd) -> Result<T, RedisError> {
        command.query_async(&mut self.connection).await
    }
}

/// Lines of `name:value`, as `INFO` and `CLUSTER INFO` answer them.
pub fn facts(text: &str) -> HashMap<String, String> {
    text.lines().filter_map(|line| line.split_once(':')).map(|(name, value)| (name.to_owned(), value.trim().to_owned())).collect()
}
