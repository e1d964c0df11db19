//! The shared vocabulary of regwarden policies; crate docs and re-exports only.
//!
//! A policy is a pure function from bytes to bytes. Its author writes a [`policy::Policy`]: settings
//! ([`config!`], [`options!`]) and rules ([`rule!`], [`rules!`]); [`ops`] reads requests and writes answers, and
//! [`face`] carries them over waPC or WASI with one line. A whole policy:
//!
//! ```
//! use regwarden_sdk::cluster::{Cluster, NoCluster};
//! use regwarden_sdk::decode::Mistakes;
//! use regwarden_sdk::finding::Findings;
//! use regwarden_sdk::ops::{Operation, call};
//! use regwarden_sdk::policy::Policy;
//! use regwarden_sdk::request::Request;
//! use regwarden_sdk::rule::Entry;
//! use regwarden_sdk::settings::Profile;
//! use regwarden_sdk::view::PodView;
//!
//! /// What rules may look at; add what yours need.
//! struct Context<'d> {
//!     pod: PodView<'d>,
//! }
//!
//! mod host_network {
//!     use super::*;
//!
//!     regwarden_sdk::rule! {
//!         /// ## What it catches
//!         /// A Pod in the network of its node.
//!         pub(crate) HostNetwork {
//!             id: "host-network",
//!             title: "pod shares the network of its node",
//!             since: "0.1.0",
//!             mends: Never,
//!             levels: [Warn, Enforce, Enforce],
//!             options: (),
//!         }
//!     }
//!
//!     pub(crate) fn check<'d>(context: &Context<'d>, (): &(), out: &mut Findings<'d>) {
//!         let flag = context.pod.spec().get("hostNetwork");
//!         if let Some(flag) = flag.filter(|flag| flag.as_bool() == Some(true)) {
//!             out.report(flag, "the Pod shares its node's network", "remove `hostNetwork`");
//!         }
//!     }
//! }
//!
//! regwarden_sdk::rules! { check_all(Context) { host_network::HostNetwork } }
//!
//! regwarden_sdk::config! {
//!     /// Settings of the policy.
//!     pub struct Settings {
//!         /// A level for every rule.
//!         pub profile "profile": Profile = Profile::Recommended,
//!         /// Single rules.
//!         pub rules "rules": RuleSettings = RuleSettings::default(),
//!     }
//! }
//!
//! struct Mine;
//!
//! impl Policy for Mine {
//!     const NAME: &'static str = "mine";
//!     const VERSION: &'static str = "0.1.0";
//!     type Settings = Settings;
//!
//!     fn catalogue() -> &'static [Entry] {
//!         CATALOGUE
//!     }
//!     fn mutates(_: &Settings) -> bool {
//!         true
//!     }
//!     fn review_settings(_: &Settings, _: &mut Mistakes) {}
//!     fn concerns(_: &Settings, _: Request<'_>, _: PodView<'_>) -> bool {
//!         true
//!     }
//!     fn judge<'d>(
//!         settings: &'d Settings, _: Request<'d>, pod: PodView<'d>, _: &'d dyn Cluster, out: &mut Findings<'d>,
//!     ) {
//!         check_all(&settings.rules, settings.profile, &Context { pod }, out);
//!     }
//! }
//!
//! // In a cdylib, with the feature `wapc`: regwarden_sdk::export!(Mine);
//! fn main() {
//!     let payload = br#"{"request": {"object": {"apiVersion": "v1", "kind": "Pod", "spec": {"hostNetwork": true}}}}"#;
//!     let answer = call::<Mine>(Operation::Validate, payload, &NoCluster);
//!     let says = r#""host-network at /spec/hostNetwork: the Pod shares its node's network; remove `hostNetwork`""#;
//!     assert_eq!(String::from_utf8_lossy(&answer), format!(r#"{{"accepted":false,"message":{says}}}"#));
//! }
//! ```

pub use regwarden_json::{order, pointer};

pub mod base64;
pub mod catalogue;
pub mod cluster;
pub mod decode;
pub mod docker_config;
pub mod edit;
pub mod evaluate;
pub mod exception;
pub mod finding;
pub mod glob;
pub mod image;
pub mod index;
pub mod json;
mod kinds;
pub mod object;
pub mod ops;
pub mod packed;
pub mod policy;
pub mod registry;
pub mod request;
pub mod resources;
pub mod rule;
pub mod schema;
pub mod service_account;
pub mod settings;
mod shape;
pub mod shell;
pub mod text;
pub mod verdict;
pub mod view;

pub mod face {
    //! How operations reach a policy: one ABI each, no policy logic.
    #[cfg(feature = "wapc")]
    pub mod wapc;
    #[cfg(feature = "wasi")]
    pub mod wasi;
}
