//! Whether Step Functions can call what a step calls, and wait for it as the step says.

use catalogue::{Integration, Offered, Pattern, Support};

use super::fields::Field;
use super::problem::{Problems, did_you_mean, one_of, quoted};
use super::{Action, Call, WaitFor};
use crate::jobs;

/// What an action is, in the catalogue.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Known {
    Optimized(Integration),
    Sdk(catalogue::Action),
}

impl Known {
    /// Optimized before SDK.
    pub(crate) fn of(service: &str, name: &str) -> Option<Self> {
        if let Some(optimized) = catalogue::integration(&format!("{service}:{name}")) {
            return Some(Self::Optimized(optimized));
        }
        let action = catalogue::service(service)?.action(name)?;
        // The same call under the name that its service has elsewhere: `eventbridge:putEvents` is `events:putEvents`.
        let same = catalogue::integrations().find(|optimized| {
            optimized.action() == name
                && optimized
                    .call()
                    .is_some_and(|call| call.service().name() == service && call.name() == name)
        });
        Some(same.map_or(Self::Sdk(action), Self::Optimized))
    }

    pub(crate) fn supports(self, pattern: Pattern) -> bool {
        match self {
            Self::Optimized(optimized) => optimized.supports(pattern) == Support::Yes,
            Self::Sdk(_) => pattern == Pattern::RequestResponse,
        }
    }

    /// The names of its parameters.
    pub(crate) fn parameters(self) -> Vec<&'static str> {
        match self {
            Self::Optimized(optimized) => optimized
                .parameters()
                .iter()
                .map(|parameter| parameter.name)
                .collect(),
            Self::Sdk(action) => action
                .parameters()
                .map(|parameter| parameter.name)
                .collect(),
        }
    }
}

/// Names of services besides those of the SDK.
fn services() -> impl Iterator<Item = &'static str> {
    catalogue::services()
        .map(catalogue::Service::name)
        .chain(catalogue::integrations().map(Integration::service))
        .chain(["http"])
}

/// False where there is no such action.
pub(crate) fn check_known(action: &Action, field: &Field<'_>, problems: &mut Problems<'_>) -> bool {
    let Action::Api { service, name } = action else {
        return true;
    };
    let written = format!("{service}:{name}");
    let tell = |problems: &mut Problems<'_>, message: String, help: Option<String>| {
        problems.error("action-unknown", field.at(), message, help);
        false
    };
    let unknown = format!("Step Functions knows no action {}", quoted(&written));
    if let Some(action) = written.strip_prefix("aws-sdk:") {
        let help = format!("leave `aws-sdk:` away: `{action}`; the best integration is chosen");
        return tell(problems, unknown, Some(help));
    }
    if let Some(known) = Known::of(service, name) {
        return check_offered(known, &written, field, problems);
    }
    if matches!(
        (service.as_str(), name.as_str()),
        ("stepfunctions" | "sfn" | "states", "startSyncExecution")
    ) {
        let help = "write `workflow`: it is called as its type allows".to_owned();
        return tell(problems, unknown, Some(help));
    }
    let known = catalogue::service(service);
    let optimized: Vec<Integration> = catalogue::integrations()
        .filter(|optimized| optimized.service() == service)
        .collect();
    if known.is_none() && optimized.is_empty() {
        let elsewhere = |wanted: &str| {
            let wanted = wanted.to_lowercase().replace('-', "");
            catalogue::services()
                .find(|service| service.name() == wanted || service.also_called().contains(&wanted))
        };
        let help = match elsewhere(service) {
            _ if service.starts_with("stepfunction") => {
                Some("write `workflow` to run another state machine".to_owned())
            }
            Some(found) => Some(format!(
                "did you mean {}?",
                quoted(&meant(found.name(), name))
            )),
            None => asl::nearest(service, services())
                .map(|found| format!("did you mean {}?", quoted(&meant(found, name)))),
        };
        let message = format!("Step Functions knows no service {}", quoted(service));
        let help = help.or_else(|| {
            Some("write it as a definition does: `dynamodb:putItem`, `lambda:invoke`".to_owned())
        });
        return tell(problems, message, help);
    }
    let names: Vec<&str> = known
        .into_iter()
        .flat_map(|service| service.actions().map(catalogue::Action::name))
        .chain(optimized.iter().map(|optimized| optimized.action()))
        .collect();
    let help = asl::nearest(name, names.iter().copied())
        .map(|found| format!("did you mean `{service}:{found}`?"))
        .or_else(|| {
            (names.len() <= 8).then(|| format!("`{service}` has {}", one_of(names.iter().copied())))
        });
    tell(problems, unknown, help)
}

