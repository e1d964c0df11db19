//! Generated objects and mutations of the cases: the same bytes from every face, never a panic, mends that hold.

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::case;
use crate::subject::every_face;

/// Values that rules care about, mixed with ones that they do not.
fn scalar() -> impl Strategy<Value = Value> {
    let words = [
        "",
        "kaniko",
        "gcr.io/kaniko-project/executor:debug",
        "harbor.corp.example:30002/ci/app:1",
        "nginx",
        "/kaniko/.docker",
        "/root/.docker",
        "/var/run/docker.sock",
        "/var/run",
        "--insecure",
        "--skip-tls-verify=true",
        "--destination=harbor.corp.example:30002/a/b:1",
        "sh",
        "-c",
        "buildah push --tls-verify=false x docker://y/z",
        "$(X)",
        "config.json",
        ".dockerconfigjson",
        "harbor-push",
        "harbor-pull",
        "woodpeckerci/plugin-docker-buildx",
        "AWS_ACCESS_KEY_ID",
        "PASSWORD",
        "hunter2-hunter2",
        "ü\u{0}\n\"\\",
        "Always",
        "--cache",
        "--cache-dir=/cache",
        "--destination=harbor.corp.example:30002/a/b",
        "--destination=docker.io/a/b:latest",
        "--build-arg",
        "TOKEN=hunter2-hunter2",
        "docker login -u robot -p hunter2-hunter2 harbor.corp.example:30002 && docker push docker.io/a/b",
        "cat",
        "latest",
        "foreign",
        "default",
        "docker:dind",
        "gcr.io/kaniko-project/executor:v1.23.2",
        "quay.io/buildah/stable",
        "PLUGIN_REPO",
        "PLUGIN_TAGS",
        "PLUGIN_CACHE",
        "REGISTRY_AUTH_FILE",
        "$(params.x)",
    ];
    prop_oneof![
        8 => proptest::sample::select(words.to_vec()).prop_map(|word| json!(word)),
        1 => any::<bool>().prop_map(|flag| json!(flag)),
        1 => any::<i64>().prop_map(|number| json!(number)),
        1 => Just(Value::Null),
        1 => ".{0,12}".prop_map(|text| json!(text)),
    ]
}

fn key() -> impl Strategy<Value = String> {
    let keys = [
        "name",
        "image",
        "command",
        "args",
        "env",
        "value",
        "valueFrom",
        "secretKeyRef",
        "key",
        "volumeMounts",
        "mountPath",
        "subPath",
        "containers",
        "initContainers",
        "volumes",
        "secret",
        "secretName",
        "items",
        "path",
        "hostPath",
        "imagePullSecrets",
        "metadata",
        "labels",
        "annotations",
        "spec",
        "template",
        "jobTemplate",
        "projected",
        "sources",
        "envFrom",
        "secretRef",
        "restartPolicy",
        "x-unknown",
        "steps",
        "sidecars",
        "stepTemplate",
        "taskSpec",
        "pipelineSpec",
        "tasks",
        "params",
        "default",
        "workspaces",
        "templates",
        "script",
        "source",
        "inputs",
        "parameters",
        "podTemplate",
        "output",
        "to",
    ];
    proptest::sample::select(keys.to_vec()).prop_map(str::to_owned)
}

/// Any JSON that looks a little like a Pod.
fn anything() -> impl Strategy<Value = Value> {
    scalar().prop_recursive(6, 64, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::Array),
            prop::collection::btree_map(key(), inner, 0..6).prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// A Pod whose containers, volumes and variables have the right types.
fn pod() -> impl Strategy<Value = Value> {
    let text = || scalar().prop_map(|value| value.as_str().map_or_else(|| json!("x"), |text| json!(text)));
    let mount = (text(), text()).prop_map(|(name, path)| json!({"name": name, "mountPath": path}));
    let variable = (text(), text(), any::<bool>()).prop_map(|(name, value, secret)| {
        if secret {
            json!({"name": name, "valueFrom": {"secretKeyRef": {"name": value, "key": "k"}}})
        } else {
            json!({"name": name, "value": value})
        }
    });
    let container = (text(), text(), any::<bool>(), prop::collection::vec(text(), 0..4), prop::collection::vec(mount, 0..3), prop::collection::vec(variable, 0..4))
        .prop_map(|(name, image, privileged, args, mounts, env)| json!({"name": name, "image": image, "args": args, "volumeMounts": mounts, "env": env, "securityContext": {"privileged": privileged}, "x": 1}));
    let volume = (text(), text(), 0..3).prop_map(|(name, value, kind)| match kind {
        0 => json!({"name": name, "secret": {"secretName": value}}),
        1 => json!({"name": name, "hostPath": {"path": value}}),
        _ => json!({"name": name, "emptyDir": {}}),
    });
    let pull = text().prop_map(|name| json!({"name": name}));
    (prop::collection::vec(container, 1..4), prop::collection::vec(volume, 0..4), prop::collection::vec(pull, 0..3)).prop_map(
        |(containers, volumes, pulls)| {
            json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "labels": {"step": "a"}},
                   "spec": {"containers": containers, "volumes": volumes, "imagePullSecrets": pulls, "unknownField": {"deep": [1.5, null]}}})
        },
    )
}

