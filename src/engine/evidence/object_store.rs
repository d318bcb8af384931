//! Where the bytes of evidence lie: a folder, an S3-compatible bucket, or memory.

use std::{
    fmt, fs, io,
    path::{Path as FilePath, PathBuf},
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt, stream, stream::BoxStream};
use object_store::{
    ClientOptions, ObjectStore, ObjectStoreExt, RetryConfig,
    aws::{AmazonS3Builder, AmazonS3ConfigKey},
    local::LocalFileSystem,
    memory::InMemory,
    path::Path,
};
use probes::egress::Egress;
use url::Url;
use uuid::Uuid;

use super::bucket_client::BucketConnector;
use crate::OpsError;
use domain::ids::{EvidenceId, RunId, TeamId};

/// A person waits for a run, so a bucket that is away is given up soon.
const PATIENCE: Duration = Duration::from_secs(15);

/// Names an object. All of it is made by the server: nothing that a person or a service wrote becomes part of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    pub team: TeamId,
    pub run: RunId,
    pub id: EvidenceId,
}

impl Key {
    /// Reads `team/run/id`.
    pub fn parse(text: &str) -> Option<Self> {
        let ids: Vec<Uuid> = text.split('/').map(str::parse).collect::<Result<_, _>>().ok()?;
        let [team, run, id] = ids.as_slice() else { return None };
        Some(Self { team: TeamId::from_uuid(*team), run: RunId::from_uuid(*run), id: EvidenceId::from_uuid(*id) })
    }
}

/// Keeps artefacts. Cloning shares it.
#[derive(Clone)]
pub struct EvidenceStore {
    objects: Arc<dyn ObjectStore>,
    prefix: Path,
    /// The folder, if it is one: half-written files are looked for there.
    folder: Option<PathBuf>,
    place: Arc<str>,
}

/// Where it is, for people.
impl fmt::Display for EvidenceStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.place)
    }
}

impl EvidenceStore {
    /// For tests: gone with the process.
    pub fn memory() -> Self {
        Self::of(InMemory::new(), "")
    }

    /// Any other store, under `prefix`.
    pub fn of(objects: impl ObjectStore, prefix: &str) -> Self {
        let place = objects.to_string().into();
        Self { objects: Arc::new(objects), prefix: Path::from(prefix), folder: None, place }
    }

    /// A folder, made if it is missing. What is written to it is on the disk before it counts as kept.
    ///
    /// # Errors
    /// It cannot be made or entered.
    pub fn directory(folder: &FilePath) -> Result<Self, OpsError> {
        let wrong = |error: &dyn fmt::Display| OpsError::Settings(format!("the evidence folder {} cannot be used: {error}", folder.display()));
        make_private(folder).map_err(|error| wrong(&error))?;
        let objects = LocalFileSystem::new_with_prefix(folder).map_err(|error| wrong(&error))?.with_fsync(true).with_automatic_cleanup(true);
        let place = folder.display().to_string().into();
        Ok(Self { objects: Arc::new(objects), prefix: Path::default(), folder: Some(folder.to_owned()), place })
    }

