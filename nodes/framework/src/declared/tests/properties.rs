use proptest::prelude::*;

use super::*;

/// Any value, mostly one near the limits of what a hand takes.
fn any_value() -> impl Strategy<Value = Value> {
    let number = prop_oneof![
        3 => -1.5..25.0_f64,
        1 => any::<f64>(),
        1 => prop_oneof![Just(f64::NAN), Just(f64::INFINITY), Just(0.5), Just(20.0), Just(0.0), Just(-0.0)],
    ];
    let integer = prop_oneof![3 => -130..130_i64, 1 => any::<i64>()];
    let text = prop_oneof![
        "[a-z]{0,6}",
        Just("pinch".to_owned()),
        Just("own".to_owned()),
        ".{0,80}"
    ];
    prop_oneof![
        1 => Just(Value::NotSet),
        2 => any::<bool>().prop_map(Value::Bool),
        4 => integer.clone().prop_map(Value::Integer),
        6 => number.clone().prop_map(Value::Double),
        3 => text.clone().prop_map(Value::String),
        1 => proptest::collection::vec(any::<u8>(), 0..3).prop_map(Value::ByteArray),
        1 => proptest::collection::vec(any::<bool>(), 0..3).prop_map(Value::BoolArray),
        2 => proptest::collection::vec(integer, 0..4).prop_map(Value::IntegerArray),
        2 => proptest::collection::vec(number, 0..4).prop_map(Value::DoubleArray),
        2 => proptest::collection::vec(text, 0..3).prop_map(Value::StringArray),
    ]
}

/// The name of any parameter, sometimes with an end that is not its own.
fn any_name() -> impl Strategy<Value = String> {
    let declared: Vec<String> = hand().iter().map(|(spec, _)| spec.name.clone()).collect();
    let known = proptest::sample::select(declared);
    prop_oneof![20 => known.clone(), 1 => (known, ".{0,3}").prop_map(|(name, end)| name + &end), 1 => ".{0,12}"]
}

fn any_parameter() -> impl Strategy<Value = Parameter> {
    (any_name(), any_value()).prop_map(|(name, value)| Parameter { name, value })
}

/// Equal, where NaN is equal to itself.
fn same(a: &Value, b: &Value) -> bool {
    format!("{a:?}") == format!("{b:?}")
}

proptest! {
    #[test]
    fn no_set_leaves_what_a_check_refuses_and_get_gives_what_was_set(
        sets in proptest::collection::vec((proptest::collection::vec(any_parameter(), 1..4), any::<bool>()), 1..40),
    ) {
        let mut declared = hand();
        for (parameters, active) in sets {
            let before = declared.clone();
            match declared.apply(&parameters, active) {
                Ok(_) => {
                    for ((spec, was), (_, is)) in before.iter().zip(declared.iter()) {
                        let set = parameters.iter().any(|parameter| parameter.name == spec.name);
                        prop_assert!(set || same(was, is), "{} was not set", spec.name);
                    }
                    for (at, Parameter { name, value }) in parameters.iter().enumerate() {
                        let last = parameters[at + 1..].iter().all(|later| later.name != *name);
                        let (spec, got) = declared.find(name).unwrap();
                        prop_assert!(!spec.read_only && (spec.live || !active));
                        prop_assert!(!last || same(got, value) || (value.is_empty_array() && got.is_empty_array()));
                    }
                }
                Err(error) => {
                    prop_assert!(!error.to_string().is_empty() && error.to_string().len() < 2000);
                    prop_assert_eq!(format!("{:?}", &before), format!("{:?}", &declared));
                }
            }
            prop_assert!(declared.value().validate().is_ok());
            for (spec, value) in declared.iter() {
                prop_assert!(spec.accept(value).is_ok(), "{} is {value}", spec.name);
            }
            // The struct and the list are one.
            let again = Declared::new(declared.value().clone(), declared.common().clone()).unwrap();
            for ((spec, ours), (_, theirs)) in declared.iter().zip(again.iter()) {
                prop_assert!(same(ours, theirs), "{}: {ours} and {theirs}", spec.name);
            }
        }
    }

    #[test]
    fn random_yaml_is_refused_or_taken_but_never_panics(
        name in any_name(),
        text in prop_oneof![".{0,60}", "[\\[\\]{}:,a-z0-9. !&*-]{0,40}"],
        shared in any::<bool>(),
    ) {
        if let Ok(layer) = Layer::argument("hand", &name, &text, shared) {
            let _ = Declared::<Hand, Common>::from_layers("hand", &[layer]);
        }
        if let Ok(values) = serde_yaml_ng::from_str(&text) {
            let _ = Declared::<Hand, Common>::from_layers("hand", &[Layer::section("f", "hand", values)]);
        }
    }

    #[test]
    fn a_damaged_file_is_refused_or_taken_but_never_panics(
        at in 0..FILE.len(),
        length in 0_usize..30,
        replacement in "[ -~\\n]{0,8}",
    ) {
        let end = (at + length).min(FILE.len());
        let text = format!("{}{replacement}{}", &FILE[..at], &FILE[end..]);
        if let Ok(values) = serde_yaml_ng::from_str(&text) {
            let loaded = Declared::<Hand, Common>::from_layers("hand", &[Layer::section("f", "hand", values)]);
            if let Ok(declared) = loaded {
                prop_assert!(declared.value().validate().is_ok());
            }
        }
    }
}

const FILE: &str = "\
grasp: pinch
thumb: {force_n: 6.0, least_force_n: 1, joints: 2}
index.force_n: 7.5
model: hands/left.urdf
seed: 18
share: 0.5
flags: [true, false]
ports: [1, 2]
axis: [0.0, 1.0, 0.0]
order: [own, power]
anything: {x: [1, {y: !z 2}]}
gains: {'.*_tip': 2.0}
use_sim_time: true
";

#[test]
fn the_file_that_is_damaged_is_good() {
    let values = serde_yaml_ng::from_str(FILE).unwrap();
    let declared = Declared::<Hand, Common>::from_layers("hand", &[Layer::section("f", "hand", values)]).unwrap();
    assert_eq!(declared.value().seed, 18);
}
