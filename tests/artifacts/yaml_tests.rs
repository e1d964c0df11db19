//! What is written is read back as what was meant, by the product's own reader of YAML.

use regwarden_host::manifest;
use serde_json::Value;

use super::yaml::Yaml;
use super::{metadata, questions};

#[track_caller]
fn same(value: &Yaml) {
    let text = value.document();
    let stream = manifest::read(text.as_bytes(), &manifest::Limits::default());
    assert!(stream.error.is_none() && stream.documents.len() == 1, "{:?}\n{text}", stream.error);
    let read: Value = serde_json::from_str(&stream.documents[0].json).expect("JSON");
    let meant: Value = serde_json::from_str(&value.json()).expect("JSON");
    assert_eq!(read, meant, "{text}");
}

#[test]
fn words_that_yaml_takes_for_something_else_stay_text() {
    for text in [
        "",
        "off",
        "NO",
        "y",
        "null",
        "~",
        "1.0",
        "0x1f",
        "1e3",
        "2026-11-21",
        "- a",
        "a: b",
        "a #b",
        "a:",
        "*",
        "&a",
        "!x",
        "{}",
        "[]",
        " a",
        "a ",
        "a, b",
        "'",
        "\"",
        "a\nb",
        "a\n\nb\n",
        "http://x/y:v1",
        "registry://g/p:v0.1.0",
        "é",
        "%",
        "@a",
        "`a`",
        "| x",
        "> y",
        "a\tb",
        "?",
        "=",
    ] {
        same(&Yaml::from([("key", text.into()), ("list", Yaml::from(vec![text, "b"])), (text, true.into())]));
    }
}

#[test]
fn shapes_within_shapes() {
    let inner = Yaml::from([("a", Yaml::List(vec![])), ("b", Yaml::Map(vec![])), ("c", Yaml::from(vec!["x"]))]);
    let list = Yaml::List(vec![inner.clone(), Yaml::List(vec![inner.clone(), "x".into()]), "long".repeat(20).into()]);
    same(&Yaml::from([("list", list.clone()), ("map", Yaml::from([("list", list)])), ("text", "a\n  b\n".into())]));
}

#[test]
fn generated_files_are_read_as_they_are_meant() {
    same(&metadata::rules());
    same(&questions::questions());
}
