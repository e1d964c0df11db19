//! Answers kept for a short while: bounded in number, bytes and age, each question asked once at a time.
//!
//! No lock is held while a question is open. Whoever asks the same meanwhile waits for that answer; other questions do
//! not notice.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::{ClusterError, Patience};

/// How much a cache keeps, and how long.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    pub(super) lifetime: Duration,
    pub(super) entries: usize,
    /// Bytes of all kept answers; one that has more than a quarter of them is not kept.
    pub(super) bytes: usize,
}

type Answer<V> = Result<V, ClusterError>;

/// The cache. Kept are answers, and that an object does not exist; failures are not.
pub(super) struct Cache<K, V> {
    bounds: Bounds,
    kept: Mutex<Kept<K, V>>,
}

struct Kept<K, V> {
    slots: HashMap<K, Slot<V>>,
    /// Keys in the order in which their answers came, which is the order in which they grow old.
    order: VecDeque<(K, Instant)>,
    bytes: usize,
}

enum Slot<V> {
    Open(Arc<Question<V>>),
    Answered { answer: Answer<V>, since: Instant, bytes: usize },
}

/// A question on its way.
struct Question<V> {
    answer: Mutex<Option<Answer<V>>>,
    answered: Condvar,
}

/// The duty of whoever asks first: to answer those who wait, even when it fails or panics.
struct Duty<'a, K: Eq + Hash + Clone, V: Clone> {
    cache: &'a Cache<K, V>,
    key: &'a K,
    question: Arc<Question<V>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<K: Eq + Hash + Clone, V: Clone> Cache<K, V> {
    pub(super) fn new(bounds: Bounds) -> Self {
        Self { bounds, kept: Mutex::new(Kept { slots: HashMap::new(), order: VecDeque::new(), bytes: 0 }) }
    }

    /// The answer from here, from somebody who asks the same just now, or from `ask`, which gives its size in bytes too.
    ///
    /// # Errors
    /// What `ask` gives; [`ClusterError::TimedOut`] when another's question is still open at the deadline.
    pub(super) fn answer(
        &self,
        key: &K,
        patience: Patience,
        ask: impl FnOnce() -> Result<(V, usize), ClusterError>,
    ) -> Answer<V> {
        if patience.fresh {
            let answer = ask();
            let (answer, bytes) = parted(answer);
            self.keep(key, &answer, bytes);
            return answer;
        }
        let started = Instant::now();
        loop {
            let other = match self.look(key) {
                Looked::Answered(answer) => return answer,
                Looked::Asked(question) => question,
                Looked::Mine(question) => {
                    let duty = Duty { cache: self, key, question };
                    let (answer, bytes) = parted(ask());
                    self.keep(key, &answer, bytes);
                    duty.tell(&answer);
                    return answer;
                }
            };
            match other.wait(patience.deadline) {
                None => return Err(ClusterError::TimedOut(started.elapsed())),
                // The one who asked had less patience than is left here.
                Some(Err(ClusterError::TimedOut(_))) if Instant::now() < patience.deadline => {}
                Some(answer) => return answer,
            }
        }
    }

    fn look(&self, key: &K) -> Looked<V> {
        let mut kept = lock(&self.kept);
        match kept.slots.get(key) {
            Some(Slot::Open(question)) => return Looked::Asked(Arc::clone(question)),
            Some(Slot::Answered { answer, since, .. }) if since.elapsed() < self.bounds.lifetime => {
                return Looked::Answered(answer.clone());
            }
            _ => {}
        }
        kept.forget(key);
        let question = Arc::new(Question { answer: Mutex::new(None), answered: Condvar::new() });
        kept.slots.insert(key.clone(), Slot::Open(Arc::clone(&question)));
        Looked::Mine(question)
    }

    fn keep(&self, key: &K, answer: &Answer<V>, bytes: usize) {
        let lasting = matches!(answer, Ok(_) | Err(ClusterError::NotFound { .. }));
        let mut kept = lock(&self.kept);
        kept.forget(key);
        if !lasting || bytes > self.bounds.bytes / 4 {
            return;
        }
        let since = Instant::now();
        kept.slots.insert(key.clone(), Slot::Answered { answer: answer.clone(), since, bytes });
        kept.order.push_back((key.clone(), since));
        kept.bytes += bytes;
        kept.shrink(&self.bounds);
    }
}

