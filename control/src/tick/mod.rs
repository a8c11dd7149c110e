//! The control loop: one thread, one fixed rate, one way through.

mod parts;
mod policy;
mod record;
mod switch;

use std::fmt;

pub use parts::{LoopError, LoopParams, LoopParts};
use record::Measured;

use crate::alloc::thread_allocations;
use crate::clock::monotonic_nanos;
use crate::command::VelocityCommand;
use crate::gate::{Motion, SafetyGate, Stop, VerdictCounts};
use crate::io::Clock;
use crate::mailbox::{Asked, Mailbox, Operator, Request, mailbox};
use crate::policies::{Blend, InCharge, LoadedPolicy, PLACES, PolicyPlaces, PolicyRoom, Switch};
use crate::record::{RecordSizes, TickInputs, TickRecord};
use crate::start::{Fit, Mode, StartSequence};
use crate::state::{JointCommand, RobotState};
use crate::tap::Publisher;
use crate::timing::LoopStats;

/// The control loop. [`tick`](Self::tick) does everything; whoever owns the loop calls it until
/// told to stop.
pub struct ControlLoop {
    gate: SafetyGate,
    /// The one in charge, which came from this place.
    policy: LoadedPolicy,
    place: u8,
    /// The others, each in its place; that of the one in charge is empty.
    others: [Option<Box<LoadedPolicy>>; PLACES],
    /// Which of them is to take charge once it may.
    switch: Option<Switch>,
    blend: Blend,
    clock: Box<dyn Clock>,
    clock_is_monotonic: bool,
    mailbox: Mailbox,
    operator: Operator,
    publisher: Publisher,
    start: StartSequence,
    stats: LoopStats,

    tick: u64,
    began_nanos: u64,
    next_nanos: u64,
    period_nanos: u64,
    next_policy_tick: u64,
    inference_budget_nanos: u64,
    late_hold_steps: u32,
    late_decay_steps: u32,
    steps_without_action: u32,
    /// The verdicts of all ticks before this one.
    counts_before: VerdictCounts,

    state: RobotState,
    velocity: VelocityCommand,
    /// Since when nobody asks the robot to move, on the loop's clock.
    still_since_nanos: Option<u64>,
    wanted: JointCommand,
    /// How often all of it was set; else only positions change.
    set_all: u64,
}

/// A moment, ns.
#[derive(Debug, Clone, Copy)]
struct Now {
    /// On the loop's clock.
    on_clock: u64,
    /// On the machine's, by which durations are measured.
    monotonic: u64,
}

impl fmt::Debug for ControlLoop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ControlLoop")
            .field("tick", &self.tick)
            .field("mode", &self.start.mode())
            .field("gate", &self.gate)
            .finish_non_exhaustive()
    }
}

impl ControlLoop {
    /// Puts a loop together, or says everything that does not fit. Nothing was written to the robot
    /// when it fails.
    ///
    /// # Errors
    /// With everything that does not fit.
    pub fn new(parts: LoopParts<'_>, params: &LoopParams) -> Result<Self, LoopError> {
        let LoopParts {
            robot,
            contract,
            io,
            policy,
            clock,
            registry,
            records,
            room,
        } = parts;
        let capabilities = io.capabilities();
        let policy = LoadedPolicy::new(contract, policy, robot, &capabilities, registry, params)?;
        let period_secs = 1.0 / params.rate_hz;
        let period_nanos = (period_secs * 1e9).round() as u64;
        let safety = params.safety.clone();
        let mut gate = SafetyGate::with_drive_damping(io, robot, safety, period_secs, &policy.drive_kd)?;
        for (j, &rest_rad) in policy.turn_rest_rad.iter().enumerate() {
            gate.set_rest(j, rest_rad);
        }
        gate.need_effort(policy.needs_effort);
        let start = StartSequence::new(&policy.rest, gate.limits(), &params.start);
        let budget_secs = match params.safety.inference_budget_secs {
            0.0 => period_secs,
            secs => secs,
        };
        let room = PolicyRoom {
            observation: policy.observation_len().max(room.observation),
            action: policy.action_len().max(room.action),
        };
        let publisher = Publisher::new(
            records,
            RecordSizes {
                dof: robot.dof(),
                feet: capabilities.feet.len(),
                observation: room.observation,
                action: room.action,
            },
        );
        let places = PolicyPlaces::new(&policy.drive_kd, params.rate_hz, room);
        let (operator, mailbox) = mailbox(publisher.tap(), places);
        let now = clock.now_nanos();
        Ok(Self {
            state: RobotState::new(robot.dof(), capabilities.feet.len()),
            wanted: JointCommand::zeros(robot.dof()),
            set_all: 0,
            blend: Blend::none(robot.dof()),
            policy,
            place: 0,
            others: [const { None }; PLACES],
            switch: None,
            tick: 0,
            began_nanos: now,
            next_nanos: now + period_nanos,
            period_nanos,
            next_policy_tick: 0,
            inference_budget_nanos: (budget_secs * 1e9) as u64,
            late_hold_steps: params.safety.late_hold_steps,
            late_decay_steps: params.safety.late_decay_steps,
            steps_without_action: 0,
            counts_before: VerdictCounts::default(),
            velocity: VelocityCommand::default(),
            still_since_nanos: None,
            gate,
            clock_is_monotonic: clock.is_monotonic_time(),
            clock,
            mailbox,
            operator,
            publisher,
            start,
            stats: LoopStats::default(),
        })
    }

