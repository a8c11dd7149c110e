#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use nalgebra::{Quaternion, UnitQuaternion, Vector3};
use proptest::prelude::*;
use sinew_control::Mode;
use sinew_control::command::VelocityCommand;
use sinew_control::gate::{Check, NotFinite, Quantity, SafeAction, Stop, Verdict, VerdictCounts};
use sinew_control::io::IoError;
use sinew_control::mailbox::{Request, Requests};
use sinew_control::policies::{InCharge, Install, Switch, SwitchWhen};
use sinew_control::record::{LoopRecord, RecordSizes};
use sinew_control::replay::Difference;
use sinew_control::state::{GroundTruth, JointCommand, RobotState};
use sinew_messages::cdr;
use sinew_messages::sinew_msgs::msg::Tick;

use super::{read, write};

/// Numbers of any bits at all, and choices, from a stream of random words.
struct Any<'a>(std::slice::Iter<'a, u64>);

impl Any<'_> {
    fn word(&mut self) -> u64 {
        self.0.next().copied().unwrap_or(7)
    }

    fn number(&mut self) -> f64 {
        let bits = self.word();
        match bits % 8 {
            0 => f64::NAN,
            1 => f64::NEG_INFINITY,
            2 => -0.0,
            _ => f64::from_bits(bits),
        }
    }

    fn numbers(&mut self, n: usize) -> Vec<f64> {
        (0..n).map(|_| self.number()).collect()
    }

    fn vector(&mut self) -> Vector3<f64> {
        Vector3::new(self.number(), self.number(), self.number())
    }

    fn yes(&mut self) -> bool {
        self.word() & 1 == 1
    }

    fn one_of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.word() as usize % all.len()]
    }

    fn rotation(&mut self) -> UnitQuaternion<f64> {
        UnitQuaternion::new_unchecked(Quaternion::new(
            self.number(),
            self.number(),
            self.number(),
            self.number(),
        ))
    }

    fn answer(&mut self) -> Result<(), IoError> {
        let joint = self.word() as usize % 40;
        self.one_of(&[
            Ok(()),
            Err(IoError::NoState),
            Err(IoError::JointMissing { joint }),
            Err(IoError::ImuMissing),
            Err(IoError::WriteFailed),
            Err(IoError::WrongLength),
            Err(IoError::Panicked),
            Err(IoError::Disconnected),
        ])
    }

    fn verdict(&mut self) -> Verdict {
        Verdict {
            check: self.one_of(&Check::ALL),
            joint: self.yes().then(|| self.word() as usize % 40),
            value: self.number(),
            limit: self.number(),
            tick: self.word(),
            not_finite: self.yes().then(|| NotFinite {
                quantity: self.one_of(&[Quantity::Position, Quantity::Temperature, Quantity::BaseVelocity]),
                value: self.number(),
            }),
        }
    }

    fn state(&mut self, dof: usize, feet: usize) -> RobotState {
        let mut state = RobotState::new(dof, feet);
        state.position = self.numbers(dof);
        state.velocity = self.numbers(dof);
        state.effort = self.numbers(dof);
        state.joint_stamp_nanos.fill_with(|| self.word());
        state.imu.orientation = self.rotation();
        state.imu.angular_velocity = self.vector();
        state.imu.linear_acceleration = self.vector();
        state.imu.stamp_nanos = self.word();
        state.base_velocity = self.yes().then(|| self.vector());
        state.foot_contact.fill_with(|| self.yes());
        let told = if self.yes() { dof } else { 0 };
        state.temperature_celsius = self.numbers(told);
        state
    }

    fn command(&mut self, dof: usize) -> JointCommand {
        JointCommand {
            position: self.numbers(dof),
            velocity: self.numbers(dof),
            effort: self.numbers(dof),
            kp: self.numbers(dof),
            kd: self.numbers(dof),
        }
    }

    fn record(&mut self) -> LoopRecord {
        let (dof, feet) = (self.word() as usize % 5, self.word() as usize % 3);
        let sizes = RecordSizes {
            dof,
            feet,
            observation: 3,
            action: 2,
        };
        let mut record = LoopRecord::empty(&sizes);
        record.tick.tick = self.word();
        record.tick.time_secs = self.number();
        record.tick.mode = self.one_of(&[Mode::Damp, Mode::Stand, Mode::Run, Mode::Stopped]);
        record.tick.command = VelocityCommand::new(self.number(), self.number(), self.number());
        record.tick.tick_nanos = self.word();
        record.tick.jitter_nanos = self.word();
        record.tick.inference_nanos = self.yes().then(|| self.word() >> 1);
        record.tick.missed = self.word();
        record.tick.power_w = self.number();
        record.tick.torque_share = self.number();
        record.tick.truth = self.yes().then(|| GroundTruth {
            position: self.vector(),
            orientation: self.rotation(),
            linear_velocity: self.vector(),
            angular_velocity: self.vector(),
        });
        record.tick.stop = self.yes().then(|| Stop {
            verdict: self.verdict(),
            action: self.one_of(&[SafeAction::Damp, SafeAction::Hold, SafeAction::Own]),
        });
        let inputs = &mut record.inputs;
        for nanos in [
            &mut inputs.began_nanos,
            &mut inputs.scheduled_nanos,
            &mut inputs.woken_nanos,
            &mut inputs.read_nanos,
            &mut inputs.decided_nanos,
            &mut inputs.done_nanos,
        ] {
            *nanos = self.word();
        }
        inputs.answers.read = self.answer();
        inputs.answers.write = self.yes().then(|| self.answer());
        inputs.answers.own_stop = self.yes().then(|| self.answer());
        let requests: Vec<Request> = (0..self.word() % 9)
            .map(|_| self.one_of(&[Request::Start, Request::Damp, Request::ClearStop]))
            .collect();
        inputs.asked.requests = Requests::from_slice(&requests).unwrap();
        inputs.asked.velocity = self
            .yes()
            .then(|| VelocityCommand::new(self.number(), self.number(), self.number()));
        inputs.asked.stop = self.yes().then(|| self.one_of(&Check::ALL));
        inputs.stands = self.yes();
        inputs.asked.install = self.yes().then(|| Install {
            place: self.word() as u8,
            number: self.word() as u32,
        });
        inputs.asked.switch = self.yes().then(|| Switch {
            place: self.word() as u8,
            when: self.one_of(&[SwitchWhen::Standing, SwitchWhen::Running]),
            blend_millis: self.word() as u32,
        });
        if self.yes() {
            record.tick.policy = InCharge {
                place: self.word() as u8,
                number: self.word() as u32,
            };
        }
        record.state = self.state(dof, feet);
        record.state.truth = record.tick.truth;
        record.read = if self.yes() {
            record.state.clone()
        } else {
            self.state(dof, feet)
        };
        record.counts = VerdictCounts::from_fn(|_| self.word() % 3);
        record.tick.verdicts = record.counts.total();
        record.verdict = self.yes().then(|| self.verdict());
        record.observation = self.numbers(3).into_iter().map(|n| n as f32).collect();
        record.action = self.numbers(2).into_iter().map(|n| n as f32).collect();
        record.asked = self.command(dof);
        record.written = self.command(dof);
        record
    }
}

