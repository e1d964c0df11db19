//! `--cluster` on the command line: every source, grants, mistakes, hostile guests, and the embedded policy with it.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test fails loudly"
)]

#[path = "support/asking.rs"]
mod asking;
#[path = "support/binary.rs"]
mod binary;
#[path = "cli_support/guests.rs"]
mod guests;
#[path = "support/kube.rs"]
mod kube;
#[path = "support/proxy.rs"]
mod proxy;
#[path = "cli_support/mod.rs"]
#[expect(dead_code, reason = "there are no snapshots here")]
mod support;

use std::fs;
use std::time::{Duration, Instant};

use asking::{Asking, with_metadata};
use serde_json::{Value, json};
use support::{Place, Ran};

const REQUEST: &str = r#"{"uid":"u1","kind":{"group":"","version":"v1","kind":"Pod"},"operation":"CREATE","userInfo":{},
  "resource":{"group":"","version":"v1","resource":"pods"},"object":{"apiVersion":"v1","kind":"Pod"}}"#;

const SECRET: &str =
    "apiVersion: v1\nkind: Secret\nmetadata: {name: regcred, namespace: ci}\nstringData: {key: shown}\n";

const GET: &str = r#"{"api_version":"v1","kind":"Secret","name":"regcred","namespace":"ci","disable_cache":false}"#;

/// A directory with a guest `asks.wasm` and the manifests that the tests name.
fn place(guest: &Asking<'_>) -> Place {
    let place = Place::new();
    fs::write(place.path().join("asks.wasm"), guest.wasm()).unwrap();
    fs::create_dir(place.path().join("objects")).unwrap();
    fs::write(place.path().join("objects/secret.yaml"), SECRET).unwrap();
    place
}

fn get() -> Asking<'static> {
    Asking { path: "kubernetes/get_resource", payload: GET, times: 1 }
}

fn run(place: &Place, more: &[&str]) -> Ran {
    place.run(&[&["run", "-r", "-", "asks.wasm"], more].concat(), REQUEST)
}

