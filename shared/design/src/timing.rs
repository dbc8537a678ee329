//! How long steps take, as far as the requirements say.

use crate::requirements::{Duration, OnTimeout, Requirements, Step, Wait, WaitFor, Work};

/// How often a person is asked again before an approval counts as rejected.
pub(crate) const ESCALATIONS: u64 = 2;

/// The least that an execution on its usual way takes by what its steps say: those that always come, one after the other.
pub(crate) fn least(steps: &[Step]) -> Duration {
    let is_target = |id: &str| {
        steps.iter().any(|step| match &step.work {
            Work::Choose(ways) => ways.iter().any(|way| way.go == id),
            _ => false,
        })
    };
    let chooses = steps
        .iter()
        .position(|step| matches!(step.work, Work::Choose(_)));
    let sum = steps
        .iter()
        .enumerate()
        // After a choice it is not known which steps come, unless they say that they always do.
        .filter(|(index, _)| chooses.is_none_or(|choice| *index < choice))
        .map(|(_, step)| step)
        .filter(|step| {
            step.probability == rust_decimal::Decimal::ONE
                && step.after.is_empty()
                && !is_target(&step.id)
        })
        .fold(0_u64, |sum, step| sum.saturating_add(least_of(step).0));
    Duration(sum)
}

fn least_of(step: &Step) -> Duration {
    if let Some(said) = step.duration {
        return said;
    }
    match &step.work {
        Work::Wait(Wait::For(time)) => *time,
        Work::Parallel(branches) => branches
            .iter()
            .map(|branch| least(branch))
            .max()
            .unwrap_or_default(),
        _ => Duration(0),
    }
}

/// How long a step may be at work before it is given up: none where it says nothing and calls nothing.
pub(crate) fn timeout(step: &Step) -> Option<Duration> {
    match &step.work {
        Work::Does(_) => step.timeout,
        Work::Approval(approval) => approval.timeout.or(step.timeout),
        _ => None,
    }
}

/// The most that a step takes by its timeout: an approval is asked for again.
pub(crate) fn longest_said(step: &Step) -> Option<Duration> {
    let once = timeout(step)?;
    let times = match &step.work {
        Work::Approval(approval) if approval.on_timeout == OnTimeout::Escalate => 1 + ESCALATIONS,
        _ => 1,
    };
    Some(Duration(once.0.saturating_mul(times)))
}

/// Whether a step waits for a job, a person or somebody else.
pub(crate) fn waits_outside(step: &Step) -> bool {
    match &step.work {
        Work::Does(call) => {
            call.wait != WaitFor::Response || call.action == crate::requirements::Action::Activity
        }
        Work::Approval(_) => true,
        _ => false,
    }
}

impl Requirements {
    /// The Region whose prices count.
    pub(crate) fn region(&self) -> &str {
        let first = self.regions.first();
        first.map_or(pricing::REFERENCE_REGION, String::as_str)
    }

    /// All steps, each before those inside of it.
    pub fn all_steps(&self) -> Vec<&Step> {
        let mut found = Vec::new();
        flatten(&self.steps, &mut found);
        found
    }
}

fn flatten<'a>(steps: &'a [Step], found: &mut Vec<&'a Step>) {
    for step in steps {
        found.push(step);
        match &step.work {
            Work::Parallel(branches) => {
                for branch in branches {
                    flatten(branch, found);
                }
            }
            Work::Each(each) => flatten(&each.steps, found),
            _ => {}
        }
    }
}