enum Looked<V> {
    Answered(Answer<V>),
    Asked(Arc<Question<V>>),
    Mine(Arc<Question<V>>),
}

fn parted<V>(answer: Result<(V, usize), ClusterError>) -> (Answer<V>, usize) {
    match answer {
        Ok((value, bytes)) => (Ok(value), bytes),
        Err(error) => (Err(error), 0),
    }
}

impl<K: Eq + Hash + Clone, V> Kept<K, V> {
    fn forget(&mut self, key: &K) {
        if let Some(Slot::Answered { bytes, .. }) = self.slots.remove(key) {
            self.bytes = self.bytes.saturating_sub(bytes);
        }
    }

    /// Drops the oldest until the rest fits, and whatever has grown too old.
    fn shrink(&mut self, bounds: &Bounds) {
        while let Some((_, since)) = self.order.front() {
            let fits = self.order.len() <= bounds.entries && self.bytes <= bounds.bytes;
            if fits && since.elapsed() < bounds.lifetime {
                break;
            }
            let Some((key, since)) = self.order.pop_front() else { break };
            // A newer answer to the same question has its own place in the order.
            if matches!(self.slots.get(&key), Some(Slot::Answered { since: own, .. }) if *own == since) {
                self.forget(&key);
            }
        }
    }
}

