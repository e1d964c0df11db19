//! Where in each kind the descriptions of Pods lie and what beside them counts: a new kind is a row here.
//!
//! Sources, read 2026-11: tektoncd/pipeline `pkg/apis/pipeline/{v1,v1beta1}`; argoproj/argo-workflows
//! `pkg/apis/workflow/v1alpha1/workflow_types.go`; actions/actions-runner-controller `apis/actions.github.com/v1alpha1` and
//! `apis/actions.summerwind.net/v1alpha1`; kubernetes-sigs/jobset `api`; knative/serving `pkg/apis/serving/v1`;
//! openshift/api `apps/v1`, `build/v1`; shipwright-io/build `pkg/apis/build`; buildpacks-community/kpack
//! `pkg/apis/build/v1alpha2`; kubero-dev/kubero-operator `helm-charts`; kedacore/keda `apis/keda/v1alpha1`.

use super::fields::{Field, Holds};
use crate::json::Node;
use crate::request::GroupKind;
use crate::shape::{self, Is};
use crate::text;

/// A path of keys; `*` stands for every element of a list.
type Path = &'static [&'static str];

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
            Form::Template | Form::Spec | Form::Step | Form::Reference | Form::Fields(_) => &shape::ANY_MAP,
        }
    }
}

/// What lies beside descriptions and counts for them.
#[derive(Debug)]
pub(crate) struct Beside {
    /// Versions in which it was different, and how.
    older: Option<(&'static [&'static str], &'static Beside)>,
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
    group: &'static str,
    kinds: &'static [&'static str],
    /// Where it describes Pods.
    pub units: &'static [Unit],
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

const ALONE: Beside = Beside {
    older: None,
    account: &[],
    pod: &[],
    pulls_elsewhere: "",
    resources: RESOURCES,
    claims: &[],
    params: &[],
    workspaces: &[],
    mark: "",
};

const TEKTON: &str = "app.kubernetes.io/managed-by";

/// Versions of Tekton's kinds before v1.
const BETA: &[&str] = &["v1beta1", "v1alpha1"];

/// A step of v1 has `computeResources`, one of v1beta1 `resources`.
const STEPS: &str = "computeResources";

const TASK_BETA: Beside = Beside {
    pulls_elsewhere: "a Task has no place for it: put it into `podTemplate` of the run or into the ServiceAccount",
    mark: TEKTON,
    ..ALONE
};
static TASK: Beside = Beside { older: Some((BETA, &TASK_BETA)), resources: STEPS, ..TASK_BETA };
static STEP: Beside = Beside {
    pulls_elsewhere: "a StepAction has no place for it: put it into `podTemplate` of the run or into the ServiceAccount",
    resources: "",
    ..TASK_BETA
};

const TASK_RUN_BETA: Beside = Beside {
    account: &["spec", "serviceAccountName"],
    pod: &["spec", "podTemplate"],
    params: &[&["spec", "params"]],
    workspaces: &["spec", "workspaces"],
    mark: TEKTON,
    ..ALONE
};
static TASK_RUN: Beside = Beside { older: Some((BETA, &TASK_RUN_BETA)), resources: STEPS, ..TASK_RUN_BETA };

const PIPELINE_BETA: Beside = Beside {
    pulls_elsewhere: "a Pipeline has no place for it: put it into `podTemplate` of the run or into the ServiceAccount",
    params: &[&["spec", "params"]],
    mark: TEKTON,
    ..ALONE
};
static PIPELINE: Beside = Beside { older: Some((BETA, &PIPELINE_BETA)), resources: STEPS, ..PIPELINE_BETA };

const PIPELINE_RUN_BETA: Beside = Beside {
    account: &["spec", "serviceAccountName"],
    pod: &["spec", "podTemplate"],
    params: &[&["spec", "params"], &["spec", "pipelineSpec", "params"]],
    workspaces: &["spec", "workspaces"],
    mark: TEKTON,
    ..ALONE
};
static PIPELINE_RUN: Beside = Beside {
    older: Some((BETA, &PIPELINE_RUN_BETA)),
    account: &["spec", "taskRunTemplate", "serviceAccountName"],
    pod: &["spec", "taskRunTemplate", "podTemplate"],
    resources: STEPS,
    ..PIPELINE_RUN_BETA
};

static STRATEGY: Beside = Beside {
    pulls_elsewhere: "a build strategy has no place for it: put it into the ServiceAccount of the build",
    mark: TEKTON,
    ..ALONE
};

const ARGO: &str = "workflows.argoproj.io/workflow";

