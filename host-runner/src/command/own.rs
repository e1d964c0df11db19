//! The checked files as the cluster of `--cluster self`.

use std::path::PathBuf;
use std::sync::Arc;

use crate::cluster::{AddError, Objects, Origin};
use crate::error::Error;
use crate::manifest::{self, Limits};
use crate::reason::io_reason;
use crate::report::Unreadable;
use crate::source::{self, Found};

/// Mistakes after which the rest is not read.
const MOST_MISTAKES: usize = 20;

/// Reads the plain objects of all files. Standard input can be read once only, so its bytes are left in `stdin`.
///
/// What cannot be read is passed over here: the check of the same files tells it. A Secret that no API server would
/// store is told in `mistakes`, for nothing else reads it. An object that two files give differently (overlays of one
/// base, say) is no mistake until the policy asks for it; then it has no answer, and says so.
///
/// # Errors
/// When standard input cannot be read.
pub(super) fn read(
    files: &[PathBuf],
    namespace: Option<&str>,
    stdin: &mut Option<Vec<u8>>,
    mistakes: &mut Vec<Unreadable>,
) -> Result<Objects, Error> {
    let mut objects = Objects::new(namespace.unwrap_or("default"));
    let limits = Limits::default();
    for input in source::inputs(files).flatten() {
        let bytes = match source::read(input.path.as_deref(), limits.bytes) {
            Ok(bytes) => bytes,
            Err(error) if input.path.is_none() => {
                return Err(Error::Unreadable { file: input.name, reason: io_reason(&error) });
            }
            Err(_) => continue,
        };
        let file: Arc<str> = Arc::from(input.name.as_str());
        for found in manifest::read(&bytes, &limits).documents.iter().flat_map(source::recognise) {
            let Found::Subject(subject) = found else { continue };
            let json = subject.object.as_deref().filter(|_| !subject.is_request());
            let Some(object) = json.and_then(|json| serde_json::from_str(json).ok()) else { continue };
            match objects.add(object, Origin { file: Arc::clone(&file), line: subject.line }) {
                // Nobody can ask for an object without a name.
                Ok(_) | Err(AddError::Unnamed(_)) => {}
                Err(error @ (AddError::Refused(_) | AddError::Full)) => {
                    let (line, error) = (Some(subject.line), error.to_string());
                    mistakes.push(Unreadable { file: input.name.clone(), line, error });
                    if mistakes.len() >= MOST_MISTAKES {
                        break;
                    }
                }
            }
        }
        if input.path.is_none() {
            *stdin = Some(bytes);
        }
    }
    Ok(objects)
}
