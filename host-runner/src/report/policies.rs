//! The policies of the local store as a table.

use std::io::{self, Write};

use serde::Serialize;
use unicode_width::UnicodeWidthStr;

use super::style::{BAD, FAINT, STRONG};
use super::text::clean;
use crate::store::Stored;

/// One policy, as `regwarden policies --output json` lists it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Row {
    /// What the store knows.
    #[serde(flatten)]
    pub stored: Stored,
    /// The title in its metadata.
    pub title: Option<String>,
    /// The version in its metadata.
    pub version: Option<String>,
    /// Whether it says that it changes objects; unknown without metadata.
    pub mutating: Option<bool>,
    /// Whether it asks the cluster for objects; unknown without metadata.
    pub context_aware: Option<bool>,
    /// What is wrong with it.
    pub problem: Option<String>,
}

/// Writes the table; `now` is in seconds since 1970.
///
/// # Errors
/// When the output cannot be written.
pub fn table(out: &mut dyn Write, rows: &[Row], now: u64) -> io::Result<()> {
    if rows.is_empty() {
        return writeln!(out, "no policies; `regwarden pull NAME` brings one");
    }
    let head = ["POLICY", "VERSION", "MUTATING", "CONTEXT", "MODULE", "SIZE", "PULLED"].map(str::to_owned);
    let word = |flag: Option<bool>| flag.map_or("unknown", |flag| if flag { "yes" } else { "no" }).to_owned();
    let cells: Vec<[String; 7]> = rows
        .iter()
        .map(|row| {
            [
                clean(&row.stored.name).into_owned(),
                row.version.as_deref().map_or_else(|| "unknown".to_owned(), |version| clean(version).into_owned()),
                word(row.mutating),
                word(row.context_aware),
                row.stored.module.short().to_owned(),
                size(row.stored.size),
                ago(now.saturating_sub(row.stored.pulled)),
            ]
        })
        .collect();
    let widths: Vec<usize> = (0..head.len())
        .map(|column| {
            let width = |row: &[String; 7]| row.get(column).map_or(0, |cell| cell.width());
            cells.iter().chain([&head]).map(width).max().unwrap_or(0)
        })
        .collect();
    let line = |out: &mut dyn Write, cells: &[String; 7]| {
        let mut text = String::new();
        for (cell, width) in cells.iter().zip(&widths) {
            text.push_str(cell);
            text.extend(std::iter::repeat_n(' ', width.saturating_sub(cell.width()) + 2));
        }
        write!(out, "{}", text.trim_end())
    };
    write!(out, "{STRONG}")?;
    line(out, &head)?;
    writeln!(out, "{STRONG:#}")?;
    for (row, cells) in rows.iter().zip(&cells) {
        line(out, cells)?;
        writeln!(out)?;
        if let Some(problem) = &row.problem {
            writeln!(out, "  {BAD}✗{BAD:#} {FAINT}{}{FAINT:#}", clean(problem))?;
        }
    }
    Ok(())
}

fn size(bytes: u64) -> String {
    match bytes {
        0..1024 => format!("{bytes} B"),
        1024..1_048_576 => format!("{} KiB", bytes.div_ceil(1024)),
        _ => format!("{}.{} MiB", bytes >> 20, ((bytes & 0xf_ffff) * 10) >> 20),
    }
}

fn ago(seconds: u64) -> String {
    match seconds {
        0..60 => "just now".to_owned(),
        60..3600 => format!("{} min ago", seconds / 60),
        3600..86_400 => format!("{} h ago", seconds / 3600),
        _ => format!("{} d ago", seconds / 86_400),
    }
}
