//! One blob from a registry into the store: continued where it stopped, checked before it counts.

use std::time::Duration;

use reqwest::{Method, StatusCode};
use tokio::time::sleep;

use super::error::Fault;
use super::http::{Ask, Host, TRIES, pause, range_start};
use super::manifest::Part;
use super::watch::Watch;
use crate::store::{Begun, Digest, Partial, Store, StoreError};

/// Connections over which one blob is fetched at most, however much each of them brings.
const MOST_CONNECTIONS: u32 = 64;

/// What is accepted for a blob; registries ignore it.
const ANYTHING: &str = "*/*";

/// Brings a blob into the store. The caller holds [`Store::add`].
pub(super) async fn blob(
    host: &Host,
    store: &Store,
    part: &Part,
    what: &'static str,
    is_wasm: bool,
    watch: &dyn Watch,
) -> Result<(), Fault> {
    let Some(mut partial) = begin(store, part).await? else { return Ok(()) };
    let resumed = partial.length() > 0;
    match whole(host, &mut partial, part, what, is_wasm, watch).await {
        // What an earlier process left may be damaged: once more from the beginning.
        Err(Fault::Digest { .. } | Fault::NotWasm) if resumed => {
            drop(partial);
            let Some(mut partial) = begin(store, part).await? else { return Ok(()) };
            whole(host, &mut partial, part, what, is_wasm, watch).await
        }
        other => other,
    }
}

/// The download when it is our turn; none when another process has finished it meanwhile.
async fn begin(store: &Store, part: &Part) -> Result<Option<Box<Partial>>, StoreError> {
    loop {
        match store.partial(&part.digest, part.size)? {
            Begun::Here(partial) => return Ok(Some(partial)),
            Begun::Done => return Ok(None),
            // The time limit of the whole operation ends the waiting.
            Begun::Elsewhere => sleep(Duration::from_millis(50)).await,
        }
    }
}

async fn whole(
    host: &Host,
    partial: &mut Partial,
    part: &Part,
    what: &'static str,
    is_wasm: bool,
    watch: &dyn Watch,
) -> Result<(), Fault> {
    let mut failures = 0;
    for connection in 1..=MOST_CONNECTIONS {
        let before = partial.length();
        if before == part.size && before > 0 {
            break;
        }
        let Err(fault) = stream(host, partial, part, what, watch).await? else { break };
        failures = if partial.length() > before { 1 } else { failures + 1 };
        if failures >= TRIES || connection == MOST_CONNECTIONS {
            return Err(match fault {
                Fault::Broken { host, reason, .. } => Fault::Broken { host, tries: failures, reason },
                other => other,
            });
        }
        sleep(pause(failures)).await;
    }
    if partial.length() != part.size {
        partial.discard();
        return Err(Fault::Size { what, announced: part.size, actual: partial.length() });
    }
    if is_wasm && !partial.begins_with(b"\0asm")? {
        // With another digest than announced it is no use either, and that is the graver news.
        return Err(partial.reject().map_or(Fault::NotWasm, |actual| digest(what, part, actual)));
    }
    match partial.finish()? {
        Ok(()) => Ok(()),
        Err(actual) => Err(digest(what, part, actual)),
    }
}

fn digest(what: &'static str, part: &Part, actual: Digest) -> Fault {
    Fault::Digest { what, expected: part.digest.clone(), actual }
}

/// Reads one connection to its end. The inner error is one that another connection may not meet.
async fn stream(
    host: &Host,
    partial: &mut Partial,
    part: &Part,
    what: &'static str,
    watch: &dyn Watch,
) -> Result<Result<(), Fault>, Fault> {
    let url = host.url(&format!("/v2/{}/blobs/{}", host.repository, part.digest))?;
    let from = partial.length();
    let mut response = host.ask(Ask { method: &Method::GET, url: &url, accept: ANYTHING, from }).await?;
    let continues = response.status() == StatusCode::PARTIAL_CONTENT && range_start(&response) == Some(from);
    if from > 0 && !continues {
        // The server starts over, or cannot continue there.
        partial.restart()?;
        if !response.status().is_success() || response.status() == StatusCode::PARTIAL_CONTENT {
            return Ok(Err(Fault::Strange {
                host: host.name.clone(),
                reason: "it cannot continue a download".to_owned(),
            }));
        }
    }
    if let Some(length) = response.content_length() {
        let total = partial.length().saturating_add(length);
        if total > part.size {
            partial.discard();
            return Err(Fault::Size { what, announced: part.size, actual: total });
        }
    }
    loop {
        watch.progress(partial.length(), part.size);
        match response.chunk().await {
            Ok(None) if partial.length() < part.size => {
                // An orderly end before all is there: the server has no more, and would not the next time.
                let (announced, actual) = (part.size, partial.length());
                partial.restart()?;
                partial.discard();
                return Err(Fault::Size { what, announced, actual });
            }
            Ok(None) => return Ok(Ok(())),
            Ok(Some(bytes)) => {
                let total = partial.length().saturating_add(bytes.len() as u64);
                if total > part.size {
                    partial.discard();
                    return Err(Fault::Size { what, announced: part.size, actual: total });
                }
                partial.append(&bytes)?;
            }
            Err(error) => return Ok(Err(Fault::of_request(&host.name, &error).0)),
        }
    }
}
