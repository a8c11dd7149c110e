//! The first number in which two records of the same tick differ.

use std::fmt;

use crate::record::LoopRecord;
use crate::state::{Imu, JointCommand, RobotState};

/// Where two records of the same tick differ first.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// Number of the tick in the first record.
    pub tick: u64,
    /// What differs, such as `written.position`.
    pub field: &'static str,
    /// Which number of it, where it has several.
    pub index: Option<usize>,
    /// In the first record.
    pub recorded: Found,
    /// In the second.
    pub replayed: Found,
}

/// What is found in a field.
#[derive(Debug, Clone, PartialEq)]
pub enum Found {
    /// A number, and all its bits.
    Number(f64),
    /// A number of a network, and all its bits.
    NetworkNumber(f32),
    /// Something else, in words.
    Text(String),
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Found::Number(number) => write!(f, "{number:e} (bits {:016x})", number.to_bits()),
            Found::NetworkNumber(number) => write!(f, "{number:e} (bits {:08x})", number.to_bits()),
            Found::Text(text) => f.write_str(text),
        }
    }
}

impl Difference {
    /// Of two records of what should be the same tick; `None` where everything that the loop decided is the same to
    /// the bit. What only measures how fast the machine was is not compared.
    pub fn first(recorded: &LoopRecord, replayed: &LoopRecord) -> Option<Self> {
        let mut find = Find {
            tick: recorded.tick.tick,
            found: None,
        };
        find.others("tick", &recorded.tick.tick, &replayed.tick.tick);
        find.numbers("time_secs", &[recorded.tick.time_secs], &[replayed.tick.time_secs]);
        find.others("mode", &recorded.tick.mode, &replayed.tick.mode);
        find.others("policy", &recorded.tick.policy, &replayed.tick.policy);
        find.numbers(
            "command",
            &recorded.tick.command.to_array(),
            &replayed.tick.command.to_array(),
        );
        find.state(&recorded.state, &replayed.state);
        find.network("observation", &recorded.observation, &replayed.observation);
        find.network("action", &recorded.action, &replayed.action);
        let [one, other] = [recorded, replayed].map(|record| &record.asked);
        find.command(
            [
                "asked.position",
                "asked.velocity",
                "asked.effort",
                "asked.kp",
                "asked.kd",
            ],
            one,
            other,
        );
        let [one, other] = [recorded, replayed].map(|record| &record.written);
        let fields = [
            "written.position",
            "written.velocity",
            "written.effort",
            "written.kp",
            "written.kd",
        ];
        find.command(fields, one, other);
        find.others("answers", &recorded.inputs.answers, &replayed.inputs.answers);
        find.others("verdicts", &recorded.counts, &replayed.counts);
        // A verdict may be about a NaN, which is not equal to itself.
        let stop = |record: &LoopRecord| record.tick.stop.map(|stop| format!("{stop:?}"));
        find.others("stop", &stop(recorded), &stop(replayed));
        find.others("missed", &recorded.tick.missed, &replayed.tick.missed);
        find.found
    }
}

/// Keeps the first difference of all.
struct Find {
    tick: u64,
    found: Option<Difference>,
}

impl Find {
    fn differ(&mut self, field: &'static str, index: Option<usize>, recorded: Found, replayed: Found) {
        self.found.get_or_insert(Difference {
            tick: self.tick,
            field,
            index,
            recorded,
            replayed,
        });
    }

    fn others<T: PartialEq + fmt::Debug>(&mut self, field: &'static str, recorded: &T, replayed: &T) {
        if recorded != replayed {
            let text = |found: &T| Found::Text(format!("{found:?}"));
            self.differ(field, None, text(recorded), text(replayed));
        }
    }

    fn lengths(&mut self, field: &'static str, recorded: usize, replayed: usize) -> bool {
        if recorded != replayed {
            let text = |n: usize| Found::Text(format!("{n} numbers"));
            self.differ(field, None, text(recorded), text(replayed));
        }
        recorded == replayed
    }

    fn numbers(&mut self, field: &'static str, recorded: &[f64], replayed: &[f64]) {
        if !self.lengths(field, recorded.len(), replayed.len()) {
            return;
        }
        let mut pairs = recorded.iter().zip(replayed);
        if let Some(i) =
            pairs.position(|(one, other)| one.to_bits() != other.to_bits() && !(one.is_nan() && other.is_nan()))
        {
            self.differ(field, Some(i), Found::Number(recorded[i]), Found::Number(replayed[i]));
        }
    }

    fn network(&mut self, field: &'static str, recorded: &[f32], replayed: &[f32]) {
        if !self.lengths(field, recorded.len(), replayed.len()) {
            return;
        }
        let mut pairs = recorded.iter().zip(replayed);
        if let Some(i) =
            pairs.position(|(one, other)| one.to_bits() != other.to_bits() && !(one.is_nan() && other.is_nan()))
        {
            let found = Found::NetworkNumber;
            self.differ(field, Some(i), found(recorded[i]), found(replayed[i]));
        }
    }

    fn state(&mut self, recorded: &RobotState, replayed: &RobotState) {
        self.numbers("state.position", &recorded.position, &replayed.position);
        self.numbers("state.velocity", &recorded.velocity, &replayed.velocity);
        self.numbers("state.effort", &recorded.effort, &replayed.effort);
        let imu = |imu: &Imu| imu.numbers();
        self.numbers("state.imu", &imu(&recorded.imu), &imu(&replayed.imu));
        let velocity = |state: &RobotState| state.base_velocity.map_or(Vec::new(), |v| v.as_slice().to_vec());
        self.numbers("state.base_velocity", &velocity(recorded), &velocity(replayed));
        self.numbers(
            "state.temperature",
            &recorded.temperature_celsius,
            &replayed.temperature_celsius,
        );
        self.others("state.foot_contact", &recorded.foot_contact, &replayed.foot_contact);
    }

    fn command(&mut self, fields: [&'static str; 5], recorded: &JointCommand, replayed: &JointCommand) {
        let pairs = fields.into_iter().zip(rows(recorded)).zip(rows(replayed));
        for ((field, recorded), replayed) in pairs {
            self.numbers(field, recorded, replayed);
        }
    }
}

fn rows(command: &JointCommand) -> [&[f64]; 5] {
    [
        &command.position,
        &command.velocity,
        &command.effort,
        &command.kp,
        &command.kd,
    ]
}
