//! The console as a relying party (WebAuthn Level 3): what it asks of a browser, and whether the answer is good. It knows no accounts.

use std::net::IpAddr;

use domain::ids::OperatorId;
use store::passkeys::PasskeyRow;
use url::Url;
use webauthn_rp::{
    AuthenticatedCredential, DiscoverableAuthenticationServerState, DiscoverableCredentialRequestOptions, PublicKeyCredentialCreationOptions,
    RegistrationServerState,
    bin::{Decode, Encode},
    request::{
        AsciiDomain, PublicKeyCredentialDescriptor, RpId,
        auth::AuthenticationVerificationOptions,
        register::{CredProtect, PublicKeyCredentialUserEntity, RegistrationVerificationOptions, UserHandle16, Username},
    },
    response::{
        AuthTransports, CredentialId,
        auth::{error::AuthCeremonyErr, ser_relaxed::AuthenticationRelaxed},
        register::{DynamicState, StaticState, ser_relaxed::RegistrationRelaxed},
    },
};

use crate::OpsError;

/// Bytes of an account's id, which a passkey carries.
const ACCOUNT: usize = 16;

/// What a browser is asked, as JSON, and what the console must know again to look at its answer.
pub struct Ceremony {
    pub options: String,
    pub state: Vec<u8>,
}

/// What is kept of a passkey.
pub struct NewCredential {
    pub credential_id: Vec<u8>,
    pub public_key: Vec<u8>,
    pub state: Vec<u8>,
}

/// Why an answer is not good, for the log of the server.
#[derive(Debug, thiserror::Error)]
pub enum VerificationError {
    /// There may be a copy of the passkey.
    #[error("its counter went back")]
    CounterWentBack,
    #[error("{0}")]
    Other(String),
}

/// An answer that has been read, and not been looked at.
pub struct Answer(AuthenticationRelaxed<ACCOUNT, true>);

impl Answer {
    /// Of the JSON that a browser makes of it; nothing where it is none.
    pub fn read(json: &str) -> Option<Self> {
        serde_json::from_str(json).map(Self).ok()
    }

    pub fn credential_id(&self) -> Vec<u8> {
        self.0.0.raw_id().as_ref().to_vec()
    }
}

/// Passkeys are good at one name, and made and used at one origin.
pub struct RelyingParty {
    id: RpId,
    /// As browsers write it.
    origin: String,
}

impl RelyingParty {
    /// Of the address where people reach the console. Nothing where browsers have no passkeys: over plain HTTP but for `localhost`, and at a bare IP address.
    pub fn at(address: &str) -> Option<Self> {
        let url = Url::parse(address).ok()?;
        let host = url.domain()?;
        let is_local = host == "localhost" || host.ends_with(".localhost");
        let is_secure = url.scheme() == "https" || (url.scheme() == "http" && is_local);
        if !is_secure || host.parse::<IpAddr>().is_ok() {
            return None;
        }
        Some(Self { id: RpId::Domain(AsciiDomain::try_from(host.to_owned()).ok()?), origin: url.origin().ascii_serialization() })
    }

    /// To make a passkey for the account, where none of `known` is: one that says by itself whose it is, on a device that asks the person who they are.
    ///
    /// # Errors
    /// None that can happen with these options.
    pub fn creation(&self, account: OperatorId, email: &str, known: Vec<Vec<u8>>) -> Result<Ceremony, OpsError> {
        let handle = handle(account);
        let id = account.to_string();
        // What RFC 8265 has no name for is shown as the id.
        let name = Username::try_from(email).or_else(|_| Username::try_from(id.as_str())).map_err(unusable)?;
        let user = PublicKeyCredentialUserEntity { name, id: &handle, display_name: None };
        let known = known.into_iter().filter_map(|id| CredentialId::<Vec<u8>>::decode(id).ok());
        let any_way = AuthTransports::decode(0).map_err(unusable)?;
        let known = known.map(|id| PublicKeyCredentialDescriptor { id, transports: any_way }).collect();
        let mut options = PublicKeyCredentialCreationOptions::passkey(&self.id, user, known);
        // A device that does not know it would make no passkey at all; each sign-in asks who is there anyway.
        options.extensions.cred_protect = CredProtect::None;
        let (state, options) = options.start_ceremony().map_err(unusable)?;
        Ok(Ceremony { options: serde_json::to_string(&options).map_err(unusable)?, state: state.encode().map_err(unusable)? })
    }

