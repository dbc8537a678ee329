//! The IAM actions that a Task needs.

use crate::Pattern;
use crate::resource::{Resource, Target};
use crate::service::Action;

use super::Callee;

/// An IAM action that a Task needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Permission {
    /// `dynamodb:PutItem`.
    pub action: String,
    /// What for.
    pub purpose: Purpose,
    /// False where the action is only assumed to be named like the call.
    pub confirmed: bool,
}

/// What a permission is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The call.
    Call,
    /// The call, when certain parameters are given: `iam:PassRole`.
    Dependent,
    /// Asking whether the job has ended, and stopping it.
    Job,
    /// Hearing that the job has ended, by the EventBridge rule of this name. Without it the Task ends later.
    ManagedRule(&'static str),
}

const RULE_ACTIONS: [&str; 3] = ["events:PutTargets", "events:PutRule", "events:DescribeRule"];

pub(super) fn of(resource: &Resource) -> Vec<Permission> {
    let mut needed = Vec::new();
    if resource.target == Target::Function {
        push(&mut needed, "lambda:InvokeFunction", Purpose::Call, true);
    }
    match resource.callee() {
        Some(Callee::Optimized(integration)) => {
            for action in integration.iam() {
                push(&mut needed, action, Purpose::Call, true);
            }
            let waits = resource
                .call()
                .is_some_and(|call| matches!(call.pattern, Pattern::Sync | Pattern::Sync2));
            if waits {
                for action in integration.job_iam() {
                    push(&mut needed, action, Purpose::Job, true);
                }
                if let Some(rule) = integration.managed_rule() {
                    for action in RULE_ACTIONS {
                        push(&mut needed, action, Purpose::ManagedRule(rule), true);
                    }
                }
            }
        }
        Some(Callee::Sdk(action)) => sdk(action, &mut needed),
        None => {}
    }
    needed
}

fn sdk(action: Action, needed: &mut Vec<Permission>) {
    let iam = action.iam();
    for action in &iam.actions {
        push(needed, action, Purpose::Call, iam.confirmed);
    }
    for action in &iam.dependent {
        push(needed, action, Purpose::Dependent, true);
    }
}

fn push(needed: &mut Vec<Permission>, action: &str, purpose: Purpose, confirmed: bool) {
    if needed.iter().all(|other| other.action != action) {
        needed.push(Permission {
            action: action.to_owned(),
            purpose,
            confirmed,
        });
    }
}
