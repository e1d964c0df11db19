//! Facts that several rules share.

pub(crate) mod arguments;
pub(crate) mod credential;
pub(crate) mod credential_argument;
pub(crate) mod credential_build;
pub(crate) mod credential_words;
pub(crate) mod docker_config;
pub(crate) mod host_path;
pub(crate) mod index;
#[cfg(test)]
pub(crate) mod testing;
