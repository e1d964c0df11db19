//! The text of a file and the line and column of its bytes.

/// Bytes between two remembered character counts.
const STEP: usize = 4096;

/// A file, kept so that places can be told after reading.
#[derive(Debug)]
pub(super) struct Source {
    text: Vec<u8>,
    /// Start of every line.
    lines: Vec<usize>,
    /// Characters before every multiple of [`STEP`].
    characters: Vec<usize>,
}

fn starts_character(byte: u8) -> bool {
    byte & 0xC0 != 0x80
}

impl Source {
    pub(super) fn new(text: &[u8]) -> Self {
        let mut lines = vec![0];
        lines.extend(text.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at + 1));
        let mut characters = vec![0];
        let mut count = 0;
        for chunk in text.chunks(STEP) {
            count += chunk.iter().filter(|byte| starts_character(**byte)).count();
            characters.push(count);
        }
        Self { text: text.to_vec(), lines, characters }
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.text
    }

    fn characters_before(&self, offset: usize) -> usize {
        let block = offset / STEP;
        let counted = self.characters.get(block).copied().unwrap_or(0);
        let rest = self.text.get(block * STEP..offset).unwrap_or_default();
        counted + rest.iter().filter(|byte| starts_character(**byte)).count()
    }

    /// Line and column of a byte, both from 1, the column in characters; a byte order mark has no width.
    pub(super) fn position(&self, offset: usize) -> (usize, usize) {
        let offset = offset.min(self.text.len());
        let line = self.lines.partition_point(|start| *start <= offset).max(1);
        let mut start = self.lines.get(line - 1).copied().unwrap_or(0);
        if line == 1 && self.text.starts_with(b"\xEF\xBB\xBF") && offset >= 3 {
            start = 3;
        }
        (line, self.characters_before(offset) - self.characters_before(start) + 1)
    }
}