/// The action of a service that a name is nearest to: `lambda:invoke` of `Invoke`.
fn meant(service: &str, name: &str) -> String {
    let names: Vec<&str> = catalogue::service(service)
        .into_iter()
        .flat_map(|service| service.actions().map(catalogue::Action::name))
        .chain(
            catalogue::integrations()
                .filter(|optimized| optimized.service() == service)
                .map(Integration::action),
        )
        .collect();
    let is_same = |known: &&&str| known.eq_ignore_ascii_case(name);
    let near = names
        .iter()
        .find(is_same)
        .copied()
        .or_else(|| asl::nearest(name, names.iter().copied()));
    format!("{service}:{}", near.unwrap_or("…"))
}

fn check_offered(
    known: Known,
    written: &str,
    field: &Field<'_>,
    problems: &mut Problems<'_>,
) -> bool {
    let Known::Sdk(action) = known else {
        return true;
    };
    let why = match action.offered() {
        Offered::Yes => return true,
        Offered::No => "Step Functions does not offer it",
        Offered::Streams => "it streams its answer, which a workflow cannot follow",
    };
    let message = format!(
        "{} cannot be called from a workflow: {why}",
        quoted(written)
    );
    let help = "call a Lambda function that does it: `lambda:invoke`".to_owned();
    problems.error("action-not-offered", field.at(), message, Some(help));
    false
}

/// Whether what a call waits for can be waited for.
pub(crate) fn check_wait(call: &Call, at: &Field<'_>, problems: &mut Problems<'_>) {
    let tell = |problems: &mut Problems<'_>, message: String, help: String| {
        problems.error("wait-not-supported", at.at(), message, Some(help));
    };
    match (&call.action, call.wait) {
        (_, WaitFor::Response) | (Action::Workflow, _) => {}
        (Action::Http { .. }, WaitFor::Job) => tell(
            problems,
            "an HTTPS API has no job to wait for".to_owned(),
            "ask for its state in a second step with `poll`".to_owned(),
        ),
        (Action::Http { .. }, WaitFor::Callback) => tell(
            problems,
            "a call of an HTTPS API cannot wait for a token".to_owned(),
            "let a Lambda function call it, with `wait: callback`".to_owned(),
        ),
        (Action::Activity, _) => tell(
            problems,
            "an activity always waits for its worker".to_owned(),
            "leave `wait` away".to_owned(),
        ),
        (Action::Api { service, name }, wait) => {
            let Some(known) = Known::of(service, name) else {
                return;
            };
            let written = format!("{service}:{name}");
            if wait == WaitFor::Job {
                let can = known.supports(Pattern::Sync)
                    || known.supports(Pattern::Sync2)
                    || jobs::job(service, name).is_some();
                if !can {
                    let message = format!(
                        "{} has no job that can be waited for (no `.sync`)",
                        quoted(&written)
                    );
                    tell(problems, message, instead_of_job(service, name));
                }
            } else if !known.supports(Pattern::WaitForTaskToken) {
                let message = format!(
                    "{} cannot wait for a callback (no `.waitForTaskToken`)",
                    quoted(&written)
                );
                let help = "send the token by `lambda:invoke`, `sqs:sendMessage` or `sns:publish`"
                    .to_owned();
                tell(problems, message, help);
            }
        }
    }
}

fn instead_of_job(service: &str, name: &str) -> String {
    let others: Vec<&str> = catalogue::integrations()
        .filter(|optimized| {
            optimized.service() == service && optimized.supports(Pattern::Sync) == Support::Yes
        })
        .map(Integration::action)
        .chain(jobs::all().iter().filter_map(|job| {
            job.start
                .split_once(':')
                .filter(|(of, _)| *of == service)
                .map(|(_, name)| name)
        }))
        .collect();
    if let Some(meant) = did_you_mean(name, others.iter().copied()) {
        return meant;
    }
    if others.is_empty() {
        "leave `wait` away, or ask for its state in a second step with `poll: {until: …}`"
            .to_owned()
    } else {
        format!("of `{service}`, {} can be waited for", one_of(others))
    }
}