fn settings() -> Value {
    json!({
        "profile": "strict",
        "serviceAccount": "ci",
        "allowOnlyListed": true,
        "registries": [
            {"registry": "harbor.corp.example:30002", "pull": {"secret": "harbor-pull"}, "push": {"secret": "harbor-push"},
             "cache": {"repository": "harbor.corp.example:30002/cache/all", "ttl": "24h"}},
            {"registry": "docker.io", "mirror": "harbor.corp.example:30002/hub"},
            {"registry": "gcr.io", "pull": {"serviceAccount": true}},
        ],
        "pipelines": [
            {"name": "other", "selector": {"namespaces": ["other"]},
             "registries": [{"registry": "quay.io", "pull": {"secret": "foreign"}}]},
        ],
        "rules": {"resources-missing": {"options": {"requests": {"cpu": "100m"}}}},
    })
}

fn evaluate(object: &Value) -> Value {
    let answer = every_face("evaluate", &case::payload(&case::request(object, None), &settings()));
    serde_json::from_slice(&answer).expect("an answer is JSON")
}

/// Where each kind has its Pod; the wrapping turns a Pod into an object of the kind.
const KINDS: &[(&str, &str)] = &[
    ("v1", "Pod"),
    ("v1", "PodTemplate"),
    ("v1", "ReplicationController"),
    ("apps/v1", "Deployment"),
    ("apps/v1", "ReplicaSet"),
    ("apps/v1", "StatefulSet"),
    ("apps/v1", "DaemonSet"),
    ("batch/v1", "Job"),
    ("batch/v1", "CronJob"),
];

/// The Pod as an object of a kind.
fn wrapped(pod: &Value, (version, kind): (&str, &str)) -> Value {
    let template = json!({"metadata": pod["metadata"], "spec": pod["spec"], "x": 1});
    let body = match kind {
        "Pod" => return pod.clone(),
        "PodTemplate" => {
            return json!({"apiVersion": version, "kind": kind, "metadata": {"name": "w"}, "template": template});
        }
        "CronJob" => json!({"schedule": "* * * * *", "jobTemplate": {"spec": {"template": template}}}),
        _ => json!({"selector": {"matchLabels": {"a": "b"}}, "serviceName": "s", "template": template}),
    };
    json!({"apiVersion": version, "kind": kind, "metadata": {"name": "w"}, "spec": body})
}

/// Does the object read as the Kubernetes type that it says to be?
fn is_typed(object: &Value) -> Result<(), String> {
    use k8s_openapi::api::{apps::v1 as apps, batch::v1 as batch, core::v1 as core};
    macro_rules! read {
        ($type:ty) => {
            serde_json::from_value::<$type>(object.clone()).map(drop).map_err(|error| error.to_string())
        };
    }
    match object["kind"].as_str().unwrap_or_default() {
        "Pod" => read!(core::Pod),
        "PodTemplate" => read!(core::PodTemplate),
        "Deployment" => read!(apps::Deployment),
        "ReplicaSet" => read!(apps::ReplicaSet),
        "StatefulSet" => read!(apps::StatefulSet),
        "DaemonSet" => read!(apps::DaemonSet),
        "Job" => read!(batch::Job),
        "CronJob" => read!(batch::CronJob),
        "ServiceAccount" => read!(core::ServiceAccount),
        "Secret" => read!(core::Secret),
        // Its selector is another type than that of the others, which the wrapping does not care for.
        _ => Ok(()),
    }
}

