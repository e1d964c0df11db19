//! Tests of reading what a container runs.

use regwarden_sdk::finding::Findings;
use regwarden_sdk::json::Document;
use regwarden_sdk::view::PodView;

use super::{Run, runs};

fn with_runs(container: &str, test: impl Fn(&[Run<'_>])) {
    let text = format!(r#"{{"spec":{{"containers":[{container}]}}}}"#);
    let document = Document::parse(text.as_bytes()).unwrap();
    let mut out = Findings::new(document.root());
    let pod = PodView::read(document.root(), &[], &mut out).unwrap();
    test(&runs(pod.containers().next().unwrap()));
}

/// Every run as `tool: arg|arg`.
fn read(container: &str) -> Vec<String> {
    let mut found = Vec::new();
    let cell = std::cell::RefCell::new(&mut found);
    with_runs(container, |runs| {
        for run in runs {
            let args: Vec<&str> = run.args.iter().map(|arg| &*arg.text).collect();
            cell.borrow_mut().push(format!("{}: {}", run.tool.name, args.join("|")));
        }
    });
    found
}

#[test]
fn by_image_by_command_and_by_flags() {
    assert_eq!(
        read(r#"{"image":"gcr.io/kaniko-project/executor:v1","args":["--insecure","-d","a/b"]}"#),
        ["kaniko: --insecure|-d|a/b"]
    );
    assert_eq!(read(r#"{"image":"alpine","command":["/usr/bin/buildah","push"],"args":["x"]}"#), ["buildah: push|x"]);
    assert_eq!(read(r#"{"image":"alpine","args":["skopeo","copy"]}"#), ["skopeo: copy"]);
    assert_eq!(
        read(r#"{"image":"my/builder","args":["--dockerfile=D","--destination=a/b"]}"#),
        ["kaniko: --dockerfile=D|--destination=a/b"]
    );
    // An image says nothing about a command of another program.
    assert!(read(r#"{"image":"gcr.io/kaniko-project/executor:debug","command":["sleep"],"args":["99d"]}"#).is_empty());
    assert!(
        read(r#"{"image":"quay.io/buildah/stable","command":["kubectl","--insecure-skip-tls-verify"]}"#).is_empty()
    );
    assert!(read(r#"{"name":"kaniko","image":"alpine","args":["--insecure"]}"#).is_empty());
    assert!(read(r#"{"image":"alpine"}"#).is_empty());
    assert!(read("{}").is_empty());
}

#[test]
fn inside_shell_strings() {
    let script = r#"{"image":"alpine","command":["/bin/sh","-ec"],"args":["apk add buildah && echo buildah\nbuildah push \"a b\" x | tee y; A=1 ko build ./cmd"]}"#;
    assert_eq!(read(script), ["buildah: push|a b|x", "ko: build|./cmd"]);
    with_runs(script, |runs| assert_eq!(runs[1].variables, [("A".to_owned(), "1".to_owned())]));
    assert_eq!(read(r#"{"command":["bash","-c","sh -c 'crane cp a b'"]}"#), ["crane: cp|a|b"]);
    assert_eq!(read(r#"{"command":["sh","-ce","exec /kaniko/executor -d x"]}"#), ["kaniko: -d|x"]);
    assert_eq!(
        read(r#"{"image":"gcr.io/kaniko-project/executor:debug","command":["/busybox/sh","-c","executor -d x"]}"#),
        ["kaniko: -d|x"]
    );
    assert!(read(r#"{"command":["sh","-c","curl --insecure https://x"]}"#).is_empty());
    assert!(read(r#"{"command":["sh","-c"]}"#).is_empty());
    assert!(read(r#"{"command":["sh","/scripts/build.sh"]}"#).is_empty());
}

#[test]
fn behind_wrappers() {
    let tekton = r#"{"command":["/tekton/bin/entrypoint","-entrypoint","/kaniko/executor","--","--insecure"]}"#;
    assert_eq!(read(tekton), ["kaniko: --insecure"]);
    assert_eq!(read(r#"{"command":["tini","--","sh","-c","timeout 60 podman push x"]}"#), ["podman: push|x"]);
    assert_eq!(read(r#"{"command":["env","A=b","skopeo","copy"]}"#), ["skopeo: copy"]);
    assert!(read(r#"{"command":["which","skopeo"]}"#).is_empty());
}

#[test]
fn variables_that_are_written_in_the_object() {
    let env = r#""env":[{"name":"REG","value":"r.example:5000"},{"name":"OPTS","value":"--insecure --x"},{"name":"S","valueFrom":{"secretKeyRef":{"name":"s","key":"k"}}}]"#;
    assert_eq!(
        read(&format!(
            r#"{{"image":"gcr.io/kaniko-project/executor","args":["-d","$(REG)/$(UNKNOWN)/$(S)","$${{REG}}","${{REG}}"],{env}}}"#
        )),
        ["kaniko: -d|r.example:5000/$(UNKNOWN)/$(S)|$${REG}|${REG}"]
    );
    assert_eq!(
        read(&format!(
            r#"{{"command":["sh","-c","buildah push $OPTS \"$OPTS\" '$OPTS' ${{REG}}/a:$TAG $(date +%s)"],{env}}}"#
        )),
        ["buildah: push|--insecure|--x|--insecure --x|$OPTS|r.example:5000/a:$TAG|$(date +%s)"]
    );
}

#[test]
fn flags_values_and_positionals() {
    with_runs(
        r#"{"image":"gcr.io/kaniko-project/executor","args":["-d","a","--destination=b","-dc","-d=e","--cache","--destination"]}"#,
        |runs| {
            let mut values = Vec::new();
            runs[0].values(&["--destination", "-d"], &mut |value| values.push(value));
            assert_eq!(values, ["a", "b", "c", "e"]);
        },
    );
    with_runs(
        r#"{"command":["buildah","--root","/r","push","--authfile","/a/b","--tls-verify=false","x","docker://y","--","z"]}"#,
        |runs| {
            assert_eq!(runs[0].operands().map(|arg| &*arg.text).collect::<Vec<_>>(), ["push", "x", "docker://y", "z"]);
            assert_eq!(runs[0].subcommands()[0], "push");
            assert_eq!(
                runs[0].flags().map(|flag| flag.name.to_owned()).collect::<Vec<_>>(),
                ["--root", "--authfile", "--tls-verify"]
            );
        },
    );
}

#[test]
fn hostile_input_costs_little() {
    let many = "$(A)".repeat(50_000);
    assert_eq!(
        read(&format!(
            r#"{{"image":"gcr.io/kaniko-project/executor","args":["{many}"],"env":[{{"name":"A","value":"x"}}]}}"#
        ))
        .len(),
        1
    );
    let nested = "sh -c ".repeat(1000);
    assert!(read(&format!(r#"{{"command":["sh","-c","{nested}"]}}"#)).is_empty());
    assert_eq!(
        read(r#"{"image":"gcr.io/kaniko-project/executor","args":["$","$(","${","$()","é$é"]}"#),
        ["kaniko: $|$(|${|$()|é$é"]
    );
}