proptest! {
    #[test]
    fn a_record_comes_back_from_its_bytes_with_every_bit(words in prop::collection::vec(any::<u64>(), 400)) {
        let record = Any(words.iter()).record();
        let (mut tick, mut bytes) = (Tick::default(), Vec::new());
        // What a message held before is gone.
        write(&Any(words[7..].iter()).record(), &mut tick);
        write(&record, &mut tick);
        cdr::encode(&tick, &mut bytes).unwrap();
        let again = read(&cdr::decode::<Tick>(&bytes).unwrap()).unwrap();
        prop_assert_eq!(Difference::first(&record, &again), None);
        prop_assert!(record.read.is_same(&again.read) && record.state.is_same(&again.state));
        prop_assert_eq!(format!("{:?}", record.inputs), format!("{:?}", again.inputs));
        prop_assert_eq!(format!("{:?}", record.tick), format!("{:?}", again.tick));
        prop_assert_eq!(format!("{:?}", record.verdict), format!("{:?}", again.verdict));
    }

    #[test]
    fn bytes_that_were_changed_are_read_or_refused(
        words in prop::collection::vec(any::<u64>(), 400),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
    ) {
        let (mut tick, mut bytes) = (Tick::default(), Vec::new());
        write(&Any(words.iter()).record(), &mut tick);
        cdr::encode(&tick, &mut bytes).unwrap();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Ok(tick) = cdr::decode::<Tick>(&bytes) {
            let _ = read(&tick);
        }
    }
}
