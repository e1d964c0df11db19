//! Exchange with the real tools, where they are: kwctl, policy-server and cosign pull, verify and run what we make, and
//! we what they make. `REGWARDEN_KWCTL`, `REGWARDEN_POLICY_SERVER` and `REGWARDEN_COSIGN` name the programs, else they are
//! looked for on the path. No package of Debian has them, so that their absence is a skip everywhere.
#![expect(clippy::unwrap_used, reason = "a test fails loudly")]
#![allow(
    clippy::allow_attributes,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::print_stderr,
    dead_code,
    reason = "the support is shared; this uses a part of it"
)]

#[path = "kubewarden/exchange.rs"]
mod exchange;
#[path = "kubewarden/keyless.rs"]
mod keyless;
#[path = "support/kube.rs"]
mod kube;
#[path = "support/policy_server.rs"]
mod policy_server;
#[path = "support/proxy.rs"]
mod proxy;
#[path = "support/registry.rs"]
mod registry;
#[path = "kubewarden/scene.rs"]
mod scene;
#[path = "kubewarden/serve.rs"]
mod serve;
#[path = "support/server.rs"]
mod server;
#[path = "support/sigstore.rs"]
mod sigstore;
#[path = "oci/support.rs"]
mod support;
