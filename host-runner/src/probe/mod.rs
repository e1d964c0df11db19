//! Whether a credential does what it is there for: it is shown to its registry, and to nobody else.
//!
//! What is asked, and of whom:
//!
//! 1. `GET /v2/` without a credential: is a registry there, and how does it want to be logged in to?
//! 2. The login: the same request with the credential (`Basic`), or a token from the realm (`Bearer`, distribution's token
//!    specification) with the scope `repository:NAME:pull`, or `pull,push` for a push.
//! 3. `HEAD` of the manifest; for a push an upload that is opened and cancelled.
//!
//! No redirect is followed. A realm on another host than the registry's is asked only with the user's leave, or where the
//! pair is known ([`hosts::REALMS`]). A credential that is refused once is not shown again, so that no account is locked.

pub mod challenge;
pub mod client;
pub mod hosts;
pub mod node;
pub mod outcome;
pub mod plan;
pub mod report;
mod run;
mod session;
mod vault;

pub use run::{Done, run};