/// Kinds of engines whose description is a Pod's template, with the way to it.
const TEMPLATES: &[(&str, &str, &str)] = &[
    ("jobset.x-k8s.io/v1alpha2", "JobSet", "/spec/replicatedJobs/0/template/spec/template"),
    ("actions.github.com/v1alpha1", "AutoscalingRunnerSet", "/spec/template"),
    ("actions.github.com/v1alpha1", "EphemeralRunnerSet", "/spec/ephemeralRunnerSpec"),
    ("actions.summerwind.dev/v1alpha1", "RunnerSet", "/spec/template"),
    ("serving.knative.dev/v1", "Service", "/spec/template"),
    ("apps.openshift.io/v1", "DeploymentConfig", "/spec/template"),
    ("keda.sh/v1alpha1", "ScaledJob", "/spec/jobTargetRef/template"),
];

/// The object of a kind with a value at a pointer; `0` in the pointer is the first element of a list.
fn embedded(version: &str, kind: &str, pointer: &str, value: Value) -> Value {
    let mut inner = value;
    for segment in pointer.rsplit('/').filter(|segment| !segment.is_empty()) {
        inner = if segment == "0" { json!([inner]) } else { json!({segment: inner}) };
    }
    inner["apiVersion"] = json!(version);
    inner["kind"] = json!(kind);
    inner["metadata"] = json!({"name": "w"});
    inner
}

/// What is said about an object, with the pointers seen from its Pod.
fn told(object: &Value, from: &str, to: &str) -> Vec<String> {
    let answer = evaluate(object);
    let findings = answer["findings"].as_array().into_iter().flatten();
    let mut told: Vec<String> = findings
        .map(|finding| {
            let pointer = finding["pointer"].as_str().unwrap_or_default();
            let pointer = pointer.strip_prefix(from).map_or_else(|| pointer.to_owned(), |rest| format!("{to}{rest}"));
            format!("{} {pointer} {} {} {}", finding["rule"], finding["level"], finding["message"], finding["mended"])
        })
        .collect();
    told.sort();
    told
}

/// A mend changes what its patch says and nothing else, holds, and leaves an object of the same type.
fn mend_is_sound(object: &Value, answer: &Value) -> Result<(), TestCaseError> {
    let survived = answer["findings"]
        .as_array()
        .into_iter()
        .flatten()
        .any(|finding| finding["message"].as_str().is_some_and(|text| text.contains("did not help")));
    prop_assert!(!survived, "{answer}");
    let Some(mended) = answer["response"].get("mutated_object") else { return Ok(()) };
    let mut patched = object.clone();
    let patch: json_patch::Patch = serde_json::from_value(answer["edits"].clone()).expect("a patch");
    json_patch::patch(&mut patched, &patch).expect("the patch applies");
    prop_assert_eq!(&patched, mended);
    prop_assert_eq!(is_typed(mended), Ok(()));
    let again = evaluate(mended);
    prop_assert!(again["response"].get("mutated_object").is_none(), "mended twice: {}", again["edits"]);
    for finding in answer["findings"].as_array().into_iter().flatten().filter(|finding| finding["mended"] == true) {
        let speaks = again["findings"]
            .as_array()
            .into_iter()
            .flatten()
            .any(|other| ["rule", "pointer", "message"].iter().all(|key| other[*key] == finding[*key]));
        prop_assert!(!speaks, "{finding}");
    }
    Ok(())
}

/// Texts of docker configs, more or less.
fn docker_text() -> impl Strategy<Value = String> {
    let texts = [
        r#"{"auths":{"harbor.corp.example":{"auth":"dXNlcjpwYXNz"}}}"#,
        r#"{"auths":{"https://index.docker.io/v1/":{"username":"u","password":"p","auth":"!"}}}"#,
        r#"{"harbor.corp.example":{"auth":"dXNlcg=="}}"#,
        r#"{"auths":{}}"#,
        "not JSON",
        "",
    ];
    prop_oneof![4 => proptest::sample::select(texts.to_vec()).prop_map(str::to_owned), 1 => ".{0,40}"]
}

fn secret() -> impl Strategy<Value = Value> {
    let kinds = ["kubernetes.io/dockerconfigjson", "kubernetes.io/dockercfg", "Opaque", "kubernetes.io/basic-auth"];
    let keys = [".dockerconfigjson", ".dockercfg", "config.json", "password"];
    (proptest::sample::select(kinds.to_vec()), proptest::sample::select(keys.to_vec()), docker_text(), any::<bool>())
        .prop_map(|(kind, key, text, encoded)| {
            let (map, text) = if encoded { ("data", base64(text.as_bytes())) } else { ("stringData", text) };
            json!({"apiVersion": "v1", "kind": "Secret", "type": kind, "metadata": {"name": "s"}, map: {key: text}})
        })
}

