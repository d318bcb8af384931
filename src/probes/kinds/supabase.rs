//! A Supabase project: each of its services answers with the key, and the public key opens no more than it should.

use async_trait::async_trait;
use futures_util::FutureExt;

use super::{ConnectionKind, Failure, KindDefinition, Origin, Probe, Target, encryption, http::http_url, site};
use domain::{
    error::FieldError,
    kind::{Depth, Field},
    profile::Settings,
    settings::text,
};

mod diagnostic_checks;
mod project;
mod scenarios;

use project::Project;

pub struct Supabase(KindDefinition);

impl Supabase {
    pub fn new() -> Self {
        let probes = vec![
            Probe::blocking("resolve", "Host name resolves", Depth::Verify, |target| {
                async move { site::resolve(target, &Project::of(target)?.url).await }.boxed()
            }),
            Probe::blocking("connect", "Accepts a connection", Depth::Verify, |target| {
                async move { site::connect(target, &Project::of(target)?.url).await }.boxed()
            }),
            Probe::blocking("tls", "Encrypts with a certificate for this host", Depth::Verify, |target| {
                async move {
                    let project = Project::of(target)?;
                    site::tls(target, &project.url, &project.tls).await
                }
                .boxed()
            }),
            Probe::blocking("auth_health", "Auth is healthy", Depth::Heartbeat, |target| {
                async move { scenarios::auth_health(&Project::of(target)?).await }.boxed()
            }),
            Probe::blocking("anonymous", "The anon key is anonymous", Depth::Verify, |target| {
                async move { scenarios::anonymous(&Project::of(target)?) }.boxed()
            }),
            Probe::blocking("auth", "Auth knows the key", Depth::Verify, |target| async move { scenarios::auth(&Project::of(target)?).await }.boxed()),
            Probe::blocking("rest", "REST answers with the key", Depth::Verify, |target| async move { scenarios::rest(&Project::of(target)?).await }.boxed()),
            Probe::blocking("storage", "Storage answers with the key", Depth::Verify, |target| {
                async move { scenarios::storage(&Project::of(target)?).await }.boxed()
            }),
            Probe::blocking("functions", "The function is deployed", Depth::Verify, |target| {
                async move { scenarios::functions(&Project::of(target)?).await }.boxed()
            }),
            Probe::blocking("storage_round_trip", "Storage keeps, returns and deletes an object", Depth::Diagnose, |target| {
                async move { diagnostic_checks::storage_round_trip(&Project::of(target)?).await }.boxed()
            }),
            Probe::blocking("protected_tables", "Protected tables cannot be read with the anon key", Depth::Diagnose, |target| {
                async move { diagnostic_checks::protected_tables(&Project::of(target)?).await }.boxed()
            }),
        ];
        Self(KindDefinition::new(
            "supabase",
            "Supabase",
            "A Supabase project: auth, REST, storage and functions, and what its public key opens.",
            fields(),
            probes,
        ))
    }
}

impl Default for Supabase {
    fn default() -> Self {
        Self::new()
    }
}

fn fields() -> Vec<Field> {
    vec![
        Field::url("url", "URL").required().hint("Of the project, such as https://abcdefgh.supabase.co."),
        Field::secret("anon_key", "Anon key").required().hint("The public key, which browsers get too."),
        Field::secret("service_role_key", "Service role key").hint("Only for the bucket. Without it, storage is not tried."),
        Field::text("bucket", "Bucket").hint("Diagnostics write below switchboard-diagnostics/ in it, and delete what they wrote."),
        Field::list("protected_tables", "Protected tables").hint("Tables whose rows the anon key must not show, one a line."),
        Field::text("function", "Function").hint("The name of an edge function that must be there. It is not run."),
        Field::multiline("ca_pem", "Certificate authority").hint("PEM, for a certificate that public authorities did not sign."),
    ]
}

#[async_trait]
impl ConnectionKind for Supabase {
    fn definition(&self) -> &KindDefinition {
        &self.0
    }

    fn origins(&self, settings: &Settings) -> Vec<Origin> {
        http_url::parse(text(settings, "url")).iter().map(http_url::origin).collect()
    }

    fn check(&self, settings: &Settings) -> Vec<FieldError> {
        let url = http_url::parse(text(settings, "url"))
            .and_then(|url| if url.path() == "/" && url.query().is_none() { Ok(()) } else { Err("Enter the project's URL alone, without a path.".into()) });
        let errors = [("url", url)];
        let errors = errors.into_iter().filter_map(|(field, outcome)| outcome.err().map(|message| FieldError::new(format!("settings.{field}"), message)));
        errors.chain(encryption::check(settings)).collect()
    }

    async fn heartbeat(&self, target: &Target) -> Result<(), Failure> {
        scenarios::heartbeat(&Project::of(target)?).await
    }
}
