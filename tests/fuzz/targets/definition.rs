//! Any bytes as a definition, in JSON and in YAML.
#![no_main]

use asl::{Definition, Format};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    fuzz::assert_problems(&Definition::parse(bytes, Format::Yaml));
    let definition = Definition::parse(bytes, Format::Json);
    fuzz::assert_problems(&definition);
    same_as_others(bytes, &definition);
});

/// What another reader takes as JSON is JSON, and what it does not is not, as far as both read the same language.
fn same_as_others(bytes: &[u8], definition: &Definition) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let told = |id: &str| definition.problems.iter().any(|problem| problem.id == id);
    // A placeholder stands for text that comes later, and a mark of the byte order is not for every reader.
    if text.contains("${") || text.contains('\u{feff}') {
        return;
    }
    match serde_json::from_str::<serde_json::Value>(text) {
        Ok(_) => assert!(!told("invalid-json"), "JSON is refused"),
        Err(error) => {
            let message = error.to_string();
            let other = [
                "recursion limit",
                "number out of range",
                "surrogate",
                "hex escape",
            ];
            if !other.iter().any(|it| message.contains(it)) {
                let ids = ["invalid-json", "too-deeply-nested", "definition-empty"];
                assert!(ids.iter().any(|id| told(id)), "taken, but {message}");
            }
        }
    }
}
