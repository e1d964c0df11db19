//! Arguments of the commands that make artifacts of policies.

use std::path::PathBuf;

use clap::Args;

/// Arguments of `annotate`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  regwarden annotate -m metadata.yml -u README.md -o annotated-policy.wasm policy.wasm\n\nTakes the flags of `kwctl annotate`. Metadata that the file carries already is replaced, so that the same\ncommand on its own output gives the same bytes."
)]
pub struct AnnotateArgs {
    /// The metadata of the policy, YAML or JSON
    #[arg(short, long, value_name = "FILE")]
    pub metadata_path: PathBuf,

    /// The manual of the policy, Markdown; kept as the annotation `io.kubewarden.policy.usage`
    #[arg(short, long, value_name = "FILE")]
    pub usage_path: Option<PathBuf>,

    /// The file to write, at once or not at all; may be the policy itself
    #[arg(short, long, value_name = "FILE")]
    pub output_path: PathBuf,

    /// The Wasm file
    #[arg(value_name = "POLICY")]
    pub policy: PathBuf,
}
