//! Where an execution ends that does not end by itself: by a limit of AWS, or of the simulation.

use crate::failure::Failure;
use crate::history::Status;
use crate::program::Step;
use crate::run::Engine;
use crate::scope::Scope;

/// Where a simulation stops that does not end by itself.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// States that are entered and retries, those of children of Distributed Maps included.
    pub steps: u64,
    /// Steps of the evaluation of JSONata expressions, all together.
    pub work: u64,
    /// Events of one history; AWS ends an execution at 25,000.
    pub events: usize,
    /// Events of an Express workflow, which AWS keeps none of: a bound of memory.
    pub express_events: usize,
    /// Scopes inside of each other.
    pub depth: usize,
    /// Bytes of inputs, outputs and causes that the events of one history hold; what would be more is left out of them.
    pub payload_bytes: usize,
}

impl Default for Limits {
    /// A million steps, a thousand million of evaluation, 25,000 events, 250,000 of an Express workflow, 64 scopes, 64 MiB.
    fn default() -> Self {
        Self {
            steps: 1_000_000,
            work: 1_000_000_000,
            events: 25_000,
            express_events: 250_000,
            depth: 64,
            payload_bytes: 64 << 20,
        }
    }
}

impl<'d> Engine<'d, '_> {
    /// All variables together may be 10 MiB.
    ///
    /// Source: AWS Step Functions Developer Guide, passing data with variables, limits, read 2026-11-23. Unverified: the error.
    pub(crate) fn check_variables(step: &Step<'d>, scope: &Scope) -> Result<(), Failure> {
        const STORED: usize = 10 << 20;
        if scope.variables.bytes() <= STORED {
            return Ok(());
        }
        Err(Failure::new(
            "States.DataLimitExceeded",
            format!(
                "The variables stored at the state '{}' exceed {STORED} bytes.",
                step.name
            ),
        )
        .fatal())
    }

    /// Counts a transition, and ends what does not end.
    pub(crate) fn count(&mut self) -> Result<(), Failure> {
        self.steps += 1;
        let limits = self.options.limits;
        if self.steps > limits.steps {
            return Err(Failure::stopped(format!(
                "{} steps were taken",
                limits.steps
            )));
        }
        if self.work > limits.work {
            return Err(Failure::stopped(format!(
                "its expressions took {} steps of evaluation",
                limits.work
            )));
        }
        self.check_history()
    }

    /// Ends an execution whose history is full: the last event of a Standard workflow is the one that says so.
    pub(crate) fn check_history(&self) -> Result<(), Failure> {
        if self.record.is_full {
            return Err(self.full());
        }
        Ok(())
    }

    /// What ends an execution whose history is full.
    pub(crate) fn full(&self) -> Failure {
        let limits = self.options.limits;
        if self.options.express {
            return Failure::stopped(format!(
                "an Express workflow has no history to fill, but {} events are all that is kept",
                limits.express_events
            ));
        }
        Failure {
            is_fatal: true,
            ends: Some(Status::Failed),
            ..Failure::new(
                "States.Runtime",
                format!(
                    "The execution reached the maximum number of history events ({}).",
                    limits.events
                ),
            )
        }
    }

    /// True where nothing more can be run.
    pub(crate) fn is_spent(&self) -> bool {
        let limits = &self.options.limits;
        self.steps > limits.steps || self.work > limits.work
    }

    /// Lets time pass.
    pub(crate) fn wait(&mut self, ms: u64) -> Result<(), Failure> {
        self.now = self.now.saturating_add(ms);
        self.check_deadline()
    }

    /// Ends what takes longer than it has.
    pub(crate) fn check_deadline(&mut self) -> Result<(), Failure> {
        let deadline = self.deadline.unwrap_or(u64::MAX);
        if self.now > deadline && deadline <= self.until {
            self.now = deadline;
            return Err(Failure::timed_out());
        }
        if self.now > self.until {
            self.now = self.until;
            return Err(Failure::cut());
        }
        Ok(())
    }
}
