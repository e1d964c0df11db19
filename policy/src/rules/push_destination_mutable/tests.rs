//! Tests of `push-destination-mutable`, through the whole policy.

use crate::knowledge::testing::{Judged, judge};

fn judged(container: &str) -> Judged {
    judge("push-destination-mutable", r#"{"profile":"strict"}"#, &format!(r#"{{"containers":[{container}]}}"#))
}

fn kaniko(args: &str) -> Vec<String> {
    judged(&format!(r#"{{"name":"c","image":"gcr.io/kaniko-project/executor:v1.23.2","args":[{args}]}}"#)).findings
}

fn env(image: &str, vars: &[(&str, &str)]) -> Vec<String> {
    let vars: Vec<String> =
        vars.iter().map(|(name, value)| format!(r#"{{"name":"{name}","value":"{value}"}}"#)).collect();
    judged(&format!(r#"{{"name":"c","image":"{image}","env":[{}]}}"#, vars.join(","))).findings
}

#[test]
fn what_moves() {
    for image in [
        "r.example/a",
        "r.example/a:latest",
        "localhost:5000/a",
        "a",
        "docker.io/a/b",
        "$REGISTRY/a:latest",
        "$(params.image):latest",
        "gcr.io/$PROJECT/a",
    ] {
        assert_eq!(kaniko(&format!(r#""--destination={image}""#)), ["warn /spec/containers/0/args/0"], "{image}");
    }
    for image in [
        "r.example/a:1",
        "r.example/a:latest-alpine",
        "r.example/a:$TAG",
        "$IMAGE",
        "$(params.image)",
        "{{inputs.image}}",
        "<destination>",
        "<user-name>/<repo>",
        "docker.io/${IMAGE}",
        "r.example/a@sha256:0123456789012345678901234567890123456789012345678901234567890123",
        "r.example/a:latest@sha256:0123456789012345678901234567890123456789012345678901234567890123",
        "$A/b@sha256:0123456789012345678901234567890123456789012345678901234567890123",
        "r.example/a:UP/b",
    ] {
        assert!(kaniko(&format!(r#""--destination={image}""#)).is_empty(), "{image}");
    }
}

#[test]
fn every_destination_is_one() {
    assert_eq!(
        kaniko(r#""-d","a","-d","a:1","--destination=b:latest""#),
        ["warn /spec/containers/0/args/1", "warn /spec/containers/0/args/4"]
    );
    let both =
        judged(r#"{"name":"c","image":"gcr.io/kaniko-project/executor:v1","args":["-d","a:1","-d","a:latest"]}"#);
    assert!(both.words.contains("leave it out; `a:1`"), "{}", both.words);
    assert!(kaniko(r#""-d","a","--no-push""#).is_empty());
    let script = judged(
        r#"{"name":"c","image":"alpine:3","command":["sh","-c","docker build -t a . && docker push a && docker push b && docker push a"]}"#,
    );
    assert_eq!(script.findings.len(), 3);
    assert!(script.findings.iter().all(|finding| finding == "warn /spec/containers/0/command/2"));
}

#[test]
fn settings_of_plugins() {
    let buildx = "woodpeckerci/plugin-docker-buildx:5";
    let tags = |tags| env(buildx, &[("PLUGIN_REPO", "a/b,c/d"), ("PLUGIN_TAGS", tags)]);
    assert_eq!(tags("latest"), ["warn /spec/containers/0/env/1/value"]);
    assert_eq!(tags("1.2, latest"), ["warn /spec/containers/0/env/1/value"]);
    assert!(tags("1.2,dev,${CI_COMMIT_SHA}").is_empty());
    assert_eq!(env(buildx, &[("PLUGIN_REPO", "a/b")]), ["warn /spec/containers/0/env/0/value"]);
    assert!(env(buildx, &[("PLUGIN_REPO", "a/b"), ("PLUGIN_AUTO_TAG", "true"), ("PLUGIN_TAGS", "latest")]).is_empty());
    assert!(env(buildx, &[("PLUGIN_REPO", "a/b"), ("PLUGIN_DRY_RUN", "true")]).is_empty());
    assert!(env("octocat/release:1", &[("PLUGIN_REPO", "a/b")]).is_empty());
    assert!(env("octocat/release:1", &[("PLUGIN_TAGS", "latest")]).is_empty());
}

#[test]
fn there_is_an_end_to_it() {
    let args: Vec<String> = (0..1000).map(|i| format!(r#""-d","a{i}""#)).collect();
    assert_eq!(kaniko(&args.join(",")).len(), 64);
}
