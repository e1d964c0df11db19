//! Whose signatures are wanted: Kubewarden's `verification-config.yml`, strictly read.

use std::collections::BTreeMap;
use std::fmt;

use reqwest::Url;
use serde::Deserialize;

use super::key::{KeyError, PublicKey};
use crate::reason::read_json;

/// Annotations that a signature must carry.
pub type Annotations = BTreeMap<String, String>;

/// What must be fulfilled for a policy to be trusted.
#[derive(Debug)]
pub struct Config {
    /// All of these.
    pub all_of: Vec<Constraint>,
    /// So many of those; one when the list is not empty and the file does not say.
    pub any_of: Option<(usize, Vec<Constraint>)>,
}

/// One wanted signature.
#[derive(Debug)]
pub struct Constraint {
    /// Who must have signed.
    pub signer: Signer,
    /// What the signature must carry.
    pub annotations: Annotations,
}

/// Who signs.
#[derive(Debug)]
#[non_exhaustive]
pub enum Signer {
    /// Whoever has the private half of a key.
    Key {
        /// The key.
        key: Box<PublicKey>,
        /// Who that is, for people.
        owner: Option<String>,
    },
    /// Whoever an issuer of identities vouches for.
    Issuer {
        /// The issuer's address.
        issuer: String,
        /// Who that is there.
        subject: Subject,
    },
    /// A workflow of GitHub.
    GithubAction {
        /// The account or organisation.
        owner: String,
        /// The repository; none for any of the owner.
        repo: Option<String>,
    },
}

/// An identity.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Subject {
    /// Exactly this address.
    Equal(String),
    /// An address that begins so; ends in `/`.
    UrlPrefix(String),
}

/// The issuer of identities to workflows of GitHub.
pub(super) const GITHUB: &str = "https://token.actions.githubusercontent.com";

