//! An observation term of your own: `cargo run --release --example own_term`.
//!
//! Strider's policy observes its `velocity_commands`. Here a term of the same name takes their place:
//! it brings every command in gently, over a second, and the policy never knows.

use std::error::Error;
use std::sync::atomic::AtomicBool;

use sinew::params::Params;
use sinew::run::{CommandSource, Limits, Metrics, PolicyOnRobot, drive, simulated_loop};
use sinew_control::observation::{Term, TermInputs, TermRegistry};

/// The velocity command, changing by at most 1 m/s and 1 rad/s per second.
#[derive(Default)]
struct GentleCommand {
    shown: [f64; 3],
}

impl Term for GentleCommand {
    fn len(&self) -> usize {
        3
    }

    fn write(&mut self, inputs: &TermInputs<'_>, out: &mut [f32]) {
        for ((shown, asked), out) in self.shown.iter_mut().zip(inputs.command.to_array()).zip(out) {
            *shown += (asked - *shown).clamp(-inputs.step_secs, inputs.step_secs);
            *out = *shown as f32;
        }
    }

    fn reset(&mut self) {
        self.shown = [0.0; 3];
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut registry = TermRegistry::builtin();
    registry.register("velocity_commands", |_spec, _setup| {
        Ok(Box::new(GentleCommand::default()))
    });

    let params = Params::load("launch/robots/strider.yaml".as_ref())?;
    let loaded = PolicyOnRobot::with_terms(&params.loop_source(), registry)?;
    let (mut control, operator) = simulated_loop(&loaded, &params, false, 1)?;
    let mut metrics = Metrics::new(&loaded.model, 0);
    let limits = Limits {
        seconds: 10.0,
        linger_secs: f64::INFINITY,
        interrupted: &AtomicBool::new(false),
    };
    drive(
        &mut control,
        &operator,
        &mut CommandSource::Course(params.course),
        limits,
        &mut metrics,
        || {},
    );
    println!("walked {:.2} m in {:.1} s", metrics.distance_m(), metrics.seconds());
    Ok(())
}
