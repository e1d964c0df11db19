//! A real kube-apiserver with etcd for tests: started once per test binary, ended with it whatever happens.
//!
//! ```ignore
//! let Some(cluster) = cluster() else { return };
//! let kubeconfig = cluster.kubeconfig(User::ReadsAll);
//! ```
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails loudly")]
#![allow(
    clippy::allow_attributes,
    clippy::print_stderr,
    dead_code,
    reason = "each test binary uses a part of this; a skip must say so"
)]

use std::fmt::Write as _;
use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::proxy::Upstream;

/// The kube-apiserver that `make test-tools` builds, as `.ci/kube-apiserver.sh` names it.
const VERSION: &str = "1.34.4";

/// Who asks; each has a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum User {
    /// May do everything.
    Admin,
    /// May read Secrets and ServiceAccounts everywhere, and ask who may do what.
    ReadsAll,
    /// May read the Secret `regcred` in the namespace `ci`, and nothing else.
    ReadsOne,
    /// May read nothing.
    ReadsNothing,
    /// Has a token that the API server does not know.
    Stranger,
}

impl User {
    /// The bearer token, which no output may show.
    pub(crate) fn token(self) -> &'static str {
        match self {
            Self::Admin => "marker-token-admin",
            Self::ReadsAll => "marker-token-all",
            Self::ReadsOne => "marker-token-one",
            Self::ReadsNothing => "marker-token-nothing",
            Self::Stranger => "marker-token-expired",
        }
    }
}

/// A running API server.
pub(crate) struct Cluster {
    address: SocketAddr,
    directory: PathBuf,
    authorities: Vec<u8>,
    /// Ends the servers when this process ends and with it this pipe, however that happens.
    _keeper: Child,
}

/// The API server of this test binary, with `ci/regcred`, `ci/other`, a ServiceAccount `ci/builder` and the users'
/// rights. `None`: a tool is missing, which has been said; with `REGWARDEN_REQUIRE_TOOLS=1` that is a failure.
pub(crate) fn cluster() -> Option<&'static Cluster> {
    static CLUSTER: OnceLock<Option<Cluster>> = OnceLock::new();
    CLUSTER.get_or_init(Cluster::start).as_ref()
}

/// A program in `KUBEBUILDER_ASSETS`, in the cache that `make test-tools` fills, or on the path.
fn tool(name: &str) -> Option<PathBuf> {
    let assets = std::env::var_os("KUBEBUILDER_ASSETS").map(PathBuf::from);
    let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let cache = cache.or_else(|| std::env::home_dir().map(|home| home.join(".cache")));
    let cache = cache.map(|cache| cache.join(format!("regwarden-tests/kube-apiserver-{VERSION}")));
    let paths = std::env::var_os("PATH").unwrap_or_default();
    let places = assets.into_iter().chain(cache).chain(std::env::split_paths(&paths));
    places.map(|place| place.join(name)).find(|file| file.is_file())
}

