//! Every case through every face, the documentation's examples, generated objects, the rules of the house.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails loudly, and so do its helpers"
)]

mod artifacts;
mod case;
mod cluster;
mod corpus;
mod dependencies;
mod differential;
mod examples;
mod reproducible;
mod rules;
mod subject;
mod tidy;
mod workflows;
