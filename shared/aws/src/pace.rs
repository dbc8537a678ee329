//! Keeps below the token buckets of AWS, which the account's own users share.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::quota::{Bucket, bucket};

/// How much of each documented token bucket may be used.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pace(Option<f64>);

impl Pace {
    /// That share of each bucket: 0.5 leaves half of it to the account's own users, 1.0 takes all of it. Not less than
    /// a hundredth.
    pub fn share(share: f64) -> Self {
        Self(Some(if share.is_finite() {
            share.max(0.01)
        } else {
            1.0
        }))
    }

    /// As fast as the server answers: for a server that is not AWS.
    pub fn unlimited() -> Self {
        Self(None)
    }
}

impl Pace {
    /// The share of a bucket; none where it is not looked at.
    pub(crate) fn of_bucket(self) -> Option<f64> {
        self.0
    }
}

impl Default for Pace {
    /// Half of each bucket.
    fn default() -> Self {
        Self::share(0.5)
    }
}

/// What is known of one bucket, and what was taken from it.
///
/// A call is booked when its answer is there, and holds a token while it is under way. The level is so never above the
/// server's, however long calls travel: the server took the token earlier, and its bucket refilled since.
#[derive(Debug)]
struct Level {
    size: f64,
    /// Tokens a second that are allowed at most.
    full_rate: f64,
    /// Tokens a second now: less for a while after a throttled call.
    rate: f64,
    tokens: f64,
    under_way: f64,
    at: Instant,
    /// Counts slow-downs: the calls that were under way when one happened do not slow down further.
    era: u64,
}

/// A rate is never halved below this share of the full one.
const SLOWEST: f64 = 1.0 / 32.0;
/// Each answered call gives this share of the full rate back.
const RECOVERY: f64 = 0.01;

impl Level {
    fn new(Bucket(size, rate): Bucket, share: f64, now: Instant) -> Self {
        let Bucket(size, rate) = Bucket(size, rate).shared(share);
        Self {
            size,
            full_rate: rate,
            rate,
            tokens: size,
            under_way: 0.0,
            at: now,
            era: 0,
        }
    }

    fn refill(&mut self, now: Instant) {
        let seconds = now.saturating_duration_since(self.at).as_secs_f64();
        self.tokens = (self.tokens + seconds * self.rate).min(self.size);
        self.at = now;
    }

    /// Takes a token for a call and gives the era, or tells how long to wait before asking again.
    fn take(&mut self, now: Instant) -> Result<u64, Duration> {
        self.refill(now);
        let missing = 1.0 - (self.tokens - self.under_way);
        if missing <= 0.0 {
            self.under_way += 1.0;
            return Ok(self.era);
        }
        // A full bucket does not fill further: only an answer helps.
        let full = self.tokens >= self.size;
        Err(if full {
            Duration::from_millis(5)
        } else {
            Duration::from_secs_f64(missing / self.rate)
        })
    }

    fn answered(&mut self, now: Instant, era: u64) {
        self.refill(now);
        self.under_way -= 1.0;
        // A slow-down since took the bucket for empty, this call's token included.
        if era == self.era {
            self.tokens -= 1.0;
        }
        self.rate = (self.rate + self.full_rate * RECOVERY).min(self.full_rate);
    }

    fn throttled(&mut self, now: Instant, era: u64) {
        self.refill(now);
        self.under_way -= 1.0;
        if era == self.era {
            self.era += 1;
            self.tokens = self.tokens.min(0.0);
            self.rate = (self.rate / 2.0).max(self.full_rate * SLOWEST);
        }
    }
}

/// Paces the calls of one operation in one account and Region; those that wait are served in their order.
#[derive(Debug)]
pub(crate) struct Pacer {
    level: Mutex<Level>,
    turn: tokio::sync::Mutex<()>,
}

impl Pacer {
    fn new(bucket: Bucket, share: f64, spent: Option<Instant>) -> Self {
        let now = Instant::now();
        let mut level = Level::new(bucket, share, now);
        if let Some(since) = spent {
            level.tokens = 0.0;
            level.at = since;
            level.refill(now);
        }
        Self {
            level: Mutex::new(level),
            turn: tokio::sync::Mutex::default(),
        }
    }