pub(crate) fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let word = chunk.iter().fold(0_u32, |word, byte| word << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for at in 0..4 {
            let digit = DIGITS[(word >> (18 - 6 * at)) as usize & 63] as char;
            out.push(if at <= chunk.len() { digit } else { '=' });
        }
    }
    out
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_object_gets_one_answer(mut object in anything(), kind in proptest::sample::select(vec![("v1", "Pod"), ("apps/v1", "Deployment"), ("batch/v1", "CronJob"), ("v1", "PodTemplate"), ("v1", "Secret"), ("v1", "ServiceAccount"), ("tekton.dev/v1", "PipelineRun"), ("tekton.dev/v1", "Task"), ("argoproj.io/v1alpha1", "Workflow"), ("actions.summerwind.dev/v1alpha1", "Runner"), ("build.openshift.io/v1", "BuildConfig")])) {
        if let Some(map) = object.as_object_mut() {
            map.insert("apiVersion".into(), json!(kind.0));
            map.insert("kind".into(), json!(kind.1));
        }
        evaluate(&object);
    }

    #[test]
    fn a_mend_holds_and_leaves_the_rest_alone(pod in pod(), kind in proptest::sample::select(KINDS.to_vec())) {
        let object = wrapped(&pod, kind);
        mend_is_sound(&object, &evaluate(&object))?;
    }

    #[test]
    fn a_description_is_judged_as_the_pod_that_it_describes(pod in pod(), kind in proptest::sample::select(TEMPLATES.to_vec())) {
        let (version, kind, pointer) = kind;
        let template = json!({"metadata": pod["metadata"], "spec": pod["spec"]});
        let described = embedded(version, kind, pointer, template.clone());
        let workload = embedded("apps/v1", "Deployment", "/spec/template", template);
        prop_assert_eq!(told(&described, pointer, "/spec/template"), told(&workload, "", ""));
        mend_is_sound(&described, &evaluate(&described))?;
    }

    #[test]
    fn steps_are_judged_as_containers(pod in pod()) {
        // What a Task has no place for is said about its runs.
        let of_the_pod = ["service-account", "pull-secret", "token-automount", "engine"];
        let of_containers = |told: Vec<String>| -> Vec<String> {
            told.into_iter().filter(|line| !of_the_pod.iter().any(|rule| line.starts_with(&format!("\"{rule}")))).collect()
        };
        let spec = json!({"steps": pod["spec"]["containers"], "volumes": pod["spec"]["volumes"]});
        let task = embedded("tekton.dev/v1", "Task", "/spec", spec);
        mend_is_sound(&task, &evaluate(&task))?;
        let mut template = json!({"metadata": {"labels": {"app.kubernetes.io/managed-by": "tekton-pipelines"}}, "spec": pod["spec"]});
        template["spec"]["imagePullSecrets"] = json!([]);
        let workload = embedded("apps/v1", "Deployment", "/spec/template", template);
        let task = of_containers(told(&task, "/spec/steps", "/spec/template/spec/containers"));
        let task: Vec<String> = task.into_iter().map(|line| line.replace(" /spec/volumes", " /spec/template/spec/volumes")).collect();
        prop_assert_eq!(task, of_containers(told(&workload, "", "")));
    }

    #[test]
    fn objects_without_a_pod_are_answered_and_mended_soundly(secret in secret(), names in prop::collection::vec("[a-z.]{0,8}", 0..3)) {
        mend_is_sound(&secret, &evaluate(&secret))?;
        let pulls: Vec<Value> = names.iter().map(|name| json!({"name": name})).collect();
        let account = json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "builder", "namespace": "ci"}, "imagePullSecrets": pulls});
        mend_is_sound(&account, &evaluate(&account))?;
    }

    #[test]
    fn an_update_of_a_stored_pod_is_never_mended(old in pod(), new in pod()) {
        let request = case::request(&new, Some(&json!({"operation": "UPDATE", "oldObject": old})));
        let answer = every_face("evaluate", &case::payload(&request, &settings()));
        let answer: Value = serde_json::from_slice(&answer).expect("JSON");
        prop_assert!(answer["response"].get("mutated_object").is_none());
        let same = case::request(&new, Some(&json!({"operation": "UPDATE", "oldObject": new})));
        let answer: Value = serde_json::from_slice(&every_face("evaluate", &case::payload(&same, &settings()))).expect("JSON");
        prop_assert_eq!(&answer["findings"], &json!([]), "an update that changes nothing brings nothing");
    }
}

