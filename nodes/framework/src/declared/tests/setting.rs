use sinew_messages::builtin_interfaces::msg::Time;
use sinew_messages::rcl_interfaces::msg;

use super::*;

fn set(declared: &mut Declared<Hand, Common>, name: &str, value: Value) -> Result<Changes, SetError> {
    declared.apply(&[Parameter::new(name, value)], false)
}

#[test]
fn a_set_reaches_the_struct() {
    let mut declared = hand();
    let text = |text: &str| Value::String(text.to_owned());
    for (name, value) in [
        ("grasp", text("pinch")),
        ("thumb.force_n", Value::Double(7.5)),
        ("lit", Value::Bool(true)),
        ("gear", Value::Integer(-3)),
        ("name", text("left")),
        ("next", text("own")),
        ("ports", Value::IntegerArray(vec![1, 15])),
        ("axis", Value::DoubleArray(vec![0.0, 1.0, 0.0])),
        ("order", Value::StringArray(vec!["own".into(), "power".into()])),
        ("tags", Value::StringArray(vec!["test".into()])),
    ] {
        set(&mut declared, name, value.clone()).unwrap();
        assert_eq!(declared.find(name).unwrap().1, &value);
    }
    let hand = declared.value();
    assert_eq!(
        (hand.grasp, hand.thumb.force_n, hand.lit, hand.gear),
        (Grasp::Pinch, 7.5, true, -3)
    );
    assert_eq!((hand.name.as_deref(), hand.next), (Some("left"), Some(Grasp::Own)));
    assert_eq!((&hand.ports[..], hand.axis), (&[1, 15][..], [0.0, 1.0, 0.0]));
    assert_eq!(hand.order, [Grasp::Own, Grasp::Power]);
    assert_eq!(declared.common().tags, ["test"]);
}

#[test]
fn what_does_not_fit_is_refused_with_name_expectation_and_finding() {
    let mut declared = hand();
    let before = declared.value().clone();
    let text = |text: &str| Value::String(text.to_owned());
    for (name, value, said) in [
        (
            "thumb.force_n",
            Value::Double(20.5),
            "`thumb.force_n`: expected double from 0.5 to 20.0, found 20.5",
        ),
        ("thumb.force_n", Value::Double(f64::NAN), "found NaN"),
        (
            "share",
            Value::Double(f64::INFINITY),
            "expected double from 0.0 to 1.0, found inf",
        ),
        ("thumb.force_n", Value::Integer(1), "found integer 1; write 1.0"),
        (
            "pose",
            Value::IntegerArray(vec![1, 2]),
            "found integer array [1, 2]; write each number with a point",
        ),
        ("offset", Value::Double(1.0), "expected integer, found double 1.0"),
        (
            "gear",
            Value::Integer(128),
            "`gear`: expected integer from -128 to 127, found 128",
        ),
        ("ports", Value::IntegerArray(vec![3, 16]), "from 0 to 15, found 16"),
        (
            "axis",
            Value::DoubleArray(vec![0.0, 1.5, 0.0]),
            "from -1.0 to 1.0, found 1.5",
        ),
        ("axis", Value::DoubleArray(vec![0.0, 1.0]), "axis"),
        ("lit", text("true"), "expected boolean, found string \"true\""),
        ("lit", Value::NotSet, "expected boolean, found no value"),
        ("grasp", text("fist"), "`grasp`: expected one of "),
        ("order", Value::StringArray(vec!["fist".into()]), "found \"fist\""),
        (
            "tips",
            Value::ByteArray(vec![1]),
            "expected string array, found byte array of 1",
        ),
        (
            "thumb.least_force_n",
            Value::Double(9.0),
            "`thumb.least_force_n`: expected 0 to 5, found 9",
        ),
        ("model", text("b.urdf"), "`model` is read-only"),
        ("thumb", Value::Double(1.0), "`thumb`: no such parameter"),
        ("thumb.force", Value::Double(1.0), "did you mean `thumb.force_n`?"),
        (
            "anything",
            text("x"),
            "`anything` is read-only: give it when the node starts",
        ),
        ("", Value::NotSet, "``: no such parameter"),
    ] {
        let error = set(&mut declared, name, value).unwrap_err().to_string();
        assert!(error.contains(said), "{error}\nlacks {said}");
        assert!(error.contains(name), "{error}");
        assert_eq!(declared.value(), &before);
    }
}

