//! `explain-credentials` and `probe` as a user meets them, against real registries.
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails loudly")]

#[path = "support/binary.rs"]
mod binary;
#[path = "support/proxy.rs"]
mod proxy;
#[path = "support/realm.rs"]
mod realm;
#[path = "support/registry.rs"]
mod registry;
#[path = "support/server.rs"]
mod server;

#[path = "credentials/explained.rs"]
mod explained;
#[path = "credentials/hosts.rs"]
mod hosts;
#[path = "credentials/place.rs"]
mod place;
#[path = "credentials/probed.rs"]
mod probed;
#[path = "credentials/tokens.rs"]
mod tokens;
