//! No file imports, directly or by way of others, a file that imports it: each layer can be read without those above.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// A crate's files by the path of their module, as in `["settings", "review"]`.
type Modules = BTreeMap<Vec<String>, String>;

fn modules(root: &Path) -> Modules {
    let mut modules = Modules::new();
    for file in crate::tidy::rust_files(root) {
        let below = file.strip_prefix(root).expect("a file below its crate").with_extension("");
        let mut path: Vec<String> = below.iter().map(|part| part.to_string_lossy().into_owned()).collect();
        if path.last().is_some_and(|last| last == "mod" || last == "lib" || last == "main") {
            path.pop();
        }
        if !path.iter().any(|part| part.contains("tests")) {
            modules.insert(path, std::fs::read_to_string(&file).expect("a source file"));
        }
    }
    modules
}

/// The paths that a `use` names, its braces unfolded.
fn unfold(tree: &str, before: &[String], out: &mut Vec<Vec<String>>) {
    let tree = tree.trim();
    let Some((path, rest)) = tree.split_once('{') else {
        let path = tree.split(" as ").next().unwrap_or_default();
        let parts = path.split("::").map(str::trim).filter(|part| !part.is_empty() && *part != "*" && *part != "self");
        return out.push(before.iter().cloned().chain(parts.map(str::to_owned)).collect());
    };
    let parts = path.split("::").map(str::trim).filter(|part| !part.is_empty());
    let before: Vec<String> = before.iter().cloned().chain(parts.map(str::to_owned)).collect();
    let (mut depth, mut part) = (0, String::new());
    for letter in rest.trim_end().strip_suffix('}').expect("braces close").chars().chain([',']) {
        depth += i32::from(letter == '{') - i32::from(letter == '}');
        if letter == ',' && depth == 0 {
            if !part.trim().is_empty() {
                unfold(&part, &before, out);
            }
            part.clear();
        } else {
            part.push(letter);
        }
    }
}

/// What a file imports with `use`, as paths from the root of its crate.
fn imports(own: &[String], text: &str) -> Vec<Vec<String>> {
    let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let mut paths = Vec::new();
    for start in ["\nuse ", "\npub use ", "\npub(crate) use ", "\npub(super) use "] {
        for statement in code.split(start).skip(1) {
            unfold(statement.split(';').next().unwrap_or_default(), &[], &mut paths);
        }
    }
    let from_root = |path: Vec<String>| {
        let mut base = own.to_vec();
        match path.first().map(String::as_str) {
            Some("crate") => base.clear(),
            Some("super") => {}
            // A part of the file's own, with which it is one, or another crate.
            _ => return None,
        }
        let ups = path.iter().take_while(|part| *part == "super").count();
        base.truncate(base.len().saturating_sub(ups));
        Some(base.into_iter().chain(path.into_iter().filter(|part| part != "super" && part != "crate")).collect())
    };
    paths.into_iter().filter_map(from_root).collect()
}

/// The files that each imports. A path leads to the longest module that it begins with.
fn arrows(modules: &Modules) -> BTreeMap<Vec<String>, BTreeSet<Vec<String>>> {
    let target = |path: &[String]| {
        (1..=path.len()).rev().map(|length| path[..length].to_vec()).find(|path| modules.contains_key(path))
    };
    let of = |(own, text): (&Vec<String>, &String)| {
        let found = imports(own, text).iter().filter_map(|path| target(path)).filter(|other| other != own).collect();
        (own.clone(), found)
    };
    modules.iter().map(of).collect()
}

/// Files are taken away as long as one imports nothing that is left; what stays is in a circle, or above one.
fn circle(modules: &Modules) -> Vec<String> {
    let mut left = arrows(modules);
    loop {
        let free: Vec<_> = left
            .iter()
            .filter(|(_, imported)| imported.iter().all(|other| !left.contains_key(other)))
            .map(|(own, _)| own.clone())
            .collect();
        if free.is_empty() {
            break;
        }
        left.retain(|own, _| !free.contains(own));
    }
    // From above: what nobody imports is in no circle either.
    loop {
        let imported: BTreeSet<_> = left.values().flatten().cloned().collect();
        let before = left.len();
        left.retain(|own, _| imported.contains(own));
        if left.len() == before {
            break;
        }
    }
    let shown = |path: &Vec<String>| path.join("/");
    left.iter()
        .map(|(own, others)| {
            let others: Vec<_> = others.iter().filter(|other| left.contains_key(*other)).map(shown).collect();
            format!("{} imports {}", shown(own), others.join(", "))
        })
        .collect()
}

#[test]
fn no_imports_form_a_circle() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    for member in ["sdk/src", "sdk/json/src", "policy/src", "host-runner/src"] {
        let modules = modules(&root.join(member));
        let count: usize = arrows(&modules).values().map(BTreeSet::len).sum();
        assert!(member == "sdk/json/src" || count > 50, "{member}: only {count} imports are seen");
        let circle = circle(&modules);
        assert!(circle.is_empty(), "{member}:\n{}", circle.join("\n"));
    }
}

#[test]
fn a_circle_is_seen() {
    let modules = |files: &[(&str, &str)]| -> Modules {
        let path = |name: &str| name.split('/').map(str::to_owned).collect();
        files.iter().map(|(name, text)| (path(name), format!("//! x\n\n{text}"))).collect()
    };
    let chain = [("a", "use crate::b::{B, c};"), ("b/c", "use super::super::d::D;"), ("b", "use std::io;"), ("d", "")];
    assert_eq!(circle(&modules(&chain)), [""; 0]);
    let ring = [("a", "use crate::{b::X, d};"), ("b", "use crate::c;"), ("c", "use super::a::{self, Y};"), ("d", "")];
    assert_eq!(circle(&modules(&ring)), ["a imports b", "b imports c", "c imports a"]);
}
