//! A real registry for tests: Debian's `docker-registry` on a free port, gone when dropped.
//!
//! ```ignore
//! let Some(registry) = Registry::start(&Setup { access: Access::Htpasswd, ..Setup::default() }) else { return };
//! registry.seed("ci/app", "1");
//! ```
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails loudly")]
#![allow(
    clippy::allow_attributes,
    clippy::print_stderr,
    dead_code,
    reason = "each test binary uses a part of this; a skip must say so"
)]

use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use tempfile::TempDir;

/// The only user of a registry with [`Access::Htpasswd`].
pub(crate) const USER: &str = "robot";
/// The password of that user; tests search every output for it.
pub(crate) const PASSWORD: &str = "marker-password-7f31";
/// `htpasswd -nbB robot marker-password-7f31`: bcrypt is all that the registry takes.
const HTPASSWD: &str = "robot:$2y$05$5lKKsGU8zKtbeikIRSJCZ.rIBc1tND4BgPLKAd8Z9EjU92XH69I3m\n";

/// Who may do what at a registry.
#[derive(Clone, Debug, Default)]
pub(crate) enum Access {
    /// Everybody everything.
    #[default]
    Open,
    /// [`USER`] with [`PASSWORD`] everything.
    Htpasswd,
    /// Whoever brings a token that this realm has signed.
    Token {
        /// URL of the realm.
        realm: String,
        /// Name by which the registry calls itself.
        service: String,
        /// Who signs the tokens.
        issuer: String,
        /// Certificate of the signer, PEM.
        certificate: String,
    },
}

/// How a registry is reached.
#[derive(Clone, Debug, Default)]
pub(crate) enum Scheme {
    /// Plain http.
    #[default]
    Plain,
    /// https with a certificate.
    Tls(Served),
}

/// What a registry is started with.
#[derive(Clone, Debug, Default)]
pub(crate) struct Setup {
    /// Who may do what.
    pub(crate) access: Access,
    /// How it is reached.
    pub(crate) scheme: Scheme,
    /// Repositories and tags that lie in it from the start.
    pub(crate) images: Vec<(&'static str, &'static str)>,
}

/// A running registry.
#[derive(Debug)]
pub(crate) struct Registry {
    child: Child,
    address: SocketAddr,
    directory: TempDir,
}

impl Registry {
    /// Starts one and waits until it answers. `None`: the tool is missing, which has been said; with
    /// `REGWARDEN_REQUIRE_TOOLS=1` that is a failure.
    pub(crate) fn start(setup: &Setup) -> Option<Self> {
        if !has_tool("docker-registry", "`apt-get install docker-registry`") {
            return None;
        }
        let directory = tempfile::tempdir().unwrap();
        if !setup.images.is_empty() {
            let open = Self::serve(directory, &Setup::default());
            for (name, tag) in &setup.images {
                open.seed(name, tag);
            }
            let directory = open.stop();
            fs::remove_file(directory.path().join("log")).unwrap();
            return Some(Self::serve(directory, setup));
        }
        Some(Self::serve(directory, setup))
    }

    /// `127.0.0.1:PORT`, as it stands in image references.
    pub(crate) fn host(&self) -> String {
        self.address.to_string()
    }

