//! `ListExecutions` and `GetExecutionHistory`

use std::sync::Arc;

use aws_sdk_sfn::types::{ExecutionListItem, ExecutionStatus, HistoryEvent as SdkEvent};
use facts::{ExecutionSample, Fact, HistoryEvent, profile};
use jiff::Timestamp;

use super::Sample;
use crate::Session;
use crate::call::{Line, Pages, call};
use crate::client::Clients;
use crate::collect::{Collect, instant};
use crate::error::CallError;

/// Executions to choose from.
const NEWEST: i32 = 100;
/// The most that AWS puts on a page.
const EVENTS: i32 = 1000;

/// Samples executions in one Region.
pub(super) struct Sampler {
    clients: Arc<Clients>,
    list: Line,
    history: Line,
    sample: Sample,
}

impl Sampler {
    pub(super) fn new(session: &Session, region: &str, how: &Collect, sample: &Sample) -> Self {
        Self {
            clients: session.clients(region),
            list: session.line(region, "states:ListExecutions", how.pace),
            history: session.line(region, "states:GetExecutionHistory", how.pace),
            sample: sample.clone(),
        }
    }

    /// The sample of one state machine, or why there is none.
    pub(super) async fn sample(&self, machine_arn: &str) -> Fact<ExecutionSample> {
        match self.ended(machine_arn).await {
            Ok(ended) => self.read(ended).await,
            Err(error) => Fact::unknown(error.to_string()),
        }
    }

    /// ARNs of the newest executions that ended, newest first.
    async fn ended(&self, machine_arn: &str) -> Result<Vec<String>, CallError> {
        let send = || {
            let request = self
                .clients
                .states()
                .list_executions()
                .state_machine_arn(machine_arn);
            request.max_results(NEWEST).send()
        };
        let answer = call(&self.list, send).await?;
        let ended = answer
            .executions
            .into_iter()
            .filter(has_ended)
            .map(|execution| execution.execution_arn);
        Ok(ended.collect())
    }

    async fn read(&self, ended: Vec<String>) -> Fact<ExecutionSample> {
        let mut sample = ExecutionSample {
            listed: ended.len() as u64,
            ..ExecutionSample::default()
        };
        let mut failure = None;
        let mut pages_left = self.sample.pages;
        for arn in spread(&ended, self.sample.executions) {
            match self.events(arn, &mut pages_left).await {
                Ok(Some(events)) => sample.profiles.push(profile(&events)),
                Ok(None) => {}
                Err(error) => {
                    let denied = error.has_code("AccessDenied");
                    failure = Some(error);
                    // One that is gone meanwhile says nothing about the next; a missing permission does.
                    if denied {
                        break;
                    }
                }
            }
        }
        match failure {
            Some(error) if sample.profiles.is_empty() => Fact::unknown(error.to_string()),
            None if sample.profiles.is_empty() && sample.listed > 0 => {
                Fact::unknown("its execution histories are longer than what is read of them")
            }
            _ => Fact::Known(sample),
        }
    }

    /// The history of one execution without its data; none where it is longer than the pages that are left.
    pub(super) async fn events(
        &self,
        arn: &str,
        pages_left: &mut usize,
    ) -> Result<Option<Vec<HistoryEvent>>, CallError> {
        let (mut events, mut pages) = (Vec::new(), Pages::default());
        loop {
            if *pages_left == 0 {
                return Ok(None);
            }
            *pages_left -= 1;
            let send = || {
                let request = self
                    .clients
                    .states()
                    .get_execution_history()
                    .execution_arn(arn)
                    .max_results(EVENTS);
                request
                    .include_execution_data(false)
                    .set_next_token(pages.token())
                    .send()
            };
            let answer = call(&self.history, send).await?;
            events.extend(answer.events.into_iter().map(event));
            if !pages.advance(&self.history, answer.next_token.as_deref())? {
                return Ok(Some(events));
            }
        }
    }
}

fn has_ended(execution: &ExecutionListItem) -> bool {
    use ExecutionStatus::{Aborted, Failed, Succeeded, TimedOut};
    matches!(execution.status, Succeeded | Failed | TimedOut | Aborted)
}

/// Up to `count` items, evenly spread.
fn spread(items: &[String], count: usize) -> impl Iterator<Item = &str> {
    let count = count.min(items.len());
    (0..count)
        .filter_map(move |index| items.get(index * items.len() / count))
        .map(String::as_str)
}

fn event(event: SdkEvent) -> HistoryEvent {
    let error = error(&event);
    let entered = event
        .state_entered_event_details
        .map(|details| details.name);
    let exited = event.state_exited_event_details.map(|details| details.name);
    let evaluated = event.evaluation_failed_event_details.as_ref();
    let evaluated = evaluated.map(|details| details.state.clone());
    HistoryEvent {
        id: event.id,
        previous: event.previous_event_id,
        kind: event.r#type.as_str().to_owned(),
        state: entered.or(exited).or(evaluated),
        error,
        at: instant(&event.timestamp).unwrap_or(Timestamp::UNIX_EPOCH),
    }
}

/// The name of the error that an event tells. Causes may hold data; they are not looked at.
fn error(event: &SdkEvent) -> Option<String> {
    macro_rules! first {
        ($($details:ident),+ $(,)?) => {
            None$(.or_else(|| event.$details.as_ref()?.error.clone()))+
        };
    }
    first!(
        task_failed_event_details,
        task_timed_out_event_details,
        task_start_failed_event_details,
        task_submit_failed_event_details,
        lambda_function_failed_event_details,
        lambda_function_timed_out_event_details,
        lambda_function_schedule_failed_event_details,
        lambda_function_start_failed_event_details,
        activity_failed_event_details,
        activity_timed_out_event_details,
        activity_schedule_failed_event_details,
        map_run_failed_event_details,
        evaluation_failed_event_details,
        execution_failed_event_details,
        execution_timed_out_event_details,
        execution_aborted_event_details,
    )
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_sample_is_spread_over_what_there_is() {
        let items: Vec<String> = (0..10).map(|number| number.to_string()).collect();
        let spread = |count| super::spread(&items, count).collect::<Vec<_>>().join(" ");
        assert_eq!(spread(5), "0 2 4 6 8");
        assert_eq!(spread(3), "0 3 6");
        assert_eq!(spread(20), "0 1 2 3 4 5 6 7 8 9");
        assert_eq!(spread(0), "");
    }
}
