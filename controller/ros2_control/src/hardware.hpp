// What the hardware of a robot's description has.
#pragma once

#include <set>
#include <string>
#include <vector>

namespace sinew_controller
{

/// Names of interfaces such as `left_knee/effort`.
struct Hardware
{
  std::set<std::string> commands;
  std::set<std::string> states;

  /// Throws std::runtime_error where the description cannot be read.
  explicit Hardware(const std::string & robot_description);

  /// The first of `names` that is not among `interfaces`; empty where all are.
  static std::string missing(
    const std::set<std::string> & interfaces, const std::vector<std::string> & names);
};

/// `joints` with each of `kinds`, joint after joint.
std::vector<std::string> interface_names(
  const std::vector<std::string> & joints, const std::vector<std::string> & kinds);

}  // namespace sinew_controller
