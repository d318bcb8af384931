//! The identity provider of single sign-on: OpenID Connect, with the authorization code flow and PKCE. It knows no accounts.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use openidconnect::{
    AuthType, AuthorizationCode, ClaimsVerificationError, Client, ClientId, ClientSecret, CsrfToken, EmptyExtraTokenFields, EndpointMaybeSet, EndpointNotSet,
    EndpointSet, IdTokenFields, IdTokenVerifier, IssuerUrl, JsonWebKeySet, LogoutRequest, Nonce, PkceCodeChallenge, PkceCodeVerifier, PostLogoutRedirectUrl,
    ProviderMetadataWithLogout, RedirectUrl, RequestTokenError, Scope, SignatureVerificationError, StandardErrorResponse, StandardTokenResponse, TokenResponse,
    core::{
        CoreAuthDisplay, CoreAuthPrompt, CoreAuthenticationFlow, CoreClientAuthMethod, CoreErrorResponseType, CoreGenderClaim, CoreJsonWebKey,
        CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm, CoreRevocableToken, CoreRevocationErrorResponse, CoreTokenIntrospectionResponse,
        CoreTokenType,
    },
};
use parking_lot::RwLock;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;
use url::Url;

use super::error::chain;
use domain::{correlation_id::CorrelationId, environment::Environment, time::Timestamp, web_address};
use probes::{
    egress::Egress,
    web::{NoAnswer, Web},
};

mod claims;
mod groups;
mod http_client;

pub use claims::Identity;
use claims::OtherClaims;
pub use groups::{GroupRule, Groups};
use http_client::HttpClient;

/// What the provider says of itself is read anew after this time.
const KNOWN_FOR: Duration = Duration::from_secs(60 * 60);
/// One that failed is left alone for this time, however many ask.
const LEFT_ALONE_FOR: Duration = Duration::from_secs(5);
/// How far the provider's clock may be behind ours.
const SKEW: Duration = Duration::from_secs(60);

/// Signatures that only the provider can make: whoever knows the client's secret could make the others.
const ALGORITHMS: [CoreJwsSigningAlgorithm; 9] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
];

type TokenFields = IdTokenFields<OtherClaims, EmptyExtraTokenFields, CoreGenderClaim, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm>;
type ProviderClient = Client<
    OtherClaims,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    StandardErrorResponse<CoreErrorResponseType>,
    StandardTokenResponse<TokenFields, CoreTokenType>,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// Which provider it is, and what it decides.
#[derive(Clone, Debug)]
pub struct ProviderSettings {
    /// As it names itself, to the letter.
    pub issuer: String,
    /// What people call it.
    pub name: String,
    pub client_id: String,
    /// Absent for a client that cannot keep one.
    pub client_secret: Option<SecretString>,
    /// Asked for beside `openid`.
    pub scopes: Vec<String>,
    /// The claim of the ID token that lists a person's groups.
    pub groups_claim: String,
    pub groups: Groups,
    /// Nobody signs in with a password.
    pub only: bool,
    /// Of the console; it decides what may be reached.
    pub environment: Environment,
}

/// Why nobody was signed in.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ProviderError {
    #[error("the identity provider does not answer: {0}")]
    Away(String),
    #[error("the identity provider's answer cannot be trusted: {0}")]
    Untrusted(String),
    #[error("the identity provider refused: {0}")]
    Refused(String),
}

/// What has to be remembered of a person who was sent to the provider.
#[derive(Clone, Serialize, Deserialize)]
pub struct Pending {
    pub state: String,
    nonce: String,
    verifier: String,
    /// Where the provider sends them back to; the exchange repeats it.
    return_to: String,
}

/// The provider, and what it last said of itself. Clones share it.
#[derive(Clone)]
pub struct IdentityProvider(Arc<Inner>);

struct Inner {
    settings: ProviderSettings,
    web: Web,
    known: RwLock<Option<Known>>,
    /// Held by whoever asks it what it says of itself; how that failed the last time, and when.
    asking: Mutex<Option<(Timestamp, ProviderError)>>,
}

#[derive(Clone)]
struct Known {
    metadata: Arc<ProviderMetadataWithLogout>,
    since: Timestamp,
}

impl IdentityProvider {
    pub fn new(settings: ProviderSettings, egress: Egress) -> Self {
        let web = Web::new(egress, settings.environment);
        Self(Arc::new(Inner { settings, web, known: RwLock::default(), asking: Mutex::default() }))
    }

