//! How policies are named: files, addresses in registries and on servers, digests of what is stored.

use std::fmt;
use std::path::PathBuf;

use oci_client::Reference;
use regwarden_sdk::image;
use reqwest::Url;

use crate::store::Digest;

/// A policy by its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Name {
    /// A file: a path, or `file://` and a path.
    File(PathBuf),
    /// `registry://host[:port]/repository[:tag][@sha256:…]`.
    Registry(RegistryName),
    /// `https://…`, or `http://…` where that is allowed.
    Url(Url),
    /// `sha256:` and the first digits of the digest of a stored policy.
    Stored(String),
}

/// A name in a registry, in full: short names are those of Docker Hub, no tag is `latest`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegistryName {
    reference: Reference,
    digest: Option<Digest>,
    is_explicit: bool,
}

/// Why a text names no policy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NameError {
    /// The scheme is unknown.
    #[error("policies are named by a path, `registry://`, `https://`, `file://` or `sha256:`, not by `{0}://`")]
    Scheme(String),
    /// A name in a registry is malformed.
    #[error("not of the form `registry://host[:port]/repository[:tag][@sha256:…]`: {0}")]
    Reference(String),
    /// The digest of a name cannot be checked.
    #[error("only digests of the form `sha256:…` with 64 digits pin a policy")]
    Digest,
    /// A URL is malformed.
    #[error("not an address of the form `https://host/policy.wasm`")]
    Url,
    /// A URL carries a user, a query or a fragment.
    #[error("an address of a policy has no user, query or fragment; download it with another tool and name the file")]
    Secret,
}

impl Name {
    /// Reads a name where a file may be meant: what has no scheme is a path.
    ///
    /// # Errors
    /// When it names nothing.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        if text.starts_with("sha256:") {
            return Ok(Self::Stored(text.to_owned()));
        }
        match text.split_once("://") {
            Some(("registry", rest)) => RegistryName::parse(rest).map(Self::Registry),
            Some(("file", rest)) => Ok(Self::File(PathBuf::from(rest))),
            Some(("https" | "http", _)) => url(text).map(Self::Url),
            Some((scheme, _)) if scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte)) => {
                Err(NameError::Scheme(scheme.to_owned()))
            }
            _ => Ok(Self::File(PathBuf::from(text))),
        }
    }

    /// Reads a name where only a registry can be meant, so that `registry://` may be left out.
    ///
    /// # Errors
    /// When it names nothing in a registry.
    pub fn in_registry(text: &str) -> Result<RegistryName, NameError> {
        match text.split_once("://") {
            Some(("registry", rest)) => RegistryName::parse(rest),
            Some((scheme, _)) => Err(NameError::Reference(format!("`{}` is no registry", shown_scheme(scheme)))),
            None => RegistryName::parse(text),
        }
    }
}

fn shown_scheme(scheme: &str) -> String {
    scheme.chars().filter(char::is_ascii_alphanumeric).take(20).collect()
}

fn url(text: &str) -> Result<Url, NameError> {
    let url = Url::parse(text).map_err(|_| NameError::Url)?;
    if !url.username().is_empty() || url.password().is_some() || url.query().is_some() || url.fragment().is_some() {
        return Err(NameError::Secret);
    }
    if url.host_str().is_none_or(str::is_empty) { Err(NameError::Url) } else { Ok(url) }
}

impl RegistryName {
    fn parse(text: &str) -> Result<Self, NameError> {
        // The SDK's reader costs microseconds; the one of oci-client compiles a pattern of milliseconds first, and a
        // warm check has few of those. Its words do not quote the name, in which somebody may have written a password.
        let read = image::Reference::parse(text).map_err(|error| NameError::Reference(error.to_string()))?;
        if read.domain().is_empty() {
            return Err(NameError::Reference("its first part is no host".to_owned()));
        }
        let digest: Option<Digest> = read.digest().map(str::parse).transpose().map_err(|_| NameError::Digest)?;
        let (registry, repository) = (read.domain().to_owned(), read.path().to_string());
        let reference = match (read.effective_tag().map(str::to_owned), digest.as_ref().map(Digest::to_string)) {
            (Some(tag), Some(digest)) => Reference::with_tag_and_digest(registry, repository, tag, digest),
            (None, Some(digest)) => Reference::with_digest(registry, repository, digest),
            (tag, None) => Reference::with_tag(registry, repository, tag.unwrap_or_else(|| "latest".to_owned())),
        };
        let first = text.split_once('/').map_or("", |(first, _)| first);
        let is_explicit = first.contains(['.', ':']) || first == "localhost";
        Ok(Self { reference, digest, is_explicit })
    }

