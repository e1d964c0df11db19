//! The code cache: what it keeps, and what it does not believe.

use super::wasm;
use crate::engine::{CodeCache, Engine, Limits};
use std::{
    fs,
    os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink},
    path::{Path, PathBuf},
};

fn engine(directory: &Path) -> Engine {
    Engine::with_cache(Limits::default(), CodeCache::at(directory)).unwrap()
}

/// Loads a guest and proves that it works.
fn use_guest(directory: &Path) {
    let policy = engine(directory).load(&wasm("answers")).unwrap();
    assert_eq!(policy.call("validate", b"{}").name(), "answered");
}

fn entries(directory: &Path) -> Vec<PathBuf> {
    fs::read_dir(directory).into_iter().flatten().map(|entry| entry.unwrap().path()).collect()
}

fn one_entry(directory: &Path) -> PathBuf {
    let entries = entries(directory);
    assert_eq!(entries.len(), 1, "{entries:?}");
    entries.into_iter().next().unwrap()
}

/// Whether a load uses the entry instead of making it anew.
fn is_believed(directory: &Path) -> bool {
    let entry = one_entry(directory);
    let before = fs::symlink_metadata(&entry).unwrap();
    use_guest(directory);
    fs::symlink_metadata(&entry).unwrap().ino() == before.ino()
}

#[test]
fn code_is_kept_privately_and_used_again() {
    let home = tempfile::tempdir().unwrap();
    let directory = home.path().join("regwarden").join("code");
    use_guest(&directory);
    assert_eq!(fs::metadata(&directory).unwrap().permissions().mode() & 0o777, 0o700);
    assert_eq!(fs::metadata(one_entry(&directory)).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(is_believed(&directory));
}

#[test]
fn a_corrupt_entry_is_replaced() {
    let home = tempfile::tempdir().unwrap();
    let directory = home.path().join("code");
    use_guest(&directory);
    let entry = one_entry(&directory);
    let sound = fs::read(&entry).unwrap();
    let places = [0, 7, 8, 39, 40, sound.len() / 2, sound.len() - 1];
    for place in places {
        let mut corrupt = sound.clone();
        if let Some(byte) = corrupt.get_mut(place) {
            *byte ^= 1;
        }
        fs::write(&entry, corrupt).unwrap();
        assert!(!is_believed(&directory), "byte {place}");
        assert_eq!(fs::read(&entry).unwrap(), sound, "byte {place}");
    }
}

#[test]
fn a_truncated_entry_is_replaced() {
    let home = tempfile::tempdir().unwrap();
    let directory = home.path().join("code");
    use_guest(&directory);
    let entry = one_entry(&directory);
    let sound = fs::read(&entry).unwrap();
    for length in [0, 1, 8, 39, 40, 41, sound.len() - 1] {
        fs::write(&entry, sound.get(..length).unwrap()).unwrap();
        assert!(!is_believed(&directory), "{length} bytes");
        assert_eq!(fs::read(&entry).unwrap(), sound);
    }
}

/// Another module's sound entry under this module's name.
#[test]
fn an_entry_belongs_to_one_module() {
    let home = tempfile::tempdir().unwrap();
    let (mine, other) = (home.path().join("mine"), home.path().join("other"));
    use_guest(&mine);
    engine(&other).load(&wasm("counter")).unwrap();
    fs::copy(one_entry(&other), one_entry(&mine)).unwrap();
    assert!(!is_believed(&mine));
}

#[test]
fn an_entry_that_others_may_write_is_not_believed() {
    let home = tempfile::tempdir().unwrap();
    let directory = home.path().join("code");
    use_guest(&directory);
    for mode in [0o660, 0o602] {
        fs::set_permissions(one_entry(&directory), fs::Permissions::from_mode(mode)).unwrap();
        assert!(!is_believed(&directory), "{mode:o}");
    }
}

#[test]
fn a_symbolic_link_is_not_followed() {
    let home = tempfile::tempdir().unwrap();
    let directory = home.path().join("code");
    use_guest(&directory);
    let entry = one_entry(&directory);
    let elsewhere = home.path().join("elsewhere");
    fs::rename(&entry, &elsewhere).unwrap();
    symlink(&elsewhere, &entry).unwrap();
    assert!(!is_believed(&directory));
    assert!(fs::symlink_metadata(&entry).unwrap().is_file(), "the link is replaced");

    let linked = home.path().join("linked");
    symlink(&directory, &linked).unwrap();
    let before = fs::metadata(&entry).unwrap().ino();
    use_guest(&linked);
    assert_eq!(fs::metadata(&entry).unwrap().ino(), before, "nothing is written through a linked directory");
}

#[test]
fn a_directory_that_others_may_write_is_not_used() {
    let home = tempfile::tempdir().unwrap();
    let directory = home.path().join("code");
    fs::create_dir(&directory).unwrap();
    fs::set_permissions(&directory, fs::Permissions::from_mode(0o777)).unwrap();
    use_guest(&directory);
    assert!(entries(&directory).is_empty());
}

#[test]
fn what_another_user_owns_is_not_believed() {
    const NOBODY: u32 = 65534;
    let home = tempfile::tempdir().unwrap();
    let directory = home.path().join("code");
    use_guest(&directory);
    if chown(one_entry(&directory), Some(NOBODY), None).is_err() {
        // Only root can give a file away; the check itself is the same for every user.
        return;
    }
    assert!(!is_believed(&directory));
    chown(&directory, Some(NOBODY), None).unwrap();
    fs::remove_file(one_entry(&directory)).unwrap();
    use_guest(&directory);
    assert!(entries(&directory).is_empty());
}

#[test]
fn what_is_no_file_is_not_read() {
    let home = tempfile::tempdir().unwrap();
    let directory = home.path().join("code");
    use_guest(&directory);
    let entry = one_entry(&directory);
    fs::remove_file(&entry).unwrap();
    fs::create_dir(&entry).unwrap();
    use_guest(&directory);
    assert!(entry.is_dir());
}

#[test]
fn writers_at_once_leave_one_sound_entry() {
    let home = tempfile::tempdir().unwrap();
    let directory = home.path().join("code");
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..5 {
                    use_guest(&directory);
                    for entry in entries(&directory) {
                        // Every other load finds nothing and writes again.
                        let _ = fs::remove_file(entry);
                    }
                }
            });
        }
    });
    use_guest(&directory);
    assert!(is_believed(&directory));
}

#[test]
fn a_directory_that_cannot_be_made_costs_nothing_but_time() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("file");
    fs::write(&file, "").unwrap();
    use_guest(&file.join("code"));
}
