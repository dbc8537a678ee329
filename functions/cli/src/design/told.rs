//! What was designed, in the lines that an architect reads first.

use ::design::deliver::Outcome;

/// None where nothing was designed.
pub(super) fn text(outcome: &Outcome, place: &str, _width: usize) -> Option<String> {
    let delivery = outcome.delivery()?;
    Some(format!(
        "{}: {} in {place}",
        delivery.name,
        outcome.word()
    ))
}
