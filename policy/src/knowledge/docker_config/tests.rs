//! Tests of the places where tools read.

use regwarden_sdk::finding::Findings;
use regwarden_sdk::json::Document;

use super::*;

/// Where the tool in a container with these fields (JSON members without braces) reads.
fn files(container: &str) -> Option<(Vec<String>, bool)> {
    let text = format!(r#"{{"spec":{{"containers":[{{{container}}}]}}}}"#);
    let document = Document::parse(text.as_bytes()).unwrap();
    let mut out = Findings::new(document.root());
    let pod = PodView::read(document.root(), &[], &mut out).unwrap();
    let container = pod.containers().next().unwrap();
    let builder = builders::of(container).unwrap();
    reads(builder, container, pod).map(|reads| (reads.files, reads.sure))
}

fn first(container: &str) -> Option<String> {
    files(container)?.0.into_iter().next()
}

#[test]
fn each_tool_has_its_place() {
    for (container, expected) in [
        (r#""image":"gcr.io/kaniko-project/executor:v1.23.2""#, Some("/kaniko/.docker/config.json")),
        (r#""image":"mirror.example/gcr.io/kaniko-project/executor:debug""#, Some("/kaniko/.docker/config.json")),
        (r#""image":"harbor.example:30002/ci/kaniko-executor:debug""#, Some("/kaniko/.docker/config.json")),
        (
            r#""image":"gcr.io/kaniko-project/executor","env":[{"name":"DOCKER_CONFIG","value":"/tekton/home/.docker/"}]"#,
            Some("/tekton/home/.docker/config.json"),
        ),
        (
            r#""image":"gcr.io/kaniko-project/executor","env":[{"name":"DOCKER_CONFIG","valueFrom":{"configMapKeyRef":{"name":"a","key":"b"}}}]"#,
            None,
        ),
        (
            r#""image":"gcr.io/kaniko-project/executor","env":[{"name":"DOCKER_CONFIG","value":"$(HOME)/.docker"}]"#,
            None,
        ),
        (r#""image":"gcr.io/kaniko-project/executor","args":["--kaniko-dir=/k"]"#, Some("/k/.docker/config.json")),
        (r#""image":"gcr.io/kaniko-project/executor","args":["--kaniko-dir","/k"]"#, Some("/k/.docker/config.json")),
        (r#""image":"ghcr.io/osscontainertools/kaniko:v1.25-slim""#, None),
        (r#""image":"quay.io/buildah/stable""#, Some("/root/.docker/config.json")),
        (r#""image":"quay.io/buildah/stable","env":[{"name":"REGISTRY_AUTH_FILE","value":"/a/f"}]"#, Some("/a/f")),
        (r#""image":"quay.io/skopeo/stable","args":["copy","--authfile=/x","a","b"]"#, None),
        (r#""image":"moby/buildkit:rootless""#, Some("/home/user/.docker/config.json")),
        (r#""image":"moby/buildkit","securityContext":{"runAsUser":1000}"#, None),
        (r#""image":"moby/buildkit","env":[{"name":"HOME","value":"/h"}]"#, Some("/h/.docker/config.json")),
        (r#""image":"docker:27-cli""#, Some("/root/.docker/config.json")),
        (r#""image":"gcr.io/go-containerregistry/crane:debug""#, None),
    ] {
        assert_eq!(first(container).as_deref(), expected, "{container}");
    }
}

#[test]
fn buildah_looks_in_a_list_unless_one_file_is_named() {
    let (all, sure) = files(r#""image":"quay.io/buildah/stable""#).unwrap();
    assert_eq!(
        all,
        [
            "/root/.docker/config.json",
            "/run/containers/0/auth.json",
            "/root/.config/containers/auth.json",
            "/root/.dockercfg"
        ]
    );
    assert!(sure);
    let (one, _) = files(r#""image":"quay.io/buildah/stable","env":[{"name":"DOCKER_CONFIG","value":"/d"}]"#).unwrap();
    assert_eq!(one, ["/d/config.json"]);
}

#[test]
fn an_old_kaniko_is_not_sure() {
    for (tag, sure) in
        [("v1.6.0-debug", false), ("debug-v0.19.0", false), ("v1.8.0", true), ("debug", true), ("v1.23.2-debug", true)]
    {
        let (files, found) = files(&format!(r#""image":"gcr.io/kaniko-project/executor:{tag}""#)).unwrap();
        assert_eq!((found, files.len()), (sure, if sure { 1 } else { 2 }), "{tag}");
    }
}

#[test]
fn a_tool_is_known_by_its_program_too_but_not_by_a_name() {
    let known = |container: &str| {
        let text = format!(r#"{{"spec":{{"containers":[{{{container}}}]}}}}"#);
        let document = Document::parse(text.as_bytes()).unwrap();
        let mut out = Findings::new(document.root());
        let pod = PodView::read(document.root(), &[], &mut out).unwrap();
        pod.containers().next().and_then(builders::of).map(|builder| builder.name)
    };
    assert_eq!(known(r#""name":"kaniko","image":"ubuntu""#), None);
    assert_eq!(known(r#""image":"alpine","command":["/kaniko/executor"]"#), Some("kaniko"));
    assert_eq!(known(r#""image":"alpine","command":["executor"]"#), None);
    assert_eq!(known(r#""image":"alpine","command":["sh","-ec","set -x; cd /src && buildah bud ."]"#), Some("buildah"));
    assert_eq!(known(r#""image":"alpine","command":["sh","-c","echo buildah"]"#), None);
    assert_eq!(known(r#""image":"alpine","args":["skopeo","copy"]"#), Some("skopeo"));
    let script = r#""image":"alpine","command":["sh","-ce","/kaniko/executor --no-push"]"#;
    assert_eq!(known(script), Some("kaniko"));
}

#[test]
fn paths_are_compared_without_noise() {
    assert_eq!(normal("//kaniko/./.docker/"), "/kaniko/.docker");
    assert_eq!(normal("/"), "");
    assert_eq!(directory("/a/b"), "/a");
}
