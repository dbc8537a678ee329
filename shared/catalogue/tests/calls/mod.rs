//! Calls as the tests write them, and what is said of them.

use catalogue::{Argument, Problem, Resource};

const SDK: &str = "arn:aws:states:::aws-sdk:";

pub(crate) fn sdk(call: &str) -> Resource {
    Resource::parse(&format!("{SDK}{call}")).unwrap()
}

pub(crate) fn optimized(call: &str) -> Resource {
    Resource::parse(&format!("arn:aws:states:::{call}")).unwrap()
}

pub(crate) fn object<'a>(members: &[(&'a str, Argument<'a>)]) -> Argument<'a> {
    Argument::Object(members.to_vec())
}

pub(crate) fn text(text: &str) -> Argument<'_> {
    Argument::String(text)
}

pub(crate) fn said(problems: &[Problem]) -> Vec<String> {
    problems.iter().map(Problem::to_string).collect()
}
