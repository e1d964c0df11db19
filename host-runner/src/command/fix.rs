//! From a policy's patch to a file: edits of the manifest's text, and writing it at once or not at all.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;
use tempfile::NamedTempFile;

use crate::manifest::{EditOp, FileEdit};

#[derive(Deserialize)]
struct Operation {
    op: String,
    path: String,
    // A null is a value too, so that absence is not told by `Option`.
    #[serde(default)]
    value: Value,
}

/// One operation of a patch as an edit of the document in which the object lies at `prefix`; none for an operation that
/// a manifest cannot be edited by (`move`, `copy`, `test`).
pub(super) fn edit(document: usize, prefix: &str, operation: &str) -> Option<FileEdit> {
    let Operation { op, path, value } = serde_json::from_str(operation).ok()?;
    let op = match op.as_str() {
        "add" => EditOp::Add,
        "replace" => EditOp::Replace,
        "remove" => EditOp::Remove,
        _ => return None,
    };
    Some(FileEdit { document, op, path: format!("{prefix}{path}"), value: (op != EditOp::Remove).then_some(value) })
}

/// Replaces the content of `path`, which must still be `before`. Permissions stay; a symbolic link stays one and its
/// target is replaced.
///
/// # Errors
/// When the file changed since it was read, or cannot be replaced; it is untouched then.
pub(super) fn replace(path: &Path, before: &[u8], after: &str) -> io::Result<()> {
    let path = fs::canonicalize(path)?;
    let directory = path.parent().unwrap_or(Path::new("."));
    let permissions = fs::metadata(&path)?.permissions();
    if permissions.readonly() {
        return Err(io::ErrorKind::PermissionDenied.into());
    }
    let mut new = NamedTempFile::with_prefix_in(".regwarden-", directory)?;
    new.write_all(after.as_bytes())?;
    new.as_file().set_permissions(permissions)?;
    new.as_file().sync_all()?;
    if fs::read(&path)? != before {
        return Err(io::Error::other("it changed while it was being judged; run the command again"));
    }
    new.persist(&path).map_err(|error| error.error)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_become_edits_below_the_object() {
        let add = edit(2, "/items/0", r#"{"op":"add","path":"/a","value":null}"#).unwrap();
        assert_eq!(add, FileEdit { document: 2, op: EditOp::Add, path: "/items/0/a".into(), value: Some(Value::Null) });
        let remove = edit(0, "", r#"{"op":"remove","path":"/a"}"#).unwrap();
        assert_eq!((remove.op, remove.value), (EditOp::Remove, None));
        assert!(edit(0, "", r#"{"op":"move","from":"/b","path":"/a"}"#).is_none());
    }

    #[cfg(unix)]
    #[test]
    fn permissions_and_links_stay() {
        use std::os::unix::fs::{PermissionsExt, symlink};

        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("a.yaml");
        let link = directory.path().join("b.yaml");
        fs::write(&file, "old").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
        symlink(&file, &link).unwrap();
        replace(&link, b"old", "new").unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "new");
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o640);
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 2);
    }

    #[test]
    fn a_file_that_changed_meanwhile_is_left_alone() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("a.yaml");
        fs::write(&file, "newer").unwrap();
        assert!(replace(&file, b"old", "new").is_err());
        assert_eq!(fs::read_to_string(&file).unwrap(), "newer");
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
    }
}
