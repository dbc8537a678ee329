//! Sources without names and imports that nothing reads.

/// The source without names that nothing reads.
pub(super) fn used_names(body: &str) -> String {
    let mut out = String::with_capacity(body.len());
    for line in body.lines() {
        let name = line
            .strip_prefix("const ")
            .and_then(|rest| rest.split_once(" = new "));
        let line = match name {
            Some((name, rest)) if body.matches(name).count() < 2 => format!("new {rest}"),
            _ => line.to_owned(),
        };
        out.push_str(&line);
        out.push('\n');
    }
    out
}

/// Whether something of the module is used: hosts like `sqs.` of an address are no classes.
fn uses(body: &str, module: &str) -> bool {
    body.split(&format!("{module}."))
        .skip(1)
        .any(|after| after.starts_with(|first: char| first.is_ascii_uppercase()))
}

/// The source with only the imports that it uses.
pub(crate) fn used_imports(text: &str) -> String {
    let (imports, body) = text.split_once("\n\n").unwrap_or(("", text));
    let mut out = String::new();
    for line in imports.lines() {
        if let Some((module, _)) = line
            .strip_prefix("import * as ")
            .and_then(|line| line.split_once(' '))
            && !uses(body, module)
        {
            continue;
        }
        let names = [
            "CfnOutput",
            "Duration",
            "Fn",
            "RemovalPolicy",
            "Tags",
            "Validations",
            "Aws",
        ];
        let line = names
            .iter()
            .filter(|name| {
                !body.contains(&format!("{name}.")) && !body.contains(&format!("new {name}("))
            })
            .fold(line.to_owned(), |line, name| {
                line.replace(&format!(", {name},"), ",")
                    .replace(&format!("{{ {name}, "), "{ ")
                    .replace(&format!(", {name} }}"), " }")
            });
        out.push_str(&line);
        out.push('\n');
    }
    format!("{out}\n{body}")
}