    fn level(&self) -> MutexGuard<'_, Level> {
        self.level.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until a call may go out.
    pub(crate) async fn permit(self: &Arc<Self>) -> Permit {
        let _turn = self.turn.lock().await;
        loop {
            let taken = self.level().take(Instant::now());
            match taken {
                Ok(era) => {
                    return Permit {
                        pacer: Some(Arc::clone(self)),
                        era,
                    };
                }
                Err(wait) => tokio::time::sleep(wait).await,
            }
        }
    }
}

/// Leave for one call; counts as an answered call when it is dropped.
#[derive(Debug, Default)]
pub(crate) struct Permit {
    pacer: Option<Arc<Pacer>>,
    era: u64,
}

impl Permit {
    /// The call was refused for being one too many: slows down.
    pub(crate) fn throttled(mut self) {
        if let Some(pacer) = self.pacer.take() {
            pacer.level().throttled(Instant::now(), self.era);
        }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        if let Some(pacer) = self.pacer.take() {
            pacer.level().answered(Instant::now(), self.era);
        }
    }
}

/// The pacers of one account.
#[derive(Debug, Default)]
pub(crate) struct Pacers {
    all: Mutex<BTreeMap<Key, Arc<Pacer>>>,
    /// Since when the buckets fill again, where somebody may have emptied them before.
    spent: OnceLock<Instant>,
}