#[test]
fn only_live_parameters_change_while_the_node_is_active() {
    let mut declared = hand();
    let force = |finger: &str| Parameter::new(format!("{finger}.force_n"), Value::Double(6.0));
    declared.apply(&[force("index")], true).unwrap();
    let error = declared.apply(&[force("thumb")], true).unwrap_err().to_string();
    assert!(
        error.contains("`thumb.force_n`") && error.contains("deactivate"),
        "{error}"
    );
    declared.apply(&[force("thumb")], false).unwrap();
}

#[test]
fn an_empty_array_has_the_declared_type_whatever_it_says() {
    let mut declared = hand();
    set(&mut declared, "pose", Value::DoubleArray(vec![1.0])).unwrap();
    set(&mut declared, "pose", Value::BoolArray(vec![])).unwrap();
    assert_eq!(declared.find("pose").unwrap().1, &Value::DoubleArray(vec![]));
    assert!(set(&mut declared, "lit", Value::BoolArray(vec![])).is_err());
}

#[test]
fn an_atomic_set_changes_everything_or_nothing() {
    let mut declared = hand();
    let least = Parameter::new("thumb.least_force_n", Value::Double(6.0));
    let most = Parameter::new("thumb.force_n", Value::Double(8.0));
    let bad = Parameter::new("gear", Value::Integer(1000));
    assert!(declared.apply(&[most.clone(), least.clone(), bad], false).is_err());
    assert_eq!(declared.value(), &Hand::default());
    // Neither order matters: only the whole is judged.
    declared.apply(&[least, most], false).unwrap();
    assert_eq!(
        (declared.value().thumb.least_force_n, declared.value().thumb.force_n),
        (6.0, 8.0)
    );
}

fn message(name: &str, value: Value) -> msg::Parameter {
    Parameter::new(name, value).into()
}

#[test]
fn set_parameters_judges_each_by_itself_and_tells_what_changed() {
    let mut declared = hand();
    let list = [
        message("name", Value::String("left".into())),
        message("gear", Value::Integer(1000)),
        message("offset", Value::Integer(4)),
        message("lit", Value::Bool(false)),
    ];
    let (results, changes) = declared.set(&list, false);
    let successes: Vec<bool> = results.iter().map(|result| result.successful).collect();
    assert_eq!(successes, [true, false, true, true]);
    assert!(results[1].reason.contains("`gear`"), "{}", results[1].reason);
    assert!(results[0].reason.is_empty());
    let event = changes.event("/left/hand", Time { sec: 3, nanosec: 5 });
    assert_eq!((event.node.as_str(), event.stamp.sec), ("/left/hand", 3));
    assert_eq!(event.new_parameters, [message("name", Value::String("left".into()))]);
    // A value that was set to itself has not changed.
    assert_eq!(event.changed_parameters, [message("offset", Value::Integer(4))]);
    let (result, changes) = declared.set_atomically(&[message("name", Value::NotSet)], false);
    assert!(result.successful);
    assert_eq!(changes.deleted, [Parameter::new("name", Value::NotSet)]);
}

#[test]
fn a_message_with_a_type_that_does_not_exist_is_refused() {
    let mut odd = message("name", Value::NotSet);
    odd.value.r#type = 77;
    let (result, changes) = hand().set_atomically(&[odd], false);
    assert!(!result.successful && changes.is_empty());
    assert!(
        result.reason.contains("`name`") && result.reason.contains("type 77"),
        "{}",
        result.reason
    );
}

#[test]
fn every_value_survives_the_way_through_a_message() {
    for value in [
        Value::NotSet,
        Value::Bool(true),
        Value::Integer(-5),
        Value::Double(0.5),
        Value::String("x".into()),
        Value::ByteArray(vec![1, 255]),
        Value::BoolArray(vec![true, false]),
        Value::IntegerArray(vec![1, -1]),
        Value::DoubleArray(vec![0.5]),
        Value::StringArray(vec!["a".into(), "b".into()]),
    ] {
        let parameter = Parameter::new("p", value);
        let there: msg::Parameter = parameter.clone().into();
        assert_eq!(Parameter::try_from(there).unwrap(), parameter);
    }
}

#[test]
fn a_declaration_names_every_parameter_that_has_a_value() {
    let declared = hand();
    let event = declared.declaration();
    assert!(event.changed.is_empty() && event.deleted.is_empty());
    let set = declared.iter().filter(|(_, value)| **value != Value::NotSet).count();
    assert_eq!(event.new.len(), set);
    assert!(event.new.iter().any(|parameter| parameter.name == "use_sim_time"));
}
