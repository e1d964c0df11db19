//! The shared vocabulary of regwarden policies; crate docs and re-exports only.
//!
//! A policy is a pure function from bytes to bytes. Its author writes a [`policy::Policy`]: settings
//! ([`config!`], [`options!`]) and rules ([`rule!`], [`rules!`]); [`ops`] reads requests and writes answers, and
//! [`face`] carries them over waPC or WASI with one line.

pub use regwarden_json::{json, order, pointer, text};

pub mod catalogue;
pub mod cluster;
pub mod decode;
pub mod edit;
pub mod evaluate;
pub mod finding;
pub mod glob;
pub mod image;
pub mod ops;
pub mod policy;
pub mod registry;
pub mod request;
pub mod rule;
pub mod schema;
pub mod settings;
mod shape;
pub mod shell;
pub mod verdict;
pub mod view;

pub mod face {
    //! How operations reach a policy: one ABI each, no policy logic.
    #[cfg(feature = "wapc")]
    pub mod wapc;
    #[cfg(feature = "wasi")]
    pub mod wasi;
}
