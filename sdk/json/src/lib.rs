//! JSON read where it lies, its pointers, and the few text functions that a small guest needs; re-exported by the SDK.
//!
//! A crate of its own because it reads every byte of every request: the guest's profile builds it for speed and all
//! else for size.

pub mod json;
pub mod order;
pub mod pointer;
pub mod text;
