//! Logs as Lambda's advanced logging controls ask for them.

use tracing::Level;

/// Starts logging to standard output: as JSON where `AWS_LAMBDA_LOG_FORMAT` says so, from the level in
/// `AWS_LAMBDA_LOG_LEVEL` up, `INFO` where that is absent or none.
pub(crate) fn start(get: impl Fn(&str) -> Option<String>) {
    let level = get("AWS_LAMBDA_LOG_LEVEL").map_or(Level::INFO, |word| level(&word));
    // Lambda adds the time, and the target would only name our crates.
    let logs = tracing_subscriber::fmt()
        .with_max_level(level)
        .with_target(false)
        .without_time()
        .with_ansi(false);
    let json =
        get("AWS_LAMBDA_LOG_FORMAT").is_some_and(|format| format.eq_ignore_ascii_case("json"));
    if json {
        logs.json().init();
    } else {
        logs.init();
    }
}

/// Lambda's names of levels; it has one more than there is here.
fn level(word: &str) -> Level {
    match word.to_ascii_uppercase().as_str() {
        "FATAL" | "ERROR" => Level::ERROR,
        "WARN" => Level::WARN,
        "DEBUG" => Level::DEBUG,
        "TRACE" => Level::TRACE,
        _ => Level::INFO,
    }
}
