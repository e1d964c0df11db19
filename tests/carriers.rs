//! Every kind that describes Pods by their parts: how a Pod is put into it, and where in it each part of the Pod lies then.

use serde_json::{Value, json};

/// How the parts of a Pod are laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layout {
    /// `metadata` and `spec`.
    Template,
    /// `spec` alone.
    Spec,
    /// The same, with the fields of a runner's container in it.
    Runner,
    /// Steps and volumes; the rest lies elsewhere, or nowhere.
    Steps,
    /// One container that has no list around it.
    Step,
    /// A container and its sidecars.
    Workflow,
    /// A set of containers that start together.
    Set,
    /// A text that is laid over the Pod, as JSON.
    Json,
    /// The same as YAML.
    Yaml,
}

/// One kind, in one version and layout.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Carrier {
    pub(crate) version: &'static str,
    pub(crate) kind: &'static str,
    pub(crate) layout: Layout,
    /// Where the description lies; `0` is the first element of a list.
    at: &'static str,
    /// Where the name of the ServiceAccount goes; empty: nowhere.
    account: &'static str,
    /// The map for what else a Pod has beside its containers; empty: nowhere.
    pod: &'static str,
    /// What `resources` of a container are called; empty: a container has none.
    resources: &'static str,
    /// A label that the engine gives to the Pods.
    label: Option<(&'static str, &'static str)>,
}

const fn whole(version: &'static str, kind: &'static str, layout: Layout, at: &'static str) -> Carrier {
    Carrier { version, kind, layout, at, account: "", pod: "", resources: "resources", label: None }
}

const TEKTON: Option<(&str, &str)> = Some(("app.kubernetes.io/managed-by", "tekton-pipelines"));

const fn steps(
    version: &'static str,
    kind: &'static str,
    at: &'static str,
    (account, pod): (&'static str, &'static str),
    resources: &'static str,
) -> Carrier {
    Carrier { version, kind, layout: Layout::Steps, at, account, pod, resources, label: TEKTON }
}

const ARGO: Option<(&str, &str)> = Some(("workflows.argoproj.io/workflow", ""));

const fn argo(
    kind: &'static str,
    layout: Layout,
    at: &'static str,
    account: &'static str,
    pod: &'static str,
) -> Carrier {
    let version = "argoproj.io/v1alpha1";
    Carrier { version, kind, layout, at, account, pod, resources: "resources", label: ARGO }
}

const V1: &str = "computeResources";
const OLD: &str = "resources";
const RUN: (&str, &str) = ("/spec/serviceAccountName", "/spec/podTemplate");
const RUN_V1: (&str, &str) = ("/spec/taskRunTemplate/serviceAccountName", "/spec/taskRunTemplate/podTemplate");
const ACCOUNT: &str = "/spec/serviceAccountName";

