//! What rules read of a Task: what it calls, with which arguments, in which kind of execution.

use asl::{
    Definition, MapMode, Member, Node, QueryLanguage, Resource, Scope, State, StateKind, Value,
    pointer_push,
};

/// What the state calls, where it is a Task.
pub(crate) fn resource(state: &State) -> Option<&Resource> {
    match &state.kind {
        StateKind::Task(task) => task.resource.as_ref().map(|resource| &resource.value),
        _ => None,
    }
}

/// `Parameters`, or `Arguments` in a JSONata state.
pub(crate) fn arguments(state: &State) -> Option<&Member> {
    state
        .member("Parameters")
        .or_else(|| state.member("Arguments"))
}

/// The field that holds arguments in the language of the state.
pub(crate) fn arguments_name(state: &State) -> &'static str {
    match state.query_language {
        QueryLanguage::JsonPath => "Parameters",
        QueryLanguage::Jsonata => "Arguments",
    }
}

/// Pointer of a field of the state.
pub(crate) fn field_pointer(state: &State, name: &str) -> String {
    pointer_push(&state.pointer, name)
}

/// True where a text is filled in before AWS reads it.
pub(crate) fn is_placeholder(text: &str) -> bool {
    text.contains("${") || text.contains("{{")
}

/// True for `{% ... %}`.
pub(crate) fn is_expression(text: &str) -> bool {
    text.starts_with("{%")
}

/// A value whose members are all written down: no functions of CloudFormation, no placeholder for a name.
pub(crate) fn literal_members(node: &Node) -> Option<&[Member]> {
    let members = node.members()?;
    let open = |member: &Member| {
        is_placeholder(&member.key) || member.key == "Ref" || member.key.starts_with("Fn::")
    };
    (!members.iter().any(open)).then_some(members)
}

/// The member of that name, also where its value is computed (`name.$`).
pub(crate) fn argument<'a>(members: &'a [Member], name: &str) -> Option<&'a Member> {
    members
        .iter()
        .find(|member| member.key == name || member.key.strip_suffix(".$") == Some(name))
}

/// Calls `each` with every text in a value: names of members and strings.
pub(crate) fn texts(node: &Node, each: &mut impl FnMut(&str)) {
    let mut open = vec![node];
    while let Some(node) = open.pop() {
        match &node.value {
            Value::String(text) => each(text),
            Value::Array(items) => open.extend(items),
            Value::Object(members) => {
                for member in members {
                    each(&member.key);
                    open.push(&member.node);
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
}

/// In which kind of execution the states of a scope run.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Runs<'a> {
    /// In an execution of the machine itself.
    Machine,
    /// In the Express children of this Distributed Map.
    ExpressChildren(&'a State),
    /// In the Standard children of a Distributed Map.
    StandardChildren,
}

/// Every scope with the kind of execution that its states run in, outer before inner.
pub(crate) fn scopes(definition: &Definition) -> Vec<(&Scope, Runs<'_>)> {
    let mut found = vec![(&definition.machine.scope, Runs::Machine)];
    let mut next = 0;
    while let Some((scope, runs)) = found.get(next).copied() {
        next += 1;
        for state in &scope.states {
            let runs = match &state.kind {
                StateKind::Map(map) => match map.mode {
                    MapMode::Inline => runs,
                    MapMode::Distributed { express: true } => Runs::ExpressChildren(state),
                    MapMode::Distributed { express: false } => Runs::StandardChildren,
                },
                _ => runs,
            };
            found.extend(state.scopes().iter().map(|scope| (scope, runs)));
        }
    }
    found
}

/// True for the ARN of a function with parts that are filled in when the template is deployed:
/// `arn:aws:lambda:${AWS::Region}:…:function:name`.
pub(crate) fn is_function_arn(text: &str) -> bool {
    text.starts_with("arn:") && text.contains(":lambda:") && text.contains(":function:")
}

/// A Lambda function that a Task calls and waits for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Function<'a> {
    /// The name or ARN as written; none where it is computed.
    pub(crate) name: Option<&'a str>,
    /// True where the ARN is the `Resource` itself.
    pub(crate) direct: bool,
}

/// The function, where the Task is one call of Lambda whose answer it waits for.
pub(crate) fn function(state: &State) -> Option<Function<'_>> {
    match resource(state)? {
        Resource::Lambda(arn) => Some(Function {
            name: Some(arn),
            direct: true,
        }),
        Resource::Other(text) if is_function_arn(text) => Some(Function {
            name: Some(text),
            direct: true,
        }),
        Resource::Integration {
            service,
            action,
            pattern: asl::Pattern::RequestResponse,
            ..
        } if service == "lambda" && action == "invoke" => {
            let name = arguments(state).and_then(|member| member.node.get("FunctionName"));
            Some(Function {
                name: name.and_then(Node::as_str),
                direct: false,
            })
        }
        _ => None,
    }
}
