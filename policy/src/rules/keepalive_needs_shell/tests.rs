//! Tests of `keepalive-needs-shell`, through the whole policy.

use crate::knowledge::testing::judge;

fn found(image: &str, fields: &str) -> Vec<String> {
    let spec = format!(r#"{{"containers":[{{"name":"c","image":"{image}",{fields}}}]}}"#);
    judge("keepalive-needs-shell", "{}", &spec).findings
}

const OFFICIAL: &str = "gcr.io/kaniko-project/executor";

#[test]
fn every_spelling_on_an_image_without_them() {
    for command in [
        r#"["cat"]"#,
        r#"["/busybox/cat"]"#,
        r#"["sh","-c","/kaniko/executor --no-push"]"#,
        r#"["/busybox/sh"]"#,
        r#"["/bin/sh","-c","sleep 1d"]"#,
        r#"["sleep","infinity"]"#,
        r#"["tail","-f","/dev/null"]"#,
        r#"["/usr/bin/env","sh"]"#,
    ] {
        for tag in ["", ":latest", ":v1.9.1", ":v1.23.2-slim"] {
            let found = found(&format!("{OFFICIAL}{tag}"), &format!(r#""command":{command}"#));
            assert_eq!(found, ["enforce /spec/containers/0/command"], "{command} {tag}");
        }
    }
    assert_eq!(found(OFFICIAL, r#""args":["sleep","99d"]"#), ["enforce /spec/containers/0/args"]);
    assert_eq!(
        found("a.example/mirror/kaniko-executor:v1.9", r#""command":["cat"]"#),
        ["warn /spec/containers/0/command"]
    );
}

#[test]
fn debug_images_have_busybox_and_nothing_else() {
    let debug = "gcr.io/kaniko-project/executor:v1.23.2-debug";
    for command in
        [r#"["cat"]"#, r#"["/busybox/cat"]"#, r#"["/bin/sh","-c","true"]"#, r#"["sleep","99d"]"#, r#"["sh"]"#]
    {
        assert!(found(debug, &format!(r#""command":{command}"#)).is_empty(), "{command}");
    }
    for command in [r#"["/bin/cat"]"#, r#"["bash"]"#, r#"["/bin/bash","-c","true"]"#, r#"["/usr/bin/tail"]"#] {
        assert_eq!(
            found(debug, &format!(r#""command":{command}"#)),
            ["enforce /spec/containers/0/command"],
            "{command}"
        );
    }
}

#[test]
fn near_misses() {
    for (image, fields) in [
        (OFFICIAL, r#""args":["--destination=a.example/b:1"]"#),
        (OFFICIAL, r#""command":["/kaniko/executor"],"args":["sleep"]"#),
        (OFFICIAL, r#""command":["./cat.sh"]"#),
        (OFFICIAL, r#""command":["/busybox/sh"],"volumeMounts":[{"name":"v","mountPath":"/busybox/"}]"#),
        (OFFICIAL, r#""command":["sh"],"env":[{"name":"PATH","value":"/tools"}]"#),
        ("gcr.io/kaniko-project/executor:$(params.tag)", r#""command":["cat"]"#),
        ("gcr.io/kaniko-project/executor:our-build", r#""command":["cat"]"#),
        ("plugins/kaniko:1.10.0", r#""command":["cat"]"#),
        ("alpine:3", r#""command":["cat"]"#),
    ] {
        assert!(found(image, fields).is_empty(), "{image} {fields}");
    }
}
