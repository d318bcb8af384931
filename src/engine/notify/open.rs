//! A channel with its secrets opened, and one message sent on it.

use domain::{
    channel::NotificationChannel,
    correlation_id::CorrelationId,
    delivery::{SendFailure, unsent},
    ids::{ChannelId, DeliveryId, TeamId},
};
use probes::{
    dispatch::{self, MailRefused, Request, SendContext},
    redact::Redactor,
};
use secrecy::SecretString;
use store::{notification_channels, profiles::SealedCredential};

use super::{
    channels::{self, Address, Channel, Part},
    failed::Failed,
    message::Message,
};
use crate::{
    Console, OpsError,
    vault::{Binding, Credential},
};

/// What it takes to send on a channel.
pub struct Open {
    channel: NotificationChannel,
    kind: &'static dyn Channel,
    credential: Credential,
}

/// Or why it cannot be used.
pub type Opened = Result<Open, Failed>;

/// The channel as it is now, and what it takes to send on it, or why it cannot be used; none when it is gone.
///
/// # Errors
/// The database failed.
pub async fn open(console: &Console, team: TeamId, id: ChannelId) -> Result<Option<(NotificationChannel, Opened)>, OpsError> {
    let db = console.db.for_team(team);
    let Some(channel) = notification_channels::get(&db, id).await? else { return Ok(None) };
    let sealed = notification_channels::credential(&db, id).await?.unwrap_or_default();
    let opened = unsealed(console, channel.clone(), &sealed);
    Ok(Some((channel, opened)))
}

fn unsealed(console: &Console, channel: NotificationChannel, sealed: &SealedCredential) -> Opened {
    // A newer program may have written it, and send on it from another node.
    let kind = channels::get(&channel.kind).ok_or_else(|| Failed::for_now(format!("This version of the console has no channels of type {}.", channel.kind)))?;
    let binding = Binding::of_channel(channel.id, &sealed.credential_origin, sealed.credential_version);
    let opened = sealed.credential.as_deref().map(|bytes| console.vault.open(binding, bytes)).transpose();
    let credential = opened.map_err(|_| "Its credential cannot be opened; enter it again.".to_owned())?.unwrap_or_default();
    Ok(Open { channel, kind, credential })
}

impl Open {
    /// The message as each receiver is to get it.
    ///
    /// # Errors
    /// Settings or secrets that cannot be used.
    pub fn write(&self, console: &Console, message: &Message) -> Result<Vec<Part>, Failed> {
        let mail_from = console.sending.mail.as_ref().map(|server| server.from.as_str());
        let address = Address { settings: &self.channel.settings, credential: &self.credential, mail_from, now: console.clock.now() };
        self.kind.write(&address, message)
    }

    /// # Errors
    /// The receiver did not take it, or could not be reached.
    pub async fn send(&self, console: &Console, delivery: DeliveryId, part: Part) -> Result<(), Failed> {
        let correlation_id = CorrelationId::of_delivery(delivery);
        let way = &SendContext { egress: console.egress.clone(), environment: console.sending.environment, correlation_id };
        // Whoever refuses a secret may repeat it.
        let confidential: Vec<_> = self.kind.confidential(&self.channel.settings, &self.credential).into_iter().map(SecretString::from).collect();
        let redactor = Redactor::new(self.credential.values().chain(&confidential));
        let sent = match part {
            Part::Requests { requests, .. } => in_turn(way, requests, &redactor).await,
            Part::Mail { to, message } => match &console.sending.mail {
                None => Err(Failed::for_now("The console has no mail server.")),
                Some(server) => dispatch::mail(way, server, &to, &message).await.map_err(|refused| match refused {
                    MailRefused::ForNow(error) => Failed::for_now(error),
                    MailRefused::ForGood(error) => Failed { unsent: SendFailure::Message, error },
                }),
            },
        };
        sent.map_err(|failed| Failed { error: redactor.redact(&failed.error), ..failed })
    }
}

/// Up to the first that is not taken.
async fn in_turn(way: &SendContext, requests: Vec<Request>, redactor: &Redactor) -> Result<(), Failed> {
    for request in requests {
        let answered = dispatch::request(way, request).await.map_err(|failure| Failed::for_now(failure.found))?;
        if !(200..300).contains(&answered.status) {
            return Err(Failed { unsent: unsent(answered.status, answered.retry_after), error: said(answered.status, &answered.shown(redactor)) });
        }
    }
    Ok(())
}

fn said(status: u16, text: &str) -> String {
    match text.trim() {
        _ if (300..400).contains(&status) => format!("The receiver answered {status}: it leads elsewhere, where nothing is sent."),
        "" => format!("The receiver answered {status}."),
        text => format!("The receiver answered {status}: {}.", text.trim_end_matches('.')),
    }
}
