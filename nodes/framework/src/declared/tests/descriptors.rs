use super::*;

fn spec(name: &str) -> Spec {
    hand().find(name).unwrap().0.clone()
}

#[test]
fn every_field_is_a_parameter_of_its_type() {
    let declared = hand();
    let found: Vec<_> = declared
        .iter()
        .map(|(spec, _)| (spec.name.as_str(), spec.kind))
        .collect();
    assert_eq!(
        found,
        [
            ("grasp", Type::String),
            ("thumb.force_n", Type::Double),
            ("thumb.least_force_n", Type::Double),
            ("thumb.joints", Type::Integer),
            ("index.force_n", Type::Double),
            ("index.least_force_n", Type::Double),
            ("index.joints", Type::Integer),
            ("model", Type::String),
            ("lit", Type::Bool),
            ("offset", Type::Integer),
            ("gear", Type::Integer),
            ("turns", Type::Integer),
            ("uses", Type::Integer),
            ("seed", Type::Integer),
            ("name", Type::String),
            ("share", Type::Double),
            ("next", Type::String),
            ("flags", Type::BoolArray),
            ("ports", Type::IntegerArray),
            ("pose", Type::DoubleArray),
            ("axis", Type::DoubleArray),
            ("tips", Type::StringArray),
            ("order", Type::StringArray),
            ("use_sim_time", Type::Bool),
            ("tags", Type::StringArray),
        ]
    );
}

#[test]
fn ranges_are_the_declared_ones_within_those_of_the_rust_type() {
    assert_eq!(spec("thumb.force_n").range, Some(Range::Double(0.5, 20.0)));
    assert_eq!(spec("thumb.least_force_n").range, None);
    assert_eq!(spec("thumb.joints").range, Some(Range::Integer(0, 8)));
    assert_eq!(spec("offset").range, None);
    assert_eq!(spec("gear").range, Some(Range::Integer(-128, 127)));
    assert_eq!(
        spec("turns").range,
        Some(Range::Integer(i32::MIN.into(), i32::MAX.into()))
    );
    assert_eq!(spec("uses").range, Some(Range::Integer(0, u32::MAX.into())));
    assert_eq!(spec("seed").range, Some(Range::Integer(0, i64::MAX)));
    assert_eq!(spec("share").range, Some(Range::Double(0.0, 1.0)));
    assert_eq!(spec("ports").range, Some(Range::Integer(0, 15)));
    assert_eq!(spec("axis").range, Some(Range::Double(-1.0, 1.0)));
}

#[test]
fn choices_are_the_variants_with_and_without_a_description() {
    for name in ["grasp", "next", "order"] {
        let mut choices = spec(name).choices;
        choices.sort();
        assert_eq!(choices, ["own", "pinch", "power"], "{name}");
    }
}

#[test]
fn flags_of_a_struct_hold_for_its_fields() {
    assert!(spec("index.force_n").live && !spec("thumb.force_n").live);
    assert!(spec("model").read_only && !spec("index.force_n").read_only);
    assert!(spec("name").optional && spec("next").optional && !spec("pose").optional);
}

