//! Tests of `pull-secret-unneeded`: which key makes a secret useful, as kubelet matches keys.

use crate::knowledge::testing::judge;

#[test]
fn a_key_covers_an_image_as_kubelet_matches_it() {
    for (key, image, useful) in [
        ("a.example", "a.example/x", true),
        ("a.example", "a.example:5000/x", false),
        ("a.example", "a.example.org/x", false),
        ("https://a.example/v2/", "a.example/x", true),
        ("a.example/te", "a.example/team/x", true),
        ("a.example/team", "a.example/x", false),
        ("*.example", "a.example/x", true),
        ("*.example", "a.b.example/x", false),
        ("docker.io", "nginx", true),
        ("docker.io/library", "nginx", true),
        ("docker.io/org", "nginx", false),
        ("index.docker.io", "org/app", true),
        ("https://index.docker.io/v1/", "docker.io/org/app", true),
        ("index.docker.io", "quay.io/org/app", false),
        ("[::1]:5000", "[::1]:5000/x", true),
        ("localhost", "localhost/x", true),
        ("my_host.example", "my_host.example/app", true),
    ] {
        let settings = format!(r#"{{"registries":[{{"registry":"{key}","push":{{"secret":"s"}}}}]}}"#);
        let spec =
            format!(r#"{{"imagePullSecrets":[{{"name":"s"}}],"containers":[{{"name":"c","image":"{image}"}}]}}"#);
        let judged = judge("pull-secret-unneeded", &settings, &spec);
        assert_eq!(judged.findings.is_empty(), useful, "{key} {image} {:?}", judged.findings);
    }
}

#[test]
fn a_long_list_is_told_off_once() {
    let entries: Vec<String> =
        (0..200).map(|i| format!(r#"{{"registry":"r{i}.example","pull":{{"secret":"s{i}"}}}}"#)).collect();
    let listed: Vec<String> = (0..20_000).map(|i| format!(r#"{{"name":"s{}"}}"#, i % 200)).collect();
    let settings = format!(r#"{{"registries":[{}]}}"#, entries.join(","));
    let spec =
        format!(r#"{{"imagePullSecrets":[{}],"containers":[{{"name":"c","image":"nginx"}}]}}"#, listed.join(","));
    assert_eq!(judge("pull-secret-unneeded", &settings, &spec).findings.len(), super::MAX_SECRETS);
}