    pub fn settings(&self) -> &ProviderSettings {
        &self.0.settings
    }

    /// Where a person is sent to prove who they are, and what to remember until they are back at `return_to`.
    ///
    /// # Errors
    /// The provider is away, or says of itself what cannot be.
    pub async fn begin(&self, return_to: String, now: Timestamp, thread: &CorrelationId) -> Result<(Url, Pending), ProviderError> {
        let client = self.client(&*self.metadata(now, thread).await?, &return_to)?;
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let request = client.authorize_url(CoreAuthenticationFlow::AuthorizationCode, CsrfToken::new_random, Nonce::new_random);
        let scopes = self.settings().scopes.iter().cloned().map(Scope::new);
        let (address, state, nonce) = request.add_scopes(scopes).set_pkce_challenge(challenge).url();
        let pending = Pending { state: state.into_secret(), nonce: nonce.secret().clone(), verifier: verifier.into_secret(), return_to };
        Ok((address, pending))
    }

    /// Who came back with `code`, as the provider vouches for.
    ///
    /// # Errors
    /// The provider is away, refuses the code, or answers with a token that is not its own, not for us, not for this sign-in, or over.
    pub async fn finish(&self, pending: Pending, code: String, now: Timestamp, thread: &CorrelationId) -> Result<Identity, ProviderError> {
        let metadata = self.metadata(now, thread).await?;
        let client = self.client(&metadata, &pending.return_to)?;
        let exchange = client.exchange_code(AuthorizationCode::new(code)).map_err(|error| untrusted(&error))?;
        let courier = HttpClient { web: &self.0.web, thread };
        let answer = exchange.set_pkce_verifier(PkceCodeVerifier::new(pending.verifier)).request_async(&courier).await.map_err(|error| match error {
            RequestTokenError::Request(away) => ProviderError::Away(away.to_string()),
            RequestTokenError::ServerResponse(refusal) => ProviderError::Refused(refusal.error().to_string()),
            other => untrusted(&other),
        })?;
        let token = answer.id_token().ok_or_else(|| ProviderError::Untrusted("it gave no ID token".into()))?;
        let nonce = Nonce::new(pending.nonce);
        let claims = match token.claims(&self.verifier(&metadata, now), &nonce) {
            // It signs with another key since.
            Err(error) if is_of_the_key(&error) => {
                let keys = JsonWebKeySet::fetch_async(metadata.jwks_uri(), &courier).await.map_err(|error| away(&error))?;
                let metadata = Arc::new((*metadata).clone().set_jwks(keys));
                *self.0.known.write() = Some(Known { metadata: metadata.clone(), since: now });
                token.claims(&self.verifier(&metadata, now), &nonce)
            }
            judged => judged,
        };
        Identity::read(self.settings(), claims.map_err(|error| untrusted(&error))?)
    }

    /// Where a person is sent to be signed out there too, and then on to `return_to`; none where the provider offers no such thing.
    ///
    /// # Errors
    /// As [`IdentityProvider::begin`].
    pub async fn sign_out(&self, return_to: String, now: Timestamp, thread: &CorrelationId) -> Result<Option<Url>, ProviderError> {
        let metadata = self.metadata(now, thread).await?;
        let Some(endpoint) = metadata.additional_metadata().end_session_endpoint.clone() else { return Ok(None) };
        let back = PostLogoutRedirectUrl::new(return_to).map_err(|error| untrusted(&error))?;
        let request = LogoutRequest::from(endpoint).set_client_id(self.client_id()).set_post_logout_redirect_uri(back);
        Ok(Some(request.http_get_url()))
    }

    /// Whether the provider is known to sign people out.
    pub fn offers_sign_out(&self) -> bool {
        self.0.known.read().as_ref().is_some_and(|known| known.metadata.additional_metadata().end_session_endpoint.is_some())
    }

    async fn metadata(&self, now: Timestamp, thread: &CorrelationId) -> Result<Arc<ProviderMetadataWithLogout>, ProviderError> {
        if let Some(metadata) = self.known(now) {
            return Ok(metadata);
        }
        let mut failure = self.0.asking.lock().await;
        // Whoever waited finds what came of it.
        if let Some(metadata) = self.known(now) {
            return Ok(metadata);
        }
        if let Some((_, error)) = failure.as_ref().filter(|(at, _)| now < *at + LEFT_ALONE_FOR) {
            return Err(error.clone());
        }
        let began = Instant::now();
        let asked = self.ask(now, thread).await;
        *failure = asked.as_ref().err().map(|error| (now + began.elapsed(), error.clone()));
        asked
    }

