//! The host runner as a library.

pub mod admission;
pub mod annotate;
pub mod cli;
pub mod cluster;
pub mod command;
pub mod credentials;
pub mod embedded;
pub mod engine;
pub mod error;
pub mod manifest;
pub mod module;
pub mod oci;
pub mod outcome;
pub mod probe;
pub mod reason;
pub mod report;
pub mod review;
pub mod signature;
pub mod source;
pub mod store;
