//! Tests of `insecure-registry-flag`, through the whole policy.

use crate::knowledge::testing::judge;

const PLAIN: &str = r#"{"registries":[{"registry":"harbor.corp.example:30002","plainHttp":true},{"registry":"quay.io","plainHttp":false}]}"#;

fn found(settings: &str, container: &str) -> Vec<String> {
    judge("insecure-registry-flag", settings, &format!(r#"{{"containers":[{container}]}}"#)).findings
}

fn kaniko(args: &str) -> String {
    format!(r#"{{"name":"c","image":"gcr.io/kaniko-project/executor:v1.23.2","args":[{args}]}}"#)
}

fn script(text: &str) -> String {
    format!(r#"{{"name":"c","image":"docker.io/library/alpine:3","command":["sh","-c","{text}"]}}"#)
}

fn env(image: &str, vars: &[(&str, &str)]) -> String {
    let vars: Vec<String> =
        vars.iter().map(|(name, value)| format!(r#"{{"name":"{name}","value":"{value}"}}"#)).collect();
    format!(r#"{{"name":"c","image":"{image}","env":[{}]}}"#, vars.join(","))
}

#[test]
fn every_spelling_of_kaniko() {
    for flag in [
        "--insecure",
        "--insecure=true",
        "--insecure=1",
        "--skip-tls-verify",
        "--insecure-pull",
        "--skip-tls-verify-pull=True",
    ] {
        assert_eq!(
            found("{}", &kaniko(&format!(r#""--destination=r.example/a","{flag}""#))),
            ["enforce /spec/containers/0/args/1"],
            "{flag}"
        );
    }
    assert_eq!(found("{}", &kaniko(r#""--insecure-registry=r.example""#)), ["enforce /spec/containers/0/args/0"]);
    assert_eq!(
        found("{}", &kaniko(r#""--skip-tls-verify-registry","r.example:5000""#)),
        ["enforce /spec/containers/0/args/0"]
    );
    // A boolean flag takes no next word, so this is on.
    assert_eq!(found("{}", &kaniko(r#""--insecure","false""#)), ["enforce /spec/containers/0/args/0"]);
}

#[test]
fn off_empty_and_unknown_values_are_fine() {
    for args in [
        r#""--insecure=false""#,
        r#""--skip-tls-verify=0""#,
        r#""--insecure=$(params.INSECURE)""#,
        r#""--insecure-registry=""#,
        r#""--insecure-registry","""#,
        r#""--insecure-registry=$(params.registry)""#,
        r#""--insecure-registry""#,
        r#""--insecurely""#,
        r#""insecure""#,
        r#""--","--insecure""#,
        r#""--label=--insecure""#,
    ] {
        assert!(found("{}", &kaniko(args)).is_empty(), "{args}");
    }
}

#[test]
fn judged_by_the_destinations() {
    let harbor = "--destination=harbor.corp.example:30002/team/app:1";
    assert!(found(PLAIN, &kaniko(&format!(r#""--insecure","--skip-tls-verify","{harbor}""#))).is_empty());
    assert!(
        found(
            PLAIN,
            &kaniko(r#""--insecure","-d","harbor.corp.example:30002/a","--cache-repo","harbor.corp.example:30002/c""#)
        )
        .is_empty()
    );
    // Another port is another registry.
    assert_eq!(
        found(PLAIN, &kaniko(r#""--insecure","-d","harbor.corp.example/a""#)),
        ["enforce /spec/containers/0/args/0"]
    );
    assert_eq!(
        found(PLAIN, &kaniko(&format!(r#""--insecure","{harbor}","-d","quay.io/a/b""#))),
        ["enforce /spec/containers/0/args/0"]
    );
    assert_eq!(
        found(PLAIN, &kaniko(&format!(r#""--insecure","{harbor}","--cache-repo=team/cache""#))),
        ["enforce /spec/containers/0/args/0"]
    );
    // Not visible: it may be the one that is allowed.
    assert_eq!(found(PLAIN, &kaniko(r#""--insecure""#)), ["warn /spec/containers/0/args/0"]);
    assert_eq!(found(PLAIN, &kaniko(r#""--insecure","-d","$(params.IMAGE)""#)), ["warn /spec/containers/0/args/0"]);
    assert_eq!(found("{}", &kaniko(r#""--insecure","-d","$(params.IMAGE)""#)), ["enforce /spec/containers/0/args/0"]);
    assert!(found(PLAIN, &kaniko(r#""--insecure","-d","harbor.corp.example:30002/a:$(params.TAG)""#)).is_empty());
    // Base images come from anywhere.
    assert_eq!(found(PLAIN, &kaniko(&format!(r#""--insecure-pull","{harbor}""#))), ["warn /spec/containers/0/args/0"]);
}

#[test]
fn judged_by_the_host_that_a_flag_names() {
    assert!(found(PLAIN, &kaniko(r#""--insecure-registry=harbor.corp.example:30002","-d","quay.io/a/b""#)).is_empty());
    assert_eq!(found(PLAIN, &kaniko(r#""--insecure-registry","quay.io""#)), ["enforce /spec/containers/0/args/0"]);
    assert_eq!(
        found(PLAIN, &kaniko(r#""--insecure-registry=reg.$(NS).svc:5000""#)),
        ["warn /spec/containers/0/args/0"]
    );
    let dind = |args: &str| format!(r#"{{"name":"d","image":"docker.io/library/docker:27-dind","args":[{args}]}}"#);
    assert_eq!(
        found(PLAIN, &dind(r#""--debug","--insecure-registry=10.0.0.0/8""#)),
        ["enforce /spec/containers/0/args/1"]
    );
    assert!(found(PLAIN, &dind(r#""--insecure-registry","harbor.corp.example:30002""#)).is_empty());
    assert!(found(PLAIN, &dind(r#""--insecure-registry=""#)).is_empty());
}

#[test]
fn other_tools_in_scripts() {
    const AT: &str = "/spec/containers/0/command/2";
    for text in [
        "buildah push --tls-verify=false app docker://quay.io/a/b",
        "buildah bud --tls-verify=false -t x .",
        "podman login --tls-verify=false quay.io",
        "skopeo copy --src-tls-verify=false docker://quay.io/a docker://harbor.corp.example:30002/b",
        "skopeo copy docker://harbor.corp.example:30002/b docker://quay.io/a --dest-tls-verify=false",
        "set -e; cd x && crane push --insecure a.tar quay.io/a/b",
        "KO_DOCKER_REPO=quay.io/x ko build --insecure-registry ./cmd",
        "cosign sign --allow-insecure-registry --key k quay.io/a/b",
        "buildctl build --output type=image,name=quay.io/a/b,push=true,registry.insecure=true",
        r#"buildctl-daemonless.sh build -output 'type=image,\"name=quay.io/a,harbor.corp.example:30002/b\",registry.insecure=true'"#,
        "buildctl build --import-cache type=registry,ref=quay.io/c,registry.insecure=true",
        "docker buildx build --cache-to=type=registry,ref=quay.io/c,registry.insecure=true .",
        "docker buildx build -t quay.io/a/b --output type=image,push=true,registry.insecure=true .",
        "docker manifest push --insecure quay.io/a/b",
        "mvn -B package -Djib.allowInsecureRegistries=true -Djib.to.image=quay.io/a/b",
        "./gradlew jib -DsendCredentialsOverHttp=true -Djib.to.image=quay.io/a",
        "tkn bundle push quay.io/a/b -f task.yaml --remote-skip-tls",
        "oras push --plain-http quay.io/a/b x.txt",
        "oras cp --to-insecure harbor.corp.example:30002/a quay.io/a/b",
        "/cnb/lifecycle/creator -insecure-registry quay.io quay.io/a/b",
    ] {
        let expected = if text.contains("bud") { "warn" } else { "enforce" };
        assert_eq!(found(PLAIN, &script(text)), [format!("{expected} {AT}")], "{text}");
        // Base images come from anywhere, whatever the target.
        let allowed = found(PLAIN, &script(&text.replace("quay.io", "harbor.corp.example:30002")));
        assert_eq!(allowed.is_empty(), !text.contains("bud"), "{text}: {allowed:?}");
    }
}

#[test]
fn scripts_that_are_fine() {
    for text in [
        "curl --insecure https://quay.io/v2/",
        "kubectl --insecure-skip-tls-verify get pods",
        "wget --no-check-certificate x; echo buildah push --tls-verify=false",
        "# buildah push --tls-verify=false quay.io/a",
        "buildah push --tls-verify=true quay.io/a",
        "buildah push --tls-verify quay.io/a",
        "buildah push --tls-verify=$(params.TLSVERIFY) quay.io/a",
        "skopeo copy --src-tls-verify=false docker://harbor.corp.example:30002/a docker://quay.io/a",
        "buildctl build --output type=image,name=quay.io/a,registry.insecure=false",
        "buildctl build --output type=image,name=quay.io/a,registry.insecure=${INSECURE}",
        "mvn package -Djib.allowInsecureRegistries=false",
        "docker run --rm curl/curl --insecure https://x",
        "cosign verify --insecure-ignore-tlog quay.io/a",
        "crane push a.tar quay.io/insecure/b",
        "ko build --insecure-registry=false ./cmd",
        "cat <<EOF\nbuildah push --tls-verify=false quay.io/a\nEOF",
    ] {
        let text = text.replace('\n', "\\n");
        assert!(found(PLAIN, &script(&text)).is_empty(), "{text}");
    }
}

#[test]
fn one_finding_for_each_flag_of_a_script() {
    let twice = "buildah push --tls-verify=false quay.io/a; buildah push --tls-verify=false quay.io/b; crane cp --insecure quay.io/a quay.io/b";
    assert_eq!(found(PLAIN, &script(twice)).len(), 2);
}

#[test]
fn through_variables_of_the_object() {
    let container = r#"{"name":"c","image":"gcr.io/kaniko-project/executor:v1","args":["--destination=$(REG)/a","$(OPT)"],
        "env":[{"name":"REG","value":"REGISTRY"},{"name":"OPT","value":"--skip-tls-verify"}]}"#;
    assert_eq!(found(PLAIN, &container.replace("REGISTRY", "quay.io")), ["enforce /spec/containers/0/args/1"]);
    assert!(found(PLAIN, &container.replace("REGISTRY", "harbor.corp.example:30002")).is_empty());
}

#[test]
fn plugin_variables() {
    const AT: &str = "/spec/containers/0/env";
    let kaniko = "docker.io/woodpeckerci/plugin-kaniko:1";
    for (name, value) in [
        ("PLUGIN_INSECURE", "true"),
        ("PLUGIN_SKIP_TLS_VERIFY", "1"),
        ("PLUGIN_INSECURE_REGISTRY", "quay.io"),
        ("PLUGIN_SKIP_TLS_VERIFY_REGISTRY", "true"),
        ("PLUGIN_EXTRA_OPTS", "--cache=true --skip-tls-verify"),
        ("PLUGIN_EXTRA_OPTS", "--cache=true,--skip-tls-verify"),
        ("PLUGIN_OUTPUT", "type=image,name=quay.io/a,registry.insecure=true"),
    ] {
        assert_eq!(
            found(PLAIN, &env(kaniko, &[("PLUGIN_REPO", "a/b"), (name, value)])),
            [format!("enforce {AT}/1/value")],
            "{name}={value}"
        );
    }
    for (name, value) in [
        ("PLUGIN_INSECURE", "false"),
        ("PLUGIN_INSECURE", ""),
        ("PLUGIN_SKIP_TLS_VERIFY", "${SKIP}"),
        ("PLUGIN_INSECURE_REGISTRY", ""),
        ("PLUGIN_INSECURE_REGISTRY", "false"),
        ("PLUGIN_EXTRA_OPTS", "--skip-tls-verify=false"),
        ("SKIP_TLS_VERIFY", "true"),
        ("INSECURE", "true"),
    ] {
        assert!(found(PLAIN, &env(kaniko, &[("PLUGIN_REPO", "a/b"), (name, value)])).is_empty(), "{name}={value}");
    }
    let harbor = [
        ("PLUGIN_REGISTRY", "https://harbor.corp.example:30002"),
        ("PLUGIN_REPO", "team/app"),
        ("PLUGIN_INSECURE", "true"),
    ];
    assert!(found(PLAIN, &env(kaniko, &harbor)).is_empty());
    assert!(
        found(
            PLAIN,
            &env(kaniko, &[("PLUGIN_REPO", "harbor.corp.example:30002/a"), ("PLUGIN_EXTRA_OPTS", "--insecure")])
        )
        .is_empty()
    );
    // Not a plugin that handles images.
    assert!(found(PLAIN, &env("docker.io/plugins/s3:1", &[("PLUGIN_INSECURE", "true")])).is_empty());
    assert_eq!(
        found(PLAIN, &env("docker.io/own/pusher:1", &[("PLUGIN_INSECURE", "true"), ("PLUGIN_REPO", "quay.io/a")])),
        [format!("enforce {AT}/0/value")]
    );
    assert_eq!(
        found(PLAIN, &env("docker.io/library/alpine:3", &[("CNB_INSECURE_REGISTRIES", "quay.io")])),
        [format!("enforce {AT}/0/value")]
    );
    assert_eq!(
        found("{}", &env("docker.io/library/maven:3", &[("MAVEN_OPTS", "-Xmx1g -Djib.allowInsecureRegistries=true")])),
        [format!("enforce {AT}/0/value")]
    );
}

#[test]
fn no_credential_in_any_message() {
    let spec = format!(
        r#"{{"containers":[{}]}}"#,
        kaniko(r#""--insecure-registry=https://bob:hunter2@quay.io/v2","--build-arg=P=hunter2","--insecure=hunter2""#)
    );
    let judged = judge("insecure-registry-flag", "{}", &spec);
    assert_eq!(judged.findings, ["enforce /spec/containers/0/args/0"]);
    assert!(judged.words.contains("quay.io") && !judged.words.contains("hunter2"), "{}", judged.words);
}

#[test]
fn many_flags_cost_little_and_hide_nothing() {
    let repeated = [r#""--insecure""#; 20_000].join(",");
    assert_eq!(
        found(PLAIN, &kaniko(&format!(r#"{repeated},"-d","quay.io/a""#))),
        ["enforce /spec/containers/0/args/0"]
    );
    let hosts: Vec<String> = (0..5_000).map(|i| format!(r#""--insecure-registry=r{i}.example""#)).collect();
    assert_eq!(found(PLAIN, &kaniko(&hosts.join(","))).len(), 64);
    let allowed = [r#""--insecure-registry=harbor.corp.example:30002""#; 5_000].join(",");
    assert_eq!(
        found(PLAIN, &kaniko(&format!(r#"{allowed},"--insecure-registry=quay.io""#))),
        ["enforce /spec/containers/0/args/5000"]
    );
    let runs = "ko build --insecure-registry; ".repeat(5_000);
    let vars: Vec<(String, String)> = (0..5_000).map(|i| (format!("V{i}"), String::new())).collect();
    let vars: Vec<String> =
        vars.iter().map(|(name, value)| format!(r#"{{"name":"{name}","value":"{value}"}}"#)).collect();
    let container =
        format!(r#"{{"name":"c","image":"a.example/b:1","command":["sh","-c","{runs}"],"env":[{}]}}"#, vars.join(","));
    assert_eq!(found("{}", &container), ["enforce /spec/containers/0/command/2"]);
}

#[test]
fn the_last_variable_of_a_name_counts() {
    let twice = |first: &str, second: &str| {
        env(
            "docker.io/plugins/docker:20",
            &[("PLUGIN_REPO", "quay.io/a"), ("PLUGIN_INSECURE", first), ("PLUGIN_INSECURE", second)],
        )
    };
    assert_eq!(found("{}", &twice("false", "true")), ["enforce /spec/containers/0/env/2/value"]);
    assert!(found("{}", &twice("true", "false")).is_empty());
}

#[test]
fn private_addresses_need_no_flag() {
    let warned = ["warn /spec/containers/0/args/0"];
    assert_eq!(found("{}", &kaniko(r#""--destination=10.105.237.246/app:1""#)), warned);
    assert_eq!(found("{}", &kaniko(r#""-d=172.17.0.15:5000/app:1","-d=172.17.0.15:5000/app:2""#)), warned);
    assert_eq!(found("{}", &kaniko(r#""--cache-repo=192.168.1.9/cache","--destination=quay.io/team/app:1""#)), warned);
    assert_eq!(found("{}", &script("crane cp quay.io/a/b:1 10.0.0.1:5000/b:1")), ["warn /spec/containers/0/command/2"]);
    assert_eq!(found("{}", &script("cosign sign 10.0.0.1:5000/b:1")), ["warn /spec/containers/0/command/2"]);
    assert_eq!(
        found(
            "{}",
            &env("docker.io/woodpeckerci/plugin-kaniko:1", &[("PLUGIN_REGISTRY", "10.0.0.1"), ("PLUGIN_REPO", "a")])
        ),
        ["warn /spec/containers/0/env/1/value"]
    );
    // A flag says it already.
    assert_eq!(
        found("{}", &kaniko(r#""--destination=10.0.0.1/app:1","--insecure""#)),
        ["enforce /spec/containers/0/args/1"]
    );
    for silent in [
        kaniko(r#""--destination=localhost:5000/app:1","--destination=127.0.0.1/app:1","--destination=r.example/a:1""#),
        kaniko(r#""--destination=10.0.0.1.example/app:1","--destination=11.0.0.1/app:1""#),
        kaniko(r#""--destination=10.0.0.1/app:1","--no-push""#),
        script("docker push 10.0.0.1:5000/b:1"),
        script("skopeo copy docker://a docker://10.0.0.1:5000/b:1"),
    ] {
        assert!(found("{}", &silent).is_empty(), "{silent}");
    }
    let settings = r#"{"registries":[{"registry":"10.0.0.1:5000","plainHttp":true}]}"#;
    assert!(found(settings, &kaniko(r#""--destination=10.0.0.1:5000/app:1""#)).is_empty());
}
