//! The text changes that remove one state and leave the author's formatting alone.

use asl::{Definition, EdgeKind, Member, Node, Span, State, append_items, remove_item, separator};
use findings::TextEdit;

use super::plan::{How, Removal};
use crate::fixing;

/// The changes that remove the state, all or none; `None` where only a person can make them.
pub(crate) fn edits(definition: &Definition, removal: &Removal<'_>) -> Option<Vec<TextEdit>> {
    if !definition.editable {
        return None;
    }
    let work = Work {
        text: &definition.text,
        removal,
    };
    let mut edits = match &removal.how {
        How::Skip { .. } => work.skip(),
        How::End { now, stays, .. } => work.end(now, *stays),
        How::Merge {
            into,
            kind: EdgeKind::Default,
            direct: true,
        } => work.merge(*into),
        How::Assign { by, direct: true } => work.assign(*by),
        How::Merge { .. } | How::Assign { .. } | How::Unwrap(_) => None,
    }?;
    edits.sort();
    // What does not apply is not offered.
    let apart = edits
        .windows(2)
        .all(|pair| matches!(pair, [one, other] if one.end <= other.start));
    apart.then_some(edits)
}

struct Work<'a> {
    text: &'a str,
    removal: &'a Removal<'a>,
}

impl<'a> Work<'a> {
    fn skip(&self) -> Option<Vec<TextEdit>> {
        let next = self.removal.state.next.as_ref()?.span.of(self.text);
        let mut edits: Vec<TextEdit> = self
            .removal
            .edges_in()
            .map(|edge| fixing::replace(edge.target, next))
            .collect();
        if self.removal.graph.start == Some(self.removal.index) {
            edits.push(fixing::replace(
                self.removal.scope.start_at.as_ref()?.span,
                next,
            ));
        }
        edits.push(self.remove_state()?);
        Some(edits)
    }

    fn end(&self, now: &[usize], stays: bool) -> Option<Vec<TextEdit>> {
        let ends = |index: &usize| {
            self.state(*index)
                .and_then(|state| self.end_instead(state.member("Next")?))
        };
        let mut edits: Vec<TextEdit> = now.iter().map(ends).collect::<Option<_>>()?;
        if edits.is_empty() {
            return None;
        }
        if !stays {
            edits.push(self.remove_state()?);
        }
        Some(edits)
    }

    /// The rules follow those of the Choice before, whose default they were.
    fn merge(&self, into: usize) -> Option<Vec<TextEdit>> {
        let before = self.state(into)?;
        let own = spans(self.removal.state.field("Choices")?.items()?);
        let rules = Span::new(own.first()?.start, own.last()?.end).of(self.text);
        let appended = append_items(self.text, &spans(before.field("Choices")?.items()?), rules)?;
        let default = self.removal.state.field("Default")?.span.of(self.text);
        Some(vec![
            fixing::of(appended),
            fixing::replace(before.field("Default")?.span, default),
            self.remove_state()?,
        ])
    }

    /// The variables are assigned by the state before, which leads on to where this one leads.
    fn assign(&self, by: usize) -> Option<Vec<TextEdit>> {
        let before = self.state(by)?;
        let (assign, next) = (
            self.removal.state.member("Assign")?,
            self.removal.state.next.as_ref()?.span.of(self.text),
        );
        let own = member_spans(assign.node.members()?);
        let variables = Span::new(own.first()?.start, own.last()?.end).of(self.text);
        let mut edits = Vec::new();
        match before
            .field("Assign")
            .map(|assign| (assign, assign.members().unwrap_or_default()))
        {
            None => {
                let separator = separator(self.text, &member_spans(&before.fields))?;
                let assign = assign.span().of(self.text);
                let at = before.member("Next")?.key_span.start;
                edits.push(fixing::insert(at, format!("{assign}{separator}")));
            }
            Some((node, [])) => {
                edits.push(fixing::replace(node.span, assign.node.span.of(self.text)));
            }
            Some((_, members)) => edits.push(fixing::of(append_items(
                self.text,
                &member_spans(members),
                variables,
            )?)),
        }
        edits.push(fixing::replace(before.next.as_ref()?.span, next));
        edits.push(self.remove_state()?);
        Some(edits)
    }

    /// `"Next": "…"` becomes `"End": true`, with the blanks that the author puts after a colon.
    fn end_instead(&self, next: &Member) -> Option<TextEdit> {
        let colon = self.text.get(next.key_span.end..next.node.span.start)?;
        Some(fixing::replace(next.span(), format!("\"End\"{colon}true")))
    }

    fn remove_state(&self) -> Option<TextEdit> {
        let states: Vec<Span> = self
            .removal
            .scope
            .states
            .iter()
            .map(|state| Span::new(state.name.span.start, state.span.end))
            .collect();
        remove_item(self.text, &states, self.removal.index).map(fixing::of)
    }

    fn state(&self, index: usize) -> Option<&'a State> {
        self.removal.scope.states.get(index)
    }
}

fn spans(items: &[Node]) -> Vec<Span> {
    items.iter().map(|item| item.span).collect()
}

fn member_spans(members: &[Member]) -> Vec<Span> {
    members.iter().map(Member::span).collect()
}
