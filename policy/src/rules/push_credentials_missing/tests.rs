//! Tests of `push-credentials-missing`, through the whole policy.

use crate::knowledge::testing::{Judged, judge};

const SETTINGS: &str = r#"{"registries":[
    {"registry":"harbor.example","push":{"secret":"harbor-push"}},
    {"registry":"other.example","push":{"secret":"other-push"}},
    {"registry":"registry.svc:5000","push":{"secret":"harbor-push"}},
    {"registry":"open.example","pull":{"anonymous":true}},
    {"registry":"plain.example","plainHttp":true}]}"#;

fn judged(spec: &str) -> Judged {
    judge("push-credentials-missing", SETTINGS, spec)
}

fn pod(container: &str, more: &str) -> Vec<String> {
    judged(&format!(r#"{{"containers":[{container}]{more}}}"#)).findings
}

/// A kaniko that pushes to a registry, with more members.
fn kaniko(destination: &str, more: &str) -> String {
    format!(
        r#"{{"name":"c","image":"gcr.io/kaniko-project/executor:v1","args":["--destination={destination}"]{more}}}"#
    )
}

fn script(text: &str) -> String {
    let text = regwarden_sdk::json::write::string(text);
    format!(r#"{{"name":"c","image":"docker.io/library/docker:27","command":["sh","-c",{text}]}}"#)
}

const FOUND: &[&str] = &["warn /spec/containers/0"];

#[test]
fn what_needs_credentials() {
    for image in ["a/b:1", "ghcr.io/a/b:1", "gcr.io/$PROJECT/b:1", "gcr.io/a/b:1", "8.8.8.8/a:1"] {
        assert_eq!(pod(&kaniko(image, ""), ""), FOUND, "{image}");
    }
    for image in [
        "$IMAGE",
        "<registry>/a",
        "localhost:5000/a:1",
        "10.1.2.3/a:1",
        "registry:5000/a:1",
        "r.ci.svc:80/a:1",
        "open.example/a:1",
        "plain.example/a:1",
    ] {
        assert!(pod(&kaniko(image, ""), "").is_empty(), "{image}");
    }
    assert_eq!(pod(&script("docker build -t a/b:1 . && docker push a/b:1"), ""), FOUND);
    for silent in ["docker login -u x && docker push a/b:1", "docker --config /x push a/b:1", "docker build -t a/b:1 ."]
    {
        assert!(pod(&script(silent), "").is_empty(), "{silent}");
    }
}

#[test]
fn every_sign_of_credentials() {
    for more in [
        r#","env":[{"name":"DOCKER_CONFIG","value":"/x"}]"#,
        r#","env":[{"name":"AWS_ROLE_ARN","value":"x"}]"#,
        r#","env":[{"name":"ANY","valueFrom":{"secretKeyRef":{"name":"s","key":"k"}}}]"#,
        r#","envFrom":[{"secretRef":{"name":"s"}}]"#,
        r#","volumeMounts":[{"name":"s","mountPath":"/secret"}]"#,
        r#","volumeMounts":[{"name":"e","mountPath":"/kaniko/.docker"}]"#,
        r#","volumeMounts":[{"name":"e","mountPath":"/kaniko/"}]"#,
        r#","volumeMounts":[{"name":"e","mountPath":"/kaniko/.docker/config.json","subPath":"x"}]"#,
        r#","volumeMounts":[{"name":"p","mountPath":"/var/run/secrets/tokens"}]"#,
    ] {
        let volumes = r#","volumes":[{"name":"s","secret":{"secretName":"s"}},{"name":"e","emptyDir":{}},{"name":"p","projected":{"sources":[{"serviceAccountToken":{"path":"t"}}]}}]"#;
        assert!(pod(&kaniko("a/b:1", more), volumes).is_empty(), "{more}");
    }
    for more in [
        r#","env":[{"name":"GIT_TOKEN","valueFrom":{"secretKeyRef":{"name":"s","key":"k"}}}]"#,
        r#","env":[{"name":"DOCKER_CONFIG","value":""}]"#,
        r#","env":[{"name":"CI_COMMIT_AUTHOR","value":"x"}]"#,
        r#","volumeMounts":[{"name":"e","mountPath":"/workspace"}]"#,
        r#","volumeMounts":[{"name":"p","mountPath":"/var/run/secrets/kubernetes.io/serviceaccount"}]"#,
    ] {
        let volumes = r#","volumes":[{"name":"e","emptyDir":{}},{"name":"p","projected":{"sources":[{"serviceAccountToken":{"path":"t"}}]}}]"#;
        assert_eq!(pod(&kaniko("a/b:1", more), volumes), FOUND, "{more}");
    }
    // A ServiceAccount has rights in its own cloud only.
    let account = r#","serviceAccountName":"builder""#;
    assert!(pod(&kaniko("europe-docker.pkg.dev/p/r/a:1", ""), account).is_empty());
    assert!(pod(&kaniko("1.dkr.ecr.eu-west-1.amazonaws.com/a:1", ""), account).is_empty());
    assert_eq!(pod(&kaniko("ghcr.io/a/b:1", ""), account), FOUND);
    assert_eq!(pod(&kaniko("gcr.io/a/b:1", ""), r#","serviceAccountName":"default""#), FOUND);
}

#[test]
fn what_counts_for_the_whole_pod() {
    let steps = |mounts: &str| {
        format!(
            r#"{{"initContainers":[{{"name":"credential-initializer","image":"tekton/init:1","volumeMounts":[{mounts}]}}],"containers":[{}],"volumes":[{{"name":"s","secret":{{"secretName":"s"}}}}]}}"#,
            kaniko("ghcr.io/a/b:1", "")
        )
    };
    assert!(judged(&steps(r#"{"name":"s","mountPath":"/tekton/creds-secrets/s"}"#)).findings.is_empty());
    assert_eq!(judged(&steps(r#"{"name":"s","mountPath":"/ssh"}"#)).findings, FOUND);
    // Tekton's own arguments in front of the step's.
    let step = r#"{"name":"step-push","image":"gcr.io/kaniko-project/executor:v1","command":["/tekton/bin/entrypoint"],"args":["ARG","-entrypoint","/kaniko/executor","--","--destination=ghcr.io/a/b:1"]}"#;
    assert!(pod(&step.replace("ARG", "-docker-config=regcred"), "").is_empty());
    assert_eq!(pod(&step.replace("ARG", "-results="), ""), FOUND);
}

#[test]
fn plugins() {
    let step = |env: &str| {
        format!(
            r#"{{"name":"c","image":"woodpeckerci/plugin-docker-buildx:5","env":[{{"name":"PLUGIN_REPO","value":"harbor.example/a"}}{env}]}}"#
        )
    };
    assert_eq!(pod(&step(""), ""), FOUND);
    for env in [
        r#",{"name":"PLUGIN_PASSWORD","valueFrom":{"secretKeyRef":{"name":"s","key":"k"}}}"#,
        r#",{"name":"PLUGIN_CONFIG","value":"x"}"#,
        r#",{"name":"DOCKER_PASSWORD","value":"x"}"#,
        r#",{"name":"PLUGIN_DRY_RUN","value":"true"}"#,
    ] {
        assert!(pod(&step(env), "").is_empty(), "{env}");
    }
    // Another plugin's repository may be one of anything.
    for env in ["", r#",{"name":"PLUGIN_TAGS","value":"latest"}"#] {
        assert!(pod(&step(env).replace("plugin-docker-buildx", "plugin-release"), "").is_empty(), "{env}");
    }
}

#[test]
fn mends_where_it_is_certain() {
    let mended = ["warn /spec/containers/0 mended"];
    assert_eq!(pod(&kaniko("harbor.example/a:1", ""), ""), mended);
    assert_eq!(pod(&kaniko("registry.svc:5000/a:1", ""), ""), mended);
    for (container, more) in [
        // Another Secret for the other registry, or none.
        (kaniko(r#"harbor.example/a:1","--destination=other.example/a:1"#, ""), ""),
        (kaniko(r#"harbor.example/a:1","--destination=ghcr.io/a/b:1"#, ""), ""),
        // Not certain what is run, or where it looks.
        (
            kaniko("harbor.example/a:1", "")
                .replace("kaniko-project/executor", "own/image")
                .replace("\"args\":[", "\"args\":[\"--context=x\","),
            "",
        ),
        (script("docker push harbor.example/a:1").replace("docker.io/library/docker:27", "alpine:3"), ""),
        // Something lies below the directory.
        (
            kaniko("harbor.example/a:1", r#","volumeMounts":[{"name":"e","mountPath":"/kaniko/.docker/contexts"}]"#),
            r#","volumes":[{"name":"e","emptyDir":{}}]"#,
        ),
    ] {
        assert_eq!(pod(&container, more), FOUND, "{container}");
    }
    // A registry that is open beside the one that is not.
    assert_eq!(pod(&kaniko(r#"localhost:5000/a:1","--destination=harbor.example/a:1"#, ""), ""), mended);
}

#[test]
fn one_volume_for_each_secret() {
    let both = format!(
        r#"{{"initContainers":[{}],"containers":[{},{}],"volumes":[{{"name":"regwarden-push","emptyDir":{{}}}}]}}"#,
        kaniko("harbor.example/a:1", ""),
        kaniko("harbor.example/b:1", ""),
        kaniko("other.example/b:1", "")
    );
    let judged = judged(&both);
    assert_eq!(judged.findings.len(), 3);
    assert!(judged.findings.iter().all(|finding| finding.ends_with(" mended")), "{:?}", judged.findings);
    let volumes: Vec<&String> = judged.edits.iter().filter(|edit| edit.contains("secretName")).collect();
    assert_eq!(volumes.len(), 2, "{:?}", judged.edits);
    assert!(volumes.iter().any(|edit| edit.contains("regwarden-push-2") && edit.contains("harbor-push")));
    assert!(volumes.iter().any(|edit| edit.contains("regwarden-push-3") && edit.contains("other-push")));
    // The volume of an earlier mend is used again.
    let again = format!(
        r#"{{"containers":[{}],"volumes":[{{"name":"regwarden-push","secret":{{"secretName":"harbor-push","items":[{{"key":".dockerconfigjson","path":"config.json"}}]}}}}]}}"#,
        kaniko("harbor.example/a:1", "")
    );
    let again = super::tests::judged(&again);
    assert_eq!(again.findings, ["warn /spec/containers/0 mended"]);
    assert!(again.edits.iter().all(|edit| !edit.contains("secretName")));
}

#[test]
fn secrets_without_a_name() {
    let mounted = |path: &str| {
        pod(
            &kaniko("localhost/a:1", &format!(r#","volumeMounts":[{{"name":"d","mountPath":"{path}"}}]"#)),
            r#","volumes":[{"name":"d","secret":{"secretName":""}}]"#,
        )
    };
    assert_eq!(mounted("/kaniko/.docker/"), ["warn /spec/volumes/0/secret/secretName"]);
    assert!(mounted("/tls").is_empty());
    let env = r#","env":[{"name":"TOKEN","valueFrom":{"secretKeyRef":{"name":"","key":"k"}}}]"#;
    assert_eq!(pod(&kaniko("ghcr.io/a/b:1", env), ""), ["warn /spec/containers/0/env/0/valueFrom/secretKeyRef/name"]);
    assert_eq!(
        pod(&kaniko("ghcr.io/a/b:1", r#","envFrom":[{"secretRef":{}}]"#), ""),
        ["warn /spec/containers/0/envFrom/0/secretRef/name"]
    );
}
