//! The store under a process that is killed, under two that want the same, on a full disk, and of a later layout.

use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::support::{Home, Raw, digest, head, manifest, module, until, whole};

/// A registry whose blobs stop half-way until it is told otherwise.
fn hesitant(wasm: &[u8], go_on: &Arc<AtomicBool>) -> Raw {
    let (bytes, body, go_on) = (wasm.to_vec(), manifest(wasm), go_on.clone());
    Raw::start(move |line, from, stream| {
        if !line.contains("/blobs/") {
            return whole(stream, if line.contains("/manifests/") { body.as_bytes() } else { b"{}" });
        }
        head(stream, from, bytes.len() as u64);
        let (start, half) = (usize::try_from(from).unwrap(), bytes.len() / 2);
        let _ = stream.write_all(bytes.get(start..half).unwrap_or_default());
        let _ = stream.flush();
        while !go_on.load(Ordering::SeqCst) {
            std::thread::sleep(Duration::from_millis(5));
        }
        let _ = stream.write_all(&bytes[start.max(half)..]);
    })
}

fn length(file: &Path) -> u64 {
    std::fs::metadata(file).map_or(0, |data| data.len())
}

#[test]
fn a_killed_pull_leaves_nothing_half_and_goes_on() {
    let wasm = module("killed", 300_000);
    let go_on = Arc::new(AtomicBool::new(false));
    let server = hesitant(&wasm, &go_on);
    let (home, host) = (Home::new(), server.host());
    let pull = ["pull", &format!("{host}/x:v1"), "copy.wasm", "--insecure-registry", &host];
    let mut child = home.regwarden().args(pull).spawn().unwrap();
    let partial = home.store().join("partial").join(digest(&wasm).replace("sha256:", ""));
    let half = (wasm.len() / 2) as u64;
    until("half of the download", || length(&partial) == half);
    // SIGKILL: nothing of it runs any more.
    child.kill().unwrap();
    child.wait().unwrap();
    home.has_nothing();
    assert!(!home.path().join("copy.wasm").exists());
    home.fails(&["pull", "--offline", &format!("{host}/x:v1")], &["not in the store"]);
    assert_eq!(home.json(&["policies"])["policies"], serde_json::json!([]));

    go_on.store(true, Ordering::SeqCst);
    home.ok(&pull);
    assert_eq!(std::fs::read(home.path().join("copy.wasm")).unwrap(), wasm);
    assert!(server.blobs().last().unwrap().ends_with(&format!("from {half}")), "{:?}", server.blobs());
}

#[test]
fn damaged_leftovers_are_fetched_anew() {
    let wasm = module("leftover", 100_000);
    let server = hesitant(&wasm, &Arc::new(AtomicBool::new(true)));
    let (home, host) = (Home::new(), server.host());
    let partial = format!(".local/share/regwarden/store/partial/{}", digest(&wasm).replace("sha256:", ""));
    for leftover in [vec![1; 50_000], vec![2; wasm.len()], vec![3; 2 * wasm.len()]] {
        home.write(&partial, leftover);
        home.ok(&["pull", &format!("{host}/x:v1"), "--insecure-registry", &host]);
        home.ok(&["policies", "rm", &format!("registry://{host}/x:v1")]);
    }
    // What is kept is checked on every read, and mended where somebody can be asked.
    home.ok(&["pull", &format!("{host}/x:v1"), "--insecure-registry", &host]);
    let blob = home.store().join("blobs/sha256").join(digest(&wasm).replace("sha256:", ""));
    std::fs::write(&blob, b"\0asm and nothing that belongs here").unwrap();
    home.fails(&["pull", "--offline", &format!("{host}/x:v1")], &["damaged", "pull the policy again"]);
    assert!(home.json(&["policies"])["policies"][0]["problem"].as_str().unwrap().contains("damaged"));
    let ran = home.run(&["pull", &format!("{host}/x:v1"), "--insecure-registry", &host]);
    assert!(ran.code == Some(0) && ran.stderr.contains("damaged"), "{ran:?}");
    assert_eq!(std::fs::read(&blob).unwrap(), wasm);
}

