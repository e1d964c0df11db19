//! Everything that a rule may look at.

use regwarden_sdk::cluster::Cluster;
use regwarden_sdk::request::Request;
use regwarden_sdk::view::PodView;

use crate::facts::Facts;

/// One Pod to judge and what is known about it.
pub struct Context<'d> {
    /// Who asks for what.
    pub(crate) request: Request<'d>,
    /// The Pod.
    pub(crate) pod: PodView<'d>,
    /// What the settings say about registries for this Pod.
    pub(crate) facts: Facts<'d>,
    /// Who answers questions about Secrets and ServiceAccounts.
    pub(crate) cluster: &'d dyn Cluster,
}
