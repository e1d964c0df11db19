//! Signatures beside a policy in its registry: found under cosign's tag and among what refers to the manifest, and put
//! there. Nothing that is found is trusted yet.

use std::collections::BTreeMap;

use bytes::Bytes;
use oci_client::manifest::{OCI_IMAGE_INDEX_MEDIA_TYPE, OCI_IMAGE_MEDIA_TYPE};
use reqwest::header::LINK;
use reqwest::{Method, Url};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::body::read_limited;
use super::error::{Error, Fault};
use super::fetch::run;
use super::http::{Ask, Host};
use super::manifest::{self, EMPTY_CONFIG};
use super::name::RegistryName;
use super::options::Options;
use super::push::{Pusher, Target};
use super::registry::{self, Raw};
use crate::signature::{BUNDLE, Found, Layer, SIMPLE_SIGNING, Signed};
use crate::store::Digest;

/// Signatures that are looked at, and manifests that may hold them.
const MOST: usize = 64;

/// Largest signature in bytes, as a payload or a bundle.
const MOST_BYTES: u64 = 1 << 20;

/// Parts of one list of referrers that are read.
const MOST_PAGES: usize = 32;

const INDEX_TYPES: &str = OCI_IMAGE_INDEX_MEDIA_TYPE;
const EMPTY_TYPE: &str = "application/vnd.oci.empty.v1+json";
const CONFIG_TYPE: &str = "application/vnd.oci.image.config.v1+json";

/// A content as a manifest points at it; what else stands there is kept.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct Descriptor {
    media_type: String,
    digest: String,
    size: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    annotations: Option<BTreeMap<String, String>>,
    #[serde(flatten)]
    rest: BTreeMap<String, Value>,
}

impl Descriptor {
    /// Whether there can be a signature in it: software lists and attestations of other types need not be fetched.
    fn may_hold_bundle(&self) -> bool {
        self.rest.get("artifactType").and_then(Value::as_str).is_none_or(|kind| kind == BUNDLE)
    }
}

#[derive(Deserialize)]
struct Image {
    layers: Vec<Descriptor>,
}

#[derive(Deserialize)]
struct Index {
    manifests: Vec<Descriptor>,
}

/// Cosign's tag for the signatures of a manifest.
fn tag_of(digest: &Digest) -> String {
    format!("sha256-{}.sig", digest.hex())
}

/// The tag that stands in for the list of referrers where a registry keeps none
/// (opencontainers/distribution-spec, "Referrers Tag Schema").
fn fallback_of(digest: &Digest) -> String {
    format!("sha256-{}", digest.hex())
}

/// Every signature of a manifest, in both forms.
///
/// # Errors
/// When the registry cannot be asked, or what it gives does not have the digest that it should; not when there is none.
pub fn signatures(options: &Options, name: &RegistryName, digest: &Digest) -> Result<Vec<Found>, Error> {
    let ask = async {
        let host = Host::registry(options, name.host(), name.repository(), "pull").await?;
        let mut found = Vec::new();
        if let Some(raw) = there(registry::manifest(&host, &tag_of(digest), None).await)? {
            layers(&host, &raw, SIMPLE_SIGNING, &mut found).await?;
        }
        let (listed, _) = referrers(&host, digest).await?;
        for (count, referrer) in listed.iter().filter(|referrer| referrer.may_hold_bundle()).enumerate() {
            if count >= MOST {
                return Err(too_many());
            }
            let Ok(at) = referrer.digest.parse::<Digest>() else { continue };
            if let Some(raw) = there(registry::manifest(&host, &referrer.digest, Some(&at)).await)? {
                layers(&host, &raw, BUNDLE, &mut found).await?;
            }
        }
        Ok(found)
    };
    let found = if options.offline { Err(Fault::Offline) } else { run(options, name.host(), ask) };
    found.map_err(|fault| fault.while_("read the signatures of", &name.to_string()))
}

fn too_many() -> Fault {
    Fault::Unfit(format!("it has more than {MOST} signatures; remove those that nobody needs"))
}

/// What is not there is nothing, which is no fault here.
fn there(result: Result<Raw, Fault>) -> Result<Option<Raw>, Fault> {
    match result {
        Ok(raw) => Ok(Some(raw)),
        Err(Fault::NotFound { .. }) => Ok(None),
        Err(fault) => Err(fault),
    }
}

