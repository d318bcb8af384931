//! What is asked of a mail server, one function a scenario; each connects on its own, and none sends a message.

use super::session::Session;
use crate::kinds::{Cause, Failure, Finding, Target, encryption};

/// A sender that nobody's mail server is responsible for, in a domain that exists: servers refuse one that does not for another reason.
const FOREIGN_SENDER: &str = "switchboard-diagnostics@example.com";

/// Encrypts and signs in as the settings say, and has NOOP answered, in one session.
pub async fn heartbeat(target: &Target) -> Result<(), Failure> {
    let mut session = Session::open(target).await?;
    let answer = session.ask("NOOP").await?;
    if !answer.is_positive() {
        return Err(answer.refusal());
    }
    session.sign_in(target).await.map_err(|failure| failure.of("sign_in"))?;
    session.quit().await;
    Ok(())
}

pub async fn greeting(target: &Target) -> Result<Finding, Failure> {
    let mut session = Session::open(target).await?;
    let answer = session.ask("NOOP").await?;
    if !answer.is_positive() {
        return Err(answer.refusal().with(session.transcript()));
    }
    Ok(Finding::from("Greeted, and NOOP answered.").with(session.quit().await))
}

pub async fn tls(target: &Target) -> Result<Finding, Failure> {
    if target.text("security") == "none" {
        return Ok(Finding::not_used("encryption is set to none."));
    }
    let session = Session::open(target).await?;
    let (found, chain) = session.encryption.clone().unwrap_or_default();
    Ok(Finding::from(format!("{found}.")).with_all(encryption::evidence(&chain)).with(session.quit().await))
}

pub async fn sign_in(target: &Target) -> Result<Finding, Failure> {
    if target.text("user").is_empty() {
        return Ok(Finding::not_used("no user is set."));
    }
    let mut session = Session::open(target).await?;
    session.sign_in(target).await?;
    Ok(Finding::from(format!("Accepted the user {}.", target.text("user"))).with(session.quit().await))
}

/// Asks whether the sender and the recipient would be taken, and takes that back.
pub async fn recipient(target: &Target) -> Result<Finding, Failure> {
    let (from, recipient) = (target.text("from"), target.text("recipient"));
    if from.is_empty() || recipient.is_empty() {
        return Ok(Finding::not_tried("the sender or the recipient is not set."));
    }
    let mut session = Session::open(target).await?;
    session.sign_in(target).await?;
    let refused = envelope(&mut session, has_user(target), from, recipient).await?;
    let _ = session.ask("RSET").await;
    let conversation = session.quit().await;
    match refused {
        None => Ok(Finding::from(format!("Would take mail from {from} for {recipient}; none was sent.")).with(conversation)),
        // Greylisting asks everybody to come back.
        Some(Refused { transient: true, found, .. }) => Err(Failure::warning(Cause::NotReady, found).with(conversation)),
        Some(Refused { cause, found, .. }) => Err(Failure::new(cause, found).with(conversation)),
    }
}

pub async fn foreign_sender(target: &Target) -> Result<Finding, Failure> {
    let recipient = target.text("recipient");
    if recipient.is_empty() {
        return Ok(Finding::not_tried("the recipient is not set."));
    }
    let mut session = Session::open(target).await?;
    session.sign_in(target).await?;
    let refused = envelope(&mut session, has_user(target), FOREIGN_SENDER, recipient).await?;
    let _ = session.ask("RSET").await;
    let conversation = session.quit().await;
    match refused {
        // Nobody knows what it says to those who do come back.
        Some(Refused { transient: true, found, .. }) => Ok(Finding::not_tried(&format!("the server asked to come back. {found}")).with(conversation)),
        Some(Refused { found, .. }) => Ok(Finding::from(found).with(conversation)),
        None => Err(Failure::new(Cause::ForeignSenderAccepted, format!("Would take mail from {FOREIGN_SENDER}; none was sent.")).with(conversation)),
    }
}

fn has_user(target: &Target) -> bool {
    !target.text("user").is_empty()
}

struct Refused {
    transient: bool,
    cause: Cause,
    found: String,
}

/// Offers an envelope; what refused it, if anything did. The caller takes the envelope back.
async fn envelope(session: &mut Session, has_user: bool, from: &str, recipient: &str) -> Result<Option<Refused>, Failure> {
    for (command, whom, cause) in [("MAIL FROM", from, Cause::SenderRefused), ("RCPT TO", recipient, Cause::RecipientRefused)] {
        let answer = session.ask(&format!("{command}:<{whom}>")).await?;
        if !answer.is_positive() {
            let mut found = format!("Refused {whom}: {}.", answer.shown().trim_end_matches('.'));
            if answer.wants_sign_in() && !has_user {
                found = format!("The server wants a sign-in, and no user is set. {found}");
            }
            // Without the addresses, whose parts may be such words too.
            let said = [whom, from].iter().fold(answer.shown().to_lowercase(), |said, address| said.replace(&address.to_lowercase(), ""));
            let cause = match () {
                () if answer.wants_encryption() => Cause::SignInWantsTls,
                () if answer.wants_sign_in() => Cause::AuthRejected,
                // Many put off what they think of the client and the sender until they hear of a recipient.
                () if said.contains("sender") => Cause::SenderRefused,
                () if said.contains("block") || said.contains("spamhaus") => Cause::TurnedAway,
                () => cause,
            };
            return Ok(Some(Refused { transient: answer.is_transient(), cause, found }));
        }
    }
    Ok(None)
}
