//! `regwarden sign` and `verify`, and the check of signatures before a policy from a registry is used.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use serde::Serialize;
use zeroize::Zeroizing;

use super::super::output::Terminal;
use super::{in_registry, options};
use crate::cli::Output;
use crate::cli::oci::RemoteArgs;
use crate::cli::signature::{Layout, SignArgs, VerifyArgs};
use crate::command::mapping;
use crate::engine::Limits;
use crate::error::{Error, Exit};
use crate::oci::name::{Name, RegistryName};
use crate::oci::{Fetched, Options, attached, fetch, manifest};
use crate::reason::io_reason;
use crate::report::style::GOOD;
use crate::report::text::clean;
use crate::signature::{self, Config, Found, PrivateKey, PublicKey, TrustRoot, config::Annotations};
use crate::source;
use crate::store::{Digest, Store, Stored};

/// A key is some hundred bytes.
const LARGEST_KEY: usize = 64 << 10;

/// A trust root holds some dozen certificates.
const LARGEST_ROOT: usize = 4 << 20;

/// Whose signatures are wanted, and what keyless ones are checked against.
pub(crate) struct Trust {
    config: Config,
    root: Option<TrustRoot>,
}

fn unreadable(file: &Path, reason: String) -> Error {
    Error::Unreadable { file: file.to_string_lossy().into_owned(), reason }
}

fn read(file: &Path, most: usize) -> Result<Vec<u8>, Error> {
    let bytes = source::read(Some(file), most).map_err(|error| unreadable(file, io_reason(&error)))?;
    if bytes.len() > most { Err(unreadable(file, format!("it is larger than {most} bytes"))) } else { Ok(bytes) }
}

impl Trust {
    /// What is in force: the configuration that was named, else the user's own (`verification-config.yml` beside
    /// Kubewarden's `sources.yaml`) if there is one.
    ///
    /// # Errors
    /// When it cannot be read; nothing is trusted then.
    pub(crate) fn in_force(remote: &RemoteArgs) -> Result<Option<Self>, Error> {
        let file = match &remote.verification_config {
            Some(file) => file.clone(),
            None => match users_config() {
                // A file that cannot be looked at is in force too, and is told below.
                Some(file) if !matches!(file.try_exists(), Ok(false)) => file,
                _ => return Ok(None),
            },
        };
        let wrong = |error: signature::ConfigError| unreadable(&file, error.to_string());
        let config = Config::parse(&mapping::read(&file, "verification rules")?).map_err(wrong)?;
        Ok(Some(Self { config, root: root(remote)? }))
    }

    /// What `--key` says.
    fn of_keys(files: &[PathBuf], annotations: &[(String, String)], remote: &RemoteArgs) -> Result<Self, Error> {
        let key = |file: &PathBuf| {
            PublicKey::parse(&read(file, LARGEST_KEY)?).map_err(|error| unreadable(file, error.to_string()))
        };
        let keys = files.iter().map(key).collect::<Result<_, _>>()?;
        Ok(Self { config: Config::of_keys(keys, &map(annotations)), root: root(remote)? })
    }

    /// Whether the signatures of a policy can be looked at; asked before it is fetched.
    ///
    /// # Errors
    /// When its kind of name has none, or nobody may be asked.
    pub(super) fn may_check(&self, name: &Name) -> Result<(), Error> {
        match name {
            Name::Registry(_) | Name::File(_) => Ok(()),
            Name::Url(url) => Err(untrusted(url, signature::Error::NoRegistry)),
            Name::Stored(digits) => Err(untrusted(digits, signature::Error::NoRegistry)),
        }
    }

    /// Checks the signatures of a policy that was fetched, and that its module is the one that was signed.
    ///
    /// # Errors
    /// When it is not to be trusted.
    pub(super) fn check_fetched(
        &self,
        options: &Options,
        name: &Name,
        fetched: &Fetched,
        store: &Store,
    ) -> Result<(), Error> {
        let Name::Registry(name) = name else { return Ok(()) };
        let unfit = |reason: String| untrusted(name, signature::Error::Unfit(reason));
        let top = fetched.stored.resolved.as_ref().ok_or_else(|| unfit("it has no manifest".to_owned()))?;
        let found = found(options, name, top, store)?;
        self.judge(name, top, &found)?;
        let read = |digest: &Digest| match store.blob(digest, manifest::MOST_BYTES) {
            Ok(Some(bytes)) => Ok(bytes),
            Ok(None) => Err(format!("{digest} is missing in the store")),
            Err(error) => Err(error.to_string()),
        };
        let signed = signed_module(top, &read).map_err(unfit)?;
        same(name, &Digest::of(&fetched.bytes), &signed)
    }

