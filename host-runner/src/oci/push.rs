//! A policy into a registry, in the shape that kwctl gives it.

use std::collections::BTreeMap;

use bytes::Bytes;
use oci_client::errors::OciDistributionError;
use oci_client::secrets::RegistryAuth;
use oci_client::{Client, Reference};
use reqwest::Method;
use reqwest::header::HeaderValue;
use tokio::time::sleep;

use super::error::{Error, Fault};
use super::fetch::run;
use super::http::{Ask, Host, TRIES, pause};
use super::manifest;
use super::name::RegistryName;
use super::options::Options;
use super::trust;
use crate::store::Digest;

/// What was pushed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pushed {
    /// The digest of the manifest.
    pub manifest: Digest,
    /// The digest of the module.
    pub module: Digest,
}

/// Pushes a module under a name. The manifest comes last: before it the name stands for what it stood for.
///
/// # Errors
/// When the registry does not take it.
pub fn push(
    options: &Options,
    name: &RegistryName,
    wasm: &[u8],
    annotations: &BTreeMap<String, String>,
) -> Result<Pushed, Error> {
    let operation = async {
        if name.digest().is_some() {
            let text = "a digest is the result of a push, not its target; name a tag".to_owned();
            return Err(Fault::Unfit(text));
        }
        if options.offline {
            return Err(Fault::Unfit("`--offline` keeps from asking a registry; leave it out to push".to_owned()));
        }
        let host = Host::registry(options, name.host(), name.repository(), "pull,push").await?;
        pushing(&host, name, wasm, annotations).await
    };
    run(options, name.host(), operation).map_err(|fault| fault.while_("push", &name.to_string()))
}

async fn pushing(
    host: &Host,
    name: &RegistryName,
    wasm: &[u8],
    annotations: &BTreeMap<String, String>,
) -> Result<Pushed, Fault> {
    let pusher = Pusher::new(host, name.reference()).await?;
    let module = Digest::of(wasm);
    let body = manifest::of_module(&module, wasm.len() as u64, annotations);
    let manifest = Digest::of(&body);
    pusher.blob(Bytes::from_static(manifest::EMPTY_CONFIG)).await?;
    pusher.blob(Bytes::copy_from_slice(wasm)).await?;
    pusher.manifest(Target::Name, Bytes::from(body), manifest::MANIFEST).await?;
    Ok(Pushed { manifest, module })
}

/// What a manifest is pushed as.
pub(super) enum Target {
    /// The name that the pusher was made for.
    Name,
    /// A tag beside it.
    Tag(String),
    /// Its own digest.
    Digest(Digest),
}

/// Pushes into one repository.
pub(super) struct Pusher<'a> {
    host: &'a Host,
    client: Client,
    reference: &'a Reference,
}

impl<'a> Pusher<'a> {
    /// Finds out whether the host is a registry and what it wants to see.
    pub(super) async fn new(host: &'a Host, reference: &'a Reference) -> Result<Self, Fault> {
        let url = host.url("/v2/")?;
        host.ask(Ask { method: &Method::GET, url: &url, accept: "application/json", from: 0 }).await?;
        let strange = |error: OciDistributionError| fault(host, &error).0;
        let client = Client::try_from(trust::config(&host.options, &host.name, host.mode)).map_err(strange)?;
        let auth = host.pass().await.map_or(RegistryAuth::Anonymous, |pass| pass.auth);
        client.store_auth_if_needed(reference.resolve_registry(), &auth).await;
        Ok(Self { host, client, reference })
    }

    /// Pushes a blob, unless it is there.
    pub(super) async fn blob(&self, content: Bytes) -> Result<(), Fault> {
        let digest = Digest::of(&content).to_string();
        repeat(self.host, async || {
            if !self.client.blob_exists(self.reference, &digest).await? {
                self.client.push_blob(self.reference, content.clone(), &digest).await?;
            }
            Ok(())
        })
        .await
    }

    /// Pushes a manifest, byte for byte.
    pub(super) async fn manifest(&self, target: Target, body: Bytes, kind: &'static str) -> Result<(), Fault> {
        let (registry, repository) = (self.reference.registry().to_owned(), self.reference.repository().to_owned());
        let reference = match target {
            Target::Name => self.reference.clone(),
            Target::Tag(tag) => Reference::with_tag(registry, repository, tag),
            Target::Digest(digest) => Reference::with_digest(registry, repository, digest.to_string()),
        };
        repeat(self.host, async || {
            let kind = HeaderValue::from_static(kind);
            self.client.push_manifest_raw(&reference, body.clone(), kind).await.map(drop)
        })
        .await
    }
}

/// Does it again where that can help. oci-client keeps `Retry-After` to itself, so the pauses are ours.
async fn repeat(host: &Host, step: impl AsyncFn() -> Result<(), OciDistributionError>) -> Result<(), Fault> {
    let mut tries = 0;
    loop {
        tries += 1;
        let Err(error) = step().await else { return Ok(()) };
        let (fault, may_pass) = fault(host, &error);
        if !may_pass || tries >= TRIES {
            return Err(match fault {
                Fault::Status { host, status, said, .. } => Fault::Status { host, status, tries, said },
                Fault::Broken { host, reason, .. } => Fault::Broken { host, tries, reason },
                other => other,
            });
        }
        sleep(pause(tries)).await;
    }
}

/// What oci-client's error means, and whether another attempt may end differently.
fn fault(host: &Host, error: &OciDistributionError) -> (Fault, bool) {
    let name = host.name.clone();
    match error {
        OciDistributionError::RequestError(error) => match error.status() {
            Some(status) => by_status(host, status.as_u16(), String::new()),
            None => Fault::of_request(&host.name, error),
        },
        OciDistributionError::ServerError { code, message, .. } => by_status(host, *code, said(message)),
        OciDistributionError::RegistryError { envelope, .. } => {
            let said = envelope.errors.first().map(|error| short(&error.message)).unwrap_or_default();
            (Fault::Status { host: name, status: 400, tries: 1, said }, false)
        }
        OciDistributionError::UnauthorizedError { .. } | OciDistributionError::AuthenticationFailure(_) => {
            by_status(host, 401, String::new())
        }
        other => (Fault::Strange { host: name, reason: short(&other.to_string()) }, false),
    }
}

fn by_status(host: &Host, status: u16, said: String) -> (Fault, bool) {
    let name = host.name.clone();
    let fault = match status {
        401 => Fault::Refused { host: name, place: "docker config".to_owned() },
        403 => Fault::Forbidden { host: name, right: "push", repository: host.repository.clone(), said },
        404 => Fault::NotFound { host: name, said },
        413 => Fault::Unfit(format!("`{name}` does not take a module of this size: ask its owner for more")),
        429 => Fault::TooMany { host: name, wait: None, said },
        _ => Fault::Status { host: name, status, tries: 1, said },
    };
    (fault, matches!(status, 408 | 429 | 500 | 502..=504))
}

fn said(message: &str) -> String {
    let value: Option<serde_json::Value> = serde_json::from_str(message).ok();
    let text = value.as_ref().and_then(|value| value.pointer("/errors/0/message")?.as_str());
    short(text.unwrap_or_default())
}

fn short(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(200).collect()
}
