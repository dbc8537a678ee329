//! Whether a resource can be called as it is written.

use std::ops::Range;

use crate::argument::Argument;
use crate::integration::{
    Integration, Support, integration, integrations, optimized_error_prefixes,
};
use crate::nearest::nearest;
use crate::problem::{Certainty, Place, Problem, ProblemKind};
use crate::resource::{Call, Pattern, Resource, Target};
use crate::service::{Action, Offered, Parameter, Service, is_retired, service, services};

mod arguments;
mod errors;
mod permissions;

pub use permissions::{Permission, Purpose};

impl Resource {
    /// What is wrong with the service, the action and the pattern of a Task, in a Standard or an Express workflow.
    ///
    /// The readers and writers of a Distributed Map name resources that no Task can call: this is not for them.
    pub fn problems(&self, express: bool) -> Vec<Problem> {
        let mut problems = Vec::new();
        match &self.target {
            Target::Optimized(call) if !call.is_placeholder() => optimized(call, &mut problems),
            Target::Sdk(call) if !call.is_placeholder() => sdk(call, &mut problems),
            _ => {}
        }
        if express && self.target == Target::Activity {
            let whole = 0..self.length;
            problems.push(at(
                whole,
                ProblemKind::ActivityInExpress,
                Certainty::Certain,
            ));
        }
        if let Some(call) = self.call()
            && express
            && call.pattern != Pattern::RequestResponse
        {
            let kind = ProblemKind::PatternInExpress(call.pattern);
            problems.push(at(call.suffix.clone(), kind, Certainty::Certain));
        }
        problems
    }

    /// What is wrong with what it is given: the whole of `Parameters` or `Arguments`.
    ///
    /// A Task without either gives its input, of which nothing is known: there is nothing to ask then.
    pub fn argument_problems(&self, argument: &Argument) -> Vec<Problem> {
        match self.callee() {
            Some(Callee::Optimized(integration)) => arguments::judge(
                &integration.parameters(),
                argument,
                arguments::Of::Optimized,
            ),
            Some(Callee::Sdk(action)) => {
                let parameters: Vec<Parameter> = action.parameters().collect();
                arguments::judge(&parameters, argument, arguments::Of::Sdk)
            }
            None => Vec::new(),
        }
    }

    /// Why a name in `ErrorEquals` of this Task never matches, where it never does.
    pub fn error_problem(&self, name: &str) -> Option<Problem> {
        errors::judge(self, name)
    }

    /// The IAM actions that the role of a state machine needs for it. Empty also where nothing is known.
    pub fn permissions(&self) -> Vec<Permission> {
        permissions::of(self)
    }

    /// What it calls, where that is known.
    pub fn callee(&self) -> Option<Callee> {
        match &self.target {
            Target::Optimized(call) => integration(&call.name()).map(Callee::Optimized),
            Target::Sdk(call) => service(&call.service.text)?
                .action(&call.action.text)
                .map(Callee::Sdk),
            Target::Function | Target::Activity | Target::Placeholder => None,
        }
    }
}

/// What a resource calls.
#[derive(Clone, Copy, Debug)]
pub enum Callee {
    /// An optimized integration.
    Optimized(Integration),
    /// An action of a service.
    Sdk(Action),
}

fn at(range: Range<usize>, kind: ProblemKind, certainty: Certainty) -> Problem {
    Problem {
        kind,
        certainty,
        place: Place::Resource(range),
        replacement: None,
    }
}

fn sdk(call: &Call, problems: &mut Vec<Problem>) {
    if matches!(call.pattern, Pattern::Sync | Pattern::Sync2) {
        problems.push(sdk_job(call));
    }
    let name = call.service.text.as_str();
    let Some(service) = service(name) else {
        if !is_retired(name) {
            problems.push(unknown_service(call));
        }
        return;
    };
    if !service.is_listed() {
        let kind = ProblemKind::UnlistedService(service.name());
        problems.push(at(call.service.range.clone(), kind, Certainty::Probable));
    }
    match service.action(&call.action.text) {
        None => problems.push(unknown_action(service, call)),
        Some(action) => {
            let certainty = match action.offered() {
                Offered::Yes => return,
                Offered::No => Certainty::Certain,
                Offered::Streams => Certainty::Probable,
            };
            let kind = ProblemKind::UnsupportedAction(call.name());
            problems.push(at(call.action.range.clone(), kind, certainty));
        }
    }
}

/// No SDK integration waits for a job; the optimized integration of the same action may.
fn sdk_job(call: &Call) -> Problem {
    let kind = ProblemKind::UnsupportedPattern {
        pattern: call.pattern,
        name: format!("aws-sdk:{}", call.name()),
    };
    let same = |other: &Integration| {
        other.action() == call.action.text
            && other.supports(call.pattern) == Support::Yes
            && other
                .call()
                .is_some_and(|action| action.service().name() == call.service.text)
    };
    let mut problem = at(call.suffix.clone(), kind, Certainty::Certain);
    if let Some(optimized) = integrations().find(same) {
        let start = call.service.range.start.saturating_sub("aws-sdk:".len());
        problem.place = Place::Resource(start..call.suffix.end);
        problem.replacement = Some(format!("{}{}", optimized.name(), call.pattern.suffix()));
    }
    problem
}

