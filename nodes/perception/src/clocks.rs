//! Whether cameras stamp their images with this machine's time.

use std::collections::BTreeMap;

use sinew_messages::diagnostic_msgs::msg::DiagnosticStatus;

use sinew_node::report::{Gauge, Part, Unit};
use sinew_node::stamps::ClockFault;

/// The clocks of all cameras, by the names of these.
#[derive(Debug)]
pub(super) struct Clocks(BTreeMap<String, CameraClock>);

#[derive(Debug)]
struct CameraClock {
    /// How long after its stamp the last image came, s.
    offset_secs: Gauge,
    /// What was wrong since the last report.
    fault: Option<ClockFault>,
    /// What was logged last.
    said: Option<ClockFault>,
}

impl Clocks {
    /// Of these cameras; what is not heard of is not reported.
    pub(super) fn new(part: &Part, cameras: &[String]) -> Self {
        let mut names = cameras.to_vec();
        names.sort();
        let clock = |camera: String| {
            let name = format!("{camera}.stamp_offset_secs");
            let help = "How long after its stamp the camera's last image came.";
            let clock = CameraClock {
                offset_secs: part.gauge(name, Unit::Seconds, 3, help),
                fault: None,
                said: None,
            };
            (camera, clock)
        };
        Self(names.into_iter().map(clock).collect())
    }

    /// An image of this camera came so long after its stamp. What is wrong with that is logged once.
    pub(super) fn heard(&mut self, camera: &str, offset_secs: f64, fault: Option<ClockFault>) {
        let Some(clock) = self.0.get_mut(camera) else { return };
        clock.offset_secs.set(offset_secs);
        let Some(fault) = fault else { return };
        clock.fault = Some(fault);
        if clock.said.is_none_or(|said| !said.is_like(fault)) {
            clock.said = Some(fault);
            tracing::warn!("{}", complaint(camera, fault));
        }
    }

    /// How bad it has been since the last report, and what there is to say.
    pub(super) fn judge(&mut self) -> Option<(u8, String)> {
        let mut worst: Option<(u8, String)> = None;
        for (camera, clock) in &mut self.0 {
            let Some(fault) = clock.fault.take() else { continue };
            let level = if fault.is_offset() {
                DiagnosticStatus::ERROR
            } else {
                DiagnosticStatus::WARN
            };
            if worst.as_ref().is_none_or(|(worst, _)| level > *worst) {
                worst = Some((level, complaint(camera, fault)));
            }
        }
        worst
    }
}

fn complaint(camera: &str, fault: ClockFault) -> String {
    let so = if fault.is_offset() {
        "images are dropped"
    } else {
        "ages count from when an image comes"
    };
    format!("{camera}/image_raw: {so}: {fault}")
}

#[cfg(test)]
mod tests {
    use sinew_node::report::Registry;

    use super::*;

    #[test]
    fn a_clock_is_wrong_for_as_long_as_images_say_so() {
        let part = Registry::default().part("model", "ball.onnx");
        let mut clocks = Clocks::new(&part, &["right".to_owned(), "left".to_owned()]);
        clocks.heard("left", 0.01, None);
        assert_eq!(clocks.judge(), None);
        clocks.heard("left", 0.01, Some(ClockFault::Unstamped));
        clocks.heard("right", -2.0, Some(ClockFault::Ahead(2.0)));
        let (level, message) = clocks.judge().unwrap();
        assert_eq!(level, DiagnosticStatus::ERROR);
        assert!(
            message.contains("right/image_raw") && message.contains("2.00 s ahead"),
            "{message}"
        );
        let right = part.status("perception").values.remove(1);
        assert_eq!(
            (right.key.as_str(), right.value.as_str()),
            ("right.stamp_offset_secs", "-2.000")
        );
        clocks.heard("right", 0.02, None);
        assert_eq!(clocks.judge(), None);
    }
}