/// Objects as large as etcd stores them, each a list that some rule could walk once for every entry of another. The
/// guest has its deadline of two seconds; a quadratic rule misses it.
#[test]
fn large_objects_are_answered_in_time() {
    let container = |i: usize| {
        json!({"name": format!("c{i}"), "image": "harbor.corp.example:30002/ci/kaniko-executor:debug",
               "args": [format!("--destination=harbor.corp.example:30002/a/b:{i}"), "--insecure"],
               "env": [{"name": "PASSWORD", "value": format!("hunter2-hunter2-{i}")}],
               "volumeMounts": [{"name": "s", "mountPath": "/root/.docker"}]})
    };
    let one = |change: &dyn Fn(&mut Value)| {
        let mut container = container(0);
        change(&mut container);
        json!([container])
    };
    let names = |count: usize, name: &str| -> Vec<Value> {
        (0..count).map(|i| json!({"name": format!("{name}{i}")})).collect()
    };
    let mounts: Vec<Value> =
        (0..8_000).map(|i| json!({"name": format!("v{i}"), "mountPath": format!("/m{i}/.docker")})).collect();
    let sockets: Vec<Value> =
        (0..8_000).map(|i| json!({"name": format!("v{i}"), "hostPath": {"path": "/run/docker.sock"}})).collect();
    let secret = json!([{"name": "s", "secret": {"secretName": "harbor-push"}}]);
    let many: Vec<Value> = (0..5_000).map(container).collect();
    let specs = [
        ("containers", json!({"containers": many, "volumes": secret})),
        (
            "pull secrets",
            json!({"containers": many.get(..2_000), "imagePullSecrets": names(20_000, "p"), "volumes": secret}),
        ),
        (
            "sources of one volume, mounted often",
            json!({"containers": one(&|c| c["volumeMounts"] = json!(vec![json!({"name": "p", "mountPath": "/a/.docker"}); 4_000])),
                   "volumes": [{"name": "p", "projected": {"sources": vec![json!({"secret": {"name": "harbor-push"}}); 4_000]}}]}),
        ),
        ("volumes", json!({"containers": one(&|c| c["volumeMounts"] = json!(mounts)), "volumes": sockets})),
        (
            "missing volumes",
            json!({"containers": one(&|c| c["volumeMounts"] = json!(mounts)), "volumes": names(10, "w")}),
        ),
        ("variables", json!({"containers": one(&|c| c["env"] = json!(names(30_000, "V")))})),
        (
            "arguments",
            json!({"containers": one(&|c| c["args"] = json!(vec!["--insecure-registry=a.example"; 30_000]))}),
        ),
        (
            "script",
            json!({"containers": one(&|c| c["command"] = json!(["sh", "-c", "buildah push --tls-verify=false a b;".repeat(30_000)]))}),
        ),
    ];
    let templates: Vec<Value> =
        (0..1_500).map(|i| json!({"name": format!("t{i}"), "container": container(i)})).collect();
    let tasks: Vec<Value> =
        (0..1_500).map(|i| json!({"name": format!("t{i}"), "taskSpec": {"steps": [container(i)]}})).collect();
    let arguments: Vec<String> = (0..5_000).map(|i| format!("$(params.p{i})")).collect();
    let params: Vec<Value> = (0..5_000)
        .map(|i| json!({"name": format!("p{i}"), "default": format!("--insecure-registry=a{i}.example")}))
        .collect();
    let pods = specs.map(|(name, spec)| (name, "v1", "Pod", spec));
    let descriptions = [
        ("steps", "tekton.dev/v1", "Task", json!({"steps": many})),
        ("tasks", "tekton.dev/v1", "Pipeline", json!({"tasks": tasks})),
        (
            "parameters",
            "tekton.dev/v1",
            "Task",
            json!({"params": params, "steps": one(&|c| c["args"] = json!(arguments))}),
        ),
        (
            "templates",
            "argoproj.io/v1alpha1",
            "Workflow",
            json!({"templates": templates, "volumes": names(1_000, "v")}),
        ),
    ];
    for (name, version, kind, spec) in pods.into_iter().chain(descriptions) {
        let object = json!({"apiVersion": version, "kind": kind, "metadata": {"name": "large"}, "spec": spec});
        let payload = case::payload(&case::request(&object, None), &settings());
        assert!(payload.len() > 250_000, "{name}: {} bytes", payload.len());
        let start = std::time::Instant::now();
        // Panics when the guest is stopped.
        crate::subject::Subject::Wapc.call("validate", &payload);
        println!("{name}: {} KB, {} ms", payload.len() / 1024, start.elapsed().as_millis());
    }
}
