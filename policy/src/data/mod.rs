//! Tables of what engines and builders do; each names its sources.

pub(crate) mod agents;
pub(crate) mod builders;
pub(crate) mod bystanders;
pub(crate) mod destinations;
pub(crate) mod engines;
pub(crate) mod flags;
pub(crate) mod flavours;
pub(crate) mod logins;
pub(crate) mod node_files;
pub(crate) mod plugins;
pub(crate) mod privileges;
pub(crate) mod root_users;
pub(crate) mod sockets;
pub(crate) mod sources;
pub(crate) mod variables;
