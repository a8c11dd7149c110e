//! What a candidate would ask the drives for beside its targets: stiffness and damping.

use sinew_control::contract::PolicyContract;
use sinew_control::gate::SafetyParams;
use sinew_control::policies::rest_command;
use sinew_control::robot::RobotDescription;

/// Expects the gains of a candidate to be those of the policy in charge within a factor of `most`, joint by joint.
///
/// # Errors
/// Names the first joint where they are not, with both numbers.
pub(super) fn expect_alike(
    [candidate, in_charge]: [&PolicyContract; 2],
    robot: &RobotDescription,
    safety: &SafetyParams,
    most: f64,
) -> Result<(), String> {
    let [candidate, in_charge] = [candidate, in_charge].map(|contract| rest_command(contract, robot, safety));
    let gains = [
        ("stiffness", "N·m/rad", &candidate.kp, &in_charge.kp),
        ("damping", "N·m·s/rad", &candidate.kd, &in_charge.kd),
    ];
    for (gain, unit, candidate, in_charge) in gains {
        for (joint, (found, now)) in robot.joints.iter().zip(candidate.iter().zip(in_charge)) {
            let is_alike = if *now == 0.0 {
                *found == 0.0
            } else {
                *found > 0.0 && (now / most..=now * most).contains(found)
            };
            if !is_alike {
                return Err(format!(
                    "{gain} of {}: expected that in charge, {now} {unit}, within a factor of {most}, and some where it has \
                     some, found {found} {unit} (`max_gain_factor`)",
                    joint.name
                ));
            }
        }
    }
    Ok(())
}
