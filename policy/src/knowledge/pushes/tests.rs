//! Tests of what is seen to be pushed.

use regwarden_sdk::finding::Findings;
use regwarden_sdk::json::Document;
use regwarden_sdk::view::PodView;

use crate::knowledge::commands;

/// Every destination of a container as `POINTER IMAGE`, `?` behind an unsure one, `…` behind one that names no tag.
fn pushed(container: &str) -> Vec<String> {
    let text = format!(r#"{{"spec":{{"containers":[{container}]}}}}"#);
    let document = Document::parse(text.as_bytes()).unwrap();
    let mut out = Findings::new(document.root());
    let pod = PodView::read(document.root(), &[], &mut out).unwrap();
    let mut found = Vec::new();
    for commands in commands::read(pod).iter() {
        let container = commands.container.node();
        for push in commands.pushes() {
            let (unsure, place) = (if push.sure { "" } else { "?" }, if push.tagged { "" } else { "…" });
            found.push(format!("{} {}{unsure}{place}", push.node.pointer_from(container), push.image));
        }
    }
    found
}

/// The same without pointers, of a shell script.
fn script(text: &str) -> Vec<String> {
    let text = serde_json_string(text);
    let found = pushed(&format!(r#"{{"image":"docker.io/library/alpine:3","command":["sh","-c",{text}]}}"#));
    found.into_iter().map(|line| line.replacen("/command/2 ", "", 1)).collect()
}

fn serde_json_string(text: &str) -> String {
    regwarden_sdk::json::write::string(text)
}

fn plugin(image: &str, vars: &[(&str, &str)]) -> Vec<String> {
    let vars: Vec<String> =
        vars.iter().map(|(name, value)| format!(r#"{{"name":"{name}","value":"{value}"}}"#)).collect();
    pushed(&format!(r#"{{"image":"{image}","env":[{}]}}"#, vars.join(",")))
}

#[test]
fn kaniko() {
    let image = "gcr.io/kaniko-project/executor:v1.23.2";
    assert_eq!(
        pushed(&format!(
            r#"{{"image":"{image}","args":["--destination=r.example/a:1","--destination","r.example/b","-d","c","-d=d","-de"]}}"#
        )),
        ["/args/0 r.example/a:1", "/args/2 r.example/b", "/args/4 c", "/args/5 d", "/args/6 e"]
    );
    for none in [
        r#""args":["--destination=a","--no-push"]"#,
        r#""args":["--destination=a","--no-push=$(params.NO_PUSH)"]"#,
        r#""args":["--destination=a"],"env":[{"name":"KANIKO_NO_PUSH","value":"true"}]"#,
        r#""args":["--destination=a"],"env":[{"name":"KANIKO_NO_PUSH","valueFrom":{}}]"#,
        r#""args":["--destination=up/CASE"]"#,
        r#""args":["--destination="]"#,
        r#""command":["/busybox/cat"],"args":["--destination=a"]"#,
        r#""command":["sleep"],"args":["99d"]"#,
    ] {
        assert!(pushed(&format!(r#"{{"image":"{image}",{none}}}"#)).is_empty(), "{none}");
    }
    assert_eq!(
        pushed(&format!(r#"{{"image":"{image}","args":["--destination=a","--no-push=false"]}}"#)),
        ["/args/0 a"]
    );
    assert_eq!(
        pushed(&format!(
            r#"{{"image":"{image}","args":["--destination=$(IMAGE)"],"env":[{{"name":"IMAGE","value":"r.example/a"}}]}}"#
        )),
        ["/args/0 r.example/a"]
    );
    assert_eq!(
        pushed(
            r#"{"image":"my/own","command":["/tekton/bin/entrypoint"],"args":["-entrypoint","/kaniko/executor","--","--destination=a"]}"#
        ),
        ["/args/3 a"]
    );
}

#[test]
fn buildkit_and_docker() {
    for (command, images) in [
        ("buildctl build --local context=. --output type=image,name=r.example/a:1,push=true", &["r.example/a:1"][..]),
        (r#"buildctl build --output 'type=image,"name=a,b:1",push=true'"#, &["a", "b:1"]),
        ("buildctl build -o type=image,name=a", &[]),
        ("buildctl build --exporter=image --exporter-opt name=a:1 --exporter-opt push=true", &["a:1"]),
        ("buildctl build --exporter=image --exporter-opt name=a:1", &[]),
        ("buildctl build -o type=image,name=a,push=false", &[]),
        ("buildctl build -o type=image,name=a,push=$PUSH", &[]),
        ("docker push r.example/a", &["r.example/a"]),
        ("docker -H tcp://localhost:2375 push a:1", &["a:1"]),
        ("docker image push -q a:1", &["a:1"]),
        ("docker push --all-tags a", &["a…"]),
        ("docker manifest push a:1", &["a:1"]),
        ("docker build -t a .", &[]),
        ("docker buildx build --push -t a --tag=b:1 .", &["a", "b:1"]),
        ("docker buildx build --push=false -t a .", &[]),
        ("docker build -t a --output type=registry .", &["a"]),
        ("docker build --output type=image,name=b,push=true .", &["b"]),
        ("docker build -t a --output type=docker .", &[]),
        ("docker buildx imagetools create -t a:1 b:1", &["a:1"]),
        ("docker create -t a", &[]),
        ("docker pull a", &[]),
        ("docker compose push a", &[]),
        ("docker run --rm a push b", &[]),
        ("docker --context x push a:1", &["a:1"]),
    ] {
        assert_eq!(script(command), images, "{command}");
    }
}

#[test]
fn clients_of_registries() {
    for (command, images) in [
        ("buildah bud -t r.example/a .", &[][..]),
        ("buildah push r.example/a", &["r.example/a"]),
        ("buildah push a", &["a?"]),
        ("buildah --storage-driver vfs push --format docker a docker://r.example/a:1", &["r.example/a:1"]),
        ("buildah push a r.example/a:1", &["r.example/a:1"]),
        ("buildah push a oci:/tmp/a:1", &[]),
        ("buildah commit c docker://r.example/a", &["r.example/a"]),
        ("buildah commit c r.example/a", &[]),
        ("podman push --creds=u:p r.example/a:1", &["r.example/a:1"]),
        ("podman manifest push --all l docker://r.example/a:1", &["r.example/a:1"]),
        ("skopeo copy docker://a docker://r.example/b", &["r.example/b"]),
        ("skopeo copy --dest-creds u:p docker://a docker://r.example/b", &["r.example/b"]),
        ("skopeo copy docker://a oci:b", &[]),
        ("skopeo copy docker://a", &[]),
        ("skopeo sync --src docker --dest docker a r.example", &["r.example…"]),
        ("skopeo sync --dry-run --src docker --dest docker a r.example", &[]),
        ("skopeo inspect docker://a", &[]),
        ("crane push a.tar r.example/a:1", &["r.example/a:1"]),
        ("crane cp a:1 r.example/a", &["r.example/a"]),
        ("crane cp --all-tags a r.example/a", &["r.example/a…"]),
        ("crane append -f x -t r.example/a:1", &["r.example/a:1"]),
        ("crane digest a", &[]),
        ("oras push r.example/a:1 x", &["r.example/a:1"]),
        ("oras cp a:1 r.example/a:1", &["r.example/a:1"]),
        ("oras pull a", &[]),
        ("tkn bundle push r.example/a:1 -f x", &["r.example/a:1"]),
        ("KO_DOCKER_REPO=r.example/a ko build ./cmd", &["r.example/a…"]),
        ("KO_DOCKER_REPO=ko.local ko build ./cmd", &[]),
        ("KO_DOCKER_REPO=r.example/a ko build --push=false ./cmd", &[]),
        ("KO_DOCKER_REPO=r.example/a ko build -L ./cmd", &[]),
        ("ko build ./cmd", &[]),
        (
            "mvn compile jib:build -Djib.to.image=r.example/a:1 -Djib.to.tags=x,latest",
            &["r.example/a:1", "r.example/a:x", "r.example/a:latest"],
        ),
        ("./gradlew jibDockerBuild -Djib.to.image=a", &[]),
        ("jib build --target=tar://a.tar", &[]),
        ("/cnb/lifecycle/creator -app . -tag=r.example/a:2 r.example/a", &["r.example/a", "r.example/a:2"]),
        ("/cnb/lifecycle/creator -app=. -daemon r.example/a", &[]),
        ("/cnb/lifecycle/analyzer -run-image x r.example/a", &[]),
        ("makisu build -t=a:1 --push=r.example .", &["r.example/a:1"]),
        ("cosign sign r.example/a:1", &[]),
    ] {
        assert_eq!(script(command), images, "{command}");
    }
}

#[test]
fn plugins() {
    let (buildx, kaniko) = ("woodpeckerci/plugin-docker-buildx:5", "woodpeckerci/plugin-kaniko:1");
    assert_eq!(
        plugin(buildx, &[("PLUGIN_REPO", "a/b,r.example/c"), ("PLUGIN_TAGS", "latest,1")]),
        [
            "/env/1/value a/b:latest",
            "/env/1/value a/b:1",
            "/env/1/value r.example/c:latest",
            "/env/1/value r.example/c:1"
        ]
    );
    assert_eq!(
        plugin(kaniko, &[("PLUGIN_REGISTRY", "https://r.example/"), ("PLUGIN_TAG", "1"), ("PLUGIN_REPO", "a/b")]),
        ["/env/1/value r.example/a/b:1"]
    );
    assert_eq!(plugin(buildx, &[("PLUGIN_REPO", "a/b")]), ["/env/0/value a/b?"]);
    assert_eq!(plugin(buildx, &[("PLUGIN_REPO", "a/b"), ("PLUGIN_AUTO_TAG", "true")]), ["/env/0/value a/b…"]);
    for none in [
        &[("PLUGIN_REPO", "a/b"), ("PLUGIN_DRY_RUN", "true")][..],
        &[("PLUGIN_REPO", ""), ("PLUGIN_TAGS", "latest")],
        &[("PLUGIN_TAGS", "latest")],
        &[("PLUGIN_DESTINATIONS", "a/b:latest")],
    ] {
        assert!(plugin(kaniko, none).is_empty(), "{none:?}");
    }
    assert_eq!(
        plugin("drone/placeholder:1", &[("PLUGIN_REPO", "a/b"), ("PLUGIN_TAGS", "latest")]),
        ["/env/1/value a/b:latest?"]
    );
    assert_eq!(
        plugin("x.example/p", &[("PLUGIN_DESTINATIONS", "a/b:latest,c")]),
        ["/env/0/value a/b:latest?", "/env/0/value c?"]
    );
}

#[test]
fn repositories() {
    for (image, repository) in [
        ("a", "a"),
        ("a:1", "a"),
        ("localhost:5000/a", "localhost:5000/a"),
        ("localhost:5000/a:1@sha256:0", "localhost:5000/a"),
        ("r/a@sha256:0", "r/a"),
        ("", ""),
    ] {
        assert_eq!(super::repository_of(image), repository);
    }
}

#[test]
fn there_is_an_end_to_it() {
    let many: Vec<String> = (0..2000).map(|i| format!("a{i}")).collect();
    let many = many.join(",");
    assert_eq!(plugin("plugins/docker", &[("PLUGIN_REPO", &many), ("PLUGIN_TAGS", &many)]).len(), 128);
    let script = "KO_DOCKER_REPO=ko.local ko build; docker push a:1\n".repeat(1000);
    assert_eq!(self::script(&script).len(), 128);
}
