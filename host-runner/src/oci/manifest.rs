//! Manifests of policies: what Kubewarden pushes and pulls, read with suspicion and written byte for byte alike.

use std::collections::BTreeMap;

use oci_client::manifest::{
    IMAGE_MANIFEST_LIST_MEDIA_TYPE, IMAGE_MANIFEST_MEDIA_TYPE, ImageIndexEntry, OCI_IMAGE_INDEX_MEDIA_TYPE,
    OCI_IMAGE_MEDIA_TYPE, OciImageIndex, OciImageManifest, WASM_CONFIG_MEDIA_TYPE, WASM_LAYER_MEDIA_TYPE,
};
use oci_spec_arch::{Arch, Os};
use serde::{Deserialize, Serialize};

use crate::engine::Limits;
use crate::store::Digest;

/// Types of the parts of an index, under the names of the crate that defines them.
mod oci_spec_arch {
    pub(super) use oci_client::config::{Architecture as Arch, Os};
}

/// Largest manifest, index or configuration in bytes: what registries accept.
pub const MOST_BYTES: u64 = 4 << 20;

/// The media type of what is pushed.
pub const MANIFEST: &str = OCI_IMAGE_MEDIA_TYPE;

/// What is asked for: manifests and indexes, OCI's and docker's.
pub const ACCEPT: &str = "application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json, \
    application/vnd.docker.distribution.manifest.v2+json, application/vnd.docker.distribution.manifest.list.v2+json";

/// The configuration of a pushed policy.
pub const EMPTY_CONFIG: &[u8] = b"{}";

/// Media types of a layer that is a Wasm module: Kubewarden's, and the one of the CNCF's Wasm artifacts.
pub const WASM_LAYERS: [&str; 2] = [WASM_LAYER_MEDIA_TYPE, "application/wasm"];

/// The file that marks an OCI image layout.
pub const LAYOUT: &[u8] = br#"{"imageLayoutVersion":"1.0.0"}"#;

/// The annotation under which an image layout names its entries.
pub const NAME_ANNOTATION: &str = "org.opencontainers.image.ref.name";

/// The annotation that says from which address a module without a manifest was downloaded.
pub const URL_ANNOTATION: &str = "dev.regwarden.url";

/// Why a manifest is none of a policy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ManifestError {
    /// It is no JSON of the right shape.
    #[error("its manifest cannot be read: {0}; it was not pushed as a policy")]
    Unreadable(String),
    /// It is of an older schema, or of none.
    #[error("its manifest is of schema {0}, and registries have served 2 for years; push the policy again")]
    Schema(i64),
    /// It could be read as an image and as an index.
    #[error(
        "its manifest claims to be an image and an index at once, which is an attack or a broken tool; do not use it"
    )]
    Ambiguous,
    /// Its media type is of something else.
    #[error("it is `{0}`, no image manifest; name a policy")]
    MediaType(String),
    /// It has no layer.
    #[error("its manifest has no layer, so no module; push the policy again")]
    NoLayer,
    /// A layer is something else.
    #[error(
        "its layer is `{0}`, not Wasm (`application/vnd.wasm.content.layer.v1+wasm`): it may be a container image; name a policy"
    )]
    Layer(String),
    /// The module is too large.
    #[error("its module is announced with {size} bytes, and {most} is the limit; nothing was downloaded")]
    TooLarge {
        /// What the manifest says.
        size: i64,
        /// The limit.
        most: u64,
    },
    /// A digest cannot be checked.
    #[error("its manifest names `{0}`, which is no SHA-256 digest; push the policy again")]
    Digest(String),
    /// No entry of an index fits.
    #[error(
        "it is an index of {0} images, none of them for this platform or for Wasm; name one by its digest: `…@sha256:…`"
    )]
    NoEntry(usize),
    /// An index in an index.
    #[error("its index leads to `{0}`, which is another index; name a manifest by its digest: `…@sha256:…`")]
    Nested(Digest),
}

/// A content as manifests point at it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Descriptor {
    /// Annotations, such as the name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub annotations: Option<BTreeMap<String, String>>,
    /// The digest, unchecked.
    pub digest: String,
    /// What it is.
    pub media_type: String,
    /// Size in bytes.
    pub size: u64,
}

/// `index.json` of an image layout.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Index {
    /// What the layout offers.
    pub manifests: Vec<Descriptor>,
    schema_version: u8,
}

impl Default for Index {
    fn default() -> Self {
        Self { manifests: Vec::new(), schema_version: 2 }
    }
}

