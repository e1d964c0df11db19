//! Sketches: what of a description the Pod shows, and that every place leads back.

use super::origin::Origins;
use super::*;
use crate::edit::Edit;
use crate::json::Document;
use crate::request::GroupKind;

/// The sketches of an object with their ways back.
fn sketches(group: &str, kind: &str, object: &str) -> Vec<(String, Origins)> {
    let document = Document::parse(object.as_bytes()).unwrap();
    let known = of(GroupKind { group, kind }).unwrap();
    let mut out = Findings::new(document.root());
    let places = places(document.root(), known, &mut out);
    assert!(out.into_list().is_empty(), "{object}");
    places
        .into_iter()
        .filter_map(|place| sketch(document.root(), place, MAX_SHARED))
        .map(|sketch| {
            let (text, origins, _) = sketch.finish();
            (text, origins)
        })
        .collect()
}

/// Each: place in the sketch, its JSON, the place of the object that it leads back to (empty: none).
fn shows((text, origins): &(String, Origins), expected: &[(&str, &str, &str)]) {
    let document = read(text).unwrap();
    for (place, value, origin) in expected {
        let found = document.root().at(place).map_or("", |node| node.raw());
        assert_eq!(found, *value, "{place} in {text}");
        assert_eq!(origins.of(place).unwrap_or_default(), *origin, "{place}");
    }
}

const TASK: &str = r##"{"metadata":{"name":"t","labels":{"a":"b"}},"spec":{
  "params":[{"name":"image","default":"a/b:1"},{"name":"extra","type":"array","default":["--x","--y=$(params.image)"]},{"name":"unset"}],
  "workspaces":[{"name":"docker","mountPath":"/kaniko/.docker"}],
  "stepTemplate":{"image":"base:1","env":[{"name":"HOME","value":"/h"},{"name":"A","value":"t"}],"securityContext":{"privileged":true}},
  "volumes":[{"name":"v","emptyDir":{}}],
  "steps":[
    {"name":"build","image":"kaniko:$(params.image)","args":["$(params.extra[*])","--destination=$(params.image)","$(params.unset)"],"env":[{"name":"A","value":"own"}],"computeResources":{"limits":{"cpu":"1"}}},
    {"script":"#!/usr/bin/env bash\ndocker push $(params[\"image\"])"}],
  "sidecars":[{"name":"dind","image":"docker:dind"}]}}"##;

