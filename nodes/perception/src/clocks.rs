//! Whether cameras stamp their images with this machine's time.

use std::collections::BTreeMap;

use sinew_messages::diagnostic_msgs::msg::{DiagnosticStatus, KeyValue};

use sinew_node::diagnostics::pair;
use sinew_node::stamps::ClockFault;

/// The clocks of all cameras, by the names of these.
#[derive(Debug, Default)]
pub(super) struct Clocks(BTreeMap<String, CameraClock>);

#[derive(Debug, Default)]
struct CameraClock {
    /// How long after its stamp the last image came, s.
    offset_secs: f64,
    /// What was wrong since the last report.
    fault: Option<ClockFault>,
    /// What was logged last.
    said: Option<ClockFault>,
}

impl Clocks {
    /// An image of this camera came so long after its stamp. What is wrong with that is logged once.
    pub(super) fn heard(&mut self, camera: &str, offset_secs: f64, fault: Option<ClockFault>) {
        let clock = self.0.entry(camera.to_owned()).or_default();
        clock.offset_secs = offset_secs;
        let Some(fault) = fault else { return };
        clock.fault = Some(fault);
        if clock.said.is_none_or(|said| !said.is_like(fault)) {
            clock.said = Some(fault);
            tracing::warn!("{}", complaint(camera, fault));
        }
    }

    /// How bad it has been since the last report, what there is to say, and the values of all cameras.
    pub(super) fn report(&mut self) -> (Option<(u8, String)>, Vec<KeyValue>) {
        let mut worst: Option<(u8, String)> = None;
        let mut values = Vec::new();
        for (camera, clock) in &mut self.0 {
            let offset = format!("{:.3}", clock.offset_secs);
            values.push(pair(&format!("{camera}.stamp_offset_secs"), offset));
            let Some(fault) = clock.fault.take() else { continue };
            let level = match fault.is_offset() {
                true => DiagnosticStatus::ERROR,
                false => DiagnosticStatus::WARN,
            };
            if worst.as_ref().is_none_or(|(worst, _)| level > *worst) {
                worst = Some((level, complaint(camera, fault)));
            }
        }
        (worst, values)
    }
}

fn complaint(camera: &str, fault: ClockFault) -> String {
    let so = match fault.is_offset() {
        true => "images are dropped",
        false => "ages count from when an image comes",
    };
    format!("{camera}/image_raw: {so}: {fault}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_is_wrong_for_as_long_as_images_say_so() {
        let mut clocks = Clocks::default();
        clocks.heard("left", 0.01, None);
        assert_eq!(clocks.report().0, None);
        clocks.heard("left", 0.01, Some(ClockFault::Unstamped));
        clocks.heard("right", -2.0, Some(ClockFault::Ahead(2.0)));
        let (worst, values) = clocks.report();
        let (level, message) = worst.unwrap();
        assert_eq!(level, DiagnosticStatus::ERROR);
        assert!(
            message.contains("right/image_raw") && message.contains("2.00 s ahead"),
            "{message}"
        );
        assert_eq!(values[1], pair("right.stamp_offset_secs", "-2.000"));
        clocks.heard("right", 0.02, None);
        assert_eq!(clocks.report().0, None);
    }
}