impl Index {
    /// Reads it.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok()
    }

    /// Adds an entry with one annotation.
    pub(crate) fn push(&mut self, media_type: &str, digest: &Digest, size: usize, key: &str, value: &str) {
        self.manifests.push(Descriptor {
            annotations: Some(BTreeMap::from([(key.to_owned(), value.to_owned())])),
            digest: digest.to_string(),
            media_type: media_type.to_owned(),
            size: size as u64,
        });
    }

    /// Its text.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }
}

/// A part of an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Its digest.
    pub digest: Digest,
    /// Its size in bytes, within the limits.
    pub size: u64,
}

/// A manifest that has been understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Manifest {
    /// Of an image: its module and its configuration.
    Image {
        /// The module.
        module: Part,
        /// The configuration; none when it is nothing that could be kept, which nobody needs.
        config: Option<Part>,
    },
    /// Of an index: the digest of the entry for this place.
    Index(Digest),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Shape<'a> {
    #[serde(default)]
    schema_version: Option<i64>,
    #[serde(default, borrow)]
    media_type: Option<std::borrow::Cow<'a, str>>,
    #[serde(default, borrow)]
    layers: Option<&'a serde_json::value::RawValue>,
    #[serde(default, borrow)]
    manifests: Option<&'a serde_json::value::RawValue>,
}

/// Reads a manifest. An index counts with its entry for this platform, else the only one of Wasm or of no platform.
///
/// # Errors
/// When it is none of a policy.
pub fn parse(bytes: &[u8]) -> Result<Manifest, ManifestError> {
    let unreadable = |error: serde_json::Error| {
        ManifestError::Unreadable(format!("no manifest from line {}, column {} on", error.line(), error.column()))
    };
    // A list would pass for the members in their order.
    if !bytes.trim_ascii_start().starts_with(b"{") {
        return Err(ManifestError::Unreadable("it is no JSON object".to_owned()));
    }
    let shape: Shape<'_> = serde_json::from_slice(bytes).map_err(unreadable)?;
    if shape.schema_version != Some(2) {
        return Err(ManifestError::Schema(shape.schema_version.unwrap_or(0)));
    }
    let media_type = shape.media_type.as_deref();
    if shape.layers.is_some() && shape.manifests.is_some() {
        return Err(ManifestError::Ambiguous);
    }
    match media_type {
        None | Some(OCI_IMAGE_MEDIA_TYPE | IMAGE_MANIFEST_MEDIA_TYPE) if shape.manifests.is_none() => {
            image(&serde_json::from_slice(bytes).map_err(unreadable)?)
        }
        None | Some(OCI_IMAGE_INDEX_MEDIA_TYPE | IMAGE_MANIFEST_LIST_MEDIA_TYPE) if shape.layers.is_none() => {
            let index: OciImageIndex = serde_json::from_slice(bytes).map_err(unreadable)?;
            let chosen = choose(&index.manifests).ok_or(ManifestError::NoEntry(index.manifests.len()))?;
            Ok(Manifest::Index(digest(&chosen.digest)?))
        }
        // The type says one thing and the members another.
        Some(
            OCI_IMAGE_MEDIA_TYPE
            | IMAGE_MANIFEST_MEDIA_TYPE
            | OCI_IMAGE_INDEX_MEDIA_TYPE
            | IMAGE_MANIFEST_LIST_MEDIA_TYPE,
        ) => Err(ManifestError::Ambiguous),
        other => Err(ManifestError::MediaType(other.unwrap_or_default().chars().take(100).collect())),
    }
}

fn image(manifest: &OciImageManifest) -> Result<Manifest, ManifestError> {
    // As Kubewarden: all layers must be Wasm, and the first is the module.
    if let Some(layer) = manifest.layers.iter().find(|layer| !WASM_LAYERS.contains(&&*layer.media_type)) {
        return Err(ManifestError::Layer(layer.media_type.chars().take(100).collect()));
    }
    let layer = manifest.layers.first().ok_or(ManifestError::NoLayer)?;
    let most = Limits::default().module as u64;
    let size = u64::try_from(layer.size).ok().filter(|size| *size <= most);
    let size = size.ok_or(ManifestError::TooLarge { size: layer.size, most })?;
    let module = Part { digest: digest(&layer.digest)?, size };
    let config = digest(&manifest.config.digest).ok().zip(u64::try_from(manifest.config.size).ok());
    let config = config.filter(|(_, size)| *size <= MOST_BYTES).map(|(digest, size)| Part { digest, size });
    Ok(Manifest::Image { module, config })
}

