//! The store on a real disk: crashes, several users, damage, other layouts, archives.

use std::sync::atomic::{AtomicU64, Ordering};

use super::*;
use crate::oci::manifest;

struct Place(tempfile::TempDir, Store);

fn place() -> Place {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::at(&directory.path().join("store")).unwrap();
    Place(directory, store)
}

/// A policy as a pull leaves it.
fn keep(store: &Store, name: &str, wasm: &[u8]) -> Stored {
    let _lock = store.add().unwrap();
    let module = store.put(wasm).unwrap();
    store.put(manifest::EMPTY_CONFIG).unwrap();
    let size = wasm.len() as u64;
    let manifest = store.put(&manifest::of_module(&module, size, &Default::default())).unwrap();
    let stored = Stored {
        name: name.to_owned(),
        resolved: Some(manifest.clone()),
        manifest: Some(manifest),
        module,
        size,
        pulled: 1,
    };
    store.name(&stored).unwrap();
    stored
}

const ONE: &[u8] = b"\0asm\x01\0\0\0one";
const TWO: &[u8] = b"\0asm\x01\0\0\0two";

fn begin(store: &Store, digest: &Digest, size: u64) -> Box<Partial> {
    match store.partial(digest, size).unwrap() {
        Begun::Here(partial) => partial,
        other => panic!("{other:?}"),
    }
}

#[test]
fn opening_and_reading_write_nothing() {
    let Place(directory, store) = place();
    assert_eq!(store.all().unwrap(), []);
    assert_eq!(store.named("registry://r.io/x:v1").unwrap(), None);
    assert_eq!(store.blob(&Digest::of(b"x"), 10).unwrap(), None);
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0);
}

#[test]
fn a_policy_is_found_by_name_and_by_digits() {
    let Place(_directory, store) = place();
    let one = keep(&store, "registry://r.io/one:v1", ONE);
    keep(&store, "registry://r.io/two:v1", TWO);
    assert_eq!(store.find("registry://r.io/one:v1").unwrap(), std::slice::from_ref(&one));
    for digits in [one.module.to_string(), one.module.short().to_owned(), one.manifest.clone().unwrap().to_string()] {
        assert_eq!(store.find(&digits).unwrap(), std::slice::from_ref(&one), "{digits}");
    }
    for unknown in ["registry://r.io/one:v2", one.module.hex().get(..5).unwrap(), "../../etc/passwd", ""] {
        assert!(matches!(store.find(unknown), Err(StoreError::Unknown(_))), "{unknown}");
    }
    assert_eq!(store.all().unwrap().len(), 2);
}

#[test]
fn damage_is_seen_on_every_read() {
    let Place(_directory, store) = place();
    let one = keep(&store, "registry://r.io/one:v1", ONE);
    let path = store.blobs().join(one.module.hex());
    let mut bytes = ONE.to_vec();
    bytes[9] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    assert!(matches!(store.blob(&one.module, 1000), Err(StoreError::Damaged { .. })));
    assert!(matches!(
        store.save(std::slice::from_ref(&one), &path.with_extension("tar")),
        Err(StoreError::Damaged { .. })
    ));
    assert!(!path.with_extension("tar").exists(), "half an archive");
    std::fs::write(&path, vec![0; 2000]).unwrap();
    assert!(matches!(store.blob(&one.module, 1000), Err(StoreError::TooLarge { .. })));
}

#[test]
fn a_newer_layout_and_foreign_directories_are_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("store.json"), "{\"layout\":2,\"more\":true}").unwrap();
    let error = Store::at(directory.path()).unwrap_err();
    assert!(matches!(error, StoreError::Newer { found: 2, known: 1, .. }), "{error}");
    assert!(error.to_string().contains("upgrade regwarden"));
    std::fs::write(directory.path().join("store.json"), "text").unwrap();
    assert!(matches!(Store::at(directory.path()), Err(StoreError::Foreign { .. })));
    std::fs::remove_file(directory.path().join("store.json")).unwrap();
    std::fs::write(directory.path().join("thesis.txt"), "text").unwrap();
    assert!(matches!(Store::at(directory.path()), Err(StoreError::Foreign { .. })));
}

#[test]
fn an_interrupted_download_goes_on_where_it_stopped() {
    let Place(_directory, store) = place();
    let digest = Digest::of(ONE);
    let size = ONE.len() as u64;
    let _lock = store.add().unwrap();
    let mut partial = begin(&store, &digest, size);
    partial.append(&ONE[..5]).unwrap();
    // As a process that is killed: nothing is said, nothing cleaned up.
    drop(partial);
    assert_eq!(store.blob(&digest, size).unwrap(), None);
    let mut partial = begin(&store, &digest, size);
    assert_eq!(partial.length(), 5);
    assert!(matches!(store.partial(&digest, size), Ok(Begun::Elsewhere)), "one at a time");
    partial.append(&ONE[5..]).unwrap();
    assert!(partial.begins_with(b"\0asm").unwrap());
    partial.finish().unwrap().unwrap();
    drop(partial);
    assert_eq!(store.blob(&digest, size).unwrap().as_deref(), Some(ONE));
    assert!(matches!(store.partial(&digest, size), Ok(Begun::Done)), "somebody else has finished it");
}