#[test]
fn two_pulls_of_one_policy_share_one_download() {
    let wasm = module("both", 300_000);
    let go_on = Arc::new(AtomicBool::new(false));
    let server = hesitant(&wasm, &go_on);
    let (home, host) = (Home::new(), server.host());
    let pull = |file: &str| {
        let mut command = home.regwarden();
        command.args(["pull", &format!("{host}/x:v1"), file, "--insecure-registry", &host]).spawn().unwrap()
    };
    let first = pull("one.wasm");
    until("the first download", || server.blobs().iter().any(|line| line.contains(&digest(&wasm))));
    let second = pull("two.wasm");
    std::thread::sleep(Duration::from_millis(300));
    go_on.store(true, Ordering::SeqCst);
    for child in [first, second] {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    for file in ["one.wasm", "two.wasm"] {
        assert_eq!(std::fs::read(home.path().join(file)).unwrap(), wasm);
    }
    let downloads = server.blobs().iter().filter(|line| line.contains(&digest(&wasm))).count();
    assert_eq!(downloads, 1, "the second waits for the first");
}

/// A file system of so many bytes; unmounted when dropped.
struct Small(tempfile::TempDir);

impl Small {
    fn mount(size: &str) -> Option<Self> {
        let directory = tempfile::tempdir().unwrap();
        let options = format!("size={size}");
        let mounted =
            Command::new("mount").args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(directory.path()).output();
        if mounted.is_ok_and(|output| output.status.success()) {
            return Some(Self(directory));
        }
        eprintln!("skipped: a full disk needs a small tmpfs, which only root may mount; run the tests as root");
        None
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0.path()).status();
    }
}

#[test]
fn a_full_disk_is_said_and_nothing_half_is_kept() {
    let wasm = module("full", 600_000);
    let server = hesitant(&wasm, &Arc::new(AtomicBool::new(true)));
    let (home, host) = (Home::new(), server.host());
    let Some(small) = Small::mount("512k") else { return };
    let store = small.0.path().join("store").display().to_string();
    let name = format!("{host}/x:v1");
    home.fails(&["pull", &name, "--insecure-registry", &host, "--store", &store], &["no space left", "--store DIR"]);
    let entries = |place: &str| {
        let names = std::fs::read_dir(Path::new(&store).join(place)).unwrap();
        names
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .filter(|name| !name.ends_with(".lock"))
            .count()
    };
    assert_eq!((entries("names"), entries("blobs/sha256"), entries("partial")), (0, 0, 0));
    // The file that was asked for beside it: whole or not at all.
    let small_file = small.0.path().join("copy.wasm").display().to_string();
    let ran = home.run(&["pull", &name, &small_file, "--insecure-registry", &host]);
    assert!(ran.code == Some(5) && ran.stderr.contains("cannot write"), "{ran:?}");
    assert!(!Path::new(&small_file).exists());
    let archive = small.0.path().join("all.tar").display().to_string();
    home.fails(&["policies", "save", "--file", &archive], &["no space left"]);
    assert!(!Path::new(&archive).exists());
}

#[test]
fn a_store_of_a_later_layout_is_left_alone() {
    let home = Home::new();
    let marker = home.write(".local/share/regwarden/store/store.json", r#"{"layout":2,"shards":16}"#);
    let words = ["newer regwarden", "upgrade regwarden", "--store DIR"];
    for arguments in [
        &["policies"][..],
        &["policies", "gc"],
        &["policies", "rm", "registry://r.io/x:v1"],
        &["pull", "127.0.0.1:1/x:v1"],
        &["check", "--policy", "registry://127.0.0.1:1/x:v1", "-"],
    ] {
        home.fails(arguments, &words);
    }
    assert_eq!(std::fs::read_to_string(marker).unwrap(), r#"{"layout":2,"shards":16}"#);
    assert_eq!(std::fs::read_dir(home.store()).unwrap().count(), 1, "something was written");
}
