//! Policies in OCI registries: named, pulled, pushed; nothing is believed that its digest does not prove.

pub mod attached;
mod auth;
mod body;
pub mod credentials;
mod download;
pub mod error;
pub mod fetch;
mod helper;
mod http;
pub mod manifest;
pub mod name;
pub mod options;
pub mod push;
mod registry;
mod trust;
pub mod watch;

pub use error::{Error, Fault};
pub use fetch::{Fetched, Fetcher, Freshness};
pub use options::Options;
pub use watch::Watch;
