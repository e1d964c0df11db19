//! The rules of the house that no compiler knows.

use std::path::{Path, PathBuf};

const MEMBERS: &[&str] = &["sdk", "policy", "host-runner", "tests"];

fn root() -> PathBuf {
    // Without the way through `tests`, which would make a test of every file.
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace").to_path_buf()
}

/// Every Rust file below a folder, in order.
pub(crate) fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut out = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            out.extend(rust_files(&path));
        } else if path.extension().is_some_and(|end| end == "rs") {
            out.push(path);
        }
    }
    out.sort();
    out
}

fn sources() -> impl Iterator<Item = (PathBuf, String)> {
    MEMBERS.iter().flat_map(|member| rust_files(&root().join(member))).map(|file| {
        let text = std::fs::read_to_string(&file).expect("a source file");
        (file, text)
    })
}

fn is_test(file: &Path) -> bool {
    let named = |name: &str| file.components().any(|part| part.as_os_str() == name);
    named("tests") || named("benches") || file.file_stem().is_some_and(|stem| stem.to_string_lossy().contains("tests"))
}

#[test]
fn every_file_opens_with_its_responsibility() {
    for (file, text) in sources() {
        let first = text.lines().next().unwrap_or_default();
        assert!(
            first.starts_with("//! ") && first.len() > 15,
            "{}: the first line says what the file is for",
            file.display()
        );
    }
}

#[test]
fn files_stay_small() {
    let mut seen = 0;
    for (file, text) in sources().filter(|(file, _)| !is_test(file)) {
        seen += 1;
        let lines = text.lines().count();
        assert!(lines <= 450, "{}: {lines} lines; split it by responsibility", file.display());
    }
    assert!(seen > 100, "only {seen} files were looked at");
}

#[test]
fn every_rule_file_is_in_the_list() {
    let rules = root().join("policy/src/rules");
    let list = std::fs::read_to_string(rules.join("mod.rs")).expect("the list");
    for file in rust_files(&rules) {
        let stem = file.file_stem().expect("a name").to_string_lossy().into_owned();
        if stem != "mod" && file.parent() == Some(&rules) {
            assert!(
                list.contains(&format!("mod {stem};")) && list.contains(&format!("{stem}::")),
                "{stem} is not in the list of rules"
            );
        }
    }
}

#[test]
fn nothing_is_left_for_later_and_nothing_is_skipped() {
    // Spelled in parts, so that this file does not speak of itself.
    let marks = ["TO", "FIX", "XX"].iter().zip(["DO", "ME", "X"]).map(|(a, b)| format!("{a}{b}")).collect::<Vec<_>>();
    for (file, text) in sources() {
        for mark in &marks {
            assert!(!text.contains(mark.as_str()), "{}: {mark}", file.display());
        }
        assert!(!text.contains(concat!("#[", "ignore")), "{}: no test is ignored", file.display());
    }
}

#[test]
fn no_wasm_is_in_git() {
    let output = std::process::Command::new("git").args(["ls-files"]).current_dir(root()).output().expect("git runs");
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        assert!(![".wasm", ".cwasm", ".so", ".a"].iter().any(|end| line.ends_with(end)), "{line}");
    }
}

/// What a person reads: a message begins in lower case, has no full stop at its end and no line break.
#[test]
fn messages_keep_the_form() {
    use crate::case;
    for case in case::all() {
        let answer: serde_json::Value =
            serde_json::from_slice(&crate::subject::Subject::Native.call("evaluate", &case.payload())).expect("JSON");
        for finding in answer["findings"].as_array().into_iter().flatten() {
            for key in ["message", "remedy"] {
                let text = finding[key].as_str().unwrap_or_default();
                let first = text.chars().next().unwrap_or('?');
                assert!(
                    !first.is_uppercase() || text.split_whitespace().next().is_some_and(is_name),
                    "{}: {key} begins in lower case: {text}",
                    case.name()
                );
                assert!(!text.ends_with('.') && !text.contains('\n'), "{}: {key}: {text}", case.name());
                assert!((10..=300).contains(&text.chars().count()), "{}: {key} is one sentence: {text}", case.name());
            }
        }
    }
}

/// Names of Kubernetes and of tools keep their capitals.
fn is_name(word: &str) -> bool {
    ["Secret", "Pod", "ServiceAccount", "Kaniko"].contains(&word)
}
