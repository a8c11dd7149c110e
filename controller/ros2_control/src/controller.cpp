#include "controller.hpp"

#include <chrono>
#include <limits>
#include <stdexcept>

#include "hardware.hpp"
#include "pluginlib/class_list_macros.hpp"

namespace sinew_controller
{
namespace
{

using namespace std::chrono_literals;

/// How often the loop is followed, and reported of.
constexpr auto SUPERVISE_PERIOD = 20ms;
constexpr auto REPORT_PERIOD = 1s;
/// Longest sentence that the loop says.
constexpr size_t TEXT_BYTES = 4096;

/// The parts of a command, in the order of SinewCommand.
enum Part : size_t { POSITION, VELOCITY, EFFORT, KP, KD };

constexpr std::array<const char *, SINEW_IMU_NUMBERS> IMU_INTERFACES = {
  "orientation.x", "orientation.y", "orientation.z", "orientation.w",
  "angular_velocity.x", "angular_velocity.y", "angular_velocity.z",
  "linear_acceleration.x", "linear_acceleration.y", "linear_acceleration.z"};

/// The value of a state interface: newer versions of ros2_control have another function for it.
template <typename Interface>
auto value_of(const Interface & interface, int) -> decltype(interface.get_optional().value_or(0.0))
{
  return interface.get_optional().value_or(std::numeric_limits<double>::quiet_NaN());
}

template <typename Interface>
double value_of(const Interface & interface, long)
{
  return interface.get_value();
}

void log_line(void *, SinewLevel level, const char * line)
{
  static const auto logger = rclcpp::get_logger("sinew_controller");
  switch (level) {
    case SINEW_LEVEL_ERROR: RCLCPP_ERROR(logger, "%s", line); break;
    case SINEW_LEVEL_WARN: RCLCPP_WARN(logger, "%s", line); break;
    default: RCLCPP_INFO(logger, "%s", line);
  }
}

const char * name_of(SinewMode mode)
{
  switch (mode) {
    case SINEW_MODE_DAMP: return "damp";
    case SINEW_MODE_STAND: return "stand";
    case SINEW_MODE_RUN: return "run";
    case SINEW_MODE_STOPPED: return "stopped";
    default: return "inactive";
  }
}

std::string joined(const std::vector<std::string> & parts)
{
  std::string all;
  for (const auto & part : parts) {
    all += (all.empty() ? "" : ", ") + part;
  }
  return all;
}

}  // namespace

SinewController::~SinewController()
{
  end();
  // The function goes with this library.
  sinew_set_log(nullptr, nullptr);
}

SinewController::CallbackReturn SinewController::on_init()
{
  if (sinew_abi_version() != SINEW_ABI_VERSION) {
    RCLCPP_ERROR(
      get_node()->get_logger(), "libsinew_controller.so: expected version %u of its interface, found %u: build both anew",
      SINEW_ABI_VERSION, sinew_abi_version());
    return CallbackReturn::ERROR;
  }
  sinew_set_log(log_line, nullptr);
  try {
    auto_declare<std::vector<std::string>>("robot_files", {});
    auto_declare<std::string>("interfaces", "auto");
    auto_declare<std::string>("kp_interface", "kp");
    auto_declare<std::string>("kd_interface", "kd");
    auto_declare<std::string>("imu", "imu");
  } catch (const std::exception & error) {
    RCLCPP_ERROR(get_node()->get_logger(), "%s", error.what());
    return CallbackReturn::ERROR;
  }
  return CallbackReturn::SUCCESS;
}

void SinewController::make_loop()
{
  const auto node = get_node();
  const auto paths = node->get_parameter("robot_files").as_string_array();
  if (paths.empty()) {
    throw std::runtime_error("parameter `robot_files`: expected a robot's parameter file, found none");
  }
  std::vector<const char *> files;
  for (const auto & path : paths) {
    files.push_back(path.c_str());
  }
  simulated_ = node->get_parameter("use_sim_time").as_bool();
  const std::string name = node->get_fully_qualified_name();
  SinewOptions options{};
  options.struct_size = sizeof options;
  options.robot_files = files.data();
  options.robot_file_count = files.size();
  options.name = name.c_str();
  options.simulated = simulated_ ? 1 : 0;
  options.update_rate_hz = get_update_rate();
  // The joints are known once there is a loop, and with them what the hardware has.
  const bool torques = command_kinds_.size() == 1;
  options.interfaces = torques ? SINEW_INTERFACES_EFFORT : SINEW_INTERFACES_IMPEDANCE;
  std::vector<char> text(TEXT_BYTES);
  ::SinewController * made = nullptr;
  loop_.reset();
  if (sinew_controller_create(&options, &made, text.data(), text.size()) != SINEW_STATUS_OK) {
    throw std::runtime_error(text.data());
  }
  loop_ = Loop(made, [](::SinewController * loop) {sinew_controller_destroy(&loop);});
  SinewDescription description{};
  description.struct_size = sizeof description;
  sinew_controller_describe(made, &description);
  if (description.foot_count != 0) {
    throw std::runtime_error("control: `topics.feet`: expected none, for no interface measures contacts");
  }
  wants_base_velocity_ = description.wants_base_velocity != 0;
  joints_.clear();
  for (size_t joint = 0; joint < description.joint_count; ++joint) {
    sinew_controller_joint_name(made, joint, text.data(), text.size());
    joints_.push_back(text.data());
  }
}

void SinewController::choose_interfaces()
{
  const auto node = get_node();
  const std::string asked = node->get_parameter("interfaces").as_string();
  const std::string kp = node->get_parameter("kp_interface").as_string();
  const std::string kd = node->get_parameter("kd_interface").as_string();
  imu_ = node->get_parameter("imu").as_string();
  const Hardware hardware(get_robot_description());
  const std::vector<std::string> impedance = {"position", "velocity", "effort", kp, kd};
  const auto lacks = [&](const std::vector<std::string> & kinds) {
      return Hardware::missing(hardware.commands, interface_names(joints_, kinds));
    };
  const std::string lacks_impedance = lacks(impedance);
  const std::string lacks_effort = lacks({"effort"});
  if (asked != "auto" && asked != "impedance" && asked != "effort") {
    throw std::runtime_error("parameter `interfaces`: expected auto, impedance or effort, found " + asked);
  }
  if (asked == "impedance" && !lacks_impedance.empty()) {
    throw std::runtime_error("parameter `interfaces`: expected effort, for the hardware has no command interface " +
            lacks_impedance + ", found impedance");
  }
  const bool whole = lacks_impedance.empty() && asked != "effort";
  if (!whole && !lacks_effort.empty()) {
    throw std::runtime_error("robot_description: expected the command interfaces " + joined(impedance) +
            " of every joint of " + joints_.front() + " and so on, or effort; found no " + lacks_effort);
  }
  command_kinds_ = whole ? impedance : std::vector<std::string>{"effort"};
  command_parts_ = whole ? std::vector<size_t>{POSITION, VELOCITY, EFFORT, KP, KD} : std::vector<size_t>{EFFORT};
  state_kinds_ = {"position", "velocity"};
  std::string missing = Hardware::missing(hardware.states, interface_names(joints_, state_kinds_));
  if (missing.empty()) {
    const std::vector<std::string> names(IMU_INTERFACES.begin(), IMU_INTERFACES.end());
    missing = Hardware::missing(hardware.states, interface_names({imu_}, names));
  }
  if (!missing.empty()) {
    throw std::runtime_error("robot_description: expected the state interface " + missing + ", found none (parameter `imu`"
            " names the sensor)");
  }
  // A policy that asks for torques is refused none, for they become stale.
  if (Hardware::missing(hardware.states, interface_names(joints_, {"effort"})).empty()) {
    state_kinds_.push_back("effort");
  }
}

SinewController::CallbackReturn SinewController::on_configure(const State &)
{
  try {
    end();
    make_loop();
    choose_interfaces();
    if (command_kinds_.size() == 1) {
      // Which joints there are was to be known first.
      make_loop();
    }
  } catch (const std::exception & error) {
    RCLCPP_ERROR(get_node()->get_logger(), "%s", error.what());
    end();
    return CallbackReturn::FAILURE;
  }
  for (auto & part : measured_) {
    part.assign(joints_.size(), std::numeric_limits<double>::quiet_NaN());
  }
  for (auto & part : commanded_) {
    part.assign(joints_.size(), 0.0);
  }
  RCLCPP_INFO(
    get_node()->get_logger(), "claims %s of %zu joints, at %u Hz", joined(command_kinds_).c_str(), joints_.size(),
    get_update_rate());
  listen();
  return CallbackReturn::SUCCESS;
}

void SinewController::listen()
{
  const auto node = get_node();
  cmd_vel_ = node->create_subscription<geometry_msgs::msg::Twist>(
    "cmd_vel", rclcpp::QoS(1), [loop = loop_](const geometry_msgs::msg::Twist & twist) {
      sinew_controller_command_velocity(loop.get(), twist.linear.x, twist.linear.y, twist.angular.z);
    });
  velocity_scale_ = node->create_subscription<std_msgs::msg::Float64>(
    "velocity_scale", rclcpp::QoS(1).transient_local(),
    [loop = loop_, logger = node->get_logger()](const std_msgs::msg::Float64 & asked) {
      if (sinew_controller_scale_velocity(loop.get(), asked.data) != SINEW_STATUS_OK) {
        RCLCPP_WARN(logger, "velocity_scale: expected a number from 0 to 1, found %g", asked.data);
      }
    });
  if (wants_base_velocity_) {
    odometry_ = node->create_subscription<nav_msgs::msg::Odometry>(
      "odom", rclcpp::SensorDataQoS(), [newest = base_velocity_](const nav_msgs::msg::Odometry & odometry) {
        const auto & velocity = odometry.twist.twist.linear;
        const std::lock_guard<std::mutex> lock(newest->mutex);
        newest->value = {velocity.x, velocity.y, velocity.z};
        newest->is_new = true;
      });
  }
  answer("~/stop", sinew_controller_stop);
  answer("~/clear_stop", sinew_controller_clear_stop);
  answer("~/start", sinew_controller_start);
  answer("~/damp", sinew_controller_damp);
  // What waits for a file does not delay a request.
  supervision_ = node->create_callback_group(rclcpp::CallbackGroupType::MutuallyExclusive);
  supervise();
  report();
}

void SinewController::answer(const std::string & name, Request request)
{
  using Trigger = std_srvs::srv::Trigger;
  const auto respond = [loop = loop_, request](Trigger::Request::SharedPtr, Trigger::Response::SharedPtr response) {
      std::vector<char> text(TEXT_BYTES);
      response->success = request(loop.get(), text.data(), text.size()) == SINEW_STATUS_OK;
      response->message = text.data();
    };
  services_.push_back(get_node()->create_service<Trigger>(name, respond));
}

void SinewController::supervise()
{
  using std_msgs::msg::String;
  // Those of a lifecycle node would say nothing while the controller is not active.
  const auto node = get_node();
  const auto publisher = rclcpp::create_publisher<String>(node, "~/mode", rclcpp::QoS(1).transient_local());
  const auto follow = [loop = loop_, publisher, told = std::make_shared<String>()] {
      sinew_controller_supervise(loop.get());
      SinewMode mode = SINEW_MODE_INACTIVE;
      sinew_controller_mode(loop.get(), &mode);
      if (told->data != name_of(mode)) {
        told->data = name_of(mode);
        publisher->publish(*told);
      }
    };
  timers_.push_back(node->create_wall_timer(SUPERVISE_PERIOD, follow, supervision_));
}

void SinewController::report()
{
  using Array = diagnostic_msgs::msg::DiagnosticArray;
  const auto node = get_node();
  const auto publisher = rclcpp::create_publisher<Array>(node, "/diagnostics", rclcpp::QoS(10));
  const std::string name = std::string(node->get_fully_qualified_name()).substr(1);
  const auto status = [](void * user, SinewLevel level, const char * part, const char * message, const char * id) {
      auto & told = static_cast<Array *>(user)->status.emplace_back();
      told.level = static_cast<uint8_t>(level);
      told.name = part;
      told.message = message;
      told.hardware_id = id;
    };
  const auto value = [](void * user, const char * key, const char * said) {
      auto & pair = static_cast<Array *>(user)->status.back().values.emplace_back();
      pair.key = key;
      pair.value = said;
    };
  // A timer holds what it calls, and the node holds the timer: the node itself is not held.
  const auto tell = [loop = loop_, publisher, name, status, value, clock = node->get_clock(),
      graph = node->get_node_graph_interface(), topic = cmd_vel_->get_topic_name()] {
      Array array;
      array.header.stamp = clock->now();
      sinew_controller_diagnostics(
        loop.get(), name.c_str(), graph->count_publishers(topic), status, value, &array);
      publisher->publish(array);
    };
  timers_.push_back(node->create_wall_timer(REPORT_PERIOD, tell, supervision_));
}

controller_interface::InterfaceConfiguration SinewController::command_interface_configuration() const
{
  return {controller_interface::interface_configuration_type::INDIVIDUAL, interface_names(joints_, command_kinds_)};
}

controller_interface::InterfaceConfiguration SinewController::state_interface_configuration() const
{
  auto names = interface_names(joints_, state_kinds_);
  for (const auto * number : IMU_INTERFACES) {
    names.push_back(imu_ + "/" + number);
  }
  return {controller_interface::interface_configuration_type::INDIVIDUAL, names};
}

SinewController::CallbackReturn SinewController::on_activate(const State &)
{
  if (command_interfaces_.size() != joints_.size() * command_kinds_.size() ||
    state_interfaces_.size() != joints_.size() * state_kinds_.size() + IMU_INTERFACES.size())
  {
    RCLCPP_ERROR(get_node()->get_logger(), "the controller manager gave other interfaces than were asked for");
    return CallbackReturn::ERROR;
  }
  SinewStatus status = sinew_controller_activate(loop_.get());
  if (status == SINEW_STATUS_NOT_READY) {
    // It was deactivated just now: its next loop is made here rather than by the timer.
    sinew_controller_supervise(loop_.get());
    status = sinew_controller_activate(loop_.get());
  }
  if (status != SINEW_STATUS_OK) {
    RCLCPP_ERROR(get_node()->get_logger(), "the loop cannot begin: status %d", static_cast<int>(status));
    return CallbackReturn::ERROR;
  }
  return CallbackReturn::SUCCESS;
}

controller_interface::return_type SinewController::update(const rclcpp::Time & time, const rclcpp::Duration &)
{
  const size_t kinds = state_kinds_.size();
  for (size_t joint = 0; joint < joints_.size(); ++joint) {
    for (size_t kind = 0; kind < kinds; ++kind) {
      measured_[kind][joint] = value_of(state_interfaces_[joint * kinds + kind], 0);
    }
  }
  for (size_t number = 0; number < imu_numbers_.size(); ++number) {
    imu_numbers_[number] = value_of(state_interfaces_[joints_.size() * kinds + number], 0);
  }
  SinewReadings readings{};
  readings.struct_size = sizeof readings;
  readings.joint_count = joints_.size();
  readings.position = measured_[POSITION].data();
  readings.velocity = measured_[VELOCITY].data();
  readings.effort = kinds > EFFORT ? measured_[EFFORT].data() : nullptr;
  readings.imu = imu_numbers_.data();
  std::array<double, 3> base_velocity{};
  // Who writes there is not waited for: what he writes is seen in the next update.
  if (const std::unique_lock<std::mutex> lock(base_velocity_->mutex, std::try_to_lock);
    lock.owns_lock() && base_velocity_->is_new)
  {
    base_velocity_->is_new = false;
    base_velocity = base_velocity_->value;
    readings.base_velocity = base_velocity.data();
  }
  // A real robot's time is that of the machine's monotonic clock, which nobody sets.
  const auto machine = std::chrono::steady_clock::now().time_since_epoch();
  const auto nanos = simulated_ ? time.nanoseconds() : std::chrono::nanoseconds(machine).count();
  const SinewCommand command = this->command();
  const SinewStatus status = sinew_controller_update(loop_.get(), static_cast<uint64_t>(nanos), &readings, &command);
  // Whatever the status is: where anything is wrong, this damps.
  write_command();
  return status == SINEW_STATUS_OK ? controller_interface::return_type::OK : controller_interface::return_type::ERROR;
}

SinewCommand SinewController::command()
{
  return {
    sizeof(SinewCommand), joints_.size(), commanded_[POSITION].data(), commanded_[VELOCITY].data(),
    commanded_[EFFORT].data(), commanded_[KP].data(), commanded_[KD].data()};
}

void SinewController::write_command()
{
  const size_t kinds = command_parts_.size();
  for (size_t joint = 0; joint < joints_.size(); ++joint) {
    for (size_t kind = 0; kind < kinds; ++kind) {
      (void)command_interfaces_[joint * kinds + kind].set_value(commanded_[command_parts_[kind]][joint]);
    }
  }
}

SinewController::CallbackReturn SinewController::on_deactivate(const State &)
{
  const SinewCommand command = this->command();
  sinew_controller_deactivate(loop_.get(), &command);
  write_command();
  return CallbackReturn::SUCCESS;
}

void SinewController::end()
{
  timers_.clear();
  services_.clear();
  cmd_vel_.reset();
  velocity_scale_.reset();
  odometry_.reset();
  loop_.reset();
}

SinewController::CallbackReturn SinewController::on_cleanup(const State &)
{
  end();
  return CallbackReturn::SUCCESS;
}

SinewController::CallbackReturn SinewController::on_error(const State &)
{
  end();
  return CallbackReturn::SUCCESS;
}

SinewController::CallbackReturn SinewController::on_shutdown(const State &)
{
  end();
  return CallbackReturn::SUCCESS;
}

}  // namespace sinew_controller

PLUGINLIB_EXPORT_CLASS(sinew_controller::SinewController, controller_interface::ControllerInterface)
