//! Every case through every face, the documentation's examples, generated objects, the rules of the house.

mod artifacts;
mod case;
mod dependencies;
mod differential;
mod examples;
mod reproducible;
mod rules;
mod subject;
mod tidy;