    /// What a browser made for [`RelyingParty::creation`].
    ///
    /// # Errors
    /// It is not an answer to that, or not one that this console takes.
    pub fn made(&self, state: &[u8], json: &str) -> Result<NewCredential, VerificationError> {
        let state = RegistrationServerState::<ACCOUNT>::decode(state).map_err(not_good)?;
        let RegistrationRelaxed(answer) = serde_json::from_str(json).map_err(not_good)?;
        let origins = [self.origin.as_str()];
        // Browsers ask some devices for more than they were asked for themselves.
        let options = RegistrationVerificationOptions::<_, &str> { allowed_origins: &origins, error_on_unsolicited_extensions: false, ..Default::default() };
        let made = state.verify(&self.id, &answer, &options).map_err(not_good)?;
        let Ok(public_key) = made.static_state().encode();
        let Ok(state) = made.dynamic_state().encode();
        Ok(NewCredential { credential_id: made.id().as_ref().to_vec(), public_key, state: state.to_vec() })
    }

    /// To sign in as whoever the chosen passkey belongs to. The same for everybody, so that it tells nothing of accounts.
    ///
    /// # Errors
    /// None that can happen with these options.
    pub fn request(&self) -> Result<Ceremony, OpsError> {
        let (state, options) = DiscoverableCredentialRequestOptions::passkey(&self.id).start_ceremony().map_err(unusable)?;
        Ok(Ceremony { options: serde_json::to_string(&options).map_err(unusable)?, state: state.encode().map_err(unusable)?.to_vec() })
    }

    /// The state of the passkey after it has signed for [`RelyingParty::request`].
    ///
    /// # Errors
    /// It has not.
    pub fn signed(&self, state: &[u8], Answer(AuthenticationRelaxed(answer)): &Answer, passkey: &PasskeyRow) -> Result<Vec<u8>, VerificationError> {
        let state = DiscoverableAuthenticationServerState::decode(state).map_err(not_good)?;
        let handle = handle(passkey.operator_id);
        let public_key = StaticState::decode(&passkey.public_key).map_err(not_good)?;
        let before = passkey.state.as_slice().try_into().map_err(not_good)?;
        let before = DynamicState::decode(before).map_err(not_good)?;
        let mut credential = AuthenticatedCredential::new(answer.raw_id(), &handle, public_key, before).map_err(not_good)?;
        let origins = [self.origin.as_str()];
        let options = AuthenticationVerificationOptions::<_, &str> { allowed_origins: &origins, error_on_unsolicited_extensions: false, ..Default::default() };
        state.verify(&self.id, answer, &mut credential, &options).map_err(|error| match error {
            AuthCeremonyErr::SignatureCounter => VerificationError::CounterWentBack,
            other => not_good(other),
        })?;
        let Ok(after) = credential.dynamic_state().encode();
        Ok(after.to_vec())
    }
}

fn handle(account: OperatorId) -> UserHandle16 {
    let Ok(handle) = UserHandle16::decode(account.as_uuid().into_bytes());
    handle
}

fn not_good(error: impl std::fmt::Display) -> VerificationError {
    VerificationError::Other(error.to_string())
}

fn unusable(error: impl std::fmt::Display) -> OpsError {
    OpsError::Settings(format!("a passkey cannot be asked for: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_passkeys_where_browsers_have_them() {
        let origin = |address| RelyingParty::at(address).map(|party| party.origin);
        for (address, expected) in [
            ("https://console.example.org", "https://console.example.org"),
            ("https://console.example.org:8443/", "https://console.example.org:8443"),
            ("https://Console.Example.org:443/below", "https://console.example.org"),
            ("http://localhost:8080", "http://localhost:8080"),
        ] {
            assert_eq!(origin(address).as_deref(), Some(expected), "{address}");
        }
        for address in ["http://console.example.org", "http://127.0.0.1:8080", "https://192.0.2.1", "https://[2001:db8::1]", "no address", ""] {
            assert_eq!(origin(address), None, "{address}");
        }
    }
}
