//! Tests of the table of flags.

use super::*;

#[test]
fn every_flag_has_its_dashes_and_every_name_is_there_once() {
    for (i, tool) in TOOLS.iter().enumerate() {
        assert!(!TOOLS[..i].iter().any(|other| other.name == tool.name), "{}", tool.name);
        for flag in tool.flags {
            assert!(flag.name.starts_with('-'), "{}", flag.name);
            assert!(
                flag.instead == Instead::Nothing
                    || tool.flags.iter().any(|other| other.name == flag.instead.name() && other.effect == Effect::Host)
            );
        }
    }
}

#[test]
fn programs_are_known_by_path_or_name() {
    let name = |word| by_program(word, None).map(|tool| tool.name);
    assert_eq!(name("/kaniko/executor"), Some("kaniko"));
    assert_eq!(name("/usr/bin/buildah"), Some("buildah"));
    assert_eq!(name("./gradlew"), Some("jib"));
    assert_eq!(name("executor"), None);
    assert_eq!(by_program("executor", by_name("kaniko")).map(|tool| tool.name), Some("kaniko"));
    assert_eq!(name("kubectl"), None);
    assert_eq!(name("/opt/buildah/run.sh"), None);
}

#[test]
fn builders_and_flags_use_the_same_names() {
    for name in [
        "kaniko",
        "buildah",
        "podman",
        "skopeo",
        "buildctl",
        "docker",
        "crane",
        "ko",
        "cosign",
        "oras",
        "the CNB lifecycle",
    ] {
        assert!(builders::BUILDERS.iter().any(|builder| builder.name == name), "{name}");
        assert!(by_name(name).is_some(), "{name}");
    }
}