    /// `s3://bucket/prefix`, with the usual `AWS_*` variables for region, endpoint and credentials. It is reached by the rules of `egress`.
    ///
    /// # Errors
    /// An address or variables that make no sense. Whether the bucket answers is not tried.
    pub fn bucket(url: &str, variables: impl IntoIterator<Item = (String, String)>, egress: &Egress) -> Result<Self, OpsError> {
        let rest = url.strip_prefix("s3://").filter(|rest| !rest.is_empty() && !rest.starts_with('/'));
        let rest = rest.ok_or_else(|| OpsError::Settings("an evidence bucket is written s3://bucket/prefix".into()))?;
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        // reqwest takes the process's provider of cryptography; whoever was first has set one, and there is only ring.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let retry = RetryConfig { max_retries: 2, retry_timeout: Duration::from_secs(8), ..RetryConfig::default() };
        let mut builder = AmazonS3Builder::new().with_client_options(ClientOptions::new().with_allow_http(true));
        for (name, value) in variables {
            if let Some(key) = name.starts_with("AWS_").then(|| name.to_ascii_lowercase().parse().ok()).flatten() {
                builder = builder.with_config(key, value);
            }
        }
        let wrong = |error: &dyn fmt::Display| OpsError::Settings(format!("the evidence bucket {url} cannot be used: {error}"));
        let mut endpoint = None;
        for key in [AmazonS3ConfigKey::S3Endpoint, AmazonS3ConfigKey::Endpoint] {
            let Some(written) = builder.get_config_value(&key) else { continue };
            let url = Url::parse(&written).map_err(|error| wrong(&error))?;
            // In plain letters, without which the library panics.
            builder = builder.with_config(key, url.as_str().trim_end_matches('/'));
            endpoint = endpoint.or(Some(url));
        }
        let connector = BucketConnector { egress: egress.clone(), endpoint };
        let objects = builder.with_bucket_name(bucket).with_retry(retry).with_http_connector(connector).build().map_err(|error| wrong(&error))?;
        Ok(Self { place: url.into(), ..Self::of(objects, prefix) })
    }

    /// # Errors
    /// It was not taken, or not in 15 s.
    pub async fn put(&self, key: Key, bytes: Vec<u8>) -> Result<(), OpsError> {
        self.within(self.objects.put(&self.path(key), bytes.into())).await.map(drop)
    }

    /// # Errors
    /// It is not there, or did not come in 15 s.
    pub async fn get(&self, key: Key) -> Result<Bytes, OpsError> {
        self.within(async { self.objects.get(&self.path(key)).await?.bytes().await }).await
    }

    /// What is gone already is as good as removed.
    ///
    /// # Errors
    /// It was not removed in 15 s.
    pub async fn remove(&self, key: Key) -> Result<(), OpsError> {
        let path = self.path(key);
        self.within(async {
            match self.objects.delete(&path).await {
                Err(object_store::Error::NotFound { .. }) => Ok(()),
                other => other,
            }
        })
        .await
    }

    /// All that lies in the folder; nothing where it is a bucket.
    pub fn kept_in_folder(&self) -> BoxStream<'_, Result<Key, OpsError>> {
        if self.folder.is_none() {
            return stream::empty().boxed();
        }
        let listed = self.objects.list(Some(&self.prefix)).map_err(OpsError::from);
        listed.try_filter_map(async |object| Ok(self.key_of(&object.location))).boxed()
    }

    /// Absent for what is not ours: a bucket may hold other things.
    pub(super) fn key_of(&self, location: &Path) -> Option<Key> {
        let parts: Vec<_> = location.prefix_match(&self.prefix)?.collect();
        Key::parse(&parts.iter().map(AsRef::as_ref).collect::<Vec<_>>().join("/"))
    }

    pub(super) fn objects(&self) -> (&dyn ObjectStore, &Path) {
        (self.objects.as_ref(), &self.prefix)
    }

    pub(super) fn folder(&self) -> Option<&FilePath> {
        self.folder.as_deref()
    }

    pub(super) fn path(&self, key: Key) -> Path {
        self.prefix.parts().chain([key.team.to_string().into(), key.run.to_string().into(), key.id.to_string().into()]).collect()
    }

    async fn within<T>(&self, work: impl Future<Output = object_store::Result<T>>) -> Result<T, OpsError> {
        match tokio::time::timeout(PATIENCE, work).await {
            Ok(done) => Ok(done?),
            Err(_elapsed) => Err(OpsError::Evidence(format!("{self} did not answer within {} s", PATIENCE.as_secs()))),
        }
    }
}

/// Evidence is for the console alone to read.
fn make_private(folder: &FilePath) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}
