//! A mail server that takes messages: greeted, signed in to, and asked whether it would take one. None is ever sent.

use async_trait::async_trait;

use super::{ConnectionKind, Failure, Finding, Target, address};
use domain::{
    error::FieldError,
    kind::{Depth, Field, KindDescriptor, Scenario},
    profile::Settings,
    settings::text,
};

mod reply;
mod scenarios;
mod session;

pub struct Smtp {
    descriptor: KindDescriptor,
}

impl Smtp {
    pub fn new() -> Self {
        let descriptor = KindDescriptor {
            id: "smtp",
            title: "SMTP",
            summary: "A mail server: greeting, encryption, sign-in, and whether it would take a message.",
            fields: fields(),
            scenarios: vec![
                Scenario::blocking("resolve", "Host name resolves", Depth::Verify),
                Scenario::blocking("connect", "Accepts a connection", Depth::Verify),
                Scenario::blocking("tls", "Encrypts as asked", Depth::Verify),
                Scenario::blocking("greeting", "Greets and answers NOOP", Depth::Heartbeat),
                Scenario::blocking("sign_in", "Signs in", Depth::Verify),
                Scenario::blocking("recipient", "Takes mail for the recipient", Depth::Diagnose),
                Scenario::advisory("foreign_sender", "Refuses a sender of another domain", Depth::Diagnose),
            ],
        };
        Self { descriptor }
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
        Field::choice("security", "Encryption", &["none", "starttls", "tls"])
            .default_to("starttls")
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
    fn descriptor(&self) -> &KindDescriptor {
        &self.descriptor
    }

    fn origin(&self, settings: &Settings) -> String {
        address::origin("smtp", settings)
    }

    fn check(&self, settings: &Settings) -> Vec<FieldError> {
        let mail = ["from", "recipient"].into_iter().filter(|field| {
            let address = text(settings, field);
            !address.is_empty() && !is_mail_address(address)
        });
        let mail = mail.map(|field| FieldError::new(format!("settings.{field}"), "Enter one address, such as orders@example.com."));
        address::check(settings).into_iter().chain(mail).collect()
    }

    async fn run(&self, scenario: &str, target: &Target) -> Result<Finding, Failure> {
        match scenario {
            "resolve" => address::resolve(target).await,
            "connect" => address::connect(target).await,
            "tls" => scenarios::tls(target).await,
            "greeting" => scenarios::greeting(target).await,
            "sign_in" => scenarios::sign_in(target).await,
            "recipient" => scenarios::recipient(target).await,
            "foreign_sender" => scenarios::foreign_sender(target).await,
            unknown => Err(address::unknown_scenario(unknown)),
        }
    }

    async fn heartbeat(&self, target: &Target) -> Result<(), Failure> {
        scenarios::heartbeat(target).await
    }
}

/// One address that fits between `<` and `>` and cannot end the line it stands on.
fn is_mail_address(text: &str) -> bool {
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
