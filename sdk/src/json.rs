//! JSON read where it lies, and written. What writes is apart from the reader, which is built for speed.

pub use regwarden_json::json::*;

#[cfg(test)]
mod tests;
pub mod write;
