//! What each frame is made of: topics, the features that their messages give, and the numbers of these.

use sinew_messages::cdr;
use sinew_messages::dynamic::{Path, Schema, Value};
use sinew_messages::geometry_msgs::msg::{Point, Quaternion, Twist, TwistStamped, Vector3};
use sinew_messages::nav_msgs::msg::Odometry;
use sinew_messages::sensor_msgs::msg::{Imu, JointState};

use super::Options;
use crate::{ExportError, Recording, Topic};

const XYZ: [&str; 3] = ["x", "y", "z"];

/// A topic whose numbers go into frames.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) topic: String,
    /// What the stamp of its last message is called, behind `stamp.`.
    pub(super) stamp: String,
    reader: Reader,
    pub(super) features: Vec<Numbers>,
}

/// A feature of several numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Numbers {
    pub(super) key: String,
    pub(super) names: Vec<String>,
    /// Whether these are whole numbers.
    pub(super) is_whole: bool,
}

#[derive(Debug)]
enum Reader {
    /// For each feature the paths whose numbers it has, one after the other.
    Dynamic(Schema, Vec<Vec<Path>>),
    /// The joints in the order of the features; whether these are the state, or a command.
    Joints(Vec<String>, bool),
    Imu,
    Odometry,
    Twist,
    TwistStamped,
}

fn feature(key: &str, names: Vec<String>) -> Numbers {
    Numbers {
        key: key.to_owned(),
        names,
        is_whole: false,
    }
}

fn with_axes(quantities: &[&str]) -> Vec<String> {
    let named = |quantity: &&str| XYZ.map(|axis| format!("{quantity}.{axis}"));
    quantities.iter().flat_map(named).collect()
}

fn orientation() -> Vec<String> {
    ["x", "y", "z", "w"].map(|part| format!("orientation.{part}")).to_vec()
}

fn imu_names() -> Vec<String> {
    let mut names = orientation();
    names.extend(with_axes(&["angular_velocity", "linear_acceleration"]));
    names
}

fn of_joints(joints: &[String], quantity: &str) -> Vec<String> {
    joints.iter().map(|joint| format!("{joint}.{quantity}")).collect()
}

/// The sources of a recording; the first is the one with the state of the joints.
pub(super) fn sources(recording: &Recording, options: &Options) -> Result<Vec<Source>, ExportError> {
    let refuse = |problem: String| ExportError::recording(recording.path(), problem);
    let of_type = |types: &[&str]| -> Vec<&Topic> {
        let topics = recording.topics().iter();
        let fits =
            |topic: &&Topic| topic.messages > 0 && topic.is_readable() && types.contains(&topic.type_name.as_str());
        topics.filter(fits).collect()
    };
    let mut sources = Vec::new();
    let ticks = recording.topics().iter().filter(|topic| {
        let is_named = options.tick.as_ref().is_none_or(|name| *name == topic.name);
        is_named && topic.name.ends_with("/tick") && topic.messages > 0 && topic.is_readable()
    });
    let ticks: Vec<_> = ticks.collect();
    match ticks.as_slice() {
        [tick] => sources.push(tick_source(recording, tick, options.action.is_none())?),
        [] if options.tick.is_some() => {
            let name = options.tick.as_deref().unwrap_or_default();
            return Err(refuse(format!(
                "expected messages on the topic {name}, which ends in /tick; found none"
            )));
        }
        [] => {
            let topic = one(&of_type(&["sensor_msgs/msg/JointState"]), options.action.as_deref()).map_err(|found| {
                refuse(format!(
                    "expected a topic that ends in /tick, or one with joint states (sensor_msgs/msg/JointState); found {found}"
                ))
            })?;
            let joints = first_joints(recording, topic)?;
            let mut names = of_joints(&joints, "position");
            names.extend(of_joints(&joints, "velocity"));
            sources.push(Source {
                topic: topic.name.clone(),
                stamp: "state".to_owned(),
                reader: Reader::Joints(joints, true),
                features: vec![feature("observation.state", names)],
            });
        }
        several => {
            let names: Vec<_> = several.iter().map(|topic| topic.name.as_str()).collect();
            let names = names.join(", ");
            return Err(refuse(format!(
                "expected one topic that ends in /tick, found {names}; name one with --tick"
            )));
        }
    }
    if let Some(action) = &options.action {
        sources.push(action_source(recording, action)?);
    }
    let has = |sources: &[Source], key: &str| {
        let mut features = sources.iter().flat_map(|source| &source.features);
        features.any(|feature| feature.key == key)
    };
    if !has(&sources, "action") {
        let problem = "expected what was commanded: a topic that ends in /tick, or one that is named with --action; found neither";
        return Err(refuse(problem.to_owned()));
    }
    let odometry = of_type(&["nav_msgs/msg/Odometry"]);
    let imu = of_type(&["sensor_msgs/msg/Imu"]);
    let twist = of_type(&["geometry_msgs/msg/Twist", "geometry_msgs/msg/TwistStamped"]);
    for (key, topics) in [("imu", imu), ("odometry", odometry), ("command", twist)] {
        let topics: Vec<_> = topics
            .into_iter()
            .filter(|topic| options.action.as_ref() != Some(&topic.name))
            .collect();
        if has(&sources, &format!("observation.{key}")) {
            continue;
        }
        for topic in &topics {
            let key = if topics.len() == 1 {
                key.to_owned()
            } else {
                format!("{key}.{}", slug(&topic.name))
            };
            sources.push(topic_source(topic, &key, &format!("observation.{key}")));
        }
    }
    Ok(sources)
}

