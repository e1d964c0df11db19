//! Tests with what looks like a real credential, put together at run time; everything else is in `tests/cases`.

use regwarden_sdk::cluster::NoCluster;
use regwarden_sdk::evaluate::{Evaluation, evaluate};
use regwarden_sdk::json::write;
use regwarden_sdk::settings::Level;

use crate::Regwarden;

/// Twelve characters that occur nowhere else, in front of enough others for every prefix.
const CORE: &str = "q7Zr2Kx9Wm4B";

fn token() -> String {
    ["gh", "p_", CORE, "h3Jt6Lp8Nc5Vd1Fy0GsEaUiO"].concat()
}

/// A Pod with some annotations and one container with these fields, judged.
fn judge(annotations: &str, container: &str) -> Evaluation {
    let object = format!(
        r#"{{"apiVersion":"v1","kind":"Pod","metadata":{{"name":"job","annotations":{{{annotations}}}}},"spec":{{"containers":[{{"name":"main","image":"tools:1",{container}}}]}}}}"#
    );
    let request = format!(
        r#"{{"request":{{"uid":"1","kind":{{"group":"","version":"v1","kind":"Pod"}},"namespace":"ci","operation":"CREATE","object":{object}}},"settings":{{}}}}"#
    );
    let mut evaluation = evaluate::<Regwarden>(request.as_bytes(), &NoCluster);
    // Notes for the audit of other rules are none of this one's.
    evaluation.findings.retain(|finding| finding.level > Level::Audit);
    evaluation
}

/// The one finding, as level, pointer and message; nothing that the policy says repeats the credential.
fn only(evaluation: Evaluation) -> (String, String, String) {
    assert!(!format!("{evaluation:?}").contains(CORE), "the credential is repeated");
    let [finding] = evaluation.findings.as_slice() else { panic!("{:?}", evaluation.findings) };
    assert_eq!(finding.rule, "plaintext-credential");
    (finding.level.word().to_owned(), finding.pointer.clone(), finding.message.clone())
}

fn strings(level: &str, pointer: &str, message: &str) -> (String, String, String) {
    (level.to_owned(), pointer.to_owned(), message.to_owned())
}

#[test]
fn a_token_in_a_variable_of_any_name() {
    let env = |name: &str, value: &str| {
        format!(r#""env":[{{"name":{},"value":{}}}]"#, write::string(name), write::string(value))
    };
    let place = "/spec/containers/0/env/0/value";
    assert_eq!(
        only(judge("", &env("COLOUR", &token()))),
        strings("enforce", place, "variable `COLOUR` holds a GitHub token in clear")
    );
    assert_eq!(
        only(judge("", &env("SCRIPT", &format!("set -e\nlogin -p '{}' reg\n", token())))),
        strings("enforce", place, "variable `SCRIPT` holds a GitHub token in clear")
    );
    let url = format!("https://{}:x-oauth-basic@git.corp.example/a.git", token());
    assert_eq!(only(judge("", &env("REMOTE", &url))).0, "enforce");
    // Somebody swapped the two; the name is not repeated.
    assert_eq!(
        only(judge("", &env(&token(), &token()))),
        strings("enforce", place, "a variable holds a GitHub token in clear")
    );
    assert_eq!(only(judge("", &env("RUNNER_TOKEN", &token()))).0, "warn");
    assert!(judge("", &env("JENKINS_SECRET", &token())).findings.is_empty());
}

#[test]
fn a_token_in_an_argument_even_of_a_flag() {
    for (args, index) in [
        (vec![token()], 0),
        (vec!["--password".to_owned(), token()], 1),
        (vec![format!("--password={}", token())], 0),
        (vec!["--build-arg".to_owned(), format!("NPM_TOKEN={}", token())], 1),
        (vec!["-c".to_owned(), format!("curl -H 'Authorization: Bearer {}' https://api.corp.example", token())], 1),
    ] {
        let list: Vec<String> = args.iter().map(|arg| write::string(arg)).collect();
        let found = only(judge("", &format!(r#""args":[{}]"#, list.join(","))));
        assert_eq!(
            found,
            strings(
                "enforce",
                &format!("/spec/containers/0/args/{index}"),
                "this argument holds a GitHub token in clear"
            )
        );
    }
}

#[test]
fn a_token_in_an_annotation_and_in_what_kubectl_keeps() {
    let quoted = write::string(&token());
    let place = "/metadata/annotations/corp.example~1note";
    let found = only(judge(&format!(r#""corp.example/note":{quoted}"#), r#""tty":true"#));
    assert_eq!(found, strings("enforce", place, "annotation `corp.example/note` holds a GitHub token in clear"));

    let kept = format!(
        r#""kubectl.kubernetes.io/last-applied-configuration":{}"#,
        write::string(&format!(r#"{{"spec":{{"x":{quoted}}}}}"#))
    );
    let found = only(judge(&kept, r#""tty":true"#));
    assert_eq!(
        (found.0.as_str(), found.1.as_str()),
        ("enforce", "/metadata/annotations/kubectl.kubernetes.io~1last-applied-configuration")
    );
    let found = only(judge(&kept, &format!(r#""env":[{{"name":"X","value":{quoted}}}]"#)));
    assert_eq!(found.1, "/spec/containers/0/env/0/value");
}

#[test]
fn values_of_the_wrong_type_are_no_credentials() {
    for container in [
        r#""env":[{"name":"PASSWORD","value":12345678}]"#,
        r#""args":[12345678]"#,
        r#""env":[{"value":"x"}]"#,
        r#""env":[7]"#,
    ] {
        let evaluation = judge("", container);
        assert!(evaluation.findings.iter().all(|finding| finding.rule != "plaintext-credential"), "{container}");
    }
}
