//! However large a description or its meshes are, reading them ends soon, with an error that names the file and the
//! limit.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::error::Error;
use std::fmt::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use sinew_robot::{DescriptionError, load};

/// Far more than any of these takes, far less than work without a limit would.
const SOON: Duration = Duration::from_secs(60);

fn robot(geoms: &str) -> String {
    format!(
        "<mujoco><compiler angle=\"radian\" meshdir=\".\"/><asset><mesh name=\"m\" file=\"m.obj\"/></asset><worldbody>\
         <body name=\"base\" pos=\"0 0 1\"><freejoint/>{geoms}<body pos=\"0 0 .1\"><joint name=\"j\" axis=\"0 0 1\" \
         range=\"-1 1\" actuatorfrcrange=\"-1 1\"/><geom type=\"sphere\" size=\".05\" mass=\".1\"/></body></body>\
         </worldbody><actuator><position joint=\"j\" kp=\"1\"/></actuator></mujoco>"
    )
}

fn urdf(collisions: &str) -> String {
    format!(
        "<robot name=\"r\"><link name=\"base\"><inertial><mass value=\"1\"/><inertia ixx=\"1\" iyy=\"1\" izz=\"1\" \
         ixy=\"0\" ixz=\"0\" iyz=\"0\"/></inertial>{collisions}</link></robot>"
    )
}

fn refusal(description: &str, mesh: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("m.obj"), mesh).unwrap();
    let file = folder.path().join("robot.xml");
    std::fs::write(&file, description).unwrap();
    let begin = Instant::now();
    let error = with_cause(&load(&file).unwrap_err());
    assert!(begin.elapsed() < SOON, "{:?} for {error}", begin.elapsed());
    error
}

/// An error as a program prints it.
fn with_cause(error: &DescriptionError) -> String {
    match error.source() {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}

fn many_triangles(count: usize) -> String {
    let mut text = String::new();
    for i in 0..count + 3 {
        let _ = writeln!(text, "v {} {} {}", i % 97, i % 89, i % 83);
    }
    for i in 1..=count {
        let _ = writeln!(text, "f {i} {} {}", i + 1, i + 2);
    }
    text
}

const CUBE: &str = "v 0 0 0\nv 1 0 0\nv 0 1 0\nv 0 0 1\nf 1 2 3\nf 1 2 4\nf 1 3 4\nf 2 3 4\n";
const MESH_GEOM: &str = "<geom type=\"mesh\" mesh=\"m\" mass=\"1\"/>";

#[test]
fn a_mesh_has_a_limit_of_triangles() {
    let fan = format!("{CUBE}f {}\n", "1 ".repeat(2_000_000));
    let error = refusal(&robot(MESH_GEOM), &fan);
    assert!(
        error.contains("m.obj: triangles exceed the limit of 1048576"),
        "{error}"
    );
    let vertices = "v 0 0 0\n".repeat(4_000_000);
    let error = refusal(&robot(MESH_GEOM), &vertices);
    assert!(error.contains("m.obj: it has more than 3145728 vertices"), "{error}");
}

#[test]
fn all_meshes_of_a_robot_have_one_too_however_often_a_file_is_used() {
    let mesh = many_triangles(300_000);
    let error = refusal(&robot(&MESH_GEOM.repeat(300)), &mesh);
    let expected = "robot.xml: triangles of all its meshes exceed the limit of 8388608";
    assert!(error.contains(expected), "{error}");
    let collision = "<collision><geometry><mesh filename=\"m.obj\"/></geometry></collision>";
    let error = refusal(&urdf(&collision.repeat(300)), &mesh);
    assert!(error.contains(expected), "{error}");
}

#[test]
fn a_description_has_a_limit_of_elements_and_of_their_depth() {
    let error = refusal(
        &robot(&"<geom type=\"sphere\" size=\".1\" mass=\"1\"/>".repeat(900_000)),
        CUBE,
    );
    assert!(
        error.contains("robot.xml: elements exceed the limit of 200000"),
        "{error}"
    );
    let deep = format!("{}{}", "<body>".repeat(200_000), "</body>".repeat(200_000));
    let error = refusal(&robot(&deep), CUBE);
    assert!(
        error.contains("robot.xml: nested elements exceed the limit of 200"),
        "{error}"
    );
}

#[test]
fn only_plain_files_are_read() {
    for (file, found) in [(Path::new("/dev/zero"), "a device"), (Path::new("/"), "a folder")] {
        let error = with_cause(&load(file).unwrap_err());
        assert!(
            error.contains(&format!("expected a plain file, found {found}")),
            "{error}"
        );
    }
    for (name, found) in [("/dev/zero", "a device"), ("/", "a folder")] {
        let included = format!("<mujoco><include file=\"{name}\"/></mujoco>");
        let error = refusal(&included, CUBE);
        assert!(
            error.contains(&format!("expected a plain file, found {found}")),
            "{error}"
        );
        let mesh = robot(MESH_GEOM).replace("m.obj", name);
        let error = refusal(&mesh, CUBE);
        assert!(error.contains(found), "{error}");
    }
}
