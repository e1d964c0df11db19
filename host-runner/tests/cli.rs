//! The command line as a user meets it: help, output, exit codes.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::string_slice,
    reason = "a test fails loudly"
)]

#[path = "support/binary.rs"]
mod binary;
#[path = "cli_support/guests.rs"]
mod guests;
#[path = "cli_support/mod.rs"]
mod support;

use std::fs;
use std::process::Command;

use clap::CommandFactory as _;
use regwarden_host::cli::Cli;
use support::Place;

const REQUEST: &str = r#"{"uid":"u1","kind":{"group":"","version":"v1","kind":"Pod"},"operation":"CREATE","userInfo":{},
  "resource":{"group":"","version":"v1","resource":"pods"},"object":{"apiVersion":"v1","kind":"Pod"}}"#;

/// Name of the snapshot, exit code, arguments, standard input.
type Case = (&'static str, i32, &'static [&'static str], &'static str);

#[track_caller]
fn all(cases: &[Case]) {
    let place = Place::new();
    let mut wrong = Vec::new();
    for (name, code, arguments, stdin) in cases {
        let ran = place.run(arguments, stdin);
        if ran.code != Some(*code) {
            wrong.push(format!("{name}: exit {:?} instead of {code}\n{}{}", ran.code, ran.stdout, ran.stderr));
        }
        assert!(!ran.stdout.contains("hunter2") && !ran.stderr.contains("hunter2"), "{name} shows a credential");
        assert!(!ran.stdout.contains('\u{1b}') && !ran.stderr.contains('\u{1b}'), "{name} steers the terminal");
        wrong.extend(place.snapshot(name, arguments, stdin));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

/// Every command by its words, the program itself first.
fn commands(command: &clap::Command, words: &[String]) -> Vec<Vec<String>> {
    let mut found = vec![words.to_vec()];
    for inner in command.get_subcommands() {
        found.extend(commands(inner, &[words, &[inner.get_name().to_owned()]].concat()));
    }
    found
}

#[test]
fn every_command_has_help_with_examples() {
    let place = Place::new();
    let mut wrong = Vec::new();
    let all_commands = commands(&Cli::command(), &[]);
    assert!(all_commands.len() > 20, "{all_commands:?}");
    for words in all_commands {
        let arguments: Vec<&str> = words.iter().map(String::as_str).chain(["--help"]).collect();
        let ran = place.run(&arguments, "");
        assert_eq!(ran.code, Some(0), "{arguments:?}");
        // A group shows its commands, each of which has its own.
        let is_group = ran.stdout.contains("\nCommands:\n") && !words.is_empty();
        assert!(is_group || ran.stdout.contains("Examples:"), "{arguments:?} has no example");
        let name = ["help"].into_iter().chain(words.iter().map(String::as_str)).collect::<Vec<_>>().join("-");
        wrong.extend(place.snapshot(&name, &arguments, ""));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    all(&[("help-settings-short", 2, &["settings"], "")]);
}

#[test]
fn wrong_usage_ends_with_2() {
    all(&[
        ("usage-nothing", 2, &[], ""),
        ("usage-command", 2, &["chek"], ""),
        ("usage-flag", 2, &["check", "--polcy", "x"], ""),
        ("usage-operation", 2, &["check", "--operation", "CONNECT", "pod.yaml"], ""),
        ("usage-stdin-twice", 2, &["check", "-", "-"], ""),
        ("usage-fix-stdin", 2, &["check", "--fix", "-"], ""),
        ("usage-diff-json", 2, &["check", "--diff", "--output", "json", "pod.yaml"], ""),
        ("usage-settings-stdin", 2, &["check", "--settings", "-", "-"], ""),
        (
            "usage-run-settings-twice",
            2,
            &["run", "-r", "review.json", "--settings-json", "{}", "-s", "settings.yaml", "allow.wasm"],
            "",
        ),
        ("usage-run-settings-json", 2, &["run", "-r", "review.json", "--settings-json", "{", "allow.wasm"], ""),
    ]);
}

#[test]
fn verdicts() {
    all(&[
        ("allowed", 0, &["check", "--policy", "allow.wasm", "pod.yaml"], ""),
        ("allowed-quiet", 0, &["check", "-q", "--policy", "mends.wasm", "pod.yaml"], ""),
        (
            "allowed-stdin",
            0,
            &["check", "--policy", "allow.wasm"],
            "apiVersion: v1\nkind: Pod\nmetadata: {name: piped}\n",
        ),
        ("denied", 3, &["check", "--policy", "deny.wasm", "pod.yaml"], ""),
        ("denied-many", 3, &["check", "--policy", "deny.wasm", "--namespace", "team", "many.yaml", "review.json"], ""),
        ("denied-json", 3, &["check", "--policy", "deny.wasm", "--output", "json", "many.yaml", "review.json"], ""),
        ("findings", 3, &["check", "--policy", "findings.wasm", "pod.yaml"], ""),
        ("findings-json", 3, &["check", "--policy", "findings.wasm", "--output", "json", "pod.yaml"], ""),
        ("findings-diff", 3, &["check", "--policy", "findings.wasm", "--diff", "pod.yaml"], ""),
        ("findings-one-line", 3, &["check", "--policy", "deep.wasm", "dir/a.json"], ""),
        ("mended", 0, &["check", "--policy", "mends.wasm", "pod.yaml"], ""),
        ("directory", 0, &["check", "--policy", "allow.wasm", "dir"], ""),
        ("escapes", 0, &["check", "--policy", "allow.wasm", "escape.yaml"], ""),
    ]);
}

#[test]
fn unreadable_input_ends_with_5_and_stops_nothing_else() {
    all(&[
        ("unreadable-absent", 5, &["check", "--policy", "allow.wasm", "absent.yaml", "pod.yaml"], ""),
        ("unreadable-yaml", 5, &["check", "--policy", "allow.wasm", "broken.yaml"], ""),
        ("unreadable-json", 5, &["check", "--policy", "allow.wasm", "broken.json"], ""),
        ("unreadable-template", 5, &["check", "--policy", "allow.wasm", "template.yaml"], ""),
        ("unreadable-encoding", 5, &["check", "--policy", "allow.wasm", "latin.yaml"], ""),
        ("unreadable-empty", 5, &["check", "--policy", "allow.wasm", "empty.yaml"], ""),
        ("unreadable-list", 5, &["check", "--policy", "allow.wasm", "list.yaml"], ""),
        ("unreadable-half", 5, &["check", "--policy", "allow.wasm", "half.yaml"], ""),
        ("unreadable-values", 5, &["check", "--policy", "allow.wasm", "dir/values.yaml"], ""),
        ("unreadable-response", 5, &["check", "--policy", "allow.wasm", "review-response.yaml"], ""),
        (
            "unreadable-report",
            5,
            &["check", "--policy", "allow.wasm", "--output", "json", "absent.yaml", "broken.yaml"],
            "",
        ),
        ("unreadable-policy", 5, &["check", "--policy", "absent.wasm", "pod.yaml"], ""),
        ("unreadable-no-wasm", 5, &["check", "--policy", "not.wasm", "pod.yaml"], ""),
        ("unreadable-no-policy", 5, &["check", "--policy", "no-policy.wasm", "pod.yaml"], ""),
        ("unreadable-settings", 5, &["check", "--policy", "allow.wasm", "--settings", "absent.yaml", "pod.yaml"], ""),
        ("settings-two", 5, &["check", "--policy", "allow.wasm", "--settings", "settings-two.yaml", "pod.yaml"], ""),
        ("settings-list", 5, &["check", "--policy", "allow.wasm", "--settings", "settings-list.yaml", "pod.yaml"], ""),
        ("settings-refused", 5, &["check", "--policy", "refuses.wasm", "--settings", "settings.yaml", "pod.yaml"], ""),
        ("settings-check", 0, &["settings", "check", "--policy", "allow.wasm", "settings.yaml"], ""),
        ("settings-check-refused", 5, &["settings", "check", "--policy", "refuses.wasm", "settings.yaml"], ""),
        ("run-absent", 5, &["run", "-r", "absent.json", "allow.wasm"], ""),
        ("run-broken", 5, &["run", "-r", "broken.json", "allow.wasm"], ""),
        ("run-no-request", 5, &["run", "-r", "dir/a.json", "allow.wasm"], ""),
        ("inspect-absent", 5, &["inspect", "absent.wasm"], ""),
        ("inspect-no-wasm", 5, &["inspect", "not.wasm"], ""),
    ]);
}

#[test]
fn faults_of_the_policy_end_with_4() {
    all(&[
        ("fault-trap", 4, &["check", "--policy", "traps.wasm", "pod.yaml"], ""),
        ("fault-trap-json", 4, &["check", "--policy", "traps.wasm", "--output", "json", "pod.yaml"], ""),
        ("fault-settings", 4, &["check", "--policy", "traps-at-once.wasm", "pod.yaml"], ""),
        ("fault-time", 4, &["check", "--policy", "loops.wasm", "pod.yaml"], ""),
        ("fault-memory", 4, &["check", "--policy", "grows.wasm", "pod.yaml"], ""),
        ("fault-answer", 4, &["check", "--policy", "nonsense.wasm", "pod.yaml"], ""),
        ("fault-bounds", 4, &["check", "--policy", "outside.wasm", "pod.yaml"], ""),
        ("fault-link", 4, &["check", "--policy", "link.wasm", "pod.yaml"], ""),
        ("fault-describe", 4, &["explain", "--policy", "nonsense.wasm"], ""),
        ("fault-run", 4, &["run", "-r", "review.json", "traps.wasm"], ""),
    ]);
}

#[test]
fn the_worst_result_decides_the_exit_code() {
    all(&[
        ("worst-denied-and-unreadable", 5, &["check", "--policy", "deny.wasm", "pod.yaml", "half.yaml"], ""),
        ("worst-fault-and-unreadable", 4, &["check", "--policy", "traps.wasm", "pod.yaml", "half.yaml"], ""),
    ]);
}

#[test]
fn run_prints_the_admission_response() {
    all(&[
        ("run-allowed", 0, &["run", "--request-path", "review.json", "--settings-json", "{}", "allow.wasm"], ""),
        ("run-denied", 3, &["run", "-r", "review.json", "-s", "settings.yaml", "deny.wasm"], ""),
        ("run-raw", 0, &["run", "--raw", "-r", "dir/a.json", "allow.wasm"], ""),
        ("run-file-address", 0, &["run", "-r", "-", "file://allow.wasm"], REQUEST),
        ("run-registry-address", 5, &["run", "-r", "review.json", "registry://127.0.0.1:1/a/b:v1"], ""),
        ("run-settings-refused", 5, &["run", "-r", "review.json", "refuses.wasm"], ""),
    ]);
}

#[test]
fn explain_and_inspect() {
    all(&[
        ("explain-rule", 0, &["explain", "--policy", "findings.wasm", "builder-config-path"], ""),
        ("explain-list", 0, &["explain", "--policy", "findings.wasm"], ""),
        ("explain-json", 0, &["explain", "--policy", "findings.wasm", "--output", "json", "builder-config-path"], ""),
        ("explain-unknown", 2, &["explain", "--policy", "findings.wasm", "builder-config-pth"], ""),
        ("explain-foreign", 2, &["explain", "--policy", "allow.wasm"], ""),
        ("inspect", 0, &["inspect", "allow.wasm"], ""),
        ("inspect-json", 0, &["inspect", "--output", "json", "allow.wasm"], ""),
    ]);
}

#[test]
fn fix_writes_what_diff_shows_and_keeps_the_rest() {
    let place = Place::new();
    let file = place.path().join("pod.yaml");
    let before = fs::read_to_string(&file).unwrap();
    let diff = place.run(&["check", "--policy", "mends.wasm", "--diff", "pod.yaml"], "");
    assert_eq!(fs::read_to_string(&file).unwrap(), before, "--diff alone writes nothing");
    let fixed = place.run(&["check", "--policy", "mends.wasm", "--fix", "pod.yaml"], "");
    assert_eq!(fixed.code, Some(0), "{}{}", fixed.stdout, fixed.stderr);
    let after = fs::read_to_string(&file).unwrap();
    for line in after.lines().filter(|line| !before.contains(line)) {
        assert!(diff.stdout.contains(&format!("+{line}")), "{line} was not shown\n{}", diff.stdout);
    }
    assert!(after.contains("executor:v1.24.0-debug") && after.contains("serviceAccountName: builder"), "{after}");
    assert!(after.contains("# The agent of a pipeline.") && after.contains("# the builder"), "{after}");
}

#[test]
fn fix_reaches_into_lists_and_reviews_and_keeps_line_ends() {
    let place = Place::new();
    let pod = fs::read_to_string(place.path().join("pod.yaml")).unwrap();
    let item: String = pod
        .lines()
        .skip(1)
        .enumerate()
        .map(|(at, line)| format!("{}{line}\n", if at == 0 { "- " } else { "  " }))
        .collect();
    let review = r#"{"kind": "AdmissionReview", "request": {"uid": "u", "operation": "CREATE", "userInfo": {},
  "kind": {"group": "", "version": "v1", "kind": "Pod"}, "resource": {"group": "", "version": "v1", "resource": "pods"},
  "object": {"apiVersion": "v1", "kind": "Pod", "spec": {"containers": [{"name": "a", "image": "b"}]}}}}"#;
    for (name, text) in [
        ("list.yaml", format!("apiVersion: v1\nkind: List\nitems:\n{item}")),
        ("second.yaml", format!("---\n{pod}---\n# nothing\n---\n{pod}")),
        ("windows.yaml", pod.replace('\n', "\r\n")),
        ("mend-review.json", review.to_owned()),
    ] {
        let file = place.path().join(name);
        fs::write(&file, &text).unwrap();
        let ran = place.run(&["check", "--policy", "mends.wasm", "--fix", name], "");
        assert_eq!(ran.code, Some(0), "{name}: {}{}", ran.stdout, ran.stderr);
        let after = fs::read_to_string(&file).unwrap();
        assert_eq!(
            after.matches("executor:v1.24.0-debug").count(),
            text.matches("kind: Pod").count().max(1),
            "{after}"
        );
        assert_eq!(after.matches("\r\n").count() > 0, text.contains("\r\n"), "{name} changed its line ends");
        assert_eq!(after.matches("\r\n").count(), if text.contains('\r') { after.matches('\n').count() } else { 0 });
    }
}

#[test]
fn a_mend_that_the_text_cannot_take_is_told_and_changes_nothing() {
    let place = Place::new();
    let text = "apiVersion: v1\nkind: Pod\nspec: &spec\n  containers:\n  - &one {name: a, image: b}\n  - *one\n";
    let file = place.path().join("shared.yaml");
    fs::write(&file, text).unwrap();
    let ran = place.run(&["check", "--policy", "mends.wasm", "--fix", "shared.yaml"], "");
    assert_eq!(ran.code, Some(5), "{}", ran.stdout);
    assert!(ran.stdout.contains("the mend cannot be written into this file"), "{}", ran.stdout);
    assert_eq!(fs::read_to_string(&file).unwrap(), text);
}

#[test]
fn the_embedded_policy_mends_the_examples_for_good() {
    let place = Place::new();
    let examples = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../artifacts/examples");
    for (name, settings) in [
        ("jenkins-kaniko-harbor.yaml", "settings.yaml"),
        ("woodpecker-plugin.yaml", "settings.yaml"),
        ("kubero-pipelines.yaml", "settings-pipelines.yaml"),
        ("shuffle-workers.yaml", "settings-pipelines.yaml"),
    ] {
        fs::copy(examples.join(name), place.path().join(name)).unwrap();
        let check = |more: &[&str]| {
            let settings = examples.join(settings);
            let arguments = [&["check", "--settings", settings.to_str().unwrap(), name], more].concat();
            place.run(&arguments, "")
        };
        let summary = |ran: support::Ran| {
            let json: serde_json::Value = serde_json::from_str(&ran.stdout)
                .unwrap_or_else(|error| panic!("{error}: {}{}", ran.stdout, ran.stderr));
            (
                ran.code,
                json["summary"]["mended"].as_u64().unwrap(),
                json["objects"][0]["findings"].as_array().unwrap().len(),
            )
        };
        let (code, mended, findings) = summary(check(&["--output", "json"]));
        assert_eq!((code, mended), (Some(0), 1), "{name}");
        assert!(findings > 0, "{name}");
        assert_eq!(check(&["--fix"]).code, Some(0), "{name}");
        assert_eq!(summary(check(&["--output", "json"])), (Some(0), 0, 0), "{name} after the mend");
    }
}

#[test]
fn the_settings_in_the_readme_are_valid() {
    let readme = fs::read_to_string(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../README.md")).unwrap();
    let section = readme.split("## Settings").nth(1).unwrap();
    let example = section.split("```yaml").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let place = Place::new();
    fs::write(place.path().join("s.yaml"), example).unwrap();
    let ran = place.run(&["settings", "check", "s.yaml"], "");
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
}

#[test]
fn findings_about_descriptions_point_at_the_line_that_a_person_wrote() {
    let place = Place::new();
    let tekton: &[(&str, &str, u64, u64)] = &[
        ("insecure-registry-flag", "/spec/params/0/value/0", 8, 15),
        ("insecure-registry-flag", "/spec/pipelineSpec/tasks/0/taskSpec/steps/1/args/1", 20, 44),
        ("registry-mirror", "/spec/pipelineSpec/tasks/0/taskSpec/stepTemplate/image", 14, 20),
        ("service-account-required", "/spec/taskRunSpecs/0/serviceAccountName", 25, 53),
    ];
    let argo: &[(&str, &str, u64, u64)] = &[
        ("plaintext-credential", "/spec/templates/1/container/env/0/value", 13, 46),
        ("registry-mirror", "/spec/templates/1/container/image", 11, 16),
        ("registry-mirror", "/spec/templates/1/sidecars/0/image", 16, 18),
        ("service-account-required", "/spec/serviceAccountName", 5, 23),
    ];
    for (file, expected) in [("tekton.yaml", tekton), ("argo.yaml", argo)] {
        let ran = place.run(&["check", "--settings", "settings-kinds.yaml", "--output", "json", file], "");
        let json: serde_json::Value =
            serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {}{}", ran.stdout, ran.stderr));
        let mut found: Vec<(&str, &str, u64, u64)> = Vec::new();
        for finding in json["objects"][0]["findings"].as_array().unwrap() {
            let (text, number) =
                (|key: &str| finding[key].as_str().unwrap(), |key: &str| finding[key].as_u64().unwrap());
            found.push((text("rule"), text("pointer"), number("line"), number("column")));
        }
        found.sort_unstable();
        assert_eq!(found, expected, "{file}");
    }
}

#[test]
fn every_mistake_in_the_settings_is_named_and_nothing_is_judged() {
    let place = Place::new();
    fs::write(place.path().join("s.yaml"), "profil: strict\nmutate: 3\nrules: {no-such-rule: {}}\n").unwrap();
    for arguments in [&["settings", "check", "s.yaml"][..], &["check", "--settings", "s.yaml", "pod.yaml"]] {
        let ran = place.run(arguments, "");
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(5), ""), "{arguments:?}");
        for mistake in ["profil", "mutate", "no-such-rule"] {
            assert!(ran.stderr.contains(mistake), "{mistake}: {}", ran.stderr);
        }
    }
}

#[test]
fn a_reader_that_leaves_is_no_failure() {
    let place = Place::new();
    let script = format!("{} --help | head -c 10; exit ${{PIPESTATUS[0]}}", env!("CARGO_BIN_EXE_regwarden"));
    let status = Command::new("bash").args(["-c", &script]).current_dir(place.path()).output().unwrap();
    assert_eq!(status.status.code(), Some(0));
    let many = "pod.yaml ".repeat(2000);
    let script = format!(
        "{} check --policy allow.wasm {many} | head -c 10; exit ${{PIPESTATUS[0]}}",
        env!("CARGO_BIN_EXE_regwarden")
    );
    let output = Command::new("bash").args(["-c", &script]).current_dir(place.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn colours_follow_the_flag() {
    let place = Place::new();
    let of = |when: &str| place.run(&["--color", when, "check", "--policy", "allow.wasm", "pod.yaml"], "").stdout;
    assert!(of("always").contains('\u{1b}'));
    assert!(!of("never").contains('\u{1b}'));
    assert!(!of("auto").contains('\u{1b}'));
}

#[test]
fn completions_exist_for_every_shell() {
    let place = Place::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let ran = place.run(&["completions", shell], "");
        assert_eq!(ran.code, Some(0));
        assert!(ran.stdout.contains("request-path"), "{shell}");
    }
}

/// Run by the next test in a process of its own.
#[test]
fn bug_child() {
    if std::env::var_os("REGWARDEN_TEST_BUG").is_some() {
        regwarden_host::error::say_bugs_plainly();
        assert!(std::panic::catch_unwind(|| panic!("hunter2")).is_err());
    }
}

#[test]
fn a_bug_says_so_without_the_input() {
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "bug_child", "--nocapture"])
        .env("REGWARDEN_TEST_BUG", "1")
        .output()
        .unwrap();
    let stderr = String::from_utf8(child.stderr).unwrap();
    assert!(stderr.contains("this is a bug in regwarden at "), "{stderr}");
    assert!(!stderr.contains("hunter2"), "{stderr}");
}

#[test]
fn the_embedded_policy_is_exported_byte_for_byte() {
    let place = Place::new();
    let ran = place.run(&["export", "policy.wasm"], "");
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert_eq!(fs::read(place.path().join("policy.wasm")).unwrap(), regwarden_host::embedded::WASM);
    assert_eq!(
        place.run(&["check", "--policy", "policy.wasm", "pod.yaml"], "").code,
        place.run(&["check", "pod.yaml"], "").code
    );
    let nowhere = place.run(&["export", "no/such/folder/policy.wasm"], "");
    assert_eq!(nowhere.code, Some(5), "{}", nowhere.stderr);
    assert!(!nowhere.stderr.contains(".regwarden-"), "{}", nowhere.stderr);
}
