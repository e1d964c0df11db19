//! Tests of `service-account-pull-secret`, through the whole policy.

use crate::knowledge::testing::judge_object;
use regwarden_sdk::cluster::NoCluster;

const GLOBAL: &str = r#""registries":[
    {"registry":"harbor.corp.example","pull":{"secret":"harbor-pull"}},
    {"registry":"ghcr.io","pull":{"secret":"ghcr-pull"}},
    {"registry":"quay.io","pull":{"serviceAccount":true}},
    {"registry":"docker.io","pull":{"secret":"hub-pull"},"mirror":"harbor.corp.example/hub"},
    {"registry":"registry.k8s.io","pull":{"anonymous":true}}]"#;

/// The secrets that are appended to the account `builder` in the namespace `ci`.
fn appended(settings: &str, account: &str) -> Vec<String> {
    let object = format!(r#"{{"apiVersion":"v1","kind":"ServiceAccount","metadata":{{"name":"builder"}}{account}}}"#);
    let settings = format!(r#"{{{GLOBAL},{settings}}}"#);
    let judged = judge_object(&NoCluster, "service-account-pull-secret", &settings, &object);
    let mended = judged.findings.iter().filter(|finding| *finding == "warn /imagePullSecrets mended").count();
    assert_eq!(mended, judged.findings.len(), "{:?}", judged.findings);
    let names: Vec<_> = judged.edits.iter().flat_map(|edit| edit.split("\"name\":\"").skip(1)).collect();
    assert_eq!(mended, names.len(), "{:?}", judged.edits);
    names.iter().map(|name| name.split('"').next().unwrap().to_owned()).collect()
}

#[test]
fn every_account_that_the_settings_name() {
    let own = r#""registries":[{"registry":"ghcr.io","pull":{"secret":"team-pull"}}]"#;
    for (settings, expected) in [
        (r#""serviceAccount":"builder""#, &["ghcr-pull", "harbor-pull"][..]),
        (r#""serviceAccount":"other""#, &[]),
        (r#""mutate":true"#, &[]),
        // The pipeline's own secret takes the place of the global one.
        (
            &format!(
                r#""pipelines":[{{"name":"p","selector":{{"namespaces":["c*"]}},"serviceAccount":"builder",{own}}}]"#
            ),
            &["team-pull", "harbor-pull"],
        ),
        (
            &format!(
                r#""serviceAccount":"builder","pipelines":[{{"name":"p","selector":{{"namespaces":["ci"]}},{own}}}]"#
            ),
            &["team-pull", "harbor-pull"],
        ),
        // It has another account.
        (
            &format!(
                r#""serviceAccount":"builder","pipelines":[{{"name":"p","selector":{{"namespaces":["ci"]}},"serviceAccount":"x",{own}}}]"#
            ),
            &[],
        ),
        // Its Pods are some of the namespace's; the others run under the account of all.
        (
            &format!(
                r#""serviceAccount":"builder","pipelines":[{{"name":"p","selector":{{"namespaces":["ci"],"labels":{{"a":"b"}}}},{own}}}]"#
            ),
            &["team-pull", "harbor-pull", "ghcr-pull"],
        ),
        // Another namespace.
        (
            &format!(
                r#""pipelines":[{{"name":"p","selector":{{"namespaces":["dev"]}},"serviceAccount":"builder",{own}}}]"#
            ),
            &[],
        ),
        // Every Pod of every namespace.
        (
            &format!(r#""pipelines":[{{"name":"p","selector":{{}},"serviceAccount":"builder",{own}}}]"#),
            &["team-pull", "harbor-pull"],
        ),
        // Any namespace: what is the pipeline's own may be needed elsewhere.
        (
            &format!(
                r#""pipelines":[{{"name":"p","selector":{{"labels":{{"a":"b"}}}},"serviceAccount":"builder",{own}}}]"#
            ),
            &["harbor-pull"],
        ),
    ] {
        assert_eq!(appended(settings, ""), expected, "{settings}");
    }
}

#[test]
fn what_is_listed_or_will_be() {
    let settings = r#""serviceAccount":"builder""#;
    for (list, expected) in [
        (r#","imagePullSecrets":null"#, &["ghcr-pull", "harbor-pull"][..]),
        (r#","imagePullSecrets":[]"#, &["ghcr-pull", "harbor-pull"]),
        (r#","imagePullSecrets":[{"name":"harbor-pull"},{}]"#, &["ghcr-pull"]),
        (r#","imagePullSecrets":[{"name":"ghcr-pull"},{"name":"harbor-pull"}]"#, &[]),
        (r#","secrets":[{"name":"ghcr-pull"},{"name":"harbor-pull"}]"#, &["ghcr-pull", "harbor-pull"]),
        (r#","imagePullSecrets":[{"name":"{{ pullSecret }}"}]"#, &[]),
    ] {
        assert_eq!(appended(settings, list), expected, "{list}");
    }
}
