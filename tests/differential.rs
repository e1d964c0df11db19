//! Generated objects and mutations of the cases: the same bytes from every face, never a panic, mends that hold.

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::carriers;
use crate::case;
use crate::subject::every_face;

mod descriptions;
mod large;
mod mends;
pub(crate) mod strategies;

use mends::{KINDS, cluster, evaluate, mend_is_sound, settings, wrapped};
use strategies::{anything, pod, secret};

/// Every kind that is judged.
fn all_kinds() -> Vec<(&'static str, &'static str)> {
    let mut kinds = vec![
        ("v1", "Secret"),
        ("v1", "ServiceAccount"),
        ("build.openshift.io/v1", "BuildConfig"),
        ("shipwright.io/v1beta1", "Build"),
        ("kpack.io/v1alpha2", "Image"),
        ("application.kubero.dev/v1alpha1", "Kubero"),
        ("application.kubero.dev/v1alpha1", "KuberoApp"),
        ("application.kubero.dev/v1alpha1", "KuberoBuild"),
        ("application.kubero.dev/v1alpha1", "KuberoPipeline"),
        ("apps.gitlab.com/v1beta2", "Runner"),
    ];
    kinds.extend(KINDS);
    kinds.extend(carriers::ALL.iter().map(|carrier| (carrier.version, carrier.kind)));
    kinds
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_object_gets_one_answer(mut object in anything(), kind in proptest::sample::select(all_kinds())) {
        if let Some(map) = object.as_object_mut() {
            map.insert("apiVersion".into(), json!(kind.0));
            map.insert("kind".into(), json!(kind.1));
        }
        evaluate(&object);
    }

    #[test]
    fn a_mend_holds_and_leaves_the_rest_alone(pod in pod(), kind in proptest::sample::select(KINDS.to_vec())) {
        let object = wrapped(&pod, kind);
        mend_is_sound(&object, &evaluate(&object))?;
    }

    #[test]
    fn objects_without_a_pod_are_answered_and_mended_soundly(secret in secret(), names in prop::collection::vec("[a-z.]{0,8}", 0..3)) {
        mend_is_sound(&secret, &evaluate(&secret))?;
        let pulls: Vec<Value> = names.iter().map(|name| json!({"name": name})).collect();
        let account = json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "builder", "namespace": "ci"}, "imagePullSecrets": pulls});
        mend_is_sound(&account, &evaluate(&account))?;
    }

    #[test]
    fn an_update_of_a_stored_pod_is_never_mended(old in pod(), new in pod()) {
        let request = case::request(&new, Some(&json!({"operation": "UPDATE", "oldObject": old})));
        let answer = every_face("evaluate", &case::payload_with(&request, &settings(), &cluster()));
        let answer: Value = serde_json::from_slice(&answer).expect("JSON");
        prop_assert!(answer["response"].get("mutated_object").is_none());
        let same = case::request(&new, Some(&json!({"operation": "UPDATE", "oldObject": new})));
        let answer: Value = serde_json::from_slice(&every_face("evaluate", &case::payload_with(&same, &settings(), &cluster()))).expect("JSON");
        prop_assert_eq!(&answer["findings"], &json!([]), "an update that changes nothing brings nothing");
    }
}
