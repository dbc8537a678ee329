//! One call: paced, repeated where that helps, never given up for being one too many.

use std::error::Error;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_sfn::config::http::HttpResponse;
use aws_sdk_sfn::error::{ProvideErrorMetadata, SdkError};
use tokio::time::Instant;

use crate::error::{CallError, Verdict, judge};
use crate::pace::{Pacer, Permit};

/// Attempts at a call that fails by the server's or the network's fault.
const ATTEMPTS: u32 = 5;
/// First pause after such a failure; doubles.
const PAUSE: Duration = Duration::from_millis(100);
/// How long a throttled call is repeated.
const PATIENCE: Duration = Duration::from_mins(10);
/// First pause after a throttled call; doubles up to [`LONGEST_PAUSE`].
const THROTTLED_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// An action of one account and Region, and what paces it.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) action: &'static str,
    pub(crate) endpoint: Arc<str>,
    pub(crate) pacer: Option<Arc<Pacer>>,
}

impl Line {
    async fn permit(&self) -> Permit {
        match &self.pacer {
            Some(pacer) => pacer.permit().await,
            None => Permit::default(),
        }
    }

    /// What a token that leads nowhere is told as.
    fn stuck(&self) -> CallError {
        CallError::Broken {
            what: "a page that leads to itself".to_owned(),
            action: self.action,
            endpoint: self.endpoint.to_string(),
        }
    }
}

/// Makes a call. The SDK's own retries are off: they give up on throttled calls when their budget is spent, which loses
/// state machines of a large account.
pub(crate) async fn call<T, E, F>(line: &Line, send: impl Fn() -> F) -> Result<T, CallError>
where
    F: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    let started = Instant::now();
    let (mut troubles, mut throttles) = (0, 0);
    loop {
        let permit = line.permit().await;
        // Boxed: the future of a call is tens of kilobytes, and there are many.
        let failure = match Box::pin(send()).await {
            Ok(answer) => return Ok(answer),
            Err(failure) => failure,
        };
        let (verdict, error) = judge(line.action, &line.endpoint, &failure);
        match verdict {
            Verdict::Throttled if started.elapsed() < PATIENCE => {
                permit.throttled();
                tokio::time::sleep(pause(THROTTLED_PAUSE, throttles)).await;
                throttles += 1;
            }
            Verdict::Transient if troubles + 1 < ATTEMPTS => {
                drop(permit);
                tokio::time::sleep(pause(PAUSE, troubles)).await;
                troubles += 1;
            }
            _ => return Err(error),
        }
    }
}

fn pause(first: Duration, round: u32) -> Duration {
    first.saturating_mul(1 << round.min(16)).min(LONGEST_PAUSE)
}

/// Walks the pages of a listing.
#[derive(Debug, Default)]
pub(crate) struct Pages {
    token: Option<String>,
}

impl Pages {
    /// The token to ask with.
    pub(crate) fn token(&self) -> Option<String> {
        self.token.clone()
    }

    /// Whether there is another page; an error where a page leads to itself.
    pub(crate) fn advance(&mut self, line: &Line, next: Option<&str>) -> Result<bool, CallError> {
        let next = next.filter(|token| !token.is_empty());
        if next.is_some() && next == self.token.as_deref() {
            return Err(line.stuck());
        }
        self.token = next.map(ToOwned::to_owned);
        Ok(self.token.is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_a_limit() {
        let pauses: Vec<u128> = [0, 1, 2, 3, 40]
            .map(|round| pause(PAUSE, round).as_millis())
            .to_vec();
        assert_eq!(pauses, [100, 200, 400, 800, 5000]);
    }

    #[test]
    fn pages_end_and_do_not_go_in_circles() {
        let line = Line {
            action: "events:ListRules",
            endpoint: Arc::from("http://127.0.0.1:1"),
            pacer: None,
        };
        let mut pages = Pages::default();
        assert_eq!(pages.advance(&line, Some("2")), Ok(true));
        assert_eq!(pages.token().as_deref(), Some("2"));
        let stuck = pages.advance(&line, Some("2")).unwrap_err().to_string();
        assert_eq!(
            stuck,
            "a page that leads to itself on events:ListRules from http://127.0.0.1:1"
        );
        assert_eq!(pages.advance(&line, Some("")), Ok(false));
        assert_eq!(pages.advance(&line, None), Ok(false));
    }
}
