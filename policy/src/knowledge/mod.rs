//! Facts that several rules share.

pub(crate) mod access;
pub(crate) mod arguments;
pub(crate) mod commands;
pub(crate) mod credential;
pub(crate) mod credential_argument;
pub(crate) mod credential_build;
pub(crate) mod credential_words;
pub(crate) mod docker_config;
pub(crate) mod host_path;
pub(crate) mod hosts;
pub(crate) mod index;
pub(crate) mod lifetime;
pub(crate) mod names;
pub(crate) mod node_path;
pub(crate) mod opens;
pub(crate) mod pushes;
#[cfg(test)]
pub(crate) mod testing;
pub(crate) mod words;