/// Why a text is no such configuration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// A key is missing, unknown or of the wrong type.
    #[error("{0}")]
    Shape(String),
    /// A version that nobody knows.
    #[error("`apiVersion: {0}` is not known; write `v1`")]
    Version(String),
    /// It asks for nothing.
    #[error("it lists signatures neither in `allOf` nor in `anyOf`, so that anything would be trusted; list one")]
    Empty,
    /// It asks for more than it lists, or for none.
    #[error("`anyOf.minimumMatches` is {minimum} of {listed} listed signatures; write a number from 1 to {listed}")]
    Minimum {
        /// What it says.
        minimum: usize,
        /// How many it lists.
        listed: usize,
    },
    /// A key cannot be used.
    #[error("{at}.key: {error}")]
    Key {
        /// Where it stands.
        at: String,
        /// Why.
        error: KeyError,
    },
    /// A value that matches nobody, or everybody.
    #[error("{at}: {next}")]
    Value {
        /// Where it stands.
        at: String,
        /// What to write.
        next: &'static str,
    },
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct File {
    api_version: String,
    #[serde(default)]
    all_of: Option<Vec<Entry>>,
    #[serde(default)]
    any_of: Option<AnyOf>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct AnyOf {
    #[serde(default = "one")]
    minimum_matches: usize,
    signatures: Vec<Entry>,
}

fn one() -> usize {
    1
}

#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase", deny_unknown_fields)]
enum Entry {
    PubKey {
        #[serde(default)]
        owner: Option<String>,
        key: String,
        #[serde(default)]
        annotations: Option<Annotations>,
    },
    GenericIssuer {
        issuer: String,
        subject: Subject,
        #[serde(default)]
        annotations: Option<Annotations>,
    },
    GithubAction {
        owner: String,
        #[serde(default)]
        repo: Option<String>,
        #[serde(default)]
        annotations: Option<Annotations>,
    },
}

impl Config {
    /// Reads a configuration from JSON text, which a YAML file has been turned into.
    ///
    /// # Errors
    /// When something in it is unknown, missing or asks for nothing.
    pub fn parse(json: &str) -> Result<Self, ConfigError> {
        let file: File = read_json(json).map_err(ConfigError::Shape)?;
        if file.api_version != "v1" {
            return Err(ConfigError::Version(file.api_version.chars().take(40).collect()));
        }
        let all_of = constraints(file.all_of.unwrap_or_default(), "allOf")?;
        let any_of = file.any_of.map(|any_of| {
            let signatures = constraints(any_of.signatures, "anyOf.signatures")?;
            Ok::<_, ConfigError>((any_of.minimum_matches, signatures))
        });
        let any_of = any_of.transpose()?;
        match &any_of {
            _ if all_of.is_empty() && any_of.as_ref().is_none_or(|(_, list)| list.is_empty()) => {
                Err(ConfigError::Empty)
            }
            Some((minimum, list)) if !(1..=list.len()).contains(minimum) => {
                Err(ConfigError::Minimum { minimum: *minimum, listed: list.len() })
            }
            _ => Ok(Self { all_of, any_of }),
        }
    }

    /// A configuration that wants a signature by each of these keys.
    #[must_use]
    pub fn of_keys(keys: Vec<PublicKey>, annotations: &Annotations) -> Self {
        let constraint = |key| Constraint {
            signer: Signer::Key { key: Box::new(key), owner: None },
            annotations: annotations.clone(),
        };
        Self { all_of: keys.into_iter().map(constraint).collect(), any_of: None }
    }

    /// Every constraint.
    pub(super) fn constraints(&self) -> impl Iterator<Item = &Constraint> {
        self.all_of.iter().chain(self.any_of.iter().flat_map(|(_, list)| list))
    }
}

fn constraints(entries: Vec<Entry>, list: &str) -> Result<Vec<Constraint>, ConfigError> {
    entries.into_iter().enumerate().map(|(at, entry)| constraint(entry, format!("{list}[{at}]"))).collect()
}

fn constraint(entry: Entry, at: String) -> Result<Constraint, ConfigError> {
    let wrong = |key: &str, next| Err(ConfigError::Value { at: format!("{at}.{key}"), next });
    let (signer, annotations) = match entry {
        Entry::PubKey { owner, key, annotations } => {
            let key = PublicKey::parse(key.as_bytes()).map_err(|error| ConfigError::Key { at, error })?;
            (Signer::Key { key: Box::new(key), owner }, annotations)
        }
        Entry::GenericIssuer { issuer, subject, annotations } => {
            let subject = match subject {
                Subject::Equal(text) if text.is_empty() => return wrong("subject.equal", "name whom it is to equal"),
                Subject::UrlPrefix(text) => match Url::parse(&text) {
                    Ok(url) if url.has_host() => Subject::UrlPrefix(format!("{}/", text.trim_end_matches('/'))),
                    _ => return wrong("subject.urlPrefix", "write an address such as https://github.com/owner/"),
                },
                subject @ Subject::Equal(_) => subject,
            };
            if issuer.is_empty() {
                return wrong("issuer", "name the address of the issuer");
            }
            (Signer::Issuer { issuer, subject }, annotations)
        }
        Entry::GithubAction { owner, repo, annotations } => {
            let is_name = |name: &str| !name.is_empty() && !name.contains('/');
            if !is_name(&owner) {
                return wrong("owner", "name an account or organisation of GitHub");
            }
            if repo.as_deref().is_some_and(|repo| !is_name(repo)) {
                return wrong("repo", "name a repository without its owner");
            }
            (Signer::GithubAction { owner, repo }, annotations)
        }
    };
    Ok(Constraint { signer, annotations: annotations.unwrap_or_default() })
}

impl Constraint {
    /// Whether it can only be checked with a trust root.
    pub(super) fn needs_trust_root(&self) -> bool {
        !matches!(self.signer, Signer::Key { .. })
    }
}

impl fmt::Display for Constraint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.signer {
            Signer::Key { key, owner: Some(owner) } => write!(f, "the key of {owner} ({})", key.hint())?,
            Signer::Key { key, owner: None } => write!(f, "the key {}", key.hint())?,
            Signer::Issuer { issuer, subject: Subject::Equal(subject) } => write!(f, "{subject}, known to {issuer}")?,
            Signer::Issuer { issuer, subject: Subject::UrlPrefix(prefix) } => {
                write!(f, "anybody below {prefix}, known to {issuer}")?;
            }
            Signer::GithubAction { owner, repo: Some(repo) } => write!(f, "a workflow of github.com/{owner}/{repo}")?,
            Signer::GithubAction { owner, repo: None } => write!(f, "a workflow of github.com/{owner}")?,
        }
        for (at, (key, value)) in self.annotations.iter().enumerate() {
            write!(f, "{}{key}={value}", if at == 0 { ", with " } else { ", " })?;
        }
        Ok(())
    }
}
