//! Who asked a node for what while it was recorded.

use serde::Serialize;
use sinew_messages::cdr;
use sinew_messages::diagnostic_msgs::msg::DiagnosticArray;
use sinew_recording::{Reader, RecordingError};

const TOPIC: &str = "/interventions";
/// Most that are kept of one recording.
const MOST: usize = 1000;

/// Somebody asked a node to change something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Intervention {
    /// When it was recorded, ns since 1970.
    pub recorded_nanos: u64,
    /// The node that was asked, such as `/control`.
    pub node: String,
    /// Who asked for what, such as `/panel asked for ~/stop`.
    pub what: String,
    /// From where: `this process`, or the GUID of a DDS endpoint.
    pub origin: String,
}

/// Adds those of a file to `all`. What is no such message is none.
///
/// # Errors
/// Where the file cannot be read.
pub(super) fn add(reader: &Reader, all: &mut Vec<Intervention>) -> Result<(), RecordingError> {
    for message in reader.messages_of(Some(&[TOPIC]))? {
        let message = match message {
            // What a file without an end has was read.
            Err(error) if error.is_cut() => break,
            message => message?,
        };
        let Ok(told) = cdr::decode::<DiagnosticArray>(&message.data) else {
            continue;
        };
        for status in told.status {
            if all.len() == MOST {
                return Ok(());
            }
            all.push(Intervention {
                recorded_nanos: message.log_time_nanos,
                node: status.name,
                what: status.message,
                origin: status.hardware_id,
            });
        }
    }
    Ok(())
}
