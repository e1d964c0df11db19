//! Paths of the node: how they are spelled.

use super::words;

/// The most components that are kept; whatever anybody looks for has fewer.
const MAX: usize = 12;

/// A path without `.`, `..` and doubled slashes; no link but /var/run is followed.
pub(crate) struct Components<'p> {
    kept: [&'p str; MAX],
    length: usize,
}

impl<'p> Components<'p> {
    /// Reads a path, and one below it.
    #[inline(never)]
    pub(crate) fn read(path: &'p str, below: Option<&'p str>) -> Self {
        let mut out = Components { kept: [""; MAX], length: 0 };
        out.add(path);
        if let Some(below) = below {
            out.add(below);
        }
        out
    }

    #[inline(never)]
    fn add(&mut self, path: &'p str) {
        for part in words::parts(path, b'/') {
            match part {
                "" | "." => {}
                ".." => self.length = self.length.saturating_sub(1),
                part => {
                    if let Some(slot) = self.kept.get_mut(self.length) {
                        *slot = part;
                    }
                    self.length += 1;
                }
            }
        }
    }

    /// The components; `None` when there are too many.
    pub(crate) fn parts(&self) -> Option<&[&'p str]> {
        let parts = self.kept.get(..self.length)?;
        Some(if parts.starts_with(&["var", "run"]) { parts.get(1..).unwrap_or_default() } else { parts })
    }
}