    /// The operator's end of the loop's mailbox, and the way to its tap.
    pub fn operator(&self) -> Operator {
        self.operator.clone()
    }

    /// Counters and histograms.
    pub fn stats(&self) -> &LoopStats {
        &self.stats
    }

    /// Scheduled time of the next tick since [`begin`](Self::begin), s.
    pub fn elapsed_secs(&self) -> f64 {
        self.next_nanos.saturating_sub(self.began_nanos) as f64 * 1e-9
    }

    /// When the next tick is due, on the loop's clock, ns.
    pub fn next_nanos(&self) -> u64 {
        self.next_nanos
    }

    /// The gate, to look at.
    pub fn gate(&self) -> &SafetyGate {
        &self.gate
    }

    /// The latched stop.
    pub fn stop(&self) -> Option<Stop> {
        self.gate.stop()
    }

    /// The mode of the last tick.
    pub fn mode(&self) -> Mode {
        self.start.mode()
    }

    /// The policy in charge.
    pub fn in_charge(&self) -> InCharge {
        InCharge {
            place: self.place,
            number: self.policy.number,
        }
    }

    /// The room that there is for policies which are installed later.
    pub fn room(&self) -> PolicyRoom {
        self.mailbox.policies().room()
    }

    /// The newest state that was read.
    pub fn state(&self) -> &RobotState {
        &self.state
    }

    /// Begins with a stop of before, of a loop that this one replaces: the robot stays in its safe action
    /// until the stop is cleared, and is then started on request only.
    pub fn latch(&mut self, stop: Stop) {
        self.gate.latch_stop(stop);
    }

    /// Starts counting time now, so that whatever took place since the loop was made is no overrun.
    pub fn begin(&mut self) {
        self.began_nanos = self.clock.now_nanos();
        self.next_nanos = self.began_nanos + self.period_nanos;
    }

