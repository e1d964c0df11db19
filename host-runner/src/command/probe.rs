//! `regwarden probe`: each resolved credential tried at its registry.

use std::path::Path;
use std::sync::Arc;

use tokio::runtime::Builder;

use super::credentials::{self, Read};
use super::output::Terminal;
use super::progress::Progress;
use crate::cli::Output;
use crate::cli::cluster::ClusterSource;
use crate::cli::credentials::ProbeArgs;
use crate::cluster::{Cluster, Objects};
use crate::error::{Error, Exit};
use crate::probe::client::Clients;
use crate::probe::hosts::Leave;
use crate::probe::plan::Plan;
use crate::probe::report::Results;
use crate::reason::io_reason;
use crate::report::text;
use crate::source;

/// A bundle of all authorities of a system is a quarter of this.
const LARGEST_BUNDLE: usize = 1 << 20;

pub(super) fn run(args: &ProbeArgs, terminal: &Terminal) -> Result<Exit, Error> {
    if args.subjects.cluster == ClusterSource::None && args.subjects.node_config.is_none() {
        let text = "there is no credential to try: say where the Secrets are, with `--cluster live`, `--cluster self` \
                    or `--cluster FILE`";
        return Err(Error::Usage(text.to_owned()));
    }
    for host in args.insecure_registries.iter().chain(&args.allow_realms) {
        if !regwarden_sdk::image::is_domain(host) {
            return Err(Error::Usage(format!("`{host}` is no host; write `host[:port]`, without scheme and path")));
        }
    }
    let authorities = args.ca.iter().map(|file| authority(file)).collect::<Result<Vec<_>, _>>()?;
    let leave = Leave { insecure: args.insecure_registries.clone(), realms: args.allow_realms.clone() };
    let clients = Clients::new(&authorities, args.timeout, leave).map_err(|reason| {
        let file = args.ca.iter().map(|file| file.to_string_lossy()).collect::<Vec<_>>().join(", ");
        Error::Unreadable { file, reason }
    })?;
    let Read { objects, unreadable, cluster, node } = credentials::read(&args.subjects, terminal)?;
    let cluster: Arc<dyn Cluster> = cluster.unwrap_or_else(|| Arc::new(Objects::new("default")));
    let plan = Plan::new(&objects, cluster.as_ref(), node.as_deref(), args.push);
    let outcomes = {
        let progress = Progress::start(terminal, "probing".to_owned());
        let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        let outcomes = runtime.block_on(crate::probe::run(&plan, &clients, |done| {
            progress.tell(|| format!("probing: {} of {} registries done", done.registries, done.of));
        }));
        // A name that is still being resolved holds nobody up.
        runtime.shutdown_background();
        outcomes
    };
    let results = Results { objects: &objects, probes: &plan.probes, outcomes: &outcomes, unreadable: &unreadable };
    match args.output {
        Output::Json => terminal.json(&results.document())?,
        Output::Human => results.write(&mut terminal.out(), text::width(), terminal.quiet)?,
    }
    Ok(results.exit())
}

fn authority(path: &Path) -> Result<Vec<u8>, Error> {
    let unreadable = |reason: String| Error::Unreadable { file: path.to_string_lossy().into_owned(), reason };
    let bytes = source::read(Some(path), LARGEST_BUNDLE).map_err(|error| unreadable(io_reason(&error)))?;
    if bytes.len() > LARGEST_BUNDLE {
        return Err(unreadable("it is too large for certificates".to_owned()));
    }
    Ok(bytes)
}
