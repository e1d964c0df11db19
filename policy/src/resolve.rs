//! What opens each image and each push of a Pod: every credential that could, in the order in which it is tried, and
//! which one wins. Owned data without any secret value, for rules and for hosts that show it to people.

use regwarden_sdk::cluster::Cluster;
use regwarden_sdk::evaluate::{PodCase, each_pod};

use crate::Regwarden;
use crate::context::Context;
use crate::facts::Facts;
use crate::knowledge::opens::Tried;
use crate::mending::Mending;
use crate::settings::Settings;

#[cfg(test)]
mod tests;

/// Resolves every Pod of a payload (`{"request": …, "settings": {…}}` as for `validate`), also in templates of workloads and
/// in the descriptions of Tekton, Argo and their like. The setting `cluster` says how much is asked: without the contents of
/// Secrets most of it stays [`State::Unknown`].
///
/// # Errors
/// What of the payload, the settings or the object cannot be read.
pub fn resolve(payload: &[u8], cluster: &dyn Cluster) -> Result<Vec<Resolution>, String> {
    let mut all = Vec::new();
    each_pod::<Regwarden>(payload, cluster, &mut |case| {
        all.push(one(&case)?);
        Ok(())
    })?;
    Ok(all)
}

fn one(case: &PodCase<'_, Settings>) -> Result<Resolution, String> {
    let (request, pod, settings) = (case.request, case.pod, case.settings);
    let facts = Facts::resolve(settings, request.namespace(), pod);
    let mending = Mending::of(settings, request, pod);
    let context = Context::new(request, pod, facts, case.cluster, mending);
    let opened = context.opened();
    if !opened.complete {
        return Err("there are more images, destinations and Secrets in a Pod than are resolved; split it".to_owned());
    }
    let mut resolution = Resolution {
        pointer: case.at.to_owned(),
        namespace: request.namespace().to_owned(),
        service_account: context.account_name().to_owned(),
        ..Resolution::default()
    };
    let candidates = |tried: &[Tried<'_>]| tried.iter().map(|tried| tried.candidate.clone()).collect();
    let name = |name: Option<&str>| name.unwrap_or_default().to_owned();
    for pull in &opened.pulls {
        let image = pull.container.node().get("image").unwrap_or(pull.container.node());
        resolution.pulls.push(Pull {
            container: name(pull.container.name()),
            pointer: case.pointer(image),
            image: pull.image.clone(),
            registry: pull.registry.clone(),
            candidates: candidates(&pull.tried),
            verdict: pull.verdict,
        });
    }
    for push in &opened.pushes {
        resolution.pushes.push(Push {
            container: name(push.container.name()),
            pointer: case.pointer(push.place),
            tool: push.tool.to_owned(),
            destination: push.destination.clone(),
            registry: push.registry.clone(),
            files: push.files.clone(),
            candidates: candidates(&push.tried),
            verdict: push.verdict,
        });
    }
    Ok(resolution)
}

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
