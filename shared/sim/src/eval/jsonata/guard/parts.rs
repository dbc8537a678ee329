//! The parts of a node of a tree.

use jsonata_core::ast::{AstNode, BinaryOp, Stage};

/// Calls something with each part of a node, to read it or (`mut`) to change it; all of them, so that no kind of node is forgotten.
macro_rules! each {
    ($node:expr, $with:expr, $iter:ident $(, $mutable:tt)?) => {
        match $node {
            AstNode::Unary { operand: one, .. }
            | AstNode::FunctionApplication(one)
            | AstNode::Lambda { body: one, .. } => $with(one),
            AstNode::Binary { lhs, rhs, .. } => {
                $with(lhs);
                $with(rhs);
            }
            AstNode::Function { args: many, .. }
            | AstNode::Array(many)
            | AstNode::Block(many)
            | AstNode::ArrayGroup(many) => {
                many.$iter().for_each($with);
            }
            AstNode::Call { procedure, args } => {
                $with(procedure);
                args.$iter().for_each($with);
            }
            AstNode::Object(pairs) => {
                for (name, value) in pairs {
                    $with(name);
                    $with(value);
                }
            }
            AstNode::ObjectTransform { input, pattern } => {
                $with(input);
                for (name, value) in pattern {
                    $with(name);
                    $with(value);
                }
            }
            AstNode::Conditional {
                condition,
                then_branch,
                else_branch,
            } => {
                $with(condition);
                $with(then_branch);
                if let Some(it) = else_branch {
                    $with(it);
                }
            }
            AstNode::Sort { input, terms } => {
                $with(input);
                for (term, _) in terms {
                    $with(term);
                }
            }
            AstNode::Transform {
                location,
                update,
                delete,
            } => {
                $with(location);
                $with(update);
                if let Some(it) = delete {
                    $with(it);
                }
            }
            AstNode::Path { steps } => {
                for step in steps {
                    $with(&$($mutable)? step.node);
                    for stage in &$($mutable)? step.stages {
                        if let Stage::Filter(filter) = stage {
                            $with(filter);
                        }
                    }
                }
            }
            AstNode::String(_)
            | AstNode::Name(_)
            | AstNode::Number(_)
            | AstNode::Boolean(_)
            | AstNode::Null
            | AstNode::Undefined
            | AstNode::Placeholder
            | AstNode::Regex { .. }
            | AstNode::Variable(_)
            | AstNode::ParentVariable(_)
            | AstNode::Wildcard
            | AstNode::Descendant
            | AstNode::Parent(_) => {}
        }
    };
}

/// Calls something with each part of a node.
pub(super) fn parts(node: &AstNode, with: &mut impl FnMut(&AstNode)) {
    each!(node, with, iter);
}

/// The same, to change those that may become something else.
pub(super) fn parts_mut(node: &mut AstNode, with: &mut impl FnMut(&mut AstNode)) {
    match node {
        // The name that is given a value stays a name.
        AstNode::Binary {
            op: BinaryOp::ColonEqual,
            rhs,
            ..
        } => with(rhs),
        AstNode::Transform {
            location, update, ..
        } => {
            with(location);
            // An object stays one, and what is left out is a list of names.
            parts_mut(update, with);
        }
        node => each!(node, with, iter_mut, mut),
    }
}
