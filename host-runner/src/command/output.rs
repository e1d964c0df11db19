//! Standard output and standard error, coloured or not.

use std::io::{self, BufWriter, IsTerminal, StdoutLock, Write};

use anstream::{AutoStream, ColorChoice};
use serde::Serialize;

use crate::cli::Color;
use crate::error::Error;
use crate::report::style::{BAD, STRONG};
use crate::report::text::clean;

/// Where a command writes, and how much.
#[derive(Clone, Copy, Debug)]
pub(super) struct Terminal {
    color: ColorChoice,
    /// Whether the user asked for less.
    pub(super) quiet: bool,
}

/// Buffered standard output that strips styles where they do not belong.
pub(super) type Out = BufWriter<AutoStream<StdoutLock<'static>>>;

impl Terminal {
    pub(super) fn new(color: Color, quiet: bool) -> Self {
        let color = match color {
            Color::Auto => ColorChoice::Auto,
            Color::Always => ColorChoice::Always,
            Color::Never => ColorChoice::Never,
        };
        Self { color, quiet }
    }

    pub(super) fn out(&self) -> Out {
        BufWriter::new(AutoStream::new(io::stdout().lock(), self.color))
    }

    /// Whether progress may be drawn.
    pub(super) fn shows_progress(&self) -> bool {
        !self.quiet && io::stderr().is_terminal()
    }

    /// One JSON document on standard output.
    pub(super) fn json(&self, value: &impl Serialize) -> Result<(), Error> {
        let text = serde_json::to_string_pretty(value).map_err(|error| Error::Bug(error.to_string()))?;
        let mut out = self.out();
        writeln!(out, "{text}")?;
        out.flush()?;
        Ok(())
    }

    /// An error on standard error; only its first line is set in bold.
    pub(super) fn error(&self, text: &str) {
        let mut err = AutoStream::new(io::stderr().lock(), self.color);
        let mut lines = text.lines();
        let first = lines.next().unwrap_or_default();
        // When stderr is gone nobody is left to tell.
        let _ = writeln!(err, "{BAD}error:{BAD:#} {STRONG}{}{STRONG:#}", clean(first));
        for line in lines {
            let _ = writeln!(err, "{}", clean(line));
        }
    }

    /// Something that is no failure and that the user must know to understand the result, on standard error.
    pub(super) fn warning(&self, text: &str) {
        let mut err = AutoStream::new(io::stderr().lock(), self.color);
        let _ = writeln!(err, "{STRONG}warning:{STRONG:#} {}", clean(text));
    }

    /// Foreign text on standard error, line by line.
    pub(super) fn note(&self, text: &str) {
        let mut err = AutoStream::new(io::stderr().lock(), self.color);
        for line in text.lines() {
            let _ = writeln!(err, "{}", clean(line));
        }
    }
}
