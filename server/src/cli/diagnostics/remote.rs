//! The API of a console elsewhere.

use std::{env, fmt::Display, fs, path::Path, time::Duration};

use domain::{
    diagnostic::DiagnosticTestRun,
    environment::Environment,
    ids::{ProfileId, RunId},
};
use probes::tls::TlsPolicy;
use reqwest::{Client, Method, Response, redirect::Policy};
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use url::Url;

use super::{Failure, Wanted};

const TOKEN: &str = "SWITCHBOARD_TOKEN";

pub struct Remote {
    client: Client,
    base: Url,
    token: SecretString,
}

impl Remote {
    pub fn new(url: &str, token_file: Option<&Path>) -> Result<Self, Failure> {
        let base = Url::parse(url).ok().filter(|base| matches!(base.scheme(), "http" | "https") && base.host().is_some());
        let base = base.ok_or_else(|| Failure::Fatal(format!("--server {url} is no address of a console; write https://switchboard.example.org")))?;
        let token = match token_file {
            Some(file) => fs::read_to_string(file).map_err(|error| Failure::Fatal(format!("{} cannot be read: {error}", file.display())))?,
            None => env::var(TOKEN).map_err(|_| Failure::Fatal(format!("no API token: set {TOKEN}, or name a file that holds it with --token-file")))?,
        };
        let unable = |error: &dyn Display| Failure::Fatal(format!("no HTTP client: {error}"));
        let trust = TlsPolicy::default().client_config().map_err(|error| unable(&error))?;
        // A token goes to the address that was named, and nowhere else.
        let client = Client::builder().redirect(Policy::none()).tls_backend_preconfigured((*trust).clone());
        let client = client.connect_timeout(Duration::from_secs(10)).timeout(Duration::from_secs(60)).build().map_err(|error| unable(&error))?;
        Ok(Self { client, base, token: token.trim().to_owned().into() })
    }

    pub async fn start(&self, ids: Vec<ProfileId>, wanted: &Wanted) -> Result<DiagnosticTestRun, Failure> {
        let mut body = json!({ "scenarios": wanted.scenarios, "release": wanted.release });
        match (ids.is_empty(), wanted.environment) {
            (false, _) => body["connection_ids"] = json!(ids),
            (true, Some(environment)) => body["environment"] = json!(environment),
            (true, None) => body["all"] = json!(true),
        }
        self.ask(Method::POST, "/api/diagnostics/runs", &[], Some(body)).await
    }

    pub async fn wait(&self, id: RunId) -> Result<DiagnosticTestRun, Failure> {
        self.ask(Method::GET, &format!("/api/diagnostics/runs/{id}"), &[("wait", "2")], None).await
    }

    pub async fn cancel(&self, id: RunId) -> Result<(), Failure> {
        self.ask::<Value>(Method::POST, &format!("/api/diagnostics/runs/{id}/cancel"), &[], None).await.map(drop)
    }

    /// Id, name and environment of connections whose name holds `name`.
    pub async fn named(&self, name: &str, environment: Option<Environment>) -> Result<Vec<(ProfileId, String, String)>, Failure> {
        let environment = environment.map(|environment| environment.to_string());
        let mut query = vec![("q", name), ("limit", "200")];
        query.extend(environment.as_deref().map(|environment| ("environment", environment)));
        let page: Value = self.ask(Method::GET, "/api/service-connections", &query, None).await?;
        let text = |item: &Value, member: &str| item[member].as_str().unwrap_or_default().to_owned();
        let row = |item: &Value| Some((text(item, "id").parse().ok()?, text(item, "name"), text(item, "environment")));
        Ok(page["items"].as_array().into_iter().flatten().filter_map(row).collect())
    }

    async fn ask<T: DeserializeOwned>(&self, method: Method, path: &str, query: &[(&str, &str)], body: Option<Value>) -> Result<T, Failure> {
        let mut url = self.base.join(path).map_err(|error| Failure::Fatal(error.to_string()))?;
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        let request = self.client.request(method, url).bearer_auth(self.token.expose_secret());
        let request = match body {
            Some(body) => request.json(&body),
            None => request,
        };
        let answer = request.send().await.map_err(|error| Failure::Fatal(format!("{} did not answer: {}", self.base, engine::error::chain(&error))))?;
        self.understood(answer).await
    }

    async fn understood<T: DeserializeOwned>(&self, answer: Response) -> Result<T, Failure> {
        let status = answer.status();
        let bytes = answer.bytes().await.map_err(|error| Failure::Fatal(format!("{} broke off its answer: {error}", self.base)))?;
        if status.is_success() {
            return serde_json::from_slice(&bytes).map_err(|error| Failure::Fatal(format!("{} is no console of this version: {error}", self.base)));
        }
        let problem: Value = serde_json::from_slice(&bytes).unwrap_or_default();
        let member = |name: &str| problem[name].as_str().unwrap_or_default().to_owned();
        let fields = problem["errors"].as_array().into_iter().flatten();
        let fields: String =
            fields.map(|field| format!("\n{}: {}", field["field"].as_str().unwrap_or_default(), field["message"].as_str().unwrap_or_default())).collect();
        let (detail, remediation, id) = (member("detail"), member("remediation"), member("correlation_id"));
        if id.is_empty() {
            return Err(Failure::Fatal(format!("{} answered {status}, and not as a console does; check the address in --server", self.base)));
        }
        Err(Failure::Fatal(format!("{} answered {status}: {detail} {remediation} (correlation ID {id}){fields}", self.base)))
    }
}
