//! `sfn-advisor init`: a first requirements file, from answers.

use std::io::{BufRead, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};

use ::design::init::{Answers, Question, answered, check, is_asked, questions};
use ::design::requirements::SCHEMA;
use anyhow::Context;
use clap::Args;

use crate::Outcome;
use crate::account::write;
use crate::output::{complain, print};

pub(crate) const EXIT_CODES: &str = "Exit codes: 0 written; 2 wrong usage, a file that is there already, an answer from a pipe that cannot be: nothing is written; 3 a file could not be read or written.";

/// The name under which the first line of the file looks for its schema.
const SCHEMA_FILE: &str = "requirements-v1.schema.json";

/// A longer line is no answer.
const LONGEST: u64 = 64 * 1024;

/// What is written, and who answers.
#[derive(Debug, Args)]
pub(crate) struct Init {
    /// The requirements file to write, as YAML; its schema is written beside it, for editors
    #[arg(value_name = "FILE", default_value = "requirements.yaml")]
    file: PathBuf,
    /// Ask nothing: take the answer that each question suggests
    #[arg(long)]
    defaults: bool,
    /// Write over files that are there
    #[arg(long)]
    force: bool,
}

/// Asks, and writes.
pub(crate) fn init(args: &Init) -> anyhow::Result<Outcome> {
    let schema = args.file.with_file_name(SCHEMA_FILE);
    for (file, text) in [(&args.file, None), (&schema, Some(SCHEMA))] {
        if !args.force && !may_write(file, text) {
            complain(&format!(
                "error: {} is there already: name another file, or give --force to write over it",
                shown(file)
            ));
            return Ok(Outcome::Usage);
        }
    }
    let answers = if args.defaults {
        Answers::new()
    } else {
        let stdin = std::io::stdin();
        let patient = stdin.is_terminal();
        match ask(&mut stdin.lock(), patient)? {
            Ok(answers) => answers,
            Err(why) => {
                complain(&format!("error: {why}"));
                return Ok(Outcome::Usage);
            }
        }
    };
    write(&args.file, &answered(&answers))?;
    write(&schema, SCHEMA)?;
    for id in left_out(&answers) {
        complain(&format!(
            "note: the answer to `{id}` does not go with the others; the file has what is suggested instead"
        ));
    }
    let file = shown(&args.file);
    print(&format!(
        "written: {file}, and {} for editors\nnext:    look at the steps in it, then: sfn-advisor design {file} -o DIR",
        shown(&schema)
    ))?;
    Ok(Outcome::Clean)
}

fn shown(file: &Path) -> String {
    render::escape::visible(&file.display().to_string()).into_owned()
}

/// Where nothing is, or the same.
fn may_write(file: &Path, text: Option<&str>) -> bool {
    let is_same = |text: &str| {
        crate::read::bytes(file, text.len() as u64).is_ok_and(|bytes| bytes == text.as_bytes())
    };
    file.try_exists().is_ok_and(|there| !there) || text.is_some_and(is_same)
}

/// Asks all questions on standard error, and reads an answer a line. An empty line, and the end of the input, take what is
/// suggested. A person is asked again; an answer from a pipe that cannot be is the inner error.
fn ask(input: &mut dyn BufRead, patient: bool) -> anyhow::Result<Result<Answers, String>> {
    let mut answers = Answers::new();
    let mut lines = 0_usize;
    for question in questions() {
        if !is_asked(question, &answers) {
            continue;
        }
        loop {
            prompt(question);
            let mut line = Vec::new();
            let mut part = (&mut *input).take(LONGEST);
            part.read_until(b'\n', &mut line)
                .context("cannot read an answer from standard input")?;
            lines += 1;
            if !patient {
                // What was answered is not seen on the screen.
                complain("");
            }
            let text = String::from_utf8_lossy(&line);
            let answer = text.trim();
            if answer.is_empty() {
                break;
            }
            match check(question, answer) {
                Ok(()) => {
                    answers.insert(question.id.to_owned(), answer.to_owned());
                    break;
                }
                Err(why) if patient => {
                    complain(&format!("  {}", render::escape::visible(&why)));
                }
                Err(why) => {
                    let why = render::escape::visible(&why);
                    return Ok(Err(format!("line {lines} of the answers: {why}")));
                }
            }
        }
    }
    Ok(Ok(answers))
}

fn prompt(question: &Question) {
    let suggested = match question.default {
        "" => String::new(),
        default => format!(" [{default}]"),
    };
    let choices = match question.choices {
        [] => String::new(),
        choices => format!("\n  one of {}", choices.join(", ")),
    };
    let mut err = std::io::stderr().lock();
    // Nobody is there to be asked where this fails.
    let _ = write!(
        err,
        "{}\n  {}{choices}\n{}{suggested}: ",
        question.text, question.help, question.id
    )
    .and_then(|()| err.flush());
}

/// Answers without which the file would be the same, and which are not what is suggested: they gave way to others.
fn left_out(answers: &Answers) -> Vec<&str> {
    let text = answered(answers);
    let is_lost = |id: &str, answer: &str| {
        let suggested = questions().iter().find(|question| question.id == id);
        let mut without = answers.clone();
        without.remove(id);
        suggested.is_some_and(|question| question.default != answer) && answered(&without) == text
    };
    let lost = answers.iter().filter(|(id, answer)| is_lost(id, answer));
    lost.map(|(id, _)| id.as_str()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Result<Answers, String> {
        ask(&mut text.as_bytes(), false).unwrap()
    }

    #[test]
    fn what_is_not_answered_is_as_suggested() {
        assert_eq!(told("").unwrap(), Answers::new());
        assert_eq!(told("\n\n\n").unwrap(), Answers::new());
    }

    #[test]
    fn answers_are_taken_in_the_order_of_the_questions() {
        let answers = told("refunds\n\nschedule\nrate(5 minutes)\n40/h\n").unwrap();
        let given: Vec<(&str, &str)> = answers
            .iter()
            .map(|(id, answer)| (id.as_str(), answer.as_str()))
            .collect();
        assert_eq!(
            given,
            [
                ("average", "40/h"),
                ("name", "refunds"),
                ("schedule", "rate(5 minutes)"),
                ("trigger", "schedule")
            ]
        );
    }

    #[test]
    fn an_answer_that_cannot_be_is_told_with_its_line() {
        let why = told("refunds\n\nevntbridge\n").unwrap_err();
        assert_eq!(
            why,
            "line 3 of the answers: `trigger` cannot be answered so; did you mean `eventbridge`?"
        );
    }

    #[test]
    fn an_answer_that_gives_way_is_told() {
        let answers = told("refunds\n\n\n\n5\n2\n").unwrap();
        assert_eq!(left_out(&answers), ["peak"]);
        assert_eq!(left_out(&told("refunds\n").unwrap()), Vec::<&str>::new());
    }
}
