//! Tests of `container-runtime-socket`, through the whole policy.

use crate::knowledge::testing::judge;

/// Findings for one volume (JSON without its name) and one mount of it (JSON without its volume).
fn found(volume: &str, mount: &str) -> Vec<String> {
    let spec = format!(
        r#"{{"containers":[{{"name":"c","image":"a.example/b:1","volumeMounts":[{{"name":"v",{mount}}}]}}],"volumes":[{{"name":"v",{volume}}}]}}"#
    );
    judge("container-runtime-socket", "{}", &spec).findings
}

fn host(path: &str) -> String {
    format!(r#""hostPath":{{"path":"{path}"}}"#)
}

const MOUNT: &str = r#""mountPath":"/x""#;
const AT: &str = "/spec/volumes/0/hostPath/path";

#[test]
fn sockets_and_the_directories_around_them() {
    for path in [
        "/var/run/docker.sock",
        "/run//containerd/./containerd.sock",
        "/var/run/crio/crio.sock",
        "/run/podman",
        "/var/run/",
        "/run",
    ] {
        assert_eq!(found(&host(path), MOUNT), [format!("enforce {AT}")], "{path}");
    }
    for path in ["/", "/var"] {
        assert_eq!(found(&host(path), MOUNT), [format!("warn {AT}")], "{path}");
    }
    assert_eq!(found(&host("/var/run/docker.sock"), r#""mountPath":"/x","readOnly":true"#), [format!("enforce {AT}")]);
}

#[test]
fn near_misses() {
    for path in ["/var/lib/kubelet/device-plugins", "/var/run/nscd", "/var/lib/docker", "/tmp/docker.sock", "/var/log"]
    {
        assert!(found(&host(path), MOUNT).is_empty(), "{path}");
    }
    assert!(found(r#""emptyDir":{}"#, r#""mountPath":"/var/run/docker.sock""#).is_empty());
    let unmounted = r#"{"containers":[{"name":"c","image":"a.example/b:1"}],"volumes":[{"name":"v","hostPath":{"path":"/var/run/docker.sock"}}]}"#;
    assert!(judge("container-runtime-socket", "{}", unmounted).findings.is_empty());
}

#[test]
fn a_sub_path_decides() {
    assert!(found(&host("/run"), r#""mountPath":"/x","subPath":"nscd""#).is_empty());
    assert_eq!(found(&host("/run"), r#""mountPath":"/x","subPath":"docker.sock""#), [format!("enforce {AT}")]);
    assert_eq!(found(&host("/"), r#""mountPath":"/x","subPath":"run/crio""#), [format!("enforce {AT}")]);
    assert_eq!(found(&host("/run"), r#""mountPath":"/x","subPathExpr":"$(NAME)""#), [format!("warn {AT}")]);
}

#[test]
fn one_finding_for_each_volume_wherever_it_is_mounted() {
    let spec = r#"{
        "initContainers":[{"name":"i","image":"a.example/b:1","volumeMounts":[{"name":"a","mountPath":"/x","subPath":"nscd"}]}],
        "containers":[{"name":"c","image":"a.example/b:1","volumeMounts":[{"name":"b","mountPath":"/y"},{"name":"a","mountPath":"/x"},{"name":"none","mountPath":"/z"}]},
                      {"name":"d","image":"a.example/b:1","resources":{"limits":{"cpu":"1"}},"volumeMounts":[{"name":"a","mountPath":"/x"}]}],
        "volumes":[{"name":"b","hostPath":{"path":"/run/docker.sock"}},{"name":"a","hostPath":{"path":"/run"}}]}"#;
    let judged = judge("container-runtime-socket", "{}", spec);
    assert_eq!(judged.findings, ["enforce /spec/volumes/0/hostPath/path", "enforce /spec/volumes/1/hostPath/path"]);
    assert!(judged.words.contains(r#""container":"c""#) && !judged.words.contains(r#""container":"d""#));
}
