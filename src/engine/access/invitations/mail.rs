//! Sends an invitation's link to whom it is for, where the console has a mail server.

use probes::dispatch::{self, MailRefused, MailServer, SendContext, is_mail_address};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use crate::{OpsError, Scope, access::teams, email_message::EmailMessage};
use domain::{
    audit::{AuditAct, Subject},
    operator::{Invitation, Role},
    permission::Permission,
};

/// What became of the mail with an invitation's link.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Mailed {
    /// The mail server took it.
    pub sent: bool,
    /// In a sentence.
    pub detail: String,
}

impl Mailed {
    fn not(detail: impl Into<String>) -> Self {
        Self { sent: false, detail: detail.into() }
    }
}

/// Sends the link of an invitation that was made just now. Nothing where the console has no mail server. Whatever becomes of it, the invitation is good.
///
/// The link leads to the address that the console was given, and never to one that a request named.
///
/// # Errors
/// The database failed.
pub async fn send(scope: &Scope, invitation: &Invitation, token: &SecretString) -> Result<Option<Mailed>, OpsError> {
    scope.authorize(Permission::ManageOperators)?;
    let console = &scope.console;
    let Some(server) = &console.sending.mail else { return Ok(None) };
    if !is_mail_address(&invitation.email) {
        return Ok(Some(Mailed::not("The mail server takes no such address.")));
    }
    if console.invitation_mails.take(&scope.team()).is_err() {
        return Ok(Some(Mailed::not("The team has sent as many invitations by mail as it may within the hour.")));
    }
    let team = teams::get(scope, scope.team()).await?;
    let link = format!("{}/invitations/{}", console.sending.address, token.expose_secret());
    let letter = match written(server, invitation, &team.name, &link) {
        Ok(letter) => letter,
        Err(fault) => return Ok(Some(Mailed::not(fault))),
    };
    // Before it is sent, so that none leaves without a line.
    let mut tx = scope.begin().await?;
    scope.audit(&mut tx, AuditAct::InvitationMailed, Subject::from(invitation.id).named(&invitation.email).role(invitation.role)).await?;
    tx.commit().await?;
    let way = SendContext { egress: console.egress.clone(), environment: console.sending.environment, correlation_id: scope.correlation_id.clone() };
    Ok(Some(match dispatch::mail(&way, server, &invitation.email, &letter).await {
        Ok(()) => Mailed { sent: true, detail: "The mail server took it.".into() },
        Err(MailRefused::ForNow(fault) | MailRefused::ForGood(fault)) => Mailed::not(fault),
    }))
}

fn written(server: &MailServer, invitation: &Invitation, team: &str, link: &str) -> Result<Vec<u8>, String> {
    let Invitation { id, email, role, created_by, created_at, expires_at } = invitation;
    let part = match role {
        Role::Viewer => "a viewer",
        Role::Operator => "an operator",
        Role::Admin => "an administrator",
    };
    let until = expires_at.as_datetime().format("%Y-%m-%d %H:%M");
    let lines = [
        format!("{created_by} invites you to the team {team} as {part}."),
        String::new(),
        link.to_owned(),
        String::new(),
        format!("The link works once, until {until} UTC. If you do not know what this is about, leave it: nothing happens."),
        String::new(),
    ];
    let letter = EmailMessage {
        from: &server.from,
        to: email,
        subject: format!("You are invited to {team}"),
        body: lines.map(|line| one_line(&line)).join("\r\n"),
        id: format!("invitation-{id}"),
        at: *created_at,
        thread: None,
    };
    EmailMessage { subject: one_line(&letter.subject), ..letter }.write()
}

/// Whatever stands in a name.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use domain::{ids::InvitationId, time::Timestamp};
    use probes::dispatch::MailSecurity;

    use super::*;

    #[test]
    fn no_name_breaks_out_of_a_header_or_a_line() {
        let breaks = "Orders\r\nBcc: eve@example.org\r\n\r\nhttps://evil.example.org/\n.\r\n";
        let invitation = Invitation {
            id: InvitationId::new(),
            email: "ada@example.org".into(),
            role: Role::Viewer,
            created_by: format!("token {breaks}"),
            created_at: Timestamp::from_millis(0),
            expires_at: Timestamp::from_millis(7 * 24 * 60 * 60 * 1_000),
        };
        let server = MailServer {
            host: "mail.example.org".into(),
            port: 25,
            security: MailSecurity::None,
            user: String::new(),
            password: String::new().into(),
            from: "console@example.org".into(),
        };
        let letter = written(&server, &invitation, breaks, "https://console.example.org/invitations/abc").expect("a mail");
        let letter = String::from_utf8(letter).expect("text");
        let (head, body) = letter.split_once("\r\n\r\n").expect("head and body");
        assert!(head.lines().all(|line| !line.to_ascii_lowercase().starts_with("bcc")), "{head}");
        assert_eq!(head.matches("\r\nTo: ").count() + usize::from(head.starts_with("To: ")), 1, "{head}");
        assert!(body.lines().all(|line| line != "." && !line.starts_with("https://evil")), "{body}");
    }
}
