//! Random edits of random manifests: verified or refused, never a panic, never a wrong file.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::tests::same;
use super::{EditOp, FileEdit, Limits, read, rewrite};

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(json!(null)),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        (-1000..1000).prop_map(|n| json!(f64::from(n) / 8.0)),
        proptest::sample::select(vec![
            "",
            "a",
            "yes",
            "0777",
            "1e3",
            "x: y",
            "- z",
            "#",
            "it's",
            "a\nb\n",
            "é\u{1F600}",
            "\u{85}\u{2028}\t",
            " lead",
            "~",
            "*a",
            "{{ x }}",
            "trail "
        ])
        .prop_map(Value::from),
        "[ -~]{0,12}".prop_map(Value::from),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    scalar().prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::btree_map(key(), inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn key() -> impl Strategy<Value = String> {
    proptest::sample::select(vec!["a", "b", "name", "on", "k/l", "m~n", "x y", "1", "d.e"]).prop_map(str::to_owned)
}

/// One way of writing a value; `style` decides between the spellings.
fn write(value: &Value, column: usize, style: &mut impl Iterator<Item = u8>, out: &mut String) {
    let pick = style.next().unwrap_or(0);
    let pad = " ".repeat(column);
    let comment = if pick & 16 == 16 { " # c: [x" } else { "" };
    match value {
        Value::Object(map) if !map.is_empty() && !pick.is_multiple_of(4) => {
            out.push_str(comment);
            for (name, value) in map {
                if pick & 32 == 32 {
                    out.push_str(&format!("\n{pad}# - note"));
                }
                out.push_str(&format!("\n{pad}{}:", json!(name)));
                let dedent = value.is_array() && pick & 8 == 8;
                write(value, if dedent { column } else { column + 2 }, style, out);
            }
        }
        Value::Array(items) if !items.is_empty() && !pick.is_multiple_of(4) => {
            out.push_str(comment);
            for item in items {
                out.push_str(&format!("\n{pad}-"));
                write(item, column + 2, style, out);
            }
        }
        Value::Null if pick & 1 == 1 => out.push_str(comment),
        Value::String(text) if pick & 3 == 3 && text.chars().all(|c| ('!'..='~').contains(&c)) && !text.is_empty() => {
            out.push_str(&format!(" |-{comment}\n{}  {text}", " ".repeat(column)));
        }
        Value::String(text) if pick & 3 == 2 && text.chars().all(|c| (' '..='~').contains(&c)) => {
            out.push_str(&format!(" '{}'{comment}", text.replace('\'', "''")));
        }
        Value::Array(items) if pick & 64 == 64 => {
            let items: Vec<_> = items.iter().map(Value::to_string).collect();
            out.push_str(&format!(" [\n{pad}  {}\n{pad}]{comment}", items.join(&format!(",\n{pad}  "))));
        }
        other => out.push_str(&format!(" {other}{comment}")),
    }
}

fn paths(value: &Value, here: &str, out: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            out.push(format!("{here}/new"));
            for (name, value) in map {
                let path = format!("{here}/{}", name.replace('~', "~0").replace('/', "~1"));
                out.push(path.clone());
                paths(value, &path, out);
            }
        }
        Value::Array(items) => {
            out.push(format!("{here}/-"));
            for (at, value) in items.iter().enumerate() {
                let path = format!("{here}/{at}");
                out.push(path.clone());
                paths(value, &path, out);
            }
        }
        _ => {}
    }
}

fn edits() -> impl Strategy<Value = Vec<(u8, prop::sample::Index, Value)>> {
    proptest::collection::vec((0..3_u8, any::<prop::sample::Index>(), value()), 1..4)
}

fn operation(op: u8) -> EditOp {
    match op {
        0 => EditOp::Add,
        1 => EditOp::Replace,
        _ => EditOp::Remove,
    }
}

