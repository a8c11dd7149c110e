//! What a message type is, as text: ROS 2's definitions, and MCAP's schemas of encoding `ros2msg` made of them.

use crate::Message;

/// What parts the definitions of a schema: a line of 80 `=`.
pub(crate) const SEPARATOR: &str = "================================================================================";

/// The definition of a message type, and those of the messages in its fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Definition {
    /// Full name of the type, for example `sensor_msgs/msg/JointState`.
    pub name: &'static str,
    /// A line for each constant, then one for each field, as in a `.msg` file; without comments, and with the package
    /// of each message that is named.
    pub text: &'static str,
    /// The messages in its fields, each once, in the order of the fields.
    pub nested: &'static [Definition],
}

impl Definition {
    /// The schema of encoding `ros2msg`: the type's own definition; behind it, each headed by a line of 80 `=` and a
    /// line `MSG: package/Name`, those of all messages in it, once each, in the order in which they are met.
    pub fn schema(&self) -> String {
        let mut out = self.text.to_owned();
        self.append_nested(&mut out, &mut Vec::new());
        out
    }

    fn append_nested(&self, out: &mut String, known: &mut Vec<&'static str>) {
        for nested in self.nested {
            if known.contains(&nested.name) {
                continue;
            }
            known.push(nested.name);
            let name = nested.name.replace("/msg/", "/");
            *out += &format!("{SEPARATOR}\nMSG: {name}\n{}", nested.text);
            nested.append_nested(out, known);
        }
    }
}

/// The schema of encoding `ros2msg` of the message type `M`, as MCAP's profile `ros2` has it.
///
/// ```
/// use sinew_messages::{schema, std_msgs::msg::Header};
///
/// let separator = "=".repeat(80);
/// let time = format!("{separator}\nMSG: builtin_interfaces/Time\nint32 sec\nuint32 nanosec\n");
/// assert_eq!(schema::<Header>(), format!("builtin_interfaces/Time stamp\nstring frame_id\n{time}"));
/// ```
pub fn schema<M: Message>() -> String {
    M::DEFINITION.schema()
}
