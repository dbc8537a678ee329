//! What is wrong with a file that is no definition, as findings are told.

use findings::Location;

use super::paint::Paint;
use super::snippet::Snippet;
use super::{KEY, TerminalOptions, Word, print};
use crate::escape::visible;
use crate::words;

/// Something wrong with a file, or worth knowing of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileProblem<'a> {
    /// In kebab-case: `field-unknown`.
    pub id: &'a str,
    /// False for a warning.
    pub error: bool,
    /// Where it stands.
    pub location: Location,
    /// What is wrong: one sentence, lower case, no full stop.
    pub message: &'a str,
    /// What to do about it.
    pub help: Option<&'a str>,
}

/// Problems of a file with its lines, in the order in which they are given.
pub fn problems(
    file: &str,
    text: &str,
    list: &[FileProblem<'_>],
    options: &TerminalOptions,
) -> String {
    let paint = Paint {
        color: options.color,
    };
    let width = options.width.max(40);
    let mut out = String::new();
    for (index, problem) in list.iter().enumerate() {
        if index >= options.full {
            print(&mut out, [brief(file, problem, paint)]);
            continue;
        }
        print(&mut out, full(file, text, problem, (paint, width)));
        out.push('\n');
    }
    out
}

fn head(problem: &FileProblem<'_>) -> (Word, String) {
    let word = if problem.error {
        Word::Error
    } else {
        Word::Warning
    };
    (word, format!("{}[{}]", word.as_str(), visible(problem.id)))
}

fn place(file: &str, location: &Location) -> String {
    format!("{}:{}:{}", visible(file), location.line, location.column)
}

/// `order.yaml:4:15: error[field-unknown]: message`
fn brief(file: &str, problem: &FileProblem<'_>, paint: Paint) -> String {
    let (word, head) = head(problem);
    format!(
        "{}: {}: {}",
        place(file, &problem.location),
        paint.word(word, &head),
        visible(problem.message)
    )
}

fn full(
    file: &str,
    text: &str,
    problem: &FileProblem<'_>,
    (paint, width): (Paint, usize),
) -> Vec<String> {
    let (word, head) = head(problem);
    let message = visible(problem.message);
    let mut lines = words::wrap(&message, width, &format!("{head}: "), "    ");
    if let Some(first) = lines.first_mut() {
        *first = first.replacen(&head, &paint.word(word, &head), 1);
    }
    let snippet = Snippet::of(text, &problem.location, &[], width);
    let gutter = snippet.as_ref().map_or(2, |snippet| snippet.gutter);
    let blanks = " ".repeat(gutter);
    let arrow = paint.frame("-->");
    lines.push(format!(
        "{blanks}{arrow} {}",
        place(file, &problem.location)
    ));
    if let Some(snippet) = &snippet {
        lines.extend(snippet.lines(paint, word));
    }
    let Some(help) = problem.help else {
        return lines;
    };
    lines.push(format!("{blanks} {}", paint.frame("|")));
    let first = format!("{blanks} = {:KEY$}", "do:");
    let next = " ".repeat(first.len());
    let mut wrapped = words::wrap(&visible(help), width, &first, &next);
    if let Some(line) = wrapped.first_mut() {
        let key = format!("{} {}", paint.frame("="), paint.bold("do:"));
        *line = line.replacen("= do:", &key, 1);
    }
    lines.append(&mut wrapped);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "version: 1\nnaem: \u{1b}[2Jorder\n";

    fn told(full: usize) -> String {
        let location = |start: usize, end: usize, line: usize| Location {
            start,
            end,
            line,
            column: 1,
            ..Location::default()
        };
        let list = [
            FileProblem {
                id: "field-unknown",
                error: true,
                location: location(11, 15, 2),
                message: "there is no field `naem`",
                help: Some("did you mean `name`?"),
            },
            FileProblem {
                id: "version-old",
                error: false,
                location: location(0, 7, 1),
                message: "hostile \u{202e} text",
                help: None,
            },
        ];
        let options = TerminalOptions {
            full,
            ..TerminalOptions::default()
        };
        problems("order.yaml", TEXT, &list, &options)
    }

    #[test]
    fn a_problem_is_told_with_its_line() {
        let expected = "\
error[field-unknown]: there is no field `naem`
  --> order.yaml:2:1
   |
 2 | naem: \\u{1b}[2Jorder
   | ^^^^
   |
   = do:       did you mean `name`?

warning[version-old]: hostile \\u{202e} text
  --> order.yaml:1:1
   |
 1 | version: 1
   | ^^^^^^^

";
        assert_eq!(told(9), expected);
    }

    #[test]
    fn more_than_are_wanted_in_full_have_a_line_each() {
        let expected = "\
order.yaml:2:1: error[field-unknown]: there is no field `naem`
order.yaml:1:1: warning[version-old]: hostile \\u{202e} text
";
        assert_eq!(told(0), expected);
    }
}
