//! What a state says of the end of the loop that it is in.

use asl::{Member, Node, Resource, State, StateKind};

use crate::practice::waits::{self, Waits};
use crate::tasks;

/// What one state says of the end of its loop.
#[allow(
    clippy::struct_excessive_bools,
    reason = "each answers a question of its own"
)]
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Signs {
    /// No round goes on for ever through this state: it leaves the loop by a name or a time that says so, or waits for
    /// somebody outside each time.
    pub(crate) limits: bool,
    /// It can leave the loop, by a comparison that fits a count.
    pub(crate) asks: bool,
    /// It counts, or takes the first from a list.
    pub(crate) counts: bool,
    /// It asks a service how far it is.
    pub(crate) polls: bool,
}

impl Signs {
    /// `exits`: one of its transitions leaves the loop. `text`: the definition's.
    pub(crate) fn of(state: &State, exits: bool, text: &str) -> Self {
        let counts = state
            .fields
            .iter()
            .any(|field| counts(field.node.span.of(text)));
        match &state.kind {
            StateKind::Choice { rules, .. } => {
                let named = words(&state.name.value).any(|word| is_limit(&word));
                let mut signs = Self {
                    limits: named,
                    counts,
                    ..Self::default()
                };
                for rule in rules {
                    signs.read_rule(&rule.node);
                }
                signs.limits &= exits;
                signs.asks &= exits;
                signs
            }
            _ => Self {
                limits: is_answered(state),
                counts,
                polls: is_poll(state),
                asks: false,
            },
        }
    }

    fn read_rule(&mut self, rule: &Node) {
        if let Some(condition) = rule.get("Condition").and_then(Node::as_str) {
            // The function is no name of anything.
            let names = condition.replace("$count(", "(");
            self.limits |= condition.contains("$now(")
                || condition.contains("$millis(")
                || words(&names).any(|word| is_limit(&word));
            self.asks |= asks(condition);
        }
        let mut open = vec![rule];
        while let Some(node) = open.pop() {
            for member in node.members().unwrap_or_default() {
                match member.key.as_str() {
                    "And" | "Or" => open.extend(member.node.items().unwrap_or_default()),
                    "Not" => open.push(&member.node),
                    "Variable" => self.read_variable(&member.node),
                    _ => self.read_operator(member),
                }
            }
        }
    }

    fn read_variable(&mut self, variable: &Node) {
        let Some(path) = variable.as_str() else {
            return;
        };
        self.limits |= words(path).any(|word| is_limit(&word));
        // The first of a list that is taken from: it is there, or it is not.
        self.asks |= path.contains('[');
    }

    fn read_operator(&mut self, member: &Member) {
        self.limits |= member.key.starts_with("Timestamp");
        self.asks |= member.key.starts_with("Numeric");
        if member.key.ends_with("Path") {
            let operand = member.node.as_str().unwrap_or_default();
            self.limits |= words(operand).any(|word| is_limit(&word));
        }
    }
}

/// True where each round waits for a person or a program outside: they decide how often.
fn is_answered(state: &State) -> bool {
    let waits = tasks::resource(state).and_then(waits::waits);
    matches!(waits, Some(Waits::Token | Waits::Worker))
}

/// Beginnings of the names of actions that change nothing.
const READS: [&str; 8] = [
    "batchGet", "check", "describe", "get", "head", "list", "query", "scan",
];

fn is_poll(state: &State) -> bool {
    match tasks::resource(state) {
        Some(Resource::Integration { action, .. }) => reads(action),
        // Parts of the ARN are filled in elsewhere.
        Some(Resource::Other(arn)) if arn.contains(":states:") => {
            arn.rsplit(':').next().is_some_and(reads)
        }
        _ => false,
    }
}

fn reads(action: &str) -> bool {
    READS.iter().any(|read| action.starts_with(read))
}

/// True for a field that adds a number, or takes the rest of a list.
fn counts(text: &str) -> bool {
    text.contains("States.MathAdd")
        || text.contains("[1:")
        || (text.contains("{%") && (text.contains("[1..") || adds(text)))
}

/// True for a text with `+ 1`, `- 1` or the like.
fn adds(text: &str) -> bool {
    let mut signed = false;
    for character in text.chars() {
        match character {
            '+' | '-' => signed = true,
            ' ' => {}
            digit if signed && digit.is_ascii_digit() => return true,
            _ => signed = false,
        }
    }
    false
}

/// True for a JSONata condition that fits a count.
fn asks(condition: &str) -> bool {
    let number = || {
        let mut sides = condition.split('=').skip(1);
        sides.any(|right| right.trim_start().starts_with(|c: char| c.is_ascii_digit()))
    };
    condition.contains(['<', '>'])
        || condition.contains("$count(")
        || condition.contains("$exists(")
        || number()
}

/// Words of a name or path, in lower case: `$.maxRetries_left` is `max`, `retries`, `left`.
fn words(text: &str) -> impl Iterator<Item = String> {
    let mut words = vec![String::new()];
    let mut lower = false;
    for character in text.chars() {
        let breaks = !character.is_alphanumeric() || (lower && character.is_uppercase());
        lower = character.is_lowercase();
        if breaks {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| character.is_alphanumeric()) {
            word.extend(character.to_lowercase());
        }
    }
    words.into_iter().filter(|word| !word.is_empty())
}

/// Words that people use for what counts the rounds, for what says when it is late, and for what says that there is more
/// to read. Found in the definitions of public repositories.
const LIMITS: [&str; 32] = [
    "continuation",
    "cursor",
    "cycle",
    "cycles",
    "deadline",
    "elapsed",
    "evaluated",
    "expired",
    "expiry",
    "idx",
    "index",
    "left",
    "loops",
    "marker",
    "more",
    "nexttoken",
    "offset",
    "page",
    "pages",
    "pagination",
    "paginator",
    "remaining",
    "retries",
    "round",
    "rounds",
    "timed",
    "timedout",
    "timeout",
    "token",
    "tries",
    "truncated",
    "waited",
];

fn is_limit(word: &str) -> bool {
    let counter = word.contains("count") && !word.contains("account") && !word.contains("discount");
    counter
        || word.contains("attempt")
        || word.contains("iterat")
        || LIMITS.binary_search(&word).is_ok()
}