impl<V: Clone> Question<V> {
    /// The answer, or none when the deadline comes first.
    fn wait(&self, deadline: Instant) -> Option<Answer<V>> {
        let mut answer = lock(&self.answer);
        loop {
            if let Some(answer) = &*answer {
                return Some(answer.clone());
            }
            let left = deadline.checked_duration_since(Instant::now()).filter(|left| !left.is_zero())?;
            answer = self.answered.wait_timeout(answer, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

impl<K: Eq + Hash + Clone, V: Clone> Duty<'_, K, V> {
    fn tell(&self, answer: &Answer<V>) {
        lock(&self.question.answer).get_or_insert_with(|| answer.clone());
        self.question.answered.notify_all();
    }
}

impl<K: Eq + Hash + Clone, V: Clone> Drop for Duty<'_, K, V> {
    fn drop(&mut self) {
        if lock(&self.question.answer).is_none() {
            let mut kept = lock(&self.cache.kept);
            if matches!(kept.slots.get(self.key), Some(Slot::Open(open)) if Arc::ptr_eq(open, &self.question)) {
                kept.slots.remove(self.key);
            }
            drop(kept);
            self.tell(&Err(ClusterError::Unavailable("the question was given up".to_owned())));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::thread;

    use super::*;

    const BOUNDS: Bounds = Bounds { lifetime: Duration::from_secs(60), entries: 4, bytes: 400 };

    fn patience(milliseconds: u64) -> Patience {
        Patience::until(Instant::now() + Duration::from_millis(milliseconds))
    }

    fn unavailable() -> ClusterError {
        ClusterError::Unavailable("down".to_owned())
    }

    fn not_found() -> ClusterError {
        let text = || "x".to_owned();
        ClusterError::NotFound { api_version: text(), kind: text(), namespace: None, name: text() }
    }

    #[test]
    fn answers_are_kept_and_failures_are_not() {
        let cache: Cache<&str, u32> = Cache::new(BOUNDS);
        assert_eq!(cache.answer(&"a", patience(100), || Err(unavailable())), Err(unavailable()));
        assert_eq!(cache.answer(&"a", patience(100), || Ok((1, 1))), Ok(1));
        assert_eq!(cache.answer(&"a", patience(100), || panic!("asked again")), Ok(1));
        assert_eq!(cache.answer(&"b", patience(100), || Err(not_found())), Err(not_found()));
        assert_eq!(cache.answer(&"b", patience(100), || panic!("asked again")), Err(not_found()));
        let fresh = Patience { fresh: true, ..patience(100) };
        assert_eq!(cache.answer(&"a", fresh, || Ok((2, 1))), Ok(2));
        assert_eq!(cache.answer(&"a", patience(100), || panic!("asked again")), Ok(2));
    }

    #[test]
    fn number_bytes_and_age_are_bounded() {
        let cache: Cache<u32, u32> = Cache::new(BOUNDS);
        for key in 0..100 {
            cache.answer(&key, patience(100), || Ok((key, 1))).unwrap();
            cache.answer(&7, Patience { fresh: true, ..patience(100) }, || Ok((7, 1))).unwrap();
        }
        let kept = lock(&cache.kept);
        assert!(kept.slots.len() <= 4 && kept.order.len() <= 4, "{} {}", kept.slots.len(), kept.order.len());
        drop(kept);
        for key in 0..100 {
            cache.answer(&key, patience(100), || Ok((key, 90))).unwrap();
        }
        assert!(lock(&cache.kept).bytes <= 400);
        cache.answer(&500, patience(100), || Ok((1, 101))).unwrap();
        assert_eq!(cache.answer(&500, patience(100), || Ok((2, 101))), Ok(2), "too large to be kept");
        let brief: Cache<u32, u32> = Cache::new(Bounds { lifetime: Duration::from_millis(20), ..BOUNDS });
        brief.answer(&1, patience(100), || Ok((1, 1))).unwrap();
        thread::sleep(Duration::from_millis(30));
        assert_eq!(brief.answer(&1, patience(100), || Ok((2, 1))), Ok(2));
    }

    #[test]
    fn the_same_question_is_asked_once_and_others_do_not_wait() {
        let cache: Cache<&str, u32> = Cache::new(BOUNDS);
        let asked = AtomicUsize::new(0);
        let start = Barrier::new(9);
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    start.wait();
                    let slow = || {
                        asked.fetch_add(1, Ordering::SeqCst);
                        thread::sleep(Duration::from_millis(300));
                        Ok((1, 1))
                    };
                    assert_eq!(cache.answer(&"slow", patience(5000), slow), Ok(1));
                });
            }
            start.wait();
            thread::sleep(Duration::from_millis(50));
            let began = Instant::now();
            assert_eq!(cache.answer(&"other", patience(5000), || Ok((2, 1))), Ok(2));
            assert!(began.elapsed() < Duration::from_millis(200), "another question waited {:?}", began.elapsed());
        });
        assert_eq!(asked.load(Ordering::SeqCst), 1);
    }

    #[test]
    fn nobody_waits_past_the_own_deadline_and_the_patient_ask_again() {
        let cache: Cache<&str, u32> = Cache::new(BOUNDS);
        thread::scope(|scope| {
            scope.spawn(|| {
                let gives_up = || {
                    thread::sleep(Duration::from_millis(300));
                    Err(ClusterError::TimedOut(Duration::from_millis(300)))
                };
                assert!(cache.answer(&"a", patience(300), gives_up).is_err());
            });
            scope.spawn(|| {
                thread::sleep(Duration::from_millis(50));
                let began = Instant::now();
                let hasty = cache.answer(&"a", patience(50), || panic!("asked twice at once"));
                assert!(matches!(hasty, Err(ClusterError::TimedOut(_))), "{hasty:?}");
                assert!(began.elapsed() < Duration::from_millis(200));
            });
            scope.spawn(|| {
                thread::sleep(Duration::from_millis(50));
                assert_eq!(cache.answer(&"a", patience(5000), || Ok((3, 1))), Ok(3));
            });
        });
    }

    #[test]
    fn a_panic_leaves_nobody_waiting() {
        let cache: Cache<&str, u32> = Cache::new(BOUNDS);
        thread::scope(|scope| {
            let panics = scope.spawn(|| {
                cache.answer(&"a", patience(5000), || {
                    thread::sleep(Duration::from_millis(100));
                    panic!("on purpose")
                })
            });
            thread::sleep(Duration::from_millis(30));
            let began = Instant::now();
            assert!(cache.answer(&"a", patience(5000), || Ok((1, 1))).is_err());
            assert!(began.elapsed() < Duration::from_secs(2));
            assert!(panics.join().is_err());
        });
        assert_eq!(cache.answer(&"a", patience(100), || Ok((1, 1))), Ok(1));
    }
}