fn choose(entries: &[ImageIndexEntry]) -> Option<&ImageIndexEntry> {
    let images = || {
        entries.iter().filter(|entry| matches!(&*entry.media_type, OCI_IMAGE_MEDIA_TYPE | IMAGE_MANIFEST_MEDIA_TYPE))
    };
    let here = images().find(|entry| {
        let platform = entry.platform.as_ref();
        platform.is_some_and(|p| p.os == Os::default() && p.architecture == Arch::default())
    });
    let is_wasm = |entry: &&ImageIndexEntry| {
        entry.platform.as_ref().is_none_or(|p| p.architecture.to_string().starts_with("wasm"))
    };
    here.or_else(|| {
        let mut wasm = images().filter(is_wasm);
        wasm.next().filter(|_| wasm.next().is_none())
    })
}

fn digest(text: &str) -> Result<Digest, ManifestError> {
    text.parse().map_err(|_| ManifestError::Digest(text.chars().take(100).collect()))
}

/// The manifest and the module behind a digest, through an index if it is one.
///
/// # Errors
/// When something on the way is missing, or no policy.
pub fn module_of(top: &Digest, read: &dyn Fn(&Digest) -> Result<Vec<u8>, String>) -> Result<(Digest, Part), String> {
    let text = |error: ManifestError| error.to_string();
    match parse(&read(top)?).map_err(text)? {
        Manifest::Image { module, .. } => Ok((top.clone(), module)),
        Manifest::Index(chosen) => match parse(&read(&chosen)?).map_err(text)? {
            Manifest::Image { module, .. } => Ok((chosen, module)),
            Manifest::Index(_) => Err(text(ManifestError::Nested(chosen))),
        },
    }
}

/// Everything that a manifest or index points at and that a store may hold.
#[must_use]
pub fn blobs(bytes: &[u8]) -> Vec<Digest> {
    match parse(bytes) {
        Ok(Manifest::Image { module, config }) => {
            config.into_iter().map(|config| config.digest).chain([module.digest]).collect()
        }
        Ok(Manifest::Index(chosen)) => vec![chosen],
        Err(_) => Vec::new(),
    }
}

/// The media type of a manifest: its own word, else what its members show.
#[must_use]
pub fn media_type(bytes: &[u8]) -> &'static str {
    let shape: Option<Shape<'_>> = serde_json::from_slice(bytes).ok();
    let Some(shape) = shape else { return OCI_IMAGE_MEDIA_TYPE };
    let known =
        [OCI_IMAGE_MEDIA_TYPE, OCI_IMAGE_INDEX_MEDIA_TYPE, IMAGE_MANIFEST_MEDIA_TYPE, IMAGE_MANIFEST_LIST_MEDIA_TYPE];
    let own = known.into_iter().find(|known| shape.media_type.as_deref() == Some(known));
    own.unwrap_or(if shape.manifests.is_some() { OCI_IMAGE_INDEX_MEDIA_TYPE } else { OCI_IMAGE_MEDIA_TYPE })
}

/// The manifest of a module: the shape that kwctl pushes, members in the order of their names and none of them spare,
/// so that the same policy has the same digest whoever pushes it.
#[must_use]
pub fn of_module(module: &Digest, size: u64, annotations: &BTreeMap<String, String>) -> Vec<u8> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Image<'a> {
        #[serde(skip_serializing_if = "BTreeMap::is_empty")]
        annotations: &'a BTreeMap<String, String>,
        config: Descriptor,
        layers: [Descriptor; 1],
        schema_version: u8,
    }
    let descriptor = |digest: &Digest, media_type: &str, size| Descriptor {
        annotations: None,
        digest: digest.to_string(),
        media_type: media_type.to_owned(),
        size,
    };
    let image = Image {
        annotations,
        config: descriptor(&Digest::of(EMPTY_CONFIG), WASM_CONFIG_MEDIA_TYPE, EMPTY_CONFIG.len() as u64),
        layers: [descriptor(module, WASM_LAYER_MEDIA_TYPE, size)],
        schema_version: 2,
    };
    serde_json::to_vec(&image).unwrap_or_default()
}

/// The annotations of a manifest from those of a policy's metadata: trimmed, those of several lines left out, and the
/// source under the name that registries show. The second list is what was left out.
#[must_use]
pub fn annotations(metadata: &BTreeMap<String, String>) -> (BTreeMap<String, String>, Vec<String>) {
    const SOURCE: &str = "org.opencontainers.image.source";
    let mut kept = BTreeMap::new();
    let mut left_out = Vec::new();
    for (key, value) in metadata {
        let value = value.trim();
        if value.contains(['\n', '\r']) {
            left_out.push(key.clone());
        } else {
            kept.insert(key.clone(), value.to_owned());
        }
    }
    if let Some(source) = kept.get("io.kubewarden.policy.source").cloned() {
        kept.entry(SOURCE.to_owned()).or_insert(source);
    }
    (kept, left_out)
}

#[cfg(test)]
#[path = "manifest_tests.rs"]
mod tests;
