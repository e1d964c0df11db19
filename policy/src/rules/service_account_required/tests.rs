//! Tests of `service-account-required` together with rules that ask under which account the Pod will run.

use crate::knowledge::testing::{account, cluster, judge, judge_object};

const SETTINGS: &str = r#"{"cluster": "names", "serviceAccount": "builder", "registries": [{"registry": "quay.io", "pull": {"secret": "quay-pull"}}]"#;

#[test]
fn the_secrets_of_the_account_that_is_set_are_carried_over() {
    let cluster = cluster(&[account("builder", &["of-builder"]), account("default", &["of-default"])]);
    let object = r#"{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d"},"spec":{"template":{"spec":{"containers":[{"name":"b","image":"quay.io/a/b:1"}]}}}}"#;
    for (rules, secrets) in [
        ("{}", r#"[{"name":"of-builder"},{"name":"quay-pull"}]"#),
        (r#"{"service-account-required":{"mend":false}}"#, r#"[{"name":"of-default"},{"name":"quay-pull"}]"#),
        (r#"{"service-account-required":{"level":"off"}}"#, r#"[{"name":"of-default"},{"name":"quay-pull"}]"#),
    ] {
        let settings = format!(r#"{SETTINGS}, "rules": {rules}}}"#);
        let judged = judge_object(&cluster, "service-account-required", &settings, object);
        assert!(judged.edits.iter().any(|edit| edit == secrets), "{rules} {:?}", judged.edits);
    }
}

#[test]
fn only_a_token_secret_of_an_account_hinders() {
    for (volume, mended) in [
        (r#"{"secret":{"secretName":"deployer-token-x7k2p"}}"#, ""),
        (r#"{"projected":{"sources":[{"secret":{"name":"deployer-token-x7k2p"}}]}}"#, ""),
        (r#"{"secret":{"secretName":"npm-token"}}"#, " mended"),
        (r#"{"secret":{"secretName":"ü"}}"#, " mended"),
        (r#"{"projected":{"sources":[{"serviceAccountToken":{"path":"token"}}]}}"#, " mended"),
    ] {
        let spec = format!(r#"{{"serviceAccountName":"deployer","volumes":[{volume}],"containers":[]}}"#);
        let judged = judge("service-account-required", &format!("{SETTINGS}}}"), &spec);
        assert_eq!(judged.findings, [format!("audit /spec/serviceAccountName{mended}")], "{volume}");
    }
}

#[test]
fn the_message_says_who_wants_it() {
    let pipeline = r#"{"serviceAccount":"general","pipelines":[{"name":"a","selector":{"labels":{"x":"y"}},"serviceAccount":"never"},{"name":"b","selector":{"containers":["m?in"]},"serviceAccount":"own"}]}"#;
    let judged = judge("service-account-required", pipeline, r#"{"containers":[{"name":"main","image":"a:1"}]}"#);
    assert!(
        judged.words.contains("the Pod runs under ServiceAccount `default`, and pipeline `b` runs under `own`"),
        "{}",
        judged.words
    );
    let judged = judge("service-account-required", pipeline, r#"{"containers":[{"name":"other","image":"a:1"}]}"#);
    assert!(judged.words.contains("and the settings have it run under `general`"), "{}", judged.words);
}
