//! The list of resources and the tables of kinds know the same kinds.

use std::collections::BTreeSet;

use super::SERVED;
use crate::request::GroupKind;
use crate::{kinds, object, view};

type Names = BTreeSet<(&'static str, &'static str)>;

fn listed() -> Names {
    SERVED.iter().flat_map(|served| served.kinds.iter().map(|(kind, _)| (served.group, *kind))).collect()
}

#[test]
fn every_kind_that_is_judged_has_its_resource_and_no_other() {
    let judged: Names = view::judged()
        .chain(kinds::judged())
        .chain(object::judged())
        // `extensions/v1beta1` ended with Kubernetes 1.22; a webhook rule for it would match nothing.
        .filter(|(group, _)| *group != "extensions")
        .collect();
    assert_eq!(listed(), judged, "sdk/src/resources.rs and the tables of kinds differ");
}

#[test]
fn plurals_are_as_the_api_server_has_them() {
    let mut seen = BTreeSet::new();
    for served in SERVED {
        assert!(!served.versions.is_empty() && !served.kinds.is_empty(), "{}", served.group);
        for (kind, plural) in served.kinds {
            assert!(seen.insert((served.group, plural)), "{plural} is there twice");
            assert!(
                plural.starts_with(&kind.to_lowercase().trim_end_matches('y').to_owned()) && plural.ends_with('s'),
                "{kind}: {plural}"
            );
        }
        for part in served.parts {
            let (whole, _) = part.split_once('/').expect("a subresource");
            assert!(served.kinds.iter().any(|(_, plural)| *plural == whole), "{part}");
        }
    }
}

#[test]
fn a_kind_of_the_list_is_found_by_its_name() {
    for (group, kind) in listed() {
        let name = GroupKind { group, kind };
        let known =
            view::path_to_pod(name).is_some() || kinds::of(name).is_some() || object::ObjectKind::of(name).is_some();
        assert!(known, "{group}/{kind}");
    }
}
