//! The examples in the documentation of the rules: Bad fires exactly its rule, Good fires nothing.

use std::path::Path;

use serde_json::{Value, json};

use crate::case;
use crate::subject::every_face;

/// The YAML of every fenced block under a heading.
pub(crate) fn examples(docs: &str, heading: &str) -> Vec<String> {
    let docs: Vec<&str> = docs.lines().map(|line| line.strip_prefix(' ').unwrap_or(line)).collect();
    let mut out = Vec::new();
    let mut here = false;
    let mut open: Option<String> = None;
    for line in docs {
        match &mut open {
            Some(_) if line.trim() == "```" => out.extend(open.take()),
            Some(block) => {
                block.push_str(line);
                block.push('\n');
            }
            None if line.starts_with("## ") => here = line.trim() == heading,
            None if here && line.trim() == "```yaml" => open = Some(String::new()),
            None => {}
        }
    }
    out
}

/// What an example says beside its objects in a comment, as `# settings: {…}` and `# cluster: [{…}]`.
fn beside(example: &str, what: &str) -> Option<Value> {
    let text = example.lines().find_map(|line| line.strip_prefix(&format!("# {what}: ")))?;
    Some(case::read_yaml(text, Path::new("a comment of an example")).remove(0))
}

/// The settings of an example.
pub(crate) fn settings(example: &str) -> Value {
    beside(example, "settings").unwrap_or_else(|| json!({}))
}

/// The objects that an example finds in the cluster.
pub(crate) fn cluster(example: &str) -> Value {
    beside(example, "cluster").unwrap_or_default()
}

/// What the rule says about an example, and what others say that anybody would hear.
fn findings(rule: &str, example: &str) -> Vec<Value> {
    let mut found = Vec::new();
    let mut documents = case::read_yaml(example, Path::new("an example"));
    assert!(!documents.is_empty(), "an example without an object:\n{example}");
    for object in documents.drain(..) {
        let payload = case::payload_with(&case::request(&object, None), &settings(example), &cluster(example));
        let answer: Value = serde_json::from_slice(&every_face("evaluate", &payload)).expect("JSON");
        found.extend(answer["findings"].as_array().cloned().unwrap_or_default());
    }
    found.retain(|finding: &Value| finding["rule"] == rule || finding["level"] != "audit");
    found
}

#[test]
fn bad_examples_fire_their_rule_and_good_ones_nothing() {
    for entry in regwarden_policy::rules::CATALOGUE {
        let id = entry.meta.id;
        let docs = entry.docs.unpack();
        let (bad, good) = (examples(&docs, "## Bad"), examples(&docs, "## Good"));
        assert!(!bad.is_empty() && !good.is_empty(), "{id}: both a Bad and a Good example");
        for example in bad {
            let found = findings(id, &example);
            assert!(
                !found.is_empty() && found.iter().all(|finding| finding["rule"] == id),
                "{id}: {found:?}\n{example}"
            );
        }
        for example in good {
            let found = findings(id, &example);
            assert!(found.is_empty(), "{id}: {found:?}\n{example}");
        }
    }
}

#[test]
fn declarations_keep_the_form() {
    for entry in regwarden_policy::rules::CATALOGUE {
        let meta = entry.meta;
        let kebab = meta.id.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
        assert!(kebab, "{}: ids are kebab-case", meta.id);
        let title = meta.title;
        assert!(
            title.len() <= 120 && !title.ends_with('.') && title.starts_with(|c: char| c.is_lowercase()),
            "{}: {title}",
            meta.id
        );
        assert!(entry.docs.unpack().contains("## What it catches"), "{}: the docs say what it catches", meta.id);
        let argued = meta.mends == regwarden_sdk::rule::Mends::Never || entry.docs.unpack().contains("## Fix safety");
        assert!(argued, "{}: a rule that mends argues why that is safe", meta.id);
        assert!(meta.levels.is_sorted(), "{}: a stricter profile is never quieter", meta.id);
        let file = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../policy/src/rules")
            .join(format!("{}.rs", meta.id.replace('-', "_")));
        assert!(file.exists(), "{}: its file has its name", meta.id);
    }
}
