//! A machine with its alarms: what has to be watched, and how bad it is that it is not.

use asl::Amount;
use facts::{Metrics, WorkflowType};
use findings::{Fix, FixKind, Safety, Severity};

use super::coverage::{Cover, Watch, cover, survey};
use super::signal::Signal;
use super::threshold::{limit, spec};
use super::words::{events, kinds};
use crate::Subject;

/// A machine with its alarms.
pub(crate) struct Case<'c, 'a> {
    pub(crate) subject: &'c Subject<'a>,
    pub(crate) watches: Vec<Watch<'c>>,
    pub(crate) metrics: Option<&'c Metrics>,
}

impl<'c, 'a> Case<'c, 'a> {
    /// The machine, where it can be judged; else why not.
    pub(crate) fn of(subject: &'c Subject<'a>) -> Result<Self, String> {
        let facts = subject.facts;
        let alarms = facts
            .alarms
            .get()
            .map_err(|why| format!("the alarms are not known: {why}"))?;
        if facts.arn.is_empty() {
            return Err("only a deployed state machine has alarms".to_owned());
        }
        let watches = survey(facts, alarms);
        let metrics = facts.metrics.known();
        Ok(Self {
            subject,
            watches,
            metrics,
        })
    }

    /// How often it happened in the window; 0 where that is not known.
    pub(crate) fn happened(&self, signal: Signal) -> u64 {
        self.metrics
            .map_or(0, |metrics| signal.count(metrics).total)
    }

    pub(crate) fn cover(&self, signal: Signal) -> Cover {
        cover(&self.watches, signal)
    }

    /// Whether an alarm has to watch it: failures always, time-outs where the machine can time out, the rest where it
    /// happened. People abort executions, and most machines are never throttled.
    pub(crate) fn needs(&self, signal: Signal) -> bool {
        match signal {
            Signal::Failed => true,
            Signal::TimedOut => self.can_time_out() || self.happened(signal) > 0,
            Signal::Aborted | Signal::Throttled => self.happened(signal) > 0,
        }
    }

    /// Express ends at five minutes; Standard has no limit but its `TimeoutSeconds`.
    fn can_time_out(&self) -> bool {
        let limit = self
            .subject
            .definition
            .and_then(|definition| definition.machine.timeout_seconds.as_ref());
        let express = self.subject.facts.workflow_type.known() == Some(&WorkflowType::Express);
        express || limit.is_some_and(|limit| limit.value != Amount::Number(0.0))
    }

    /// Signals that happened, with how often.
    pub(crate) fn events(&self, signals: &[Signal]) -> Vec<(Signal, u64)> {
        let all = signals
            .iter()
            .map(|signal| (*signal, self.happened(*signal)));
        all.filter(|(_, count)| *count > 0).collect()
    }

    /// Failed and timed-out executions among the signals.
    pub(crate) fn failures(&self, signals: &[Signal]) -> u64 {
        let bad = signals
            .iter()
            .filter(|signal| matches!(signal, Signal::Failed | Signal::TimedOut));
        bad.map(|signal| self.happened(*signal))
            .fold(0, u64::saturating_add)
    }

    /// Executions of the window, those among them that failed.
    fn executions(&self, signals: &[Signal]) -> u64 {
        let started = self.metrics.map_or(0, |metrics| metrics.started.total);
        started.max(self.failures(signals))
    }

    /// True where half of the executions fail, or more.
    pub(crate) fn most_fail(&self, signals: &[Signal]) -> bool {
        self.failures(signals).saturating_mul(2) >= self.executions(signals)
    }

    /// How bad it is that nobody was told: half of at least 20 executions, ten failures or one in a hundred, fewer.
    pub(crate) fn severity(&self, signals: &[Signal]) -> Severity {
        let failures = self.failures(signals);
        let executions = self.executions(signals);
        if failures == 0 {
            return if signals
                .iter()
                .any(|signal| *signal == Signal::Throttled && self.happened(*signal) > 0)
            {
                Severity::Medium
            } else {
                Severity::Low
            };
        }
        if executions >= 20 && self.most_fail(signals) {
            Severity::Critical
        } else if failures >= 10 || failures.saturating_mul(100) >= executions {
            Severity::High
        } else {
            Severity::Medium
        }
    }

    /// Created within the last day of the window.
    pub(crate) fn is_new(&self) -> bool {
        let Some(metrics) = self.metrics else {
            return false;
        };
        self.subject
            .facts
            .began(metrics)
            .is_some_and(|began| metrics.window.end.as_second() - began.as_second() < 86_400)
    }

    /// EventBridge rules of the user that listen to its status events: somebody may be told by them.
    pub(crate) fn listeners(&self, named: bool) -> Vec<String> {
        let rules = self
            .subject
            .facts
            .event_rules
            .known()
            .map(Vec::as_slice)
            .unwrap_or_default();
        // `.sync` listens by a rule that Step Functions makes for itself.
        let own = rules
            .iter()
            .filter(|rule| !rule.name.starts_with("StepFunctionsGetEventsFor"));
        own.filter(|rule| rule.names_machine || !named)
            .map(|rule| format!("`{}`", rule.name))
            .collect()
    }

    /// What the alarms of the fix do not tell, to go on from what to do with them: where some trouble is usual, they wait
    /// for more.
    pub(crate) fn usual_untold(&self, signals: &[Signal]) -> String {
        let above = signals
            .iter()
            .map(|signal| (*signal, limit(*signal, self.metrics)))
            .find(|(_, limit)| limit.threshold > 0);
        above.map_or_else(String::new, |(signal, limit)| {
            let (are, stay) = if limit.usual == 1 {
                ("is", "stays")
            } else {
                ("are", "stay")
            };
            let usual = events(&[(signal, limit.usual)]);
            format!("; {usual} a day {are} usual and {stay} untold")
        })
    }

    /// The fix that adds the alarms on these signals.
    pub(crate) fn alarms(&self, signals: &[Signal]) -> Fix {
        let alarm = if signals.len() == 1 {
            "an alarm"
        } else {
            "alarms"
        };
        Fix {
            title: format!("deploy {alarm} on {}", kinds(signals)),
            safety: Safety::Review,
            mechanical: false,
            kind: FixKind::Alarms(
                signals
                    .iter()
                    .map(|signal| spec(self.subject, *signal))
                    .collect(),
            ),
        }
    }
}
