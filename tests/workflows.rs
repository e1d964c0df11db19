//! The workflows of GitHub: what they run is pinned, and no job may more than its task needs.

use std::path::Path;

use serde_json::Value;

use crate::case::read_yaml;

fn all() -> Vec<(String, String, Value)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../.github/workflows");
    let mut out: Vec<_> = std::fs::read_dir(&folder)
        .expect("the workflows")
        .flatten()
        .map(|entry| {
            let text = std::fs::read_to_string(entry.path()).expect("a workflow");
            let value = read_yaml(&text, &entry.path()).remove(0);
            (entry.file_name().to_string_lossy().into_owned(), text, value)
        })
        .collect();
    out.sort_by(|one, other| one.0.cmp(&other.0));
    assert_eq!(out.iter().map(|workflow| workflow.0.as_str()).collect::<Vec<_>>(), ["ci.yml", "release.yml"]);
    out
}

#[test]
fn actions_are_pinned_to_commits() {
    let mut seen = 0;
    for (name, text, _) in all() {
        for line in text.lines().filter_map(|line| line.split_once("uses: ").map(|(_, uses)| uses)) {
            seen += 1;
            let (action, version) = line.split_once(" # v").unwrap_or((line, ""));
            let commit = action.split_once('@').map_or("", |(_, commit)| commit);
            assert!(
                commit.len() == 40 && commit.bytes().all(|byte| byte.is_ascii_hexdigit()) && !version.is_empty(),
                "{name}: `{line}` is not an action at a commit with its version in a comment"
            );
        }
    }
    assert!(seen > 5, "only {seen} actions");
}

#[test]
fn only_jobs_that_write_may_write() {
    for (name, _, workflow) in all() {
        let top = workflow["permissions"].as_object().expect("permissions");
        assert!(top.values().all(|right| right == "read"), "{name}: rights of all jobs");
        for (job, what) in workflow["jobs"].as_object().expect("jobs") {
            assert!(what["timeout-minutes"].is_number(), "{name}: {job} has no end");
            let rights: Vec<String> = what["permissions"]
                .as_object()
                .into_iter()
                .flatten()
                .filter(|(_, right)| *right == "write")
                .map(|(key, _)| key.clone())
                .collect();
            let expected: &[&str] = match job.as_str() {
                "publish" => &["contents", "id-token", "packages"],
                "artifacthub" => &["contents"],
                _ => &[],
            };
            assert_eq!(rights, expected, "{name}: {job}");
        }
    }
}

/// Text of a pull request, a branch or a tag must not become shell.
#[test]
fn no_expression_stands_in_a_script() {
    for (name, _, workflow) in all() {
        for (job, what) in workflow["jobs"].as_object().expect("jobs") {
            for script in what["steps"].as_array().expect("steps").iter().filter_map(|step| step["run"].as_str()) {
                assert!(!script.contains("${{"), "{name}: {job}: {script}");
            }
        }
    }
}

/// What tests miss on a fresh machine fails there, where nobody is root.
#[test]
fn what_tests_need_is_installed_before_them() {
    let makefile = include_str!("../Makefile");
    let packages =
        makefile.lines().find_map(|line| line.trim().strip_prefix("@for pair in ")).expect("the tools of tests");
    let packages = packages.split([' ', ';']).filter_map(|pair| pair.split_once(':')).map(|(_, package)| package);
    let packages: Vec<&str> = packages.collect();
    assert!(packages.len() >= 3, "{packages:?}");
    for (name, _, workflow) in all() {
        let steps = workflow["jobs"]["test"]["steps"].as_array().expect("steps");
        let scripts: Vec<&str> = steps.iter().filter_map(|step| step["run"].as_str()).collect();
        let test = scripts.iter().position(|script| script.contains("make test")).expect("the tests");
        for package in &packages {
            let is_installed =
                |script: &&str| script.contains("apt-get install") && script.split(' ').any(|word| word == *package);
            assert!(scripts[..test].iter().any(is_installed), "{name}: {package} is not installed");
        }
    }
}
