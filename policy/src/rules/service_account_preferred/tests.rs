//! Tests of `service-account-preferred` with a cluster that answers.

use regwarden_sdk::cluster::InMemory;

use crate::knowledge::testing::{self, account, judge_object};

const SETTINGS: &str = r#"{"cluster": "names", "registries": [{"registry": "harbor.example", "pull": {"serviceAccount": true}}, {"registry": "quay.io", "pull": {"secret": "quay-pull"}}],
    "rules": {"service-account-preferred": {"level": "enforce"}}}"#;

fn cluster() -> InMemory {
    testing::cluster(&[account("builder", &["harbor-pull", "other"]), account("default", &["everybody"])])
}

/// What the rule finds in a Pod that went through the API server and lists these.
fn pod(account: &str, secrets: &[&str]) -> Vec<String> {
    let list: Vec<String> = secrets.iter().map(|name| format!(r#"{{"name":"{name}"}}"#)).collect();
    let object = format!(
        r#"{{"apiVersion":"v1","kind":"Pod","metadata":{{"name":"p"}},"spec":{{"serviceAccountName":"{account}","serviceAccount":"{account}",
            "imagePullSecrets":[{}],"containers":[{{"name":"a","image":"harbor.example/a:1"}},{{"name":"b","image":"quay.io/a/b:1"}}]}}}}"#,
        list.join(",")
    );
    judge_object(&cluster(), "service-account-preferred", SETTINGS, &object).findings
}

#[test]
fn the_account_tells_which_entries_are_its_own() {
    assert!(pod("builder", &["harbor-pull", "other", "quay-pull"]).is_empty());
    assert!(pod("builder", &["harbor-pull", "quay-pull", ""]).is_empty());
    assert_eq!(pod("builder", &["harbor-pull", "mine", "quay-pull"]), ["enforce /spec/imagePullSecrets"]);
    assert_eq!(pod("default", &["harbor-pull", "quay-pull"]), ["enforce /spec/imagePullSecrets"]);
    // An account that is not there says nothing about where the list is from.
    assert!(pod("gone", &["harbor-pull", "quay-pull"]).is_empty());
}

#[test]
fn what_pull_secret_missing_carries_over_is_the_accounts() {
    let object = r#"{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d"},"spec":{"template":{"spec":{"serviceAccountName":"builder",
        "containers":[{"name":"a","image":"harbor.example/a:1"},{"name":"b","image":"quay.io/a/b:1"}]}}}}"#;
    let judged = judge_object(&cluster(), "service-account-preferred", SETTINGS, object);
    assert!(judged.findings.is_empty());
    assert_eq!(judged.edits, [r#"[{"name":"harbor-pull"},{"name":"other"},{"name":"quay-pull"}]"#]);
}
