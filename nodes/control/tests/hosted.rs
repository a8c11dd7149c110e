//! A loop that the thread of somebody else ticks, here that of the test, over a robot in the embedded simulator.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};

use sinew_control::Mode;
use sinew_control::alloc::{CountingAllocator, thread_allocations};
use sinew_control::command::VelocityCommand;
use sinew_control::io::RobotIo;
use sinew_control::state::RobotState;
use sinew_node_control::hosted::{
    CommandInterfaces, HostOptions, HostedError, HostedOperator, HostedTicks, ImuReading, Readings, host,
};
use sinew_sim::{SimParams, SimRobot};

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

const UPDATE_NANOS: u64 = 5_000_000;

struct Hosted {
    ticks: HostedTicks,
    operator: HostedOperator,
    robot: SimRobot,
    state: RobotState,
    /// The simulator's time, and what the host tells of it.
    sim_nanos: u64,
    host_nanos: u64,
    allocations: u64,
}

impl Hosted {
    fn new(interfaces: CommandInterfaces) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let options = HostOptions {
            files: vec![root.join("launch/robots/strider.yaml")],
            name: "/hosted".to_owned(),
            interfaces,
            update_rate_hz: 200.0,
            simulated: true,
        };
        let (ticks, operator) = host(&options).unwrap();
        let model = sinew_robot::load(&root.join("sim/robots/strider/scene.xml")).unwrap();
        let params = SimParams {
            harness_secs: 60.0,
            ..SimParams::default()
        };
        let robot = SimRobot::new(&model, &params).unwrap();
        let state = RobotState::new(robot.description().dof(), robot.capabilities().feet.len());
        Self {
            ticks,
            operator,
            robot,
            state,
            sim_nanos: 0,
            host_nanos: 0,
            allocations: 0,
        }
    }

    fn update(&mut self, passed_nanos: u64) -> Result<(), HostedError> {
        self.sim_nanos += passed_nanos;
        self.host_nanos += passed_nanos;
        self.robot.read(self.sim_nanos, &mut self.state).unwrap();
        let (q, imu) = (self.state.imu.orientation.coords, &self.state.imu);
        let readings = Readings {
            joints: Some((&self.state.position, &self.state.velocity)),
            effort: Some(&self.state.effort),
            imu: Some(ImuReading {
                orientation_xyzw: q.into(),
                angular_velocity: imu.angular_velocity.into(),
                linear_acceleration: imu.linear_acceleration.into(),
            }),
            ..Readings::default()
        };
        let before = thread_allocations();
        let updated = self.ticks.update(self.host_nanos, &readings);
        self.allocations += thread_allocations() - before;
        self.robot.write(self.ticks.command(), &self.state).unwrap();
        self.operator.command(VelocityCommand::default());
        self.operator.supervise();
        updated
    }

    fn run(&mut self, secs: f64) {
        for _ in 0..(secs * 200.0) as u32 {
            self.update(UPDATE_NANOS).unwrap();
        }
    }

    fn ticks(&self) -> u64 {
        let statuses = self.operator.diagnostics("hosted", 1);
        let values = statuses.iter().flat_map(|status| &status.values);
        let ticks = values.into_iter().find(|pair| pair.key == "ticks").unwrap();
        ticks.value.parse().unwrap()
    }
}

#[test]
fn an_update_allocates_nothing_whatever_the_drives_take() {
    for interfaces in [CommandInterfaces::Impedance, CommandInterfaces::Effort] {
        let mut hosted = Hosted::new(interfaces);
        hosted.ticks.activate().unwrap();
        hosted.run(3.0);
        assert_eq!(hosted.ticks.mode(), Some(Mode::Run));
        assert_eq!(hosted.allocations, 0);
    }
}

#[test]
fn updates_that_come_irregularly_tick_once_each() {
    let mut hosted = Hosted::new(CommandInterfaces::Impedance);
    hosted.ticks.activate().unwrap();
    hosted.update(UPDATE_NANOS).unwrap();
    for _ in 0..100 {
        hosted.update(UPDATE_NANOS + 2_400_000).unwrap();
        hosted.update(UPDATE_NANOS - 2_400_000).unwrap();
    }
    assert_eq!(hosted.ticks(), 200);
}

#[test]
fn a_simulator_that_is_reset_starts_the_robot_from_damping() {
    let mut hosted = Hosted::new(CommandInterfaces::Impedance);
    hosted.ticks.activate().unwrap();
    hosted.run(3.0);
    hosted.host_nanos = 0;
    hosted.update(UPDATE_NANOS).unwrap();
    hosted.run(0.05);
    assert_eq!(hosted.ticks.mode(), Some(Mode::Damp));
    hosted.run(3.0);
    assert_eq!(hosted.ticks.mode(), Some(Mode::Run));
}

#[test]
fn a_host_that_stalls_for_too_long_stops_the_robot() {
    let mut hosted = Hosted::new(CommandInterfaces::Impedance);
    hosted.ticks.activate().unwrap();
    hosted.run(3.0);
    hosted.update(150_000_000).unwrap();
    hosted.run(0.05);
    assert_eq!(hosted.ticks.mode(), Some(Mode::Stopped));
    assert!(hosted.operator.stop_reason().unwrap().starts_with("overrun"));
}

#[test]
fn what_has_another_length_damps_and_stops() {
    let mut hosted = Hosted::new(CommandInterfaces::Impedance);
    hosted.ticks.activate().unwrap();
    hosted.run(3.0);
    let short = Readings {
        joints: Some((&[0.0], &[0.0])),
        ..Readings::default()
    };
    hosted.host_nanos += UPDATE_NANOS;
    assert_eq!(
        hosted.ticks.update(hosted.host_nanos, &short),
        Err(HostedError::WrongLength)
    );
    assert!(hosted.ticks.command().kp.iter().all(|&kp| kp == 0.0));
    hosted.run(0.05);
    assert_eq!(hosted.ticks.mode(), Some(Mode::Stopped));
}

#[test]
fn what_a_host_cannot_be_made_of_is_refused_with_file_and_key() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let refused = |files: Vec<PathBuf>, update_rate_hz| {
        let options = HostOptions {
            files,
            name: "/hosted".to_owned(),
            interfaces: CommandInterfaces::Effort,
            update_rate_hz,
            simulated: true,
        };
        format!("{:#}", host(&options).unwrap_err())
    };
    let strider = root.join("launch/robots/strider.yaml");
    let said = refused(vec![strider.clone()], 100.0);
    assert!(
        said.contains("strider.yaml: control: `rate_hz`: expected 100 Hz"),
        "{said}"
    );
    let folder = tempfile::tempdir().unwrap();
    let own = folder.path().join("own.yaml");
    std::fs::write(&own, "control: {ros__parameters: {safety: {safe_action: own}}}").unwrap();
    let said = refused(vec![strider, own], 200.0);
    assert!(said.contains("own.yaml") && said.contains("safe_action"), "{said}");
}
