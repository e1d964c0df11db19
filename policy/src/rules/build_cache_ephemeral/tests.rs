//! Tests of `build-cache-ephemeral`, through the whole policy.

use crate::knowledge::testing::{Judged, judge};

const SETTINGS: &str = r#"{"profile":"strict","registries":[
    {"registry":"r.example","cache":{"repository":"r.example/cache","ttl":"168h"}},
    {"registry":"q.example","cache":{"repository":"q.example/team/app/cache"}}]}"#;

fn judged(container: &str, volumes: &str) -> Judged {
    judge("build-cache-ephemeral", SETTINGS, &format!(r#"{{"containers":[{container}],"volumes":[{volumes}]}}"#))
}

fn kaniko(args: &str) -> Judged {
    judged(&format!(r#"{{"name":"c","image":"gcr.io/kaniko-project/executor:v1","args":[{args}]}}"#), "")
}

#[test]
fn the_settings_name_a_repository() {
    let plain = kaniko(r#""--cache=true","--destination=r.example/a:1""#);
    assert_eq!(plain.findings, ["warn /spec/containers/0/args/0 mended"]);
    assert_eq!(plain.edits, [r#""--cache-repo=r.example/cache""#, r#""--cache-ttl=168h""#]);
    let ttl = kaniko(r#""--cache","--cache-ttl","1h","-d","r.example/a:1""#);
    assert_eq!(ttl.edits, [r#""--cache-repo=r.example/cache""#]);
    for silent in [
        r#""--destination=r.example/a:1""#,
        r#""--cache=false","--destination=r.example/a:1""#,
        r#""--cache=$(CACHE)","--destination=r.example/a:1""#,
        r#""--cache","--cache-repo=other.example/x","--destination=r.example/a:1""#,
        r#""--cache","--destination=other.example/a:1""#,
        r#""--cache","--destination=$(IMAGE)""#,
        r#""--cache","--destination=q.example/team/app:1""#,
        r#""--cache","--no-push","--destination=r.example/a:1""#,
    ] {
        assert!(kaniko(silent).findings.is_empty(), "{silent}");
    }
}

#[test]
fn scripts_are_not_rewritten() {
    for (container, expected) in [
        (
            r#""command":["/busybox/sh","-c","/kaniko/executor --cache -d r.example/a:1"]"#,
            "warn /spec/containers/0/command/2",
        ),
        (
            r#""args":["$(FLAG)","-d","r.example/a:1"],"env":[{"name":"FLAG","value":"--cache"}]"#,
            "warn /spec/containers/0/args/0",
        ),
        (r#""args":["--cache","-d","r.example/a:1","--"]"#, "warn /spec/containers/0/args/0"),
        (
            r#""command":["/kaniko/executor","--cache","-d","r.example/a:1"]"#,
            "warn /spec/containers/0/command/1 mended",
        ),
    ] {
        let found =
            judged(&format!(r#"{{"name":"c","image":"gcr.io/kaniko-project/executor:debug",{container}}}"#), "");
        assert_eq!(found.findings, [expected], "{container}");
    }
}

#[test]
fn directories_that_end() {
    let volumes = r#"{"name":"e","emptyDir":{}},{"name":"p","persistentVolumeClaim":{"claimName":"p"}}"#;
    let of = |image: &str, words: &str, mounts: &str| {
        judged(&format!(r#"{{"name":"c","image":"{image}",{words},"volumeMounts":[{mounts}]}}"#), volumes).findings
    };
    let (kaniko, buildkit, alpine) = ("gcr.io/kaniko-project/executor:v1", "moby/buildkit:v1", "alpine:3");
    let empty = r#"{"name":"e","mountPath":"/cache"}"#;
    let twice = r#"{"name":"e","mountPath":"/cache"},{"name":"e","mountPath":"/other"}"#;
    let claim = r#"{"name":"e","mountPath":"/"},{"name":"p","mountPath":"/cache/"}"#;
    let args = r#""args":["--destination=a/b:1","--cache-dir=/cache/x"]"#;
    for (mounts, found) in [("", true), (empty, true), (twice, false), (claim, false)] {
        assert_eq!(of(kaniko, args, mounts).len(), usize::from(found), "{mounts}");
    }
    let export = r#""command":["buildctl","build","--export-cache","type=local,dest=/cache"]"#;
    assert_eq!(of(buildkit, export, empty), ["warn /spec/containers/0/command/3"]);
    assert!(of(buildkit, export, claim).is_empty());
    assert!(of(buildkit, r#""command":["buildctl","build","--export-cache","type=inline"]"#, "").is_empty());
    assert!(
        of(
            buildkit,
            r#""command":["sh","-c","buildctl build --export-cache type=local,dest=/cache && tar c /cache"]"#,
            ""
        )
        .is_empty()
    );
    let lifecycle = |program: &str, more: &str| {
        format!(r#""command":["/cnb/lifecycle/{program}","-cache-dir=/cache"{more},"a/b:1"]"#)
    };
    assert_eq!(of(alpine, &lifecycle("creator", ""), twice), ["warn /spec/containers/0/command/1"]);
    assert!(of(alpine, &lifecycle("restorer", ""), "").is_empty());
    assert!(of(alpine, &lifecycle("creator", r#","-cache-image=a/c""#), "").is_empty());
}
