//! Tests of `plugin-env-unmapped`, through the whole policy.

use crate::knowledge::testing::{Judged, judge};

const SECRET: &str = r#""valueFrom":{"secretKeyRef":{"name":"aws","key":"k","optional":true}}"#;

/// Judges one step of a Woodpecker Pod.
fn step(image: &str, rest: &str) -> Judged {
    judge("plugin-env-unmapped", "{}", &format!(r#"{{"containers":[{{"name":"wp","image":"{image}",{rest}}}]}}"#))
}

fn secret(name: &str) -> String {
    format!(r#"{{"name":"{name}",{SECRET}}}"#)
}

fn env(vars: &[String]) -> String {
    format!(r#""env":[{}]"#, vars.join(","))
}

#[test]
fn a_name_that_is_not_read_is_mended_from_the_same_key() {
    let judged = step("woodpeckerci/plugin-docker-buildx:5", &env(&[secret("CI_X"), secret("AWS_ACCESS_KEY_ID")]));
    assert_eq!(judged.findings, ["enforce /spec/containers/0/env/1 mended"]);
    assert_eq!(judged.edits, [format!(r#"{{"name":"PLUGIN_AWS_ACCESS_KEY_ID",{SECRET}}}"#)]);
}

#[test]
fn every_image_name_and_letter_case() {
    for (image, name, target) in [
        ("woodpeckerci/plugin-docker-buildx", "aws_secret_access_key", "PLUGIN_AWS_SECRET_ACCESS_KEY"),
        ("codeberg.org/woodpecker-plugins/docker-buildx:latest", "PASSWORD", "PLUGIN_PASSWORD"),
        ("harbor.corp.example/mirror/woodpeckerci/plugin-kaniko:1", "DOCKER_PASSWORD", "PLUGIN_PASSWORD"),
        ("docker.io/plugins/docker:latest", "password", "PLUGIN_PASSWORD"),
        ("plugins/kaniko", "USERNAME", "PLUGIN_USERNAME"),
        ("plugins/ecr", "SECRET_KEY", "PLUGIN_SECRET_KEY"),
        ("plugins/gcr", "JSON_KEY", "PLUGIN_JSON_KEY"),
    ] {
        let judged = step(image, &env(&[secret(name)]));
        assert_eq!(judged.findings, ["enforce /spec/containers/0/env/0 mended"], "{image}");
        assert_eq!(judged.edits, [format!(r#"{{"name":"{target}",{SECRET}}}"#)], "{image}");
    }
}

#[test]
fn names_that_may_be_right() {
    let buildx = "woodpeckerci/plugin-docker-buildx:5";
    let literal = |name: &str, value: &str| format!(r#"{{"name":"{name}","value":"{value}"}}"#);
    for (image, rest) in [
        (buildx, env(&[secret("DOCKER_PASSWORD"), secret("PLUGIN_PASSWORD"), secret("NPM_TOKEN")])),
        (buildx, env(&[secret("AWS_ACCESS_KEY_ID"), secret("PLUGIN_AWS_ACCESS_KEY_ID")])),
        (buildx, env(&[secret("AWS_ACCESS_KEY_ID"), literal("PLUGIN_BUILD_ARGS_FROM_ENV", "A,AWS_ACCESS_KEY_ID")])),
        (buildx, env(&[literal("AWS_ACCESS_KEY_ID", "x")])),
        (buildx, format!(r#""command":["/bin/sh","-c","x"],{}"#, env(&[secret("AWS_ACCESS_KEY_ID")]))),
        ("alpine", env(&[secret("AWS_ACCESS_KEY_ID")])),
        ("plugins/ecr", env(&[secret("AWS_ACCESS_KEY_ID")])),
        ("woodpeckerci/plugin-kaniko", env(&[secret("AWS_ACCESS_KEY_ID")])),
        ("woodpeckerci/plugin-docker-buildx-extra", env(&[secret("AWS_ACCESS_KEY_ID")])),
        ("drone/placeholder:1", env(&[secret("PASSWORD")])),
    ] {
        assert!(step(image, &rest).findings.is_empty(), "{image} {rest}");
    }
}

#[test]
fn two_names_for_one_variable_are_one_finding() {
    let judged =
        step("woodpeckerci/plugin-docker-buildx", &env(&[secret("AWS_ACCESS_KEY_ID"), secret("aws_access_key_id")]));
    assert_eq!(judged.findings.len(), 1);
    assert_eq!(judged.edits.len(), 1);
}

#[test]
fn whole_secrets_warn_where_nothing_else_feeds_the_plugin() {
    let from = |entry: &str, vars: &[String]| format!(r#""envFrom":[{entry}],{}"#, env(vars));
    let buildx = "woodpeckerci/plugin-docker-buildx";
    let region = r#"{"name":"PLUGIN_AWS_REGION","value":"eu-west-1"}"#.to_owned();
    let whole = r#"{"secretRef":{"name":"aws"}}"#;
    assert_eq!(step(buildx, &from(whole, &[region])).findings, ["warn /spec/containers/0/envFrom/0"]);
    assert!(step(buildx, &from(whole, &[])).edits.is_empty());
    assert!(step(buildx, &from(whole, &[secret("PLUGIN_PASSWORD")])).findings.is_empty());
    assert!(step(buildx, &from(r#"{"prefix":"PLUGIN_","secretRef":{"name":"aws"}}"#, &[])).findings.is_empty());
    assert!(step(buildx, &from(r#"{"configMapRef":{"name":"aws"}}"#, &[])).findings.is_empty());
    assert!(
        step(buildx, &from(whole, &[r#"{"name":"PLUGIN_DRY_RUN","value":"true"}"#.to_owned()])).findings.is_empty()
    );
    assert!(step("plugins/ecr", &from(whole, &[])).findings.is_empty());
    assert!(step("alpine", &from(whole, &[])).findings.is_empty());
}
