//! `explain-credentials`: help, table, JSON, picture, Mermaid; wrong usage; nothing secret in any of them.

use std::fs;

use crate::place::{Place, cluster, config, keeps_secrets, pod, secret};
use crate::registry::{PASSWORD, USER};

/// Two images, a push, five Secrets, each with something to say.
fn place() -> Place {
    let place = Place::new();
    let secrets = [
        secret("first", &config("registry.example.com/team", USER, PASSWORD)),
        secret("second", &config("registry.example.com", USER, PASSWORD)),
        secret("push", &config("*.example.com", USER, PASSWORD)),
    ];
    let images = ["registry.example.com/team/app:1".to_owned(), "quay.io/team/base:2".to_owned()];
    let build = crate::place::kaniko("registry.example.com/team/app:2");
    place.write("cluster.yaml", &cluster(&secrets));
    place.write("pod.yaml", &pod(&images, &["second", "first", "absent"]));
    place.write("build.yaml", &build);
    place
}

const ARGUMENTS: [&str; 5] = ["explain-credentials", "--cluster", "cluster.yaml", "pod.yaml", "build.yaml"];

#[test]
fn help_has_examples_and_exit_codes() {
    let place = Place::new();
    for command in ["explain-credentials", "probe"] {
        let ran = place.run(&[command, "--help"]);
        assert_eq!(ran.code, 0);
        assert!(ran.stdout.contains("Examples:") && ran.stdout.contains("Exit codes: 0"), "{}", ran.stdout);
        place.snapshot(&format!("help-{command}.txt"), &ran.stdout, &[]);
    }
    for shell in ["bash", "zsh", "fish"] {
        let ran = place.run(&["completions", shell]);
        assert!(ran.stdout.contains("explain-credentials") && ran.stdout.contains("allow-realm"), "{shell}");
    }
}

#[test]
fn a_table_says_who_opens_what() {
    let place = place();
    let ran = place.run(&ARGUMENTS);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    place.snapshot("table.txt", &ran.stdout, &[]);
}

#[test]
fn json_is_stable() {
    let place = place();
    let ran = place.run(&[&ARGUMENTS[..], &["--output", "json"]].concat());
    assert_eq!(ran.code, 0);
    let json = ran.json();
    assert_eq!(json["schema"], "regwarden/credentials/v1");
    let candidates = &json["objects"][0]["pods"][0]["pulls"][0]["candidates"];
    assert_eq!(candidates[0]["source"], "first", "the more specific key comes first, whatever the list says");
    assert_eq!((&candidates[0]["state"], &candidates[1]["state"]), (&"used".into(), &"shadowed".into()));
    assert_eq!(json["objects"][1]["pods"][0]["pushes"][0]["verdict"], "anonymous");
    place.snapshot("explained.json", &ran.stdout, &[]);
}

#[test]
fn pictures() {
    let place = place();
    let ran = place.run(&[&ARGUMENTS[..], &["--picture", "out.svg"]].concat());
    assert!(ran.stdout.contains("a credential is shown"), "the table is printed beside it");
    let picture = fs::read_to_string(place.path().join("out.svg")).unwrap();
    keeps_secrets(&picture);
    let document = roxmltree::Document::parse(&picture).unwrap();
    assert_eq!(document.root_element().tag_name().name(), "svg");
    let shown = place.run(&[&ARGUMENTS[..], &["--picture", "-"]].concat());
    assert_eq!(shown.stdout, picture);
    let mermaid = place.run(&[&ARGUMENTS[..], &["--mermaid"]].concat());
    assert!(mermaid.stdout.starts_with("flowchart LR\n"));
    place.snapshot("explained.mmd", &mermaid.stdout, &[]);
}

#[test]
fn one_repository_explains_itself() {
    let place = place();
    let text = ["cluster.yaml", "pod.yaml"].map(|file| fs::read_to_string(place.path().join(file)).unwrap());
    let ran = place.run_with(&["explain-credentials", "--cluster", "self", "-o", "json"], &text.join("---\n"));
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let json = ran.json();
    assert_eq!(json["objects"].as_array().unwrap().len(), 1, "Secrets and accounts are asked, not explained");
    assert_eq!(json["objects"][0]["pods"][0]["pulls"][0]["verdict"], "credential");
}

#[test]
fn a_node_is_asked_after_the_secrets() {
    let place = place();
    place.write("node.json", &config("quay.io", USER, PASSWORD));
    let ran = place.run(&[&ARGUMENTS[..], &["--node-config", "node.json", "-o", "json"]].concat());
    let pull = &ran.json()["objects"][0]["pods"][0]["pulls"][1];
    assert_eq!((pull["image"].as_str(), pull["verdict"].as_str()), (Some("quay.io/team/base:2"), Some("credential")));
    let last = pull["candidates"].as_array().unwrap().last().unwrap();
    assert_eq!((last["provider"].as_str(), last["state"].as_str()), (Some("node"), Some("used")));
    place.write("node.json", r#"{"auths": {"quay.io": {"auth": "marker"}}}"#);
    let ran = place.run(&[&ARGUMENTS[..], &["--node-config", "node.json"]].concat());
    assert_eq!(ran.code, 5);
    assert!(ran.stderr.contains("/auths/quay.io/auth"), "{}", ran.stderr);
}

#[test]
fn what_makes_no_sense_is_told() {
    let place = place();
    for (code, arguments, said) in [
        (2, &["explain-credentials", "--mermaid", "-o", "json", "pod.yaml"][..], "cannot be used with"),
        (2, &["explain-credentials", "--picture", "-", "--mermaid", "pod.yaml"], "name a file for the picture"),
        (2, &["explain-credentials", "-", "-"], "standard input can be read once only"),
        (2, &["probe", "pod.yaml"], "say where the Secrets are"),
        (2, &["probe", "--cluster", "self", "--insecure-registry", "http://x", "pod.yaml"], "is no host"),
        (2, &["probe", "--cluster", "self", "--timeout", "0", "pod.yaml"], "whole seconds"),
        (5, &["probe", "--cluster", "self", "--ca", "pod.yaml", "pod.yaml"], "no certificate"),
        (5, &["probe", "--cluster", "self", "--ca", "absent", "pod.yaml"], "no such file"),
        (5, &["explain-credentials", "absent.yaml"], "no such file"),
        (5, &["explain-credentials", "--cluster", "absent", "pod.yaml"], "no such file"),
    ] {
        let ran = place.run(arguments);
        assert_eq!(ran.code, code, "{arguments:?}: {}{}", ran.stdout, ran.stderr);
        assert!(format!("{}{}", ran.stdout, ran.stderr).contains(said), "{arguments:?}: {}{}", ran.stdout, ran.stderr);
    }
}
