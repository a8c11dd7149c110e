//! The schemas of all types say what the types are: to Sinew's own parser, and to an independent one.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod random;
mod sample;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use sinew_messages::generate::{Source, generate};
use sinew_messages::{Definition, Message, cdr, for_each_message, for_each_request_and_response, schema};

/// The definitions of all shipped types.
fn shipped() -> Vec<Definition> {
    let mut all = Vec::new();
    macro_rules! add {
        ($message:ty) => {
            all.push(<$message>::DEFINITION)
        };
    }
    for_each_message!(add);
    for_each_request_and_response!(add);
    all
}

/// A generated file without its comments, which have the declarations as their authors wrote them.
fn without_comments(source: &str) -> String {
    let lines = source.lines().filter(|line| !line.trim_start().starts_with("///"));
    lines.map(|line| format!("{line}\n")).collect()
}

#[test]
fn types_made_from_their_own_definitions_are_the_same() {
    let mut packages: BTreeMap<&str, BTreeMap<String, String>> = BTreeMap::new();
    for Definition { name, text, .. } in shipped() {
        let (package, rest) = name.split_once('/').unwrap();
        let files = packages.entry(package).or_default();
        match rest.rsplit_once('_') {
            None => files.insert(format!("{rest}.msg"), text.to_owned()).map_or((), drop),
            // The list has the request first.
            Some((service, "Request")) => drop(files.insert(format!("{service}.srv"), format!("{text}---\n"))),
            Some((service, _)) => *files.get_mut(&format!("{service}.srv")).unwrap() += text,
        }
    }
    for (package, files) in packages {
        let sources: Vec<_> = files.iter().map(|(file, text)| Source { file, text }).collect();
        let again = generate(package, &sources, &[], "sinew_messages").unwrap();
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("src/ros/{package}.rs"));
        let committed = fs::read_to_string(file).unwrap();
        assert_eq!(without_comments(&again), without_comments(&committed), "{package}");
    }
}

#[test]
fn a_schema_has_each_nested_definition_once_in_the_order_of_appearance() {
    for definition in shipped() {
        let schema = definition.schema();
        let mut headings = Vec::new();
        for line in schema.lines() {
            headings.extend(line.strip_prefix("MSG: "));
            // A field of another message says its package.
            let first = line.split([' ', '[']).next().unwrap();
            assert!(
                first.is_empty() || first.starts_with('=') || !first.starts_with(char::is_uppercase) || first == "MSG:"
            );
        }
        let mut once = headings.clone();
        once.sort_unstable();
        once.dedup();
        assert_eq!(once.len(), headings.len(), "{schema}");
        for heading in &headings {
            let used = schema
                .lines()
                .any(|line| line.split([' ', '[']).next() == Some(heading));
            assert!(
                used,
                "{heading} is in the schema of {} and no field is of it",
                definition.name
            );
        }
    }
    let header = "=".repeat(80) + "\nMSG: std_msgs/Header\nbuiltin_interfaces/Time stamp\nstring frame_id\n";
    let time = "=".repeat(80) + "\nMSG: builtin_interfaces/Time\nint32 sec\nuint32 nanosec\n";
    let twist =
        "=".repeat(80) + "\nMSG: geometry_msgs/Twist\ngeometry_msgs/Vector3 linear\ngeometry_msgs/Vector3 angular\n";
    let vector = "=".repeat(80) + "\nMSG: geometry_msgs/Vector3\nfloat64 x\nfloat64 y\nfloat64 z\n";
    assert_eq!(
        schema::<sinew_messages::geometry_msgs::msg::TwistStamped>(),
        format!("std_msgs/Header header\ngeometry_msgs/Twist twist\n{header}{time}{twist}{vector}")
    );
}

#[test]
fn bounds_arrays_defaults_and_constants_of_a_users_package_are_kept() {
    let text = sample::hand_msgs::msg::Everything::DEFINITION.text;
    for line in [
        "bool OPEN=true",
        "byte LOW=15",
        "char LETTER=65",
        r#"string GREETING="it's \"here\"""#,
        "string<=10 short \"abc\"",
        r#"string[] words ["a, b", "c"]"#,
        "float64[3] three [1.0, 2.0, 3.0]",
        "int32[<=4] few",
        "hand_msgs/Finger[40] fingers",
        "arm_msgs/Arm arm",
    ] {
        assert!(text.lines().any(|found| found == line), "{line} is not in\n{text}");
    }
    assert!(schema::<sample::hand_msgs::msg::Everything>().contains("MSG: geometry_msgs/Pose\n"));
}

/// `mcap-ros2-support` reads messages by what their schemas say.
#[test]
fn an_independent_reader_reads_every_message_by_its_schema() {
    let Some(python) = std::env::var_os("SINEW_READERS") else {
        eprintln!("skipped: `cargo xtask test` makes the Python environment that SINEW_READERS must name");
        return;
    };
    let mut lines = String::new();
    macro_rules! add {
        ($message:ty) => {
            for seed in 0..4 {
                let message: $message = random::message(seed, if <$message>::TYPE.contains("Descri") { 1 } else { 4 });
                lines += &line(&message);
            }
        };
    }
    for_each_message!(add);
    for_each_request_and_response!(add);
    add!(sample::hand_msgs::msg::Everything);
    add!(sample::hand_msgs::msg::String);
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("schemas");
    fs::create_dir_all(&folder).unwrap();
    let file = folder.join("messages.jsonl");
    fs::write(&file, &lines).unwrap();
    let output = Command::new(Path::new(&python).join("bin/python"))
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/schemas.py"))
        .arg(&file)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{said}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert_eq!(said.trim(), lines.lines().count().to_string());
}

/// Type, schema, bytes and values of a message, as a line of JSON.
fn line<M: Message>(message: &M) -> String {
    let mut bytes = Vec::new();
    cdr::encode(message, &mut bytes).unwrap();
    let hex = bytes.iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    });
    let values = serde_json::to_value(message).unwrap();
    let line = serde_json::json!({"type": M::TYPE, "schema": schema::<M>(), "bytes": hex, "values": values});
    format!("{line}\n")
}
