//! The payload: what goes from state to state, what each state reads of it, and what it makes of it.
//!
//! Nothing is evaluated. What is known of a value is its [`Shape`]: members that are there for certain or on some ways, and
//! whether there may be others. A machine starts with a value of which nothing is known; a template, a literal or the result
//! of a service says more. Where ways meet, what is known is what holds on each of them.
//!
//! Sources: Amazon States Language specification (states-language.net/spec.html, "Input and Output Processing"), Developer
//! Guide, "Processing input and output", 2026-11-22; that `ResultPath` puts a result into what came to the state, and not
//! into what `InputPath` left of it, is in the guide's own example.

mod reads;
mod results;
mod shape;
mod steps;
mod templates;

use std::cmp::Reverse;
use std::collections::BinaryHeap;

pub use reads::{Base, Read, Reads, Way, Write, reads, writes};
pub use shape::{Items, List, Named, Object, Rest, Shape};

use crate::check::has_unread_transitions;
use crate::graph::transitions;
use crate::{Edge, Graph, Machine, Scope, State};

/// Visits of a state after which nothing is said of its input any more: it is in a loop that keeps changing it.
const PATIENCE: usize = 6;
/// Visits of states, for each state of the machine, after which nothing is said of anything: loops inside of Maps inside of
/// loops.
const BUDGET: usize = 24;

/// A value, or nothing where no way leads.
type Value<'a> = Option<Shape<'a>>;

/// What goes through one state.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stages<'a> {
    /// What comes to it.
    pub input: Shape<'a>,
    /// What `InputPath` leaves of it; in JSONata, all.
    pub filtered: Shape<'a>,
    /// What its work gives; the same as `filtered` where it does none.
    pub result: Shape<'a>,
    /// What `ResultPath` makes of input and result.
    pub combined: Shape<'a>,
    /// What it gives where its work is done.
    pub output: Shape<'a>,
}

impl<'a> Stages<'a> {
    /// The value on which a read starts.
    pub fn of(&self, base: Base) -> &Shape<'a> {
        match base {
            Base::Input => &self.input,
            Base::Filtered => &self.filtered,
            Base::Result => &self.result,
            Base::Combined => &self.combined,
        }
    }

    /// Is it certain that there is nothing where a state reads?
    pub fn lacks(&self, read: &Read<'_>) -> bool {
        let shape = self.of(read.base);
        match &read.what {
            Reads::Path(path) => shape.lacks(path),
            Reads::Fields(fields) => templates::fields_of(shape, fields).1,
        }
    }
}

/// One scope, with what goes through its states.
#[derive(Clone, Debug)]
pub struct ScopeFlow<'a> {
    /// The scope.
    pub scope: &'a Scope,
    /// Its control flow.
    pub graph: &'a Graph,
    /// The state that it is in; none for the machine.
    pub owner: Option<&'a State>,
    /// For each state: what goes through it. None where it is never entered.
    pub stages: Vec<Option<Stages<'a>>>,
}

impl<'a> ScopeFlow<'a> {
    /// The ways that lead into a state, in the order of the text.
    pub fn ways_into(&self, state: usize) -> impl Iterator<Item = &Edge> {
        Graph::into(self.graph, state)
    }

    /// What goes over a way; nothing, where it is never taken.
    pub fn over(&self, edge: &Edge) -> Option<Shape<'a>> {
        let state = self.scope.states.get(edge.from)?;
        let stages = self.stages.get(edge.from)?.as_ref()?;
        steps::over(state, stages, edge)
    }

    /// The stages of a state, had it been entered with that input. What goes on inside of a Map or a Parallel is left open.
    pub fn entered_with(&self, state: usize, input: Shape<'a>) -> Option<Stages<'a>> {
        let state = self.scope.states.get(state)?;
        Some(steps::stages(state, input, Vec::new()))
    }
}

/// What goes through the states of a machine.
#[derive(Clone, Debug)]
pub struct Payload<'a> {
    /// All scopes, outer before inner, in the order of the text.
    pub scopes: Vec<ScopeFlow<'a>>,
}

impl<'a> Payload<'a> {
    /// Follows the payload through a machine. In time linear in the number of states.
    pub fn of(machine: &'a Machine) -> Self {
        let mut flow = Flow {
            scopes: Vec::new(),
            budget: 0,
        };
        flow.enter(&machine.scope, None);
        flow.budget = BUDGET
            * flow
                .scopes
                .iter()
                .map(|it| it.flow.stages.len())
                .sum::<usize>();
        flow.scope(0, &Shape::Unknown);
        let spent = flow.budget == 0;
        let scopes = flow.scopes.into_iter().map(|mut own| {
            if spent {
                own.flow.stages.fill(Some(Stages::default()));
            }
            own.flow
        });
        Self {
            scopes: scopes.collect(),
        }
    }
}

/// A scope while it is followed.
struct Own<'a> {
    flow: ScopeFlow<'a>,
    /// The place of each state in an order in which what leads to a state comes before it, loops left out.
    order: Vec<usize>,
    /// For each state, where the scopes inside of it stand in the list of all.
    inner: Vec<Vec<usize>>,
    /// It is not certain where each of its states leads: a target is missing, or is filled in later.
    open: bool,
    /// What it was entered with, and what it gave.
    last: Option<(Shape<'a>, Value<'a>)>,
}

