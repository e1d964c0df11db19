//! Facts that several rules share.

pub(crate) mod arguments;
pub(crate) mod credential;
pub(crate) mod docker_config;
pub(crate) mod index;
pub(crate) mod names;
#[cfg(test)]
pub(crate) mod testing;
