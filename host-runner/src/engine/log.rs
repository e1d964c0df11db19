//! What a guest prints, kept up to a limit.

/// Text of a guest, kept up to a limit.
pub(super) struct Log {
    bytes: Vec<u8>,
    limit: usize,
}

impl Log {
    pub(super) fn new(limit: usize) -> Self {
        Self { bytes: Vec::new(), limit }
    }

    /// Appends what fits; answers whether everything did.
    pub(super) fn append(&mut self, bytes: &[u8]) -> bool {
        let room = self.limit.saturating_sub(self.bytes.len());
        let kept = bytes.get(..room).unwrap_or(bytes);
        self.bytes.extend_from_slice(kept);
        kept.len() == bytes.len()
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(super) fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.bytes)
    }
}
