//! The layout of an impedance command: a row for each joint, named joints and columns.

use sinew_control::state::JointCommand;
use sinew_messages::std_msgs::msg::{Float64MultiArray, MultiArrayDimension};

/// The columns of an impedance command.
const COLUMNS: &str = "position,velocity,effort,kp,kd";
const COLUMN_COUNT: usize = 5;

/// An impedance command without its rows.
pub fn empty_impedance(joints: &[&str]) -> Float64MultiArray {
    let dof = joints.len();
    let dimension = |label: &str, size: usize, stride: usize| MultiArrayDimension {
        label: label.to_owned(),
        size: size as u32,
        stride: stride as u32,
    };
    let mut message = Float64MultiArray {
        data: Vec::with_capacity(COLUMN_COUNT * dof),
        ..Float64MultiArray::default()
    };
    message.layout.dim = vec![
        dimension(&joints.join(","), dof, COLUMN_COUNT * dof),
        dimension(COLUMNS, COLUMN_COUNT, COLUMN_COUNT),
    ];
    message
}

/// Reads an impedance command into `command`, for a robot whose joint names are `joints`.
///
/// # Errors
/// What was expected, and what the message says instead.
pub fn read_impedance(
    message: &Float64MultiArray,
    joints: &[String],
    command: &mut JointCommand,
) -> Result<(), String> {
    let label = |i: usize| message.layout.dim.get(i).map_or("", |dim| dim.label.as_str());
    if !label(0).split(',').eq(joints.iter().map(String::as_str)) {
        return Err(format!("expected the joints {}, found {}", joints.join(","), label(0)));
    }
    if label(1) != COLUMNS {
        return Err(format!("expected the columns {COLUMNS}, found {}", label(1)));
    }
    let (expected, found) = (COLUMN_COUNT * joints.len(), message.data.len());
    if found != expected {
        return Err(format!("expected {expected} numbers, found {found}"));
    }
    for (j, row) in message.data.chunks_exact(COLUMN_COUNT).enumerate() {
        command.position[j] = row[0];
        command.velocity[j] = row[1];
        command.effort[j] = row[2];
        command.kp[j] = row[3];
        command.kd[j] = row[4];
    }
    Ok(())
}
