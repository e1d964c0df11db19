//! Tests of `token-automount`, through the whole policy.

use crate::knowledge::testing::judge;

const AT: &str = "audit /spec/automountServiceAccountToken";

fn found(spec: &str) -> Vec<String> {
    judge("token-automount", "{}", spec).findings
}

const KANIKO: &str = r#"{"name":"c","image":"gcr.io/kaniko-project/executor:v1.23.2","args":["--no-push"]}"#;

#[test]
fn builders_agents_and_visible_steps() {
    for containers in [
        KANIKO.to_owned(),
        format!(r#"{KANIKO},{{"name":"jnlp","image":"jenkins/inbound-agent:3"}}"#),
        format!(r#"{KANIKO},{{"name":"fetch","image":"busybox:1","command":["wget","https://a.example"]}}"#),
        r#"{"name":"c","image":"plugins/docker:20"}"#.to_owned(),
    ] {
        assert_eq!(found(&format!(r#"{{"containers":[{containers}]}}"#)), [AT], "{containers}");
    }
    assert_eq!(
        found(&format!(
            r#"{{"automountServiceAccountToken":true,"serviceAccountName":"default","containers":[{KANIKO}]}}"#
        )),
        [AT]
    );
}

#[test]
fn near_misses() {
    for spec in [
        format!(r#"{{"automountServiceAccountToken":false,"containers":[{KANIKO}]}}"#),
        format!(r#"{{"serviceAccountName":"builder","containers":[{KANIKO}]}}"#),
        format!(r#"{{"containers":[{KANIKO},{{"name":"own","image":"corp.example/deploy:1"}}]}}"#),
        format!(r#"{{"containers":[{KANIKO},{{"name":"maven","image":"maven:3","command":["cat"],"tty":true}}]}}"#),
        format!(r#"{{"containers":[{KANIKO},{{"name":"d","image":"alpine:3","command":["sh","-c","apk add kubectl; kubectl get pods"]}}]}}"#),
        format!(r#"{{"containers":[{KANIKO},{{"name":"d","image":"alpine:3","command":["sh","-c","helm upgrade x y"]}}]}}"#),
        format!(r#"{{"containers":[{KANIKO},{{"name":"d","image":"alpine:3","env":[{{"name":"KUBECONFIG","value":"/k"}}]}}]}}"#),
        format!(r#"{{"containers":[{KANIKO}],"volumes":[{{"name":"t","projected":{{"sources":[{{"serviceAccountToken":{{"path":"t"}}}}]}}}}]}}"#),
        r#"{"containers":[{"name":"c","image":"moby/buildkit:v0.25.1","command":["buildctl","--addr","kube-pod://buildkitd","build"]}]}"#.to_owned(),
        r#"{"containers":[]}"#.to_owned(),
    ] {
        assert!(found(&spec).is_empty(), "{spec}");
    }
}

#[test]
fn behind_the_api_server_the_volume_counts() {
    let admitted = |mounts: &str| {
        format!(
            r#"{{"serviceAccount":"default","serviceAccountName":"default","containers":[{{"name":"c","image":"gcr.io/kaniko-project/executor:v1.23.2","volumeMounts":[{mounts}]}}],"volumes":[{{"name":"kube-api-access-x7k2m","projected":{{"sources":[{{"serviceAccountToken":{{"path":"token"}}}}]}}}}]}}"#
        )
    };
    let token = r#"{"name":"kube-api-access-x7k2m","mountPath":"/var/run/secrets/kubernetes.io/serviceaccount"}"#;
    assert_eq!(found(&admitted(token)), [AT]);
    assert!(found(&admitted("")).is_empty());
}