/// The only topic but for the one that commands.
fn one<'a>(topics: &[&'a Topic], action: Option<&str>) -> Result<&'a Topic, String> {
    let states: Vec<_> = topics
        .iter()
        .filter(|topic| Some(topic.name.as_str()) != action)
        .collect();
    match states.as_slice() {
        [topic] => Ok(topic),
        [] => Err("neither".to_owned()),
        several => Err(several
            .iter()
            .map(|topic| topic.name.as_str())
            .collect::<Vec<_>>()
            .join(", ")),
    }
}

/// A topic's name as part of a feature's.
pub(super) fn slug(topic: &str) -> String {
    topic.trim_matches('/').replace('/', "_")
}

fn topic_source(topic: &Topic, stamp: &str, key: &str) -> Source {
    let (reader, names) = match topic.type_name.as_str() {
        "sensor_msgs/msg/Imu" => (Reader::Imu, imu_names()),
        "nav_msgs/msg/Odometry" => {
            let mut names = with_axes(&["position"]);
            names.extend(orientation());
            names.extend(with_axes(&["linear_velocity", "angular_velocity"]));
            (Reader::Odometry, names)
        }
        "geometry_msgs/msg/TwistStamped" => (Reader::TwistStamped, with_axes(&["linear", "angular"])),
        _ => (Reader::Twist, with_axes(&["linear", "angular"])),
    };
    Source {
        topic: topic.name.clone(),
        stamp: stamp.to_owned(),
        reader,
        features: vec![feature(key, names)],
    }
}

fn action_source(recording: &Recording, name: &str) -> Result<Source, ExportError> {
    let known = recording
        .topic(name)
        .filter(|topic| topic.messages > 0 && topic.is_readable());
    let wanted = [
        "sensor_msgs/msg/JointState",
        "geometry_msgs/msg/Twist",
        "geometry_msgs/msg/TwistStamped",
    ];
    let topic = known
        .filter(|topic| wanted.contains(&topic.type_name.as_str()))
        .ok_or_else(|| {
            let found = known.map_or("no message there", |topic| &topic.type_name);
            let wanted = wanted.join(", ");
            ExportError::recording(
                recording.path(),
                format!("--action {name}: expected one of {wanted}, found {found}"),
            )
        })?;
    if topic.type_name != wanted[0] {
        return Ok(topic_source(topic, "action", "action"));
    }
    let joints = first_joints(recording, topic)?;
    let names = of_joints(&joints, "position");
    Ok(Source {
        topic: topic.name.clone(),
        stamp: "action".to_owned(),
        reader: Reader::Joints(joints, false),
        features: vec![feature("action", names)],
    })
}

fn first_joints(recording: &Recording, topic: &Topic) -> Result<Vec<String>, ExportError> {
    let (log_time, data) = recording.first(&topic.name)?;
    let state = cdr::decode::<JointState>(&data);
    let wrong = |error: cdr::DecodeError| recording.bad_message(&topic.name, log_time, error.to_string());
    Ok(state.map_err(wrong)?.name)
}

