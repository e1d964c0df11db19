//! Policies in registries: a real docker-registry, skopeo beside us, and servers that do everything wrong.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::print_stderr,
    reason = "a test fails loudly"
)]

#[path = "oci/credentials.rs"]
mod credentials;
#[path = "oci/disk.rs"]
mod disk;
#[path = "oci/faults.rs"]
mod faults;
#[path = "oci/figures.rs"]
mod figures;
#[path = "support/registry.rs"]
mod registry;
#[path = "oci/round.rs"]
mod round;
#[path = "support/server.rs"]
mod server;
#[path = "oci/support.rs"]
mod support;