struct Flow<'a> {
    scopes: Vec<Own<'a>>,
    budget: usize,
}

impl<'a> Flow<'a> {
    /// Lists a scope and those inside of it. Answers where it stands in the list.
    fn enter(&mut self, scope: &'a Scope, owner: Option<&'a State>) -> usize {
        let graph = scope.graph();
        let states = scope.states.len();
        let mut order: Vec<usize> = (0..states).collect();
        // Most authors write states in the order in which they run.
        if graph.edges.iter().any(|edge| edge.to <= edge.from) {
            for (place, state) in graph.forward().into_iter().enumerate() {
                if let Some(order) = order.get_mut(state) {
                    *order = place;
                }
            }
        }
        let number = self.scopes.len();
        let written: usize = scope.states.iter().map(|it| transitions(it).count()).sum();
        let unread = scope.states.iter().any(has_unread_transitions);
        self.scopes.push(Own {
            open: unread || written != graph.edges.len() || graph.start.is_none(),
            flow: ScopeFlow {
                scope,
                graph,
                owner,
                stages: vec![None; states],
            },
            order,
            inner: Vec::new(),
            last: None,
        });
        let inner = scope.states.iter().map(|state| {
            let scopes = state.scopes().iter();
            scopes.map(|inner| self.enter(inner, Some(state))).collect()
        });
        let inner = inner.collect();
        if let Some(own) = self.scopes.get_mut(number) {
            own.inner = inner;
        }
        number
    }

    /// Follows what a scope makes of its input. Answers what it gives; nothing, where no way leads to an end.
    fn scope(&mut self, number: usize, input: &Shape<'a>) -> Value<'a> {
        let own = self.scopes.get(number)?;
        if let Some((before, gave)) = &own.last
            && before == input
        {
            return gave.clone();
        }
        let scope = own.flow.scope;
        let count = scope.states.len();
        let mut inputs: Vec<Value<'a>> = vec![None; count];
        let mut visits = vec![0_usize; count];
        let mut waiting = BinaryHeap::new();
        let mut gives: Value<'a> = None;
        if own.open {
            // Any state may come after any other.
            inputs.fill(Some(Shape::Unknown));
            waiting.extend((0..count).map(|index| (Reverse(own.order.get(index).copied()), index)));
        } else if let Some(start) = own.flow.graph.start {
            *inputs.get_mut(start)? = Some(input.clone());
            waiting.push((Reverse(own.order.get(start).copied()), start));
        }
        while let Some((_, index)) = waiting.pop() {
            // It may wait more than once, for ways that came together.
            while waiting.peek().is_some_and(|(_, next)| *next == index) {
                waiting.pop();
            }
            if self.budget == 0 {
                return Some(Shape::Unknown);
            }
            self.budget -= 1;
            if let Some(visits) = visits.get_mut(index) {
                *visits += 1;
            }
            let (Some(state), Some(Some(input))) = (scope.states.get(index), inputs.get(index))
            else {
                continue;
            };
            let stages = self.state(number, index, state, input.clone());
            let own = self.scopes.get_mut(number)?;
            for edge in own.flow.graph.out_of(index) {
                let (Some(value), Some(target)) =
                    (steps::over(state, &stages, edge), inputs.get_mut(edge.to))
                else {
                    continue;
                };
                let joined = match target.as_ref() {
                    None => value,
                    Some(_) if visits.get(edge.to).is_some_and(|it| *it >= PATIENCE) => {
                        Shape::Unknown
                    }
                    Some(before) => before.join(&value),
                };
                if target.as_ref() != Some(&joined) {
                    *target = Some(joined);
                    waiting.push((Reverse(own.order.get(edge.to).copied()), edge.to));
                }
            }
            if let Some(place) = own.flow.stages.get_mut(index) {
                *place = Some(stages);
            }
        }
        let own = self.scopes.get_mut(number)?;
        for (state, stages) in scope.states.iter().zip(&own.flow.stages) {
            let Some(stages) = stages.as_ref().filter(|_| ends_well(state)) else {
                continue;
            };
            gives = Some(match gives {
                None => stages.output.clone(),
                Some(before) => before.join(&stages.output),
            });
        }
        own.last = Some((input.clone(), gives.clone()));
        gives
    }

    /// Follows what a state makes of its input, with all that is inside of it.
    fn state(
        &mut self,
        number: usize,
        index: usize,
        state: &'a State,
        input: Shape<'a>,
    ) -> Stages<'a> {
        let own = self.scopes.get(number);
        let inner = own
            .and_then(|own| own.inner.get(index))
            .cloned()
            .unwrap_or_default();
        let outputs = inner.into_iter().zip(state.scopes()).map(|(inner, scope)| {
            let input = steps::inner_input(state, scope.kind, &input);
            self.scope(inner, &input)
        });
        let outputs = outputs.collect();
        steps::stages(state, input, outputs)
    }
}

/// True where a scope can end in the state with an output.
fn ends_well(state: &State) -> bool {
    state.is_terminal() && !matches!(state.kind, crate::StateKind::Fail)
}