    fn known(&self, now: Timestamp) -> Option<Arc<ProviderMetadataWithLogout>> {
        let known = self.0.known.read();
        known.as_ref().filter(|known| now < known.since + KNOWN_FOR).map(|known| known.metadata.clone())
    }

    async fn ask(&self, now: Timestamp, thread: &CorrelationId) -> Result<Arc<ProviderMetadataWithLogout>, ProviderError> {
        let issuer = IssuerUrl::new(self.settings().issuer.clone()).map_err(|error| untrusted(&error))?;
        let courier = HttpClient { web: &self.0.web, thread };
        let metadata = Arc::new(ProviderMetadataWithLogout::discover_async(issuer, &courier).await.map_err(|error| away(&error))?);
        self.check(&metadata)?;
        *self.0.known.write() = Some(Known { metadata: metadata.clone(), since: now });
        Ok(metadata)
    }

    /// Every address that is used must be one of the web, and encrypted where the issuer's is.
    fn check(&self, metadata: &ProviderMetadataWithLogout) -> Result<(), ProviderError> {
        let token = metadata.token_endpoint().ok_or_else(|| ProviderError::Untrusted("it names no token endpoint".into()))?;
        let sign_out = metadata.additional_metadata().end_session_endpoint.as_ref().map(|address| address.url());
        let used = [metadata.authorization_endpoint().url(), token.url(), metadata.jwks_uri().url()].into_iter().chain(sign_out);
        let is_encrypted = self.settings().issuer.starts_with("https:");
        for address in used {
            if web_address::check(address.as_str()).is_err() || is_encrypted && address.scheme() != "https" {
                return Err(ProviderError::Untrusted(format!("it names the address {address}")));
            }
        }
        Ok(())
    }

    fn client(&self, metadata: &ProviderMetadataWithLogout, return_to: &str) -> Result<ProviderClient, ProviderError> {
        let return_to = RedirectUrl::new(return_to.to_owned()).map_err(|error| untrusted(&error))?;
        let client = ProviderClient::from_provider_metadata(metadata.clone(), self.client_id(), self.client_secret());
        // By a header, as the standard has it, unless the provider knows the body alone.
        let by_body = metadata.token_endpoint_auth_methods_supported().is_some_and(|ways| !ways.contains(&CoreClientAuthMethod::ClientSecretBasic));
        Ok(client.set_redirect_uri(return_to).set_auth_type(if by_body { AuthType::RequestBody } else { AuthType::BasicAuth }))
    }

    fn client_id(&self) -> ClientId {
        ClientId::new(self.settings().client_id.clone())
    }

    fn client_secret(&self) -> Option<ClientSecret> {
        self.settings().client_secret.as_ref().map(|secret| ClientSecret::new(secret.expose_secret().to_owned()))
    }

    fn verifier(&self, metadata: &ProviderMetadataWithLogout, now: Timestamp) -> IdTokenVerifier<'static, CoreJsonWebKey> {
        let (issuer, keys) = (metadata.issuer().clone(), metadata.jwks().clone());
        // As of a client without a secret, so that none is ever taken for a key.
        let verifier = IdTokenVerifier::new_public_client(self.client_id(), issuer, keys);
        verifier.set_allowed_algs(ALGORITHMS).set_time_fn(move || (now - SKEW).as_datetime())
    }
}

fn is_of_the_key(error: &ClaimsVerificationError) -> bool {
    use SignatureVerificationError::{AmbiguousKeyId, CryptoError, InvalidKey, NoMatchingKey};
    matches!(error, ClaimsVerificationError::SignatureVerification(NoMatchingKey | CryptoError(_) | InvalidKey(_) | AmbiguousKeyId(_)))
}

fn away(error: &openidconnect::DiscoveryError<NoAnswer>) -> ProviderError {
    match error {
        openidconnect::DiscoveryError::Request(_) | openidconnect::DiscoveryError::Response(..) => ProviderError::Away(chain(error)),
        other => untrusted(other),
    }
}

fn untrusted(error: &dyn std::error::Error) -> ProviderError {
    ProviderError::Untrusted(chain(error))
}