    /// Waits for the next tick's time, then does the tick.
    pub fn tick(&mut self) -> TickRecord {
        self.clock.sleep_until(self.next_nanos);
        let scheduled = self.next_nanos;
        let woken = self.now();
        self.gate.read(self.tick, scheduled, woken.on_clock, &mut self.state);
        let began = self.now();
        let allocations = thread_allocations();

        let mut asked = self.listen(scheduled);
        if self.mailbox.policies().waits() {
            self.take_policies(&mut asked);
        }
        if self.switch.is_some() {
            self.switch_if_it_may(scheduled);
        }
        let fit = match (self.gate.stop(), self.gate.has_state() && self.gate.can_stand()) {
            (Some(_), _) => Fit::Stopped,
            (None, false) => Fit::Waiting,
            (None, true) => Fit::Ready,
        };
        let stands = self.mailbox.may_stand(self.start.is_due_to_stand(scheduled, fit));
        let mode = self.start.advance(scheduled, fit, stands, &self.state.position);
        if mode != Mode::Run {
            // What was asked of a robot that walked is not asked of the next walk.
            self.velocity = VelocityCommand::default();
            self.still_since_nanos = Some(scheduled);
            self.blend.end();
            let stiff = mode == Mode::Stand;
            self.gate
                .set_motion(if stiff { Motion::Standing } else { Motion::Limp });
            self.set_all_targets(scheduled);
        }
        let mut step = None;
        if mode == Mode::Run {
            if self.gate.set_motion(Motion::Running) {
                self.take_over();
                // From here on only the targets of the policy's joints change.
                self.set_all_targets(scheduled);
            }
            self.gate.judge_deadman();
            if self.tick >= self.next_policy_tick {
                step = Some(self.policy_step(&began));
                self.next_policy_tick = self.tick + self.policy.decimation;
            }
            for (&j, &target) in self.policy.joints.iter().zip(&self.policy.last_target) {
                self.wanted.position[j] = target;
            }
            if self.blend.is_on() {
                self.blend(scheduled);
            }
        }
        let now_nanos = (step.as_ref()).map_or_else(|| self.clock.now_nanos(), |step| step.ended_nanos);
        self.gate.judge_hang(now_nanos.saturating_sub(scheduled));
        self.gate.write_numbered(&self.wanted, Some(self.set_all), &self.state);

        let done = self.now();
        let inputs = TickInputs {
            began_nanos: self.began_nanos,
            scheduled_nanos: scheduled,
            woken_nanos: woken.on_clock,
            read_nanos: began.on_clock,
            decided_nanos: now_nanos,
            done_nanos: done.on_clock,
            answers: *self.gate.answers(),
            asked,
            stands,
        };
        let measured = Measured {
            mode,
            jitter_nanos: woken.on_clock.saturating_sub(scheduled),
            read_nanos: began.monotonic - woken.monotonic,
            tick_nanos: done.monotonic - began.monotonic,
            missed: self.schedule_next(scheduled, done.on_clock),
        };
        let record = self.record(&inputs, &measured, step.as_ref());
        self.stats.rust_allocations += thread_allocations() - allocations;
        record
    }

    /// The time: one reading for both clocks where they are the same.
    fn now(&self) -> Now {
        let monotonic = monotonic_nanos();
        let on_clock = if self.clock_is_monotonic {
            monotonic
        } else {
            self.clock.now_nanos()
        };
        Now { on_clock, monotonic }
    }

    /// Takes what the operator asked for since the last tick.
    fn listen(&mut self, scheduled_nanos: u64) -> Asked {
        let asked = self.mailbox.take();
        for request in asked.requests {
            match request {
                Request::Start => self.start.begin(),
                Request::Damp => {
                    self.gate.damp();
                    self.start.damp();
                }
                Request::ClearStop => {
                    self.gate.clear_stop();
                    self.start.damp();
                }
            }
        }
        if let Some(velocity) = asked.velocity {
            let valid = velocity.is_finite();
            // Before the policy runs there is nobody to take it.
            if valid && self.start.mode() == Mode::Run {
                self.set_velocity(velocity, scheduled_nanos);
            }
            self.gate.judge_operator_command(valid);
        }
        // Last, so that no request of before clears it.
        if let Some(check) = asked.stop {
            self.gate.stop_asked(check);
        }
        asked
    }

    /// Asks of every joint what its mode does.
    fn set_all_targets(&mut self, scheduled_nanos: u64) {
        self.start
            .targets(scheduled_nanos, &self.state.position, &mut self.wanted);
        self.set_all += 1;
    }

    /// The policy takes over from the stand: it starts without a past, and at rest until it is asked to move.
    fn take_over(&mut self) {
        self.policy.begin_at_rest();
        self.steps_without_action = 0;
        self.next_policy_tick = self.tick;
    }

    /// Sets the time of the tick after the one that is done, skipping those whose deadline has passed altogether.
    fn schedule_next(&mut self, scheduled: u64, done_nanos: u64) -> u64 {
        let deadline = scheduled + self.period_nanos;
        let late = done_nanos.saturating_sub(deadline);
        let skipped = late / self.period_nanos;
        let missed = if late > 0 { 1 + skipped } else { 0 };
        self.gate.judge_overrun(missed);
        self.next_nanos = deadline + skipped * self.period_nanos;
        self.tick += 1 + skipped;
        missed
    }
}
