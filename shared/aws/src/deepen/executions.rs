//! `ListExecutions` and `GetExecutionHistory`

use std::sync::Arc;

use aws_sdk_sfn::types::{ExecutionListItem, ExecutionStatus, HistoryEvent as SdkEvent};
use facts::{ExecutionSample, Fact, HistoryEvent, HistoryProfile, profile};
use jiff::Timestamp;

use super::Sample;
use super::choice::{Ended, Status, choose};
use crate::Session;
use crate::call::{Line, Pages, call};
use crate::client::Clients;
use crate::collect::{Collect, instant};
use crate::error::CallError;

/// The most that AWS puts on a page.
const EVENTS: i32 = 1000;

/// Samples executions in one Region.
pub(super) struct Sampler {
    clients: Arc<Clients>,
    list: Line,
    history: Line,
    pub(super) sample: Sample,
}

/// What was read of one state machine.
pub(super) struct Sampled {
    pub(super) executions: Fact<ExecutionSample>,
    /// Executions that started Map Runs.
    pub(super) parents: Vec<String>,
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
    pub(super) async fn sample(&self, machine_arn: &str) -> Sampled {
        match self.ended(machine_arn).await {
            Ok(ended) => self.read(&ended, machine_arn).await,
            Err(error) => Sampled {
                executions: Fact::unknown(error.to_string()),
                parents: Vec::new(),
            },
        }
    }

    /// The newest child executions of a Map Run, up to `most`.
    #[cfg(feature = "deep")]
    pub(super) async fn children(
        &self,
        map_run: &str,
        most: i32,
    ) -> Result<Vec<ExecutionListItem>, CallError> {
        let send = || {
            let request = self.clients.states().list_executions();
            request.map_run_arn(map_run).max_results(most).send()
        };
        Ok(call(&self.list, send).await?.executions)
    }

    /// The newest executions that ended.
    async fn ended(&self, machine_arn: &str) -> Result<Vec<Ended>, CallError> {
        let send = || {
            let request = self
                .clients
                .states()
                .list_executions()
                .state_machine_arn(machine_arn);
            request
                .max_results(self.sample.listed.clamp(1, EVENTS))
                .send()
        };
        let answer = call(&self.list, send).await?;
        Ok(answer.executions.into_iter().filter_map(ended).collect())
    }

    async fn read(&self, ended: &[Ended], machine_arn: &str) -> Sampled {
        let choice = choose(ended, self.sample.executions, self.sample.seed, machine_arn);
        let starts = || ended.iter().map(|one| one.start);
        let mut sample = ExecutionSample {
            listed: ended.len() as u64,
            seed: self.sample.seed,
            strata: choice.strata,
            oldest: starts().min(),
            newest: starts().max(),
            ..ExecutionSample::default()
        };
        let mut failure = None;
        let mut pages_left = self.sample.pages;
        let mut parents = Vec::new();
        for (stratum, one) in choice.chosen {
            match self.events(&one.arn, &mut pages_left).await {
                Ok(Some(events)) => {
                    let profile = HistoryProfile {
                        stratum,
                        ..profile(&events)
                    };
                    if profile.map_runs > 0 {
                        parents.push(one.arn.clone());
                    }
                    sample.profiles.push(profile);
                }
                Ok(None) => sample.too_long += 1,
                Err(error) => {
                    sample.unread += 1;
                    let denied = error.has_code("AccessDenied");
                    failure = Some(error);
                    // One that is gone meanwhile says nothing about the next; a missing permission does.
                    if denied {
                        break;
                    }
                }
            }
        }
        let executions = match failure {
            Some(error) if sample.profiles.is_empty() => Fact::unknown(error.to_string()),
            None if sample.profiles.is_empty() && sample.listed > 0 => {
                Fact::unknown("its execution histories are longer than what is read of them")
            }
            _ => Fact::Known(sample),
        };
        Sampled {
            executions,
            parents,
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

/// None for an execution that runs, or waits to be redriven.
pub(super) fn ended(execution: ExecutionListItem) -> Option<Ended> {
    let status = match execution.status {
        ExecutionStatus::Succeeded => Status::Succeeded,
        ExecutionStatus::Failed => Status::Failed,
        ExecutionStatus::TimedOut => Status::TimedOut,
        ExecutionStatus::Aborted => Status::Aborted,
        _ => return None,
    };
    let start = instant(&execution.start_date)?;
    let stop = execution.stop_date.as_ref().and_then(instant);
    Some(Ended {
        arn: execution.execution_arn,
        status,
        start,
        ms: stop.map_or(0, |stop| stop.as_millisecond() - start.as_millisecond()),
    })
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