#[test]
fn a_descriptor_says_type_range_description_and_when_it_may_change() {
    let all = hand().describe(&names(&[
        "thumb.least_force_n",
        "index.force_n",
        "ports",
        "model",
        "next",
        "nothing",
    ]));
    assert_eq!(all[0].description, "Smallest force, N; never above the largest.");
    assert!(all[0].additional_constraints.contains("next activation"));
    let range = &all[1].floating_point_range[0];
    assert_eq!((range.from_value, range.to_value, range.step), (0.5, 20.0, 0.0));
    assert_eq!(all[1].r#type, 3);
    assert!(all[1].additional_constraints.contains("while the node is active"));
    assert_eq!(
        (all[2].integer_range[0].from_value, all[2].integer_range[0].to_value),
        (0, 15)
    );
    assert!(all[3].read_only && !all[0].read_only);
    let words = &all[4].additional_constraints;
    assert!(words.contains("pinch") && words.contains("without a value"), "{words}");
    assert_eq!((all[5].name.as_str(), all[5].r#type), ("nothing", 0));
}

#[test]
fn get_and_types_answer_for_every_name() {
    let asked = names(&["offset", "name", "nothing", "pose"]);
    let values = hand().get(&asked);
    assert_eq!(
        values.iter().map(|value| value.r#type).collect::<Vec<_>>(),
        [2, 0, 0, 8]
    );
    assert_eq!(hand().types(&asked), [2, 0, 0, 8]);
}

/// What rclpy 7.1.5 listed for parameters of these names: prefixes, depth, names, prefixes found.
type Listing = (
    &'static [&'static str],
    u64,
    &'static [&'static str],
    &'static [&'static str],
);

const LISTINGS_OF_RCLPY: &[Listing] = &[
    (&[], 1, &["top"], &[]),
    (&[], 2, &["top", "a.x"], &["a"]),
    (&["a"], 0, &["a.x", "a.b.y", "a.b.c.z"], &["a", "a.b", "a.b.c"]),
    (&["a"], 1, &["a.x"], &["a"]),
    (&["a"], 2, &["a.x", "a.b.y"], &["a", "a.b"]),
    (&["a.b", "top"], 1, &["top", "a.b.y"], &["a.b"]),
    (&["a."], 0, &[], &[]),
    (&["t"], 0, &[], &[]),
    (&[""], 0, &[], &[]),
];

#[test]
fn listings_are_those_of_rclpy() {
    #[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
    struct C {
        z: i64,
    }
    #[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
    struct B {
        y: i64,
        c: C,
    }
    #[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
    struct A {
        x: i64,
        b: B,
    }
    #[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
    struct Top {
        top: i64,
        a: A,
    }
    impl NodeParams for Top {}
    assert_eq!(hand().list(&[], 0).prefixes, ["thumb", "index"]);
    let declared = Declared::new(Top::default(), NoCommon {}).unwrap();
    assert_eq!(declared.list(&[], 0).names, ["top", "a.x", "a.b.y", "a.b.c.z"]);
    for (prefixes, depth, listed, found) in LISTINGS_OF_RCLPY {
        let result = declared.list(&names(prefixes), *depth);
        assert_eq!(
            (&result.names[..], &result.prefixes[..]),
            (&names(listed)[..], &names(found)[..]),
            "{prefixes:?} {depth}"
        );
    }
}

#[test]
fn a_parameter_of_the_node_and_of_every_node_is_one() {
    #[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
    #[serde(deny_unknown_fields, default)]
    struct Tagged {
        tags: Vec<String>,
        share: f64,
    }
    impl NodeParams for Tagged {}
    let mut declared = Declared::new(Tagged::default(), Common::default()).unwrap();
    assert_eq!(declared.list(&[], 0).names, ["tags", "share", "use_sim_time"]);
    let tags = Value::StringArray(vec!["test".into()]);
    let changes = declared.apply(&[Parameter::new("tags", tags)], false).unwrap();
    assert_eq!(changes.changed.len(), 1);
    assert_eq!(
        (&declared.value().tags[..], &declared.common().tags[..]),
        (&names(&["test"])[..], &names(&["test"])[..])
    );

    let own = Tagged {
        tags: names(&["a"]),
        share: 0.5,
    };
    let error = Declared::new(own, Common::default()).unwrap_err().to_string();
    assert!(error.contains("`tags`: expected the same"), "{error}");
}

#[test]
fn a_parameter_of_two_types_is_refused() {
    #[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
    struct Odd {
        use_sim_time: f64,
    }
    impl NodeParams for Odd {}
    let error = Declared::new(Odd::default(), Common::default())
        .unwrap_err()
        .to_string();
    assert!(error.contains("`use_sim_time` is declared twice"), "{error}");
}
