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
    let settings = r#"{
      "allowOnlyListed": true, "serviceAccount": "ci-jobs",
      "registries": [{"registry": "docker.io", "mirror": "harbor.corp.example:30002/hub"},
                     {"registry": "harbor.corp.example:30002", "mirror": "harbor.corp.example:30002/proxy", "cache": {"repository": "harbor.corp.example:30002/cache/layers", "ttl": "1h30m0.5s"}},
                     {"registry": "*.gcr.io", "mirror": "localhost:5000"}],
      "pipelines": [{"name": "agents", "serviceAccount": "jenkins.agent", "selector": {"names": ["agent-*", "build.[0-9]*"], "containers": ["jnlp", "kaniko-?"]}}]
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

#[test]
fn what_could_never_be_used_is_a_mistake() {
    let found = mistakes(
        r#"{"serviceAccount": "CI",
            "registries": [
              {"registry": "a.example", "mirror": "a.example"},
              {"registry": "b.example/hub/team", "mirror": "b.example/hub"},
              {"registry": "b.example", "mirror": "b.example/hub"},
              {"registry": "e.example", "mirror": "harbor/hub"},
              {"registry": "f.example", "mirror": "https://m.example"},
              {"registry": "g.example", "mirror": "*.m.example"},
              {"registry": "h.example", "mirror": "m.example/"},
              {"registry": "i.example", "mirror": "", "cache": {"repository": "m.example/cache:1", "ttl": "2 weeks"}},
              {"registry": "j.example", "cache": {"repository": "M/Cache", "ttl": "h"}},
              {"registry": "k.example", "cache": {"ttl": "1h"}},
              {"registry": "n.example", "mirror": "m.example/a:1"}],
            "pipelines": [
              {"name": "p", "selector": {"names": ["Agent-*", "a/b", ""], "containers": ["a.b", "x_*", "[A-z]\\A"]}, "serviceAccount": ""}]}"#,
    );
    let expected = [
        "registries[9].cache.repository: is required",
        "registries[0].mirror: never used",
        "registries[1].mirror: never used",
        "registries[3].mirror: images cannot be pulled from this",
        "registries[4].mirror: images cannot be pulled from this",
        "registries[5].mirror: images cannot be pulled from this",
        "registries[6].mirror: images cannot be pulled from this",
        "registries[7].mirror: images cannot be pulled from this",
        "registries[7].cache.repository: this is no repository",
        "registries[7].cache.ttl: this is no duration",
        "registries[8].cache.repository: this is no repository",
        "registries[8].cache.ttl: this is no duration",
        "registries[9].mirror: images cannot be pulled from this",
        "serviceAccount: this is no name that a ServiceAccount can have",
        "pipelines[0].selector.names[0]: this pattern can never match the name of an object",
        "pipelines[0].selector.names[1]: this pattern can never match",
        "pipelines[0].selector.names[2]: this pattern can never match",
        "pipelines[0].selector.containers[0]: this pattern can never match the name of a container",
        "pipelines[0].selector.containers[1]: this pattern can never match",
        "pipelines[0].selector.containers[2]: this pattern can never match",
        "pipelines[0].serviceAccount: this is no name that a ServiceAccount can have",
    ];
    assert_eq!(found.len(), expected.len(), "{found:#?}");
    for (found, expected) in found.iter().zip(expected) {
        assert!(found.starts_with(expected), "{found}\n{expected}");
    }
}

#[test]
fn a_thousand_registries_are_reviewed_at_once() {
    let entries: Vec<String> =
        (0..1_000).map(|i| format!(r#"{{"registry":"r{}.example","mirror":"m.example/{i}"}}"#, i % 999)).collect();
    let found = mistakes(&format!(r#"{{"registries":[{}]}}"#, entries.join(",")));
    assert_eq!(
        found,
        ["registries[999].registry: another entry has this registry; put what you know about it into one"]
    );
}
