//! YAML and JSON files that hold one mapping: settings, metadata, verification configurations.

use std::path::Path;

use crate::error::Error;
use crate::manifest::{self, Limits};
use crate::reason::io_reason;
use crate::source::{self, STDIN};

/// What the policy's settings are called in messages.
pub(super) const SETTINGS: &str = "settings";

/// They are written by people; what is larger is something else.
const LARGEST: usize = 4 << 20;

/// The mapping in a file as JSON text; an empty file says `{}`. `what` it is, in the plural, for messages.
///
/// # Errors
/// When the file cannot be read or does not hold exactly one mapping.
pub(super) fn read(path: &Path, what: &str) -> Result<String, Error> {
    let file = path.to_string_lossy().into_owned();
    let unreadable = |reason: String| Error::Unreadable { file: file.clone(), reason };
    let from = (path != Path::new(STDIN)).then_some(path);
    let bytes = source::read(from, LARGEST).map_err(|error| unreadable(io_reason(&error)))?;
    let stream = manifest::read(&bytes, &Limits { bytes: LARGEST, ..Limits::default() });
    if let Some(error) = stream.error {
        return Err(unreadable(format!("line {}: {}", error.line, error.problem)));
    }
    let mut documents = stream.documents.into_iter();
    match (documents.next(), documents.next()) {
        (None, _) => Ok("{}".to_owned()),
        (Some(document), None) if document.json.starts_with('{') => Ok(document.json),
        (Some(_), None) => Err(unreadable(format!("{what} are a mapping; this file holds something else"))),
        (Some(_), Some(second)) => {
            Err(unreadable(format!("line {}: a second document begins; {what} are one document", second.line)))
        }
    }
}