/// The layers of one type, each checked against its digest.
async fn layers(host: &Host, raw: &Raw, kind: &str, found: &mut Vec<Found>) -> Result<(), Fault> {
    // What is no image holds no signature.
    let Ok(image) = serde_json::from_slice::<Image>(&raw.bytes) else { return Ok(()) };
    for layer in image.layers.into_iter().filter(|layer| layer.media_type == kind) {
        if found.len() >= MOST {
            return Err(too_many());
        }
        let Ok(digest) = layer.digest.parse::<Digest>() else { continue };
        let content = blob(host, &digest).await?;
        found.push(if kind == BUNDLE {
            let Ok(text) = String::from_utf8(content) else { continue };
            Found::Bundle(text)
        } else {
            Found::Layer(Layer { payload: content, annotations: layer.annotations.unwrap_or_default() })
        });
    }
    Ok(())
}

async fn blob(host: &Host, digest: &Digest) -> Result<Vec<u8>, Fault> {
    let url = host.url(&format!("/v2/{}/blobs/{digest}", host.repository))?;
    let response = host.ask(Ask { method: &Method::GET, url: &url, accept: "*/*", from: 0 }).await?;
    let bytes = read_limited(response, &host.name, "a signature", MOST_BYTES).await?;
    let actual = Digest::of(&bytes);
    if actual == *digest {
        Ok(bytes)
    } else {
        Err(Fault::Digest { what: "a signature", expected: digest.clone(), actual })
    }
}

/// What refers to a manifest, and whether the registry itself keeps the list.
async fn referrers(host: &Host, digest: &Digest) -> Result<(Vec<Descriptor>, bool), Fault> {
    let mut url = host.url(&format!("/v2/{}/referrers/{digest}", host.repository))?;
    let (mut all, mut keeps_list) = (Vec::new(), true);
    for page in 0..MOST_PAGES {
        let answer = host.ask(Ask { method: &Method::GET, url: &url, accept: INDEX_TYPES, from: 0 }).await;
        let response = match answer {
            Ok(response) => response,
            // Registries that do not know the question say so in several ways.
            Err(Fault::NotFound { .. } | Fault::Status { status: 400..=499, .. }) if page == 0 => {
                keeps_list = false;
                break;
            }
            Err(fault) => return Err(fault),
        };
        let next = next_page(host, &response)?;
        let bytes = read_limited(response, &host.name, "the list of referrers", manifest::MOST_BYTES).await?;
        match serde_json::from_slice(&bytes) {
            Ok(Index { manifests }) => all.extend(manifests),
            // A registry without such lists may answer with a page.
            Err(_) if page == 0 => {
                keeps_list = false;
                break;
            }
            Err(_) => return Err(strange(host, "a part of its list of referrers cannot be read")),
        }
        match next {
            Some(next) => url = next,
            None => return Ok((all, true)),
        }
    }
    if keeps_list {
        return Err(strange(host, "its list of referrers does not end"));
    }
    let listed = there(registry::manifest(host, &fallback_of(digest), None).await)?;
    let index = listed.and_then(|raw| serde_json::from_slice::<Index>(&raw.bytes).ok());
    Ok((index.map(|index| index.manifests).unwrap_or_default(), false))
}

fn strange(host: &Host, reason: &str) -> Fault {
    Fault::Strange { host: host.name.clone(), reason: reason.to_owned() }
}

/// Where a list goes on (RFC 8288, `rel="next"`). Elsewhere than at its own registry nobody asks with its credentials.
fn next_page(host: &Host, response: &reqwest::Response) -> Result<Option<Url>, Fault> {
    let links = response.headers().get_all(LINK).iter().filter_map(|value| value.to_str().ok());
    let next = links.flat_map(|value| value.split(',')).find(|link| link.contains("rel=\"next\""));
    let target = next.and_then(|link| link.trim().strip_prefix('<')?.split_once('>')).map(|(target, _)| target);
    let Some(target) = target else { return Ok(None) };
    match response.url().join(target) {
        Ok(url) if url.origin() == host.url("/")?.origin() => Ok(Some(url)),
        _ => Err(strange(host, "its list of referrers goes on at another host")),
    }
}

/// A signed manifest.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// Its digest.
    pub digest: &'a Digest,
    /// Its media type.
    pub media_type: &'a str,
    /// Its size in bytes.
    pub size: usize,
}

/// Puts a signature beside the manifest that it signs: `forms` says whether under cosign's tag and whether as a referrer.
/// Signatures that are there already stay.
///
/// # Errors
/// When the registry does not take it.
pub fn attach(
    options: &Options,
    name: &RegistryName,
    subject: &Subject<'_>,
    signed: &Signed,
    forms: (bool, bool),
) -> Result<(), Error> {
    let operation = async {
        if options.offline {
            return Err(Fault::Unfit("`--offline` keeps from asking a registry; leave it out to sign".to_owned()));
        }
        let host = Host::registry(options, name.host(), name.repository(), "pull,push").await?;
        let pusher = Pusher::new(&host, name.reference()).await?;
        if forms.0 {
            old_form(&host, &pusher, subject.digest, signed).await?;
        }
        if forms.1 {
            new_form(&host, &pusher, subject, signed).await?;
        }
        Ok(())
    };
    run(options, name.host(), operation).map_err(|fault| fault.while_("sign", &name.to_string()))
}

