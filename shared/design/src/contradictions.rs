//! What is asked for in a requirements file and cannot be had together.
//!
//! An error is what no design can satisfy. What a design can satisfy with an assumption is a warning that names it.

mod load;
mod saga;
mod steps;
mod time;

pub(crate) use time::YEAR;

use asl::{Level, Node};

use crate::requirements::{At, Problems, Requirements, find, names};

/// Tells contradictions, except of what is wrong already.
pub(crate) struct Told<'a, 'b> {
    root: &'a Node,
    problems: &'a mut Problems<'b>,
}

impl Told<'_, '_> {
    /// `pointer` is where it is told, `about` what else it rests on.
    pub(crate) fn error(
        &mut self,
        id: &'static str,
        pointer: &str,
        about: &[&str],
        message: String,
        help: &str,
    ) {
        if self.is_sure(pointer, about) {
            let at = self.at(pointer);
            self.problems.error(id, at, message, Some(help.to_owned()));
        }
    }

    pub(crate) fn warning(
        &mut self,
        id: &'static str,
        pointer: &str,
        about: &[&str],
        message: String,
        help: &str,
    ) {
        if self.is_sure(pointer, about) {
            let at = self.at(pointer);
            self.problems
                .warning(id, at, message, Some(help.to_owned()));
        }
    }

    /// The line of a value.
    pub(crate) fn line(&self, pointer: &str) -> usize {
        self.problems.line(self.at(pointer).span.start)
    }

    /// Whether something is said at a pointer.
    pub(crate) fn says(&self, pointer: &str) -> bool {
        find(self.root, pointer).is_some()
    }

    pub(crate) fn has_errors(&self) -> bool {
        self.problems.has_errors()
    }

    pub(crate) fn errors(&self) -> usize {
        let is_error = |level| level == Level::Error;
        self.problems
            .list
            .iter()
            .filter(|problem| is_error(problem.level))
            .count()
    }

    fn is_sure(&self, pointer: &str, about: &[&str]) -> bool {
        !self.problems.is_tainted(pointer)
            && !about.iter().any(|about| self.problems.is_tainted(about))
    }

    /// The place of a pointer; of what is around it where nothing is said there.
    fn at<'p>(&self, pointer: &'p str) -> At<'p> {
        let mut here = pointer;
        loop {
            if let Some(node) = find(self.root, here) {
                return At {
                    pointer: here,
                    span: node.span,
                };
            }
            here = here.rsplit_once('/').map_or("", |(around, _)| around);
        }
    }
}

/// Tells all contradictions of a file.
pub(crate) fn check(requirements: &Requirements, root: &Node, problems: &mut Problems<'_>) {
    let mut told = Told { root, problems };
    names::check(requirements, root, &mut told);
    load::check(requirements, &mut told);
    time::check(requirements, &mut told);
    saga::check(requirements, &mut told);
    steps::check(requirements, &mut told);
}