    /// Checks the signatures of a manifest and says which constraints are fulfilled.
    ///
    /// # Errors
    /// When too few are.
    pub(crate) fn check(&self, options: &Options, name: &RegistryName, digest: &Digest) -> Result<Vec<String>, Error> {
        self.judge(name, digest, &attached::signatures(options, name, digest)?)
    }

    fn judge(&self, name: &RegistryName, digest: &Digest, found: &[Found]) -> Result<Vec<String>, Error> {
        signature::verify(digest, found, &self.config, self.root.as_ref()).map_err(|error| untrusted(name, error))
    }
}

/// The signatures of a manifest: from its registry, offline those that were kept.
fn found(options: &Options, name: &RegistryName, digest: &Digest, store: &Store) -> Result<Vec<Found>, Error> {
    if !options.offline {
        return Ok(attached::signatures(options, name, digest)?);
    }
    let kept = store.signatures(digest)?.ok_or_else(|| untrusted(name, signature::Error::Offline))?;
    signature::kept(&kept).ok_or_else(|| untrusted(name, signature::Error::Kept))
}

/// Keeps the signatures of what was pulled for where no registry is. A policy without any is none the worse for it.
///
/// # Errors
/// When the registry, which may not have been needed so far, or the store fails.
pub(super) fn keep(options: &Options, name: &Name, stored: &Stored, store: &Store) -> Result<(), Error> {
    let (Name::Registry(name), Some(digest)) = (name, &stored.resolved) else { return Ok(()) };
    let found = attached::signatures(options, name, digest)?;
    if !found.is_empty() {
        store.keep_signatures(digest, &signature::keep(&found))?;
    }
    Ok(())
}

fn untrusted(name: &impl ToString, error: signature::Error) -> Error {
    Error::Untrusted { policy: name.to_string(), error }
}

fn root(remote: &RemoteArgs) -> Result<Option<TrustRoot>, Error> {
    let parse = |file: &PathBuf| {
        let text = String::from_utf8(read(file, LARGEST_ROOT)?)
            .map_err(|_| unreadable(file, "it is not UTF-8; name a `trusted_root.json`".to_owned()))?;
        TrustRoot::parse(&text).map_err(|error| unreadable(file, error.to_string()))
    };
    remote.trust_root.as_ref().map(parse).transpose()
}

fn users_config() -> Option<PathBuf> {
    let absolute = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let base = absolute("XDG_CONFIG_HOME").or_else(|| Some(absolute("HOME")?.join(".config")))?;
    Some(base.join("kubewarden").join("verification-config.yml"))
}

fn map(annotations: &[(String, String)]) -> Annotations {
    annotations.iter().cloned().collect()
}

/// The module that a manifest leads to. A signed one has exactly one.
///
/// # Errors
/// When it is no manifest of a policy.
pub(crate) fn signed_module(top: &Digest, read: &dyn Fn(&Digest) -> Result<Vec<u8>, String>) -> Result<Digest, String> {
    let (manifest, module) = manifest::module_of(top, read)?;
    #[derive(serde::Deserialize)]
    struct Layers {
        layers: Vec<serde_json::Value>,
    }
    let layers = serde_json::from_slice::<Layers>(&read(&manifest)?).map_or(0, |image| image.layers.len());
    if layers == 1 { Ok(module.digest) } else { Err(format!("the signed manifest has {layers} layers instead of one")) }
}

fn same(name: &RegistryName, actual: &Digest, signed: &Digest) -> Result<(), Error> {
    if actual == signed {
        return Ok(());
    }
    let (actual, signed) = (actual.to_string(), signed.to_string());
    Err(untrusted(name, signature::Error::Module { actual, signed }))
}

/// `--output json`.
#[derive(Serialize)]
struct Outcome<'a> {
    schema: &'static str,
    name: String,
    immutable_ref: String,
    manifest: &'a Digest,
    #[serde(skip_serializing_if = "Option::is_none")]
    module: Option<&'a Digest>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fulfilled: Option<&'a [String]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    added: Option<bool>,
}

