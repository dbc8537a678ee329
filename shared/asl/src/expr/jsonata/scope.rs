//! Which names are bound where.

use std::collections::BTreeMap;

use super::{Binding, BindingKind, Expression};
use crate::Span;

/// The names that are bound around the place that is read.
///
/// A name is bound from its `:=` to the end of its block. A function is called later than it is written, so a name in it may be
/// bound after it, as long as that is in a block around it.
#[derive(Default)]
pub(super) struct Scope<'a> {
    /// How often each name is bound here.
    bound: BTreeMap<&'a str, usize>,
    frames: Vec<Frame<'a>>,
    /// How many of the frames are functions.
    functions: usize,
    /// References in functions that may be bound later.
    open: Vec<usize>,
}

struct Frame<'a> {
    names: Vec<&'a str>,
    function: bool,
    /// The first of the open references in this frame.
    open: usize,
}

impl<'a> Scope<'a> {
    pub(super) fn enter(&mut self, function: bool) {
        self.functions += usize::from(function);
        self.frames.push(Frame {
            names: Vec::new(),
            function,
            open: self.open.len(),
        });
    }

    pub(super) fn leave(&mut self, expression: &mut Expression<'a>) {
        let Some(frame) = self.frames.pop() else {
            return;
        };
        self.functions -= usize::from(frame.function);
        if frame.names.is_empty() {
            return;
        }
        for index in self.open.split_off(frame.open) {
            let Some(reference) = expression.references.get_mut(index) else {
                continue;
            };
            reference.bound = self.bound.contains_key(reference.name);
            if !reference.bound {
                self.open.push(index);
            }
        }
        for name in frame.names {
            if let Some(count) = self.bound.get_mut(name) {
                *count -= 1;
                if *count == 0 {
                    self.bound.remove(name);
                }
            }
        }
    }

    pub(super) fn bind(
        &mut self,
        expression: &mut Expression<'a>,
        name: &'a str,
        span: Span,
        kind: BindingKind,
    ) {
        expression.bindings.push(Binding { name, span, kind });
        *self.bound.entry(name).or_default() += 1;
        if let Some(frame) = self.frames.last_mut() {
            frame.names.push(name);
        }
    }

    /// Is the name bound, at the reference of that index?
    pub(super) fn refer(&mut self, name: &str, index: usize) -> bool {
        let bound = self.bound.contains_key(name);
        if !bound && self.functions > 0 {
            self.open.push(index);
        }
        bound
    }

    /// The reference of that index turned out to be no reference.
    pub(super) fn forget(&mut self, index: usize) {
        self.open.pop_if(|open| *open == index);
    }
}
