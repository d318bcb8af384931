//! A program of the team's own, by the specification of Standard Webhooks.

use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use domain::{channel::ChannelDescriptor, error::FieldError, kind::Field};
use hyper::header::HeaderName;
use ring::hmac;
use secrecy::ExposeSecret;

use super::{Address, Channel, Part, post, with_header};
use crate::{
    notify::{failed::Failed, message::Message},
    vault::Credential,
};

const PREFIX: &str = "whsec_";

pub struct Webhook(ChannelDescriptor);

impl Webhook {
    pub fn new() -> Self {
        let secret =
            Field::secret("secret", "Signing secret").required().hint("whsec_ and 24 to 64 random bytes in base64; the receiver checks the signature with it.");
        Self(ChannelDescriptor {
            id: "webhook",
            title: "Webhook",
            summary: "JSON to a program of yours, signed as Standard Webhooks says.",
            fields: vec![Field::url("url", "URL").required(), secret],
        })
    }
}

impl Channel for Webhook {
    fn descriptor(&self) -> &ChannelDescriptor {
        &self.0
    }

    fn check_credential(&self, credential: &Credential) -> Vec<FieldError> {
        let wrong = credential.get("secret").and_then(|secret| key(secret.expose_secret()).err());
        wrong.map(|message| FieldError::new("credential.secret", message)).into_iter().collect()
    }

    fn write(&self, to: &Address<'_>, message: &Message) -> Result<Vec<Part>, Failed> {
        let key = key(to.needed("secret")?)?;
        let body = message.json().to_string();
        let (id, seconds) = (message.id.to_string(), to.now.as_millis() / 1_000);
        let tag = hmac::sign(&key, format!("{id}.{seconds}.{body}").as_bytes());
        let signature = format!("v1,{}", BASE64_STANDARD.encode(tag));
        let mut request = post(to.url("")?, &serde_json::Value::Null);
        request.body = Bytes::from(body);
        for (name, value) in [("webhook-id", id), ("webhook-timestamp", seconds.to_string()), ("webhook-signature", signature)] {
            request = with_header(request, HeaderName::from_static(name), &value)?;
        }
        Ok(vec![Part::request(request)])
    }
}

fn key(secret: &str) -> Result<hmac::Key, String> {
    let bytes = secret.strip_prefix(PREFIX).and_then(|encoded| BASE64_STANDARD.decode(encoded).ok());
    let bytes = bytes.filter(|bytes| (24..=64).contains(&bytes.len())).ok_or("Must be whsec_ and 24 to 64 bytes in base64.")?;
    Ok(hmac::Key::new(hmac::HMAC_SHA256, &bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification's own libraries.
    #[test]
    fn a_signature_is_the_one_that_others_make() {
        let key = key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").expect("a key");
        let tag = hmac::sign(&key, br#"msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.{"test": 2432232314}"#);
        assert_eq!(BASE64_STANDARD.encode(tag), "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }
}
