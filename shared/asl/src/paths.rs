//! Questions about paths in a directed graph, each answered in linear time without recursion.
//!
//! A graph is a list of successors for each node.

use std::collections::VecDeque;

/// For each node: can it be reached from `start`, or is it `start`?
pub(crate) fn reachable(successors: &[Vec<usize>], start: Option<usize>) -> Vec<bool> {
    let mut seen = vec![false; successors.len()];
    if let Some(start) = start {
        reach(successors, start, &mut seen);
    }
    seen
}

/// Marks a node and what can be reached from it by nodes that are not marked.
pub(crate) fn reach(successors: &[Vec<usize>], start: usize, seen: &mut [bool]) {
    let mut stack = vec![start];
    while let Some(node) = stack.pop() {
        if visit(seen, node) {
            stack.extend(successors.get(node).into_iter().flatten());
        }
    }
}

/// Marks a node. True where it was not marked before.
pub(crate) fn visit(seen: &mut [bool], node: usize) -> bool {
    match seen.get_mut(node) {
        Some(seen) => !std::mem::replace(seen, true),
        None => false,
    }
}

/// The graph with all edges turned around.
pub(crate) fn predecessors(successors: &[Vec<usize>]) -> Vec<Vec<usize>> {
    let mut turned = vec![Vec::new(); successors.len()];
    for (from, targets) in successors.iter().enumerate() {
        for to in targets {
            if let Some(list) = turned.get_mut(*to) {
                list.push(from);
            }
        }
    }
    turned
}

/// For each node: is it on every path from `start` to any node that is an end?
///
/// One shortest path is walked. A node on it can be avoided if and only if something before it reaches the path behind
/// it by another way, so it is enough to know how far along the path one has come so far.
pub(crate) fn unavoidable(
    successors: &[Vec<usize>],
    start: Option<usize>,
    ends: &[bool],
) -> Vec<bool> {
    let mut result = vec![false; successors.len()];
    let path = start
        .map(|start| shortest_path(successors, start, ends))
        .unwrap_or_default();
    let mut place = vec![None; successors.len()];
    for (index, node) in path.iter().enumerate() {
        if let Some(place) = place.get_mut(*node) {
            *place = Some(index);
        }
    }
    let mut seen = vec![false; successors.len()];
    let mut furthest = 0;
    for (index, node) in path.iter().enumerate() {
        if furthest == index
            && let Some(result) = result.get_mut(*node)
        {
            *result = true;
        }
        let mut stack = vec![*node];
        while let Some(next) = stack.pop() {
            if !visit(&mut seen, next) {
                continue;
            }
            if ends.get(next).copied().unwrap_or_default() {
                // An end that is reached off the path avoids everything that follows on it.
                furthest = path.len();
            }
            for to in successors.get(next).into_iter().flatten() {
                match place.get(*to).copied().flatten() {
                    Some(along) => furthest = furthest.max(along),
                    None => stack.push(*to),
                }
            }
        }
    }
    result
}

/// The nodes of a shortest path from `start` to an end; empty where there is none.
fn shortest_path(successors: &[Vec<usize>], start: usize, ends: &[bool]) -> Vec<usize> {
    let mut before: Vec<Option<usize>> = vec![None; successors.len()];
    let mut seen = vec![false; successors.len()];
    let mut queue = VecDeque::from([start]);
    visit(&mut seen, start);
    while let Some(node) = queue.pop_front() {
        if ends.get(node).copied().unwrap_or_default() {
            let mut path = vec![node];
            let mut at = node;
            while let Some(previous) = before.get(at).copied().flatten() {
                path.push(previous);
                at = previous;
            }
            path.reverse();
            return path;
        }
        for to in successors.get(node).into_iter().flatten() {
            if visit(&mut seen, *to) {
                if let Some(before) = before.get_mut(*to) {
                    *before = Some(node);
                }
                queue.push_back(*to);
            }
        }
    }
    Vec::new()
}

/// For each node: is it on a cycle?
pub(crate) fn in_cycle(successors: &[Vec<usize>]) -> Vec<bool> {
    let component = components(successors);
    let mut sizes = vec![0_usize; successors.len()];
    for number in &component {
        if let Some(size) = sizes.get_mut(*number) {
            *size += 1;
        }
    }
    let size = |node: usize| {
        component
            .get(node)
            .and_then(|number| sizes.get(*number))
            .copied()
    };
    (successors.iter().enumerate())
        .map(|(node, targets)| size(node).unwrap_or_default() > 1 || targets.contains(&node))
        .collect()
}

/// The strongly connected components that have a cycle, each with its nodes in order.
pub(crate) fn cycles(successors: &[Vec<usize>]) -> Vec<Vec<usize>> {
    let in_cycle = in_cycle(successors);
    let mut groups: Vec<Vec<usize>> = vec![Vec::new(); successors.len()];
    for (node, number) in components(successors).into_iter().enumerate() {
        if in_cycle.get(node) == Some(&true)
            && let Some(group) = groups.get_mut(number)
        {
            group.push(node);
        }
    }
    groups.retain(|group| !group.is_empty());
    groups
}

/// The strongly connected component of each node, by Kosaraju's two passes.
fn components(successors: &[Vec<usize>]) -> Vec<usize> {
    let turned = predecessors(successors);
    let mut component = vec![usize::MAX; successors.len()];
    let mut number = 0;
    for root in finishing_order(successors).into_iter().rev() {
        let mut stack = vec![root];
        let mut found = false;
        while let Some(node) = stack.pop() {
            if let Some(own) = component.get_mut(node).filter(|own| **own == usize::MAX) {
                *own = number;
                found = true;
                stack.extend(turned.get(node).into_iter().flatten());
            }
        }
        number += usize::from(found);
    }
    component
}

/// All nodes in the order in which a depth-first search leaves them.
pub(crate) fn finishing_order(successors: &[Vec<usize>]) -> Vec<usize> {
    let mut seen = vec![false; successors.len()];
    let mut order = Vec::with_capacity(successors.len());
    for root in 0..successors.len() {
        if !visit(&mut seen, root) {
            continue;
        }
        let mut stack = vec![(root, 0)];
        while let Some((node, next)) = stack.last_mut() {
            let Some(to) = successors.get(*node).and_then(|targets| targets.get(*next)) else {
                order.push(*node);
                stack.pop();
                continue;
            };
            *next += 1;
            if visit(&mut seen, *to) {
                stack.push((*to, 0));
            }
        }
    }
    order
}

/// All nodes, each after its predecessors; `None` where there is a cycle.
pub(crate) fn topological_order(successors: &[Vec<usize>]) -> Option<Vec<usize>> {
    let mut waiting: Vec<usize> = predecessors(successors).iter().map(Vec::len).collect();
    let free = waiting.iter().enumerate().filter(|(_, count)| **count == 0);
    let mut order: Vec<usize> = free.map(|(node, _)| node).collect();
    let mut next = 0;
    while let Some(node) = order.get(next).copied() {
        next += 1;
        for to in successors.get(node).into_iter().flatten() {
            if let Some(count) = waiting.get_mut(*to) {
                *count -= 1;
                if *count == 0 {
                    order.push(*to);
                }
            }
        }
    }
    (order.len() == successors.len()).then_some(order)
}