#[test]
fn a_wrong_download_leaves_nothing() {
    let Place(_directory, store) = place();
    let digest = Digest::of(ONE);
    let _lock = store.add().unwrap();
    let mut partial = begin(&store, &digest, TWO.len() as u64);
    partial.append(TWO).unwrap();
    assert_eq!(partial.finish().unwrap(), Err(Digest::of(TWO)));
    drop(partial);
    assert_eq!(store.blob(&digest, 100).unwrap(), None);
    assert!(!store.partials().join(digest.hex()).exists());
}

#[test]
fn the_store_has_a_limit() {
    let Place(_directory, store) = place();
    let store = store.with_limit(20);
    let _lock = store.add().unwrap();
    store.put(ONE).unwrap();
    let error = store.put(&[0; 10]).unwrap_err();
    assert!(matches!(error, StoreError::Full { .. }), "{error}");
    assert!(matches!(store.partial(&Digest::of(b"x"), 10), Err(StoreError::Full { .. })));
}

#[test]
fn collection_keeps_what_names_need() {
    let Place(_directory, store) = place();
    let one = keep(&store, "registry://r.io/one:v1", ONE);
    let two = keep(&store, "registry://r.io/two:v1", TWO);
    std::fs::write(store.partials().join(".tmp-dead"), "left behind").unwrap();
    assert_eq!(store.collect().unwrap().files, 1);
    {
        let _lock = store.remove().unwrap();
        store.forget(&two).unwrap();
    }
    // The module and the manifest of the second; both share the configuration.
    assert_eq!(store.collect().unwrap().files, 2);
    assert_eq!(store.blob(&two.module, 100).unwrap(), None);
    assert_eq!(store.blob(&one.module, 100).unwrap().as_deref(), Some(ONE));
    assert_eq!(store.collect().unwrap(), Collected::default());
}

#[test]
fn an_archive_carries_policies_and_is_checked() {
    let Place(directory, store) = place();
    let one = keep(&store, "registry://r.io/one:v1", ONE);
    let plain = Stored {
        name: "https://example.com/two.wasm".into(),
        resolved: None,
        manifest: None,
        module: store.put(TWO).unwrap(),
        size: TWO.len() as u64,
        pulled: 1,
    };
    store.name(&plain).unwrap();
    let file = directory.path().join("policies.tar");
    store.save(&[one.clone(), plain.clone()], &file).unwrap();
    let again = directory.path().join("again.tar");
    store.save(&[one.clone(), plain.clone()], &again).unwrap();
    assert_eq!(std::fs::read(&file).unwrap(), std::fs::read(&again).unwrap(), "the same bytes twice");

    let other = Store::at(&directory.path().join("other")).unwrap();
    let loaded = other.load(&file, 7).unwrap();
    assert!(loaded.left_out.is_empty());
    assert_eq!(loaded.policies, [Stored { pulled: 7, ..one.clone() }, Stored { pulled: 7, ..plain }]);
    assert_eq!(other.blob(&one.module, 100).unwrap().as_deref(), Some(ONE));

    let bytes = std::fs::read(&file).unwrap();
    let broken = directory.path().join("broken.tar");
    for (what, bytes) in [
        ("cut short", bytes[..bytes.len() / 2].to_vec()),
        ("no tar", b"no tar at all".to_vec()),
        ("empty", Vec::new()),
        ("tampered", {
            let at = bytes.windows(ONE.len()).position(|part| part == ONE).unwrap();
            let mut bytes = bytes.clone();
            bytes[at + 9] ^= 1;
            bytes
        }),
    ] {
        std::fs::write(&broken, bytes).unwrap();
        let fresh = Store::at(&directory.path().join(what)).unwrap();
        assert!(matches!(fresh.load(&broken, 1), Err(StoreError::Archive { .. })), "{what}");
        assert_eq!(fresh.all().unwrap(), [], "{what}");
    }
}

#[test]
fn many_at_once_see_only_whole_content() {
    let Place(_directory, store) = place();
    let seen = AtomicU64::new(0);
    let modules: Vec<Vec<u8>> = (0..4).map(|n| [b"\0asm\x01\0\0\0", &vec![n; 100_000][..]].concat()).collect();
    std::thread::scope(|scope| {
        for turn in 0..4 {
            let (store, modules, seen) = (&store, &modules, &seen);
            scope.spawn(move || {
                for round in 0..10 {
                    let wasm = &modules[(turn + round) % modules.len()];
                    let stored = keep(store, "registry://r.io/x:latest", wasm);
                    if round % 5 == 4 {
                        store.collect().unwrap();
                    }
                    // Another name may have taken its place and a collection its content, but never a part of it.
                    if let Some(bytes) = store.blob(&stored.module, 1 << 20).unwrap() {
                        assert_eq!(&bytes, wasm);
                        seen.fetch_add(1, Ordering::Relaxed);
                    }
                    store.named("registry://r.io/x:latest").unwrap().unwrap();
                }
            });
        }
    });
    assert!(seen.load(Ordering::Relaxed) > 0);
    let last = store.named("registry://r.io/x:latest").unwrap().unwrap();
    assert!(store.blob(&last.module, 1 << 20).unwrap().is_some(), "what a name stands for is never collected");
}
