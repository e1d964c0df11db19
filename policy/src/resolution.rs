//! What opens each image and each push of a Pod, as owned data without any secret value.

/// What is known about the credentials of one Pod.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Resolution {
    /// JSON pointer to the Pod in the object that was judged; empty for the object itself.
    pub pointer: String,
    /// Namespace in which Secrets are looked up.
    pub namespace: String,
    /// Name of the ServiceAccount that the Pod runs under.
    pub service_account: String,
    /// One for each container with an image that can be read, in the order of the containers.
    pub pulls: Vec<Pull>,
    /// One for each destination that a container pushes to.
    pub pushes: Vec<Push>,
}

/// Who pulls an image, and with what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pull {
    /// Name of the container.
    pub container: String,
    /// JSON pointer to its image.
    pub pointer: String,
    /// The image as it will be pulled.
    pub image: String,
    /// `host[:port]` of its registry; Docker Hub is `docker.io`.
    pub registry: String,
    /// Every credential that was considered, in the order in which kubelet tries those that match.
    pub candidates: Vec<Candidate>,
    /// What comes of it.
    pub verdict: Verdict,
}

/// Who pushes where, and with what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Push {
    /// Name of the container.
    pub container: String,
    /// JSON pointer to the destination, or to what stands for it.
    pub pointer: String,
    /// Name of the tool, as in `kaniko`.
    pub tool: String,
    /// The destination as written.
    pub destination: String,
    /// `host[:port]` of its registry.
    pub registry: String,
    /// The files in which the tool looks, in its order; empty when that cannot be told.
    pub files: Vec<String>,
    /// Every credential that was considered, in the tool's order.
    pub candidates: Vec<Candidate>,
    /// What comes of it.
    pub verdict: Verdict,
}

/// One credential that could serve.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Who provides it.
    pub provider: Provider,
    /// Name of the Secret or ConfigMap; empty for what lies on the node or comes from elsewhere.
    pub source: String,
    /// The file that the tool reads; empty for a pull.
    pub file: String,
    /// The entry, as its key is written; empty when there is none for this registry.
    pub key: String,
    /// What there is to say about it.
    pub state: State,
}

/// Who provides a credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Provider {
    /// The Pod's own imagePullSecrets.
    Pod,
    /// The ServiceAccount's imagePullSecrets.
    ServiceAccount,
    /// The node: kubelet's own configuration, credential provider plugins, or a file that is mounted from it.
    Node,
    /// A volume of the Pod that shows a Secret.
    SecretVolume,
    /// A volume of the Pod that shows a ConfigMap.
    ConfigMapVolume,
    /// An environment variable that names or holds a docker config.
    Variable,
    /// Something that is not in the object: a cloud's identity, a login at run time, a file in the image.
    Elsewhere,
}

/// What there is to say about one candidate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// It is what will be used first.
    Used,
    /// It matches too, and is tried only after others, or never.
    Shadowed,
    /// It can be read and has no entry that this reader takes for this registry.
    NoEntry,
    /// There is an entry that another reader would take and this one does not: the key to write instead.
    KeyNotUnderstood(String),
    /// The entry is there and holds nothing, or a placeholder.
    Empty,
    /// There is no such object.
    Absent,
    /// The Secret has another type than its reader takes: that type.
    WrongType(String),
    /// The Secret lacks the key that is read: that key.
    NoKey(String),
    /// The reader cannot decode it; a place and a reason, never a value.
    Malformed(String),
    /// Nobody may, or could, look.
    Unknown,
}

/// What comes of all candidates together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// A credential will be shown.
    Credential,
    /// None is needed as far as is known (settings say so, or the registry is known to be open).
    NotNeeded,
    /// Nothing will be shown: an anonymous request.
    Anonymous,
    /// The registry is not even asked: one document that its reader refuses (a `Malformed` candidate) is the end of every
    /// pull of the Pod, or of the push.
    Refused,
    /// It cannot be told.
    Unknown,
}