pub(crate) const ALL: &[Carrier] = &[
    whole("jobset.x-k8s.io/v1alpha2", "JobSet", Layout::Template, "/spec/replicatedJobs/0/template/spec/template"),
    whole("actions.github.com/v1alpha1", "AutoscalingRunnerSet", Layout::Template, "/spec/template"),
    whole("actions.github.com/v1alpha1", "EphemeralRunnerSet", Layout::Template, "/spec/ephemeralRunnerSpec"),
    whole("actions.github.com/v1alpha1", "EphemeralRunner", Layout::Template, "/spec"),
    whole("actions.summerwind.dev/v1alpha1", "RunnerSet", Layout::Template, "/spec/template"),
    whole("actions.summerwind.dev/v1alpha1", "RunnerDeployment", Layout::Runner, "/spec/template/spec"),
    whole("actions.summerwind.dev/v1alpha1", "RunnerReplicaSet", Layout::Runner, "/spec/template/spec"),
    whole("actions.summerwind.dev/v1alpha1", "Runner", Layout::Runner, "/spec"),
    whole("serving.knative.dev/v1", "Service", Layout::Template, "/spec/template"),
    whole("serving.knative.dev/v1", "Configuration", Layout::Template, "/spec/template"),
    whole("serving.knative.dev/v1", "Revision", Layout::Spec, "/spec"),
    whole("apps.openshift.io/v1", "DeploymentConfig", Layout::Template, "/spec/template"),
    whole("keda.sh/v1alpha1", "ScaledJob", Layout::Template, "/spec/jobTargetRef/template"),
    whole("argoproj.io/v1alpha1", "Rollout", Layout::Template, "/spec/template"),
    // Versions that nobody knows yet are read as the newest one.
    whole("actions.github.com/v9", "AutoscalingRunnerSet", Layout::Template, "/spec/template"),
    steps("tekton.dev/v1", "Task", "/spec", ("", ""), V1),
    steps("tekton.dev/v1beta1", "Task", "/spec", ("", ""), OLD),
    steps("tekton.dev/v1beta1", "ClusterTask", "/spec", ("", ""), OLD),
    Carrier {
        layout: Layout::Step,
        resources: "",
        ..steps("tekton.dev/v1beta1", "StepAction", "/spec", ("", ""), OLD)
    },
    steps("tekton.dev/v1", "TaskRun", "/spec/taskSpec", RUN, V1),
    steps("tekton.dev/v1beta1", "TaskRun", "/spec/taskSpec", RUN, OLD),
    steps("tekton.dev/v9", "TaskRun", "/spec/taskSpec", RUN, V1),
    steps("tekton.dev/v1", "Pipeline", "/spec/tasks/0/taskSpec", ("", ""), V1),
    steps("tekton.dev/v1", "Pipeline", "/spec/finally/0/taskSpec", ("", ""), V1),
    steps("tekton.dev/v1beta1", "Pipeline", "/spec/tasks/0/taskSpec", ("", ""), OLD),
    steps("tekton.dev/v1", "PipelineRun", "/spec/pipelineSpec/tasks/0/taskSpec", RUN_V1, V1),
    steps("tekton.dev/v1", "PipelineRun", "/spec/pipelineSpec/finally/0/taskSpec", RUN_V1, V1),
    steps("tekton.dev/v1beta1", "PipelineRun", "/spec/pipelineSpec/tasks/0/taskSpec", RUN, OLD),
    steps("shipwright.io/v1beta1", "BuildStrategy", "/spec", ("", ""), OLD),
    steps("shipwright.io/v1beta1", "ClusterBuildStrategy", "/spec", ("", ""), OLD),
    argo("Workflow", Layout::Workflow, "/spec/templates/0", ACCOUNT, "/spec"),
    argo("WorkflowTemplate", Layout::Workflow, "/spec/templates/0", ACCOUNT, "/spec"),
    argo("ClusterWorkflowTemplate", Layout::Workflow, "/spec/templates/0", ACCOUNT, "/spec"),
    argo(
        "CronWorkflow",
        Layout::Workflow,
        "/spec/workflowSpec/templates/0",
        "/spec/workflowSpec/serviceAccountName",
        "/spec/workflowSpec",
    ),
    argo("Workflow", Layout::Set, "/spec/templates/0", ACCOUNT, "/spec"),
    argo("Workflow", Layout::Json, "/spec/templates/0", ACCOUNT, "/spec"),
    argo("Workflow", Layout::Yaml, "/spec/templates/0", ACCOUNT, "/spec"),
];

/// Puts a value at a pointer; maps and lists on the way are made.
fn put(object: &mut Value, pointer: &str, value: Value) {
    let mut at = object;
    for segment in pointer.split('/').skip(1) {
        if segment == "0" {
            if at.is_null() {
                *at = json!([null]);
            }
            at = &mut at[0];
        } else {
            at = &mut at[segment];
        }
    }
    *at = value;
}

/// What a Pod has beside containers and volumes, and where a description by parts may have it.
const BESIDE: &[&str] = &["imagePullSecrets", "automountServiceAccountToken", "securityContext", "hostUsers"];

impl Carrier {
    /// For messages.
    pub(crate) fn name(&self) -> String {
        format!("{} {} {:?} at {}", self.version, self.kind, self.layout, self.at)
    }

    fn by_parts(&self) -> bool {
        !matches!(self.layout, Layout::Template | Layout::Spec | Layout::Runner)
    }

    pub(crate) fn is_patch(&self) -> bool {
        matches!(self.layout, Layout::Json | Layout::Yaml)
    }

