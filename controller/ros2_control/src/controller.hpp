// A learned policy behind Sinew's safety gate, in the controller manager's thread.
#pragma once

#include <array>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "controller_interface/controller_interface.hpp"
#include "diagnostic_msgs/msg/diagnostic_array.hpp"
#include "geometry_msgs/msg/twist.hpp"
#include "nav_msgs/msg/odometry.hpp"
#include "rclcpp/rclcpp.hpp"
#include "sinew_controller.h"
#include "std_msgs/msg/float64.hpp"
#include "std_msgs/msg/string.hpp"
#include "std_srvs/srv/trigger.hpp"

namespace sinew_controller
{

/// A loop of the C interface. Each callback holds it, so that none calls into one that has ended.
using Loop = std::shared_ptr<::SinewController>;

class SinewController : public controller_interface::ControllerInterface
{
public:
  using CallbackReturn = controller_interface::CallbackReturn;
  using State = rclcpp_lifecycle::State;

  ~SinewController() override;

  CallbackReturn on_init() override;
  controller_interface::InterfaceConfiguration command_interface_configuration() const override;
  controller_interface::InterfaceConfiguration state_interface_configuration() const override;
  CallbackReturn on_configure(const State & before) override;
  CallbackReturn on_activate(const State & before) override;
  controller_interface::return_type update(const rclcpp::Time & time, const rclcpp::Duration & period) override;
  CallbackReturn on_deactivate(const State & before) override;
  CallbackReturn on_cleanup(const State & before) override;
  CallbackReturn on_error(const State & before) override;
  CallbackReturn on_shutdown(const State & before) override;

private:
  using Request = SinewStatus (*)(const ::SinewController *, char *, size_t);

  /// Makes the loop and learns what the hardware has. Throws std::runtime_error with a sentence for people.
  void make_loop();
  void choose_interfaces();
  void listen();
  void answer(const std::string & name, Request request);
  void supervise();
  void report();
  SinewCommand command();
  void write_command();
  void end();

  Loop loop_;
  bool simulated_ = false;
  bool wants_base_velocity_ = false;
  std::vector<std::string> joints_;
  /// Kinds of interfaces of each joint, in this order.
  std::vector<std::string> command_kinds_;
  std::vector<std::string> state_kinds_;
  std::string imu_;

  /// Numbers that go into the loop and come out of it: position, velocity, effort, kp, kd.
  std::array<std::vector<double>, 3> measured_;
  std::array<std::vector<double>, 5> commanded_;
  std::array<double, SINEW_IMU_NUMBERS> imu_numbers_{};
  /// Which of `commanded_` each command interface of a joint takes.
  std::vector<size_t> command_parts_;

  /// The newest velocity of the base that the loop has not seen yet, from the executor's thread.
  struct BaseVelocity
  {
    std::mutex mutex;
    std::array<double, 3> value{};
    bool is_new = false;
  };
  std::shared_ptr<BaseVelocity> base_velocity_ = std::make_shared<BaseVelocity>();

  rclcpp::CallbackGroup::SharedPtr supervision_;
  rclcpp::Subscription<geometry_msgs::msg::Twist>::SharedPtr cmd_vel_;
  rclcpp::Subscription<std_msgs::msg::Float64>::SharedPtr velocity_scale_;
  rclcpp::Subscription<nav_msgs::msg::Odometry>::SharedPtr odometry_;
  std::vector<rclcpp::Service<std_srvs::srv::Trigger>::SharedPtr> services_;
  std::vector<rclcpp::TimerBase::SharedPtr> timers_;
};

}  // namespace sinew_controller
