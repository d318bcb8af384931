//! How messages leave this console.

use domain::environment::Environment;
use probes::dispatch::MailServer;

#[derive(Clone, Debug)]
pub struct Sending {
    /// Where people reach the console, for links: without a slash at its end.
    pub address: String,
    /// Which takes the mails of channels.
    pub mail: Option<MailServer>,
    /// Whose rules of egress hold for channels.
    pub environment: Environment,
}

impl Default for Sending {
    fn default() -> Self {
        Self { address: "http://127.0.0.1:8080".into(), mail: None, environment: Environment::Development }
    }
}
