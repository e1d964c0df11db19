//! Manifests from a registry: by tag or digest, checked, and followed through an index to the one of a policy.

use reqwest::Method;
use reqwest::header::HeaderMap;
use tokio::time::sleep;

use super::body::read_limited;
use super::error::Fault;
use super::http::{Ask, Host, TRIES, pause};
use super::manifest::{self, ACCEPT, Manifest, ManifestError, Part};
use crate::store::Digest;

/// A manifest as it came.
#[derive(Debug)]
pub(super) struct Raw {
    pub(super) bytes: Vec<u8>,
    pub(super) digest: Digest,
}

/// A policy as its registry describes it.
#[derive(Debug)]
pub(super) struct Described {
    /// What the name stands for: a manifest or an index.
    pub(super) top: Raw,
    /// The manifest, when `top` is an index.
    pub(super) chosen: Option<Raw>,
    pub(super) module: Part,
    pub(super) config: Option<Part>,
}

/// The manifest of a tag or digest. A pinned one must have its digest, another the one that the registry announces.
pub(super) async fn manifest(host: &Host, wanted: &str, pinned: Option<&Digest>) -> Result<Raw, Fault> {
    let url = host.url(&format!("/v2/{}/manifests/{wanted}", host.repository))?;
    let mut tries = 0;
    loop {
        tries += 1;
        let response = host.ask(Ask { method: &Method::GET, url: &url, accept: ACCEPT, from: 0 }).await?;
        let announced = announced(response.headers());
        match read_limited(response, &host.name, "the manifest", manifest::MOST_BYTES).await {
            Ok(bytes) => {
                let digest = Digest::of(&bytes);
                return match pinned.or(announced.as_ref()).filter(|expected| **expected != digest) {
                    None => Ok(Raw { bytes, digest }),
                    Some(expected) => {
                        Err(Fault::Digest { what: "the manifest", expected: expected.clone(), actual: digest })
                    }
                };
            }
            Err(Fault::Broken { .. }) if tries < TRIES => sleep(pause(tries)).await,
            Err(fault) => return Err(fault),
        }
    }
}

fn announced(headers: &HeaderMap) -> Option<Digest> {
    headers.get("docker-content-digest")?.to_str().ok()?.parse().ok()
}

/// Follows a manifest to its module.
pub(super) async fn describe(host: &Host, top: Raw) -> Result<Described, Fault> {
    let child = match manifest::parse(&top.bytes)? {
        Manifest::Image { module, config } => return Ok(Described { top, chosen: None, module, config }),
        Manifest::Index(child) => child,
    };
    let chosen = manifest(host, &child.to_string(), Some(&child)).await?;
    match manifest::parse(&chosen.bytes)? {
        Manifest::Image { module, config } => Ok(Described { top, chosen: Some(chosen), module, config }),
        Manifest::Index(_) => Err(ManifestError::Nested(child).into()),
    }
}
