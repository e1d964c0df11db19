//! A progress bar for downloads, and remarks, on standard error.

use std::cell::RefCell;

use indicatif::{ProgressBar, ProgressStyle};

use super::super::output::Terminal;
use crate::oci::Watch;

/// Smaller downloads are over before a bar could be read.
const WORTH_A_BAR: u64 = 1 << 20;

/// Draws on a terminal only.
pub(super) struct Bar<'a> {
    terminal: &'a Terminal,
    bar: RefCell<Option<ProgressBar>>,
}

impl<'a> Bar<'a> {
    pub(super) fn new(terminal: &'a Terminal) -> Self {
        Self { terminal, bar: RefCell::new(None) }
    }
}

impl Watch for Bar<'_> {
    fn progress(&self, done: u64, total: u64) {
        if total < WORTH_A_BAR || !self.terminal.shows_progress() {
            return;
        }
        let mut bar = self.bar.borrow_mut();
        let bar = bar.get_or_insert_with(|| {
            let bar = ProgressBar::new(total);
            let style = ProgressStyle::with_template("pulling {bar:30} {bytes}/{total_bytes} {bytes_per_sec} {eta}");
            style.map_or(bar.clone(), |style| bar.with_style(style))
        });
        bar.set_position(done);
        if done >= total {
            bar.finish_and_clear();
        }
    }

    fn note(&self, text: &str) {
        if !self.terminal.quiet {
            self.terminal.note(&format!("note: {text}"));
        }
    }
}

impl Drop for Bar<'_> {
    fn drop(&mut self) {
        if let Some(bar) = self.bar.borrow().as_ref() {
            bar.finish_and_clear();
        }
    }
}
