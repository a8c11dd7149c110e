// Gazebo's physics without Gazebo: one robot in a world, stepped over a pipe by whoever controls it.
//
//     physics_host PLUGIN WORLD.sdf MODEL.urdf STEP_SECS IMU_LINK [--joint NAME]... [--foot LINK]...
//
// PLUGIN is the physics engine, such as libignition-physics-dartsim-plugin.so. Numbers are those of this machine, without
// padding. First comes, on standard input, where the robot begins:
//
//     7 doubles            base: position in m, then orientation w x y z
//     1 double a joint     rad
//
// It answers with its state, and then for each request with the state after it:
//
//     u32 steps, u32 held  how many steps to take; whether the base stays where it began
//     5 doubles a joint    position, velocity, torque, stiffness, damping: the drive's command, held for all steps
//
// A state is
//
//     u64                  simulated time in ns
//     3 doubles a joint    position, velocity, torque of the drive in the last step
//     7 doubles            the IMU's link in the world: position, orientation w x y z
//     3 doubles, 3, 3      its velocity in the world, its turning rate and what an accelerometer on it measures, in its axes
//     u32 a foot           whether the link touches anything
//
// The first line on standard error that begins with "error:" says why it ended.

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

#include <ignition/physics/FeatureList.hh>
#include <ignition/physics/ForwardStep.hh>
#include <ignition/physics/FrameSemantics.hh>
#include <ignition/physics/FreeGroup.hh>
#include <ignition/physics/GetContacts.hh>
#include <ignition/physics/GetEntities.hh>
#include <ignition/physics/Joint.hh>
#include <ignition/physics/RequestEngine.hh>
#include <ignition/physics/sdf/ConstructModel.hh>
#include <ignition/physics/sdf/ConstructWorld.hh>
#include <ignition/plugin/Loader.hh>
#include <sdf/Joint.hh>
#include <sdf/JointAxis.hh>
#include <sdf/Model.hh>
#include <sdf/Root.hh>
#include <sdf/World.hh>

namespace physics = ignition::physics;

namespace {

struct Features
    : physics::FeatureList<physics::ForwardStep, physics::GetEntities, physics::GetBasicJointState,
                           physics::SetBasicJointState, physics::GetBasicJointProperties,
                           physics::LinkFrameSemantics, physics::FindFreeGroupFeature,
                           physics::SetFreeGroupWorldPose, physics::SetFreeGroupWorldVelocity,
                           physics::GetContactsFromLastStepFeature, physics::sdf::ConstructSdfWorld,
                           physics::sdf::ConstructSdfModel> {};

using World = physics::World3dPtr<Features>;
using Model = physics::Model3dPtr<Features>;
using Link = physics::Link3dPtr<Features>;
using Joint = physics::Joint3dPtr<Features>;
using Contact = physics::World3d<Features>::ContactPoint;

// The pipe to the controller. What libraries print must not get into it.
int answers_fd = -1;

[[noreturn]] void fail(const std::string& why) {
    std::cerr << "error: " << why << std::endl;
    std::_Exit(1);
}

bool read_all(void* into, std::size_t bytes) {
    auto* at = static_cast<char*>(into);
    while (bytes > 0) {
        const ssize_t got = read(STDIN_FILENO, at, bytes);
        if (got <= 0) {
            return false;
        }
        at += got;
        bytes -= static_cast<std::size_t>(got);
    }
    return true;
}

void write_all(const void* from, std::size_t bytes) {
    const auto* at = static_cast<const char*>(from);
    while (bytes > 0) {
        const ssize_t written = write(answers_fd, at, bytes);
        if (written <= 0) {
            std::_Exit(0);
        }
        at += written;
        bytes -= static_cast<std::size_t>(written);
    }
}

struct Arguments {
    std::string plugin, world, model, imu_link;
    double step_secs = 0.0;
    std::vector<std::string> joints, feet;
};

Arguments parse(int argc, char** argv) {
    if (argc < 6) {
        fail("expected PLUGIN WORLD.sdf MODEL.urdf STEP_SECS IMU_LINK [--joint NAME]... [--foot LINK]...");
    }
    Arguments parsed;
    parsed.plugin = argv[1];
    parsed.world = argv[2];
    parsed.model = argv[3];
    parsed.step_secs = std::atof(argv[4]);
    parsed.imu_link = argv[5];
    for (int at = 6; at + 1 < argc; at += 2) {
        auto& names = std::string(argv[at]) == "--foot" ? parsed.feet : parsed.joints;
        names.emplace_back(argv[at + 1]);
    }
    return parsed;
}

sdf::Root load(const std::string& file) {
    sdf::Root root;
    for (const auto& error : root.Load(file)) {
        fail(file + ": " + error.Message());
    }
    return root;
}

// One drive, and what it is told.
struct Drive {
    Joint joint;
    double limit = 0.0;
    double command[5] = {0.0, 0.0, 0.0, 0.0, 0.0};
    double torque = 0.0;

    void push() {
        const auto& [position, velocity, effort, kp, kd] = command;
        const double asked =
            kp * (position - joint->GetPosition(0)) + kd * (velocity - joint->GetVelocity(0)) + effort;
        torque = std::clamp(asked, -limit, limit);
        joint->SetForce(0, torque);
    }
};

class Host {
public:
    explicit Host(const Arguments& given) : step_secs(given.step_secs) {
        auto engine = load_engine(given.plugin);
        const auto world_file = load(given.world);
        if (world_file.WorldCount() != 1) {
            fail(given.world + ": expected one world");
        }
        const auto model_file = load(given.model);
        if (!model_file.Model()) {
            fail(given.model + ": expected one model");
        }
        world = engine->ConstructWorld(*world_file.WorldByIndex(0));
        model = world->ConstructModel(*model_file.Model());
        if (!model) {
            fail(given.model + ": the engine makes no model of it");
        }
        for (const auto& name : given.joints) {
            Drive drive;
            drive.joint = model->GetJoint(name);
            const auto* described = model_file.Model()->JointByName(name);
            if (!drive.joint || !described || !described->Axis(0)) {
                fail("the model has no joint " + name);
            }
            drive.limit = described->Axis(0)->Effort();
            drives.push_back(drive);
        }
        imu = link(given.imu_link);
        for (const auto& name : given.feet) {
            feet.push_back(link(name));
        }
        free_base = model->FindFreeGroup();
        input.Get<std::chrono::steady_clock::duration>() = step();
    }