fn patched(object: &Value, edits: &[FileEdit]) -> Option<Value> {
    let mut object = object.clone();
    for edit in edits {
        let op = match edit.op {
            EditOp::Add => "add",
            EditOp::Replace => "replace",
            EditOp::Remove => "remove",
        };
        let patch: json_patch::Patch =
            serde_json::from_value(json!([{"op": op, "path": edit.path, "value": edit.value}])).unwrap();
        json_patch::patch(&mut object, &patch).ok()?;
    }
    Some(object)
}

fn run(text: &str, plan: &[(u8, prop::sample::Index, Value)]) -> (bool, bool) {
    let before = read(text.as_bytes(), &Limits::default());
    let Some(document) = before.documents.first().filter(|_| before.error.is_none()) else { return (false, false) };
    let object: Value = serde_json::from_str(&document.json).unwrap();
    let mut all = Vec::new();
    paths(&object, "", &mut all);
    if all.is_empty() {
        return (false, false);
    }
    let edits: Vec<FileEdit> = plan
        .iter()
        .map(|(op, at, value)| FileEdit {
            document: 0,
            op: operation(*op),
            path: at.get(&all).clone(),
            value: Some(value.clone()),
        })
        .collect();
    let expected = patched(&object, &edits);
    match rewrite(text, &edits) {
        Ok(result) => {
            let after = read(result.as_bytes(), &Limits::default());
            assert!(after.error.is_none());
            let got: Value = serde_json::from_str(&after.documents[0].json).unwrap();
            assert!(same(&got, &expected.unwrap()), "{result}");
            (true, true)
        }
        Err(error) => {
            if std::env::var_os("SHOW_REFUSALS").is_some() && expected.is_some() {
                println!("=== {error}\n{text}\n--- {edits:?}");
            }
            (expected.is_some(), false)
        }
    }
}

#[test]
fn random_edits_are_verified_or_refused() {
    let mut runner = proptest::test_runner::TestRunner::new_with_rng(
        ProptestConfig { cases: 800, failure_persistence: None, ..ProptestConfig::default() },
        proptest::test_runner::TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha),
    );
    let counts = std::cell::Cell::new((0_u32, 0_u32));
    let strategy = (
        proptest::collection::btree_map(key(), value(), 1..5),
        proptest::collection::vec(any::<u8>(), 64),
        edits(),
        any::<bool>(),
    );
    let outcome = runner.run(&strategy, |(map, style, plan, crlf)| {
        let object = Value::Object(map.into_iter().collect());
        let mut text = String::new();
        write(&object, 0, &mut style.into_iter(), &mut text);
        let mut text = text.trim_start().to_owned() + "\n";
        if crlf {
            text = text.replace('\n', "\r\n");
        }
        let (possible, done) = run(&text, &plan);
        let (all, fine) = counts.get();
        counts.set((all + u32::from(possible), fine + u32::from(done)));
        Ok(())
    });
    assert!(outcome.is_ok(), "{outcome:?}");
    let (possible, done) = counts.get();
    println!("{done} of {possible} possible rewrites done");
    // Refusing is safe, but an editor that refuses much is of no use.
    assert!(done * 10 >= possible * 9, "only {done} of {possible} possible rewrites were done");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 800, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_edits_of_json(object in proptest::collection::btree_map(key(), value(), 1..5), plan in edits(), pretty in any::<bool>()) {
        let object = Value::Object(object.into_iter().collect());
        let text = if pretty { serde_json::to_string_pretty(&object).unwrap() } else { object.to_string() };
        let (possible, done) = run(&text, &plan);
        prop_assert_eq!(possible, done, "{}", text);
    }

    #[test]
    fn random_text_never_panics(parts in proptest::collection::vec(proptest::sample::select(vec!["a: ", "b:", "- ", "\n", "\n  ", "\n    ", "[", "]", "{", "}", ", ", "'x'", "\"y\"", "&x ", "*x", "<<: ", "!!str ", "|\n", ">+\n", " # c", "? ", "\n---\n", "\u{FEFF}", "1", "é"]), 1..20), plan in edits()) {
        run(&parts.concat(), &plan);
    }
}
