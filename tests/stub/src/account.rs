//! Names of what the server holds.

pub(crate) const ACCOUNT: &str = "111122223333";

pub(crate) fn machine_name(number: usize) -> String {
    format!("machine-{number:05}")
}

pub(crate) fn machine_arn(region: &str, name: &str) -> String {
    format!("arn:aws:states:{region}:{ACCOUNT}:stateMachine:{name}")
}

/// The number of the state machine that an ARN names, or one of the children of its Maps.
pub(crate) fn number(arn: &str) -> Option<usize> {
    arn.rsplit_once("machine-")?
        .1
        .split([':', '/'])
        .next()?
        .parse()
        .ok()
}