#[test]
fn a_task_becomes_a_pod() {
    let sketches = sketches("tekton.dev", "Task", TASK);
    assert_eq!(sketches.len(), 1);
    let containers = "/template/spec/containers";
    let at = |rest: &str| format!("{containers}{rest}");
    shows(
        &sketches[0],
        &[
            ("/template/metadata/labels", r#"{"a":"b","app.kubernetes.io/managed-by":"tekton-pipelines"}"#, ""),
            (&at("/0/image"), r#""kaniko:a/b:1""#, "/spec/steps/0/image"),
            (
                &at("/0/args"),
                r#"["--x","--y=$(params.image)","--destination=a/b:1","$(params.unset)"]"#,
                "/spec/steps/0/args",
            ),
            (&at("/0/args/1"), r#""--y=$(params.image)""#, "/spec/params/1/default/1"),
            (&at("/0/args/2"), r#""--destination=a/b:1""#, "/spec/steps/0/args/1"),
            (&at("/0/env/0/value"), r#""own""#, "/spec/steps/0/env/0/value"),
            (&at("/0/env/1/name"), r#""HOME""#, "/spec/stepTemplate/env/0/name"),
            (&at("/0/env/2"), "", "/spec/steps/0/env/2"),
            (&at("/0/resources"), r#"{"limits":{"cpu":"1"}}"#, "/spec/steps/0/computeResources"),
            (&at("/0/securityContext"), r#"{"privileged":true}"#, "/spec/stepTemplate/securityContext"),
            (&at("/0/volumeMounts/0/mountPath"), r#""/kaniko/.docker""#, "/spec/workspaces/0/mountPath"),
            (&at("/1/name"), r#""unnamed-1""#, "/spec/steps/1/name"),
            (&at("/1/image"), r#""base:1""#, "/spec/stepTemplate/image"),
            (&at("/1/command/0"), r#""bash""#, "/spec/steps/1/script/0"),
            (&at("/1/args/0"), r##""#!/usr/bin/env bash\ndocker push a/b:1""##, "/spec/steps/1/script"),
            (&at("/2/image"), r#""docker:dind""#, "/spec/sidecars/0/image"),
            ("/template/spec/volumes/0", r#"{"name":"workspace-docker"}"#, "/spec/workspaces/0"),
            ("/template/spec/volumes/1/emptyDir", "{}", "/spec/volumes/0/emptyDir"),
            ("/template/spec/imagePullSecrets", "", ""),
            ("/template/spec/serviceAccountName", "", ""),
        ],
    );
}

#[test]
fn a_run_brings_values_workspaces_and_its_account() {
    let run = r#"{"spec":{"serviceAccountName":"ci","params":[{"name":"p","value":"v1"}],
      "workspaces":[{"name":"creds","secret":{"secretName":"s","items":[]}}],
      "pipelineSpec":{"params":[{"name":"p","default":"no"},{"name":"q","default":"d"}],
        "tasks":[{"name":"one","params":[{"name":"image","value":"r/$(params.p):$(params.q)"}],"workspaces":[{"name":"docker","workspace":"creds"}],
                  "taskSpec":{"params":[{"name":"image","default":"never"}],"workspaces":[{"name":"docker"}],"steps":[{"name":"s","image":"$(params.image)"}]}}]},
      "taskRunSpecs":[{"pipelineTaskName":"one","serviceAccountName":"own"}]}}"#;
    let sketches = sketches("tekton.dev", "PipelineRun", run);
    shows(
        &sketches[0],
        &[
            ("/template/spec/containers/0/image", r#""r/v1:d""#, "/spec/pipelineSpec/tasks/0/taskSpec/steps/0/image"),
            ("/template/spec/serviceAccountName", r#""own""#, "/spec/taskRunSpecs/0/serviceAccountName"),
            ("/template/spec/volumes/0/secret/secretName", r#""s""#, "/spec/workspaces/0/secret/secretName"),
            ("/template/spec/imagePullSecrets", "", "/spec/taskRunTemplate/podTemplate/imagePullSecrets"),
        ],
    );
}

#[test]
fn a_known_task_is_judged_by_what_the_run_gives_it() {
    let run = r#"{"spec":{"taskRef":{"name":"skopeo-copy"},"params":[{"name":"destTLSverify","value":"false"},{"name":"destImageURL","value":"docker://a/b"}]}}"#;
    let sketches = sketches("tekton.dev", "TaskRun", run);
    shows(
        &sketches[0],
        &[
            ("/template/spec/containers/0/args", r#"["copy","--dest-tls-verify=false","docker://a/b"]"#, ""),
            ("/template/spec/containers/0/args/1", r#""--dest-tls-verify=false""#, "/spec/params/0/value"),
            ("/template/spec/containers/0/args/2", r#""docker://a/b""#, "/spec/params/1/value"),
            ("/template/spec/serviceAccountName", "", "/spec/serviceAccountName"),
        ],
    );
}

#[test]
fn a_workflow_becomes_a_pod_for_each_template_with_containers() {
    let workflow = r#"{"spec":{"imagePullSecrets":[{"name":"p"}],"volumes":[{"name":"v"}],
      "arguments":{"parameters":[{"name":"tag","value":"7"}]},
      "templates":[{"name":"steps","steps":[]},
        {"name":"a","inputs":{"parameters":[{"name":"x","default":"y"}]},"container":{"image":"i:{{workflow.parameters.tag}}","args":["{{ inputs.parameters.x }}","{{item}}"]},"sidecars":[{"name":"s","image":"j"}]},
        {"name":"b","script":{"image":"k","source":"docker login"},"serviceAccountName":"own","podSpecPatch":"{\"containers\":[{\"name\":\"main\",\"image\":\"patched\"}]}"}]}}"#;
    let sketches = sketches("argoproj.io", "Workflow", workflow);
    assert_eq!(sketches.len(), 2);
    shows(
        &sketches[0],
        &[
            ("/template/spec/containers/0/name", r#""a""#, "/spec/templates/1/container/name"),
            ("/template/spec/containers/0/image", r#""i:7""#, "/spec/templates/1/container/image"),
            ("/template/spec/containers/0/args", r#"["y","{{item}}"]"#, "/spec/templates/1/container/args"),
            ("/template/spec/containers/1/image", r#""j""#, "/spec/templates/1/sidecars/0/image"),
            ("/template/spec/imagePullSecrets/0/name", r#""p""#, "/spec/imagePullSecrets/0/name"),
            ("/template/spec/serviceAccountName", "", "/spec/serviceAccountName"),
        ],
    );
    shows(
        &sketches[1],
        &[
            ("/template/spec/containers/0/args/0", r#""docker login""#, "/spec/templates/2/script/source"),
            ("/template/spec/serviceAccountName", r#""own""#, "/spec/templates/2/serviceAccountName"),
            ("/template/spec/containers/1/image", r#""patched""#, "/spec/templates/2/podSpecPatch"),
        ],
    );
}

#[test]
fn fields_of_other_kinds_become_arguments_and_variables() {
    let build = r#"{"spec":{"repository":{"push":"r.example","image":"/a/b","tag":"latest"}}}"#;
    let found = sketches("application.kubero.dev", "KuberoBuild", build);
    shows(
        &found[0],
        &[("/template/spec/containers/0/args/0", r#""--destination=r.example/a/b:latest""#, "/spec/repository/tag")],
    );
    let config = r#"{"spec":{"output":{"to":{"name":"a/b:1"},"pushSecret":{"name":"p"}},"strategy":{"dockerStrategy":{"env":[{"name":"T","value":"v"}]}}}}"#;
    let found = sketches("build.openshift.io", "BuildConfig", config);
    shows(
        &found[0],
        &[
            ("/template/spec/containers/0/args/1", r#""docker://a/b:1""#, "/spec/output/to/name"),
            ("/template/spec/containers/0/env/0/value", r#""v""#, "/spec/strategy/dockerStrategy/env/0/value"),
        ],
    );
}

#[test]
fn parameters_that_refer_to_each_other_end() {
    let task = r#"{"spec":{"params":[{"name":"a","default":"$(params.b)$(params.b)"},{"name":"b","default":"$(params.a)$(params.a)"}],
      "steps":[{"image":"$(params.a)","args":["$(params.a[*])","$(params.","$(params[)","{{inputs.parameters.a}}","{{"]}]}}"#;
    let found = sketches("tekton.dev", "Task", task);
    shows(
        &found[0],
        &[
            ("/template/spec/containers/0/image", r#""$(params.b)$(params.b)""#, "/spec/steps/0/image"),
            ("/template/spec/containers/0/args/0", r#""$(params.a[*])""#, "/spec/steps/0/args/0"),
            ("/template/spec/containers/0/args/1", r#""$(params.""#, "/spec/steps/0/args/1"),
        ],
    );
}

#[test]
fn ten_thousand_steps_take_linear_time() {
    let step =
        r#"{"name":"s","image":"$(params.a)","env":[{"name":"X","value":"$(params.a)"}],"script":"echo $(params.a)"}"#;
    let time = |count: usize| {
        let task = format!(
            r#"{{"spec":{{"params":[{{"name":"a","default":"v"}}],"steps":[{}]}}}}"#,
            vec![step; count].join(",")
        );
        let start = std::time::Instant::now();
        let found = sketches("tekton.dev", "Task", &task);
        assert_eq!(
            found[0].1.of(&format!("/template/spec/containers/{}/image", count - 1)).unwrap(),
            format!("/spec/steps/{}/image", count - 1)
        );
        start.elapsed()
    };
    // The best of several: others use the machine too.
    let best = |count: usize| (0..4).map(|_| time(count)).min().unwrap();
    let (small, large) = (best(1_000), best(10_000));
    assert!(large < small * 40, "{small:?} {large:?}");
}

/// A list of that many elements, made from a template in which `#` is the number.
fn many(count: usize, template: &str) -> String {
    let elements: Vec<String> = (0..count).map(|i| template.replace('#', &i.to_string())).collect();
    format!("[{}]", elements.join(","))
}

/// Sketches everything in an object; the bytes of all sketches, and what is left of the bytes to share.
fn all(group: &str, kind: &str, object: &str) -> (usize, usize) {
    let document = Document::parse(object.as_bytes()).unwrap();
    let mut out = Findings::new(document.root());
    let (mut bytes, mut left) = (0, MAX_SHARED);
    for place in places(document.root(), of(GroupKind { group, kind }).unwrap(), &mut out) {
        let Some(sketch) = sketch(document.root(), place, left) else { continue };
        let (text, _, still) = sketch.finish();
        left = still;
        if left == 0 {
            break;
        }
        bytes += text.len();
    }
    (bytes, left)
}

#[test]
fn what_descriptions_share_is_bounded() {
    let task = r#"{"name":"t#","taskSpec":{"steps":[{"name":"s","image":"i:$(params.p#)"}]}}"#;
    let param = r##"{"name":"p#","default":"value-#"}"##;
    let arg = r##""$(params.p#)""##;
    let whole = r#""$(params.l[*])""#;
    let long = "x".repeat(100_000);
    let template = r#"{"name":"t#","container":{"image":"i:#"}}"#;
    let volume = r##"{"name":"v#","secret":{"secretName":"secret-number-#"}}"##;
    let entry = r#"{"pipelineTaskName":"t#","serviceAccountName":"a"}"#;
    let objects = [
        (
            "tekton.dev",
            "Task",
            format!(r#"{{"spec":{{"params":{},"steps":[{{"args":{}}}]}}}}"#, many(5_000, param), many(5_000, arg)),
            true,
        ),
        ("tekton.dev", "Pipeline", format!(r#"{{"spec":{{"tasks":{}}}}}"#, many(1_500, task)), true),
        (
            "tekton.dev",
            "Pipeline",
            format!(r#"{{"spec":{{"params":{},"tasks":{}}}}}"#, many(1_500, param), many(1_500, task)),
            false,
        ),
        (
            "tekton.dev",
            "PipelineRun",
            format!(
                r#"{{"spec":{{"taskRunSpecs":{},"pipelineSpec":{{"tasks":{}}}}}}}"#,
                many(1_500, entry),
                many(1_500, task)
            ),
            false,
        ),
        (
            "tekton.dev",
            "Task",
            format!(
                r#"{{"spec":{{"params":[{{"name":"l","default":{}}}],"steps":[{{"args":{}}}]}}}}"#,
                many(5_000, arg),
                many(5_000, whole)
            ),
            false,
        ),
        (
            "tekton.dev",
            "Task",
            format!(
                r#"{{"spec":{{"params":[{{"name":"p0","default":"{long}"}}],"steps":[{{"args":{}}}]}}}}"#,
                many(5_000, r#""$(params.p0)""#)
            ),
            false,
        ),
        (
            "tekton.dev",
            "Task",
            format!(
                r#"{{"spec":{{"stepTemplate":{{"env":{}}},"steps":{}}}}}"#,
                many(5_000, r#"{"name":"E#"}"#),
                many(5_000, r#"{"image":"i"}"#)
            ),
            false,
        ),
        (
            "tekton.dev",
            "Task",
            format!(
                r#"{{"spec":{{"workspaces":{},"steps":{}}}}}"#,
                many(500, r#"{"name":"w#"}"#),
                many(5_000, r#"{"image":"i"}"#)
            ),
            false,
        ),
        ("argoproj.io", "Workflow", format!(r#"{{"spec":{{"templates":{}}}}}"#, many(1_500, template)), true),
        // One patch of everything, once for each template.
        (
            "argoproj.io",
            "Workflow",
            format!(r#"{{"spec":{{"podSpecPatch":"nodeName: {long}","templates":{}}}}}"#, many(1_500, template)),
            false,
        ),
        // As many patched containers as there are to lay them over.
        (
            "argoproj.io",
            "Workflow",
            format!(
                r#"{{"spec":{{"templates":[{{"name":"t","container":{{"image":"i"}},"sidecars":{},"podSpecPatch":"containers:{}"}}]}}}}"#,
                many(5_000, r#"{"name":"s#","image":"i"}"#),
                r"\n- {name: s4999, args: [a]}".repeat(5_000)
            ),
            true,
        ),
        (
            "tekton.dev",
            "TaskRun",
            format!(
                r#"{{"spec":{{"podTemplate":{{"env":{}}},"taskSpec":{{"steps":{}}}}}}}"#,
                many(5_000, r#"{"name":"E#"}"#),
                many(5_000, r#"{"image":"i"}"#)
            ),
            false,
        ),
        (
            "tekton.dev",
            "Task",
            format!(
                r#"{{"spec":{{"workspaces":{},"steps":{}}}}}"#,
                many(64, r#"{"name":"w#"}"#),
                many(
                    2_000,
                    &format!(r#"{{"image":"i","workspaces":{}}}"#, many(64, r#"{"name":"w##"}"#).replace("##", "63"))
                )
            ),
            true,
        ),
        (
            "argoproj.io",
            "Workflow",
            format!(r#"{{"spec":{{"volumes":{},"templates":{}}}}}"#, many(1_000, volume), many(1_500, template)),
            false,
        ),
        (
            "argoproj.io",
            "Workflow",
            format!(
                r#"{{"spec":{{"imagePullSecrets":{},"templates":{}}}}}"#,
                many(1_000, r#"{"name":"pull-secret-#"}"#),
                many(1_500, template)
            ),
            false,
        ),
        (
            "argoproj.io",
            "Workflow",
            format!(r#"{{"metadata":{{"labels":{{"a":"{long}"}}}},"spec":{{"templates":{}}}}}"#, many(1_500, template)),
            false,
        ),
    ];
    for (i, (group, kind, object, fits)) in objects.into_iter().enumerate() {
        let start = std::time::Instant::now();
        let (bytes, left) = all(group, kind, &object);
        assert_eq!(left > 0, fits, "{i}: {kind}, {left} left");
        assert!(bytes <= 3 * MAX_SHARED, "{i}: {kind}, {bytes} bytes");
        let time = start.elapsed();
        assert!(time.as_secs() < 10, "{i}: {kind}, {time:?}");
        println!("{i} {kind} {} bytes: {time:?}, {bytes} sketched, {left} left", object.len());
    }
}

#[test]
fn more_descriptions_than_are_judged_are_told() {
    let object = format!(r#"{{"spec":{{"templates":{}}}}}"#, many(MAX_UNITS + 1, r#"{"suspend":{}}"#));
    let document = Document::parse(object.as_bytes()).unwrap();
    let mut out = Findings::new(document.root());
    let found = places(document.root(), of(GroupKind { group: "argoproj.io", kind: "Workflow" }).unwrap(), &mut out);
    assert_eq!(found.len(), MAX_UNITS);
    let told = out.into_list();
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].pointer, "/spec");
}

#[test]
fn mends_into_a_missing_map_become_one() {
    let document = Document::parse(br#"{"spec":{"a":1}}"#).unwrap();
    let pulls = "/spec/taskRunTemplate/podTemplate/imagePullSecrets";
    let mut edits = [
        Edit::append(pulls, r#"{"name":"p"}"#),
        Edit::set("/spec/taskRunTemplate/serviceAccountName", r#""ci""#),
        Edit::append(pulls, r#"{"name":"p"}"#),
        Edit::append(pulls, r#"{"name":"q"}"#),
        Edit::set("/spec/a", "2"),
        Edit::add("/spec/b", "3"),
        // Not what the one before wants: a conflict.
        Edit::set("/spec/taskRunTemplate/serviceAccountName", r#""other""#),
    ];
    make(document.root(), &mut edits);
    let whole = r#"{"podTemplate":{"imagePullSecrets":[{"name":"p"},{"name":"q"}]},"serviceAccountName":"ci"}"#;
    for edit in edits.iter().take(4) {
        assert_eq!(*edit, Edit::add("/spec/taskRunTemplate", whole));
    }
    assert_eq!(edits[4], Edit::set("/spec/a", "2"));
    assert_eq!(edits[5], Edit::add("/spec/b", "3"));
    assert!(crate::edit::apply(document.root(), &edits[..6]).is_ok());
    assert!(crate::edit::apply(document.root(), &edits).is_err());
}

#[test]
fn what_cannot_be_read_is_told() {
    let argo = "argoproj.io";
    for (group, kind, object, place) in [
        ("tekton.dev", "Task", r#"{"metadata":{}}"#, "/spec"),
        ("tekton.dev", "Task", r#"{"spec":[]}"#, "/spec"),
        ("tekton.dev", "Task", r#"{"spec":{"steps":{"a":1}}}"#, "/spec/steps"),
        ("tekton.dev", "Task", r#"{"spec":{"steps":[7]}}"#, "/spec/steps/0"),
        ("tekton.dev", "Pipeline", r#"{"spec":{"tasks":{"a":1}}}"#, "/spec/tasks"),
        ("tekton.dev", "PipelineRun", r#"{"spec":{"pipelineSpec":"x"}}"#, "/spec/pipelineSpec"),
        (argo, "Workflow", r#"{"spec":{"templates":7}}"#, "/spec/templates"),
        (argo, "Workflow", r#"{"spec":{"templates":[{"podSpecPatch":{}}]}}"#, "/spec/templates/0/podSpecPatch"),
        (argo, "CronWorkflow", r#"{"spec":{"workflowSpec":[]}}"#, "/spec/workflowSpec"),
        (argo, "Rollout", r#"{"spec":{"template":"x"}}"#, "/spec/template"),
        (
            "actions.github.com",
            "EphemeralRunnerSet",
            r#"{"spec":{"ephemeralRunnerSpec":1}}"#,
            "/spec/ephemeralRunnerSpec",
        ),
        ("actions.summerwind.dev", "Runner", r#"{"spec":{"containers":{}}}"#, "/spec/containers"),
        ("jobset.x-k8s.io", "JobSet", r#"{"spec":{"replicatedJobs":[[]]}}"#, "/spec/replicatedJobs/0"),
        ("serving.knative.dev", "Revision", r#"{}"#, "/spec"),
        ("keda.sh", "ScaledJob", r#"{"spec":{"jobTargetRef":[]}}"#, "/spec/jobTargetRef"),
        ("apps.openshift.io", "DeploymentConfig", r#"{"spec":{"template":[]}}"#, "/spec/template"),
        ("shipwright.io", "Build", r#"{"spec":{"output":{"image":[]}}}"#, "/spec/output/image"),
        ("kpack.io", "Image", r#"{"spec":{"tag":1}}"#, "/spec/tag"),
        ("application.kubero.dev", "KuberoApp", r#"{"spec":{"image":[],"envVars":[]}}"#, "/spec/image"),
    ] {
        let document = Document::parse(object.as_bytes()).unwrap();
        let mut out = Findings::new(document.root());
        places(document.root(), of(GroupKind { group, kind }).unwrap(), &mut out);
        let told: Vec<String> = out.into_list().into_iter().map(|finding| finding.pointer).collect();
        assert_eq!(told, [place], "{kind} {object}");
    }
}

#[test]
fn variables_of_a_run_stand_behind_those_of_its_steps() {
    let run = r#"{"spec":{"podTemplate":{"env":[{"name":"HOME","value":"/h"}],"hostUsers":false,"volumes":[{"name":"all"}]},
      "taskRunTemplate":{"podTemplate":{"env":[{"name":"A","value":"1"}],"volumes":[{"name":"all"}],"hostUsers":false}},
      "pipelineSpec":{"tasks":[{"name":"one","taskSpec":{"steps":[{"name":"s","env":[{"name":"A","value":"0"}]}],"sidecars":[{"name":"c"}]}}]},
      "taskRunSpecs":[{"pipelineTaskName":"one","podTemplate":{"env":[{"name":"A","value":"2"}],"volumes":[{"name":"one"}]}}]}}"#;
    let found = sketches("tekton.dev", "PipelineRun", run);
    let of_all = "/spec/taskRunTemplate/podTemplate";
    let of_one = "/spec/taskRunSpecs/0/podTemplate";
    shows(
        &found[0],
        &[
            (
                "/template/spec/containers/0/env",
                r#"[{"name":"A","value":"0"},{"name":"A","value":"1"},{"name":"A","value":"2"}]"#,
                "/spec/pipelineSpec/tasks/0/taskSpec/steps/0/env",
            ),
            ("/template/spec/containers/0/env/1/value", r#""1""#, &format!("{of_all}/env/0/value")),
            ("/template/spec/containers/0/env/2/value", r#""2""#, &format!("{of_one}/env/0/value")),
            ("/template/spec/containers/1/env", "", "/spec/pipelineSpec/tasks/0/taskSpec/sidecars/0/env"),
            ("/template/spec/hostUsers", "false", &format!("{of_all}/hostUsers")),
            ("/template/spec/volumes/0/name", r#""one""#, &format!("{of_one}/volumes/0/name")),
            ("/template/spec/volumes/1/name", r#""all""#, &format!("{of_all}/volumes/0/name")),
        ],
    );
}

#[test]
fn a_workspace_that_one_step_names_is_not_mounted_in_others() {
    let task = r#"{"spec":{"workspaces":[{"name":"a"},{"name":"b","mountPath":"/b"}],"steps":[
      {"name":"one","workspaces":[{"name":"b","mountPath":"/kaniko/.docker"},{"name":"unknown"}]},{"name":"two","workspaces":[{"name":"b"}]},{"name":"three"}],
      "sidecars":[{"name":"four"}]}}"#;
    let found = sketches("tekton.dev", "Task", task);
    let mounts = |container: usize| {
        let document = read(&found[0].0).unwrap();
        let list = document.root().at(&format!("/template/spec/containers/{container}/volumeMounts")).unwrap();
        let paths: Vec<String> =
            list.elements().map(|mount| mount.str("mountPath").unwrap_or_default().to_owned()).collect();
        paths.into_iter().filter(|path| !path.ends_with("/home") && path != "/root").collect::<Vec<_>>()
    };
    assert_eq!(mounts(0), ["/workspace/a", "/kaniko/.docker"]);
    assert_eq!(mounts(1), ["/workspace/a", "/b"]);
    assert_eq!(mounts(2), ["/workspace/a"]);
    assert_eq!(mounts(3), ["/workspace/a"]);
    shows(
        &found[0],
        &[(
            "/template/spec/containers/0/volumeMounts/3",
            "{\"name\":\"workspace-b\",\"mountPath\":\"/kaniko/.docker\"}",
            "/spec/steps/0/workspaces/0",
        )],
    );
}

#[test]
fn a_patch_is_laid_over_the_pod_whether_json_or_yaml() {
    let yaml = "containers:\n- name: main\n  securityContext: {privileged: true}\nserviceAccountName: own\nhostUsers: false\nvolumes:\n- name: s\n  hostPath: {path: /run/docker.sock}\nimagePullSecrets: [{name: q}]\n";
    let json = r#"{"containers":[{"name":"main","securityContext":{"privileged":true}}],"serviceAccountName":"own","hostUsers":false,"volumes":[{"name":"s","hostPath":{"path":"/run/docker.sock"}}],"imagePullSecrets":[{"name":"q"}]}"#;
    for patch in [yaml, json] {
        for whole in [true, false] {
            let text = serde_json::to_string(patch).unwrap();
            let of = |here: bool| if here { format!(r#","podSpecPatch":{text}"#) } else { String::new() };
            let workflow = format!(
                r#"{{"spec":{{"serviceAccountName":"no","imagePullSecrets":[{{"name":"p"}}],"templates":[{{"name":"t","container":{{"image":"i","args":["x"]}}{}}}]{}}}}}"#,
                of(!whole),
                of(whole)
            );
            let at = if whole { "/spec/podSpecPatch" } else { "/spec/templates/0/podSpecPatch" };
            let found = sketches("argoproj.io", "Workflow", &workflow);
            shows(
                &found[0],
                &[
                    ("/template/spec/containers/1/securityContext/privileged", "true", at),
                    ("/template/spec/containers/1/image", r#""i""#, ""),
                    ("/template/spec/containers/1/args", r#"["x"]"#, ""),
                    ("/template/spec/serviceAccountName", r#""own""#, at),
                    ("/template/spec/hostUsers", "false", at),
                    ("/template/spec/volumes/0/hostPath/path", r#""/run/docker.sock""#, at),
                    ("/template/spec/imagePullSecrets/1/name", r#""q""#, at),
                ],
            );
        }
    }
}

#[test]
fn a_patch_that_cannot_be_read_is_no_guess() {
    let workflow = r#"{"spec":{"templates":[{"name":"t","container":{"image":"i"},"podSpecPatch":"x: &a\nserviceAccountName: own\nhostUsers: true\nautomountServiceAccountToken: *a\ncontainers: [{name: main, image: j}]"}]}}"#;
    let found = sketches("argoproj.io", "Workflow", workflow);
    shows(
        &found[0],
        &[
            ("/template/spec/containers/1", "", ""),
            ("/template/spec/serviceAccountName", r#""{{podSpecPatch}}""#, ""),
            ("/template/spec/hostUsers", "false", ""),
            ("/template/spec/automountServiceAccountToken", "false", ""),
        ],
    );
}

#[test]
fn the_pods_of_gitlab_runner() {
    let runner = r#"{"spec":{"runnerImage":"r:1","buildImage":"b:1","helperImage":"h:1","podSpec":[
      {"name":"a","patch":"containers:\n- name: runner\n  securityContext: {privileged: true}\n","patchType":"strategic"},
      {"name":"b","patch":"[{\"op\":\"add\"}]","patchType":"json"}]}}"#;
    let found = sketches("apps.gitlab.com", "Runner", runner);
    shows(
        &found[0],
        &[
            ("/template/spec/containers/0/image", r#""r:1""#, "/spec/runnerImage"),
            ("/template/spec/containers/1/securityContext/privileged", "true", "/spec/podSpec/0/patch"),
            ("/template/spec/serviceAccountName", r#""{{serviceaccount}}""#, ""),
        ],
    );
    shows(
        &found[1],
        &[
            ("/template/spec/containers/1/image", r#""b:1""#, "/spec/buildImage"),
            ("/template/spec/containers/2/image", r#""h:1""#, "/spec/helperImage"),
            ("/template/spec/imagePullSecrets/0/name", r#""{{config}}""#, ""),
        ],
    );
}

#[test]
fn images_of_kubero_and_kpack() {
    let app = r#"{"spec":{"deploymentstrategy":"docker","imagePullSecrets":[{"name":"p"}],"image":{"repository":"r.example/a","tag":"1"}}}"#;
    shows(
        &sketches("application.kubero.dev", "KuberoApp", app)[0],
        &[
            ("/template/spec/containers/1/image", r#""r.example/a:1""#, "/spec/image/tag"),
            ("/template/spec/imagePullSecrets/0/name", r#""p""#, "/spec/imagePullSecrets/0/name"),
        ],
    );
    let built = app.replace("docker", "git");
    shows(&sketches("application.kubero.dev", "KuberoApp", &built)[0], &[("/template/spec/containers/1", "", "")]);
    for (tag, image) in [("r.example:1/a/b:latest", "r.example:1/a/b"), ("r.example:1/a/b", "r.example:1/a/b")] {
        let kpack = format!(r#"{{"apiVersion":"kpack.io/v1alpha2","spec":{{"tag":"{tag}"}}}}"#);
        shows(
            &sketches("kpack.io", "Image", &kpack)[0],
            &[("/template/spec/containers/0/args/0", &format!("\"--destination={image}:{{{{build}}}}\""), "/spec/tag")],
        );
    }
}

#[test]
fn pull_secrets_of_a_patch_stand_behind_those_of_the_workflow() {
    let of = |spec: &str, patch: &str| {
        let workflow = format!(
            r#"{{"spec":{{{spec}"templates":[{{"name":"t","container":{{"image":"i"}},"podSpecPatch":{}}}]}}}}"#,
            serde_json::to_string(patch).unwrap()
        );
        sketches("argoproj.io", "Workflow", &workflow).remove(0)
    };
    let at = "/spec/templates/0/podSpecPatch";
    let list = "/template/spec/imagePullSecrets";
    let own = r#""arguments":{"parameters":[{"name":"p","value":"filled"}]},"imagePullSecrets":[{"name":"{{workflow.parameters.p}}"}],"#;
    let read = "imagePullSecrets:\n- name: a\n- {}\n";
    shows(
        &of("", read),
        &[
            (&format!("{list}/0/name"), r#""a""#, at),
            (&format!("{list}/1/name"), r#""""#, at),
            (list, r#"[{"name":"a"},{"name":""}]"#, at),
        ],
    );
    shows(
        &of(own, read),
        &[
            (&format!("{list}/0/name"), r#""filled""#, "/spec/imagePullSecrets/0/name"),
            (&format!("{list}/1/name"), r#""a""#, at),
        ],
    );
    // What is only guessed brings no finding.
    shows(&of("", "imagePullSecrets: [&x {name: a}]"), &[(&format!("{list}/0/name"), r#""a""#, "")]);
}