#[test]
fn a_policy_reads_what_it_was_granted_and_nothing_else() {
    let place = place(&get());
    let none = run(&place, &[]);
    assert_eq!(none.code, Some(4), "{}", none.stderr);
    assert!(
        none.stderr.contains("warning: the policy asks the cluster, and there is none here: name one with `--cluster`"),
        "{}",
        none.stderr
    );
    assert!(
        none.stderr.contains("has not been granted access to the 'kubernetes/get_resource' host capability"),
        "{}",
        none.stderr
    );

    let unnamed = run(&place, &["--cluster", "objects"]);
    assert_eq!(unnamed.code, Some(4), "{}", unnamed.stderr);
    assert!(
        unnamed
            .stderr
            .contains("warning: the policy may not read v1/Secret: grant it with `--allow-resource v1/Secret`"),
        "{}",
        unnamed.stderr
    );

    for cluster in ["objects", "objects/secret.yaml", "./objects/"] {
        let granted = run(&place, &["--cluster", cluster, "--allow-resource", "v1/Secret"]);
        assert_eq!(granted.code, Some(0), "{}", granted.stderr);
        assert!(granted.stderr.contains(r#""data":{"key":"c2hvd24="}"#), "{}", granted.stderr);
    }
    let denied = run(&place, &["--cluster", "objects", "--allow-resource", "v1/Secret", "--allow-capability", ""]);
    assert!(
        denied.stderr.contains("warning: the policy may not use `kubernetes/get_resource`: grant it with"),
        "{}",
        denied.stderr
    );
    let other = run(
        &place,
        &["--cluster", "objects", "--allow-resource", "v1/Secret", "--allow-capability", "kubernetes/can_i"],
    );
    assert_eq!(other.code, Some(4), "{}", other.stderr);
}

#[test]
fn the_metadata_of_a_policy_grants_its_resources() {
    let place = place(&get());
    let metadata =
        json!({"protocolVersion": "v1", "contextAwareResources": [{"apiVersion": "v1", "kind": "Secret"}, "odd"]});
    fs::write(place.path().join("asks.wasm"), with_metadata(&get().wasm(), &metadata)).unwrap();
    let granted = run(&place, &["--cluster", "objects"]);
    assert_eq!(granted.code, Some(0), "{}", granted.stderr);
}

#[test]
fn the_checked_files_are_a_cluster_of_their_own() {
    let place = place(&get());
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: ci}\n";
    fs::write(place.path().join("a-pod.yaml"), pod).unwrap();
    let check = |arguments: &[&str], stdin: &str| {
        let grant = ["check", "--policy", "asks.wasm", "--cluster", "self", "--allow-resource", "v1/Secret"];
        place.run(&[&grant, arguments].concat(), stdin)
    };
    for (files, stdin) in [
        (&["a-pod.yaml", "objects"][..], ""),
        (&["a-pod.yaml", "-"], SECRET),
        (&["-"], &*format!("{pod}---\n{SECRET}")),
        (
            &[],
            "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Pod, metadata: {name: a}}\n- {apiVersion: v1, kind: Secret, metadata: {name: regcred, namespace: ci}, stringData: {key: shown}}\n",
        ),
    ] {
        let ran = check(files, stdin);
        assert_eq!(ran.code, Some(0), "{files:?}: {}{}", ran.stdout, ran.stderr);
        assert!(ran.stderr.contains("c2hvd24="), "{}", ran.stderr);
    }
    let alone = check(&["a-pod.yaml"], "");
    assert_eq!(alone.code, Some(4), "{}", alone.stdout);
    assert!(alone.stdout.contains("Cannot find v1/Secret named 'regcred'"), "{}", alone.stdout);

    fs::write(place.path().join("second.yaml"), SECRET.replace("shown", "other")).unwrap();
    let twice = check(&["a-pod.yaml", "objects", "second.yaml"], "");
    let told = "warning: the policy got no answer from the cluster: Secret `regcred` in namespace `ci` is given twice, by \
                objects/secret.yaml:1 and by second.yaml:1: leave one of them out";
    assert!(twice.stderr.contains(told), "{}", twice.stderr);

    let broken =
        check(&["-"], &format!("{pod}---\n{}", SECRET.replace("stringData: {key: shown}", "data: {key: 'hunter2!'}")));
    assert_eq!(broken.code, Some(4), "{}", broken.stdout);
    assert!(
        broken.stdout.contains("<stdin>:5") && broken.stdout.contains("`data.key` is no base64"),
        "{}",
        broken.stdout
    );
    assert!(!broken.stdout.contains("hunter2"), "{}", broken.stdout);
}

#[test]
fn arguments_that_make_no_sense_end_with_2() {
    let place = place(&get());
    for (arguments, expected) in [
        (&["--kubeconfig", "x"][..], "`--kubeconfig` is about an API server: add `--cluster live`"),
        (&["--cluster", "objects", "--context", "x"], "`--context` is about an API server: add `--cluster live`"),
        (&["--cluster", "-"], "come from a file or directory, not from standard input"),
        (&["--cluster", ""], "name a file or directory"),
        (&["--cluster", "objects", "--allow-resource", "Secret"], "such as `v1/Secret`"),
        (
            &["--cluster", "objects", "--allow-capability", "kubernetes"],
            "use \"kubernetes/*\" to allow all capabilities",
        ),
        (&["--cluster", "self"], "`run` reads one request and no manifests"),
    ] {
        let ran = run(&place, arguments);
        assert_eq!(ran.code, Some(2), "{arguments:?}: {}", ran.stderr);
        assert!(ran.stderr.contains(expected), "{arguments:?}: {}", ran.stderr);
    }
}

#[test]
fn mistakes_in_the_manifests_of_a_cluster_are_told_together() {
    let place = place(&get());
    let text = "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\ndata: {k: 'hunter2!'}\n---\nkind: [\n";
    fs::write(place.path().join("objects/broken.yaml"), text).unwrap();
    let ran = run(&place, &["--cluster", "objects"]);
    assert_eq!(ran.code, Some(5), "{}", ran.stderr);
    for expected in [
        "error: the manifests of the cluster cannot be used\n",
        "  objects/broken.yaml:1: `data.k` is no base64: encode it, or move it to `stringData`\n",
        "  objects/broken.yaml:7: invalid YAML",
    ] {
        assert!(ran.stderr.contains(expected), "{}", ran.stderr);
    }
    assert!(!ran.stderr.contains("hunter2"), "{}", ran.stderr);
    let absent = run(&place, &["--cluster", "nowhere"]);
    assert!(absent.stderr.contains("nowhere: no such file or directory"), "{}", absent.stderr);
}

#[test]
fn a_hostile_guest_is_ended_and_named() {
    let large = "x".repeat(70 << 20);
    for (guest, expected) in [
        (Asking { times: 1_000_000, ..get() }, "the policy made more than 10000 host calls"),
        (Asking { payload: &large, ..get() }, "the policy exchanged more than 64 MiB with its host"),
        (Asking { payload: "{", ..get() }, "EOF while parsing an object at line 1 column 1"),
        (Asking { payload: "[]", ..get() }, "invalid length 0"),
        (Asking { path: "kubernetes/delete_resource", ..get() }, "unknown operation: delete_resource"),
        (Asking { path: "oci/v1/verify", ..get() }, "host capability"),
    ] {
        let place = place(&guest);
        let began = Instant::now();
        let ran = run(&place, &["--cluster", "objects", "--allow-resource", "v1/Secret"]);
        assert_eq!(ran.code, Some(4), "{}", ran.stderr);
        assert!(ran.stderr.contains(expected), "{}: {}", guest.path, ran.stderr);
        assert!(began.elapsed() < Duration::from_secs(20), "{expected}: {:?}", began.elapsed());
    }
}

#[test]
fn log_lines_of_a_policy_are_readable() {
    let guest =
        Asking { path: "tracing/log", payload: r#"{"level":"warning","message":"look here","line":7}"#, times: 2 };
    let place = place(&guest);
    let ran = run(&place, &[]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert_eq!(ran.stderr.matches("WARNING look here {\"line\":7}\n").count(), 2, "{}", ran.stderr);
    let checked = place.run(&["check", "--policy", "asks.wasm", "pod.yaml"], "");
    assert!(checked.stderr.contains("WARNING look here"), "{}", checked.stderr);
    let quiet = place.run(&["check", "-q", "--policy", "asks.wasm", "pod.yaml"], "");
    assert_eq!(quiet.stderr, "");
}

/// A Pod whose image only a pull secret opens, and settings that say so.
const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: agent, namespace: ci}\nspec:\n  imagePullSecrets: [{name: regcred}]\n  containers:\n  - {name: build, image: 'registry.example/team/app:1.2'}\n";
const SETTINGS: &str = "cluster: contents\nregistries:\n- registry: registry.example\n  pull: {secret: regcred}\n";

fn docker_secret(registry: &str) -> String {
    let config = format!(r#"{{"auths":{{"{registry}":{{"username":"robot","password":"marker-secret-three"}}}}}}"#);
    format!(
        "apiVersion: v1\nkind: Secret\nmetadata: {{name: regcred, namespace: ci}}\ntype: kubernetes.io/dockerconfigjson\nstringData:\n  .dockerconfigjson: '{config}'\n"
    )
}

/// The rules that the embedded policy finds broken.
fn rules(ran: &Ran) -> Vec<String> {
    assert!(!ran.stdout.contains("marker-") && !ran.stderr.contains("marker-"), "{}{}", ran.stdout, ran.stderr);
    let report: Value =
        serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {}{}", ran.stdout, ran.stderr));
    let objects = report["objects"].as_array().unwrap();
    let pod = objects.iter().find(|object| object["kind"] == "Pod").unwrap();
    pod["findings"].as_array().unwrap().iter().map(|finding| finding["rule"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn the_embedded_policy_judges_against_every_kind_of_cluster() {
    let place = Place::new();
    let write = |name: &str, text: &str| fs::write(place.path().join(name), text).unwrap();
    write("agent.yaml", POD);
    write("s.yaml", SETTINGS);
    write("good.yaml", &docker_secret("registry.example"));
    write("bad.yaml", &docker_secret("elsewhere.example"));
    write("empty.yaml", "apiVersion: v1\nkind: Namespace\nmetadata: {name: ci}\n");
    let check = |more: &[&str]| {
        place.run(&[&["check", "--settings", "s.yaml", "--output", "json", "agent.yaml"], more].concat(), "")
    };
    const UNUSABLE: &str = "pull-secret-unusable";
    let has = |ran: &Ran, rule: &str| rules(ran).iter().any(|found| found == rule);

    let good = check(&["--cluster", "good.yaml"]);
    assert!(!has(&good, UNUSABLE), "{}", good.stdout);
    assert_eq!(good.stderr, "");
    for bad in ["bad.yaml", "empty.yaml"] {
        let ran = check(&["--cluster", bad]);
        assert!(has(&ran, UNUSABLE), "{bad}: {}{}", ran.stdout, ran.stderr);
    }
    assert!(!has(&check(&["--cluster", "self", "good.yaml"]), UNUSABLE));
    assert!(has(&check(&["--cluster", "self", "bad.yaml"]), UNUSABLE));
    let none = check(&[]);
    assert!(!has(&none, UNUSABLE), "{}", none.stdout);
    assert!(none.stderr.contains("warning: the policy asks the cluster, and there is none here"), "{}", none.stderr);

    write("s.yaml", &SETTINGS.replace("cluster: contents\n", ""));
    let idle = check(&["--cluster", "good.yaml"]);
    assert!(idle.stderr.contains("add `cluster: contents` to them"), "{}", idle.stderr);
}

#[test]
fn the_embedded_policy_judges_against_an_api_server() {
    let Some(server) = kube::cluster() else { return };
    let place = Place::new();
    let write = |name: &str, text: &str| fs::write(place.path().join(name), text).unwrap();
    write("s.yaml", SETTINGS);
    write("agent.yaml", POD);
    write("absent.yaml", &POD.replace("regcred", "absent"));
    for (name, user) in
        [("all", kube::User::ReadsAll), ("one", kube::User::ReadsOne), ("nothing", kube::User::ReadsNothing)]
    {
        write(name, &server.kubeconfig(user));
    }
    let check = |user: &str, file: &str| {
        let arguments =
            ["check", "--settings", "s.yaml", "--output", "json", "--cluster", "live", "--kubeconfig", user, file];
        place.run(&arguments, "")
    };
    let has = |ran: &Ran, rule: &str| rules(ran).iter().any(|found| found == rule);
    let good = check("all", "agent.yaml");
    assert!(!has(&good, "pull-secret-unusable"), "{}", good.stdout);
    assert_eq!(good.stderr, "");
    let absent = check("all", "absent.yaml");
    assert!(has(&absent, "pull-secret-unusable"), "{}", absent.stdout);
    // The ServiceAccount `default` is not this user's to read, so what it would add stays unknown.
    let one = check("one", "agent.yaml");
    assert!(!has(&one, "pull-secret-unusable"), "{}", one.stdout);
    let nothing = check("nothing", "agent.yaml");
    assert!(!has(&nothing, "pull-secret-unusable"), "{}", nothing.stdout);
    assert!(nothing.stderr.contains("warning: the policy got no answer from the cluster: the API server refuses: secrets \"regcred\" is forbidden"), "{}", nothing.stderr);
    write("s.yaml", &SETTINGS.replace("cluster: contents", "cluster: {read: contents, onUnavailable: enforce}"));
    let enforced = check("nothing", "agent.yaml");
    assert_eq!(enforced.code, Some(3), "{}", enforced.stdout);
}

#[test]
fn a_thousand_secrets_and_thousands_of_host_calls_are_no_burden() {
    let place = place(&Asking { times: 9000, ..get() });
    fs::create_dir(place.path().join("many")).unwrap();
    for number in 0..1000 {
        let text = docker_secret("registry.example").replace("regcred", &format!("s{number}"));
        fs::write(place.path().join(format!("many/{number}.yaml")), text).unwrap();
    }
    fs::write(place.path().join("agent.yaml"), POD.replace("regcred", "s500")).unwrap();
    fs::write(place.path().join("s.yaml"), SETTINGS).unwrap();
    let check = ["check", "--settings", "s.yaml", "--output", "json", "--cluster", "many", "agent.yaml"];
    let began = Instant::now();
    let ran = place.run(&check, "");
    let took = began.elapsed();
    println!("check against 1,000 Secrets in as many files: {took:?}");
    assert!(!rules(&ran).contains(&"pull-secret-unusable".to_owned()), "{}", ran.stdout);
    assert!(took < Duration::from_secs(20), "{took:?}");

    let grants = ["--cluster", "objects", "--allow-resource", "v1/Secret"];
    fs::write(place.path().join("once.wasm"), get().wasm()).unwrap();
    // The first run of each compiles the guest.
    let time = |guest: &str| {
        let arguments = [&["run", "-r", "-", guest], &grants[..]].concat();
        place.run(&arguments, REQUEST);
        let began = Instant::now();
        let ran = place.run(&arguments, REQUEST);
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        began.elapsed()
    };
    let each = time("asks.wasm").saturating_sub(time("once.wasm")) / 8999;
    println!("a host call: {each:?}");
    assert!(each < Duration::from_millis(1), "{each:?}");
}
