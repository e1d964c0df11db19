//! Tests of `resources-missing`, through the whole policy.

use super::is_quantity;
use crate::knowledge::testing::judge;

const ON: &str = r#"{"rules":{"resources-missing":{"level":"warn"}}}"#;

fn found(spec: &str) -> Vec<String> {
    judge("resources-missing", ON, spec).findings
}

#[test]
fn nothing_and_empty_maps_are_missing() {
    for resources in [
        "",
        r#","resources":{}"#,
        r#","resources":null"#,
        r#","resources":{"requests":{},"limits":null,"claims":[{"name":"gpu"}]}"#,
    ] {
        let spec = format!(r#"{{"containers":[{{"name":"c","image":"a.example/b:1"{resources}}}]}}"#);
        assert_eq!(found(&spec), ["warn /spec/containers/0"], "{resources}");
    }
}

#[test]
fn one_of_the_two_is_enough() {
    for resources in [r#"{"requests":{"cpu":"1"}}"#, r#"{"limits":{"memory":"1Gi"},"requests":{}}"#] {
        let spec = format!(r#"{{"containers":[{{"name":"c","image":"a.example/b:1","resources":{resources}}}]}}"#);
        assert!(found(&spec).is_empty(), "{resources}");
    }
    assert!(
        found(r#"{"resources":{"limits":{"cpu":"2"}},"containers":[{"name":"c","image":"a.example/b:1"}]}"#).is_empty()
    );
    assert!(found(r#"{"ephemeralContainers":[{"name":"c","image":"a.example/b:1"}],"containers":[]}"#).is_empty());
}

#[test]
fn amounts_are_read_as_kubernetes_does() {
    for good in ["1", "500m", "0.5", ".5", "2.", "1Gi", "128974848", "64k", "0"] {
        assert!(is_quantity(good), "{good}");
    }
    for bad in ["", ".", "m", "-1", "1gi", "1 Gi", "1GiB", "one", "1e3x", "1..5"] {
        assert!(!is_quantity(bad), "{bad}");
    }
}
