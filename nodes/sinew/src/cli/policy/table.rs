//! A contract as a table: `sinew policy check`.

use sinew_control::contract::HistoryLayout;
use sinew_control::observation::TermLayout;

use super::PolicyCase;

/// As many places of a term's parts in the observation are listed; then it goes on in the same way.
const LISTED_STARTS: usize = 3;

/// Prints the contract as it was understood.
pub(super) fn print(case: &PolicyCase) {
    let PolicyCase {
        robot,
        contract,
        observation,
        ..
    } = case;
    println!(
        "policy {} ({}), {} Hz",
        contract.name, contract.dialect, contract.policy_rate_hz
    );
    let ranges = &contract.command_ranges;
    println!(
        "commands: vx {:?} m/s, vy {:?} m/s, yaw rate {:?} rad/s",
        ranges.lin_vel_x, ranges.lin_vel_y, ranges.ang_vel_z
    );
    println!(
        "\n  {:<28} {:>5} {:>7} {:>13}  settings",
        "observation", "size", "history", "starts at"
    );
    match observation {
        Ok(builder) => {
            let layout = builder.term_layout();
            let starts = starts(contract.history_layout, layout);
            for ((term, spec), starts) in layout.iter().zip(&contract.observations).zip(&starts) {
                let clip = spec.clip.map_or(String::new(), |clip| format!(" clip {clip:?}"));
                let scale = match &spec.scale[..] {
                    [] => String::new(),
                    [one] => format!("scale {one}"),
                    many if many.iter().all(|s| *s == many[0]) => format!("scale {}", many[0]),
                    many => format!("scale {many:?}"),
                };
                let params: String = spec
                    .params
                    .iter()
                    .map(|(key, value)| format!(" {key} {value:?}"))
                    .collect();
                println!(
                    "  {:<28} {:>5} {:>7} {:>13}  {scale}{clip}{params}",
                    term.name,
                    term.len,
                    term.history,
                    listed(starts)
                );
            }
            println!("  {:<28} {:>5}", "in all", builder.len());
            if contract.observations.iter().any(|term| term.history > 1) {
                println!(
                    "  histories: {:?}, {}, begun by {:?}",
                    contract.history_layout,
                    order(contract.history_layout, layout),
                    contract.history_start
                );
            }
        }
        Err(_) => {
            for spec in &contract.observations {
                println!("  {:<28}     ? {:>7}", spec.name, spec.history);
            }
        }
    }
    if let Some([low, high]) = contract.action.clip {
        println!("\n  actions are clipped to {low} to {high} before they are scaled");
    }
    println!(
        "\n  {:<28} {:>8} {:>8} {:>8} {:>8} {:>8}  robot's limits",
        "joint (policy order)", "rest", "scale", "offset", "kp", "kd"
    );
    let at = |values: &[f64], i: usize| values.get(i).map_or("?".to_owned(), |v| format!("{v:.3}"));
    for (i, name) in contract.joint_names.iter().enumerate() {
        let limits = match robot.joint_index(name) {
            Some(j) => {
                let joint = &robot.joints[j];
                format!(
                    "{:+.3} to {:+.3} rad, {} N·m",
                    joint.lower_rad, joint.upper_rad, joint.effort_nm
                )
            }
            None => "no such joint".to_owned(),
        };
        let clip = contract.action.target_clip.get(i);
        let clip = clip.map_or(String::new(), |[low, high]| {
            format!(", targets clipped to {low:+.3} to {high:+.3}")
        });
        println!(
            "  {name:<28} {:>8} {:>8} {:>8} {:>8} {:>8}  {limits}{clip}",
            at(&contract.default_joint_pos, i),
            at(&contract.action.scale, i),
            at(&contract.action.offset, i),
            at(&contract.joint_stiffness, i),
            at(&contract.joint_damping, i)
        );
    }
    print_others(case);
    println!();
}

/// Joints that the policy does not drive.
fn print_others(case: &PolicyCase) {
    let contract = &case.contract;
    let mut others = case
        .robot
        .joints
        .iter()
        .filter(|joint| !contract.joint_names.contains(&joint.name))
        .peekable();
    if others.peek().is_some() {
        println!(
            "\n  {:<28} {:>8} {:>26} {:>8}",
            "joint, held at rest", "rest", "kp", "kd"
        );
    }
    for joint in others {
        let held = contract.other_joints.iter().find(|held| held.name == joint.name);
        let (kp, kd) = joint.holding_gains(joint.effort_nm);
        println!(
            "  {:<28} {:>8.3} {:>26.3} {:>8.3}",
            joint.name,
            held.and_then(|held| held.position).unwrap_or(joint.default_rad),
            held.and_then(|held| held.stiffness).unwrap_or(kp),
            held.and_then(|held| held.damping).unwrap_or(kd)
        );
    }
    for line in &case.couplings {
        println!("  {line}");
    }
}

/// Where each term's values begin: once for a history in one block, else in every frame.
fn starts(layout: HistoryLayout, terms: &[TermLayout]) -> Vec<Vec<usize>> {
    let mut at = 0;
    let frame: usize = terms.iter().map(|term| term.len).sum();
    let place = |term: &TermLayout| {
        let first = at;
        match layout {
            HistoryLayout::TermOldestFirst | HistoryLayout::TermNewestFirst => {
                at += term.len * term.history;
                vec![first]
            }
            HistoryLayout::FrameOldestFirst | HistoryLayout::FrameNewestFirst => {
                at += term.len;
                (0..term.history).map(|step| first + step * frame).collect()
            }
        }
    };
    terms.iter().map(place).collect()
}

fn listed(starts: &[usize]) -> String {
    let mut text: Vec<String> = starts.iter().take(LISTED_STARTS).map(usize::to_string).collect();
    if starts.len() > LISTED_STARTS {
        text.push("…".to_owned());
    }
    text.join(", ")
}

/// What follows what in histories.
fn order(layout: HistoryLayout, terms: &[TermLayout]) -> String {
    let frame: usize = terms.iter().map(|term| term.len).sum();
    let steps = terms.first().map_or(1, |term| term.history);
    match layout {
        HistoryLayout::TermOldestFirst => "each term's steps together, the oldest first".to_owned(),
        HistoryLayout::TermNewestFirst => "each term's steps together, the newest first".to_owned(),
        HistoryLayout::FrameOldestFirst => format!("{steps} frames of {frame} values, the oldest first"),
        HistoryLayout::FrameNewestFirst => format!("{steps} frames of {frame} values, the newest first"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn term(len: usize, history: usize) -> TermLayout {
        TermLayout {
            name: String::new(),
            len,
            history,
        }
    }

    #[test]
    fn a_term_starts_once_in_a_block_and_in_every_frame_else() {
        let terms = [term(2, 2), term(3, 2)];
        for layout in [HistoryLayout::TermOldestFirst, HistoryLayout::TermNewestFirst] {
            assert_eq!(starts(layout, &terms), [vec![0], vec![4]]);
        }
        for layout in [HistoryLayout::FrameOldestFirst, HistoryLayout::FrameNewestFirst] {
            assert_eq!(starts(layout, &terms), [vec![0, 5], vec![2, 7]]);
        }
        assert_eq!(listed(&[2, 7]), "2, 7");
        assert_eq!(listed(&[0, 5, 10, 15]), "0, 5, 10, …");
    }
}