/// Region, action, and the share as bits.
type Key = (String, &'static str, u64);

impl Pacers {
    /// Takes all buckets for empty that long ago. For pacers that are made later, and once.
    pub(crate) fn spent(&self, ago: Duration) {
        if let Some(since) = Instant::now().checked_sub(ago) {
            _ = self.spent.set(since);
        }
    }

    /// The pacer of an action in a Region; none where nothing limits it.
    pub(crate) fn of(&self, region: &str, action: &'static str, pace: Pace) -> Option<Arc<Pacer>> {
        let share = pace.0?;
        let bucket = bucket(region, action)?;
        let mut pacers = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (region.to_owned(), action, share.to_bits());
        Some(Arc::clone(pacers.entry(key).or_insert_with(|| {
            Arc::new(Pacer::new(bucket, share, self.spent.get().copied()))
        })))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A server's bucket, as AWS describes it.
    struct Server {
        tokens: f64,
        at: f64,
        bucket: Bucket,
        refused: usize,
    }

    impl Server {
        fn new(bucket: Bucket) -> Self {
            Self {
                tokens: bucket.0,
                at: 0.0,
                bucket,
                refused: 0,
            }
        }

        fn call(&mut self, at: f64) {
            self.tokens = (self.tokens + (at - self.at) * self.bucket.1).min(self.bucket.0);
            self.at = at;
            if self.tokens >= 1.0 {
                self.tokens -= 1.0;
            } else {
                self.refused += 1;
            }
        }
    }

    /// Sends `calls` with `concurrency` at a time; each takes `latency(number)` seconds there and as long back. Gives
    /// the time of the last answer and the number of refused calls.
    fn simulate(
        calls: usize,
        concurrency: usize,
        share: f64,
        latency: impl Fn(usize) -> f64,
    ) -> (f64, usize) {
        let start = Instant::now();
        let bucket = Bucket(200.0, 20.0);
        let mut level = Level::new(bucket, share, start);
        let (mut now, mut sent) = (0.0_f64, 0);
        let mut answers: Vec<f64> = Vec::new();
        let mut arrivals: Vec<f64> = Vec::new();
        let mut last = 0.0_f64;
        while sent < calls || !answers.is_empty() {
            answers.sort_by(f64::total_cmp);
            let due = answers.first().copied().unwrap_or(f64::INFINITY);
            let wait = if sent < calls && answers.len() < concurrency {
                match level.take(start + Duration::from_secs_f64(now)) {
                    Ok(_) => {
                        arrivals.push(now + latency(sent));
                        answers.push(now + 2.0 * latency(sent));
                        sent += 1;
                        continue;
                    }
                    Err(wait) => now + wait.as_secs_f64() + 1e-6,
                }
            } else {
                f64::INFINITY
            };
            now = now.max(wait.min(due));
            if due <= now {
                level.answered(start + Duration::from_secs_f64(now), 0);
                answers.remove(0);
                last = now;
            }
        }
        let mut server = Server::new(bucket);
        arrivals.sort_by(f64::total_cmp);
        for at in arrivals {
            server.call(at);
        }
        (last, server.refused)
    }

    #[test]
    fn a_whole_bucket_is_used_without_one_refused_call() {
        // 300 calls against 200 and 20 a second take 5 s at least.
        for (name, latency) in [
            ("at once", (|_| 0.0001) as fn(usize) -> f64),
            ("25 ms", |_| 0.0125),
            ("slow first connections", |number| {
                if number < 32 { 0.3 } else { 0.01 }
            }),
            ("jitter", |number| {
                f64::from(u8::try_from(number % 7).unwrap()) * 0.01 + 0.001
            }),
        ] {
            let (took, refused) = simulate(300, 32, 1.0, latency);
            assert_eq!(refused, 0, "{name}");
            assert!((5.0..5.75).contains(&took), "{name}: {took}");
        }
        let (took, _) = simulate(300, 32, 1.0, |_| 0.0125);
        assert!(took < 5.25, "within 5 % of the bound: {took}");
    }

    #[test]
    fn half_a_bucket_takes_its_time() {
        let (took, refused) = simulate(300, 32, 0.5, |_| 0.01);
        assert_eq!(refused, 0);
        assert!(
            (20.0..20.5).contains(&took),
            "100 at once, 200 at 10 a second: {took}"
        );
    }

    #[test]
    fn a_throttled_call_halves_the_rate_once_for_all_that_were_under_way() {
        let start = Instant::now();
        let mut level = Level::new(Bucket(10.0, 10.0), 1.0, start);
        let eras: Vec<u64> = (0..5).map(|_| level.take(start).unwrap()).collect();
        for era in &eras {
            level.throttled(start, *era);
        }
        assert!(
            (level.rate - 5.0).abs() < 1e-9 && level.under_way.abs() < 1e-9,
            "{level:?}"
        );
        let wait = level.take(start).unwrap_err();
        assert_eq!(
            wait,
            Duration::from_millis(200),
            "the bucket is taken to be empty"
        );
        let later = start + Duration::from_secs(1);
        let era = level.take(later).unwrap();
        level.throttled(later, era);
        assert!((level.rate - 2.5).abs() < 1e-9, "{level:?}");
    }

    #[test]
    fn the_rate_recovers_and_has_a_floor() {
        let start = Instant::now();
        let mut level = Level::new(Bucket(1000.0, 100.0), 1.0, start);
        for _ in 0..50 {
            let now = start + Duration::from_secs(1000);
            let era = level.take(now).unwrap_or(level.era);
            level.throttled(now, era);
            level.tokens = 1000.0;
        }
        assert!((level.rate - 100.0 * SLOWEST).abs() < 1e-9, "{level:?}");
        for _ in 0..200 {
            level.under_way += 1.0;
            level.answered(start + Duration::from_secs(1000), 0);
        }
        assert!((level.rate - 100.0).abs() < 1e-9, "{level:?}");
    }

    #[test]
    fn buckets_that_were_spent_fill_since() {
        for (seconds, expected) in [(0, 0.0), (3, 30.0), (3600, 100.0)] {
            let pacers = Pacers::default();
            pacers.spent(Duration::from_secs(seconds));
            let pacer = pacers
                .of("us-east-1", "states:DescribeStateMachine", Pace::default())
                .unwrap();
            let tokens = pacer.level().tokens;
            assert!(
                (expected..expected + 1.0).contains(&tokens),
                "{seconds}: {tokens}"
            );
        }
    }

    #[test]
    fn pacers_are_apart_by_region_action_and_share() {
        let pacers = Pacers::default();
        let of = |region: &str, action, pace| pacers.of(region, action, pace);
        let one = of("us-east-1", "states:DescribeStateMachine", Pace::default()).unwrap();
        let same = of("us-east-1", "states:DescribeStateMachine", Pace::share(0.5)).unwrap();
        assert!(Arc::ptr_eq(&one, &same));
        for (region, action, pace) in [
            ("eu-west-1", "states:DescribeStateMachine", Pace::default()),
            ("us-east-1", "states:ListStateMachines", Pace::default()),
            ("us-east-1", "states:DescribeStateMachine", Pace::share(1.0)),
        ] {
            assert!(!Arc::ptr_eq(&one, &of(region, action, pace).unwrap()));
        }
        assert!(
            of(
                "us-east-1",
                "states:DescribeStateMachine",
                Pace::unlimited()
            )
            .is_none()
        );
        assert!(of("us-east-1", "sns:Publish", Pace::default()).is_none());
    }
}
