//! What is tried against a bucket, each request over a connection of its own.

use bytes::Bytes;
use hyper::StatusCode;
use rand::Rng;
use serde_json::json;

use super::store::{Store, bucket_region, check_list, check_storage, code, prefix, refusal};
use crate::kinds::{
    Artefact, Cause, Failure, Finding, Target,
    evidence::sha256,
    http::{evidence, exchange::Answer, status},
};

/// Size of the object of a round trip, in bytes.
const OBJECT: usize = 4 << 10;

/// The service knows the key. What the key may do has scenarios of its own.
pub async fn sign_in(target: &Target) -> Result<Finding, Failure> {
    let answer = Store::of(target)?.list().await?;
    if answer.status.is_success()
        && let Err(failure) = check_list(&answer)
    {
        return Err(failure.with_all(evidence::of(target, &answer)));
    }
    let known = answer.status.is_success() || matches!(code(&answer), Some("AccessDenied" | "NoSuchBucket" | "PermanentRedirect"));
    let found = if answer.status.is_success() {
        "The key is accepted.".to_owned()
    } else {
        format!("The key is known; the service answered {}.", status::in_words(answer.status))
    };
    let wrong_region = code(&answer) == Some("AuthorizationHeaderMalformed");
    with_evidence(target, &answer, if known || wrong_region { Ok(found) } else { Err(refusal(&answer)) })
}

/// The bucket is where the settings say. Services that know no regions say nothing.
pub async fn region(target: &Target) -> Result<Finding, Failure> {
    let store = Store::of(target)?;
    let answer = with_reason(&store, store.ask().await?).await;
    with_evidence(target, &answer, judge_region(target, &answer))
}

fn judge_region(target: &Target, answer: &Answer) -> Result<Finding, Failure> {
    let configured = target.text("region").trim();
    match bucket_region(answer) {
        Some(actual) if actual == configured => Ok(format!("The bucket is in {actual}.").into()),
        Some(actual) => {
            Err(Failure::new(Cause::WrongRegion, format!("The bucket is in {}, not in {configured}.", actual.chars().take(40).collect::<String>())))
        }
        None if matches!(code(answer), Some("AuthorizationHeaderMalformed" | "PermanentRedirect")) => Err(refusal(answer)),
        None => Ok(Finding::not_tried("the service names no region.")),
    }
}

/// The bucket, and that it is where the settings say, by one answer.
pub async fn heartbeat(target: &Target) -> Result<(), Failure> {
    let store = Store::of(target)?;
    let answer = with_reason(&store, store.ask().await?).await;
    judge_region(target, &answer).map_err(|failure| failure.of("region"))?;
    opened(&store, answer).await.map(drop)
}

pub async fn head_bucket(target: &Target) -> Result<Finding, Failure> {
    let store = Store::of(target)?;
    let answer = with_reason(&store, store.ask().await?).await;
    match opened(&store, answer).await {
        Ok(answer) if answer.status == StatusCode::NOT_FOUND => {
            with_evidence(target, &answer, Ok("The key may look for objects below the prefix, though not list them."))
        }
        Ok(answer) => with_evidence(target, &answer, Ok(format!("{} in {} ms.", status::in_words(answer.status), answer.latency.as_millis()))),
        Err(failure) => Err(failure),
    }
}

/// The answer with the reason for a refusal: a HEAD has none, and the same as a GET tells it.
async fn with_reason(store: &Store<'_>, answer: Answer) -> Answer {
    let refusals = [StatusCode::FORBIDDEN, StatusCode::BAD_REQUEST, StatusCode::MOVED_PERMANENTLY, StatusCode::TEMPORARY_REDIRECT];
    let is_silent = refusals.contains(&answer.status) && answer.body.is_empty() && bucket_region(&answer).is_none();
    if is_silent { store.list().await.unwrap_or(answer) } else { answer }
}