fn unknown_service(call: &Call) -> Problem {
    let name = call.service.text.as_str();
    let folded: String = name
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|letter| letter.to_ascii_lowercase())
        .collect();
    // Another of its names: what somebody knows from the command line or from IAM. Several services may share one; the one that
    // has the action is meant.
    let has_action = |service: &Service| service.action(&call.action.text).is_some();
    let same =
        |service: &Service| service.name() == folded || service.also_called().contains(&folded);
    let known = services()
        .filter(same)
        .find(has_action)
        .or_else(|| services().find(same))
        .map(Service::name);
    let certainty = if known.is_some() {
        Certainty::Certain
    } else {
        Certainty::Probable
    };
    let nearest = known.or_else(|| nearest(name, services().map(Service::name)));
    Problem {
        kind: ProblemKind::UnknownService {
            name: name.to_owned(),
            nearest,
        },
        certainty,
        place: Place::Resource(call.service.range.clone()),
        replacement: nearest.map(str::to_owned),
    }
}

fn unknown_action(service: Service, call: &Call) -> Problem {
    let written = call.action.text.as_str();
    let mut names = service.actions().map(Action::name);
    if let Some(wanted) = names.find(|name| name.eq_ignore_ascii_case(written)) {
        return casing(call, wanted);
    }
    let nearest = nearest(written, service.actions().map(Action::name));
    Problem {
        kind: ProblemKind::UnknownAction {
            name: call.name(),
            nearest: nearest.map(str::to_owned),
        },
        certainty: Certainty::Probable,
        place: Place::Resource(call.action.range.clone()),
        replacement: nearest.map(str::to_owned),
    }
}

fn casing(call: &Call, wanted: &'static str) -> Problem {
    Problem {
        kind: ProblemKind::ActionCasing {
            name: call.action.text.clone(),
            wanted,
        },
        certainty: Certainty::Certain,
        place: Place::Resource(call.action.range.clone()),
        replacement: Some(wanted.to_owned()),
    }
}

fn optimized(call: &Call, problems: &mut Vec<Problem>) {
    let Some(integration) = integration(&call.name()) else {
        problems.push(no_integration(call));
        return;
    };
    let certainty = match integration.supports(call.pattern) {
        Support::Yes => return,
        Support::No => Certainty::Certain,
        Support::Disputed => Certainty::Probable,
    };
    let kind = ProblemKind::UnsupportedPattern {
        pattern: call.pattern,
        name: call.name(),
    };
    problems.push(at(call.suffix.clone(), kind, certainty));
}

fn no_integration(call: &Call) -> Problem {
    let (name, action) = (call.service.text.as_str(), call.action.text.as_str());
    let of_service = || integrations().filter(|other| other.service() == name);
    if let Some(other) = of_service().find(|other| other.action().eq_ignore_ascii_case(action)) {
        return casing(call, other.action());
    }
    let whole = call.service.range.start..call.action.range.end;
    let waits = matches!(call.pattern, Pattern::Sync | Pattern::Sync2);
    // What is no optimized integration may be one of the SDK, by the same name or by that which the service has there.
    let through_sdk = service(name)
        .or_else(|| of_service().find_map(|other| Some(other.call()?.service())))
        .filter(|service| service.action(action).is_some())
        .map(|service| format!("aws-sdk:{}:{action}", service.name()));
    if of_service().next().is_none() && through_sdk.is_none() {
        let mut names: Vec<&'static str> = integrations().map(Integration::service).collect();
        names.dedup();
        let nearest = nearest(name, names.into_iter());
        return Problem {
            kind: ProblemKind::UnknownService {
                name: name.to_owned(),
                nearest,
            },
            certainty: Certainty::Probable,
            place: Place::Resource(call.service.range.clone()),
            replacement: nearest.map(str::to_owned),
        };
    }
    let meant = through_sdk.or_else(|| {
        nearest(action, of_service().map(Integration::action))
            .map(|action| format!("{name}:{action}"))
    });
    Problem {
        kind: ProblemKind::UnknownAction {
            name: call.name(),
            nearest: meant.clone(),
        },
        certainty: Certainty::Probable,
        place: Place::Resource(whole),
        // Through the SDK nothing waits for a job: another name would not make it right.
        replacement: meant.filter(|name| !(name.starts_with("aws-sdk:") && waits)),
    }
}

/// What the error names of a call begin with, where that is known; several where the guide has several.
fn error_prefixes(resource: &Resource) -> &'static [String] {
    match &resource.target {
        Target::Optimized(call) => optimized_error_prefixes(&call.service.text),
        Target::Sdk(call) => service(&call.service.text)
            .map(Service::error_prefixes)
            .unwrap_or_default(),
        Target::Function | Target::Activity | Target::Placeholder => &[],
    }
}
