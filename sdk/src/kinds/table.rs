//! What the table of kinds is made of: forms of descriptions, what lies beside them, fields and what they mean.

use crate::json::Node;
use crate::shape::{self, Is};
use crate::text;

/// A path of keys; `*` stands for every element of a list.
pub(crate) type Path = &'static [&'static str];

/// How a Pod is described.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Form {
    /// `metadata` and `spec` of a Pod.
    Template,
    /// The `spec` of a Pod.
    Spec,
    /// Steps, sidecars, a template for steps, workspaces and parameters (Tekton, Shipwright).
    Task,
    /// A single step.
    Step,
    /// The name of a task that lies elsewhere.
    Reference,
    /// One template of an Argo workflow.
    Workflow,
    /// The fields of a runner's container, and of its Pod, in one map.
    Runner,
    /// The image, the account and patches of the Pod that runs GitLab Runner.
    Manager,
    /// Single fields that mean what arguments or variables of a container mean.
    Fields(&'static [Field]),
}

impl Form {
    /// What of it must have which type; Pods and containers are looked at again in the sketch.
    pub(crate) fn shape(self) -> &'static Is {
        match self {
            Form::Task => &shape::TASK,
            Form::Workflow => &shape::WORKFLOW,
            Form::Runner => &shape::RUNNER,
            Form::Manager => &shape::MANAGER,
            Form::Template | Form::Spec | Form::Step | Form::Reference | Form::Fields(_) => &shape::ANY_MAP,
        }
    }
}

/// What lies beside descriptions and counts for them.
#[derive(Debug)]
pub(crate) struct Beside {
    /// Versions in which it was different, and how.
    pub older: Option<(&'static [&'static str], &'static Beside)>,
    /// The name of the ServiceAccount.
    pub account: Path,
    /// The map with what the Pods have beside their containers: imagePullSecrets, volumes and so on.
    pub pod: Path,
    /// Where imagePullSecrets belong when the object has no place for them.
    pub pulls_elsewhere: &'static str,
    /// What a container's `resources` are called; empty: it has none.
    pub resources: &'static str,
    /// volumeClaimTemplates.
    pub claims: Path,
    /// Lists of parameters of the whole object, values before defaults.
    pub params: &'static [Path],
    /// Lists of workspaces with what they are bound to.
    pub workspaces: Path,
    /// A label that the engine gives to the Pods.
    pub mark: &'static str,
}

/// Descriptions of one form.
#[derive(Debug)]
pub(crate) struct Unit {
    /// Where they lie.
    pub at: Path,
    /// What they look like.
    pub form: Form,
    /// What counts for them.
    pub beside: &'static Beside,
}

/// One kind.
#[derive(Debug)]
pub(crate) struct Kind {
    /// Its API group.
    pub group: &'static str,
    /// Kinds that are the same in everything that counts.
    pub kinds: &'static [&'static str],
    /// Where it describes Pods.
    pub units: &'static [Unit],
}

/// One field.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Field {
    /// The keys that lead to it.
    pub at: &'static [&'static str],
    /// What it means.
    pub holds: Holds,
}

/// What a field means.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Holds {
    /// The image that is pushed by what speaks plain http to private addresses (go-containerregistry).
    Destination,
    /// The image that is pushed by what does not (containers/image).
    Pushed,
    /// The tag of the image that is pushed; its name is made of these fields beside it.
    Tag(&'static [&'static str]),
    /// `true` gives up TLS for it.
    Insecure,
    /// The Secret that pushes.
    PushSecret,
    /// A Secret that pulls.
    Pull,
    /// A variable of this name.
    Variable(&'static str),
    /// A list of variables.
    Variables,
    /// The image that is pushed; each build gives it a tag of its own.
    Built,
    /// The image of a container of this name; its tag is this field beside it.
    Image(&'static str, &'static str),
    /// The same if the description says this.
    ImageIf(&'static str, &'static str, (&'static str, &'static str)),
    /// Nobody but the engine knows this member of the Pod's spec, unless the object names the account; it holds this.
    Unknown(&'static str, &'static str),
}

impl Beside {
    /// What counts in the version of the object.
    pub(crate) fn of(&'static self, object: Node<'_>) -> &'static Beside {
        let version = text::cut(object.str("apiVersion").unwrap_or_default(), b'/').map_or("", |(_, version)| version);
        // A version that nobody knows yet is read as the newest one that is known.
        match self.older {
            Some((versions, older)) if versions.contains(&version) => older,
            _ => self,
        }
    }
}

/// What a container's resources are called nearly everywhere.
pub(crate) const RESOURCES: &str = "resources";