static WORKFLOW: Beside = Beside {
    account: &["spec", "serviceAccountName"],
    pod: &["spec"],
    claims: &["spec", "volumeClaimTemplates"],
    params: &[&["spec", "arguments", "parameters"]],
    mark: ARGO,
    ..ALONE
};

static CRON_WORKFLOW: Beside = Beside {
    account: &["spec", "workflowSpec", "serviceAccountName"],
    pod: &["spec", "workflowSpec"],
    claims: &["spec", "workflowSpec", "volumeClaimTemplates"],
    params: &[&["spec", "workflowSpec", "arguments", "parameters"]],
    mark: ARGO,
    ..ALONE
};

static RUNNER: Beside = Beside { mark: "actions-runner", ..ALONE };
static PLAIN: Beside = ALONE;

static BUILD_CONFIG: Beside = Beside { account: &["spec", "serviceAccount"], ..ALONE };
const KPACK_ALPHA1: Beside = Beside {
    account: &["spec", "serviceAccount"],
    pulls_elsewhere: "kpack takes it from the ServiceAccount",
    mark: "kpack.io/build",
    ..ALONE
};
static KPACK: Beside =
    Beside { older: Some((&["v1alpha1"], &KPACK_ALPHA1)), account: &["spec", "serviceAccountName"], ..KPACK_ALPHA1 };

const fn unit(at: Path, form: Form, beside: &'static Beside) -> Unit {
    Unit { at, form, beside }
}

const fn field(at: Path, holds: Holds) -> Field {
    Field { at, holds }
}