    bool begin() {
        double base[7];
        if (!read_all(base, sizeof base)) {
            return false;
        }
        start.translation() = Eigen::Vector3d(base[0], base[1], base[2]);
        start.linear() = Eigen::Quaterniond(base[3], base[4], base[5], base[6]).normalized().toRotationMatrix();
        for (auto& drive : drives) {
            double position = 0.0;
            if (!read_all(&position, sizeof position)) {
                return false;
            }
            drive.joint->SetPosition(0, position);
            drive.joint->SetVelocity(0, 0.0);
        }
        hold();
        velocity.setZero();
        answer();
        return true;
    }

    bool serve() {
        std::uint32_t request[2];
        if (!read_all(request, sizeof request)) {
            return false;
        }
        for (auto& drive : drives) {
            if (!read_all(drive.command, sizeof drive.command)) {
                return false;
            }
        }
        for (std::uint32_t taken = 0; taken < request[0]; ++taken) {
            if (request[1] != 0) {
                hold();
            }
            for (auto& drive : drives) {
                drive.push();
            }
            world->Step(output, state, input);
            elapsed += std::chrono::duration_cast<std::chrono::nanoseconds>(step());
            const auto frame = imu->FrameDataRelativeToWorld();
            acceleration = (frame.linearVelocity - velocity) / step_secs;
            velocity = frame.linearVelocity;
        }
        answer();
        return true;
    }

private:
    using Engine = physics::Engine3dPtr<Features>;

    static Engine load_engine(const std::string& file) {
        static ignition::plugin::Loader loader;
        const auto names = loader.LoadLib(file);
        for (const auto& name : names) {
            const auto plugin = loader.Instantiate(name);
            if (auto engine = physics::RequestEngine3d<Features>::From(plugin)) {
                return engine;
            }
        }
        fail(file + ": no physics engine in it that can do all that is needed");
    }

    Link link(const std::string& name) {
        const auto found = model->GetLink(name);
        if (!found) {
            fail("the model has no link " + name);
        }
        return found;
    }

    std::chrono::steady_clock::duration step() const {
        return std::chrono::duration_cast<std::chrono::steady_clock::duration>(std::chrono::duration<double>(step_secs));
    }

    void hold() {
        if (free_base) {
            free_base->SetWorldPose(start);
            free_base->SetWorldLinearVelocity(Eigen::Vector3d::Zero());
            free_base->SetWorldAngularVelocity(Eigen::Vector3d::Zero());
        }
    }

    void answer() {
        const std::uint64_t nanos = static_cast<std::uint64_t>(elapsed.count());
        write_all(&nanos, sizeof nanos);
        for (const auto& drive : drives) {
            const double joint[3] = {drive.joint->GetPosition(0), drive.joint->GetVelocity(0), drive.torque};
            write_all(joint, sizeof joint);
        }
        const auto frame = imu->FrameDataRelativeToWorld();
        const Eigen::Matrix3d into_link = frame.pose.linear().transpose();
        const Eigen::Quaterniond turn(frame.pose.linear());
        const Eigen::Vector3d& place = frame.pose.translation();
        const Eigen::Vector3d turning = into_link * frame.angularVelocity;
        const Eigen::Vector3d felt = into_link * (acceleration + Eigen::Vector3d(0.0, 0.0, 9.81));
        const double link[16] = {place.x(),     place.y(),   place.z(),   turn.w(),    turn.x(),  turn.y(),
                                 turn.z(),      velocity.x(), velocity.y(), velocity.z(), turning.x(), turning.y(),
                                 turning.z(),   felt.x(),    felt.y(),    felt.z()};
        write_all(link, sizeof link);
        std::vector<std::uint32_t> touching(feet.size(), 0);
        for (const auto& contact : world->GetContactsFromLastStep()) {
            const auto& point = contact.Get<Contact>();
            for (const auto& shape : {point.collision1, point.collision2}) {
                if (!shape) {
                    continue;
                }
                for (std::size_t foot = 0; foot < feet.size(); ++foot) {
                    touching[foot] |= shape->GetLink() == feet[foot] ? 1U : 0U;
                }
            }
        }
        write_all(touching.data(), touching.size() * sizeof(std::uint32_t));
    }

    double step_secs;
    World world;
    Model model;
    std::vector<Drive> drives;
    Link imu;
    std::vector<Link> feet;
    physics::FreeGroup3dPtr<Features> free_base;
    Eigen::Isometry3d start = Eigen::Isometry3d::Identity();
    Eigen::Vector3d velocity = Eigen::Vector3d::Zero();
    Eigen::Vector3d acceleration = Eigen::Vector3d::Zero();
    std::chrono::nanoseconds elapsed{0};
    physics::ForwardStep::Output output;
    physics::ForwardStep::State state;
    physics::ForwardStep::Input input;
};

}  // namespace

int main(int argc, char** argv) {
    answers_fd = dup(STDOUT_FILENO);
    dup2(STDERR_FILENO, STDOUT_FILENO);
    Host host(parse(argc, argv));
    if (host.begin()) {
        while (host.serve()) {
        }
    }
    return 0;
}
