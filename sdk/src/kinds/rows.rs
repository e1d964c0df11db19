//! Where in each kind the descriptions of Pods lie and what beside them counts: a new kind is a row here.
//!
//! Sources, read 2026-11: tektoncd/pipeline `pkg/apis/pipeline/{v1,v1beta1}`; argoproj/argo-workflows
//! `pkg/apis/workflow/v1alpha1/workflow_types.go`; actions/actions-runner-controller `apis/actions.github.com/v1alpha1` and
//! `apis/actions.summerwind.net/v1alpha1`; kubernetes-sigs/jobset `api`; knative/serving `pkg/apis/serving/v1`;
//! openshift/api `apps/v1`, `build/v1`; shipwright-io/build `pkg/apis/build`; buildpacks-community/kpack
//! `pkg/apis/build/v1alpha2`; kubero-dev/kubero-operator `helm-charts`; kedacore/keda `apis/keda/v1alpha1`; GitLab Runner
//! `docs/configuration/configuring_runner_operator.md`.

use super::table::{Beside, Field, Form, Holds, Kind, Path, RESOURCES, Unit};
use crate::request::GroupKind;

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

/// imagePullSecrets lie in `spec`.
static IN_SPEC: Beside = Beside { pod: &["spec"], ..ALONE };
static GITLAB: Beside = Beside {
    account: &["spec", "serviceaccount"],
    pulls_elsewhere: "a Runner has no place for it: put it into the ServiceAccount or into a patch under `podSpec`",
    ..ALONE
};

/// The engine has a ServiceAccount of its own.
const OWN_ACCOUNT: Field = field(&[], Holds::Unknown("serviceAccountName", r#""{{account}}""#));
/// The registry of a Kubero and of its pipelines.
const KUBERO_REGISTRY: &[Field] = &[
    field(&["account", "password"], Holds::Variable("REGISTRY_PASSWORD")),
    field(&["password"], Holds::Variable("REGISTRY_PASSWORD")),
];

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
                // Builds run under `builder` unless they say otherwise.
                OWN_ACCOUNT,
                field(&["output", "to", "name"], Holds::Pushed),
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
        units: &[unit(
            &["spec"],
            Form::Fields(&[field(&["tag"], Holds::Built), field(&["build", "env"], Holds::Variables)]),
            &KPACK,
        )],
    },
    Kind {
        group: "application.kubero.dev",
        kinds: &["Kubero"],
        // Not `image`: that is the one of Kubero itself, and no job runs it.
        units: &[unit(&["spec", "registry"], Form::Fields(KUBERO_REGISTRY), &PLAIN)],
    },
    Kind {
        group: "application.kubero.dev",
        kinds: &["KuberoPipeline"],
        units: &[unit(&["spec", "registry"], Form::Fields(KUBERO_REGISTRY), &PLAIN)],
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
        units: &[unit(
            &["spec"],
            Form::Fields(&[
                OWN_ACCOUNT,
                field(&["envVars"], Holds::Variables),
                // Otherwise Kubero builds the image and brings the pull secret.
                field(&["image", "repository"], Holds::ImageIf("app", "tag", ("deploymentstrategy", "docker"))),
            ]),
            &IN_SPEC,
        )],
    },
    Kind {
        group: "apps.gitlab.com",
        kinds: &["Runner"],
        units: &[
            unit(&["spec"], Form::Manager, &GITLAB),
            // The Pods of jobs have the rest from `config.toml`.
            unit(
                &["spec"],
                Form::Fields(&[
                    OWN_ACCOUNT,
                    field(&[], Holds::Unknown("imagePullSecrets", r#"[{"name":"{{config}}"}]"#)),
                    field(&["buildImage"], Holds::Image("build", "")),
                    field(&["helperImage"], Holds::Image("helper", "")),
                ]),
                &PLAIN,
            ),
        ],
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