/// `regwarden verify`.
pub(crate) fn verify(args: &VerifyArgs, terminal: &Terminal) -> Result<Exit, Error> {
    let name = in_registry(&args.name)?;
    let options = options(&args.remote)?;
    let trust = if args.key.is_empty() {
        let none = || Error::Usage("name whose signature is wanted with `--key` or `--verification-config`".to_owned());
        Trust::in_force(&args.remote)?.ok_or_else(none)?
    } else {
        Trust::of_keys(&args.key, &args.annotation, &args.remote)?
    };
    let local = args.file.as_deref().map(|file| read(file, Limits::default().module)).transpose()?;
    let (bytes, digest) = fetch::manifest_of(&options, &name)?;
    let fulfilled = trust.check(&options, &name, &digest)?;
    let module = signed_module(&digest, &|wanted| {
        if *wanted == digest {
            return Ok(bytes.clone());
        }
        let pinned = in_registry(&name.pinned(wanted)).map_err(|error| error.to_string())?;
        fetch::manifest_of(&options, &pinned).map(|(bytes, _)| bytes).map_err(|error| error.to_string())
    });
    let module = module.map_err(|reason| untrusted(&name, signature::Error::Unfit(reason)))?;
    if let Some(bytes) = local {
        same(&name, &Digest::of(&bytes), &module)?;
    }
    let immutable_ref = name.pinned(&digest);
    match args.output {
        Output::Json => terminal.json(&Outcome {
            schema: "regwarden/verify/v1",
            name: name.to_string(),
            immutable_ref,
            manifest: &digest,
            module: Some(&module),
            fulfilled: Some(&fulfilled),
            added: None,
        })?,
        Output::Human => {
            let mut out = terminal.out();
            writeln!(out, "{GOOD}✔ verified{GOOD:#} {immutable_ref}")?;
            for line in &fulfilled {
                writeln!(out, "  signed by {}", clean(line))?;
            }
            out.flush()?;
        }
    }
    Ok(Exit::Allowed)
}

/// Reads the key to sign with.
pub(crate) fn private_key(file: &Path) -> Result<PrivateKey, Error> {
    let text = Zeroizing::new(read(file, LARGEST_KEY)?);
    let password = std::env::var_os("COSIGN_PASSWORD").map(|text| Zeroizing::new(text.into_encoded_bytes()));
    let password = password.as_ref().map(|password| password.as_slice());
    PrivateKey::parse(&text, password).map_err(|error| unreadable(file, error.to_string()))
}

/// Signs what a name stands for, unless this key has signed it already. Answers whether a signature was added.
///
/// # Errors
/// When the registry does not take it.
pub(crate) fn sign_manifest(
    options: &Options,
    name: &RegistryName,
    (digest, bytes): (&Digest, &[u8]),
    key: &PrivateKey,
    annotations: &BTreeMap<String, String>,
    layout: Layout,
) -> Result<bool, Error> {
    let failed = |reason: String| Error::Policy { policy: name.to_string(), reason };
    let config = |annotations: &Annotations| match key.public() {
        Ok(public) => Ok(Config::of_keys(vec![public], annotations)),
        Err(error) => Err(failed(error.to_string())),
    };
    // A bundle carries no annotations.
    let (old, new) = (config(annotations)?, config(&Annotations::new())?);
    let is_old = |found: &&Found| matches!(found, Found::Layer(_));
    let has = |found: &[Found]| {
        let (layers, bundles): (Vec<_>, Vec<_>) = found.iter().partition(is_old);
        let fits = |found: Vec<&Found>, config| {
            signature::verify(digest, &found.into_iter().cloned().collect::<Vec<_>>(), config, None).is_ok()
        };
        (fits(layers, &old), fits(bundles, &new))
    };
    let (has_old, has_new) = has(&attached::signatures(options, name, digest)?);
    let missing = (layout.tag() && !has_old, layout.referrer() && !has_new);
    if missing == (false, false) {
        return Ok(false);
    }
    let repository = format!("{}/{}", name.registry(), name.repository());
    let signed = signature::sign(key, &repository, digest, annotations).map_err(|error| failed(error.to_string()))?;
    // What this program would not accept it does not publish.
    if has(&signed.found()) != (true, true) {
        return Err(failed("the signature that was made does not fit the key".to_owned()));
    }
    let subject = attached::Subject { digest, media_type: manifest::media_type(bytes), size: bytes.len() };
    attached::attach(options, name, &subject, &signed, missing)?;
    Ok(true)
}

/// `regwarden sign`.
pub(crate) fn sign(args: &SignArgs, terminal: &Terminal) -> Result<Exit, Error> {
    let name = in_registry(&args.name)?;
    let options = options(&args.remote)?;
    let key = private_key(&args.key)?;
    let (bytes, digest) = fetch::manifest_of(&options, &name)?;
    let added = sign_manifest(&options, &name, (&digest, &bytes), &key, &map(&args.annotation), args.layout)?;
    let immutable_ref = name.pinned(&digest);
    match args.output {
        Output::Json => terminal.json(&Outcome {
            schema: "regwarden/sign/v1",
            name: name.to_string(),
            immutable_ref,
            manifest: &digest,
            module: None,
            fulfilled: None,
            added: Some(added),
        })?,
        Output::Human => {
            let mut out = terminal.out();
            let how = if added { "signed" } else { "is signed by this key already" };
            writeln!(out, "{GOOD}✔ {how}{GOOD:#} {immutable_ref}")?;
            out.flush()?;
        }
    }
    Ok(Exit::Allowed)
}
