//! A bucket as the settings describe it, and signed requests to it over the one dialer.

use bytes::Bytes;
use hyper::{
    HeaderMap, Method, StatusCode,
    header::{self, HeaderValue},
};
use object_store::{
    aws::{AwsAuthorizer, AwsCredential},
    client::{HttpRequest, HttpRequestBody},
};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use url::Url;

use crate::{
    kinds::{
        Artefact, Cause, Failure, Target, encryption,
        http::{
            evidence,
            exchange::{Answer, Outgoing, exchange},
            http_url, status,
        },
    },
    tls::TlsPolicy,
};

/// What Signature Version 4 wants encoded in a path.
const IN_PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

/// Longest error code that is taken for one, in characters; anything else in an error body is not shown.
const LONGEST_CODE: usize = 40;

pub struct Store<'a> {
    pub target: &'a Target,
    /// Of the bucket, without a slash at its end.
    base: Url,
    path: String,
    pub tls: TlsPolicy,
}

impl<'a> Store<'a> {
    /// # Errors
    /// `ConfigurationInvalid`; settings that passed the kind's check have none.
    pub fn of(target: &'a Target) -> Result<Self, Failure> {
        let invalid = |found: String| Failure::new(Cause::ConfigurationInvalid, found);
        // A URL would take them for steps up, into another bucket.
        if !is_plain(target.text("prefix")) {
            return Err(invalid(STEPS.to_owned()));
        }
        let (mut base, bucket) = (http_url::parse(target.text("endpoint")).map_err(invalid)?, target.text("bucket"));
        // Some services stand under a path of their own, as Supabase's at /storage/v1/s3.
        let root = base.path().trim_end_matches('/').to_owned();
        let path = if target.flag("path_style") {
            format!("{root}/{}", encode(bucket))
        } else {
            let host = format!("{bucket}.{}", http_url::host(&base));
            base.set_host(Some(&host)).map_err(|_| invalid(format!("{host} is no host name: turn path style on.")))?;
            root
        };
        Ok(Self { target, base, path, tls: encryption::policy(target)? })
    }

    pub const fn url(&self) -> &Url {
        &self.base
    }

    /// Asks for the bucket. Where a prefix is set, asks below it alone: a key may be good for no more.
    pub async fn ask(&self) -> Result<Answer, Failure> {
        if self.prefix().is_none() { self.head("").await } else { self.list().await }
    }

    /// See [`prefix`].
    pub fn prefix(&self) -> Option<String> {
        prefix(self.target)
    }

    /// Of an object, or of the bucket by the empty key.
    pub async fn head(&self, key: &str) -> Result<Answer, Failure> {
        self.send(Method::HEAD, key, "", Bytes::new(), true).await
    }

    /// At most one of the names that begin with the prefix.
    pub async fn list(&self) -> Result<Answer, Failure> {
        let query = format!("list-type=2&max-keys=1&prefix={}", encode(&self.prefix().unwrap_or_default()).replace('/', "%2F"));
        self.send(Method::GET, "", &query, Bytes::new(), true).await
    }

    pub async fn put(&self, key: &str, body: Bytes) -> Result<Answer, Failure> {
        self.send(Method::PUT, key, "", body, true).await
    }

    pub async fn get(&self, key: &str) -> Result<Answer, Failure> {
        self.send(Method::GET, key, "", Bytes::new(), true).await
    }

    /// As somebody without a credential.
    pub async fn get_unsigned(&self, key: &str) -> Result<Answer, Failure> {
        self.send(Method::GET, key, "", Bytes::new(), false).await
    }

    pub async fn delete(&self, key: &str) -> Result<Answer, Failure> {
        self.send(Method::DELETE, key, "", Bytes::new(), true).await
    }

    /// An answer of this store as evidence.
    pub fn evidence(&self, answer: &Answer) -> Vec<Artefact> {
        evidence::of(self.target, answer)
    }

    async fn send(&self, method: Method, key: &str, query: &str, body: Bytes, signed: bool) -> Result<Answer, Failure> {
        let path = format!("{}/{}", self.path, encode(key));
        let path = if key.is_empty() && !self.path.is_empty() { self.path.as_str() } else { path.as_str() };
        let mut url = self.base.clone();
        url.set_path(path);
        url.set_query(Some(query).filter(|query| !query.is_empty()));
        let headers = if signed { self.sign(&method, &url, body.clone())? } else { HeaderMap::new() };
        exchange(self.target, &self.tls, Outgoing { method, url: &url, headers, body }).await
    }

