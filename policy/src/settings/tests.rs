//! Tests of the settings: every mistake at once, each with its path and what to do.

use regwarden_sdk::cluster::NoCluster;
use regwarden_sdk::ops::{Operation, call};

/// The answer of `validate_settings`, as text.
fn validate(settings: &str) -> String {
    String::from_utf8(call::<crate::Regwarden>(Operation::ValidateSettings, settings.as_bytes(), &NoCluster)).unwrap()
}

fn mistakes(settings: &str) -> Vec<String> {
    let answer = validate(settings);
    let message = answer.strip_prefix(r#"{"valid":false,"message":""#).unwrap_or_else(|| panic!("{answer}"));
    message.strip_suffix("\"}").unwrap().split("\\n").map(str::to_owned).collect()
}

#[test]
fn the_documented_example_is_valid() {
    let settings = r#"{
      "profile": "recommended", "mutate": true,
      "registries": [{"registry": "harbor.corp.example:30002", "pull": {"secret": "harbor-pull"}, "push": {"secret": "harbor-push"}, "plainHttp": false}],
      "pipelines": [{"name": "payments", "selector": {"namespaces": ["ci-payments*"], "labels": {"team": "payments"}},
                     "registries": [{"registry": "harbor.corp.example:30002", "pull": {"secret": "payments-pull"}}]}],
      "scope": {"engines": ["any"], "excludeNamespaces": ["kube-system"]},
      "rules": {"plaintext-credential": {"level": "enforce", "options": {"allowNames": ["JENKINS_SECRET"]}}}
    }"#;
    assert_eq!(validate(settings), r#"{"valid":true}"#);
    assert_eq!(validate("{}"), r#"{"valid":true}"#);
}

#[test]
fn every_mistake_is_told_at_once() {
    let found = mistakes(
        r#"{"registires": [], "profile": "strikt", "mutate": "yes",
            "rules": {"pull-secret-mising": {}, "plaintext-credential": {"level": "deny", "options": {"allowName": []}}},
            "scope": {"engines": ["jenkins", "circle"]}}"#,
    );
    let expected = [
        "registires: unknown key; did you mean `registries`",
        "profile: must be one of minimal, recommended, strict; did you mean `strict`",
        "mutate: must be true or false, not a string",
        "scope.engines[1]: must be one of any, jenkins",
        "rules.pull-secret-mising: unknown key; did you mean `pull-secret-missing`",
        "rules.plaintext-credential.level: must be one of off, audit, warn, enforce",
        "rules.plaintext-credential.options.allowName: unknown key; did you mean `allowNames`",
    ];
    assert_eq!(found.len(), expected.len(), "{found:#?}");
    for (found, expected) in found.iter().zip(expected) {
        assert!(found.starts_with(expected), "{found}\n{expected}");
    }
}

#[test]
fn contradictions_are_mistakes() {
    let found = mistakes(
        r#"{"registries": [
              {"registry": "a.example", "pull": {}},
              {"registry": "https://a.example/", "pull": {"secret": "s", "anonymous": true}},
              {"registry": "", "push": {"secret": "Bad_Name"}},
              {"registry": "b.example:port", "pull": {"secret": ""}}],
            "pipelines": [{"name": "all", "selector": {}}, {"name": "all", "selector": {"namespaces": ["", "a[b"]}}],
            "scope": {"engines": [], "excludeNamespaces": ["["]}}"#,
    );
    for expected in [
        "registries[0].pull: give exactly one",
        "registries[1].registry: another entry has this registry",
        "registries[1].pull: give exactly one",
        "registries[2].registry: ",
        "registries[2].push.secret: this is no name that a Secret can have",
        "registries[3].registry: ",
        "registries[3].pull.secret: this is no name",
        "pipelines[1]: never reached: pipeline `all` before it selects every Pod",
        "pipelines[1].name: another pipeline has this name",
        "pipelines[1].selector.namespaces[0]: this pattern can never match",
        "pipelines[1].selector.namespaces[1]: this pattern can never match",
        "scope.excludeNamespaces[0]: this pattern can never match",
        "scope.engines: an empty list judges nothing",
    ] {
        assert!(found.iter().any(|line| line.starts_with(expected)), "{expected}\n{found:#?}");
    }
    assert_eq!(found.len(), 13, "{found:#?}");
}

#[test]
fn a_user_with_a_template_language_in_a_key_gets_it_on_one_line() {
    let found = mistakes("{\"a\\nb`c\":1}");
    assert_eq!(found.len(), 1);
    assert!(found.first().is_some_and(|line| line.starts_with("a·b·c: unknown key")), "{found:?}");
}
