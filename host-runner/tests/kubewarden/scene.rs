//! A registry, a user with keys, and the files in which each tool wants to read the same.

use std::path::Path;
use std::process::Output;

use rcgen::KeyPair;
use serde_json::json;

use crate::registry::{Registry, Setup};
use crate::sigstore::Sigstore;
use crate::support::Home;

pub(crate) struct Scene {
    pub(crate) registry: Registry,
    pub(crate) home: Home,
    pub(crate) host: String,
    /// What the trust root trusts; without one their tools ask the network for it.
    pub(crate) sigstore: Sigstore,
}

impl Scene {
    /// With `policy.wasm`, which is the embedded one; `own` and `foreign` keys; `sources.yaml`, `trust.json` for
    /// Kubewarden's tools and `root.json` for cosign.
    pub(crate) fn new() -> Option<Self> {
        let registry = Registry::start(&Setup::default())?;
        let (home, host) = (Home::new(), registry.host());
        home.ok(&["export", "policy.wasm"]);
        for name in ["own", "foreign"] {
            let pair = KeyPair::generate().unwrap();
            home.write(&format!("{name}.key"), pair.serialize_pem());
            home.write(&format!("{name}.pub"), pair.public_key_pem());
        }
        home.write("sources.yaml", json!({"insecure_sources": [host]}).to_string());
        let sigstore = Sigstore::new();
        let root = sigstore.root();
        home.write("root.json", root.to_string());
        let config = json!({
            "mediaType": "application/vnd.dev.sigstore.clienttrustconfig.v0.1+json",
            "trustedRoot": root,
            "signingConfig": {"mediaType": "application/vnd.dev.sigstore.signingconfig.v0.2+json"},
        });
        home.write("trust.json", config.to_string());
        Some(Self { registry, home, host, sigstore })
    }

    /// A name in the registry, without a scheme.
    pub(crate) fn name(&self, repository: &str) -> String {
        format!("{}/{repository}:v1", self.host)
    }

    fn with<'a>(&'a self, arguments: &[&'a str]) -> Vec<&'a str> {
        [arguments, &["--insecure-registry", &self.host]].concat()
    }

    #[track_caller]
    pub(crate) fn ok(&self, arguments: &[&str]) -> String {
        self.home.ok(&self.with(arguments))
    }

    #[track_caller]
    pub(crate) fn fails(&self, arguments: &[&str], words: &[&str]) {
        self.home.fails(&self.with(arguments), words);
    }

    /// `sha256:…` of the manifest that a name stands for.
    #[track_caller]
    pub(crate) fn digest(&self, name: &str) -> String {
        self.ok(&["digest", name]).trim().rsplit_once('@').unwrap().1.to_owned()
    }

    pub(crate) fn output(&self, program: &Path, arguments: &[impl AsRef<str>]) -> Output {
        let mut command = self.home.command(&program.to_string_lossy());
        command.args(arguments.iter().map(AsRef::as_ref)).env("COSIGN_PASSWORD", "tests").output().unwrap()
    }

    /// Runs another tool, which succeeds.
    #[track_caller]
    pub(crate) fn theirs(&self, program: &Path, arguments: &[impl AsRef<str>]) -> String {
        let output = self.output(program, arguments);
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        assert!(output.status.success(), "{:?}: {}{}", shown(arguments), text(&output.stdout), text(&output.stderr));
        text(&output.stdout)
    }

    /// Runs another tool, which refuses with these words.
    #[track_caller]
    pub(crate) fn refused(&self, program: &Path, arguments: &[impl AsRef<str>], words: &str) {
        let output = self.output(program, arguments);
        let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        assert!(!output.status.success() && text.contains(words), "{:?}: {text}", shown(arguments));
    }
}

fn shown(arguments: &[impl AsRef<str>]) -> Vec<&str> {
    arguments.iter().map(AsRef::as_ref).collect()
}