    /// The headers that sign a request (Signature Version 4).
    fn sign(&self, method: &Method, url: &Url, body: Bytes) -> Result<HeaderMap, Failure> {
        let unusable = || Failure::new(Cause::ConfigurationInvalid, "The region or the access key has characters that no header can carry.");
        let secret = |name| self.target.secret(name).unwrap_or_default().trim().to_owned();
        let credential = AwsCredential { key_id: secret("access_key_id"), secret_key: secret("secret_access_key"), token: None };
        let region = self.target.text("region").trim();
        // The authorizer panics on what a header cannot carry.
        if [credential.key_id.as_str(), region].into_iter().any(|text| HeaderValue::try_from(text).is_err()) {
            return Err(unusable());
        }
        let mut request = HttpRequest::new(HttpRequestBody::from(body));
        *request.method_mut() = method.clone();
        *request.uri_mut() = url.as_str().parse().map_err(|_| unusable())?;
        AwsAuthorizer::new(&credential, "s3", region).try_authorize(&mut request, None).map_err(|_| unusable())?;
        let mut headers = std::mem::take(request.headers_mut());
        if let Some(authorization) = headers.get_mut(header::AUTHORIZATION) {
            authorization.set_sensitive(true);
        }
        Ok(headers)
    }
}

/// What the names of all objects that are the console's begin with, as `orders/`; none where they may have any name.
pub fn prefix(target: &Target) -> Option<String> {
    let prefix = target.text("prefix").trim_matches('/');
    (!prefix.is_empty()).then(|| format!("{prefix}/"))
}

pub const STEPS: &str = "A prefix has no part that is only dots: storage has no folders to step out of.";

/// Whether no part of a prefix is `.` or `..`.
pub fn is_plain(prefix: &str) -> bool {
    !prefix.split('/').any(|part| matches!(part, "." | ".."))
}

/// A key as it stands in a path.
fn encode(key: &str) -> String {
    utf8_percent_encode(key, IN_PATH).to_string()
}

/// The error code of an answer, if it has one.
pub fn code(answer: &Answer) -> Option<&str> {
    element(answer, "Code")
}

/// Where the bucket is, if the answer says so.
pub fn bucket_region(answer: &Answer) -> Option<&str> {
    let told = answer.headers.get("x-amz-bucket-region").and_then(|region| region.to_str().ok());
    told.or_else(|| element(answer, "Region"))
}

/// A word that an error holds, such as its code.
fn element<'a>(answer: &'a Answer, name: &str) -> Option<&'a str> {
    let start = answer.body[..answer.body.len().min(4 << 10)].utf8_chunks().next()?.valid();
    let word = start.split_once(&format!("<{name}>"))?.1.split_once(&format!("</{name}>"))?.0;
    let is_plain = !word.is_empty() && word.len() <= LONGEST_CODE && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-".contains(&byte));
    is_plain.then_some(word)
}

/// Holds a success of [`Store::ask`] to what storage answers. A console, a login or a parked domain answers everything with a page.
///
/// # Errors
/// It is a page, or lists no bucket.
pub fn check_storage(answer: &Answer) -> Result<(), Failure> {
    let start = &answer.body[..answer.body.len().min(4 << 10)];
    let is_page = answer.headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().to_ascii_lowercase().starts_with(b"text/html"));
    let is_of_storage = if answer.body.is_empty() { !is_page } else { memchr::memmem::find(start, b"<ListBucketResult").is_some() };
    if is_of_storage {
        return Ok(());
    }
    let found = format!("{} came, but not with what storage answers: a web page, perhaps a console or a sign-in.", status::in_words(answer.status));
    Err(Failure::new(Cause::UnexpectedAnswer, found))
}

/// Holds a success of [`Store::list`] to the same, and to having a body.
///
/// # Errors
/// It is a page, lists no bucket, or says nothing at all.
pub fn check_list(answer: &Answer) -> Result<(), Failure> {
    if answer.body.is_empty() {
        let found = format!("{} came, but without the list of objects that storage answers with.", status::in_words(answer.status));
        return Err(Failure::new(Cause::UnexpectedAnswer, found));
    }
    check_storage(answer)
}

/// What an answer that is no success means.
pub fn refusal(answer: &Answer) -> Failure {
    let code = code(answer);
    let cause = match (code, answer.status) {
        (Some("InvalidAccessKeyId" | "SignatureDoesNotMatch" | "InvalidToken" | "ExpiredToken" | "MissingSecurityHeader"), _) => Cause::AuthRejected,
        (Some("RequestTimeTooSkewed"), _) => Cause::ClocksApart,
        (Some("AuthorizationHeaderMalformed" | "PermanentRedirect" | "TemporaryRedirect" | "InvalidRegionName" | "IllegalLocationConstraintException"), _) => {
            Cause::WrongRegion
        }
        (Some("NoSuchBucket" | "InvalidBucketName"), _) => Cause::BucketMissing,
        (Some("QuotaExceeded"), _) => Cause::NearLimit,
        (Some("SlowDown" | "TooManyRequests"), _) | (_, StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS) => Cause::NotReady,
        (_, StatusCode::UNAUTHORIZED) => Cause::AuthRejected,
        (_, StatusCode::FORBIDDEN) => Cause::PermissionDenied,
        (_, StatusCode::NOT_FOUND) => Cause::BucketMissing,
        (_, status) if status.is_redirection() && answer.headers.contains_key("x-amz-bucket-region") => Cause::WrongRegion,
        (_, status) if status.is_server_error() => Cause::ServiceFailed,
        _ => Cause::UnexpectedAnswer,
    };
    Failure::new(cause, format!("The service answered {}{}.", status::in_words(answer.status), code.map_or_else(String::new, |code| format!(" ({code})"))))
}
