//! A bucket of S3, and of what speaks its protocol (MinIO, Ceph, R2, Garage): signed requests over the one dialer.

use async_trait::async_trait;
use futures_util::FutureExt;
use serde_json::Value;

use super::{ConnectionKind, Failure, KindDefinition, Origin, Probe, Target, encryption, http::http_url, site};
use domain::{
    error::FieldError,
    kind::{Depth, Field},
    profile::Settings,
    settings::text,
};

mod scenarios;
mod store;

use store::Store;

/// Where Supabase keeps its store; a bucket may be called as the path ends.
const SUPABASE: &str = "/storage/v1/s3";

pub struct S3(KindDefinition);

impl S3 {
    pub fn new() -> Self {
        let probes = vec![
            Probe::blocking("resolve", "Host name resolves", Depth::Verify, |target| {
                async move { site::resolve(target, Store::of(target)?.url()).await }.boxed()
            }),
            Probe::blocking("connect", "Accepts a connection", Depth::Verify, |target| {
                async move { site::connect(target, Store::of(target)?.url()).await }.boxed()
            }),
            Probe::blocking("tls", "Encrypts with a certificate for this host", Depth::Verify, |target| {
                async move {
                    let store = Store::of(target)?;
                    site::tls(target, store.url(), &store.tls).await
                }
                .boxed()
            }),
            Probe::blocking("sign_in", "Knows the access key", Depth::Verify, |target| scenarios::sign_in(target).boxed()),
            Probe::blocking("region", "The bucket is in the region", Depth::Verify, |target| scenarios::region(target).boxed()),
            Probe::blocking("head_bucket", "Opens the bucket", Depth::Heartbeat, |target| scenarios::head_bucket(target).boxed()),
            Probe::blocking("round_trip", "Keeps, returns and deletes an object", Depth::Diagnose, |target| scenarios::round_trip(target).boxed()),
            Probe::blocking("public_read", "Refuses to be read without a key", Depth::Diagnose, |target| scenarios::public_read(target).boxed()),
        ];
        Self(KindDefinition::new("s3", "S3", "A bucket of S3 or a compatible store: sign-in, region, a round trip, and no public read.", fields(), probes))
    }
}

impl Default for S3 {
    fn default() -> Self {
        Self::new()
    }
}

fn fields() -> Vec<Field> {
    vec![
        Field::url("endpoint", "Endpoint").required().hint("Without the bucket, such as https://s3.eu-central-1.amazonaws.com."),
        Field::text("region", "Region").required().default_to("us-east-1").hint("Stores that know no regions take us-east-1."),
        Field::text("bucket", "Bucket").required(),
        Field::text("prefix", "Prefix").hint("Diagnostics write below it, in switchboard-diagnostics/, and delete what they wrote."),
        Field::boolean("path_style", "Path style").default_to(true).hint("The bucket stands in the path. Without it, it is the first part of the host name."),
        Field::secret("access_key_id", "Access key ID").required(),
        Field::secret("secret_access_key", "Secret access key").required(),
        Field::multiline("ca_pem", "Certificate authority").hint("PEM, for a certificate that public authorities did not sign."),
    ]
}

#[async_trait]
impl ConnectionKind for S3 {
    fn definition(&self) -> &KindDefinition {
        &self.0
    }

    /// With the bucket where it stands in the host name: another bucket is another host then.
    fn origins(&self, settings: &Settings) -> Vec<Origin> {
        let path_style = settings.get("path_style").and_then(Value::as_bool).unwrap_or(true);
        let of_bucket = |origin: Origin| if path_style { origin } else { Origin { host: format!("{}.{}", text(settings, "bucket"), origin.host), ..origin } };
        http_url::parse(text(settings, "endpoint")).iter().map(http_url::origin).map(of_bucket).collect()
    }

    fn check(&self, settings: &Settings) -> Vec<FieldError> {
        let endpoint = http_url::parse(text(settings, "endpoint")).and_then(|url| {
            let is_of_supabase = url.path().trim_end_matches('/') == SUPABASE;
            let ends_in_bucket = !is_of_supabase
                && url.path_segments().and_then(|segments| segments.rev().find(|segment| !segment.is_empty())) == Some(text(settings, "bucket"));
            if ends_in_bucket || url.query().is_some() { Err("Enter the endpoint alone; the bucket has a field of its own.".into()) } else { Ok(()) }
        });
        let bucket = text(settings, "bucket");
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
        let bucket = if bucket.chars().all(fits) && !bucket.starts_with('.') && !bucket.contains("..") {
            Ok(())
        } else {
            Err("A bucket's name has only letters, digits, dots, hyphens and underscores.".to_owned())
        };
        let prefix = if store::is_plain(text(settings, "prefix")) { Ok(()) } else { Err(store::STEPS.to_owned()) };
        let errors = [("endpoint", endpoint), ("bucket", bucket), ("prefix", prefix)];
        let errors = errors.into_iter().filter_map(|(field, outcome)| outcome.err().map(|message| FieldError::new(format!("settings.{field}"), message)));
        errors.chain(encryption::check(settings)).collect()
    }

    async fn heartbeat(&self, target: &Target) -> Result<(), Failure> {
        scenarios::heartbeat(target).await
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_endpoint_may_have_a_path_but_not_the_bucket() {
        let refused_with = |endpoint: &str, bucket: &str| {
            let settings: Settings = serde_json::from_value(json!({ "endpoint": endpoint, "bucket": bucket })).unwrap_or_default();
            S3::new().check(&settings).iter().any(|error| error.field == "settings.endpoint")
        };
        let refused = |endpoint: &str| refused_with(endpoint, "orders");
        for endpoint in ["https://s3.example", "https://s3.example/", "https://abc.supabase.co/storage/v1/s3", "https://abc.supabase.co/storage/v1/s3/"] {
            assert!(!refused(endpoint), "{endpoint}");
        }
        for endpoint in ["https://s3.example/orders", "https://s3.example/v1/orders/", "https://s3.example/?x=1", "s3.example"] {
            assert!(refused(endpoint), "{endpoint}");
        }
        for (prefix, is_refused) in [("a/../b", true), ("..", true), ("./a", true), ("a..b/.c", false), ("", false)] {
            let settings: Settings =
                serde_json::from_value(json!({ "endpoint": "https://s3.example", "bucket": "orders", "prefix": prefix })).unwrap_or_default();
            assert_eq!(S3::new().check(&settings).iter().any(|error| error.field == "settings.prefix"), is_refused, "{prefix}");
        }
        assert!(!refused_with("https://abc.supabase.co/storage/v1/s3/", "s3"), "the path is Supabase's own");
        assert!(refused_with("https://abc.supabase.co/storage/v1/s3/s3", "s3") && refused_with("https://s3.example/s3", "s3"));
    }
}
