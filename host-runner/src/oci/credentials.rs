//! What is shown to a registry, looked up where docker keeps it, and only when the registry asks.

use std::fmt;
use std::path::PathBuf;

use regwarden_sdk::docker_config::containers::{self, Found};
use regwarden_sdk::docker_config::docker::{Config, Entry, HUB_KEY, Source};
use regwarden_sdk::docker_config::{Reason, Refusal};
use regwarden_sdk::json::Document;

use super::error::Fault;
use super::helper::{self, TOKEN_USER};
use crate::reason::io_reason;
use crate::source;

/// Largest docker config in bytes.
const LARGEST: usize = 4 << 20;

/// Credentials for one registry. Never printed.
#[derive(Clone, Default, PartialEq, Eq)]
pub enum Credentials {
    /// There are none.
    #[default]
    None,
    /// User and password.
    Basic {
        /// The user.
        user: String,
        /// The password.
        password: String,
    },
    /// A token that is exchanged for one of the registry.
    Identity(String),
    /// A token that is sent as it is.
    Registry(String),
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "None",
            Self::Basic { .. } => "Basic(…)",
            Self::Identity(_) => "Identity(…)",
            Self::Registry(_) => "Registry(…)",
        })
    }
}

/// Credentials and where they came from, for messages.
#[derive(Clone, Debug, Default)]
pub struct Looked {
    /// The credentials.
    pub credentials: Credentials,
    /// A file, or a helper.
    pub place: String,
}

enum Keeper {
    /// Podman's, read as podman and skopeo do.
    Containers(PathBuf),
    /// `config.json` in `DOCKER_CONFIG` or `~/.docker`, read as docker does.
    Docker(PathBuf),
}

/// The one file that counts. What a variable names comes first; of the usual places docker's, then those in which
/// `podman login` writes (containers/image `pkg/docker/config`), if there is such a file.
fn keeper() -> Option<Keeper> {
    let path = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    if let Some(file) = path("REGISTRY_AUTH_FILE") {
        return Some(Keeper::Containers(file));
    }
    if let Some(directory) = path("DOCKER_CONFIG") {
        return Some(Keeper::Docker(directory.join("config.json")));
    }
    // What cannot be looked at is not passed over.
    let is_there = |file: &PathBuf| !matches!(file.try_exists(), Ok(false));
    let docker = path("HOME").map(|home| home.join(".docker/config.json"));
    if let Some(file) = docker.clone().filter(is_there) {
        return Some(Keeper::Docker(file));
    }
    let config = || path("XDG_CONFIG_HOME").or_else(|| Some(path("HOME")?.join(".config")));
    let podman = [path("XDG_RUNTIME_DIR"), config()].into_iter().flatten();
    let podman = podman.map(|directory| directory.join("containers/auth.json")).find(is_there);
    podman.map(Keeper::Containers).or_else(|| docker.map(Keeper::Docker))
}

/// Looks up what is known for a repository, in docker's file or in podman's.
///
/// # Errors
/// When the file is there and cannot be read, or its helper fails: going on as nobody would hide the mistake.
pub fn look_up(host: &str, repository: &str) -> Result<Looked, Fault> {
    let Some(keeper) = keeper() else {
        return Ok(Looked { credentials: Credentials::None, place: "docker config (HOME is not set)".to_owned() });
    };
    let (file, containers) = match &keeper {
        Keeper::Containers(file) => (file, true),
        Keeper::Docker(file) => (file, false),
    };
    let place = file.display().to_string();
    let refused = |reason: &str| Fault::Credentials(format!("docker config `{place}` cannot be used: {reason}"));
    let bytes = match source::read(Some(file), LARGEST) {
        Ok(bytes) if bytes.len() > LARGEST => return Err(refused("it is larger than any docker config")),
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Ok(Looked { credentials: Credentials::None, place });
        }
        Err(error) => return Err(refused(&io_reason(&error))),
    };
    let document = Document::parse(&bytes).map_err(|error| refused(&format!("it is no JSON, {}", error.line())))?;
    let read = |refusal: Refusal<'_>| refused(&reason(&refusal));
    let (helper, entry);
    if containers {
        let registry = if host == "index.docker.io" { "docker.io" } else { host };
        match containers::find(document.root(), &format!("{registry}/{repository}")).map_err(read)? {
            Found::Helper(name) => (helper, entry) = (Some(name), None),
            Found::Entry(found) => (helper, entry) = (None, Some(found)),
            Found::Nobody => (helper, entry) = (None, None),
        }
    } else {
        let config = Config::read(document.root()).map_err(read)?;
        match config.source_of_repository(&format!("{host}/{repository}")) {
            Source::Helper(name) => (helper, entry) = (Some(name), None),
            Source::Entry(found) => (helper, entry) = (None, Some(found.clone())),
            Source::Nobody => (helper, entry) = (None, None),
        }
    }
    if let Some(name) = helper {
        return ask(name, host);
    }
    let credentials =
        entry.map(|entry| of_entry(&entry).ok_or_else(|| refused("an entry of it is no text"))).transpose()?;
    Ok(Looked { credentials: credentials.unwrap_or_default(), place: format!("`{place}`") })
}

fn ask(name: &str, host: &str) -> Result<Looked, Fault> {
    let server = if host == "index.docker.io" { HUB_KEY } else { host };
    let place = format!("the credential helper `docker-credential-{name}`");
    let answer = helper::ask(name, server).map_err(Fault::Credentials)?;
    let credentials = match answer {
        None => Credentials::None,
        Some(answer) if answer.username == TOKEN_USER => Credentials::Identity(answer.secret),
        Some(answer) => Credentials::Basic { user: answer.username, password: answer.secret },
    };
    Ok(Looked { credentials, place })
}

/// What an entry shows; none when it holds bytes that no header can carry.
fn of_entry(entry: &Entry<'_>) -> Option<Credentials> {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).ok();
    Some(if !entry.registry_token.is_empty() {
        Credentials::Registry(text(entry.registry_token.expose())?)
    } else if !entry.identity_token.is_empty() {
        Credentials::Identity(text(entry.identity_token.expose())?)
    } else if entry.credentials.is_empty() {
        Credentials::None
    } else {
        let (user, password) = (&entry.credentials.user, &entry.credentials.password);
        Credentials::Basic { user: text(user.expose())?, password: text(password.expose())? }
    })
}

fn reason(refusal: &Refusal<'_>) -> String {
    let text = match refusal.reason {
        Reason::Type => "a value is of the wrong type",
        Reason::AuthEncoding => "an `auth` is not base64",
        Reason::AuthColon => "an `auth` has no `:` between user and password",
        Reason::AuthUser => "an `auth` has no user",
        _ => "a member is unknown",
    };
    format!("{text}; log in again with `docker login`")
}
