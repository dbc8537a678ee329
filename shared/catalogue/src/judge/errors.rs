//! Whether a name in `ErrorEquals` can ever match an error of the call.

use crate::Pattern;
use crate::integration::{Integration, integrations};
use crate::problem::{Certainty, Place, Problem, ProblemKind};
use crate::resource::{Resource, Target};

use super::{Callee, error_prefixes};

pub(super) fn judge(resource: &Resource, name: &str) -> Option<Problem> {
    let call = resource.call()?;
    // Names of the language; names that a function, or whoever returns the token, has made up; names of connections.
    let anything = name.starts_with("States.")
        || call.pattern == Pattern::WaitForTaskToken
        || matches!(&resource.target, Target::Optimized(call) if ["lambda", "http"].contains(&call.service.text.as_str()));
    let placeholder = name.contains(['{', '<', '%', '#']) || call.is_placeholder();
    if anything || placeholder {
        return None;
    }
    let prefixes = error_prefixes(resource);
    let usual = prefixes.first()?;
    let Some((prefix, error)) = name.split_once('.') else {
        // What the service's documentation calls it, as if the service had raised it by itself.
        let meant = raised_as(resource, name);
        return Some(wrong_prefix(name, usual, meant));
    };
    if prefixes.iter().any(|known| known == prefix) {
        return spelling(resource, prefix, error);
    }
    let same = prefix.eq_ignore_ascii_case(usual) || is_other_name_of_it(resource, prefix);
    // The name that every error of a service has in the newer SDK. Optimized integrations call it otherwise: `SQS.AmazonSQSException`.
    let of_all = error.eq_ignore_ascii_case(&format!("{prefix}Exception"))
        && matches!(resource.callee(), Some(Callee::Optimized(_)));
    let meant = (same && !of_all).then(|| raised_as(resource, error).unwrap_or(error));
    Some(wrong_prefix(name, usual, meant))
}

/// `meant` is the service's own name of the error, where it is an error of this service.
fn wrong_prefix(name: &str, wanted: &str, meant: Option<&str>) -> Problem {
    Problem {
        kind: ProblemKind::ErrorPrefix {
            name: name.to_owned(),
            wanted: wanted.to_owned(),
        },
        certainty: if meant.is_some() {
            Certainty::Certain
        } else {
            Certainty::Probable
        },
        place: Place::ErrorName,
        replacement: meant.map(|error| format!("{wanted}.{error}")),
    }
}

/// How the action's error of this name, or of this name but for capitals and its last word, is spelled when it comes from the SDK.
fn raised_as(resource: &Resource, error: &str) -> Option<&'static str> {
    let Some(Callee::Sdk(action)) = resource.callee() else {
        return None;
    };
    let stem = |name: &str| {
        let name = name.to_ascii_lowercase();
        let stem = name
            .strip_suffix("exception")
            .or_else(|| name.strip_suffix("fault"));
        stem.unwrap_or(&name).to_owned()
    };
    let wanted = stem(error);
    action.errors().find(|known| stem(known) == wanted)
}

/// True of the prefix that the same service has when it is called in the other way.
fn is_other_name_of_it(resource: &Resource, prefix: &str) -> bool {
    match resource.callee() {
        Some(Callee::Optimized(integration)) => integration.call().is_some_and(|action| {
            action
                .service()
                .error_prefixes()
                .iter()
                .any(|known| known == prefix)
        }),
        Some(Callee::Sdk(action)) => integrations()
            .filter(|other| {
                other
                    .call()
                    .is_some_and(|call| call.service().name() == action.service().name())
            })
            .map(Integration::service)
            .flat_map(crate::optimized_error_prefixes)
            .any(|known| known == prefix),
        None => false,
    }
}

/// Errors of SDK integrations are named like the classes of the SDK for Java: in Pascal case, and always with `Exception`.
fn spelling(resource: &Resource, prefix: &str, error: &str) -> Option<Problem> {
    let known = raised_as(resource, error).filter(|known| *known != error)?;
    let wanted = format!("{prefix}.{known}");
    Some(Problem {
        kind: ProblemKind::ErrorSpelling {
            name: format!("{prefix}.{error}"),
            wanted: wanted.clone(),
        },
        certainty: if error.ends_with("Exception") {
            Certainty::Probable
        } else {
            Certainty::Certain
        },
        place: Place::ErrorName,
        replacement: Some(wanted),
    })
}
