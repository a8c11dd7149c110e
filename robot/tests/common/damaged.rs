//! Descriptions with anything in them, for those who must survive them.

use std::path::Path;

use proptest::prelude::*;

/// The files that are damaged here.
fn originals() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    [
        "sim/robots/strider/strider.xml",
        "sim/robots/strider/strider.urdf",
        "robot/tests/models/inertia.xml",
        "sim/tests/models/sled.xml",
        "sim/tests/models/pendulum.xml",
        "robot/tests/models/features.xml",
        "robot/tests/models/arm.urdf",
    ]
    .map(|path| std::fs::read_to_string(root.join(path)).unwrap())
    .to_vec()
}

fn original() -> impl Strategy<Value = String> {
    prop::sample::select(originals())
}

/// What a number or a name might be replaced with.
fn odd_value() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(vec![
            "",
            " ",
            "0",
            "-1",
            "1e-30",
            "1e8",
            "1e9",
            "1e30",
            "-1e300",
            "NaN",
            "inf",
            "-inf",
            "0 0 0",
            "0 0 0 0",
            "1 0 0",
            "1e9 1e9 1e9",
            "1 2 3 4 5 6 7 8 9",
            "true",
            "false",
            "auto",
            "free",
            "ball",
            "slide",
            "hinge",
            "mesh",
            "plane",
            "world",
            "left_foot",
            "./robot.xml",
            "é",
            "\u{0}",
        ])
        .prop_map(str::to_owned),
        any::<f64>().prop_map(|value| value.to_string()),
        (-10.0..10.0_f64).prop_map(|value| value.to_string()),
        "[ -~]{0,12}".prop_map(|text| text.replace(['"', '<', '&'], "")),
    ]
}

/// Positions of attribute values in a text, without their quotes.
fn values(text: &str) -> Vec<std::ops::Range<usize>> {
    let mut found = Vec::new();
    let mut rest = 0;
    while let Some(begin) = text[rest..].find("=\"").map(|at| rest + at + 2) {
        let Some(length) = text[begin..].find('"') else { break };
        found.push(begin..begin + length);
        rest = begin + length + 1;
    }
    found
}

/// Lines hold one element or tag each in the originals.
fn without_line(text: &str, line: usize) -> String {
    let lines = text.lines().enumerate().filter(|(k, _)| *k != line);
    lines.map(|(_, line)| line).collect::<Vec<_>>().join("\n")
}

/// Robots with other values.
fn other_values() -> impl Strategy<Value = Vec<u8>> {
    let changes = prop::collection::vec((any::<prop::sample::Index>(), odd_value()), 1..4);
    (original(), changes).prop_map(|(mut text, changes)| {
        for (place, value) in changes {
            let range = place.get(&values(&text)).clone();
            text.replace_range(range, &value);
        }
        text.into_bytes()
    })
}

/// Robots without some lines.
fn missing_lines() -> impl Strategy<Value = Vec<u8>> {
    let lines = prop::collection::vec(any::<prop::sample::Index>(), 1..3);
    (original(), lines).prop_map(|(mut text, lines)| {
        for line in lines {
            text = without_line(&text, line.index(text.lines().count()));
        }
        text.into_bytes()
    })
}

/// Robots that are cut short, or have some bytes changed.
fn changed_bytes() -> impl Strategy<Value = Vec<u8>> {
    let damage = prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4);
    (original(), any::<prop::sample::Index>(), damage).prop_map(|(text, cut, damage)| {
        let mut bytes = text.into_bytes();
        for (place, byte) in &damage {
            *place.get_mut(&mut bytes) = *byte;
        }
        if damage.is_empty() {
            bytes.truncate(cut.index(bytes.len()));
        }
        bytes
    })
}

/// Elements that belong to a description, in any order.
fn random_elements() -> impl Strategy<Value = Vec<u8>> {
    let words = prop::collection::vec(
        (
            prop::sample::select(vec![
                "body",
                "joint",
                "geom",
                "frame",
                "inertial",
                "site",
                "freejoint",
                "default",
                "compiler",
                "asset",
                "mesh",
                "actuator",
                "motor",
                "position",
                "general",
                "contact",
                "pair",
                "exclude",
                "keyframe",
                "key",
                "worldbody",
                "equality",
                "tendon",
                "include",
                "option",
                "flag",
                "link",
                "collision",
                "geometry",
                "box",
                "origin",
                "limit",
                "axis",
                "parent",
                "child",
                "mass",
                "inertia",
                "",
            ]),
            prop::sample::select(vec![
                "name",
                "class",
                "childclass",
                "type",
                "size",
                "pos",
                "quat",
                "range",
                "joint",
                "file",
                "mass",
                "diaginertia",
                "geom1",
                "geom2",
                "body1",
                "qpos",
                "fromto",
                "link",
                "xyz",
                "value",
                "mesh",
                "kp",
            ]),
            odd_value(),
        ),
        0..40,
    );
    (words, any::<bool>()).prop_map(|(words, urdf)| {
        let root = if urdf { "robot" } else { "mujoco" };
        let mut text = format!("<{root}>");
        let mut open = vec![root];
        for (tag, attribute, value) in words {
            if tag.is_empty() {
                if open.len() > 1 {
                    text += &format!("</{}>", open.pop().unwrap());
                }
            } else {
                text += &format!("<{tag} {attribute}=\"{value}\">");
                open.push(tag);
            }
        }
        while let Some(tag) = open.pop() {
            text += &format!("</{tag}>");
        }
        text.into_bytes()
    })
}

/// A file that is, was, or might have been a robot.
pub(crate) fn description() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![other_values(), missing_lines(), changed_bytes(), random_elements()]
}

/// A URDF of links in a row, joined by joints of this kind.
pub(crate) fn chain(links: usize, kind: &str) -> String {
    let inertial =
        r#"<inertial><mass value="1"/><inertia ixx="1" ixy="0" ixz="0" iyy="1" iyz="0" izz="1"/></inertial>"#;
    let mut text = "<robot name=\"chain\">".to_owned();
    for k in 0..links {
        text += &format!("<link name=\"l{k}\">{inertial}</link>");
        if k > 0 {
            text += &format!(
                "<joint name=\"j{k}\" type=\"{kind}\"><parent link=\"l{}\"/><child link=\"l{k}\"/></joint>",
                k - 1
            );
        }
    }
    text + "</robot>"
}