static KINDS: &[Kind] = &[
    Kind { group: "tekton.dev", kinds: &["Task", "ClusterTask"], units: &[unit(&["spec"], Form::Task, &TASK)] },
    Kind { group: "tekton.dev", kinds: &["StepAction"], units: &[unit(&["spec"], Form::Step, &STEP)] },
    Kind {
        group: "tekton.dev",
        kinds: &["TaskRun"],
        units: &[
            unit(&["spec", "taskSpec"], Form::Task, &TASK_RUN),
            unit(&["spec", "taskRef"], Form::Reference, &TASK_RUN),
        ],
    },
    Kind {
        group: "tekton.dev",
        kinds: &["Pipeline"],
        units: &[
            unit(&["spec", "tasks", "*", "taskSpec"], Form::Task, &PIPELINE),
            unit(&["spec", "tasks", "*", "taskRef"], Form::Reference, &PIPELINE),
            unit(&["spec", "finally", "*", "taskSpec"], Form::Task, &PIPELINE),
            unit(&["spec", "finally", "*", "taskRef"], Form::Reference, &PIPELINE),
        ],
    },
    Kind {
        group: "tekton.dev",
        kinds: &["PipelineRun"],
        units: &[
            unit(&["spec", "pipelineSpec", "tasks", "*", "taskSpec"], Form::Task, &PIPELINE_RUN),
            unit(&["spec", "pipelineSpec", "tasks", "*", "taskRef"], Form::Reference, &PIPELINE_RUN),
            unit(&["spec", "pipelineSpec", "finally", "*", "taskSpec"], Form::Task, &PIPELINE_RUN),
            unit(&["spec", "pipelineSpec", "finally", "*", "taskRef"], Form::Reference, &PIPELINE_RUN),
            unit(&["spec", "pipelineRef"], Form::Reference, &PIPELINE_RUN),
        ],
    },
    Kind {
        group: "argoproj.io",
        kinds: &["Workflow", "WorkflowTemplate", "ClusterWorkflowTemplate"],
        units: &[unit(&["spec", "templates", "*"], Form::Workflow, &WORKFLOW)],
    },
    Kind {
        group: "argoproj.io",
        kinds: &["CronWorkflow"],
        units: &[unit(&["spec", "workflowSpec", "templates", "*"], Form::Workflow, &CRON_WORKFLOW)],
    },
    Kind { group: "argoproj.io", kinds: &["Rollout"], units: &[unit(&["spec", "template"], Form::Template, &PLAIN)] },
    Kind {
        group: "actions.github.com",
        kinds: &["AutoscalingRunnerSet"],
        units: &[unit(&["spec", "template"], Form::Template, &RUNNER)],
    },
    Kind {
        group: "actions.github.com",
        kinds: &["EphemeralRunnerSet"],
        units: &[unit(&["spec", "ephemeralRunnerSpec"], Form::Template, &RUNNER)],
    },
    Kind {
        group: "actions.github.com",
        kinds: &["EphemeralRunner"],
        units: &[unit(&["spec"], Form::Template, &RUNNER)],
    },
    Kind {
        group: "actions.summerwind.dev",
        kinds: &["RunnerDeployment", "RunnerReplicaSet"],
        units: &[unit(&["spec", "template", "spec"], Form::Runner, &RUNNER)],
    },
    Kind { group: "actions.summerwind.dev", kinds: &["Runner"], units: &[unit(&["spec"], Form::Runner, &RUNNER)] },
    Kind {
        group: "actions.summerwind.dev",
        kinds: &["RunnerSet"],
        units: &[unit(&["spec", "template"], Form::Template, &RUNNER)],
    },
    Kind {
        group: "jobset.x-k8s.io",
        kinds: &["JobSet"],
        units: &[unit(&["spec", "replicatedJobs", "*", "template", "spec", "template"], Form::Template, &PLAIN)],
    },
    Kind {
        group: "serving.knative.dev",
        kinds: &["Service", "Configuration"],
        units: &[unit(&["spec", "template"], Form::Template, &PLAIN)],
    },
    Kind { group: "serving.knative.dev", kinds: &["Revision"], units: &[unit(&["spec"], Form::Spec, &PLAIN)] },
    Kind {
        group: "apps.openshift.io",
        kinds: &["DeploymentConfig"],
        units: &[unit(&["spec", "template"], Form::Template, &PLAIN)],
    },
    Kind {
        group: "keda.sh",
        kinds: &["ScaledJob"],
        units: &[unit(&["spec", "jobTargetRef", "template"], Form::Template, &PLAIN)],
    },
    Kind {
        group: "build.openshift.io",
        kinds: &["BuildConfig", "Build"],
        units: &[unit(
            &["spec"],
            Form::Fields(&[
                field(&["output", "to", "name"], Holds::Destination),
                field(&["output", "pushSecret", "name"], Holds::PushSecret),
                field(&["strategy", "dockerStrategy", "pullSecret", "name"], Holds::Pull),
                field(&["strategy", "sourceStrategy", "pullSecret", "name"], Holds::Pull),
                field(&["strategy", "customStrategy", "pullSecret", "name"], Holds::Pull),
                field(&["strategy", "dockerStrategy", "env"], Holds::Variables),
                field(&["strategy", "sourceStrategy", "env"], Holds::Variables),
                field(&["strategy", "customStrategy", "env"], Holds::Variables),
            ]),
            &BUILD_CONFIG,
        )],
    },
    Kind {
        group: "shipwright.io",
        kinds: &["BuildStrategy", "ClusterBuildStrategy"],
        units: &[unit(&["spec"], Form::Task, &STRATEGY)],
    },
    Kind {
        group: "shipwright.io",
        kinds: &["Build"],
        units: &[unit(
            &["spec"],
            Form::Fields(&[
                field(&["output", "image"], Holds::Destination),
                field(&["output", "pushSecret"], Holds::PushSecret),
                field(&["output", "credentials", "name"], Holds::PushSecret),
                field(&["output", "insecure"], Holds::Insecure),
            ]),
            &PLAIN,
        )],
    },
    Kind {
        group: "kpack.io",
        kinds: &["Image", "Build"],
        units: &[unit(&["spec"], Form::Fields(&[field(&["build", "env"], Holds::Variables)]), &KPACK)],
    },
    Kind {
        group: "application.kubero.dev",
        kinds: &["Kubero", "KuberoPipeline"],
        units: &[unit(
            &["spec", "registry"],
            Form::Fields(&[
                field(&["account", "password"], Holds::Variable("REGISTRY_PASSWORD")),
                field(&["password"], Holds::Variable("REGISTRY_PASSWORD")),
            ]),
            &PLAIN,
        )],
    },
    Kind {
        group: "application.kubero.dev",
        kinds: &["KuberoBuild"],
        units: &[unit(
            &["spec", "repository"],
            Form::Fields(&[field(&["tag"], Holds::Tag(&["push", "image"]))]),
            &PLAIN,
        )],
    },
    Kind {
        group: "application.kubero.dev",
        kinds: &["KuberoApp"],
        units: &[unit(&["spec"], Form::Fields(&[field(&["envVars"], Holds::Variables)]), &PLAIN)],
    },
];

/// What is known about a kind.
pub(crate) fn of(kind: GroupKind<'_>) -> Option<&'static Kind> {
    KINDS.iter().find(|row| row.group == kind.group && row.kinds.contains(&kind.kind))
}

/// Group and kind of everything in the table.
#[cfg(test)]
pub(crate) fn judged() -> impl Iterator<Item = (&'static str, &'static str)> {
    KINDS.iter().flat_map(|row| row.kinds.iter().map(|kind| (row.group, *kind)))
}