/// The answer that says that the bucket can be used.
async fn opened(store: &Store<'_>, answer: Answer) -> Result<Answer, Failure> {
    if answer.status.is_success() {
        return match check_storage(&answer) {
            Ok(()) => Ok(answer),
            Err(failure) => Err(failure.with_all(store.evidence(&answer))),
        };
    }
    let failure = refusal(&answer).with_all(store.evidence(&answer));
    let Some(prefix) = store.prefix().filter(|_| code(&answer) == Some("AccessDenied")) else { return Err(failure) };
    // A key may be good for objects alone. Some stores say of one that is not there that it is not, others refuse that as well.
    let missing = store.head(&new_key(store.target)).await?;
    if missing.status == StatusCode::NOT_FOUND {
        return Ok(missing);
    }
    let found = format!("{} It was asked what is below {prefix}; allow the key to list that (s3:ListBucket with this prefix).", failure.found);
    Err(Failure { found, ..failure })
}

/// Puts an object, reads it back, compares its hash, and deletes it.
pub async fn round_trip(target: &Target) -> Result<Finding, Failure> {
    let (store, key) = (Store::of(target)?, new_key(target));
    let outcome = use_object(target, &store, &key).await;
    if outcome.is_err() {
        // Whatever was left behind; what went wrong before says more.
        let _ = store.delete(&key).await;
    }
    outcome
}

async fn use_object(target: &Target, store: &Store<'_>, key: &str) -> Result<Finding, Failure> {
    let content = random_text();
    let hash = sha256(&content);
    let succeeded = |answer: &Answer| if answer.status.is_success() { Ok(()) } else { Err(refusal(answer).with_all(evidence::of(target, answer))) };
    let put = store.put(key, content).await?;
    succeeded(&put)?;
    let got = store.get(key).await?;
    if got.status == StatusCode::NOT_FOUND {
        return Err(Failure::new(Cause::RoundTripDiffers, "The object that was just written is not there.").with_all(evidence::of(target, &got)));
    }
    succeeded(&got)?;
    let read = sha256(&got.body);
    let evidence = Artefact::json(
        "round-trip",
        &json!({ "key": key, "bytes": OBJECT, "sha256_written": hash, "sha256_read": read,
            "put_ms": put.latency.as_secs_f64() * 1_000.0, "get_ms": got.latency.as_secs_f64() * 1_000.0 }),
    );
    if read != hash {
        return Err(
            Failure::new(Cause::RoundTripDiffers, format!("{} bytes were read that hash differently than what was written.", got.body.len())).with(evidence)
        );
    }
    succeeded(&store.delete(key).await?)?;
    let gone = store.get(key).await?;
    if gone.status != StatusCode::NOT_FOUND && gone.status != StatusCode::FORBIDDEN {
        return Err(Failure::new(Cause::RoundTripDiffers, format!("The service answered {} for an object that was deleted.", status::in_words(gone.status)))
            .with(evidence));
    }
    Ok(Finding::from(format!("Wrote {OBJECT} bytes, read the same back, and deleted them.")).with(evidence))
}

/// An object that the key wrote cannot be read without it.
pub async fn public_read(target: &Target) -> Result<Finding, Failure> {
    let (store, key) = (Store::of(target)?, new_key(target));
    let put = store.put(&key, random_text()).await?;
    if !put.status.is_success() {
        return Err(refusal(&put).with_all(evidence::of(target, &put)));
    }
    let read = store.get_unsigned(&key).await;
    let deleted = store.delete(&key).await;
    let answer = read?;
    let outcome = match answer.status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::NOT_FOUND => Ok(format!("Refused with {}.", status::in_words(answer.status))),
        answered => {
            let cause = if answered.is_success() { Cause::PublicRead } else { Cause::UnexpectedStatus };
            Err(Failure::new(cause, format!("The service answered {} to a request without a credential.", status::in_words(answered))))
        }
    };
    deleted?;
    with_evidence(target, &answer, outcome)
}

fn new_key(target: &Target) -> String {
    format!("{}switchboard-diagnostics/{}", prefix(target).unwrap_or_default(), uuid::Uuid::new_v4())
}

fn random_text() -> Bytes {
    let letters = rand::rng().sample_iter(rand::distr::Alphanumeric).take(OBJECT);
    letters.collect::<Vec<_>>().into()
}

fn with_evidence(target: &Target, answer: &Answer, outcome: Result<impl Into<Finding>, Failure>) -> Result<Finding, Failure> {
    let kept = evidence::of(target, answer);
    match outcome {
        Ok(found) => Ok(found.into().with_all(kept)),
        Err(failure) => Err(failure.with_all(kept)),
    }
}
