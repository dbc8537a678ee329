//! What a path was probably meant to be.

use asl::nearest;

use super::{Place, There};

/// Members in which functions and workflows of one's own put what they were asked for. What another's API answers is not guessed.
const WRAPPERS: [&str; 2] = ["Payload", "Output"];

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

/// True for names of which one may be a slip of the other. `error` and `errorDetails` are two things, and so are `a` and `b`.
fn is_alike(wanted: &str, name: &str) -> bool {
    const SHORTEST: usize = 3;
    let short = wanted.chars().count().min(name.chars().count()) < SHORTEST;
    if short {
        return wanted.eq_ignore_ascii_case(name);
    }
    wanted.eq_ignore_ascii_case(name) || wanted.chars().count().abs_diff(name.chars().count()) <= 1
}
