//! Every case through every face, the documentation's examples, generated objects, the rules of the house.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    reason = "a test fails loudly, and so do its helpers"
)]

mod artifacts;
mod carriers;
mod case;
mod circles;
mod cluster;
mod corpus;
mod dependencies;
mod differential;
mod embedded;
mod examples;
mod kubewarden;
mod reproducible;
mod rules;
mod secrecy;
mod subject;
mod tidy;
mod workflows;
