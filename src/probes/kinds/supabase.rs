//! A Supabase project: each of its services answers with the key, and the public key opens no more than it should.

use async_trait::async_trait;

use super::{ConnectionKind, Failure, Finding, Target, address, encryption, http::web_address, site};
use domain::{
    error::FieldError,
    kind::{Depth, Field, KindDescriptor, Scenario},
    profile::Settings,
    settings::text,
};

mod diagnostic_checks;
mod project;
mod scenarios;

use project::Project;

pub struct Supabase {
    descriptor: KindDescriptor,
}

impl Supabase {
    pub fn new() -> Self {
        let descriptor = KindDescriptor {
            id: "supabase",
            title: "Supabase",
            summary: "A Supabase project: auth, REST, storage and functions, and what its public key opens.",
            fields: fields(),
            scenarios: vec![
                Scenario::blocking("resolve", "Host name resolves", Depth::Verify),
                Scenario::blocking("connect", "Accepts a connection", Depth::Verify),
                Scenario::blocking("tls", "Encrypts with a certificate for this host", Depth::Verify),
                Scenario::blocking("auth_health", "Auth is healthy", Depth::Heartbeat),
                Scenario::blocking("anonymous", "The anon key is anonymous", Depth::Verify),
                Scenario::blocking("auth", "Auth knows the key", Depth::Verify),
                Scenario::blocking("rest", "REST answers with the key", Depth::Verify),
                Scenario::blocking("storage", "Storage answers with the key", Depth::Verify),
                Scenario::blocking("functions", "The function is deployed", Depth::Verify),
                Scenario::blocking("storage_round_trip", "Storage keeps, returns and deletes an object", Depth::Diagnose),
                Scenario::blocking("protected_tables", "Protected tables cannot be read with the anon key", Depth::Diagnose),
            ],
        };
        Self { descriptor }
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
    fn descriptor(&self) -> &KindDescriptor {
        &self.descriptor
    }

    fn origin(&self, settings: &Settings) -> String {
        web_address::parse(text(settings, "url")).map(|url| web_address::origin(&url)).unwrap_or_default()
    }

    fn check(&self, settings: &Settings) -> Vec<FieldError> {
        let url = web_address::parse(text(settings, "url"))
            .and_then(|url| if url.path() == "/" && url.query().is_none() { Ok(()) } else { Err("Enter the project's URL alone, without a path.".into()) });
        let errors = [("url", url)];
        let errors = errors.into_iter().filter_map(|(field, outcome)| outcome.err().map(|message| FieldError::new(format!("settings.{field}"), message)));
        errors.chain(encryption::check(settings)).collect()
    }

    async fn run(&self, scenario: &str, target: &Target) -> Result<Finding, Failure> {
        let project = Project::of(target)?;
        match scenario {
            "resolve" => site::resolve(target, &project.url).await,
            "connect" => site::connect(target, &project.url).await,
            "tls" => site::tls(target, &project.url, &project.tls).await,
            "auth_health" => scenarios::auth_health(&project).await,
            "anonymous" => scenarios::anonymous(&project),
            "auth" => scenarios::auth(&project).await,
            "rest" => scenarios::rest(&project).await,
            "storage" => scenarios::storage(&project).await,
            "functions" => scenarios::functions(&project).await,
            "storage_round_trip" => diagnostic_checks::storage_round_trip(&project).await,
            "protected_tables" => diagnostic_checks::protected_tables(&project).await,
            unknown => Err(address::unknown_scenario(unknown)),
        }
    }

    async fn heartbeat(&self, target: &Target) -> Result<(), Failure> {
        scenarios::heartbeat(&Project::of(target)?).await
    }
}
