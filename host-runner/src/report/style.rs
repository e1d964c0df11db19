//! The colours of the human output, named by meaning.

use anstyle::{AnsiColor, Style};

use super::Level;

/// Headings and names.
pub const STRONG: Style = Style::new().bold();
/// Positions, gutters and other things that should not catch the eye.
pub const FAINT: Style = Style::new().dimmed();
/// Verdict: allowed.
pub const GOOD: Style = AnsiColor::Green.on_default().bold();
/// Verdict: denied.
pub const BAD: Style = AnsiColor::Red.on_default().bold();
/// Verdict: mended.
pub const MENDED: Style = AnsiColor::Cyan.on_default().bold();
/// Verdict: it depends, or nobody can tell.
pub const UNSURE: Style = AnsiColor::Yellow.on_default().bold();
/// Added lines of a diff.
pub const ADDED: Style = AnsiColor::Green.on_default();
/// Removed lines of a diff.
pub const REMOVED: Style = AnsiColor::Red.on_default();
/// Code and names in documentation.
pub const CODE: Style = AnsiColor::Cyan.on_default();

/// The style of a level.
#[must_use]
pub fn level(level: Level) -> Style {
    match level {
        Level::Enforce => BAD,
        Level::Warn => AnsiColor::Yellow.on_default().bold(),
        Level::Audit => AnsiColor::Blue.on_default().bold(),
    }
}
