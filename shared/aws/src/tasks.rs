//! Many futures at a time, without a crate for it.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;

use tokio::task::JoinSet;

/// Runs tasks, `limit` at a time; `done` gets each result as it comes. A task that panics brings none.
pub(crate) async fn each<F, T>(
    limit: usize,
    tasks: impl IntoIterator<Item = F>,
    mut done: impl FnMut(T),
) where
    F: Future<Output = T> + Send + 'static,
    T: Send + 'static,
{
    let mut running = JoinSet::new();
    for task in tasks {
        if running.len() >= limit.max(1)
            && let Some(Ok(result)) = running.join_next().await
        {
            done(result);
        }
        running.spawn(task);
    }
    while let Some(ended) = running.join_next().await {
        if let Ok(result) = ended {
            done(result);
        }
    }
}

/// A future, and its result once there is one.
type Open<F> = (Pin<Box<F>>, Option<<F as Future>::Output>);

/// Runs a few futures at once; results in their order.
pub(crate) async fn all<F: Future>(futures: impl IntoIterator<Item = F>) -> Vec<F::Output> {
    let mut open: Vec<Open<F>> = futures
        .into_iter()
        .map(|future| (Box::pin(future), None))
        .collect();
    poll_fn(|context| {
        let mut waits = false;
        for (future, result) in &mut open {
            if result.is_none() {
                match future.as_mut().poll(context) {
                    Poll::Ready(value) => *result = Some(value),
                    Poll::Pending => waits = true,
                }
            }
        }
        if waits {
            Poll::Pending
        } else {
            Poll::Ready(())
        }
    })
    .await;
    open.into_iter().filter_map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn no_more_than_the_limit_at_a_time_and_every_result() {
        let (running, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let tasks = (0..20_u64).map(|number| {
            let (running, most) = (Arc::clone(&running), Arc::clone(&most));
            async move {
                most.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                tokio::time::sleep(Duration::from_millis(number % 3)).await;
                running.fetch_sub(1, Ordering::SeqCst);
                number
            }
        });
        let mut results = Vec::new();
        each(4, tasks, |number| results.push(number)).await;
        results.sort_unstable();
        assert_eq!(results, (0..20).collect::<Vec<_>>());
        assert_eq!(most.load(Ordering::SeqCst), 4);
    }

    #[tokio::test]
    async fn a_task_that_panics_stops_no_other() {
        let mut results = Vec::new();
        let tasks = (0..5).map(|number| async move {
            assert!(number != 2, "on purpose");
            number
        });
        each(1, tasks, |number| results.push(number)).await;
        assert_eq!(results, [0, 1, 3, 4]);
    }

    #[tokio::test]
    async fn results_keep_their_order() {
        let futures = [3_u64, 1, 2].map(|number| async move {
            tokio::time::sleep(Duration::from_millis(number)).await;
            number
        });
        assert_eq!(all(futures).await, [3, 1, 2]);
    }
}
