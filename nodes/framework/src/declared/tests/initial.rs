use super::*;

type Loaded = Result<Declared<Hand, Common>, InitialError>;

fn section(text: &str) -> Layer {
    Layer::section("hand.yaml", "/left/hand", yaml(text))
}

fn load(layers: &[Layer]) -> Loaded {
    Declared::from_layers("hand", layers)
}

fn refusal(layers: &[Layer]) -> String {
    load(layers).unwrap_err().to_string()
}

#[test]
fn nested_and_dotted_keys_give_the_same() {
    let nested = load(&[section(
        "{thumb: {force_n: 6.0}, use_sim_time: true, gains: {'.*_tip': 2.0}}",
    )])
    .unwrap();
    let dotted = load(&[section(
        "{thumb.force_n: 6, use_sim_time: true, gains: {'.*_tip': 2.0}}",
    )])
    .unwrap();
    assert_eq!(nested.value(), dotted.value());
    assert_eq!(nested.value().thumb.force_n, 6.0);
    assert_eq!(nested.value().gains[".*_tip"], 2.0);
    assert!(nested.common().use_sim_time);
}

#[test]
fn later_layers_win_and_read_only_values_are_taken() {
    let layers = [
        section("{model: a.urdf, thumb: {force_n: 6.0, joints: 2}, anything: {x: [1]}}"),
        Layer::argument("hand", "thumb.force_n", "7.5", false).unwrap(),
        Layer::argument("hand", "name", "left", false).unwrap(),
    ];
    let declared = load(&layers).unwrap();
    let hand = declared.value();
    assert_eq!((hand.thumb.force_n, hand.thumb.joints), (7.5, 2));
    assert_eq!(
        (hand.model.to_str(), hand.name.as_deref()),
        (Some("a.urdf"), Some("left"))
    );
    assert_eq!(hand.anything["x"][0], serde_yaml_ng::Value::from(1));
}

#[test]
fn a_set_leaves_what_is_no_parameter_as_it_was() {
    let mut declared = load(&[section("{anything: {x: [1]}, gains: {a: 1.0}}")]).unwrap();
    declared
        .apply(&[Parameter::new("offset", Value::Integer(1))], false)
        .unwrap();
    assert_eq!(declared.value().anything["x"][0], serde_yaml_ng::Value::from(1));
    assert_eq!(declared.value().gains["a"], 1.0);
}

#[test]
fn errors_name_file_node_key_expectation_and_finding() {
    for (text, said) in [
        (
            "thumb: {force_n: strong}",
            "`thumb.force_n`: expected double from 0.5 to 20.0, found string \"strong\"",
        ),
        (
            "thumb: {force_n: .nan}",
            "`thumb.force_n`: expected double from 0.5 to 20.0, found NaN",
        ),
        (
            "thumb: {forse_n: 1.0}",
            "`thumb.forse_n`: no such parameter; did you mean `thumb.force_n`?",
        ),
        ("thumb: 3", "`thumb`: expected parameters below it, found number 3"),
        (
            "thumb: {least_force_n: 6.0}",
            "`thumb.least_force_n`: expected 0 to 5, found 6",
        ),
        ("lit: null", "`lit`: expected boolean, found no value"),
        ("name: 3", "`name`: expected string, found number 3"),
        (
            "seed: 18446744073709551615",
            "`seed`: expected integer from 0 to 9223372036854775807",
        ),
        (
            "pose: [1.0, x]",
            "`pose`: expected double array, found a list with string \"x\"",
        ),
        ("axis: [1.0]", "`axis`"),
        ("lit: [[1]]", "found a list of lists"),
        ("lit: {a: 1}", "found a mapping"),
        ("lit: !odd 1", "found a value with the tag !odd"),
        ("3: 4", "expected the name of a parameter, found number 3"),
        ("gains: 3", "`gains`"),
    ] {
        let error = refusal(&[section(text)]);
        assert!(error.contains(said), "{error}\nlacks {said}");
        assert!(error.starts_with("hand.yaml: node `"), "{error}");
    }
}

#[test]
fn a_key_of_another_node_is_no_error_where_it_may_be_one() {
    let keys = || yaml("{use_sim_time: true, robot_description: robot.urdf}");
    let declared = load(&[Layer::shared("hand.yaml", "/**", keys())]).unwrap();
    assert!(declared.common().use_sim_time);
    let error = refusal(&[Layer::section("hand.yaml", "hand", keys())]);
    assert!(error.contains("`robot_description`: no such parameter"), "{error}");
    // A value of the wrong type is one everywhere.
    let error = refusal(&[Layer::shared("hand.yaml", "/**", yaml("{use_sim_time: 3}"))]);
    assert!(
        error.contains("node `/**`: `use_sim_time`: expected boolean"),
        "{error}"
    );
}

#[test]
fn arguments_that_cannot_be_are_named() {
    let error = Layer::argument("hand", "lit", "[", false).unwrap_err().to_string();
    assert!(
        error.starts_with("-p lit:=[: node `hand`: `lit`: expected a value as in YAML"),
        "{error}"
    );
    let error = refusal(&[Layer::argument("hand", "lid", "true", false).unwrap()]);
    assert!(
        error.starts_with("-p lid:=true: node `hand`: `lid`: no such parameter; did you mean `lit`?"),
        "{error}"
    );
    assert!(load(&[Layer::argument("hand", "lid", "true", true).unwrap()]).is_ok());
}

#[test]
fn a_parameter_without_default_must_be_given() {
    #[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
    struct Policy {
        path: PathBuf,
    }
    #[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
    struct Walker {
        policy: Policy,
    }
    impl NodeParams for Walker {}
    let section = |text: &str| Layer::section("w.yaml", "walker", yaml(text));
    let load = |text: &str| Declared::<Walker>::from_layers("walker", &[section("{}"), section(text)]);
    let error = load("{policy: {}}").unwrap_err().to_string();
    assert_eq!(error, "w.yaml: node `walker`: missing field `policy`");
    let declared = load("{policy.path: walk.onnx}").unwrap();
    assert_eq!(declared.value().policy.path.to_str(), Some("walk.onnx"));
}
