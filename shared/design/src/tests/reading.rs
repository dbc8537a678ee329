use asl::{Format, Level};

use super::files;
use crate::requirements::read;

fn told(text: &str) -> String {
    let (_, problems) = read(text, Format::Yaml);
    problems
        .iter()
        .map(|problem| format!("{problem}\n"))
        .collect()
}

#[test]
fn every_example_is_read() {
    for (name, text) in files::own().into_iter().chain(files::beside()) {
        let (requirements, problems) = read(&text, Format::Yaml);
        let errors: Vec<String> = problems
            .iter()
            .filter(|problem| problem.level == Level::Error)
            .map(ToString::to_string)
            .collect();
        assert_eq!(errors, Vec::<String>::new(), "{name}");
        assert!(requirements.is_some(), "{name}");
        for p in problems {
            println!("{name} {p}");
        }
    }
    println!("{}", told(""));
}
