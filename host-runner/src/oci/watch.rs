//! Who is told what happens while a policy is brought here.

/// What is told on the way.
pub trait Watch {
    /// So many bytes of so many are there.
    fn progress(&self, done: u64, total: u64);
    /// Something that the user should know.
    fn note(&self, text: &str);
}
