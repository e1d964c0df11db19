//! The clock of the deadlines: a thread that advances the engine's epoch while calls run.

use std::{
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread::JoinHandle,
    time::Duration,
};
use wasmtime::{Engine, EngineWeak};

/// Length of a tick. A deadline is met with this precision, never early.
const TICK: Duration = Duration::from_millis(10);

/// Ticks without a call after which the thread sleeps until the next one.
const IDLE: u32 = 50;

/// Starts its thread with the first call, sleeps when there are none, stops when dropped.
pub(super) struct Ticker {
    shared: Arc<Shared>,
    thread: Mutex<Option<JoinHandle<()>>>,
    started: AtomicBool,
}

#[derive(Default)]
struct Shared {
    calls: AtomicUsize,
    /// True while the thread waits for a call without a time limit.
    parked: AtomicBool,
    stop: Mutex<bool>,
    wake: Condvar,
}

/// Keeps the clock running; held for the length of a call.
pub(super) struct Running<'a>(&'a Shared);

impl Ticker {
    pub(super) fn new() -> Self {
        Self { shared: Arc::default(), thread: Mutex::new(None), started: AtomicBool::new(false) }
    }

    /// Runs the clock of `engine` until the answer is dropped.
    pub(super) fn run(&self, engine: &Engine) -> Running<'_> {
        self.shared.calls.fetch_add(1, Ordering::SeqCst);
        if !self.started.load(Ordering::Acquire) {
            self.start(engine);
        }
        if self.shared.parked.load(Ordering::SeqCst) {
            // The lock orders this wake-up after the thread's decision to wait.
            drop(lock(&self.shared.stop));
            self.shared.wake.notify_one();
        }
        Running(&self.shared)
    }

    fn start(&self, engine: &Engine) {
        let mut thread = lock(&self.thread);
        if thread.is_none() {
            let shared = Arc::clone(&self.shared);
            let engine = engine.weak();
            *thread = std::thread::Builder::new()
                .name("regwarden-clock".to_owned())
                .stack_size(64 << 10)
                .spawn(move || shared.tick(&engine))
                .ok();
        }
        self.started.store(thread.is_some(), Ordering::Release);
    }

    /// The number of ticks after which at least `time` has passed.
    pub(super) fn ticks(time: Duration) -> u64 {
        let whole = time.as_millis().div_ceil(TICK.as_millis());
        // The current tick is already under way. Years are as good as for ever, and cannot overflow the epoch.
        u64::from(u32::try_from(whole).unwrap_or(u32::MAX)) + 1
    }
}

impl Shared {
    fn tick(&self, engine: &EngineWeak) {
        let mut idle = 0;
        let mut stop = lock(&self.stop);
        while !*stop {
            if self.calls.load(Ordering::SeqCst) > 0 {
                idle = 0;
            } else {
                idle += 1;
            }
            if idle > IDLE {
                self.parked.store(true, Ordering::SeqCst);
                // A call that began before it could see `parked` is seen here.
                if self.calls.load(Ordering::SeqCst) == 0 {
                    stop = self.wake.wait(stop).unwrap_or_else(PoisonError::into_inner);
                }
                self.parked.store(false, Ordering::SeqCst);
                idle = 0;
                continue;
            }
            stop = self.wake.wait_timeout(stop, TICK).unwrap_or_else(PoisonError::into_inner).0;
            match engine.upgrade() {
                Some(engine) => engine.increment_epoch(),
                None => return,
            }
        }
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.calls.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        *lock(&self.shared.stop) = true;
        self.shared.wake.notify_all();
        if let Some(thread) = lock(&self.thread).take() {
            // The thread ends at the next look at `stop`; it cannot panic, and nothing depends on its result.
            let _ = thread.join();
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
