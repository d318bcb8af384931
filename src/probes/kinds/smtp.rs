//! A mail server that takes messages: greeted, signed in to, and asked whether it would take one. None is ever sent.

use async_trait::async_trait;
use futures_util::FutureExt;
use strum::{EnumString, IntoStaticStr, VariantNames};

use super::{Cause, ConnectionKind, Failure, KindDefinition, Origin, Probe, Target, address};
use domain::{
    error::FieldError,
    kind::{Depth, Field},
    profile::Settings,
    settings::text,
};

pub(crate) mod reply;
mod scenarios;
pub(crate) mod session;

pub struct Smtp(KindDefinition);

/// How a connection to a mail server is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumString, IntoStaticStr, VariantNames)]
#[strum(serialize_all = "lowercase")]
pub enum MailSecurity {
    None,
    /// Once both have agreed to.
    StartTls,
    /// From the first byte.
    Tls,
}

impl MailSecurity {
    /// # Errors
    /// The settings are of another version of this program.
    fn of(target: &Target) -> Result<Self, Failure> {
        target.text("security").parse().map_err(|_| Failure::new(Cause::ConfigurationInvalid, "This program does not know this encryption of mail."))
    }
}

impl Smtp {
    pub fn new() -> Self {
        let probes = vec![
            Probe::blocking("resolve", "Host name resolves", Depth::Verify, |target| address::resolve(target).boxed()),
            Probe::blocking("connect", "Accepts a connection", Depth::Verify, |target| address::connect(target).boxed()),
            Probe::blocking("tls", "Encrypts as asked", Depth::Verify, |target| scenarios::tls(target).boxed()),
            Probe::blocking("greeting", "Greets and answers NOOP", Depth::Heartbeat, |target| scenarios::greeting(target).boxed()),
            Probe::blocking("sign_in", "Signs in", Depth::Verify, |target| scenarios::sign_in(target).boxed()),
            Probe::blocking("recipient", "Takes mail for the recipient", Depth::Diagnose, |target| scenarios::recipient(target).boxed()),
            Probe::advisory("foreign_sender", "Refuses a sender of another domain", Depth::Diagnose, |target| scenarios::foreign_sender(target).boxed()),
        ];
        Self(KindDefinition::new("smtp", "SMTP", "A mail server: greeting, encryption, sign-in, and whether it would take a message.", fields(), probes))
    }
}

impl Default for Smtp {
    fn default() -> Self {
        Self::new()
    }
}

fn fields() -> Vec<Field> {
    vec![
        Field::text("host", "Host").required().hint("A name or an IP address."),
        Field::port(587),
        Field::choice("security", "Encryption", MailSecurity::VARIANTS)
            .default_to(<&str>::from(MailSecurity::StartTls))
            .hint("starttls is usual on port 587, tls on port 465. With none, the password travels in clear text."),
        Field::text("user", "User").hint("Leave it empty for a server that takes mail without sign-in."),
        Field::secret("password", "Password"),
        Field::text("from", "Sender").hint("The address that mail comes from. Diagnostics ask whether it is taken; no message is sent."),
        Field::text("recipient", "Recipient").hint("The address that diagnostics ask about; no message is sent to it."),
        Field::multiline("ca_pem", "Certificate authority").hint("PEM, for a certificate that public authorities did not sign."),
    ]
}

#[async_trait]
impl ConnectionKind for Smtp {
    fn definition(&self) -> &KindDefinition {
        &self.0
    }

    fn origins(&self, settings: &Settings) -> Vec<Origin> {
        vec![address::origin("smtp", settings)]
    }

    fn check(&self, settings: &Settings) -> Vec<FieldError> {
        let mail = ["from", "recipient"].into_iter().filter(|field| {
            let address = text(settings, field);
            !address.is_empty() && !is_mail_address(address)
        });
        let mail = mail.map(|field| FieldError::new(format!("settings.{field}"), "Enter one address, such as orders@example.com."));
        address::check(settings).into_iter().chain(mail).collect()
    }

    async fn heartbeat(&self, target: &Target) -> Result<(), Failure> {
        scenarios::heartbeat(target).await
    }
}

/// One address that fits between `<` and `>` and cannot end the line it stands on.
pub fn is_mail_address(text: &str) -> bool {
    let fits = |c: char| c.is_ascii_graphic() && !matches!(c, '<' | '>' | '"' | '\\' | '(' | ')' | ',' | ';' | ':');
    let (local, domain) = text.rsplit_once('@').unwrap_or_default();
    text.chars().all(fits) && !local.is_empty() && !local.contains('@') && !domain.is_empty() && text.len() <= 254
}

#[cfg(test)]
mod tests {
    use super::is_mail_address;

    #[test]
    fn an_address_cannot_become_a_command() {
        for text in ["a@b", "first.last+tag@mail.example"] {
            assert!(is_mail_address(text), "{text}");
        }
        for text in ["", "a", "@b", "a@", "a@b c", "a@b>\r\nDATA", "a@b\r\n", "<a@b>", "a@@b", "a b@c", "a@b,c@d"] {
            assert!(!is_mail_address(text), "{text:?}");
        }
    }
}
