//! The node `health`: how the machine below the robot is, and what is done where it is too hot.
//!
//! | in | type | |
//! |---|---|---|
//! | `control/mode` | `std_msgs/String` | whether the robot moves |
//!
//! | out | type | |
//! |---|---|---|
//! | `velocity_scale` | `std_msgs/Float64` | latched: what `control` multiplies commanded velocities with, 0 to 1 |
//! | `/diagnostics` | `diagnostic_msgs/DiagnosticArray` | 1 Hz: computer, temperature, power, throttling, memory |
//!
//! It calls `control/stop` (`std_srvs/Trigger`) where the machine is about to end for heat while the robot moves.
//!
//! What is read, and on which machines, says the library `sinew-health`; `sinew doctor` reads the same. A thread of its
//! own reads: a sensor that does not answer delays nobody, and is told.

mod judgement;
mod node;
mod overheating;
mod params;
mod reports;
mod throttling;

pub use node::Health;
pub use overheating::{Demand, Overheating};
pub use params::{HealthParams, OverheatingParams};
pub use throttling::THROTTLED;
