//! Patterns of host capabilities, as `hostCapabilities` of Kubewarden's policy-server has them.

use std::collections::BTreeSet;

use thiserror::Error;

use super::{OPERATIONS, clip};

/// Which capabilities are granted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Patterns {
    all: bool,
    /// With the slash at the end.
    prefixes: Vec<String>,
    exact: BTreeSet<String>,
}

/// Why a pattern grants nothing. The texts are Kubewarden's.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PatternError {
    /// There is nothing in it.
    #[error("invalid pattern: pattern must not be empty")]
    Empty,
    /// The asterisk stands for a part of a segment.
    #[error(
        "invalid pattern \"{0}\": wildcard '*' must be the entire last path segment (e.g. 'oci/*'), not a partial match"
    )]
    PartialWildcard(String),
    /// No capability has this segment there.
    #[error("invalid pattern \"{pattern}\": unknown segment \"{segment}\", valid options at this level are: {options}")]
    UnknownSegment {
        /// The pattern.
        pattern: String,
        /// Its segment.
        segment: String,
        /// What could stand there, in alphabetical order.
        options: String,
    },
    /// The pattern stops before it names a capability.
    #[error(
        "invalid pattern \"{0}\": not a complete capability path; use \"{0}/*\" to allow all capabilities under it"
    )]
    Incomplete(String),
}

impl Patterns {
    /// Grants of a list of patterns: `*`, `kubernetes/*`, `oci/v1/*`, or a whole path such as `kubernetes/can_i`.
    ///
    /// # Errors
    /// The first pattern that is none. `*` grants everything; what comes after it is not looked at.
    pub fn parse<S: AsRef<str>>(patterns: &[S]) -> Result<Self, PatternError> {
        let mut parsed = Self::default();
        for pattern in patterns {
            let pattern = pattern.as_ref().trim();
            if pattern == "*" {
                return Ok(Self { all: true, ..Self::default() });
            }
            parsed.add(pattern)?;
        }
        Ok(parsed)
    }

    fn add(&mut self, pattern: &str) -> Result<(), PatternError> {
        if pattern.is_empty() {
            return Err(PatternError::Empty);
        }
        let prefix = pattern.strip_suffix("/*");
        if prefix.unwrap_or(pattern).contains('*') {
            return Err(PatternError::PartialWildcard(clip(pattern).to_owned()));
        }
        let path = prefix.unwrap_or(pattern);
        let mut below = String::new();
        for segment in path.split('/') {
            let options = options(&below);
            if !options.contains(segment) {
                return Err(PatternError::UnknownSegment {
                    pattern: clip(pattern).to_owned(),
                    segment: clip(segment).to_owned(),
                    options: options.into_iter().collect::<Vec<_>>().join(", "),
                });
            }
            below.push_str(segment);
            below.push('/');
        }
        let is_whole = options(&below).is_empty();
        match prefix {
            // Nothing lies below a whole path.
            Some(_) if is_whole => Err(PatternError::UnknownSegment {
                pattern: clip(pattern).to_owned(),
                segment: "*".to_owned(),
                options: String::new(),
            }),
            Some(_) => {
                self.prefixes.push(below);
                Ok(())
            }
            None if is_whole => {
                self.exact.insert(path.to_owned());
                Ok(())
            }
            None => Err(PatternError::Incomplete(path.to_owned())),
        }
    }

    /// Whether an operation is granted.
    #[must_use]
    pub fn allow(&self, namespace: &str, operation: &str) -> bool {
        let path = format!("{}/{}", clip(namespace), clip(operation));
        self.all || self.exact.contains(&path) || self.prefixes.iter().any(|prefix| path.starts_with(prefix))
    }
}

/// The segments that can follow a prefix (empty, or with a slash at its end), in alphabetical order.
fn options(prefix: &str) -> BTreeSet<String> {
    let paths = OPERATIONS
        .iter()
        .flat_map(|(namespace, operations)| operations.iter().map(move |operation| format!("{namespace}/{operation}")));
    paths
        .filter_map(|path| path.strip_prefix(prefix)?.split('/').next().map(str::to_owned))
        .filter(|segment| !segment.is_empty())
        .collect()
}
