//! Tests of `host-docker-config`, through the whole policy.

use crate::knowledge::testing::judge;

fn found(path: &str, mount: &str) -> Vec<String> {
    let spec = format!(
        r#"{{"containers":[{{"name":"c","image":"a.example/b:1","volumeMounts":[{{"name":"v","mountPath":"/x"{mount}}}]}}],"volumes":[{{"name":"v","hostPath":{{"path":"{path}"}}}}]}}"#
    );
    judge("host-docker-config", "{}", &spec).findings
}

const AT: &str = "/spec/volumes/0/hostPath/path";

#[test]
fn what_a_mount_shows_decides() {
    assert_eq!(found("/root/.docker", r#","readOnly":true"#), [format!("enforce {AT}")]);
    assert_eq!(found("/", r#","subPath":"root/.docker/config.json""#), [format!("enforce {AT}")]);
    assert_eq!(found("/root", r#","subPath":".docker""#), [format!("enforce {AT}")]);
    assert_eq!(found("/root", ""), [format!("warn {AT}")]);
    assert_eq!(found("/root/.docker", r#","subPathExpr":"$(NAME)""#), [format!("warn {AT}")]);
    assert!(found("/root", r#","subPath":".m2""#).is_empty());
    assert!(found("/var/lib/kubelet", r#","subPath":"device-plugins""#).is_empty());
}

#[test]
fn an_unmounted_volume_shows_nothing() {
    let spec = r#"{"containers":[{"name":"c","image":"a.example/b:1"}],"volumes":[{"name":"v","hostPath":{"path":"/root/.docker"}}]}"#;
    assert!(judge("host-docker-config", "{}", spec).findings.is_empty());
}
