//! What the API server calls the kinds that are judged: for the rules of a webhook, a manifest, a policy's metadata.

#[cfg(test)]
mod tests;

/// The kinds of one API group whose objects are served under the same versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Served {
    /// API group; empty for the core group.
    pub group: &'static str,
    /// Versions, newest first. Others that a cluster serves are converted by it (`matchPolicy: Equivalent`); `*` would
    /// keep Kubewarden's audit scanner from asking for the objects.
    pub versions: &'static [&'static str],
    /// Kinds with the plural by which requests name them.
    pub kinds: &'static [(&'static str, &'static str)],
    /// Subresources that bring a whole object of one of the kinds, as in `pods/ephemeralcontainers`.
    pub parts: &'static [&'static str],
}

/// Every kind that [`evaluate`](crate::evaluate) judges, but for those of clusters before Kubernetes 1.22.
///
/// Plurals and versions from the CustomResourceDefinitions of the projects that `kinds/table.rs` names, read 2026-11.
pub static SERVED: &[Served] = &[
    Served {
        group: "",
        versions: &["v1"],
        kinds: &[
            ("Pod", "pods"),
            ("PodTemplate", "podtemplates"),
            ("ReplicationController", "replicationcontrollers"),
            ("Secret", "secrets"),
            ("ServiceAccount", "serviceaccounts"),
        ],
        parts: &["pods/ephemeralcontainers"],
    },
    served(
        "apps",
        &["v1"],
        &[
            ("Deployment", "deployments"),
            ("ReplicaSet", "replicasets"),
            ("StatefulSet", "statefulsets"),
            ("DaemonSet", "daemonsets"),
        ],
    ),
    served("batch", &["v1"], &[("Job", "jobs"), ("CronJob", "cronjobs")]),
    served(
        "tekton.dev",
        &["v1", "v1beta1"],
        &[
            ("Task", "tasks"),
            ("TaskRun", "taskruns"),
            ("Pipeline", "pipelines"),
            ("PipelineRun", "pipelineruns"),
            ("StepAction", "stepactions"),
            ("ClusterTask", "clustertasks"),
        ],
    ),
    served(
        "argoproj.io",
        &["v1alpha1"],
        &[
            ("Workflow", "workflows"),
            ("WorkflowTemplate", "workflowtemplates"),
            ("ClusterWorkflowTemplate", "clusterworkflowtemplates"),
            ("CronWorkflow", "cronworkflows"),
            ("Rollout", "rollouts"),
        ],
    ),
    served(
        "actions.github.com",
        &["v1alpha1"],
        &[
            ("AutoscalingRunnerSet", "autoscalingrunnersets"),
            ("EphemeralRunnerSet", "ephemeralrunnersets"),
            ("EphemeralRunner", "ephemeralrunners"),
        ],
    ),
    served(
        "actions.summerwind.dev",
        &["v1alpha1"],
        &[
            ("RunnerDeployment", "runnerdeployments"),
            ("RunnerReplicaSet", "runnerreplicasets"),
            ("Runner", "runners"),
            ("RunnerSet", "runnersets"),
        ],
    ),
    served("jobset.x-k8s.io", &["v1alpha2"], &[("JobSet", "jobsets")]),
    served(
        "serving.knative.dev",
        &["v1"],
        &[("Service", "services"), ("Configuration", "configurations"), ("Revision", "revisions")],
    ),
    served("apps.gitlab.com", &["v1beta2"], &[("Runner", "runners")]),
    served("apps.openshift.io", &["v1"], &[("DeploymentConfig", "deploymentconfigs")]),
    served("keda.sh", &["v1alpha1"], &[("ScaledJob", "scaledjobs")]),
    served("build.openshift.io", &["v1"], &[("BuildConfig", "buildconfigs"), ("Build", "builds")]),
    served(
        "shipwright.io",
        &["v1beta1", "v1alpha1"],
        &[
            ("BuildStrategy", "buildstrategies"),
            ("ClusterBuildStrategy", "clusterbuildstrategies"),
            ("Build", "builds"),
        ],
    ),
    served("kpack.io", &["v1alpha2", "v1alpha1"], &[("Image", "images"), ("Build", "builds")]),
    served(
        "application.kubero.dev",
        &["v1alpha1"],
        &[
            ("Kubero", "kuberoes"),
            ("KuberoPipeline", "kuberopipelines"),
            ("KuberoBuild", "kuberobuilds"),
            ("KuberoApp", "kuberoapps"),
        ],
    ),
];

const fn served(
    group: &'static str,
    versions: &'static [&'static str],
    kinds: &'static [(&'static str, &'static str)],
) -> Served {
    Served { group, versions, kinds, parts: &[] }
}
