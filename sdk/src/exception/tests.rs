//! Tests of matching and of the review of settings.

use super::*;
use crate::json::Document;
use crate::rule::UNREADABLE;

#[test]
fn images_match_as_written_and_in_full() {
    for (pattern, image, matches) in [
        ("nginx", "nginx:1.27", true),
        ("nginx:1.*", "nginx:1.27", true),
        ("docker.io/library/nginx", "nginx", true),
        ("docker.io/library/nginx:1", "index.docker.io/library/nginx:1", true),
        ("docker.io/**", "nginx", true),
        (
            "quay.io/buildah/*",
            "quay.io/buildah/stable:v1@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            true,
        ),
        ("quay.io/*", "quay.io/buildah/stable", false),
        ("quay.io/**", "quay.io/buildah/stable", true),
        ("quay.io/buil**", "quay.io/buildah/stable", false),
        ("nginx", "corp.example/nginx", false),
        ("$(image)", "$(image)", true),
        ("*", "$(image)", false),
    ] {
        assert_eq!(image_is(pattern, image), matches, "{pattern} {image}");
    }
}

#[test]
fn the_image_is_that_of_the_container_around_the_place() {
    let text =
        br#"{"spec":{"containers":[{"image":"a","env":[{"name":"x"}]},{"image":"b"}],"volumes":[{"name":"v"}]}}"#;
    let document = Document::parse(text).unwrap();
    let root = document.root();
    let at = |place| image_at(root, place, &["a".to_owned()]);
    assert!(at("/spec/containers/0/env/0/name") && at("/spec/containers/0") && at("/spec/containers/0/resources"));
    assert!(!at("/spec/containers/1/env") && !at("/spec/volumes/0") && !at(""));
}

fn mistakes(text: &str) -> String {
    static CATALOGUE: &[Entry] =
        &[Entry { meta: &UNREADABLE, docs: crate::packed::Packed(&[]), options: crate::decode::Shape::Empty }];
    let document = Document::parse(text.as_bytes()).unwrap();
    let mut mistakes = Mistakes::default();
    let list: Option<Vec<Exception>> = crate::decode::Decode::decode(document.root(), &Path::ROOT, &mut mistakes);
    review(&list.unwrap_or_default(), CATALOGUE, &mut mistakes);
    mistakes.lines().join("\n")
}

#[test]
fn every_mistake_in_an_exception_is_told() {
    let of = |rules: &str, matching: &str, reason: &str| {
        mistakes(&format!(r#"[{{"rules":{rules},"match":{matching},"reason":"{reason}"}}]"#))
    };
    assert_eq!(of(r#"["*"]"#, r#"{"namespaces":["ci-*"]}"#, "r"), "");
    for (told, text) in [
        ("exceptions[0].reason: say why", of(r#"["*"]"#, r#"{"users":["a"]}"#, "  ")),
        ("exceptions[0].rules: an empty list", of("[]", r#"{"users":["a"]}"#, "r")),
        ("did you mean `unreadable`?", of(r#"["unreadible"]"#, r#"{"users":["a"]}"#, "r")),
        ("exceptions[0].match: say what", of(r#"["*"]"#, "{}", "r")),
        ("exceptions[0].match.namespaces[1]: this pattern", of(r#"["*"]"#, r#"{"namespaces":["a","B c"]}"#, "r")),
        ("exceptions[0].match.images[0]: this pattern", of(r#"["*"]"#, r#"{"images":["["]}"#, "r")),
        ("exceptions[0].match.names[0]: this pattern", of(r#"["*"]"#, r#"{"names":[""]}"#, "r")),
        ("exceptions[0].match.labels: no object", of(r#"["*"]"#, r#"{"labels":{"a":"b c"}}"#, "r")),
        ("reason", mistakes(r#"[{"rules":["*"],"match":{"users":["a"]}}]"#)),
        ("match", mistakes(r#"[{"rules":["*"],"reason":"r"}]"#)),
    ] {
        assert!(text.contains(told), "{told}: {text}");
    }
}
