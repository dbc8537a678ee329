//! Any text as a file that may hold definitions.
#![no_main]

use facts::WorkflowType;
use libfuzzer_sys::fuzz_target;
use pricing::Prices;
use sources::Place;

fuzz_target!(|text: &str| {
    for name in ["main.tf", "template.json", "template.yaml"] {
        // As a search does: most files are of no interest.
        if !sources::may_hold(name, text) {
            continue;
        }
        for embedded in sources::definitions(name, text) {
            let Place::Here(definition) = &embedded.place else {
                continue;
            };
            fuzz::assert_inside(definition.part, text, "a definition");
            fuzz::assert_problems(definition);
            let facts = fuzz::machine(definition.own_text(), WorkflowType::Standard);
            let report = rules::analyze_definition(
                &facts,
                definition,
                Prices::embedded(),
                &fuzz::strictest(),
            );
            fuzz::assert_findings(&report.findings, text);
        }
    }
});
