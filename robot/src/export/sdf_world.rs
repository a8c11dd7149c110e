//! A world for an exported robot: level ground, and the systems that its sensors need.

use super::xml_text::XmlText;

/// The file's name.
pub(super) const FILE: &str = "world.sdf";
/// Friction of the ground. Of two that touch, the smaller friction counts in Gazebo's DART, so that the robot's own does.
const GROUND_FRICTION: &str = "10";

/// The world. Cameras need the last of the systems, which draws.
pub(super) fn world(gravity_z: f64, has_camera: bool) -> String {
    let mut text = XmlText::new("Written by `sinew robot export`.");
    text.open("sdf", &[("version", "1.9")]);
    text.open("world", &[("name", "sinew")]);
    text.text("gravity", &format!("0 0 {gravity_z}"));
    text.open("physics", &[("name", "dart"), ("type", "dart")]);
    text.text("max_step_size", "0.001");
    text.text("real_time_factor", "1");
    text.close();
    let mut systems = vec![
        ("gz-sim-physics-system", "gz::sim::systems::Physics"),
        ("gz-sim-user-commands-system", "gz::sim::systems::UserCommands"),
        ("gz-sim-scene-broadcaster-system", "gz::sim::systems::SceneBroadcaster"),
        ("gz-sim-imu-system", "gz::sim::systems::Imu"),
    ];
    if has_camera {
        systems.push(("gz-sim-sensors-system", "gz::sim::systems::Sensors"));
    }
    for (filename, name) in systems {
        text.empty("plugin", &[("filename", filename), ("name", name)]);
    }
    text.open("light", &[("name", "sun"), ("type", "directional")]);
    text.text("cast_shadows", "true");
    text.text("pose", "0 0 10 0 0 0");
    text.text("diffuse", "0.8 0.8 0.8 1");
    text.text("direction", "-0.5 0.1 -0.9");
    text.close();
    text.open("model", &[("name", "ground")]);
    text.text("static", "true");
    text.open("link", &[("name", "ground")]);
    for tag in ["collision", "visual"] {
        text.open(tag, &[("name", tag)]);
        text.open("geometry", &[]);
        text.open("plane", &[]);
        text.text("normal", "0 0 1");
        text.text("size", "200 200");
        text.close();
        text.close();
        if tag == "collision" {
            text.open("surface", &[]);
            text.open("friction", &[]);
            text.open("ode", &[]);
            text.text("mu", GROUND_FRICTION);
            text.text("mu2", GROUND_FRICTION);
            text.close();
            text.close();
            text.close();
        }
        text.close();
    }
    text.finish()
}
