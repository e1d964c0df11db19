//! Tests of `privileged-builder`, through the whole policy.

use crate::knowledge::testing::judge;

/// Findings for one privileged container with these fields, and the remedies.
fn judged(fields: &str) -> (Vec<String>, String) {
    let spec = format!(r#"{{"containers":[{{"name":"c",{fields},"securityContext":{{"privileged":true}}}}]}}"#);
    let judged = judge("privileged-builder", "{}", &spec);
    (judged.findings, judged.words)
}

fn image(image: &str) -> String {
    format!(r#""image":"{image}""#)
}

const SURE: &str = "warn /spec/containers/0/securityContext/privileged";

#[test]
fn builders_by_image_with_the_remedy_for_each() {
    for (name, remedy) in [
        ("gcr.io/kaniko-project/executor:v1.23.2-debug", "kaniko runs as root"),
        ("woodpeckerci/plugin-kaniko:2", "kaniko runs as root"),
        ("plugins/kaniko-gcr:1", "kaniko runs as root"),
        ("quay.io/buildah/stable:v1.40", "BUILDAH_ISOLATION=chroot"),
        ("quay.io/podman/stable:v5", "hostUsers: false"),
        ("moby/buildkit:v0.25.1", "--oci-worker-no-process-sandbox"),
        ("docker:27-dind", "moby/buildkit:rootless"),
        ("registry--docker.corp.example/docker:dind", "moby/buildkit:rootless"),
        ("cruizba/ubuntu-dind:noble-27", "moby/buildkit:rootless"),
        ("corp.example/docker-in-docker:1", "moby/buildkit:rootless"),
        ("earthly/earthly:v0.8.16", "EARTHLY_BUILDKIT_HOST"),
        ("docker:27-cli", "only a docker daemon needs it"),
        ("docker:$(params.version)", "where only the docker client runs"),
        ("woodpeckerci/plugin-docker-buildx:5", "remote builders"),
        ("plugins/docker:20", "plugins/kaniko"),
        ("quay.io/skopeo/stable:v1", "only talks to registries"),
        ("buildpacksio/lifecycle:0.20", "builder image's own user"),
        ("quay.io/openshift/source-to-image:1.4", "--as-dockerfile"),
    ] {
        let (findings, words) = judged(&image(name));
        assert_eq!(findings, [SURE], "{name}");
        assert!(words.contains(remedy), "{name}: {words}");
    }
}

#[test]
fn daemons_and_builders_by_what_is_run() {
    for fields in [
        r#""image":"corp.example/ci:1","command":["dockerd","--host=tcp://127.0.0.1:2375"]"#,
        r#""image":"corp.example/ci:1","args":["sudo","dockerd"]"#,
        r#""image":"corp.example/ci:1","command":["sh","-c"],"args":["set -e; dockerd & docker build ."]"#,
        r#""image":"corp.example/ci:1","command":["sh","-c","exec buildkitd"]"#,
        r#""image":"paketobuildpacks/builder:base","command":["/cnb/lifecycle/creator"]"#,
        r#""image":"corp.example/ci:1","command":["sh","-c","buildah bud -t x ."]"#,
        r#""image":"corp.example/e2e:1","env":[{"name":"DOCKER_IN_DOCKER_ENABLED","value":"true"}]"#,
        r#""image":"summerwind/actions-runner:1","env":[{"name":"DOCKERD_IN_RUNNER","value":"true"}]"#,
    ] {
        assert_eq!(judged(fields).0, [SURE], "{fields}");
    }
}

#[test]
fn near_misses() {
    for fields in [
        r#""image":"corp.example/kaniko-like:1""#,
        r#""image":"corp.example/ci:1","command":["sh","-c","modprobe fuse; skopeo inspect docker://a.example/b"]"#,
        r#""image":"corp.example/ci:1","command":["sh","-c","pkill dockerd; echo dockerd"]"#,
        r#""image":"corp.example/docker-registry:2""#,
        r#""image":"corp.example/dindigul:1""#,
        r#""image":"drone/placeholder:1","env":[{"name":"PLUGIN_REPO","value":"a/b"}]"#,
        r#""image":"corp.example/ci:1","env":[{"name":"DOCKER_TLS_CERTDIR","value":""},{"name":"DOCKER_HOST","value":"tcp://dind:2375"}]"#,
    ] {
        assert!(judged(fields).0.is_empty(), "{fields}");
    }
    for spec in [
        r#"{"hostUsers":false,"containers":[{"name":"c","image":"docker:dind","securityContext":{"privileged":true}}]}"#,
        r#"{"containers":[{"name":"c","image":"docker:dind","securityContext":{"privileged":false}}]}"#,
        r#"{"securityContext":{"privileged":true},"containers":[{"name":"c","image":"docker:dind"}]}"#,
    ] {
        assert!(judge("privileged-builder", "{}", spec).findings.is_empty(), "{spec}");
    }
}

#[test]
fn what_may_need_it_only_warns() {
    let strict = r#"{"profile":"strict"}"#;
    for image in
        ["docker:dind-rootless", "moby/buildkit:rootless", "corp.example/buildkit-rootless/buildkit:1-rootless"]
    {
        let spec =
            format!(r#"{{"containers":[{{"name":"c","image":"{image}","securityContext":{{"privileged":true}}}}]}}"#);
        assert_eq!(judge("privileged-builder", strict, &spec).findings, [SURE], "{image}");
    }
    let guess = r#"{"containers":[{"name":"c","image":"corp.example/ci:1","env":[{"name":"DOCKER_TLS_CERTDIR","value":""}],"securityContext":{"privileged":true}}]}"#;
    assert_eq!(judge("privileged-builder", strict, guess).findings, [SURE]);
}
