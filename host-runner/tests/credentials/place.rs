//! A directory with manifests, in which the real binary runs; what it says is searched for secrets.

use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::registry::{PASSWORD, USER};

/// What a run of the binary left behind.
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    /// The JSON document on standard output.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|_| panic!("no JSON: {}{}", self.stdout, self.stderr))
    }

    /// Exit code and the outcomes of all probes, in their order.
    #[track_caller]
    pub(crate) fn says(&self, code: i32, outcomes: &[&str]) {
        let json = self.json();
        let found: Vec<&str> =
            json["probes"].as_array().unwrap().iter().map(|probe| probe["outcome"].as_str().unwrap()).collect();
        assert_eq!((self.code, found.as_slice()), (code, outcomes), "{}{}", self.stdout, self.stderr);
    }
}

/// A directory of manifests; gone when dropped.
pub(crate) struct Place {
    directory: tempfile::TempDir,
}

impl Place {
    pub(crate) fn new() -> Self {
        Self { directory: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn path(&self) -> &Path {
        self.directory.path()
    }

    pub(crate) fn write(&self, name: &str, text: &str) -> &Self {
        fs::write(self.path().join(name), text).unwrap();
        self
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        self.run_with(arguments, "")
    }

    pub(crate) fn run_with(&self, arguments: &[&str], stdin: &str) -> Ran {
        let output = crate::binary::run(self.path(), arguments, stdin);
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        let ran = Ran { code: output.status.code().unwrap(), stdout: text(output.stdout), stderr: text(output.stderr) };
        for said in [&ran.stdout, &ran.stderr] {
            keeps_secrets(said);
        }
        ran
    }

    /// `probe --output json` of `pod.yaml` with the Secrets of `cluster.yaml`.
    pub(crate) fn probe(&self, more: &[&str]) -> Ran {
        let all = [&["probe", "--cluster", "cluster.yaml", "--output", "json", "pod.yaml"], more].concat();
        self.run(&all)
    }

    /// Compares with the expected file; `BLESS=1` writes it. Ports are as the system gives them.
    pub(crate) fn snapshot(&self, name: &str, said: &str, ports: &[(&str, &str)]) {
        let mut said = said.to_owned();
        for (host, word) in ports {
            said = said.replace(host, word);
        }
        let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/credentials/expected").join(name);
        if std::env::var_os("BLESS").is_some() {
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(&file, &said).unwrap();
        }
        let expected = fs::read_to_string(&file).unwrap_or_default();
        assert_eq!(said, expected, "{name} differs (BLESS=1 accepts)");
    }
}

/// Searches a text for everything that was planted.
#[track_caller]
pub(crate) fn keeps_secrets(said: &str) {
    let basic = STANDARD.encode(format!("{USER}:{PASSWORD}"));
    let wrong = STANDARD.encode(format!("{USER}:marker-wrong"));
    for planted in ["marker", &basic, &wrong, "eyJ", "bWFya2Vy"] {
        assert!(!said.contains(planted), "`{planted}` is shown:\n{said}");
    }
}

/// A docker config with one entry.
pub(crate) fn config(host: &str, user: &str, password: &str) -> String {
    format!(r#"{{"auths":{{"{host}":{{"auth":"{}"}}}}}}"#, STANDARD.encode(format!("{user}:{password}")))
}

/// A Secret of the namespace `ci` with a docker config.
pub(crate) fn secret(name: &str, config: &str) -> String {
    format!(
        "---\napiVersion: v1\nkind: Secret\nmetadata: {{name: {name}, namespace: ci}}\n\
         type: kubernetes.io/dockerconfigjson\nstringData:\n  .dockerconfigjson: '{config}'\n"
    )
}

/// The account that Pods of `ci` run under, and a Secret.
pub(crate) fn cluster(secrets: &[String]) -> String {
    let account = "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: default, namespace: ci}\n";
    format!("{account}{}", secrets.concat())
}

/// A Pod with these images that lists these Secrets.
pub(crate) fn pod(images: &[String], secrets: &[&str]) -> String {
    let mut out =
        "apiVersion: v1\nkind: Pod\nmetadata: {name: agent, namespace: ci}\nspec:\n  imagePullSecrets:\n".to_owned();
    for secret in secrets {
        out.push_str(&format!("  - name: {secret}\n"));
    }
    if secrets.is_empty() {
        out = out.replace("  imagePullSecrets:\n", "");
    }
    out.push_str("  containers:\n");
    for (i, image) in images.iter().enumerate() {
        out.push_str(&format!("  - {{name: c{i}, image: '{image}'}}\n"));
    }
    out
}

/// A Pod in which kaniko pushes to this destination with the Secret `push`.
pub(crate) fn kaniko(destination: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{name: build, namespace: ci}}\nspec:\n  containers:\n  - name: kaniko\n    \
         image: gcr.io/kaniko-project/executor:v1.23.2\n    args: [--context=dir:///w, --destination={destination}]\n    \
         volumeMounts:\n    - {{name: docker, mountPath: /kaniko/.docker}}\n  volumes:\n  - name: docker\n    secret:\n      \
         secretName: push\n      items: [{{key: .dockerconfigjson, path: config.json}}]\n"
    )
}
