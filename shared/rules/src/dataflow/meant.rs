//! What a path was probably meant to be.

use asl::nearest;

use super::{Place, There};

/// Members in which services put what they were asked for.
const WRAPPERS: [&str; 3] = ["Payload", "ResponseBody", "Output"];

/// Fields of the Context Object, which is `$$`.
const CONTEXT: [&str; 5] = ["Execution", "Map", "State", "StateMachine", "Task"];

/// How a path was probably meant to be written.
pub(crate) fn meant(read: &Place, there: &There) -> Option<String> {
    if read.before.is_empty() && read.text.starts_with("$.") && CONTEXT.contains(&&*read.missing) {
        return Some(format!("${}", read.text));
    }
    let (There::Members(names) | There::Answer(names)) = there else {
        return None;
    };
    let roots = ["$states.input", "$states.result", "$"];
    let root = roots.into_iter().find(|root| read.text.starts_with(root))?;
    let path = read
        .before
        .iter()
        .fold(String::new(), |path, name| path + "." + name);
    let rest = read
        .text
        .strip_prefix(&format!("{root}{path}.{}", read.missing))?;
    // Nothing is further down in what a catcher got: `$.error.Cause` wants it to be put elsewhere.
    if !rest.is_empty() && names.iter().eq(["Cause", "Error"].iter()) {
        return None;
    }
    let known = names.iter().map(String::as_str);
    let alike = known.clone().filter(|name| is_alike(&read.missing, name));
    let names = if let Some(name) = nearest(&read.missing, alike) {
        name.to_owned()
    } else {
        let answer = matches!(there, There::Answer(_));
        let mut wrappers = WRAPPERS.into_iter().filter(|_| answer);
        let wrapper = wrappers.find(|name| known.clone().any(|it| it == *name))?;
        format!("{wrapper}.{}", read.missing)
    };
    Some(format!("{root}{path}.{names}{rest}"))
}

/// True for names of which one may be a slip of the other. `error` and `errorDetails` are two things.
fn is_alike(wanted: &str, name: &str) -> bool {
    wanted.eq_ignore_ascii_case(name) || wanted.chars().count().abs_diff(name.chars().count()) <= 1
}
