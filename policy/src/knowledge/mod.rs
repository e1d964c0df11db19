//! Facts that several rules share.

pub(crate) mod docker_config;
