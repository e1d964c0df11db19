//! Tests of `registry-mirror`: what an image becomes, and that it stays so.

use regwarden_sdk::image::{Parsed, parse};

use crate::knowledge::testing::judge;

const SETTINGS: &str = r#"{"registries": [
    {"registry": "docker.io", "mirror": "m.example:5000/hub"},
    {"registry": "docker.io/bitnami", "mirror": "m.example:5000/charts/x"},
    {"registry": "*.pkg.example", "mirror": "localhost"},
    {"registry": "localhost", "mirror": "elsewhere.example"},
    {"registry": "m.example:5000", "mirror": "m.example:5000/proxy", "pull": {"secret": "m-pull"}}]}"#;

/// The image of a container once the request is through.
fn becomes(image: &str) -> Option<String> {
    let judged = judge("registry-mirror", SETTINGS, &format!(r#"{{"containers":[{{"name":"c","image":"{image}"}}]}}"#));
    assert!(
        judged.findings.iter().all(|finding| finding == "warn /spec/containers/0/image mended"),
        "{:?}",
        judged.findings
    );
    let edit = judged.edits.iter().find(|edit| edit.starts_with('"'))?;
    Some(edit.trim_matches('"').to_owned())
}

#[test]
fn an_image_is_sent_once_and_whole() {
    const DIGEST: &str = "@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    for (image, sent) in [
        ("nginx", "m.example:5000/hub/library/nginx"),
        ("nginx:1", "m.example:5000/hub/library/nginx:1"),
        ("docker.io/nginx:1", "m.example:5000/hub/library/nginx:1"),
        ("docker.io/library/nginx:1", "m.example:5000/hub/library/nginx:1"),
        ("index.docker.io/org/app:1", "m.example:5000/hub/org/app:1"),
        ("bitnami/redis", "m.example:5000/charts/x/bitnami/redis"),
        ("internal/gcr.io/app:2", "m.example:5000/hub/internal/gcr.io/app:2"),
        ("eu.pkg.example/a/b:c", "localhost/a/b:c"),
        ("m.example:5000/other/x", "m.example:5000/proxy/other/x"),
    ] {
        assert_eq!(becomes(image).as_deref(), Some(sent), "{image}");
        assert!(matches!(parse(sent), Parsed::Reference(_)), "{sent}");
        assert_eq!(becomes(sent), None, "{sent}");
        assert_eq!(becomes(&format!("{image}{DIGEST}")), Some(format!("{sent}{DIGEST}")), "{image}");
    }
    for stays in [
        "m.example/other/x",
        "localhost/a",
        "pkg.example/a",
        "nginx:$(params.tag)",
        "$(params.image)",
        "drone/placeholder:1",
        "Nginx",
        "",
    ] {
        assert_eq!(becomes(stays), None, "{stays}");
    }
}

#[test]
fn a_path_that_would_be_too_long_stays() {
    let image = |length: usize| format!("quite/{}", "a".repeat(length));
    assert!(becomes(&image(240)).is_some());
    assert_eq!(becomes(&image(249)), None);
}
