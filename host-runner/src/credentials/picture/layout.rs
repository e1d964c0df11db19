//! Where everything of the picture stands.

use regwarden_policy::resolve::{Resolution, Verdict};

use super::super::{Described, words};
use super::model::{Credential, Item, Line, Model};
use super::svg::Svg;

pub(super) const MARGIN: f64 = 24.0;
pub(super) const WIDTH: f64 = 1240.0;
/// Left edge and width of the columns.
const LEFT: (f64, f64) = (MARGIN, 390.0);
const MIDDLE: (f64, f64) = (486.0, 260.0);
const RIGHT: (f64, f64) = (842.0, 374.0);
/// Between a box and its text.
const PAD: f64 = 10.0;
/// Height of an item, of the gap below it, of a registry's name, of a key.
const ITEM: f64 = 46.0;
const GAP: f64 = 10.0;
const NAME: f64 = 30.0;
const KEY: f64 = 20.0;
/// Title and provider of a credential.
const HEAD: f64 = 44.0;

/// One Pod of the picture.
pub(super) struct Section<'s, 'd> {
    pub(super) object: &'s Described,
    pub(super) pod: &'d Resolution,
    pub(super) model: &'s Model<'d>,
}

impl Section<'_, '_> {
    /// Draws the Pod from `top` on and says where it ends.
    pub(super) fn draw(&self, top: f64, svg: &mut Svg) -> f64 {
        let Resolution { pointer, namespace, service_account, .. } = self.pod;
        let at = if pointer.is_empty() { String::new() } else { format!(" at {pointer}") };
        let whole = WIDTH - 2.0 * MARGIN;
        svg.text(MARGIN, top + 16.0, whole, "t", &format!("{}{at}", self.object.title()));
        let below = format!("namespace {namespace}, ServiceAccount {service_account}");
        svg.text(MARGIN, top + 36.0, whole, "f", &below);
        let heads = top + 64.0;
        for ((x, width), text) in
            [(LEFT, "images and destinations"), (MIDDLE, "registries"), (RIGHT, "credentials, by key")]
        {
            svg.text(x, heads, width, "h", text);
        }
        let start = heads + 14.0;
        let rows = self.rows(start);
        let left_end = self.left(&rows, start, svg);
        let right_end = self.right(&rows, start, left_end, svg);
        left_end.max(right_end) + 28.0
    }

    /// The middle of each item's row: registries one below the other, in each its items.
    fn rows(&self, start: f64) -> Vec<f64> {
        let mut rows = vec![start; self.model.items.len()];
        let mut y = start;
        for registry in &self.model.registries {
            y += NAME;
            for item in &registry.items {
                if let Some(row) = rows.get_mut(*item) {
                    *row = y + ITEM / 2.0;
                }
                y += ITEM + GAP;
            }
            y += GAP;
        }
        rows
    }

    fn left(&self, rows: &[f64], start: f64, svg: &mut Svg) -> f64 {
        let mut y = start;
        for registry in &self.model.registries {
            let height = NAME + (ITEM + GAP) * count(registry.items.len());
            svg.node(MIDDLE.0, y, MIDDLE.1, height);
            svg.text(MIDDLE.0 + PAD, y + 21.0, MIDDLE.1 - 2.0 * PAD, "b", or_none(registry.name));
            for index in &registry.items {
                if let (Some(item), Some(middle)) = (self.model.items.get(*index), rows.get(*index)) {
                    draw_item(item, *middle, svg);
                }
            }
            y += height + GAP;
        }
        y
    }

    fn right(&self, rows: &[f64], start: f64, left_end: f64, svg: &mut Svg) -> f64 {
        // A credential stands beside what it opens, as far as its neighbours let it: few lines cross.
        let middle = |credential: &Credential| {
            let lines = credential.ports.iter().flat_map(|port| &port.lines);
            let ends: Vec<f64> = lines.filter_map(|(item, _)| rows.get(*item).copied()).collect();
            if ends.is_empty() { f64::MAX } else { ends.iter().sum::<f64>() / count(ends.len()) }
        };
        let mut order: Vec<&Credential> = self.model.credentials.iter().collect();
        order.sort_by(|a, b| middle(a).total_cmp(&middle(b)));
        let heights: f64 = order.iter().map(|credential| height(credential) + GAP).sum();
        // Room that is left is shared, so that both columns have about one height.
        let spare = ((left_end - start - heights) / count(order.len().max(1))).clamp(0.0, ITEM);
        let mut y = start;
        for credential in order {
            self.credential(credential, y, rows, svg);
            y += height(credential) + GAP + spare;
        }
        y
    }

    fn credential(&self, credential: &Credential, y: f64, rows: &[f64], svg: &mut Svg) {
        let (x, width) = RIGHT;
        svg.node(x, y, width, height(credential));
        svg.text(x + PAD, y + 20.0, width - 2.0 * PAD, "b", &credential.title);
        svg.text(x + PAD, y + 37.0, width - 2.0 * PAD, "f", &credential.giver);
        let mut port_y = y + HEAD;
        for port in &credential.ports {
            let middle = port_y + KEY / 2.0;
            let class = if port.is_bad { "x" } else { "k" };
            svg.text(x + PAD, middle + 4.5, width - 2.0 * PAD, class, &port.text);
            for (item, line) in &port.lines {
                if let Some(row) = rows.get(*item) {
                    let class = match line {
                        Line::Used => "lu",
                        Line::Shadowed => "ls",
                        Line::Broken => "lb",
                    };
                    svg.curve((MIDDLE.0 + MIDDLE.1, *row), (x, middle), class);
                }
            }
            port_y += KEY;
        }
    }
}

fn draw_item(item: &Item<'_>, middle: f64, svg: &mut Svg) {
    let (x, width) = LEFT;
    let top = middle - ITEM / 2.0;
    svg.node(x, top, width, ITEM);
    svg.text(x + PAD, top + 18.0, width - 2.0 * PAD, "f", &format!("{} {}", item.container, item.does));
    svg.text(x + PAD, top + 36.0, width - 2.0 * PAD, "k", &item.what);
    svg.curve((x + width, middle), (MIDDLE.0, middle), "ln");
    let class = match item.verdict {
        Verdict::Credential | Verdict::NotNeeded => "g",
        Verdict::Refused => "x",
        Verdict::Anonymous | Verdict::Unknown => "y",
    };
    let verdict = format!("{} {}", words::sign(item.verdict), words::short_verdict(item.verdict));
    svg.text(MIDDLE.0 + PAD, middle + 4.5, MIDDLE.1 - 2.0 * PAD, class, &verdict);
}

fn height(credential: &Credential) -> f64 {
    HEAD + KEY * count(credential.ports.len()) + 8.0
}

fn or_none(text: &str) -> &str {
    if text.is_empty() { "(none)" } else { text }
}

/// Nobody draws more boxes than a `u32` counts.
fn count(number: usize) -> f64 {
    f64::from(u32::try_from(number).unwrap_or(u32::MAX))
}

/// What the lines mean, at the end; says where the picture ends.
pub(super) fn legend(y: f64, svg: &mut Svg) -> f64 {
    let mut x = MARGIN;
    for (class, text) in
        [("lu", "used first"), ("ls", "covers it too, not first"), ("lb", "there, and of no use to its reader")]
    {
        svg.curve((x, y), (x + 44.0, y), class);
        let width = svg.text(x + 54.0, y + 4.5, WIDTH, "f", text);
        x += 54.0 + width + 40.0;
    }
    y + MARGIN
}
