//! Look-ups by name; the SDK has them.

pub(crate) use regwarden_sdk::index::Index;