    /// The digest that pins it.
    #[must_use]
    pub fn digest(&self) -> Option<&Digest> {
        self.digest.as_ref()
    }

    /// Whether the text itself says which registry it is in.
    #[must_use]
    pub fn is_explicit(&self) -> bool {
        self.is_explicit
    }

    /// The registry as written, which lists of hosts are searched for.
    #[must_use]
    pub fn registry(&self) -> &str {
        self.reference.registry()
    }

    /// The host that is talked to.
    #[must_use]
    pub fn host(&self) -> &str {
        self.reference.resolve_registry()
    }

    /// The repository within the registry.
    #[must_use]
    pub fn repository(&self) -> &str {
        self.reference.repository()
    }

    /// The tag; `None` when a digest stands alone.
    #[must_use]
    pub fn tag(&self) -> Option<&str> {
        self.reference.tag()
    }

    /// What a manifest is asked for by: the digest, else the tag.
    #[must_use]
    pub fn wanted(&self) -> &str {
        self.reference.digest().or(self.reference.tag()).unwrap_or("latest")
    }

    /// The same policy by the digest of its manifest alone.
    #[must_use]
    pub fn pinned(&self, digest: &Digest) -> String {
        format!("{}/{}@{digest}", self.reference.registry(), self.reference.repository())
    }

    /// The reference as oci-client takes it.
    #[must_use]
    pub fn reference(&self) -> &Reference {
        &self.reference
    }
}

impl fmt::Display for RegistryName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "registry://{}", self.reference)
    }
}

/// A name as messages may show it: what could be a password before an `@`, or a token in a query, is not in it.
#[must_use]
pub fn shown(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once("://") else { return text.to_owned() };
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    let (authority, path) = rest.split_at_checked(rest.find('/').unwrap_or(rest.len())).unwrap_or((rest, ""));
    match authority.rsplit_once('@') {
        Some((_, host)) => format!("{scheme}://…@{host}{path}"),
        None => format!("{scheme}://{authority}{path}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIGEST: &str = "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";

    #[test]
    fn every_form_of_the_reference_reads() {
        let full = |text: &str| match Name::parse(text).unwrap() {
            Name::Registry(name) => name.to_string(),
            other => panic!("{other:?}"),
        };
        assert_eq!(full("registry://ghcr.io/kubewarden/policies/x"), "registry://ghcr.io/kubewarden/policies/x:latest");
        assert_eq!(full("registry://x"), "registry://docker.io/library/x:latest");
        assert_eq!(full("registry://localhost:5000/x:v1"), "registry://localhost:5000/x:v1");
        assert_eq!(full(&format!("registry://r.io/x:v1@{DIGEST}")), format!("registry://r.io/x:v1@{DIGEST}"));
        assert_eq!(Name::in_registry("r.io/x:v1").unwrap().to_string(), "registry://r.io/x:v1");
        assert_eq!(Name::in_registry("x").unwrap().host(), "index.docker.io");
        assert_eq!(Name::parse("./policy.wasm"), Ok(Name::File("./policy.wasm".into())));
        assert_eq!(Name::parse("file:///a/b.wasm"), Ok(Name::File("/a/b.wasm".into())));
        assert_eq!(Name::parse("sha256:44136f"), Ok(Name::Stored("sha256:44136f".into())));
        assert!(matches!(Name::parse("https://h.io/p.wasm"), Ok(Name::Url(_))));
    }

    #[test]
    fn what_names_nothing_is_refused_without_its_secrets() {
        for bad in [
            "oci://r.io/x",
            "registry://",
            "registry://r.io/UPPER",
            "registry://r.io/x@sha256:12",
            "https://",
            "ftp://x",
        ] {
            assert!(Name::parse(bad).is_err(), "{bad}");
        }
        assert_eq!(Name::parse("https://u:hunter2@h.io/p.wasm"), Err(NameError::Secret));
        assert_eq!(Name::parse("https://h.io/p.wasm?token=hunter2"), Err(NameError::Secret));
        let error = Name::parse("registry://u:hunter2@h.io/p:v1").unwrap_err().to_string();
        assert!(!error.contains("hunter2"), "{error}");
        assert_eq!(shown("registry://u:hunter2@h.io/p:v1"), "registry://…@h.io/p:v1");
        assert_eq!(shown("https://h.io/p?t=hunter2"), "https://h.io/p");
        assert_eq!(shown(&format!("registry://h.io/p@{DIGEST}")), format!("registry://h.io/p@{DIGEST}"));
        assert!(Name::parse(&format!("registry://r.io/x@sha512:{}", "a".repeat(128))).is_err());
    }
}