fn needed(name: &str) -> Option<PathBuf> {
    let found = tool(name);
    if found.is_none() {
        let text = format!(
            "`{name}` is missing; get it by `make test-tools`, or set KUBEBUILDER_ASSETS to a directory with \
             kube-apiserver and etcd"
        );
        assert!(std::env::var_os("REGWARDEN_REQUIRE_TOOLS").is_none_or(|value| value != "1"), "{text}");
        eprintln!("skipped: {text}");
    }
    found
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Starts both servers, waits for the end of its own standard input, ends them and removes their directory.
const KEEPER: &str = r#"
etcd=$1; apiserver=$2; directory=$3; client=$4; peer=$5; port=$6
cd "$directory" || exit 1
"$etcd" --data-dir etcd --listen-client-urls "http://127.0.0.1:$client" --advertise-client-urls "http://127.0.0.1:$client" \
  --listen-peer-urls "http://127.0.0.1:$peer" --initial-advertise-peer-urls "http://127.0.0.1:$peer" \
  --initial-cluster "default=http://127.0.0.1:$peer" --unsafe-no-fsync > etcd.log 2>&1 < /dev/null &
first=$!
"$apiserver" --etcd-servers="http://127.0.0.1:$client" --secure-port="$port" --bind-address=127.0.0.1 \
  --cert-dir=certificates --service-account-issuer=https://kubernetes.default \
  --service-account-key-file=account.pub --service-account-signing-key-file=account.key \
  --token-auth-file=tokens.csv --authorization-mode=RBAC --service-cluster-ip-range=10.0.0.0/24 > api.log 2>&1 < /dev/null &
second=$!
while read -r _; do :; done
kill -9 $second $first 2> /dev/null
wait
rm -rf "$directory"
"#;

impl Cluster {
    fn start() -> Option<Self> {
        let (etcd, apiserver) = (needed("etcd")?, needed("kube-apiserver")?);
        let mut log = String::new();
        // Between the look for a free port and the start somebody else may take it.
        for _ in 0..3 {
            match Self::serve(&etcd, &apiserver) {
                Ok(cluster) => {
                    cluster.fill();
                    return Some(cluster);
                }
                Err(text) => log = text,
            }
        }
        panic!("kube-apiserver does not start:\n{log}");
    }

    fn serve(etcd: &Path, apiserver: &Path) -> Result<Self, String> {
        // The keeper removes it.
        let directory = tempfile::Builder::new().prefix("regwarden-kube-").tempdir().unwrap().keep();
        let key = rcgen::KeyPair::generate().unwrap();
        fs::write(directory.join("account.key"), key.serialize_pem()).unwrap();
        fs::write(directory.join("account.pub"), key.public_key_pem()).unwrap();
        let tokens = format!(
            "{},admin,1,\"system:masters\"\n{},all,2\n{},one,3\n{},nothing,4\n",
            User::Admin.token(),
            User::ReadsAll.token(),
            User::ReadsOne.token(),
            User::ReadsNothing.token()
        );
        fs::write(directory.join("tokens.csv"), tokens).unwrap();
        let port = free_port();
        let keeper = Command::new("sh")
            .args(["-c", KEEPER, "keeper"])
            .args([etcd.as_os_str(), apiserver.as_os_str(), directory.as_os_str()])
            .args([free_port(), free_port(), port].map(|port| port.to_string()))
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        let certificates = directory.join("certificates/apiserver.crt");
        let mut cluster = Self { address, directory, authorities: Vec::new(), _keeper: keeper };
        let started = Instant::now();
        while started.elapsed() < Duration::from_secs(60) {
            thread::sleep(Duration::from_millis(100));
            cluster.authorities = fs::read(&certificates).unwrap_or_default();
            if cluster.authorities.ends_with(b"-----END CERTIFICATE-----\n")
                && cluster.call("GET", "/readyz", None).is_ok_and(|(status, _)| status == 200)
            {
                return Ok(cluster);
            }
            let log = cluster.log();
            if log.contains("address already in use") {
                return Err(log);
            }
        }
        Err(cluster.log())
    }

    fn log(&self) -> String {
        let read = |name: &str| fs::read_to_string(self.directory.join(name)).unwrap_or_default();
        format!("{}\n{}", read("etcd.log"), read("api.log"))
    }

    /// The server itself, for a proxy in front of it.
    pub(crate) fn upstream(&self) -> Upstream {
        Upstream::tls(self.address, &self.authorities)
    }

    /// `https://127.0.0.1:PORT`.
    pub(crate) fn url(&self) -> String {
        format!("https://{}", self.address)
    }

    /// File with the authorities of its certificate, PEM.
    pub(crate) fn authority_file(&self) -> PathBuf {
        self.directory.join("certificates/apiserver.crt")
    }

    fn call(&self, method: &str, path: &str, body: Option<&Value>) -> std::io::Result<(u16, Value)> {
        let headers = format!("Authorization: Bearer {}\r\nContent-Type: application/json\r\n", User::Admin.token());
        let body = body.map(Value::to_string).unwrap_or_default();
        let (status, _, answer) = self.upstream().call(method, path, &headers, &body)?;
        Ok((status, serde_json::from_slice(&answer).unwrap_or(Value::Null)))
    }

    /// Creates an object in the collection at `path`, as the admin.
    pub(crate) fn create(&self, path: &str, object: &Value) {
        let (status, answer) = self.call("POST", path, Some(object)).unwrap();
        assert!(matches!(status, 201 | 409), "{path}: {status} {answer}");
    }

    /// Removes an object, as the admin.
    pub(crate) fn delete(&self, path: &str) {
        let (status, answer) = self.call("DELETE", path, None).unwrap();
        assert_eq!(status, 200, "{path}: {answer}");
    }

    fn fill(&self) {
        let rbac = "/apis/rbac.authorization.k8s.io/v1";
        let group = "rbac.authorization.k8s.io";
        self.create("/api/v1/namespaces", &json!({"metadata": {"name": "ci", "labels": {"team": "builders"}}}));
        for (name, marker) in [("regcred", "marker-secret-one"), ("other", "marker-secret-two")] {
            let config = format!(r#"{{"auths":{{"registry.example":{{"username":"robot","password":"{marker}"}}}}}}"#);
            self.create(
                "/api/v1/namespaces/ci/secrets",
                &json!({"metadata": {"name": name, "labels": {"name": name}}, "type": "kubernetes.io/dockerconfigjson",
                    "stringData": {".dockerconfigjson": config}}),
            );
        }
        let account = json!({"metadata": {"name": "builder"}, "imagePullSecrets": [{"name": "regcred"}]});
        self.create("/api/v1/namespaces/ci/serviceaccounts", &account);
        self.create(
            &format!("{rbac}/namespaces/ci/roles"),
            &json!({"metadata": {"name": "one"}, "rules": [
                {"apiGroups": [""], "resources": ["secrets"], "resourceNames": ["regcred"], "verbs": ["get"]}]}),
        );
        self.create(
            &format!("{rbac}/namespaces/ci/rolebindings"),
            &json!({"metadata": {"name": "one"}, "subjects": [{"kind": "User", "name": "one", "apiGroup": group}],
                "roleRef": {"kind": "Role", "name": "one", "apiGroup": group}}),
        );
        self.create(
            &format!("{rbac}/clusterroles"),
            &json!({"metadata": {"name": "all"}, "rules": [
                {"apiGroups": [""], "resources": ["secrets", "serviceaccounts", "namespaces"], "verbs": ["get", "list"]},
                {"apiGroups": ["authorization.k8s.io"], "resources": ["subjectaccessreviews"], "verbs": ["create"]}]}),
        );
        self.create(
            &format!("{rbac}/clusterrolebindings"),
            &json!({"metadata": {"name": "all"}, "subjects": [{"kind": "User", "name": "all", "apiGroup": group}],
                "roleRef": {"kind": "ClusterRole", "name": "all", "apiGroup": group}}),
        );
    }

    /// Text of a kubeconfig with one context `test`.
    pub(crate) fn kubeconfig(&self, user: User) -> String {
        let authority = self.authority_file();
        kubeconfig(&self.url(), Some(&authority), user.token())
    }
}

/// Text of a kubeconfig with one context `test`, for a server anywhere.
pub(crate) fn kubeconfig(server: &str, authority: Option<&Path>, token: &str) -> String {
    let mut cluster = format!("    server: {server}\n");
    if let Some(file) = authority {
        let _ = writeln!(cluster, "    certificate-authority: {}", file.display());
    }
    format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: test\nclusters:\n- name: c\n  cluster:\n{cluster}\
         users:\n- name: u\n  user:\n    token: {token}\ncontexts:\n- name: test\n  context: {{cluster: c, user: u}}\n"
    )
}
