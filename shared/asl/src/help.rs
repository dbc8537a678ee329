//! What to do about a problem, where the one that tells it does not know better.

/// The usual help for a problem of that id.
pub(crate) fn usual_help(id: &str) -> Option<&'static str> {
    let found = HELP.binary_search_by_key(&id, |(known, _)| known);
    found
        .ok()
        .and_then(|index| HELP.get(index))
        .map(|(_, help)| *help)
}

/// By id, sorted.
pub(crate) const HELP: &[(&str, &str)] = &[
    ("byte-order-mark", "save the file as UTF-8 without it"),
    (
        "choice-operand-wrong-type",
        "write a value of the type that the operator compares with, or take the operator for this type",
    ),
    (
        "choice-operator-missing",
        "add an operator, such as `\"StringEquals\": \"…\"`",
    ),
    (
        "choice-operator-unknown",
        "compare with an operator of the language, such as `StringEquals`, `NumericLessThan` or `IsPresent`",
    ),
    ("choice-operators-several", "combine them with `And`"),
    ("choice-without-default", "add a `Default`"),
    (
        "context-field-not-here",
        "read it where it exists, and pass it on with the input",
    ),
    (
        "context-field-unknown",
        "see which fields there are: `Execution`, `State`, `StateMachine`, `Task` and `Map`",
    ),
    (
        "definition-empty",
        "write `StartAt` and `States`, or delete the file",
    ),
    (
        "definition-too-large",
        "move a part of it into a state machine of its own",
    ),
    (
        "distributed-map-field-inline",
        "set `\"Mode\": \"DISTRIBUTED\"` in `ProcessorConfig`, or remove the field",
    ),
    ("duplicate-key", "remove or rename one of the two"),
    (
        "duplicate-state-name",
        "names are unique in the whole machine: rename one of the two",
    ),
    (
        "error-handler-never-matches",
        "put the more special one first, or remove it",
    ),
    (
        "error-name-unknown",
        "write an error that Step Functions raises, such as `States.Timeout`, or a name without `States.`",
    ),
    (
        "field-empty",
        "add an item, or remove the field where it is not needed",
    ),
    ("field-missing", "add the field"),
    ("field-name-twice", "remove one of the two"),
    ("field-out-of-range", "choose a value in that range"),
    ("field-word-unknown", "write one of these words"),
    ("field-wrong-type", "write it in that type"),
    (
        "fields-exclusive",
        "keep the one that is meant, and remove the other",
    ),
    ("intrinsic-argument-count", "give it as many as it takes"),
    (
        "intrinsic-argument-kind",
        "write a literal of the kind that it takes: text in `'…'`, numbers without",
    ),
    ("intrinsic-format-slots", "write one `{}` for each value"),
    (
        "intrinsic-malformed",
        "write it like `States.Format('order {}', $.id)`",
    ),
    (
        "intrinsic-too-deep",
        "compute a part of it in a Pass state before",
    ),
    (
        "intrinsic-unknown",
        "see which functions there are, or use JSONata for this state",
    ),
    ("invalid-hcl", "mend the file where this points"),
    ("invalid-json", "mend the text where this points"),
    ("invalid-yaml", "mend the text where this points"),
    ("jsonata-argument-count", "give it as many as it takes"),
    (
        "jsonata-function-unknown",
        "write the name of a function that exists",
    ),
    ("jsonata-malformed", "mend the expression where this points"),
    (
        "jsonata-states-field",
        "read it where it exists, and assign it to a variable for later states",
    ),
    (
        "jsonata-without-context",
        "write `$states.input.…` for the input, `$name` for a variable",
    ),
    ("key-not-a-string", "put the key into quotes"),
    (
        "label-duplicate",
        "labels are unique in the whole machine: rename one of the two",
    ),
    (
        "label-invalid",
        "write up to 40 letters, digits, `-` and `_`",
    ),
    (
        "lone-surrogate",
        "write both halves, or the character itself",
    ),
    ("more-problems", "mend these first, and check again"),
    ("next-and-end", "remove one of the two"),
    (
        "no-terminal-state",
        "set `\"End\": true` on a state, or add a Succeed or a Fail",
    ),
    (
        "not-a-state-machine",
        "check the file that has `StartAt` and `States`",
    ),
    ("not-utf-8", "save the file as UTF-8"),
    (
        "pass-result-static",
        "write it into `Parameters`, under a name that ends with `.$`",
    ),
    ("path-malformed", "write a path like `$.order.id`"),
    ("path-not-evaluated", "put `.$` behind the name"),
    (
        "path-not-reference",
        "write a Reference Path, like `$.result`",
    ),
    (
        "placeholder-not-filled",
        "give it a value where the template fills the definition in, or write what is meant",
    ),
    (
        "placeholder-unquoted",
        "put it into quotes where a text is meant",
    ),
    (
        "query-language-downgrade",
        "set `QueryLanguage` to JSONata on the states that use it, not on the machine",
    ),
    ("query-language-unknown", "write `JSONPath` or `JSONata`"),
    (
        "several-documents",
        "put each definition into a file of its own",
    ),
    (
        "start-at-missing",
        "add `StartAt` with the name of the first state",
    ),
    ("start-at-target-missing", "name a state of this scope"),
    (
        "state-name-too-long",
        "shorten it, and tell the rest in `Comment`",
    ),
    ("state-type-missing", "add `Type`"),
    (
        "state-type-unknown",
        "write one of Task, Pass, Choice, Wait, Succeed, Fail, Parallel, Map",
    ),
    (
        "state-unreachable",
        "remove it, or let a transition of this scope name it",
    ),
    (
        "states-all-misplaced",
        "give it one of its own behind all others",
    ),
    ("states-missing", "add `States` with at least one state"),
    (
        "structure-placeholder",
        "to have this part checked, fill it in and check the result",
    ),
    (
        "template-not-dynamic",
        "write a path like `$.id`, or drop the `.$` for a fixed value",
    ),
    (
        "too-deeply-nested",
        "move the inner part into a state machine of its own",
    ),
    ("too-many-aliases", "write out what the aliases stand for"),
    (
        "transition-missing",
        "add `Next`, or `\"End\": true` where the workflow ends",
    ),
    (
        "transition-target-missing",
        "name a state of this scope, or add one of this name",
    ),
    ("unknown-field", "remove it, or move it to where it belongs"),
    (
        "variable-maybe-undefined",
        "assign it before the ways part, or on each of them",
    ),
    (
        "variable-name-invalid",
        "take another name for the variable",
    ),
    (
        "variable-out-of-scope",
        "give the value on with the output of its scope",
    ),
    (
        "variable-shadows",
        "take another name, or give the value on with the output",
    ),
    (
        "variable-undefined",
        "assign it in a state that runs before",
    ),
    ("version-unknown", "write `1.0`"),
];