    /// Why the kind cannot have this Pod; `None`: it can.
    pub(crate) fn refuses(&self, pod: &Value) -> Option<&'static str> {
        let count = pod["spec"]["containers"].as_array().map_or(0, Vec::len);
        match self.layout {
            Layout::Steps if !pod["spec"]["initContainers"].is_null() => Some("steps run one after another anyway"),
            Layout::Step if !pod["spec"]["initContainers"].is_null() || count != 1 => Some("it is a single step"),
            Layout::Step if pod["spec"]["volumes"].as_array().is_some_and(|volumes| !volumes.is_empty()) => {
                Some("its volumes belong to the Task")
            }
            _ => None,
        }
    }

    /// The object of this kind with the Pod in it.
    pub(crate) fn embed(&self, pod: &Value) -> Value {
        let mut object = json!({"apiVersion": self.version, "kind": self.kind, "metadata": pod["metadata"]});
        let spec = &pod["spec"];
        let containers = || spec["containers"].as_array().cloned().unwrap_or_default();
        let mut described = json!({});
        match self.layout {
            Layout::Template => described = json!({"metadata": pod["metadata"], "spec": spec}),
            Layout::Spec => described = spec.clone(),
            Layout::Runner => {
                described = spec.clone();
                described["resources"] = json!({"requests": {"cpu": "1"}});
            }
            Layout::Steps => described["steps"] = containers().into_iter().map(|step| self.step(step)).collect(),
            Layout::Step => described = self.step(spec["containers"][0].clone()),
            Layout::Workflow => {
                let mut containers = containers().into_iter();
                if let Some(mut main) = containers.next() {
                    if let Some(name) = main.as_object_mut().and_then(|main| main.remove("name")) {
                        described["name"] = name;
                    }
                    described["container"] = main;
                }
                described["sidecars"] = containers.collect();
            }
            Layout::Set => described = json!({"name": "set", "containerSet": {"containers": containers()}}),
            Layout::Json | Layout::Yaml => {
                let text = if self.layout == Layout::Json { spec.to_string() } else { yaml(spec) };
                described = json!({"name": "patched", "container": {"image": "{{image}}"}, "podSpecPatch": text});
            }
        }
        if self.by_parts() && !self.is_patch() {
            for key in ["volumes", "initContainers"] {
                if !spec[key].is_null() {
                    described[key] = spec[key].clone();
                }
            }
            if !self.account.is_empty() && !spec["serviceAccountName"].is_null() {
                put(&mut object, self.account, spec["serviceAccountName"].clone());
            }
            for key in BESIDE.iter().filter(|key| !self.pod.is_empty() && !spec[**key].is_null()) {
                put(&mut object, &format!("{}/{key}", self.pod), spec[*key].clone());
            }
        }
        let labels = &pod["metadata"]["labels"];
        if matches!(self.layout, Layout::Workflow | Layout::Set) && !labels.is_null() {
            put(&mut object, &format!("{}/podMetadata/labels", self.pod), labels.clone());
        }
        put(&mut object, self.at, described);
        object
    }

    fn step(&self, mut container: Value) -> Value {
        if let Some(step) = container.as_object_mut()
            && let Some(resources) = step.remove("resources")
            && !self.resources.is_empty()
        {
            step.insert(self.resources.to_owned(), resources);
        }
        container
    }

    /// The Deployment whose Pods are those that the engine makes of [`Carrier::embed`].
    pub(crate) fn reference(&self, pod: &Value) -> Value {
        let mut template = json!({"metadata": pod["metadata"], "spec": pod["spec"]});
        if let Some(spec) = template["spec"].as_object_mut()
            && self.by_parts()
            && !self.is_patch()
        {
            for key in BESIDE.iter().filter(|_| self.pod.is_empty()) {
                spec.remove(*key);
            }
            if self.account.is_empty() {
                spec.remove("serviceAccountName");
            }
        }
        if let Some((key, value)) = self.label {
            template["metadata"]["labels"][key] = json!(value);
        }
        json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": pod["metadata"], "spec": {"template": template}})
    }

    /// Where a place of [`Carrier::reference`] of the Pod lies in [`Carrier::embed`]; `None`: the kind has no such place.
    pub(crate) fn translate(&self, pod: &Value, pointer: &str) -> Option<String> {
        let rest = pointer.strip_prefix("/spec/template")?;
        let at = self.at;
        if self.layout == Layout::Template {
            return Some(format!("{at}{rest}"));
        }
        let rest = rest.strip_prefix("/spec")?;
        match self.layout {
            Layout::Spec | Layout::Runner => return Some(format!("{at}{rest}")),
            _ if rest.is_empty() => return Some(at.to_owned()),
            // An entry of a list that is empty in the patch is one that a mend has put beside it.
            Layout::Json | Layout::Yaml
                if rest.starts_with("/imagePullSecrets/")
                    && pod["spec"]["imagePullSecrets"].as_array().is_none_or(Vec::is_empty) => {}
            // What the patch does not set belongs beside it.
            Layout::Json | Layout::Yaml if rest.matches('/').count() > 1 || !pod["spec"][&rest[1..]].is_null() => {
                return Some(format!("{at}/podSpecPatch"));
            }
            _ => {}
        }
        let renamed = |rest: &str| rest.replacen("/resources", &format!("/{}", self.resources), 1);
        if let Some(rest) = rest.strip_prefix("/containers/") {
            let (number, rest) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
            let rest = renamed(rest);
            return Some(match (self.layout, number.parse::<usize>().ok()?) {
                (Layout::Step, _) => format!("{at}{rest}"),
                (Layout::Set, _) => format!("{at}/containerSet/containers/{number}{rest}"),
                (Layout::Workflow, 0) => format!("{at}/container{rest}"),
                (Layout::Workflow, number) => format!("{at}/sidecars/{}{rest}", number - 1),
                _ => format!("{at}/steps/{number}{rest}"),
            });
        }
        if rest.starts_with("/volumes") || rest.starts_with("/initContainers") {
            return Some(format!("{at}{rest}"));
        }
        if let Some(rest) = rest.strip_prefix("/serviceAccountName") {
            return (!self.account.is_empty()).then(|| format!("{}{rest}", self.account));
        }
        (!self.pod.is_empty()).then(|| format!("{}{rest}", self.pod))
    }
}