/// The features that come of the record of a tick, whichever of their fields its schema has.
fn tick_source(recording: &Recording, topic: &Topic, with_action: bool) -> Result<Source, ExportError> {
    let refuse = |problem: String| ExportError::recording(recording.path(), format!("{}: {problem}", topic.name));
    let schema = recording.schema(topic)?;
    let joints = topic
        .metadata
        .get("joint_names")
        .map(String::as_str)
        .unwrap_or_default();
    let joints: Vec<_> = joints
        .split(',')
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect();
    if joints.is_empty() {
        return Err(refuse(
            "expected the names of the joints in the channel's metadata, `joint_names`; found none".to_owned(),
        ));
    }
    let path = |name: &str| schema.path(&format!("state.{name}")).or_else(|| schema.path(name));
    let found = || {
        let found: Vec<_> = schema.root().fields.iter().map(|field| field.name.as_str()).collect();
        found.join(", ")
    };
    let (Some(position), Some(velocity)) = (path("position"), path("velocity")) else {
        return Err(refuse(format!(
            "expected the fields position and velocity, found {}",
            found()
        )));
    };
    let mut state = of_joints(&joints, "position");
    state.extend(of_joints(&joints, "velocity"));
    let mut features = vec![feature("observation.state", state)];
    let mut paths = vec![vec![position, velocity]];
    if with_action {
        let Some(written) = path("written_position") else {
            return Err(refuse(format!(
                "expected the field written_position, found {}",
                found()
            )));
        };
        features.push(feature("action", of_joints(&joints, "position")));
        paths.push(vec![written]);
    }
    if let (Some(q), Some(w), Some(a)) = (
        path("imu_orientation"),
        path("imu_angular_velocity"),
        path("imu_linear_acceleration"),
    ) {
        features.push(feature("observation.imu", imu_names()));
        paths.push(vec![q, w, a]);
    }
    if let Some(command) = schema.path("command") {
        let names = ["linear.x", "linear.y", "angular.z"].map(str::to_owned).to_vec();
        features.push(feature("observation.command", names));
        paths.push(vec![command]);
    }
    if let Some(mode) = schema.path("mode") {
        let mode_feature = Numbers {
            is_whole: true,
            ..feature("mode", vec!["mode".to_owned()])
        };
        features.push(mode_feature);
        paths.push(vec![mode]);
    }
    Ok(Source {
        topic: topic.name.clone(),
        stamp: "state".to_owned(),
        reader: Reader::Dynamic(schema, paths),
        features,
    })
}

impl Source {
    /// The numbers of a message for each feature.
    pub(super) fn numbers(&self, data: &[u8]) -> Result<Vec<Vec<f64>>, String> {
        let numbers = self.read(data)?;
        for (feature, numbers) in self.features.iter().zip(&numbers) {
            let [expected, found] = [feature.names.len(), numbers.len()];
            if expected != found {
                return Err(format!("{}: expected {expected} numbers, found {found}", feature.key));
            }
        }
        Ok(numbers)
    }

    fn read(&self, data: &[u8]) -> Result<Vec<Vec<f64>>, String> {
        let wrong = |error: cdr::DecodeError| error.to_string();
        Ok(match &self.reader {
            Reader::Dynamic(schema, features) => {
                let message = schema.decode(data).map_err(|error| error.to_string())?;
                features
                    .iter()
                    .map(|paths| at(&message, paths))
                    .collect::<Result<_, _>>()?
            }
            Reader::Joints(joints, is_state) => {
                let state: JointState = cdr::decode(data).map_err(wrong)?;
                if state.name != *joints {
                    return Err(format!(
                        "expected the joints {}, found {}",
                        joints.join(", "),
                        state.name.join(", ")
                    ));
                }
                let mut numbers = state.position;
                if *is_state {
                    numbers.extend(state.velocity);
                }
                vec![numbers]
            }
            Reader::Imu => {
                let imu: Imu = cdr::decode(data).map_err(wrong)?;
                vec![
                    [
                        quaternion(&imu.orientation),
                        vector(&imu.angular_velocity),
                        vector(&imu.linear_acceleration),
                    ]
                    .concat(),
                ]
            }
            Reader::Odometry => {
                let odometry: Odometry = cdr::decode(data).map_err(wrong)?;
                let (pose, twist) = (&odometry.pose.pose, &odometry.twist.twist);
                let Point { x, y, z } = pose.position;
                vec![[vec![x, y, z], quaternion(&pose.orientation), velocity(twist)].concat()]
            }
            Reader::Twist => vec![velocity(&cdr::decode(data).map_err(wrong)?)],
            Reader::TwistStamped => vec![velocity(&cdr::decode::<TwistStamped>(data).map_err(wrong)?.twist)],
        })
    }
}

fn at(message: &Value, paths: &[Path]) -> Result<Vec<f64>, String> {
    let mut numbers = Vec::new();
    for path in paths {
        let value = message.at(path).and_then(Value::numbers);
        numbers.extend(value.ok_or("expected numbers, found something else")?);
    }
    Ok(numbers)
}

fn vector(vector: &Vector3) -> Vec<f64> {
    vec![vector.x, vector.y, vector.z]
}

fn quaternion(quaternion: &Quaternion) -> Vec<f64> {
    vec![quaternion.x, quaternion.y, quaternion.z, quaternion.w]
}

fn velocity(twist: &Twist) -> Vec<f64> {
    [vector(&twist.linear), vector(&twist.angular)].concat()
}