/// The page on all problems: a section for each id.
const PAGE: &str = include_str!("../../docs/problems.md");

/// What there is to say of a problem: what it is, why it matters, what to do. Markdown, without a heading.
pub fn explanation(id: &str) -> Option<&'static str> {
    sections().find(|(own, _)| *own == id).map(|(_, text)| text)
}

/// The ids of the problems that AWS tells by that code of its own, such as `MISSING_TRANSITION_TARGET`.
pub fn problems_of_code(code: &str) -> Vec<&'static str> {
    let code = format!("`{}`", code.to_ascii_uppercase());
    let has = |text: &str| {
        text.lines()
            .filter_map(|line| line.strip_prefix("AWS: "))
            .any(|codes| codes.split(", ").any(|one| one == code))
    };
    sections()
        .filter(|(_, text)| has(text))
        .map(|(id, _)| id)
        .collect()
}

fn sections() -> impl Iterator<Item = (&'static str, &'static str)> {
    PAGE.split("\n## ").skip(1).filter_map(|section| {
        let (id, text) = section.split_once('\n')?;
        Some((id, text.trim()))
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use crate::PROBLEMS;

    #[test]
    fn every_problem_has_help_and_is_explained() {
        let ids: Vec<&str> = PROBLEMS.iter().map(|(id, _)| *id).collect();
        let helped: Vec<&str> = HELP.iter().map(|(id, _)| *id).collect();
        let explained: Vec<&str> = sections().map(|(id, _)| id).collect();
        assert_eq!(helped, ids);
        assert_eq!(explained, ids);
        for (id, help) in HELP {
            assert!(
                help.len() > 5 && !help.ends_with('.') && !help.starts_with(char::is_uppercase),
                "{id}"
            );
            let text = explanation(id).unwrap();
            assert!(text.len() > 150 && text.contains("**What to do.**"), "{id}");
        }
    }

    #[test]
    fn codes_of_aws_lead_to_problems() {
        let missing = [
            "start-at-target-missing",
            "state-unreachable",
            "transition-target-missing",
        ];
        assert_eq!(problems_of_code("missing_transition_target"), missing);
        assert_eq!(problems_of_code("MISSING_END_STATE"), ["no-terminal-state"]);
        assert_eq!(problems_of_code("MISSING_TRANSITION"), [""; 0]);
    }
}
