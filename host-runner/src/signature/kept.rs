//! Signatures as a text that is kept beside a policy and checked wherever it is used.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use super::{Found, Layer};

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Kept {
    layers: Vec<KeptLayer>,
    bundles: Vec<String>,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct KeptLayer {
    payload: String,
    annotations: BTreeMap<String, String>,
}

/// The text for what was found.
#[must_use]
pub fn keep(found: &[Found]) -> Vec<u8> {
    let mut kept = Kept { layers: Vec::new(), bundles: Vec::new() };
    for found in found {
        match found {
            Found::Layer(layer) => kept
                .layers
                .push(KeptLayer { payload: STANDARD.encode(&layer.payload), annotations: layer.annotations.clone() }),
            Found::Bundle(text) => kept.bundles.push(text.clone()),
        }
    }
    serde_json::to_vec(&kept).unwrap_or_default()
}

/// What was found, from its text; `None` when that is none of ours.
#[must_use]
pub fn kept(text: &[u8]) -> Option<Vec<Found>> {
    let Kept { layers, bundles } = serde_json::from_slice(text).ok()?;
    let layer = |layer: KeptLayer| {
        let payload = STANDARD.decode(layer.payload).ok()?;
        Some(Found::Layer(Layer { payload, annotations: layer.annotations }))
    };
    let mut found = layers.into_iter().map(layer).collect::<Option<Vec<_>>>()?;
    found.extend(bundles.into_iter().map(Found::Bundle));
    Some(found)
}
