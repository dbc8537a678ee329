//! How long a retrier waits.

/// What decides how long a retrier waits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Delays {
    /// `IntervalSeconds`
    pub(crate) interval: f64,
    /// `BackoffRate`
    pub(crate) rate: f64,
    /// `MaxDelaySeconds`
    pub(crate) most: Option<f64>,
}

/// Steps that are added up one by one. What follows is counted as equal to the last: with a rate just above 1 that is too
/// little, never too much.
const STEPS: f64 = 1_000.0;

impl Delays {
    pub(crate) fn of(retrier: &asl::Retrier) -> Self {
        Self {
            interval: retrier.interval_seconds.max(0.0),
            rate: retrier.backoff_rate.max(1.0),
            most: retrier.max_delay_seconds,
        }
    }

    /// The longest that so many attempts wait together, in seconds. Jitter makes it shorter, never longer.
    pub(crate) fn total(self, attempts: f64) -> f64 {
        let steps = attempts.clamp(0.0, STEPS);
        let (mut total, mut made, mut delay) = (0.0, 0.0, self.interval);
        while made < steps {
            total += self.capped(delay);
            delay *= self.rate;
            made += 1.0;
        }
        if made < attempts {
            total += (attempts - made) * self.capped(delay);
        }
        total
    }

    /// The most attempts that wait no longer than `limit` together, at most `attempts`.
    pub(crate) fn fitting(self, attempts: f64, limit: f64) -> u32 {
        let (mut total, mut fitting, mut delay) = (0.0, 0, self.interval);
        while f64::from(fitting) < attempts.min(STEPS) {
            total += self.capped(delay);
            if total > limit {
                break;
            }
            delay *= self.rate;
            fitting += 1;
        }
        fitting
    }

    fn capped(self, delay: f64) -> f64 {
        self.most.map_or(delay, |most| delay.min(most))
    }
}