/// Adds a layer to the manifest under cosign's tag.
async fn old_form(host: &Host, pusher: &Pusher<'_>, digest: &Digest, signed: &Signed) -> Result<(), Fault> {
    let before = there(registry::manifest(host, &tag_of(digest), None).await)?;
    let before = before.and_then(|raw| serde_json::from_slice::<Image>(&raw.bytes).ok());
    let mut layers = before.map(|image| image.layers).unwrap_or_default();
    if layers.len() >= MOST {
        return Err(Fault::Unfit(format!("it has {MOST} signatures already; remove those that nobody needs")));
    }
    layers.push(Descriptor {
        media_type: SIMPLE_SIGNING.to_owned(),
        digest: Digest::of(&signed.layer.payload).to_string(),
        size: signed.layer.payload.len() as u64,
        annotations: Some(signed.layer.annotations.clone()),
        rest: BTreeMap::new(),
    });
    // The configuration of an image that consists of these layers, as cosign writes it.
    let never = "0001-01-01T00:00:00Z";
    let config = json!({
        "architecture": "",
        "config": {},
        "created": never,
        "history": layers.iter().map(|_| json!({"created": never})).collect::<Vec<_>>(),
        "os": "",
        "rootfs": {"diff_ids": layers.iter().map(|layer| &layer.digest).collect::<Vec<_>>(), "type": "layers"},
    });
    let config = Bytes::from(config.to_string());
    let body = json!({
        "config": {"digest": Digest::of(&config).to_string(), "mediaType": CONFIG_TYPE, "size": config.len()},
        "layers": layers,
        "mediaType": OCI_IMAGE_MEDIA_TYPE,
        "schemaVersion": 2,
    });
    pusher.blob(config).await?;
    pusher.blob(Bytes::from(signed.layer.payload.clone())).await?;
    pusher.manifest(Target::Tag(tag_of(digest)), Bytes::from(body.to_string()), OCI_IMAGE_MEDIA_TYPE).await
}

/// Pushes a manifest that refers to the signed one, and lists it where the registry does not do that itself.
async fn new_form(host: &Host, pusher: &Pusher<'_>, subject: &Subject<'_>, signed: &Signed) -> Result<(), Fault> {
    let Subject { digest, media_type, size } = *subject;
    let bundle = Bytes::from(signed.bundle.clone());
    let annotations = BTreeMap::from([
        ("dev.sigstore.bundle.content".to_owned(), "dsse-envelope".to_owned()),
        ("dev.sigstore.bundle.predicateType".to_owned(), "https://sigstore.dev/cosign/sign/v1".to_owned()),
    ]);
    let body = json!({
        "annotations": annotations,
        "artifactType": BUNDLE,
        "config": {"digest": Digest::of(EMPTY_CONFIG).to_string(), "mediaType": EMPTY_TYPE, "size": EMPTY_CONFIG.len()},
        "layers": [{"digest": Digest::of(&bundle).to_string(), "mediaType": BUNDLE, "size": bundle.len()}],
        "mediaType": OCI_IMAGE_MEDIA_TYPE,
        "schemaVersion": 2,
        "subject": {"digest": digest.to_string(), "mediaType": media_type, "size": size},
    });
    let body = Bytes::from(body.to_string());
    let own = Digest::of(&body);
    let (mut listed, keeps_list) = referrers(host, digest).await?;
    let size = body.len() as u64;
    pusher.blob(Bytes::from_static(EMPTY_CONFIG)).await?;
    pusher.blob(bundle).await?;
    // A manifest without a tag has its digest for a name.
    pusher.manifest(Target::Digest(own.clone()), body, OCI_IMAGE_MEDIA_TYPE).await?;
    if keeps_list {
        return Ok(());
    }
    listed.push(Descriptor {
        media_type: OCI_IMAGE_MEDIA_TYPE.to_owned(),
        digest: own.to_string(),
        size,
        annotations: Some(annotations),
        rest: BTreeMap::from([("artifactType".to_owned(), BUNDLE.into())]),
    });
    let index = json!({"manifests": listed, "mediaType": OCI_IMAGE_INDEX_MEDIA_TYPE, "schemaVersion": 2});
    let target = Target::Tag(fallback_of(digest));
    pusher.manifest(target, Bytes::from(index.to_string()), OCI_IMAGE_INDEX_MEDIA_TYPE).await
}
