//! A Pod, and the same Pod in every kind that describes Pods: the same findings at the places where its parts went.

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::Value;

use super::mends::{evaluate, evaluate_alone, mend_is_sound};
use super::strategies::pod;
use crate::carriers::{ALL, Layout};
use crate::embedded;

/// What an answer says, with pointers as `translate` has them; what has no place is left out.
fn told(answer: &Value, translate: &dyn Fn(&str) -> Option<String>) -> BTreeSet<String> {
    let mut told = BTreeSet::new();
    for finding in answer["findings"].as_array().into_iter().flatten() {
        if let Some(pointer) = translate(finding["pointer"].as_str().unwrap_or_default()) {
            told.insert(format!("{} {} {pointer} {}", finding["rule"], finding["level"], finding["message"]));
        }
    }
    told
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_description_is_judged_as_the_pod_that_it_describes(pod in pod(), carrier in proptest::sample::select(ALL.to_vec())) {
        if carrier.refuses(&pod).is_some() {
            return Ok(());
        }
        let object = carrier.embed(&pod);
        mend_is_sound(&object, &evaluate(&object))?;
        let answer = evaluate_alone(&object);
        let expected = told(&evaluate_alone(&carrier.reference(&pod)), &|pointer| carrier.translate(&pod, pointer));
        let found = told(&answer, &|pointer| Some(pointer.to_owned()));
        let differs = |line: &&String| {
            let rule = line.split('"').nth(1).unwrap_or_default();
            embedded::reason(&carrier, rule).is_none()
        };
        let expected: BTreeSet<&String> = expected.iter().filter(differs).collect();
        let found: BTreeSet<&String> = found.iter().filter(differs).collect();
        if carrier.layout == Layout::Yaml {
            // Not every text is read, but nothing is read that is not there.
            prop_assert!(found.is_subset(&expected), "{}: {object}\n{found:#?}\n{expected:#?}", carrier.name());
        } else {
            prop_assert_eq!(&found, &expected, "{}: {}", carrier.name(), object);
        }
    }
}
