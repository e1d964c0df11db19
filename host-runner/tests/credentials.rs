//! `explain-credentials` and `probe` against real registries.
#![expect(clippy::unwrap_used, reason = "a test fails loudly")]

#[path = "support/registry.rs"]
mod registry;
#[path = "support/server.rs"]
mod server;

use registry::{Access, Authority, Registry, Scheme, Setup};

#[test]
fn a_registry_starts_with_what_it_is_given() {
    let authority = Authority::new("tests");
    let tls = Scheme::Tls(authority.serve());
    let setup = Setup { access: Access::Htpasswd, scheme: tls, images: vec![("ci/app", "1")] };
    let Some(registry) = Registry::start(&setup) else { return };
    assert!(registry.host().starts_with("127.0.0.1:"));
    assert!(registry.log().contains("listening on"), "{}", registry.log());
}
