use asl::Format;
use pricing::Prices;

use super::files;
use crate::decide::{Verdict, decide};
use crate::requirements::{Requirements, read};

fn asked(text: &str) -> Requirements {
    let (asked, problems) = read(text, Format::Yaml);
    asked.unwrap_or_else(|| panic!("{problems:#?}"))
}

#[test]
fn show() {
    for (name, text) in files::own().into_iter().chain(files::beside()) {
        let asked = asked(&text);
        let verdict = decide(&asked, &Prices::embedded().region(&asked.regions[0]));
        println!("=== {name}");
        match &verdict {
            Verdict::Designed(d) => show_d(d),
            Verdict::Redirected(r, d) => {
                println!("{}", r.markdown());
                show_d(d)
            }
            Verdict::Refused(r) => println!("{}\n{}", r.summary(), r.markdown()),
        }
    }
}
fn show_d(d: &crate::decide::Decisions) {
    for x in &d.list {
        println!(
            "[{}] {}: {}\n   because {:?}\n   alt {:?}\n   flips {:?}",
            x.id,
            x.about,
            x.chosen,
            x.because,
            x.alternatives
                .iter()
                .map(|a| format!("{}: {}", a.what, a.why_not))
                .collect::<Vec<_>>(),
            x.flips
        );
    }
    println!("timeout {} assumptions {:#?}", d.timeout, d.assumptions);
}
