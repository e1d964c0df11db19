//! A line on the terminal while something takes longer than a second.

use std::io::{self, IsTerminal};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::output::Terminal;

/// Work that takes less than this shows nothing.
const PATIENCE: Duration = Duration::from_secs(1);

/// Shown from one second after its start until it is dropped.
pub(super) struct Progress {
    bar: Option<ProgressBar>,
    shares_terminal: bool,
    /// Its end tells the waiting thread that nothing is to be shown any more.
    _alive: Option<Sender<()>>,
}

impl Progress {
    /// Starts waiting; shows nothing at all unless standard error is a terminal.
    pub(super) fn start(terminal: &Terminal, message: String) -> Self {
        if !terminal.shows_progress() {
            return Self { bar: None, shares_terminal: false, _alive: None };
        }
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden()).with_message(message);
        if let Ok(style) = ProgressStyle::with_template("{spinner} {wide_msg} {elapsed}") {
            bar.set_style(style);
        }
        let (alive, ended) = mpsc::channel::<()>();
        let shown = bar.clone();
        // Without a thread to spare there is no progress line, and that is all.
        let _ = thread::Builder::new().name("progress".to_owned()).spawn(move || {
            if ended.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) && !shown.is_finished() {
                shown.set_draw_target(ProgressDrawTarget::stderr());
                shown.enable_steady_tick(Duration::from_millis(100));
            }
        });
        Self { bar: Some(bar), shares_terminal: io::stdout().is_terminal(), _alive: Some(alive) }
    }

    /// Says what is being worked on now.
    pub(super) fn tell(&self, message: impl FnOnce() -> String) {
        if let Some(bar) = &self.bar {
            bar.set_message(message());
        }
    }

    /// Does something that prints, with the line out of the way if both go to a terminal.
    pub(super) fn aside<R>(&self, print: impl FnOnce() -> R) -> R {
        match &self.bar {
            Some(bar) if self.shares_terminal => bar.suspend(print),
            Some(_) | None => print(),
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