/// A value as a person would write it as YAML.
pub(crate) fn yaml(value: &Value) -> String {
    fn write(value: &Value, indent: usize, out: &mut String) {
        let pad = " ".repeat(indent);
        match value {
            Value::Object(map) if !map.is_empty() => {
                for (i, (key, value)) in map.iter().enumerate() {
                    if i > 0 {
                        out.push_str(&pad);
                    }
                    out.push_str(&scalar(&json!(key)));
                    out.push(':');
                    nested(value, indent + 2, out);
                }
            }
            Value::Array(list) if !list.is_empty() => {
                for (i, value) in list.iter().enumerate() {
                    if i > 0 {
                        out.push_str(&pad);
                    }
                    out.push_str("- ");
                    write(value, indent + 2, out);
                }
            }
            other => {
                out.push_str(&scalar(other));
                out.push('\n');
            }
        }
    }
    fn nested(value: &Value, indent: usize, out: &mut String) {
        let deep = value.as_object().is_some_and(|map| !map.is_empty())
            || value.as_array().is_some_and(|list| !list.is_empty());
        if deep {
            out.push('\n');
            out.push_str(&" ".repeat(indent));
        } else {
            out.push(' ');
        }
        write(value, indent, out);
    }
    let mut out = String::new();
    write(value, 0, &mut out);
    out
}

/// A scalar as [`yaml`] writes it.
pub(crate) fn scalar(value: &Value) -> String {
    let plain = |text: &str| {
        text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '/')
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/.-_".contains(&byte))
            && !["yes", "no", "on", "off", "y", "n", "true", "false", "null"].contains(&text.to_lowercase().as_str())
    };
    match value {
        Value::String(text) if plain(text) => text.clone(),
        Value::String(text) if text.contains('\n') => value.to_string(),
        Value::String(text) => format!("'{}'", text.replace('\'', "''")),
        other => other.to_string(),
    }
}
