//! The Context Object.

use crate::Pattern;
use crate::expr::context::{Lookup, Place, lookup};

fn look(field: &'static str, place: Place) -> Lookup<'static> {
    let names: Vec<&str> = field.split('.').filter(|name| !name.is_empty()).collect();
    lookup(&names, place)
}

const ANYWHERE: Place = Place {
    item_selector: false,
    item_processor: false,
    task: None,
};
const CALLBACK: Place = Place {
    task: Some(Pattern::WaitForTaskToken),
    ..ANYWHERE
};
const SELECTOR: Place = Place {
    item_selector: true,
    ..ANYWHERE
};
const PROCESSOR: Place = Place {
    item_processor: true,
    ..ANYWHERE
};

#[test]
fn fields_that_are_there() {
    for field in [
        "",
        "Execution",
        "Execution.Id",
        "Execution.Input",
        "Execution.Input.any.thing",
        "Execution.Name",
        "Execution.RoleArn",
        "Execution.StartTime",
        "Execution.RedriveCount",
        "State.EnteredTime",
        "State.Name",
        "State.RetryCount",
        "StateMachine.Id",
        "StateMachine.Name",
    ] {
        assert_eq!(look(field, ANYWHERE), Lookup::Known, "{field}");
    }
    for task in [Pattern::WaitForTaskToken, Pattern::Sync] {
        let place = Place {
            task: Some(task),
            ..ANYWHERE
        };
        assert_eq!(look("Task.Token", place), Lookup::Known);
    }
    for field in [
        "Map",
        "Map.Item",
        "Map.Item.Index",
        "Map.Item.Value.a",
        "Map.Item.Key",
        "Map.Item.Source",
    ] {
        assert_eq!(look(field, SELECTOR), Lookup::Known, "{field}");
    }
    assert!(matches!(
        look("Execution.RedriveTime", ANYWHERE),
        Lookup::Sometimes(_)
    ));
}

#[test]
fn fields_that_are_elsewhere() {
    let request = Place {
        task: Some(Pattern::RequestResponse),
        ..ANYWHERE
    };
    assert!(matches!(look("Task.Token", request), Lookup::NotHere(_)));
    for field in ["Task", "Task.Token"] {
        assert!(
            matches!(look(field, ANYWHERE), Lookup::NotHere(_)),
            "{field}"
        );
    }
    for field in ["Map", "Map.Item.Value", "Map.Item.Value.a"] {
        for place in [ANYWHERE, PROCESSOR, CALLBACK] {
            assert!(matches!(look(field, place), Lookup::NotHere(_)), "{field}");
        }
    }
}

#[test]
fn fields_that_nobody_knows() {
    for (field, name, nearest) in [
        ("Exection.Id", "Exection", Some("Execution")),
        ("execution.Id", "execution", Some("Execution")),
        ("Execution.Role", "Role", Some("RoleArn")),
        ("Execution.ID", "ID", Some("Id")),
        ("Execution.Id.x", "x", None),
        ("Map.Item.Idx", "Idx", Some("Index")),
        ("Task.token", "token", Some("Token")),
        ("Unheard", "Unheard", None),
    ] {
        let expected = Lookup::Unknown { name, nearest };
        assert_eq!(look(field, SELECTOR), expected, "{field}");
    }
}