    /// Puts a small image into a registry that is open and plain.
    pub(crate) fn seed(&self, name: &str, tag: &str) {
        let config = br#"{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]}}"#;
        let layer = b"a layer that nobody unpacks";
        let (config_digest, layer_digest) = (self.upload(name, config), self.upload(name, layer));
        let manifest = format!(
            r#"{{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json",
            "config":{{"mediaType":"application/vnd.oci.image.config.v1+json","size":{},"digest":"{config_digest}"}},
            "layers":[{{"mediaType":"application/vnd.oci.image.layer.v1.tar","size":{},"digest":"{layer_digest}"}}]}}"#,
            config.len(),
            layer.len()
        );
        let kind = "Content-Type: application/vnd.oci.image.manifest.v1+json\r\n";
        let answer = call(self.address, "PUT", &format!("/v2/{name}/manifests/{tag}"), kind, manifest.as_bytes());
        assert!(answer.starts_with("HTTP/1.1 201"), "the registry takes the manifest: {answer}");
    }

    /// Puts a manifest with one layer into a registry that is open and plain.
    pub(crate) fn put(&self, name: &str, tag: &str, layer: (&[u8], &str), annotations: &serde_json::Value) {
        let (content, kind) = layer;
        let config = br#"{}"#;
        let manifest = serde_json::json!({
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "config": {"mediaType": "application/vnd.oci.image.config.v1+json", "size": config.len(),
                "digest": self.upload(name, config)},
            "layers": [{"mediaType": kind, "size": content.len(), "digest": self.upload(name, content),
                "annotations": annotations}],
        });
        let kind = "Content-Type: application/vnd.oci.image.manifest.v1+json\r\n";
        let path = format!("/v2/{name}/manifests/{tag}");
        let answer = call(self.address, "PUT", &path, kind, manifest.to_string().as_bytes());
        assert!(answer.starts_with("HTTP/1.1 201"), "the registry takes the manifest: {answer}");
    }

    fn upload(&self, name: &str, content: &[u8]) -> String {
        use sha2::Digest as _;
        let hex: String = sha2::Sha256::digest(content).iter().map(|byte| format!("{byte:02x}")).collect();
        let answer = call(self.address, "POST", &format!("/v2/{name}/blobs/uploads/"), "", b"");
        let place = header(&answer, "location").expect("the registry opens an upload");
        let place = place.split_once("/v2/").map(|(_, rest)| format!("/v2/{rest}")).expect("a path of the API");
        let separator = if place.contains('?') { '&' } else { '?' };
        let path = format!("{place}{separator}digest=sha256:{hex}");
        let kind = "Content-Type: application/octet-stream\r\n";
        let answer = call(self.address, "PUT", &path, kind, content);
        assert!(answer.starts_with("HTTP/1.1 201"), "the registry takes the blob: {answer}");
        format!("sha256:{hex}")
    }

    /// Uploads that were opened and neither finished nor cancelled.
    pub(crate) fn open_uploads(&self, name: &str) -> usize {
        let place = self.directory.path().join("data/docker/registry/v2/repositories").join(name).join("_uploads");
        // Of a cancelled one this version of the registry leaves a checksum behind.
        let uploads = fs::read_dir(place).into_iter().flatten();
        uploads.filter(|upload| upload.as_ref().is_ok_and(|upload| upload.path().join("startedat").exists())).count()
    }

    /// Where it keeps its data, for tests that spoil them.
    pub(crate) fn data(&self) -> PathBuf {
        self.directory.path().join("data")
    }

    /// Whether anybody has logged in.
    pub(crate) fn was_logged_in_to(&self) -> bool {
        self.log().contains("authorized request")
    }

    /// What the registry wrote to its log.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.directory.path().join("log")).unwrap_or_default()
    }

    fn stop(self) -> TempDir {
        let mut this = std::mem::ManuallyDrop::new(self);
        let _ = this.child.kill();
        let _ = this.child.wait();
        std::mem::replace(&mut this.directory, tempfile::tempdir().unwrap())
    }

    fn serve(directory: TempDir, setup: &Setup) -> Self {
        // Between the look for a free port and the start somebody else may take it.
        for _ in 0..8 {
            let address = free_address();
            let file = directory.path().join("config.yml");
            fs::write(&file, config(directory.path(), address, setup)).unwrap();
            let log = fs::File::options().create(true).append(true).open(directory.path().join("log")).unwrap();
            let mut child = Command::new("docker-registry")
                .args([Path::new("serve"), &file])
                .env_clear()
                .stdin(Stdio::null())
                .stdout(log.try_clone().unwrap())
                .stderr(log)
                .spawn()
                .unwrap();
            let started = Instant::now();
            while started.elapsed() < Duration::from_secs(20) {
                if child.try_wait().unwrap().is_some() {
                    break;
                }
                if TcpStream::connect(address).is_ok() {
                    return Self { child, address, directory };
                }
                std::thread::sleep(Duration::from_millis(20));
            }
            let _ = child.kill();
            let _ = child.wait();
        }
        let log = fs::read_to_string(directory.path().join("log")).unwrap_or_default();
        panic!("docker-registry does not start:\n{log}");
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Whether a program is on the path. Says how to get it when it is not, and fails where tools are required.
pub(crate) fn has_tool(name: &str, how: &str) -> bool {
    let paths = std::env::var_os("PATH").unwrap_or_default();
    if std::env::split_paths(&paths).any(|place| place.join(name).is_file()) {
        return true;
    }
    let text = format!("`{name}` is missing; get it by {how}");
    assert!(std::env::var_os("REGWARDEN_REQUIRE_TOOLS").is_none_or(|value| value != "1"), "{text}");
    eprintln!("skipped: {text}");
    false
}

/// An address on which nothing listens now.
pub(crate) fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

fn config(directory: &Path, address: SocketAddr, setup: &Setup) -> String {
    let write = |name: &str, text: &str| -> PathBuf {
        let file = directory.join(name);
        fs::write(&file, text).unwrap();
        file
    };
    let tls = match &setup.scheme {
        Scheme::Plain => String::new(),
        Scheme::Tls(served) => {
            let (certificate, key) = (write("tls.pem", &served.chain), write("tls.key", &served.key));
            format!("  tls:\n    certificate: {}\n    key: {}\n", certificate.display(), key.display())
        }
    };
    let auth = match &setup.access {
        Access::Open => String::new(),
        Access::Htpasswd => {
            let file = write("htpasswd", HTPASSWD);
            format!("auth:\n  htpasswd:\n    realm: tests\n    path: {}\n", file.display())
        }
        Access::Token { realm, service, issuer, certificate } => {
            let bundle = write("issuer.pem", certificate);
            format!(
                "auth:\n  token:\n    realm: {realm}\n    service: {service}\n    issuer: {issuer}\n    rootcertbundle: {}\n",
                bundle.display()
            )
        }
    };
    let data = directory.join("data");
    format!(
        "version: 0.1\nlog:\n  level: info\nstorage:\n  filesystem:\n    rootdirectory: {}\n  delete:\n    enabled: true\n\
         http:\n  addr: {address}\n  secret: tests\n{tls}{auth}",
        data.display()
    )
}

/// One request by hand; the whole answer as text.
fn call(address: SocketAddr, method: &str, path: &str, headers: &str, body: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let length = body.len();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nContent-Length: {length}\r\nConnection: close\r\n{headers}\r\n"
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(body).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

fn header(answer: &str, name: &str) -> Option<String> {
    let (head, _) = answer.split_once("\r\n\r\n")?;
    let found = head.lines().filter_map(|line| line.split_once(": ")).find(|(key, _)| key.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value.to_owned())
}

/// A certificate with its key, as a server shows it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Served {
    /// The certificate, PEM.
    pub(crate) chain: String,
    /// Its private key, PEM.
    pub(crate) key: String,
}

/// An own certificate authority.
pub(crate) struct Authority {
    /// Its certificate, PEM: what `--ca` takes.
    pub(crate) certificate: String,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    /// A new one.
    pub(crate) fn new(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name = named(name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap().pem();
        Self { certificate, issuer: Issuer::new(params, key) }
    }

    /// A certificate for `127.0.0.1` and `localhost`.
    pub(crate) fn serve(&self) -> Served {
        self.issue(&["127.0.0.1", "localhost"], (2020, 4096))
    }

    /// One that ended years ago.
    pub(crate) fn expired(&self) -> Served {
        self.issue(&["127.0.0.1", "localhost"], (2020, 2021))
    }

    /// One for another host.
    pub(crate) fn elsewhere(&self) -> Served {
        self.issue(&["registry.invalid"], (2020, 4096))
    }

    fn issue(&self, names: &[&str], (from, to): (i32, i32)) -> Served {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(names).unwrap();
        params.distinguished_name = named("registry of a test");
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.not_before = rcgen::date_time_ymd(from, 1, 1);
        params.not_after = rcgen::date_time_ymd(to, 1, 1);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        Served { chain: certificate.pem(), key: key.serialize_pem() }
    }
}

fn named(name: &str) -> DistinguishedName {
    let mut distinguished = DistinguishedName::new();
    distinguished.push(DnType::CommonName, name);
    distinguished
}
